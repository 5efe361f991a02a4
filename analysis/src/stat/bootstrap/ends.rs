//! The ends of bootstrap intervals.
//!
//! Comes in: replicates, the estimate, and the estimates with one unit left out. Goes out: an interval, or why there is
//! none. Draws nothing.

use super::BootstrapKind;
use crate::stat::distribution::{normal_cdf, normal_quantile};
use crate::stat::interval::Interval;
use crate::stat::reason::Untestable;

/// Replicates that differ by no more than this share of the largest are equal but for rounding.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// The 1 - alpha interval of `estimate` from its replicates.
///
/// Percentile: (q(α/2), q(1 - α/2)), q by quantiles of type 7 (Hyndman & Fan 1996). Basic: (2θ - q(1 - α/2), 2θ - q(α/2))
/// (Davison & Hinkley 1997, equation 5.6). BCa: (q(α₁), q(α₂)) with α₁ = Φ(z₀ + (z₀ + z)/(1 - a(z₀ + z))), z = Φ⁻¹(α/2), and
/// α₂ with Φ⁻¹(1 - α/2) (Efron 1987; DiCiccio & Efron 1996). As `scipy.stats.bootstrap`. For one-sided use take one end at
/// twice the alpha.
///
/// # Errors
/// [`Untestable::NotFinite`]; all replicates equal (a bootstrap of data without spread would have an interval of no width,
/// and no spread in the data is no proof of none); for BCa also an `acceleration` of `None`, all replicates on one side of
/// the estimate, and corrections so large that the levels would turn back.
pub fn bootstrap_interval(
    kind: BootstrapKind,
    replicates: &[f64],
    estimate: f64,
    acceleration: Option<f64>,
    alpha: f64,
) -> Result<Interval, Untestable> {
    if !estimate.is_finite() || replicates.iter().any(|replicate| !replicate.is_finite()) {
        return Err(Untestable::NotFinite);
    }
    let mut values = replicates.to_vec();
    match kind {
        BootstrapKind::Percentile => percentile(&mut values, alpha),
        BootstrapKind::Basic => percentile(&mut values, alpha).map(|ends| Interval {
            low: ends.high.map(|high| 2.0 * estimate - high),
            high: ends.low.map(|low| 2.0 * estimate - low),
        }),
        BootstrapKind::Bca => {
            check_spread(&values)?;
            let (low, high) = bca_levels(&values, estimate, acceleration, alpha)?;
            ends(&mut values, low, high)
        }
    }
}

/// The percentile interval of finite `values`, which it reorders.
pub(in crate::stat) fn percentile(values: &mut [f64], alpha: f64) -> Result<Interval, Untestable> {
    check_spread(values)?;
    ends(values, alpha / 2.0, 1.0 - alpha / 2.0)
}

/// Standard deviation of the replicates, divisor n - 1: the bootstrap's standard error. `None` below two, or where they do
/// not vary.
pub(in crate::stat) fn standard_error(replicates: &[f64]) -> Option<f64> {
    if check_spread(replicates).is_err() {
        return None;
    }
    crate::stat::Sample::from_values(replicates).sd.filter(|sd| *sd > 0.0)
}

/// Bias correction z₀ = Φ⁻¹((#{θ* < θ} + ½ #{θ* = θ})/B) (Efron 1987, ties half as in scipy); `None` where that share is 0
/// or 1.
pub fn bias_correction(replicates: &[f64], estimate: f64) -> Option<f64> {
    let below = replicates.iter().filter(|replicate| **replicate < estimate).count();
    let up_to = replicates.iter().filter(|replicate| **replicate <= estimate).count();
    normal_quantile((below + up_to) as f64 / (2 * replicates.len()) as f64)
}

/// Acceleration a = ⅙ ΣΣ U³/n³ / (ΣΣ U²/n²)^(3/2) from `left_out[stratum][unit]`, the estimates with one unit left out, where
/// U = (n - 1)(mean of the stratum's - left out), n units in the stratum (Efron 1987; strata: Davison & Hinkley 1997,
/// section 5.3.2, as scipy's for several samples). One stratum gives Efron's Σ U³ / (6 (Σ U²)^(3/2)).
///
/// `None` where leaving a unit out changes nothing, or a value is not finite.
pub fn acceleration(left_out: &[Vec<f64>]) -> Option<f64> {
    let (mut cubes, mut squares) = (0.0, 0.0);
    let influences: Vec<f64> = left_out.iter().flat_map(|stratum| scaled_influences(stratum)).collect();
    // In units of the largest one, whose cube neither overflows nor vanishes.
    let unit = influences.iter().fold(0.0_f64, |most, influence| most.max(influence.abs()));
    if unit <= 0.0 || influences.iter().any(|influence| !influence.is_finite()) {
        return None;
    }
    for influence in influences.iter().map(|influence| influence / unit) {
        cubes += influence * influence * influence;
        squares += influence * influence;
    }
    Some(cubes / (6.0 * squares.powf(1.5)))
}

