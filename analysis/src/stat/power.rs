//! Power of t tests, and the effect and the number of runs that a power needs.
//!
//! Comes in: the design of a test that is yet to be made. Goes out: a power, an effect in standard deviations, a number of
//! values. Not for tests already made: the power at the observed effect says no more than the p-value (Hoenig & Heisey 2001).
//!
//! With two sides power counts both tails, as R's `power.t.test(strict = TRUE)` does. Without `strict`, R leaves out the
//! far tail, and at an effect of 0 its power is alpha/2.

use super::distribution::{noncentral_t_cdf, noncentral_t_sf, normal_quantile, t_quantile};
use super::interval::Alternative;
use super::root::root_of_rising;

/// The test that is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerTest {
    /// Student's test of two groups of n values each with the same standard deviation, the unit of the effect. Welch's has
    /// the same power but for its slightly lower degrees of freedom.
    TwoSample,
    /// The paired test of n pairs; the unit of the effect is the standard deviation of the differences.
    Paired,
    /// The test of one mean of n values; the unit of the effect is their standard deviation.
    OneSample,
}

impl PowerTest {
    fn groups(self) -> f64 {
        if self == Self::TwoSample { 2.0 } else { 1.0 }
    }
}

/// A number of values that reaches a power.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleSize {
    /// The n at which the power is exactly as asked, not whole; 2 where two values have more than that.
    pub exact: f64,
    /// The smallest whole n with at least that power: values of each group, or pairs.
    pub whole: i64,
}

/// The power in [0, 1]: the chance of p < alpha when the true effect is `effect` standard deviations, with `n` values in
/// each group (or `n` pairs; n need not be whole).
///
/// T is noncentral t with df = g (n - 1) and noncentrality effect·√(n/g), g groups (Cohen 1988). `None` unless n >= 2,
/// 0 < alpha < 1 and the effect is a number.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, PowerTest, power_of};
///
/// let power = power_of(PowerTest::TwoSample, 10.0, 1.3249473925786537, 0.05, Alternative::TwoSided);
/// assert!((power.unwrap_or(0.0) - 0.8).abs() < 1e-9);
/// ```
pub fn power_of(test: PowerTest, n: f64, effect: f64, alpha: f64, alternative: Alternative) -> Option<f64> {
    if !(n >= 2.0 && n.is_finite() && effect.is_finite()) {
        return None;
    }
    let tail = if alternative == Alternative::TwoSided { alpha / 2.0 } else { alpha };
    let df = test.groups() * (n - 1.0);
    let critical = -t_quantile(tail, df).filter(|_| alpha < 1.0)?;
    let ncp = effect * (n / test.groups()).sqrt();
    let power = match alternative {
        Alternative::Greater => noncentral_t_sf(critical, df, ncp),
        Alternative::Less => noncentral_t_cdf(-critical, df, ncp),
        Alternative::TwoSided => noncentral_t_sf(critical, df, ncp) + noncentral_t_cdf(-critical, df, ncp),
    };
    (!power.is_nan()).then_some(power.min(1.0))
}

/// The smallest effect, in standard deviations, that `n` values in each group (or pairs) find with chance `power`: the
/// minimal detectable effect. Above 0; below 0 with the alternative "less".
///
/// `None` unless n >= 2 and 0 < alpha < power < 1.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, PowerTest, effect_for};
///
/// // Ten runs find a difference of 1.32 standard deviations; five only one of 2.02.
/// let effect = effect_for(PowerTest::TwoSample, 10.0, 0.8, 0.05, Alternative::TwoSided);
/// assert!((effect.unwrap_or(0.0) - 1.324945).abs() < 1e-5);
/// ```
pub fn effect_for(test: PowerTest, n: f64, power: f64, alpha: f64, alternative: Alternative) -> Option<f64> {
    if alternative == Alternative::Less {
        return effect_for(test, n, power, alpha, Alternative::Greater).map(|effect| -effect);
    }
    let goal = normal_quantile(power).filter(|_| alpha < power)?;
    power_of(test, n, 0.0, alpha, alternative)?;
    let excess = |effect: f64| score(power_of(test, n, effect, alpha, alternative), goal);
    // One standard error to start from.
    let mut high = (test.groups() / n).sqrt();
    while excess(high) < 0.0 {
        high *= 2.0;
        if !high.is_finite() {
            return None;
        }
    }
    root_of_rising(excess, 0.0, high)
}

