//! Two-group t tests: Welch's and Student's, from values or from printed summaries.
//!
//! Comes in: two [`Sample`]s. Goes out: statistic, degrees of freedom, p-value and interval of mean a - mean b, or the
//! reason why there is none. Adjusts nothing.

use super::distribution::{t_cdf, t_sf};
use super::interval::{Alternative, Interval};
use super::reason::{Side, Untestable};
use super::sample::Sample;

/// A t test of mean a - mean b.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// mean a - mean b.
    pub diff: f64,
    /// Standard error of the difference, above 0.
    pub se: f64,
    /// `diff / se`.
    pub statistic: f64,
    /// Degrees of freedom, above 0; for Welch's test seldom whole.
    pub df: f64,
}

impl TTest {
    /// The p-value, in [0, 1]; 0 only where it is below the smallest number of the machine.
    pub fn p_value(&self, alternative: Alternative) -> f64 {
        match alternative {
            Alternative::TwoSided => (2.0 * t_sf(self.statistic.abs(), self.df)).min(1.0),
            Alternative::Greater => t_sf(self.statistic, self.df),
            Alternative::Less => t_cdf(self.statistic, self.df),
        }
    }

    /// The 1 - alpha interval of the difference, one-sided with a one-sided alternative.
    pub fn interval(&self, alpha: f64, alternative: Alternative) -> Interval {
        Interval::by_t(self.diff, self.se, self.df, alpha, alternative)
    }
}

/// Welch's test for unequal variances: t = (m₁ - m₂)/√(v₁ + v₂) with v = s²/n, and
/// df = (v₁ + v₂)² / (v₁²/(n₁ - 1) + v₂²/(n₂ - 1)) (Welch 1947, Satterthwaite 1946).
///
/// Calibration: of skewed values (exponential) with SDs of 3 and 1 it rejects true nulls at the 5 % level in 8.3 % (10
/// and 10 values) to 11.7 % (5 in the wider group, 10), and one-sided in up to 15.5 %. See `docs/calibration.md`.
///
/// # Errors
/// The reason why there is no test. One group without variance is fine, two are not.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, Sample, welch};
///
/// let a = Sample::from_summary(0.9831, Some(0.0005), Some(5), 1)?;
/// let b = Sample::from_summary(0.9819, Some(0.0013), Some(5), 1)?;
/// let p = welch(&a, &b).map(|test| test.p_value(Alternative::TwoSided));
/// assert!((p.unwrap_or(0.0) - 0.1102239143).abs() < 1e-9);
/// # Ok::<(), analysis::Error>(())
/// ```
pub fn welch(a: &Sample, b: &Sample) -> Result<TTest, Untestable> {
    let (a, b) = (Moments::of(a, Side::A)?, Moments::of(b, Side::B)?);
    // Variances in units of the larger one: their squares neither overflow nor vanish.
    let unit = a.sd.max(b.sd);
    if unit <= 0.0 {
        return Err(Untestable::ZeroVariance);
    }
    let (v_a, v_b) = ((a.sd / unit).powi(2) / a.n, (b.sd / unit).powi(2) / b.n);
    let se = unit * (v_a + v_b).sqrt();
    let df = (v_a + v_b).powi(2) / (v_a * v_a / (a.n - 1.0) + v_b * v_b / (b.n - 1.0));
    test(&a, &b, se, df)
}

/// Student's test with a pooled variance: s² = ((n₁ - 1)s₁² + (n₂ - 1)s₂²)/(n₁ + n₂ - 2), t = (m₁ - m₂)/(s√(1/n₁ + 1/n₂)),
/// df = n₁ + n₂ - 2 (Student 1908).
///
/// Calibration: with SDs of 3 and 1 it rejects true nulls at the 5 % level in 15.7 % where the wider group is the
/// smaller one (5 and 10 normal values), in 1.6 % where it is the larger one, in 6.5 % of 5 and 5. See
/// `docs/calibration.md`.
///
/// # Errors
/// The reason why there is no test.
pub fn student(a: &Sample, b: &Sample) -> Result<TTest, Untestable> {
    let (a, b) = (Moments::of(a, Side::A)?, Moments::of(b, Side::B)?);
    let se = pooled_sd(&a, &b) * (1.0 / a.n + 1.0 / b.n).sqrt();
    test(&a, &b, se, a.n + b.n - 2.0)
}

