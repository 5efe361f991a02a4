//! Tests of paired values: the paired t test, its correction for resampled data, and the standardized difference.
//!
//! Comes in: the values of both groups, pair by pair, and not their differences: 0.3 - 0.1 and 0.4 - 0.2 differ by
//! rounding, and only the size of the values tells that from spread. Who has differences alone passes zeros as `b`. Goes
//! out: a [`TTest`] with the divisor n - 1, an [`Effect`], or the reason why there is none. Finds no pairs and drops none:
//! the caller leaves incomplete pairs out.

use super::effect::{Effect, hedges_g};
use super::interval::{Alternative, Interval};
use super::reason::Untestable;
use super::sample::Sample;
use super::ttest::TTest;

impl Effect {
    /// Name of the paired Hedges' g in tables.
    pub const HEDGES_GZ: &'static str = "hedges_gz";
}

/// The paired t test of mean(a - b): t = mean(d) / (sd(d)/√n) with d = a - b, df = n - 1 (Student 1908).
///
/// Calibration: of skewed differences (exponential) it rejects true nulls at the 5 % level in 12.0 % (5 pairs) and 9.7
/// % (10), on one side in 16.2 % and 13.2 %; of the folds that [`corrected_t`] is for, in 13.7 % (5) and 15.5 % (10).
/// See `docs/calibration.md`.
///
/// # Errors
/// [`Untestable::FewPairs`] below two pairs, [`Untestable::ZeroVarianceOfDifferences`] where the differences vary by no
/// more than the rounding of the values, [`Untestable::NotFinite`], or a sentence where the lengths differ.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, Untestable, paired_t};
///
/// let test = paired_t(&[0.81, 0.84, 0.80, 0.86], &[0.80, 0.82, 0.79, 0.82]).map(|test| test.statistic);
/// assert!((test.unwrap_or(0.0) - 2.82842712474619).abs() < 1e-12);
/// // Both differences are 0.2: what is left of them is rounding.
/// assert_eq!(paired_t(&[0.3, 0.4], &[0.1, 0.2]), Err(Untestable::ZeroVarianceOfDifferences));
/// ```
pub fn paired_t(a: &[f64], b: &[f64]) -> Result<TTest, Untestable> {
    Differences::of(a, b)?.test(0.0)
}

/// The corrected resampled t test: t = mean(d) / √((1/J + n_test/n_train) s²), df = J - 1, for J scores on overlapping
/// resamples of one data set (Nadeau & Bengio 2003, equation 12). `test_over_train` is n_test/n_train of a resample:
/// 1/(k - 1) for k folds. Seeds on one fixed split have no overlap to correct: [`paired_t`] is theirs.
///
/// Calibration: where folds correlate as the formula assumes, normal ones keep the level; skewed ones reject true nulls
/// at the 5 % level in 11.9 % (5 folds) and 10.4 % (10). See `docs/calibration.md`.
///
/// # Errors
/// As [`paired_t`], and a sentence where `test_over_train` is negative or not finite.
///
/// # Example
/// ```
/// use analysis::stat::{corrected_t, paired_t};
///
/// let (a, b) = ([0.81, 0.84, 0.80, 0.86], [0.80, 0.82, 0.79, 0.82]);
/// let (plain, corrected) = (paired_t(&a, &b)?, corrected_t(&a, &b, 1.0 / 3.0)?);
/// assert!((corrected.se / plain.se - (7.0_f64 / 3.0).sqrt()).abs() < 1e-12);
/// # Ok::<(), analysis::stat::Untestable>(())
/// ```
pub fn corrected_t(a: &[f64], b: &[f64], test_over_train: f64) -> Result<TTest, Untestable> {
    if !(0.0..f64::INFINITY).contains(&test_over_train) {
        return Err(Untestable::Because(format!("n_test/n_train is {test_over_train}; expected 0 or more")));
    }
    Differences::of(a, b)?.test(test_over_train)
}

