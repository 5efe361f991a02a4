//! One figure for all targets: what each panel shows, in shown units.
//!
//! In: numbers of a summary and texts already formatted. Out: plain data that `layout` arranges. It knows no pixel.

use crate::figure::theme::Ink;

/// A figure of small panels, one a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name for cross references and files: letters, digits, `-`, `_`.
    pub id: String,
    /// Caption without number.
    pub caption: String,
    /// What a reader who cannot see it needs to know: the numbers.
    pub alt: String,
    /// Bars or points.
    pub kind: Kind,
    /// Panels in reading order.
    pub panels: Vec<Panel>,
    /// What the colors mean; empty where labels say it already.
    pub legend: Vec<(String, Ink)>,
    /// Sentences below the caption: what whiskers and marks are, and warnings.
    pub notes: Vec<String>,
}

/// How an item is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bar from the axis to the mean.
    Bars,
    /// A dot a run beside mean and interval.
    Points,
}

/// One panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Task.
    pub title: String,
    /// Axis label with unit.
    pub unit: String,
    /// Smallest and largest shown value.
    pub range: (f64, f64),
    /// One a model.
    pub items: Vec<Item>,
    /// Brackets between two items.
    pub brackets: Vec<Bracket>,
    /// A line across: the baseline's mean.
    pub reference: Option<f64>,
}

/// One model in a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Shown name.
    pub label: String,
    /// Color of its family.
    pub ink: Ink,
    /// Mean.
    pub mean: Option<f64>,
    /// Ends of the whisker.
    pub whisker: Option<(f64, f64)>,
    /// Single runs.
    pub dots: Vec<f64>,
    /// Mark of a test, beyond the whisker.
    pub mark: Option<String>,
    /// Shown where there is no mean.
    pub absent: &'static str,
}

/// A bracket between two items of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Bracket {
    /// Index of one item.
    pub from: usize,
    /// Index of the other.
    pub to: usize,
    /// Text on it.
    pub text: String,
}

impl Item {
    /// The largest value that is drawn for it, above which its mark stands.
    #[must_use]
    pub fn top(&self) -> Option<f64> {
        let ends = self.whisker.map(|(_, high)| high);
        self.dots.iter().copied().chain(self.mean).chain(ends).reduce(f64::max)
    }

    /// The smallest value that is drawn for it.
    #[must_use]
    pub fn bottom(&self) -> Option<f64> {
        let ends = self.whisker.map(|(low, _)| low);
        self.dots.iter().copied().chain(self.mean).chain(ends).reduce(f64::min)
    }
}

/// Round values inside a range, about `count` of them, and the decimals they need.
#[must_use]
pub fn ticks((low, high): (f64, f64), count: usize) -> (Vec<f64>, usize) {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 {
        return (Vec::new(), 0);
    }
    let rough = span / count.max(1) as f64;
    let magnitude = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * magnitude).find(|s| rough <= *s).unwrap_or(10.0 * magnitude);
    let decimals = if step < 1.0 { (-step.log10()).ceil().clamp(0.0, 6.0) as usize } else { 0 };
    let first = (low / step).ceil();
    let all = (0..100).map(|i| (first + f64::from(i)) * step).take_while(|t| *t <= high + step * 1e-9).collect();
    (all, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let (all, decimals) = ticks((66.3, 71.2), 4);
        assert_eq!((all, decimals), (vec![68.0, 70.0], 0));
        let (all, decimals) = ticks((0.802, 0.813), 4);
        assert_eq!((all.len(), decimals), (2, 3));
        assert_eq!(ticks((1.0, 1.0), 4).0.len(), 0);
    }
}
