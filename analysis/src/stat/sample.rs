//! Count, mean and standard deviation of one group, from values or as printed.
//!
//! Comes in: values, or mean, sd, n and ddof. Goes out: a [`Sample`] with the divisor n - 1. Decides nothing about tests.

use crate::error::{Error, Result};

/// What a test needs to know of a group; `None` where it is unknown or undefined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Number of values.
    pub n: Option<i64>,
    /// Mean; `None` without values.
    pub mean: Option<f64>,
    /// Standard deviation with divisor n - 1; `None` below two values. Exactly 0 when all values are equal.
    pub sd: Option<f64>,
}

impl Sample {
    /// Moments of values by two passes over the deviations from the first value: equal values give an sd of exactly 0,
    /// and a large common offset costs no digits. Missing values are left out by the caller; NaN makes the mean `None`.
    ///
    /// # Example
    /// ```
    /// let sample = analysis::stat::Sample::from_values(&[0.8, 0.8, 0.8]);
    /// assert_eq!((sample.n, sample.mean, sample.sd), (Some(3), Some(0.8), Some(0.0)));
    /// ```
    pub fn from_values(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let n = Some(i64::try_from(values.len()).unwrap_or(i64::MAX));
        let Some(&first) = values.first() else {
            return Self { n, mean: None, sd: None };
        };
        let shift = values.iter().map(|value| value - first).sum::<f64>() / count;
        let mean = first + shift;
        if !mean.is_finite() {
            return Self { n, mean: None, sd: None };
        }
        let deviations = || values.iter().map(|value| (value - first) - shift);
        // The second sum is 0 but for rounding of `shift`: it takes that rounding out again (Chan et al. 1983).
        let squares: f64 = deviations().map(|deviation| deviation * deviation).sum();
        let rest: f64 = deviations().sum();
        let variance = (squares - rest * rest / count).max(0.0) / (count - 1.0);
        Self { n, mean: Some(mean), sd: (values.len() > 1).then(|| variance.sqrt()) }
    }

    /// A group as printed: an sd with divisor n (`ddof` 0) is multiplied by √(n/(n-1)).
    ///
    /// # Errors
    /// When the mean is not finite, n is below 1, the sd is negative or not finite, or `ddof` is neither 0 nor 1.
    pub fn from_summary(mean: f64, sd: Option<f64>, n: Option<i64>, ddof: i64) -> Result<Self> {
        if !mean.is_finite() {
            return Err(Error::argument(format!("the mean is {mean}; expected a number")));
        }
        if let Some(n) = n.filter(|n| *n < 1) {
            return Err(Error::argument(format!("n is {n}; expected at least 1")));
        }
        if let Some(sd) = sd.filter(|sd| !(0.0..f64::INFINITY).contains(sd)) {
            return Err(Error::argument(format!("the standard deviation is {sd}; expected 0 or more")));
        }
        let factor = match (ddof, n) {
            (0 | 1, Some(1)) => None,
            (1, _) => Some(1.0),
            (0, Some(n)) => Some((n as f64 / (n - 1) as f64).sqrt()),
            (0, None) => None,
            _ => {
                return Err(Error::argument(format!(
                    "ddof is {ddof}; expected 0 (divisor n) or 1 (divisor n - 1)"
                )));
            }
        };
        Ok(Self { n, mean: Some(mean), sd: sd.zip(factor).map(|(sd, factor)| sd * factor) })
    }

    /// Standard error of the mean, `sd / √n`; `None` where n or sd is.
    pub fn standard_error(&self) -> Option<f64> {
        self.sd.zip(self.n).map(|(sd, n)| sd / (n as f64).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_no_variance_at_all() {
        // 0.1 + 0.2 style sums would leave 1e-17 here.
        let sample = Sample::from_values(&[0.1; 7]);
        assert_eq!(sample.sd, Some(0.0));
        assert_eq!(sample.mean, Some(0.1));
    }

    #[test]
    fn one_value_and_none() {
        assert_eq!(Sample::from_values(&[0.5]), Sample { n: Some(1), mean: Some(0.5), sd: None });
        assert_eq!(Sample::from_values(&[]), Sample { n: Some(0), mean: None, sd: None });
        assert_eq!(Sample::from_values(&[f64::NAN, 1.0]).mean, None);
    }

    #[test]
    fn a_large_offset_costs_no_digits() {
        let sd = Sample::from_values(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]).sd.unwrap();
        assert!((sd - 1.0).abs() < 1e-15, "{sd}");
    }

    #[test]
    fn population_sd_is_rescaled() {
        let sd = Sample::from_summary(0.5, Some(0.02), Some(5), 0).unwrap().sd.unwrap();
        assert!((sd / 0.02 - 1.118_033_988_749_895).abs() < 1e-15);
        assert_eq!(Sample::from_summary(0.5, Some(0.0), Some(1), 0).unwrap().sd, None);
        assert_eq!(Sample::from_summary(0.5, Some(0.1), None, 0).unwrap().sd, None);
        assert_eq!(Sample::from_summary(0.5, Some(0.1), None, 1).unwrap().sd, Some(0.1));
    }

    #[test]
    fn impossible_summaries_are_refused() {
        let text = |sd, n, ddof| Sample::from_summary(0.5, sd, n, ddof).unwrap_err().to_string();
        assert_eq!(text(Some(-0.1), Some(3), 1), "the standard deviation is -0.1; expected 0 or more");
        assert_eq!(text(None, Some(0), 1), "n is 0; expected at least 1");
        assert_eq!(text(None, Some(3), 2), "ddof is 2; expected 0 (divisor n) or 1 (divisor n - 1)");
    }
}