/// The number of values in each group (or pairs) with which an effect of `effect` standard deviations is found with chance
/// `power`.
///
/// `None` unless 0 < alpha < power < 1 and the effect is a number on the side of the alternative, not 0; and where it takes
/// more than 1e9 values.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, PowerTest, n_for};
///
/// let n = n_for(PowerTest::TwoSample, 0.5, 0.8, 0.05, Alternative::TwoSided);
/// assert_eq!(n.map(|n| n.whole), Some(64));
/// ```
pub fn n_for(
    test: PowerTest,
    effect: f64,
    power: f64,
    alpha: f64,
    alternative: Alternative,
) -> Option<SampleSize> {
    /// More runs than anyone makes; the noncentral t holds its digits as far.
    const MOST: f64 = 1e9;
    /// What a power may fall short of the goal by rounding.
    const SLACK: f64 = 1e-12;
    let goal = normal_quantile(power).filter(|_| alpha < power)?;
    let excess = |n: f64| score(power_of(test, n, effect, alpha, alternative), goal);
    power_of(test, 2.0, effect, alpha, alternative)?;
    if excess(2.0) >= 0.0 {
        return Some(SampleSize { exact: 2.0, whole: 2 });
    }
    let mut high = 4.0;
    while excess(high) < 0.0 {
        high *= 2.0;
        if high > MOST {
            return None;
        }
    }
    let exact = root_of_rising(excess, high / 2.0, high)?;
    // A whole n stays whole in spite of rounding.
    let below = exact.floor();
    let reached = power_of(test, below, effect, alpha, alternative)? >= power - SLACK;
    let whole = if reached { below } else { below + 1.0 };
    Some(SampleSize { exact, whole: whole as i64 })
}

/// How far a power is above the goal, as normal quantiles: nearly a straight line in effect and √n.
fn score(power: Option<f64>, goal: f64) -> f64 {
    /// Beyond 37 standard deviations a probability is 0 or 1 in double precision.
    const END: f64 = 38.0;
    match power {
        Some(power) => normal_quantile(power).unwrap_or(if power > 0.5 { END } else { -END }) - goal,
        None => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Alternative = Alternative::TwoSided;

    #[test]
    fn undefined_designs_have_no_power() {
        let power = |n, effect, alpha| power_of(PowerTest::Paired, n, effect, alpha, TWO);
        for (n, effect, alpha) in [
            (1.0, 1.0, 0.05),
            (f64::NAN, 1.0, 0.05),
            (f64::INFINITY, 1.0, 0.05),
            (5.0, f64::NAN, 0.05),
            (5.0, f64::INFINITY, 0.05),
            (5.0, 1.0, 0.0),
            (5.0, 1.0, 1.0),
            (5.0, 1.0, f64::NAN),
        ] {
            assert_eq!(power(n, effect, alpha), None, "{n} {effect} {alpha}");
        }
        for power in [0.05, 0.01, 1.0, 0.0, f64::NAN] {
            assert_eq!(effect_for(PowerTest::Paired, 5.0, power, 0.05, TWO), None);
            assert_eq!(n_for(PowerTest::Paired, 1.0, power, 0.05, TWO), None);
        }
        assert_eq!(n_for(PowerTest::Paired, 0.0, 0.8, 0.05, TWO), None);
        assert_eq!(n_for(PowerTest::Paired, -1.0, 0.8, 0.05, Alternative::Greater), None);
        assert_eq!(n_for(PowerTest::Paired, 1e-9, 0.8, 0.05, TWO), None);
        assert_eq!(effect_for(PowerTest::Paired, 1.0, 0.8, 0.05, TWO), None);
    }

    #[test]
    fn without_an_effect_power_is_alpha() {
        for test in [PowerTest::TwoSample, PowerTest::Paired, PowerTest::OneSample] {
            for alternative in [TWO, Alternative::Greater, Alternative::Less] {
                let power = power_of(test, 7.0, 0.0, 0.05, alternative).unwrap();
                assert!((power - 0.05).abs() < 1e-12, "{test:?} {alternative:?} {power}");
            }
        }
    }

    #[test]
    fn a_huge_effect_needs_two_values() {
        let size = n_for(PowerTest::TwoSample, 1e3, 0.8, 0.05, TWO).unwrap();
        assert_eq!(size, SampleSize { exact: 2.0, whole: 2 });
    }

    #[test]
    fn a_whole_number_of_runs_stays_whole() {
        for n in [3.0, 5.0, 10.0, 64.0] {
            let effect = effect_for(PowerTest::TwoSample, n, 0.8, 0.05, TWO).unwrap();
            let size = n_for(PowerTest::TwoSample, effect, 0.8, 0.05, TWO).unwrap();
            assert_eq!(size.whole, n as i64, "{size:?}");
        }
    }
}
