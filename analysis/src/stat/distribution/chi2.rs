//! The χ² distribution.
//!
//! Comes in: a point and degrees of freedom, which need not be whole. Goes out: a probability, or a quantile.

use super::gamma::gamma_tails;
use super::root::positive_quantile;

/// P(χ² > x) with `df` > 0 degrees of freedom, Q(df/2, x/2) (Abramowitz & Stegun 26.4.19); precise in the upper tail.
///
/// NaN for a NaN or a df that is not positive.
///
/// # Example
/// ```
/// // With two degrees of freedom it is exp(-x/2).
/// assert!((analysis::stat::chi2_sf(3.0, 2.0) - (-1.5_f64).exp()).abs() < 1e-15);
/// ```
pub fn chi2_sf(x: f64, df: f64) -> f64 {
    gamma_tails(0.5 * df, 0.5 * x).upper
}

/// P(χ² <= x), precise in the lower tail.
///
/// NaN for a NaN or a df that is not positive.
pub fn chi2_cdf(x: f64, df: f64) -> f64 {
    gamma_tails(0.5 * df, 0.5 * x).lower
}

/// The x with P(χ² <= x) = p; `None` unless 0 < p < 1 and df is positive and finite.
pub fn chi2_quantile(p: f64, df: f64) -> Option<f64> {
    if !(0.0 < p && p < 1.0 && df > 0.0 && df.is_finite()) {
        return None;
    }
    if p < 0.5 {
        positive_quantile(|x| chi2_cdf(x, df), p)
    } else {
        positive_quantile(|x| chi2_sf(x, df), 1.0 - p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_invert_the_distribution() {
        for df in [0.3, 1.0, 2.0, 7.5, 300.0, 1e6] {
            for p in [1e-100, 1e-6, 0.025, 0.5, 0.95] {
                let Some(x) = chi2_quantile(p, df) else {
                    assert!(df < 1.0 && p < 1e-50, "{df} {p}");
                    continue;
                };
                let back = chi2_cdf(x, df);
                assert!((back / p - 1.0).abs() < 1e-10, "{df} {p}: {x:e} gives {back:e}");
            }
        }
        assert_eq!(chi2_quantile(1.0, 3.0), None);
        assert_eq!(chi2_quantile(f64::NAN, 3.0), None);
        assert_eq!(chi2_quantile(0.5, -3.0), None);
    }
}