/// Hedges' g of paired values, g_z = J · mean(d)/sd(d) with d = a - b and the exact J of n - 1 degrees of freedom (Hedges
/// 1981; Lakens 2013 for the name), in standard deviations of the differences. Its 1 - alpha interval is the noncentral t's
/// (Steiger 2004), J/√n times the noncentrality; so does R's `effectsize::hedges_g(paired = TRUE)`.
///
/// `None` where there is no [`paired_t`], and for two pairs, where no unbiased factor J exists.
///
/// Calibration: because J scales the ends too, the 95 % interval of 5 normal pairs holds an effect of 1 in 91.2 % (no
/// effect: 94.6 %); skewed differences without an effect give 87.9 % (5) and 90.8 % (10). See `docs/calibration.md`.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, hedges_gz};
///
/// let (a, b) = ([0.81, 0.84, 0.80, 0.86], [0.80, 0.82, 0.79, 0.82]);
/// let effect = hedges_gz(&a, &b, 0.05, Alternative::TwoSided).map(|effect| effect.estimate);
/// assert!((effect.unwrap_or(0.0) - 1.0233267079464885).abs() < 1e-12);
/// ```
pub fn hedges_gz(a: &[f64], b: &[f64], alpha: f64, alternative: Alternative) -> Option<Effect> {
    let differences = Differences::of(a, b).ok()?;
    let n = differences.n;
    if n < 3.0 {
        return None;
    }
    // Two groups of 2 and n - 1 values have n - 1 degrees of freedom as well: at the same t they have the same
    // noncentralities, counted in another unit.
    let unit = (0.5 + 1.0 / (n - 1.0)).sqrt();
    let t = differences.mean / differences.sd * n.sqrt();
    let group = |n: f64, mean: f64| Sample { n: Some(n as i64), mean: Some(mean), sd: Some(1.0) };
    let effect = hedges_g(&group(2.0, t * unit), &group(n - 1.0, 0.0), alpha, alternative)?;
    let scaled = |value: f64| value / (unit * n.sqrt());
    let interval = Interval { low: effect.interval.low.map(scaled), high: effect.interval.high.map(scaled) };
    Some(Effect { estimate: scaled(effect.estimate), interval })
}

/// Differences that vary: their moments in units of `unit`, a power of two near the largest value, so that neither squares
/// nor sums overflow or vanish and no digit is lost.
struct Differences {
    n: f64,
    mean: f64,
    sd: f64,
    unit: f64,
}

impl Differences {
    fn of(a: &[f64], b: &[f64]) -> Result<Self, Untestable> {
        if a.len() != b.len() {
            let (n_a, n_b) = (a.len(), b.len());
            return Err(Untestable::Because(format!(
                "{n_a} values against {n_b}; pairs need as many of both"
            )));
        }
        if a.len() < 2 {
            return Err(Untestable::FewPairs { found: i64::from(!a.is_empty()), needed: 2 });
        }
        if a.iter().chain(b).any(|value| !value.is_finite()) {
            return Err(Untestable::NotFinite);
        }
        let size = a.iter().chain(b).fold(0.0_f64, |size, value| size.max(value.abs()));
        let exponent = if size > 0.0 { size.log2().floor().clamp(-1000.0, 1000.0) } else { 0.0 };
        let unit = 2.0_f64.powi(exponent as i32);
        let scaled: Vec<f64> = a.iter().zip(b).map(|(a, b)| a / unit - b / unit).collect();
        let moments = Sample::from_values(&scaled);
        let (Some(mean), Some(sd)) = (moments.mean, moments.sd) else {
            return Err(Untestable::NotFinite);
        };
        let n = scaled.len() as f64;
        // As in `ttest.rs`: a spread of a few rounding errors of the values is rounding.
        if sd / n.sqrt() <= 10.0 * f64::EPSILON * size / unit {
            return Err(Untestable::ZeroVarianceOfDifferences);
        }
        Ok(Self { n, mean, sd, unit })
    }

