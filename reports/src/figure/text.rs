//! How wide a text will be, without a font.
//!
//! In: a text and a size. Out: an upper estimate of its width in the unit of the size, and text broken to fit a width. The
//! widths are DejaVu Sans 2.37's (the widest of the usual sans-serif faces), read from its `hmtx` table; a viewer with a
//! narrower face leaves a little air. It draws nothing.

/// Advance widths of U+0020 to U+007E in thousandths of the size.
#[rustfmt::skip]
const ASCII: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635,
    634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];
/// Bold letters are wider by this factor at most.
const BOLD: f64 = 1.13;

/// Width of a text at a size.
#[must_use]
pub fn width(text: &str, size: f64) -> f64 {
    let thousandths: f64 = text.chars().map(advance).sum();
    thousandths * size / 1000.0
}

/// Width of a bold text at a size.
#[must_use]
pub fn width_bold(text: &str, size: f64) -> f64 {
    width(text, size) * BOLD
}

fn advance(c: char) -> f64 {
    match c {
        ' '..='~' => ASCII.get(c as usize - 32).copied().map_or(636.0, f64::from),
        '±' | '−' | '×' | '≥' | '≤' | '→' | '≈' => 838.0,
        '–' | '†' => 500.0,
        '\u{A1}'..='\u{24F}' => 800.0,
        _ => 1000.0,
    }
}

/// Lines no wider than `limit`, broken after spaces, `-`, `_`, `/`, `>` and `,`, else inside a word; at most `most` lines, the
/// last one cut with an ellipsis. Nothing is ever wider than `limit` unless one letter is.
#[must_use]
pub fn wrap(text: &str, size: f64, limit: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        if width(&format!("{line}{}", piece.trim_end()), size) <= limit {
            line.push_str(piece);
            continue;
        }
        if !line.trim().is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        for c in piece.chars() {
            if limit < width(&format!("{line}{c}"), size) && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line.trim_end().to_owned());
    if most < lines.len() {
        lines.truncate(most.max(1));
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last}……"), size, limit);
        }
    }
    lines
}

/// The text, cut with an ellipsis if it is wider than `limit`.
#[must_use]
pub fn cut(text: &str, size: f64, limit: f64) -> String {
    if width(text, size) <= limit {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if limit < width(&format!("{kept}{c}…"), size) {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end_matches([' ', '…']))
}

/// Words with the sign that ends them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive([' ', '-', '_', '/', '>', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit() {
        for limit in [20.0, 40.0, 60.0, 100.0] {
            for name in ["ImageNet>ChestX-ray14", "Barlow Twins", "x", "averyveryverylongnamewithoutanybreak", "模型一号的名字"] {
                let lines = wrap(name, 11.0, limit, 3);
                assert!(lines.len() <= 3);
                assert!(lines.iter().all(|l| width(l, 11.0) <= limit), "{name} {limit} {lines:?}");
            }
        }
    }

    #[test]
    fn breaks_at_signs_first() {
        assert_eq!(wrap("ImageNet>ChestX-ray14", 10.0, 60.0, 3), ["ImageNet>", "ChestX-", "ray14"]);
        assert_eq!(wrap("Barlow Twins", 10.0, 200.0, 3), ["Barlow Twins"]);
    }
}
