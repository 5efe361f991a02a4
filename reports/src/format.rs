//! The only place where a number becomes text.
//!
//! In: numbers as `analysis` gives them (fractions, p-values). Out: Unicode text that is the same for every target: minus
//! is U+2212, plus-minus U+00B1. `escape::latex` turns those signs into math. Missing is `None` and shows as [`MISSING`];
//! nothing here rounds before it must, and nothing decides what a number means.

/// Shown where a number should be and is not.
pub const MISSING: &str = "n/a";
/// Shown where a number cannot be: the model was pre-trained on the task's own data.
pub const HOLE: &str = "–";
/// Above this p-values are printed with three decimals, below as a bound.
const SMALLEST_P: f64 = 0.001;

/// How fractions are shown: as percent (points) or as they are, and with how many decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Multiply by 100.
    pub percent: bool,
    /// Digits after the point, of the shown number.
    pub decimals: usize,
}

impl Scale {
    /// The shown number of a fraction.
    #[must_use]
    pub fn shown(self, fraction: f64) -> f64 {
        if self.percent { fraction * 100.0 } else { fraction }
    }

    /// `81.70`.
    #[must_use]
    pub fn value(self, fraction: f64) -> String {
        fixed(self.shown(fraction), self.decimals)
    }

    /// `+1.39` or `−0.40`; zero has no sign.
    #[must_use]
    pub fn signed(self, fraction: f64) -> String {
        let text = self.value(fraction);
        let zero = text.chars().all(|c| c == '0' || c == '.');
        if zero || text.starts_with('−') { text } else { format!("+{text}") }
    }

    /// `81.70 ± 0.15`; without a spread only the mean.
    #[must_use]
    pub fn mean_spread(self, mean: f64, spread: Option<f64>) -> String {
        match spread {
            Some(spread) => format!("{} ± {}", self.value(mean), self.value(spread)),
            None => self.value(mean),
        }
    }

    /// `[81.51, 81.89]`.
    #[must_use]
    pub fn interval(self, low: f64, high: f64) -> String {
        format!("[{}, {}]", self.value(low), self.value(high))
    }

    /// `[+0.31, +2.47]`, for differences.
    #[must_use]
    pub fn signed_interval(self, low: f64, high: f64) -> String {
        format!("[{}, {}]", self.signed(low), self.signed(high))
    }

    /// The unit of the shown number: `%` or nothing.
    #[must_use]
    pub fn unit(self) -> &'static str {
        if self.percent { "%" } else { "" }
    }
}

/// A number with a fixed count of decimals, U+2212 as minus and no negative zero.
#[must_use]
pub fn fixed(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return MISSING.to_owned();
    }
    let text = format!("{:.decimals$}", x.abs());
    let zero = text.chars().all(|c| c == '0' || c == '.');
    if x < 0.0 && !zero { format!("−{text}") } else { text }
}

/// Decimals that show two significant digits of an uncertainty given in shown units; at most `most`.
///
/// `0.36` needs 2, `1.82` needs 1, `0.063` needs 3, `12.3` needs 0. An uncertainty of nothing says nothing: `None`.
#[must_use]
pub fn decimals_for(uncertainty: f64, most: usize) -> Option<usize> {
    if !uncertainty.is_finite() || uncertainty <= 0.0 {
        return None;
    }
    (0..=most)
        .find(|&d| 9.95 <= uncertainty * 10f64.powi(i32::try_from(d).unwrap_or(i32::MAX)))
        .or(Some(most))
}

/// A p-value as it stands in a table: `.023`, `< .001`, `1.000`.
#[must_use]
pub fn p_cell(p: Option<f64>) -> String {
    match p {
        None => MISSING.to_owned(),
        Some(p) if p < SMALLEST_P => "< .001".to_owned(),
        Some(p) => bounded(p, 3),
    }
}

/// A p-value in a sentence: `p = .023`, `p < .001`.
#[must_use]
pub fn p_sentence(p: Option<f64>) -> String {
    match p {
        None => format!("p {MISSING}"),
        Some(p) if p < SMALLEST_P => "p < .001".to_owned(),
        Some(p) => format!("p = {}", bounded(p, 3)),
    }
}