    /// The test with the variance of the mean at (1/n + `overlap`) s².
    fn test(&self, overlap: f64) -> Result<TTest, Untestable> {
        let se = self.sd * (1.0 / self.n + overlap).sqrt();
        let test = TTest {
            diff: self.mean * self.unit,
            se: se * self.unit,
            statistic: self.mean / se,
            df: self.n - 1.0,
        };
        let is_finite = test.diff.is_finite() && test.se.is_finite() && test.statistic.is_finite();
        match is_finite {
            true if test.se > 0.0 => Ok(test),
            true => Err(Untestable::ZeroVarianceOfDifferences),
            false => Err(Untestable::NotFinite),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_there_is_no_test() {
        let few = |found| Err(Untestable::FewPairs { found, needed: 2 });
        assert_eq!(paired_t(&[], &[]), few(0));
        assert_eq!(paired_t(&[0.1], &[0.2]), few(1));
        assert_eq!(paired_t(&[0.1, f64::NAN], &[0.2, 0.3]), Err(Untestable::NotFinite));
        assert_eq!(paired_t(&[0.1, 0.2], &[f64::INFINITY, 0.3]), Err(Untestable::NotFinite));
        assert_eq!(paired_t(&[0.5; 4], &[0.25; 4]), Err(Untestable::ZeroVarianceOfDifferences));
        assert_eq!(paired_t(&[0.0; 4], &[0.0; 4]), Err(Untestable::ZeroVarianceOfDifferences));
        let lengths = paired_t(&[0.1, 0.2], &[0.1]).unwrap_err();
        assert_eq!(lengths.explain("a", "b"), "2 values against 1; pairs need as many of both");
        let (a, b) = ([0.1, 0.2, 0.4], [0.1, 0.1, 0.1]);
        for ratio in [-0.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(corrected_t(&a, &b, ratio), Err(Untestable::Because(_))));
        }
        assert_eq!(hedges_gz(&a[..2], &b[..2], 0.05, Alternative::TwoSided), None);
        assert_eq!(hedges_gz(&[0.5; 4], &[0.25; 4], 0.05, Alternative::TwoSided), None);
    }

    #[test]
    fn rounding_is_not_variance() {
        assert_eq!(paired_t(&[0.3, 0.4], &[0.1, 0.2]), Err(Untestable::ZeroVarianceOfDifferences));
        let (a, b) = ([100.3, 0.4, 100.7], [100.1, 0.2, 100.5]);
        assert_eq!(paired_t(&a, &b), Err(Untestable::ZeroVarianceOfDifferences));
        // The same differences by themselves look as if they varied.
        assert!(paired_t(&[a[0] - b[0], a[1] - b[1], a[2] - b[2]], &[0.0; 3]).is_ok());
    }

    #[test]
    fn tiny_and_huge_units_give_the_same_test() {
        let (a, b) = ([0.81, 0.84, 0.80, 0.86], [0.80, 0.82, 0.79, 0.82]);
        let plain = paired_t(&a, &b).unwrap();
        for unit in [1e-290, 1e-160, 1e160, 1e300] {
            let scaled = paired_t(&a.map(|v| v * unit), &b.map(|v| v * unit)).unwrap();
            assert!((scaled.statistic / plain.statistic - 1.0).abs() < 1e-12, "{unit}");
        }
        // The differences themselves are beyond the largest double.
        assert_eq!(paired_t(&[1.7e308, 1.6e308], &[-1.7e308, -1.5e308]), Err(Untestable::NotFinite));
    }

    #[test]
    fn one_sided_intervals_are_open() {
        let (a, b) = ([0.81, 0.84, 0.80, 0.86], [0.80, 0.82, 0.79, 0.82]);
        let greater = hedges_gz(&a, &b, 0.05, Alternative::Greater).unwrap().interval;
        let less = hedges_gz(&a, &b, 0.05, Alternative::Less).unwrap().interval;
        assert!(greater.low.is_some() && greater.high.is_none() && less.low.is_none() && less.high.is_some());
    }
}