/// U/n of one stratum; all zero where its estimates are equal but for rounding.
fn scaled_influences(left_out: &[f64]) -> Vec<f64> {
    let n = left_out.len() as f64;
    let Some(first) = left_out.first() else {
        return Vec::new();
    };
    // From the first one: equal values leave exactly nothing.
    let shift = left_out.iter().map(|value| value - first).sum::<f64>() / n;
    if left_out.iter().all(|value| value.is_finite()) && check_spread(left_out).is_err() {
        return vec![0.0; left_out.len()];
    }
    left_out.iter().map(|value| (n - 1.0) / n * (shift - (value - first))).collect()
}

fn bca_levels(
    replicates: &[f64],
    estimate: f64,
    acceleration: Option<f64>,
    alpha: f64,
) -> Result<(f64, f64), Untestable> {
    let because = |reason: &str| Untestable::Because(reason.to_owned());
    let a = acceleration.filter(|a| a.is_finite()).ok_or_else(|| {
        because("no acceleration: with one unit left out the estimate is undefined or never changes")
    })?;
    let z0 = bias_correction(replicates, estimate)
        .ok_or_else(|| because("all replicates lie on one side of the estimate"))?;
    let z = normal_quantile(alpha / 2.0).ok_or_else(|| because("alpha is not between 0 and 1"))?;
    let level = |z: f64| {
        let shrink = 1.0 - a * (z0 + z);
        (shrink > 0.0).then(|| normal_cdf(z0 + (z0 + z) / shrink))
    };
    level(z)
        .zip(level(-z))
        .ok_or_else(|| because("bias correction and acceleration are too large for a BCa interval"))
}

fn ends(values: &mut [f64], low: f64, high: f64) -> Result<Interval, Untestable> {
    let (low, high) = (quantile(values, low), quantile(values, high));
    if low.is_none() || high.is_none() {
        return Err(Untestable::Because("there is no replicate, or alpha is not between 0 and 1".to_owned()));
    }
    Ok(Interval { low, high })
}

/// Quantile of type 7 by selection: the value at p(n - 1), from 0, of the sorted values, linear between two.
pub(in crate::stat) fn quantile(values: &mut [f64], p: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    let at = p * last as f64;
    let below = (at.floor() as usize).min(last);
    let part = at - below as f64;
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let next = above.iter().copied().reduce(f64::min);
    Some(next.map_or(low, |next| (low + part * (next - low)).min(next)))
}

fn check_spread(values: &[f64]) -> Result<(), Untestable> {
    let Some(&first) = values.first() else {
        return Err(Untestable::Because("there is no replicate".to_owned()));
    };
    let (low, high) =
        values.iter().fold((first, first), |(low, high), value| (low.min(*value), high.max(*value)));
    if high - low <= ROUNDING * low.abs().max(high.abs()) {
        return Err(Untestable::Because("all resamples give the same estimate".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_type_7() {
        let values = [4.0, 1.0, 3.0, 2.0];
        let at = |p| quantile(&mut values.to_vec(), p);
        assert_eq!([at(0.0), at(0.5), at(1.0), at(0.25)], [Some(1.0), Some(2.5), Some(4.0), Some(1.75)]);
        assert_eq!((at(-0.1), at(f64::NAN), quantile(&mut [], 0.5)), (None, None, None));
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert_eq!(bias_correction(&[], 0.5), None);
        assert_eq!(bias_correction(&[1.0, 1.0], 1.0), Some(0.0));
        assert_eq!(bias_correction(&[1.0, 2.0], 3.0), None);
        assert_eq!(acceleration(&[]), None);
        assert_eq!(acceleration(&[vec![0.5; 4]]), None);
        assert_eq!(acceleration(&[vec![0.5, f64::NAN]]), None);
        for kind in [BootstrapKind::Percentile, BootstrapKind::Basic, BootstrapKind::Bca] {
            assert!(bootstrap_interval(kind, &[], 0.5, Some(0.0), 0.05).is_err());
            assert!(bootstrap_interval(kind, &[0.5, f64::NAN], 0.5, Some(0.0), 0.05).is_err());
            assert!(bootstrap_interval(kind, &[0.5, 0.6], 0.5, Some(0.0), f64::NAN).is_err());
            assert!(bootstrap_interval(kind, &[0.5; 9], 0.5, Some(0.0), 0.05).is_err());
        }
        let bca =
            |estimate, a| bootstrap_interval(BootstrapKind::Bca, &[0.1, 0.5, 0.6, 0.8], estimate, a, 0.05);
        assert!(bca(0.9, Some(0.0)).is_err());
        assert!(bca(0.55, None).is_err());
        assert!(bca(0.55, Some(0.6)).is_err());
        assert!(bca(0.55, Some(0.1)).is_ok());
    }
}
