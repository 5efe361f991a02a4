//! Dunnett's comparison of many groups with one control.
//!
//! Comes in: a [`Sample`] of the control and of each group, from values or as printed. Goes out: for each group a t test with
//! the variance pooled over all groups, a p-value adjusted for all comparisons at once (single step) and a simultaneous
//! interval, or its own reason why there is none. Draws no random number: the multivariate t is integrated (`maximum.rs`).
//! It believes in one variance for all groups: where spreads differ much, Welch with Holm is the honest choice.

mod maximum;

use super::distribution::t_quantile;
use super::interval::{Alternative, Interval};
use super::reason::{Side, Untestable};
use super::root::root_of_rising;
use super::sample::Sample;
use super::ttest::{Moments, TTest};
use maximum::Maximum;

/// All groups against the control.
#[derive(Debug, Clone, PartialEq)]
pub struct Dunnett {
    /// Standard deviation pooled over the control and all usable groups.
    pub sd: f64,
    /// Its degrees of freedom, Σ(nᵢ - 1).
    pub df: f64,
    /// The t that the largest of all statistics exceeds with chance alpha; `None` without a usable group.
    pub critical: Option<f64>,
    /// One result a group, in the order of the groups.
    pub groups: Vec<Result<DunnettGroup, Untestable>>,
}

/// One group against the control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DunnettGroup {
    /// mean of the group - mean of the control, with the pooled standard error; its own p-values are unadjusted.
    pub test: TTest,
    /// The adjusted p-value in [0, 1]: the chance that the largest of all statistics is as large as this one.
    pub p_adjusted: f64,
    /// The interval of the difference; all of them hold at once with chance 1 - alpha. One-sided with one side.
    pub interval: Interval,
}

/// Dunnett's test (1955, 1964): tᵢ = (mᵢ - m₀) / (s √(1/nᵢ + 1/n₀)), s² pooled over all groups, and p-values and intervals
/// from the distribution of the largest |tᵢ| (of the largest tᵢ with "greater", of the largest -tᵢ with "less"), whose
/// correlations are λᵢλⱼ with λ = √(nᵢ/(nᵢ + n₀)). Group sizes need not be equal.
///
/// Calibration: with four models and one SD of 3 among ones, the family of true nulls has a false claim at the 5 %
/// level in 15.0 % (the control is the wide one) or 9.4 % (a model is; 5 values each). See `docs/calibration.md`.
///
/// # Errors
/// Where the control cannot be used ([`Side::B`]), no group varies, alpha is not between 0 and 1, or the groups together
/// hold more than a million times the control's values. A group that cannot be used is an `Err` in
/// [`groups`](Dunnett::groups) and leaves the others as if it were not there.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, Sample, dunnett};
///
/// let control = Sample::from_values(&[0.80, 0.81, 0.79, 0.80]);
/// let groups = [[0.82, 0.83, 0.81, 0.82], [0.80, 0.79, 0.82, 0.81]].map(|values| Sample::from_values(&values));
/// let result = dunnett(&groups, &control, Alternative::TwoSided, 0.05)?;
/// let p: Vec<f64> = result.groups.iter().flatten().map(|group| group.p_adjusted).collect();
/// assert!(p[0] < 0.05 && p[1] > 0.5);
/// # Ok::<(), analysis::stat::Untestable>(())
/// ```
pub fn dunnett(
    groups: &[Sample],
    control: &Sample,
    alternative: Alternative,
    alpha: f64,
) -> Result<Dunnett, Untestable> {
    if !(0.0 < alpha && alpha < 1.0) {
        return Err(Untestable::Because(format!("alpha is {alpha}; expected a number between 0 and 1")));
    }
    let control = finite(control, Side::B)?;
    let moments: Vec<Result<Moments, Untestable>> =
        groups.iter().map(|group| finite(group, Side::A)).collect();
    let usable: Vec<Moments> = moments.iter().flatten().copied().collect();
    let (sd, df) = pooled(&usable, &control)?;
    let sizes: Vec<f64> = usable.iter().map(|group| group.n).collect();
    let maximum = Maximum::new(&sizes, control.n, df, alternative)?;
    let critical = critical_value(&maximum, usable.len(), alternative, alpha);
    let groups = moments
        .into_iter()
        .map(|group| {
            let group = group?;
            let se = sd * (1.0 / group.n + 1.0 / control.n).sqrt();
            let diff = group.mean - control.mean;
            let test = TTest { diff, se, statistic: diff / se, df };
            let extreme = match alternative {
                Alternative::TwoSided => test.statistic.abs(),
                Alternative::Greater => test.statistic,
                Alternative::Less => -test.statistic,
            };
            let reach = critical.map(|critical| critical * se);
            let interval = Interval {
                low: reach.filter(|_| alternative != Alternative::Less).map(|reach| diff - reach),
                high: reach.filter(|_| alternative != Alternative::Greater).map(|reach| diff + reach),
            };
            Ok(DunnettGroup { test, p_adjusted: maximum.exceeds(extreme), interval })
        })
        .collect();
    Ok(Dunnett { sd, df, critical, groups })
}

