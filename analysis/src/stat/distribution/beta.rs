//! The regularized incomplete beta function.
//!
//! Comes in: two shapes and a point. Goes out: the probabilities below and above it, each with its own digits. Positive
//! shapes up to 1e10; the number of steps grows with their root.

use super::fraction::continued_fraction;
use super::gamma::Tails;
use super::stirling::beta_front;

/// P(X <= x) of the beta distribution with shapes `a` and `b` > 0; relative error below 1e-11 in the lower tail.
///
/// NaN for a NaN or a shape that is not positive.
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    beta_tails(a, b, x, 1.0 - x).lower
}

/// P(X > x) of the beta distribution with shapes `a` and `b` > 0; relative error below 1e-11 in the upper tail.
///
/// NaN for a NaN or a shape that is not positive.
pub fn beta_sf(x: f64, a: f64, b: f64) -> f64 {
    beta_tails(a, b, x, 1.0 - x).upper
}

/// Lower and upper regularized incomplete beta function, I_x(a, b) and I_y(b, a) with y = 1 - x; both x and y are asked
/// for, since whoever has them can form each without rounding away the other.
pub(super) fn beta_tails(a: f64, b: f64, x: f64, y: f64) -> Tails {
    let shapes = 0.0 < a && a.is_finite() && 0.0 < b && b.is_finite();
    if x.is_nan() || y.is_nan() || !shapes {
        return Tails::NONE;
    }
    if x <= 0.0 || y <= 0.0 {
        return Tails::from_lower(if x <= 0.0 { 0.0 } else { 1.0 });
    }
    // Below its mean, roughly, the fraction for the lower tail converges fast; above, the one for the upper.
    if x * (a + b + 2.0) < a + 1.0 {
        Tails::from_lower(beta_front(a, b, x, y) / fraction(a, b, x, y))
    } else {
        Tails::from_upper(beta_front(b, a, y, x) / fraction(b, a, y, x))
    }
}

/// The continued fraction F of I_x(a, b) = x^a y^b / (B(a, b) F) (DiDonato & Morris 1992, ACM TOMS 18, equation 9).
/// It takes y as it is, so that large a keep their digits.
pub(super) fn fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let excess = a * y - b * x;
    continued_fraction(a * (excess + 1.0) / (a + 1.0), |m| {
        let low = a + 2.0 * m - 1.0;
        let numerator = m * (a + m - 1.0) / low * (a + b + m - 1.0) / low * (b - m) * x * x;
        let denominator =
            m + m * (b - m) * x / low + (a + m) * (excess + 1.0 + m * (1.0 + y)) / (a + 2.0 * m + 1.0);
        (numerator, denominator)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms() {
        for x in [1e-300_f64, 1e-5, 0.2, 0.5, 0.77, 0.999] {
            assert!((beta_cdf(x, 3.5, 1.0) / x.powf(3.5) - 1.0).abs() < 1e-13 || x < 1e-80, "{x}");
            assert!((beta_sf(x, 1.0, 4.0) / (1.0 - x).powi(4) - 1.0).abs() < 1e-13, "{x}");
            assert!((beta_cdf(x, 1.0, 1.0) / x - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn ends_and_nonsense() {
        assert_eq!(beta_cdf(0.0, 2.0, 3.0), 0.0);
        assert_eq!(beta_cdf(1.0, 2.0, 3.0), 1.0);
        assert_eq!(beta_sf(-3.0, 2.0, 3.0), 1.0);
        assert!(beta_sf(0.5, 0.0, 3.0).is_nan());
        assert!(beta_sf(0.5, 1.0, f64::INFINITY).is_nan());
        assert!(beta_sf(f64::NAN, 1.0, 3.0).is_nan());
    }
}
