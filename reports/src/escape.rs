//! Text of other people made harmless for a target: shown, never run.
//!
//! In: any text (a model called `<script>`, a caption, a parameter). Out: the same text as data of HTML, GitHub Markdown or
//! LaTeX. Control characters become U+FFFD in all three. It knows nothing of document structure.

use std::fmt::Write;

/// Text of HTML, also inside double quotes of an attribute.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Inline text of GitHub Markdown, also inside a table cell: line breaks become spaces.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '#' | '|' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text of LaTeX that sets in pdfLaTeX with T1 fonts and in the UTF-8 engines alike.
///
/// Signs of [`crate::format`] become math, letters that T1 holds stay, and what no standard font holds is named by its
/// code point, so that a document never fails to compile for a model's name.
#[must_use]
pub fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in visible(text) {
        match c {
            '-' if before == '-' => out.push_str("{}-"),
            c if c.is_ascii_alphanumeric() || " .,:;()/!?+=|@'-".contains(c) => out.push(c),
            '\n' | '\r' | '\t' => out.push(' '),
            c => match latex_command(c) {
                Some(command) => out.push_str(command),
                // T1 holds the letters of Latin-1 and Latin Extended-A.
                None if ('\u{C0}'..='\u{17E}').contains(&c) => out.push(c),
                None => {
                    let _ = write!(out, "\\texttt{{U+{:04X}}}", u32::from(c));
                }
            },
        }
        before = c;
    }
    out
}

/// A sign that LaTeX writes otherwise.
fn latex_command(c: char) -> Option<&'static str> {
    Some(match c {
        '\\' => "\\textbackslash{}",
        '{' => "\\{",
        '}' => "\\}",
        '$' => "\\$",
        '&' => "\\&",
        '%' => "\\%",
        '#' => "\\#",
        '_' => "\\_",
        // In braces, since LaTeX takes a bracket or star after the end of a table row as an option.
        '[' => "{[}",
        ']' => "{]}",
        '*' => "{*}",
        '^' => "\\textasciicircum{}",
        '~' => "\\textasciitilde{}",
        '<' => "$<$",
        '>' => "$>$",
        '"' => "\\textquotedbl{}",
        '`' => "\\textasciigrave{}",
        '−' => "$-$",
        '±' => "$\\pm$",
        '×' => "$\\times$",
        '·' => "$\\cdot$",
        '≤' => "$\\leq$",
        '≥' => "$\\geq$",
        '≠' => "$\\neq$",
        '≈' => "$\\approx$",
        '→' => "$\\rightarrow$",
        '←' => "$\\leftarrow$",
        '∞' => "$\\infty$",
        '°' => "$^{\\circ}$",
        '†' => "$^{\\dagger}$",
        '²' => "$^{2}$",
        'α' => "$\\alpha$",
        'β' => "$\\beta$",
        'γ' => "$\\gamma$",
        'δ' => "$\\delta$",
        'λ' => "$\\lambda$",
        'μ' | 'µ' => "$\\mu$",
        'σ' => "$\\sigma$",
        'χ' => "$\\chi$",
        '–' => "--",
        '—' => "---",
        '‘' => "`",
        '’' => "'",
        '“' => "``",
        '”' => "''",
        '…' => "\\dots{}",
        '\u{A0}' | '\u{202F}' => "~",
        '✓' => "$\\surd$",
        '✗' => "$\\times$",
        _ => return None,
    })
}

/// The characters of a text, those that steer a terminal, a reader or our own markers replaced.
fn visible(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().map(|c| match c {
        '\n' | '\t' | '\r' => c,
        // Direction overrides let one name pass for another; U+E000 and U+E001 mark our insertions.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{E000}' | '\u{E001}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "<script>alert('1')</script> & a_b|c `x` ![i](javascript:1) \\input{/etc/passwd} 50% $x$ #1 é 中";

    #[test]
    fn hostile_names_in_three_targets() {
        insta::assert_snapshot!(html(HOSTILE), @"");
        insta::assert_snapshot!(markdown(HOSTILE), @"");
        insta::assert_snapshot!(latex(HOSTILE), @"");
    }

    #[test]
    fn control_and_direction_marks_show_as_replaced() {
        assert_eq!(html("a\u{0}b\u{202E}c"), "a\u{FFFD}b\u{FFFD}c");
    }

    #[test]
    fn dashes_do_not_join() {
        assert_eq!(latex("a--b – c"), "a-{}-b -- c");
    }
}