fn finite(sample: &Sample, side: Side) -> Result<Moments, Untestable> {
    let moments = Moments::of(sample, side)?;
    let is_finite = moments.mean.is_finite() && moments.sd.is_finite() && moments.sd >= 0.0;
    is_finite.then_some(moments).ok_or(Untestable::NotFinite)
}

/// Pooled standard deviation and its degrees of freedom.
fn pooled(groups: &[Moments], control: &Moments) -> Result<(f64, f64), Untestable> {
    let all = || groups.iter().chain([control]);
    let df: f64 = all().map(|group| group.n - 1.0).sum();
    // In units of the largest, so that squares neither overflow nor vanish.
    let unit = all().fold(0.0_f64, |unit, group| unit.max(group.sd));
    let size = all().fold(0.0_f64, |size, group| size.max(group.mean.abs()));
    if unit <= 0.0 {
        return Err(Untestable::ZeroVariance);
    }
    let squares: f64 = all().map(|group| (group.n - 1.0) * (group.sd / unit).powi(2)).sum();
    let sd = unit * (squares / df).sqrt();
    // As in `ttest.rs`: a spread of a few rounding errors is rounding, not spread.
    let least_se =
        all().fold(f64::INFINITY, |least, group| least.min(sd * (1.0 / group.n + 1.0 / control.n).sqrt()));
    match least_se > 10.0 * f64::EPSILON * size {
        true if (size / least_se).is_finite() => Ok((sd, df)),
        true => Err(Untestable::NotFinite),
        false => Err(Untestable::ZeroVariance),
    }
}

