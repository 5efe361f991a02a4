//! The F distribution.
//!
//! Comes in: a point and two degrees of freedom, which need not be whole and may be infinite. Goes out: a probability,
//! or a quantile.

use super::beta::beta_tails;
use super::gamma::{Tails, gamma_tails};
use super::root::positive_quantile;

/// P(F > f) with `df1`, `df2` > 0 degrees of freedom, I_y(df2/2, df1/2) with y = df2/(df2 + df1 f) (Abramowitz & Stegun
/// 26.6.2); relative error below 1e-11 in the upper tail for df up to 1e6.
///
/// NaN for a NaN or a df that is not positive.
///
/// # Example
/// ```
/// // With two and two degrees of freedom it is 1/(1 + f).
/// assert!((analysis::stat::f_sf(3.0, 2.0, 2.0) - 0.25).abs() < 1e-15);
/// ```
pub fn f_sf(f: f64, df1: f64, df2: f64) -> f64 {
    f_tails(f, df1, df2).upper
}

/// P(F <= f), precise in the lower tail.
///
/// NaN for a NaN or a df that is not positive.
pub fn f_cdf(f: f64, df1: f64, df2: f64) -> f64 {
    f_tails(f, df1, df2).lower
}

/// The f with P(F <= f) = p; `None` unless 0 < p < 1 and both df are positive, one of them finite.
pub fn f_quantile(p: f64, df1: f64, df2: f64) -> Option<f64> {
    if !(0.0 < p && p < 1.0 && df1 > 0.0 && df2 > 0.0 && (df1.is_finite() || df2.is_finite())) {
        return None;
    }
    if p < 0.5 {
        positive_quantile(|f| f_cdf(f, df1, df2), p)
    } else {
        positive_quantile(|f| f_sf(f, df1, df2), 1.0 - p)
    }
}

fn f_tails(f: f64, df1: f64, df2: f64) -> Tails {
    let positive = df1 > 0.0 && df2 > 0.0;
    if f.is_nan() || !positive {
        return Tails::NONE;
    }
    if f <= 0.0 {
        return Tails::from_lower(0.0);
    }
    match (df1.is_finite(), df2.is_finite()) {
        (true, true) => {
            let ratio = df1 / df2 * f;
            beta_tails(0.5 * df1, 0.5 * df2, 1.0 / (1.0 + 1.0 / ratio), 1.0 / (1.0 + ratio))
        }
        // χ²/df and its reciprocal; then the constant 1.
        (true, false) => gamma_tails(0.5 * df1, 0.5 * df1 * f),
        (false, true) => gamma_tails(0.5 * df2, 0.5 * df2 / f).mirrored(),
        (false, false) => Tails::from_lower(if f < 1.0 { 0.0 } else { 1.0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_f_with_one_degree_is_a_squared_t() {
        for df in [1.0, 2.5, 30.0, 1e5] {
            for t in [0.01, 1.0, 2.0, 8.0, 35.0] {
                let (f, want) = (f_sf(t * t, 1.0, df), 2.0 * crate::stat::t_sf(t, df));
                assert!((f / want - 1.0).abs() < 1e-11, "{df} {t}: {f:e} {want:e}");
            }
        }
    }

    #[test]
    fn quantiles_invert_the_distribution() {
        for (df1, df2) in
            [(1.0, 1.0), (0.7, 12.0), (15.0, 90.0), (1e6, 3.0), (1e6, 1e6), (f64::INFINITY, 9.0)]
        {
            for p in [1e-50, 1e-6, 0.025, 0.3, 0.5, 0.95, 0.999] {
                let f = f_quantile(p, df1, df2).unwrap();
                assert!((f_cdf(f, df1, df2) / p - 1.0).abs() < 1e-9, "{df1} {df2} {p}: {f:e}");
            }
        }
        assert_eq!(f_quantile(0.0, 1.0, 1.0), None);
        assert_eq!(f_quantile(0.5, f64::NAN, 1.0), None);
    }

    #[test]
    fn infinite_degrees_are_a_limit() {
        for f in [0.3, 1.0, 2.0] {
            let (near, limit) = (f_sf(f, 5.0, 1e9), f_sf(f, 5.0, f64::INFINITY));
            assert!((near / limit - 1.0).abs() < 1e-7, "{f}: {near} {limit}");
            let (near, limit) = (f_sf(f, 1e9, 5.0), f_sf(f, f64::INFINITY, 5.0));
            assert!((near / limit - 1.0).abs() < 1e-7, "{f}: {near} {limit}");
        }
        assert_eq!(f_sf(0.9, f64::INFINITY, f64::INFINITY), 1.0);
        assert_eq!(f_sf(f64::INFINITY, 2.0, 3.0), 0.0);
        assert_eq!(f_sf(-1.0, 2.0, 3.0), 1.0);
        assert!(f_sf(1.0, 0.0, 3.0).is_nan());
    }
}