/// A group that can be tested: at least two values and a known spread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    pub(super) n: f64,
    pub(super) mean: f64,
    pub(super) sd: f64,
}

impl Moments {
    pub(super) fn of(sample: &Sample, side: Side) -> Result<Self, Untestable> {
        let n = sample.n.ok_or(Untestable::NoN(side))?;
        match (n, sample.mean, sample.sd) {
            (..2, _, _) => Err(Untestable::FewValues(side, n.max(0))),
            (_, Some(mean), Some(sd)) => Ok(Self { n: n as f64, mean, sd }),
            (_, None, _) => Err(Untestable::FewValues(side, 0)),
            (_, _, None) => Err(Untestable::NoSd(side)),
        }
    }
}

/// Pooled standard deviation; 0 when neither group varies.
pub(super) fn pooled_sd(a: &Moments, b: &Moments) -> f64 {
    let unit = a.sd.max(b.sd);
    if unit <= 0.0 {
        return 0.0;
    }
    let squares = (a.n - 1.0) * (a.sd / unit).powi(2) + (b.n - 1.0) * (b.sd / unit).powi(2);
    unit * (squares / (a.n + b.n - 2.0)).sqrt()
}

fn test(a: &Moments, b: &Moments, se: f64, df: f64) -> Result<TTest, Untestable> {
    // R's rule ("data are essentially constant"): a spread of a few rounding errors is rounding, not spread.
    if se <= 10.0 * f64::EPSILON * a.mean.abs().max(b.mean.abs()) || se <= 0.0 {
        return Err(Untestable::ZeroVariance);
    }
    let diff = a.mean - b.mean;
    Ok(TTest { diff, se, statistic: diff / se, df })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(mean: f64, sd: f64, n: i64) -> Sample {
        Sample { n: Some(n), mean: Some(mean), sd: Some(sd) }
    }

    #[test]
    fn says_why_there_is_no_test() {
        let good = sample(0.5, 0.1, 5);
        assert_eq!(welch(&Sample::from_values(&[0.5]), &good), Err(Untestable::FewValues(Side::A, 1)));
        assert_eq!(welch(&good, &Sample::from_values(&[])), Err(Untestable::FewValues(Side::B, 0)));
        assert_eq!(student(&Sample { n: None, ..good }, &good), Err(Untestable::NoN(Side::A)));
        assert_eq!(student(&good, &Sample { sd: None, ..good }), Err(Untestable::NoSd(Side::B)));
        assert_eq!(welch(&sample(0.5, 0.0, 5), &sample(0.6, 0.0, 5)), Err(Untestable::ZeroVariance));
        assert_eq!(student(&sample(0.5, 0.0, 5), &sample(0.6, 0.0, 5)), Err(Untestable::ZeroVariance));
    }

    #[test]
    fn one_group_without_variance_is_a_one_sample_test() {
        let test = welch(&sample(0.5, 0.0, 5), &sample(0.6, 0.1, 4)).unwrap();
        assert_eq!(test.df, 3.0);
        assert_eq!(test.statistic, (0.5 - 0.6) / (0.1 / 2.0));
    }

    #[test]
    fn rounding_is_not_variance() {
        let (a, b) = ([0.1 + 0.2, 0.3, 0.3], [0.4, 0.4, 0.4]);
        let test = welch(&Sample::from_values(&a), &Sample::from_values(&b));
        assert_eq!(test, Err(Untestable::ZeroVariance));
    }

    #[test]
    fn tiny_and_huge_units_give_the_same_test() {
        let plain = welch(&sample(0.5, 0.01, 5), &sample(0.6, 0.02, 7)).unwrap();
        for unit in [1e-200, 1e200] {
            let scaled =
                welch(&sample(0.5 * unit, 0.01 * unit, 5), &sample(0.6 * unit, 0.02 * unit, 7)).unwrap();
            assert!((scaled.statistic / plain.statistic - 1.0).abs() < 1e-14);
            assert!((scaled.df / plain.df - 1.0).abs() < 1e-14);
        }
    }
}