/// The t that the maximum exceeds with chance alpha. It lies between the quantile for one comparison and Bonferroni's.
fn critical_value(maximum: &Maximum, n_groups: usize, alternative: Alternative, alpha: f64) -> Option<f64> {
    let sides = if alternative == Alternative::TwoSided { 2.0 } else { 1.0 };
    let quantile = |n: f64| t_quantile(alpha / sides / n, maximum.df()).map(|quantile| -quantile);
    match n_groups {
        0 => None,
        1 => quantile(1.0),
        n => {
            // A hair wider, for the rounding of both sides.
            let (low, high) = (quantile(1.0)? - 1e-9, quantile(n as f64)? + 1e-9);
            root_of_rising(|t| (alpha / maximum.exceeds(t)).ln(), low, high)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Alternative = Alternative::TwoSided;

    fn sample(mean: f64, sd: f64, n: i64) -> Sample {
        Sample { n: Some(n), mean: Some(mean), sd: Some(sd) }
    }

    #[test]
    fn one_group_is_students_test() {
        let (a, b) = (sample(0.83, 0.02, 5), sample(0.80, 0.01, 7));
        let student = super::super::student(&a, &b).unwrap();
        for alternative in [TWO, Alternative::Greater, Alternative::Less] {
            let result = dunnett(&[a], &b, alternative, 0.05).unwrap();
            let group = result.groups[0].as_ref().unwrap();
            let p = student.p_value(alternative);
            assert!((group.p_adjusted / p - 1.0).abs() < 1e-11, "{} {p}", group.p_adjusted);
            let (got, want) = (group.interval, student.interval(0.05, alternative));
            for (got, want) in [(got.low, want.low), (got.high, want.high)] {
                assert_eq!(got.is_some(), want.is_some());
                assert!((got.unwrap_or(0.0) - want.unwrap_or(0.0)).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn an_unusable_group_spoils_only_itself() {
        let control = sample(0.80, 0.01, 5);
        let good = [sample(0.82, 0.01, 5), sample(0.81, 0.02, 6)];
        let alone = dunnett(&good, &control, TWO, 0.05).unwrap();
        let with = [
            good[0],
            Sample::from_values(&[0.5]),
            Sample { sd: None, ..good[0] },
            sample(f64::NAN, 0.1, 5),
            Sample { n: None, ..good[0] },
            good[1],
        ];
        let result = dunnett(&with, &control, TWO, 0.05).unwrap();
        assert_eq!(result.groups[0], alone.groups[0]);
        assert_eq!(result.groups[5], alone.groups[1]);
        let reasons: Vec<Untestable> =
            result.groups[1..5].iter().map(|group| group.clone().unwrap_err()).collect();
        assert_eq!(
            reasons,
            [
                Untestable::FewValues(Side::A, 1),
                Untestable::NoSd(Side::A),
                Untestable::NotFinite,
                Untestable::NoN(Side::A)
            ]
        );
        assert_eq!(result.df, alone.df);
    }

    #[test]
    fn says_why_there_is_no_test() {
        let good = sample(0.8, 0.01, 5);
        let test = |control: Sample, alpha| dunnett(&[good, good], &control, TWO, alpha).unwrap_err();
        assert_eq!(test(Sample::from_values(&[]), 0.05), Untestable::FewValues(Side::B, 0));
        assert_eq!(test(sample(f64::INFINITY, 0.1, 3), 0.05), Untestable::NotFinite);
        assert_eq!(test(sample(0.1, -0.1, 3), 0.05), Untestable::NotFinite);
        for alpha in [0.0, 1.0, -1.0, f64::NAN] {
            assert!(matches!(test(good, alpha), Untestable::Because(_)));
        }
        let flat = sample(0.5, 0.0, 5);
        assert_eq!(dunnett(&[flat], &flat, TWO, 0.05), Err(Untestable::ZeroVariance));
        let rounding = sample(0.6, 1e-17, 5);
        assert_eq!(dunnett(&[rounding], &flat, TWO, 0.05), Err(Untestable::ZeroVariance));
        let huge = sample(0.5, 0.1, 3_000_000_000);
        assert!(matches!(dunnett(&[huge], &good, TWO, 0.05), Err(Untestable::Because(_))));
        let none = dunnett(&[], &good, TWO, 0.05).unwrap();
        assert_eq!((none.critical, none.groups.len()), (None, 0));
    }

    #[test]
    fn a_group_without_spread_is_fine_if_another_has_some() {
        let result =
            dunnett(&[sample(0.9, 0.0, 5), sample(0.8, 0.1, 5)], &sample(0.8, 0.0, 5), TWO, 0.05).unwrap();
        assert!(result.groups.iter().all(Result::is_ok));
    }

    #[test]
    fn tiny_and_huge_units_give_the_same_test() {
        let at = |unit: f64| {
            let groups = [sample(0.82 * unit, 0.01 * unit, 5), sample(0.81 * unit, 0.02 * unit, 6)];
            dunnett(&groups, &sample(0.8 * unit, 0.015 * unit, 4), TWO, 0.05).unwrap()
        };
        let plain = at(1.0).groups[0].clone().unwrap().p_adjusted;
        for unit in [1e-200, 1e200] {
            let scaled = at(unit).groups[0].clone().unwrap().p_adjusted;
            assert!((scaled / plain - 1.0).abs() < 1e-11, "{scaled} {plain}");
        }
    }
}
