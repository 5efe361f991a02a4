//! A mean, or a difference of two, with its t test against 0.
//!
//! Comes in: an estimate with standard error and degrees of freedom. Goes out: [`Contrast`]. Estimates nothing itself.

use super::interval::{Alternative, Interval};
use super::ttest::TTest;

/// A model's mean, or the difference of two models' means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// Which model.
    pub model: usize,
    /// The model that is subtracted; `None` for a mean of its own.
    pub minus: Option<usize>,
    /// The mean or difference, in the unit of the values.
    pub estimate: f64,
    /// Its standard error, above 0.
    pub std_error: f64,
    /// Degrees of freedom: Satterthwaite's of a mixed model, Hillis' (2007) of readers; infinite for a z test.
    pub df: f64,
    /// `estimate / std_error`.
    pub statistic: f64,
    /// Two-sided p-value.
    pub p_value: f64,
    /// The two-sided 1 - alpha interval.
    pub interval: Interval,
}

impl Contrast {
    pub(super) fn new(
        (model, minus): (usize, Option<usize>),
        (estimate, std_error, df): (f64, f64, f64),
        alpha: f64,
    ) -> Self {
        let test = TTest { diff: estimate, se: std_error, statistic: estimate / std_error, df };
        Self {
            model,
            minus,
            estimate,
            std_error,
            df,
            statistic: test.statistic,
            p_value: test.p_value(Alternative::TwoSided),
            interval: test.interval(alpha, Alternative::TwoSided),
        }
    }

    /// The test of the difference, for one-sided alternatives, other levels and equivalence.
    pub fn test(&self) -> TTest {
        TTest { diff: self.estimate, se: self.std_error, statistic: self.statistic, df: self.df }
    }
}
