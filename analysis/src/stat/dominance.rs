//! How often a beats b: Cliff's delta, Vargha and Delaney's A, the rank-biserial correlation of pairs.
//!
//! Comes in: the values of two groups, or differences of pairs. Goes out: effects without units. Tests nothing, and
//! hangs no label like "large" on an effect: over seeds of one network they are all large.

use super::distribution::normal_quantile;
use super::effect::Effect;
use super::interval::{Alternative, Interval};
use super::pooled::Pooled;
use super::signedrank::{Zeros, signed_ranks};

impl Effect {
    /// Name of Cliff's delta in tables.
    pub const CLIFF_DELTA: &'static str = "cliff_delta";
    /// Name of the matched-pairs rank-biserial correlation in tables.
    pub const RANK_BISERIAL: &'static str = "rank_biserial";
}

/// Cliff's delta, P(a > b) - P(a < b) over all pairs of values, in [-1, 1] (Cliff 1993); 2 A - 1 of [`a12`].
///
/// Its 1 - alpha interval is tanh(atanh δ ± z √((n_a + n_b + 1)/(3 n_a n_b))), that of R's `effectsize::cliffs_delta`;
/// both ends are `None` at ±1, where it would have no width.
///
/// `None` without values in both groups, and where a value is not finite.
///
/// Calibration: the 95 % interval is too short: of 5 and 5 (10 and 10) normal values it holds a delta of 0 in 91.0 %
/// (92.4 %) and that of means 1 SD apart in 91.3 % (87.2 %), counting only data that have an interval; with SDs of 3
/// and 1 in as few as 84.0 %, of skewed values in 78.8 %. See `docs/calibration.md`.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, cliff_delta};
///
/// let effect = cliff_delta(&[3.0, 4.0, 5.0], &[1.0, 2.0, 3.0], 0.05, Alternative::TwoSided).unwrap();
/// assert_eq!(effect.estimate, 8.0 / 9.0);
/// ```
pub fn cliff_delta(a: &[f64], b: &[f64], alpha: f64, alternative: Alternative) -> Option<Effect> {
    let pooled = Pooled::new(a, b).ok()?;
    let (pairs, n) = (pooled.pairs() as f64, (a.len() + b.len()) as f64);
    let estimate = (pooled.doubled_u() as f64 - pairs) / pairs;
    Some(correlation(estimate, ((n + 1.0) / (3.0 * pairs)).sqrt(), alpha, alternative))
}

/// Vargha and Delaney's A, P(a > b) + ½ P(a = b) over all pairs of values, in [0, 1] (Vargha & Delaney 2000): the AUC
/// of telling a from b.
///
/// `None` without values in both groups, and where a value is not finite.
///
/// # Example
/// ```
/// assert_eq!(analysis::stat::a12(&[1.0, 2.0], &[1.0, 1.0]), Some(0.75));
/// ```
pub fn a12(a: &[f64], b: &[f64]) -> Option<f64> {
    let pooled = Pooled::new(a, b).ok()?;
    Some(pooled.doubled_u() as f64 / (2.0 * pooled.pairs() as f64))
}

/// The matched-pairs rank-biserial correlation, (R₊ - R₋)/(R₊ + R₋) of the rank sums of the positive and the negative
/// differences, zeros left out, in [-1, 1] (Kerby 2014).
///
/// Its 1 - alpha interval is tanh(atanh r ± z √((2n³ + 3n² + n)/6)/(n(n + 1)/2)) with n nonzero differences, that of
/// R's `effectsize::rank_biserial(paired = TRUE)`; both ends are `None` at ±1.
///
/// `None` without pairs, where all differences are 0, and where one is not finite.
pub fn rank_biserial(differences: &[f64], alpha: f64, alternative: Alternative) -> Option<Effect> {
    let (positive, ranks) = signed_ranks(differences, Zeros::Drop).ok()?;
    let (n, total) = (ranks.len() as f64, ranks.iter().sum::<u64>() as f64);
    let estimate = (2.0 * positive as f64 - total) / total;
    let se = ((2.0 * n + 1.0) * (n + 1.0) * n / 6.0).sqrt() / (n * (n + 1.0) / 2.0);
    Some(correlation(estimate, se, alpha, alternative))
}

/// `estimate` in [-1, 1] with Fisher's interval: `se` is the standard error of its inverse hyperbolic tangent.
fn correlation(estimate: f64, se: f64, alpha: f64, alternative: Alternative) -> Effect {
    let tail = if alternative == Alternative::TwoSided { alpha / 2.0 } else { alpha };
    let is_sound = estimate.abs() < 1.0 && 0.0 < alpha && alpha < 1.0;
    let reach = normal_quantile(tail).filter(|_| is_sound).map(|quantile| -quantile * se);
    let end = |reach: f64| (estimate.atanh() + reach).tanh();
    Effect {
        estimate,
        interval: Interval {
            low: reach.filter(|_| alternative != Alternative::Less).map(|reach| end(-reach)),
            high: reach.filter(|_| alternative != Alternative::Greater).map(end),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_dominance_has_no_interval() {
        let effect = cliff_delta(&[2.0, 3.0], &[0.0, 1.0], 0.05, Alternative::TwoSided).unwrap();
        assert_eq!(effect, Effect { estimate: 1.0, interval: Interval { low: None, high: None } });
        assert_eq!(rank_biserial(&[-1.0, -2.0], 0.05, Alternative::Less).unwrap().estimate, -1.0);
    }

    #[test]
    fn ties_are_no_dominance() {
        assert_eq!(cliff_delta(&[1.0], &[1.0, 1.0], 0.05, Alternative::Greater).unwrap().estimate, 0.0);
        assert_eq!(a12(&[1.0], &[1.0]), Some(0.5));
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(a12(&[], &[1.0]), None);
        assert_eq!(a12(&[f64::NAN], &[1.0]), None);
        assert_eq!(cliff_delta(&[1.0], &[], 0.05, Alternative::Less), None);
        assert_eq!(rank_biserial(&[0.0], 0.05, Alternative::Less), None);
        assert_eq!(rank_biserial(&[], 0.05, Alternative::Less), None);
    }
}