/// A level such as alpha: `.05`, `.001`.
#[must_use]
pub fn level(alpha: f64) -> String {
    let text = format!("{alpha}");
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

/// A number in [0, 1] without its leading zero.
fn bounded(p: f64, decimals: usize) -> String {
    let text = fixed(p, decimals);
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

/// The marks of the paper: `n.s.`, `*`, `**`, `***`, `>***` (p < .0001).
#[must_use]
pub fn stars(p: f64, alpha: f64) -> &'static str {
    match p {
        p if alpha <= p => "n.s.",
        p if p < 0.0001 => ">***",
        p if p < 0.001 => "***",
        p if p < 0.01 => "**",
        _ => "*",
    }
}

/// What the marks of [`stars`] mean.
#[must_use]
pub fn stars_legend(alpha: f64) -> String {
    format!("n.s. p ≥ {}, * p < {}, ** p < .01, *** p < .001, >*** p < .0001", level(alpha), level(alpha))
}

/// A whole number, or a dash of missing.
#[must_use]
pub fn count(n: Option<i64>) -> String {
    n.map_or_else(
        || MISSING.to_owned(),
        |n| if n < 0 { format!("−{}", n.unsigned_abs()) } else { n.to_string() },
    )
}

/// Any number as a person would write it: whole numbers plain, others with the shortest digits.
#[must_use]
pub fn plain(x: f64) -> String {
    let text = format!("{}", x.abs());
    if x < 0.0 { format!("−{text}") } else { text }
}

/// A number rounded to `digits` significant digits, for the terminal: `0.8123`, `12.35`, `1.2e-7`, with an ASCII minus so that
/// it can be copied.
#[must_use]
pub fn significant(x: f64, digits: usize) -> String {
    if !x.is_finite() {
        return MISSING.to_owned();
    }
    let scientific = format!("{x:.*e}", digits.saturating_sub(1));
    let exponent: i32 = scientific.rsplit('e').next().and_then(|e| e.parse().ok()).unwrap_or(0);
    if x != 0.0 && !(-4..9).contains(&exponent) {
        return scientific;
    }
    let decimals = usize::try_from(i32::try_from(digits).unwrap_or(i32::MAX) - 1 - exponent).unwrap_or(0);
    format!("{x:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn significant_digits_for_the_terminal() {
        let shown = [0.812_345, -12.345_678, 1.234_5e-7, 0.0, 98_765.4, 1.0].map(|x| significant(x, 4));
        assert_eq!(shown, ["0.8123", "-12.35", "1.235e-7", "0.000", "98765", "1.000"]);
        assert_eq!(significant(f64::NAN, 4), MISSING);
    }

    const PERCENT: Scale = Scale { percent: true, decimals: 2 };

    #[test]
    fn points() {
        assert_eq!(PERCENT.mean_spread(0.817, Some(0.0015)), "81.70 ± 0.15");
        assert_eq!(PERCENT.signed(0.0139), "+1.39");
        assert_eq!(PERCENT.signed(-0.004), "−0.40");
        assert_eq!(PERCENT.signed(-0.000_01), "0.00");
        assert_eq!(PERCENT.signed_interval(-0.001, 0.002), "[−0.10, +0.20]");
    }

    #[test]
    fn two_digits_of_the_uncertainty() {
        let all: Vec<_> =
            [0.36, 1.82, 0.063, 12.3, 0.0996, 0.0].iter().map(|&u| decimals_for(u, 3)).collect();
        assert_eq!(all, [Some(2), Some(1), Some(3), Some(0), Some(2), None]);
    }

    #[test]
    fn p_values() {
        assert_eq!(p_cell(Some(0.0004)), "< .001");
        assert_eq!(p_cell(Some(0.0234)), ".023");
        assert_eq!(p_cell(Some(1.0)), "1.000");
        assert_eq!(p_cell(None), "n/a");
        assert_eq!(level(0.05), ".05");
    }

    #[test]
    fn marks_of_the_paper() {
        let all: Vec<_> = [0.05, 0.049, 0.009, 0.0009, 0.00009].iter().map(|&p| stars(p, 0.05)).collect();
        assert_eq!(all, ["n.s.", "*", "**", "***", ">***"]);
    }
}
