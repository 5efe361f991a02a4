//! Intervals and the direction of a test.
//!
//! Comes in: an estimate's standard error and degrees of freedom. Goes out: the ends of an interval, `None` where it is
//! unbounded. Estimates nothing itself.

use super::distribution::t_quantile;
use super::sample::Sample;
use crate::named::named;

/// Direction of a test about a difference a - b.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// a differs from b.
    TwoSided,
    /// a is higher than b.
    Greater,
    /// a is lower than b.
    Less,
}

named!(Alternative, "alternative", TwoSided => "two-sided", Greater => "greater", Less => "less");

/// An interval; an end is `None` where it is unbounded (one-sided) or undefined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Interval {
    /// True when both ends exist and lie strictly between `low` and `high`.
    pub fn is_inside(&self, low: f64, high: f64) -> bool {
        self.low.is_some_and(|end| low < end) && self.high.is_some_and(|end| end < high)
    }

    /// estimate ± t(1 - alpha/2, df) · se, or the one-sided interval with t(1 - alpha, df) that goes with `alternative`:
    /// "greater" has a lower end only, "less" an upper end only.
    pub(super) fn by_t(estimate: f64, se: f64, df: f64, alpha: f64, alternative: Alternative) -> Self {
        let tail = if alternative == Alternative::TwoSided { alpha / 2.0 } else { alpha };
        // The upper quantile by symmetry: 1 - tail would round away a small tail.
        let reach = t_quantile(tail, df).map(|quantile| -quantile * se);
        Self {
            low: reach.filter(|_| alternative != Alternative::Less).map(|reach| estimate - reach),
            high: reach.filter(|_| alternative != Alternative::Greater).map(|reach| estimate + reach),
        }
    }
}

/// The 1 - alpha t interval of a mean; `None` below two values, and where all values are equal: no spread in a handful
/// of runs is no proof of none.
///
/// Calibration: of skewed values (exponential) the 95 % interval holds the mean in 88.4 % (5 values) and 90.3 % (10).
/// See `docs/calibration.md`.
pub fn mean_interval(sample: &Sample, alpha: f64, alternative: Alternative) -> Option<Interval> {
    let (mean, n, se) = (sample.mean?, sample.n?, sample.standard_error()?);
    if n < 2 || se <= 0.0 {
        return None;
    }
    Some(Interval::by_t(mean, se, (n - 1) as f64, alpha, alternative))
}
