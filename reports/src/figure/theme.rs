//! The colors and sizes of figures.
//!
//! Okabe-Ito for families, which stay apart for the color-blind and lie in the middle of the grey scale, so that they show on
//! white and on black; every item is also named, so no color has to be read. The inks of text and lines are roles: SVG
//! writes them as `currentColor`, LaTeX as shades of black.

use plotters::style::RGBColor;

/// What a shape is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Text, axes, whiskers.
    Text,
    /// Second-rank text.
    Muted,
    /// Grid lines.
    Grid,
    /// The background, for rings around dots.
    Paper,
    /// The color of a family, by its place in [`FAMILIES`].
    Family(usize),
}

/// Families of `analysis`, in the order of reports, with the shown name.
pub const FAMILIES: [(&str, &str); 6] = [
    ("scratch", "From scratch"),
    ("supervised", "Supervised"),
    ("inat", "Supervised, fine labels"),
    ("ssl", "Self-supervised"),
    ("in-domain", "In-domain"),
    ("continual", "Continual"),
];

/// Okabe-Ito without its black and yellow, which vanish on one of the two backgrounds; grey for training from scratch.
const FAMILY_COLORS: [(u8, u8, u8); 7] = [
    (153, 153, 153),
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (204, 121, 167),
    (0, 114, 178),
    (213, 94, 0),
];

const TEXT: (u8, u8, u8) = (27, 31, 36);
const MUTED: (u8, u8, u8) = (89, 99, 110);
const GRID: (u8, u8, u8) = (217, 222, 228);
const PAPER: (u8, u8, u8) = (254, 254, 254);

impl Ink {
    /// The ink of a family; unknown families share the last color.
    #[must_use]
    pub fn family(name: &str) -> Ink {
        Ink::Family(FAMILIES.iter().position(|(n, _)| *n == name).unwrap_or(FAMILY_COLORS.len() - 1))
    }

    /// The color that stands for it on a drawing backend.
    #[must_use]
    pub fn color(self) -> RGBColor {
        let (r, g, b) = match self {
            Ink::Text => TEXT,
            Ink::Muted => MUTED,
            Ink::Grid => GRID,
            Ink::Paper => PAPER,
            Ink::Family(i) => FAMILY_COLORS[i.min(FAMILY_COLORS.len() - 1)],
        };
        RGBColor(r, g, b)
    }

    /// The role behind a color that came out of a drawing backend; `None` for the color of a family.
    #[must_use]
    pub fn role(rgb: (u8, u8, u8)) -> Option<Ink> {
        match rgb {
            TEXT => Some(Ink::Text),
            MUTED => Some(Ink::Muted),
            GRID => Some(Ink::Grid),
            PAPER => Some(Ink::Paper),
            _ => None,
        }
    }
}

/// Backends have whole coordinates: everything is drawn this many times larger.
pub const FINENESS: f64 = 4.0;
/// Size of labels, in pixels of a figure [`WIDE`] across.
pub const LABEL: f64 = 11.0;
/// Size of panel titles.
pub const TITLE: f64 = 12.0;
/// Width of a figure on a page, in pixels.
pub const WIDE: f64 = 720.0;
/// Width of a figure on a phone, in pixels.
pub const NARROW: f64 = 340.0;
/// Width of a figure in LaTeX, in the same pixels: labels come out near 8 points on a 455-point line.
pub const PRINT: f64 = 620.0;
