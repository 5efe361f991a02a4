//! The regularized incomplete gamma function.
//!
//! Comes in: a shape and a point. Goes out: the probabilities below and above it, each with its own digits. Positive
//! shapes up to 1e10; the number of steps grows with their root.

use super::fraction::{MOST_STEPS, continued_fraction};
use super::stirling::gamma_front;

/// The two probabilities that add up to 1, of which the smaller is never formed by subtraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tails {
    /// Probability of a value up to the point.
    pub(super) lower: f64,
    /// Probability of a value beyond it.
    pub(super) upper: f64,
}

impl Tails {
    /// What a parameter outside of its domain gives.
    pub(super) const NONE: Self = Self { lower: f64::NAN, upper: f64::NAN };

    pub(super) fn from_lower(lower: f64) -> Self {
        let lower = lower.min(1.0);
        Self { lower, upper: 1.0 - lower }
    }

    pub(super) fn from_upper(upper: f64) -> Self {
        Self::from_lower(upper).mirrored()
    }

    /// Lower and upper change places.
    pub(super) fn mirrored(self) -> Self {
        Self { lower: self.upper, upper: self.lower }
    }
}

/// P(X <= x) of the gamma distribution with `shape` > 0 and scale 1; relative error below 1e-11 in the lower tail.
///
/// NaN for a NaN or a shape that is not positive.
pub fn gamma_cdf(x: f64, shape: f64) -> f64 {
    gamma_tails(shape, x).lower
}

/// P(X > x) of the gamma distribution with `shape` > 0 and scale 1; relative error below 1e-11 in the upper tail.
///
/// NaN for a NaN or a shape that is not positive.
pub fn gamma_sf(x: f64, shape: f64) -> f64 {
    gamma_tails(shape, x).upper
}

/// Lower and upper regularized incomplete gamma function of shape `a` at `x`.
pub(super) fn gamma_tails(a: f64, x: f64) -> Tails {
    if x.is_nan() || a.is_nan() || a <= 0.0 {
        return Tails::NONE;
    }
    if x <= 0.0 {
        return Tails::from_lower(0.0);
    }
    if x.is_infinite() {
        return Tails::from_lower(1.0);
    }
    if x < a + 1.0 {
        Tails::from_lower(gamma_front(a, x) / a * lower_series(a, x))
    } else {
        Tails::from_upper(gamma_front(a, x) / upper_fraction(a, x))
    }
}

/// 1 + x/(a + 1) + x²/((a + 1)(a + 2)) + ... (Abramowitz & Stegun 6.5.29).
fn lower_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for step in 1..=MOST_STEPS {
        term *= x / (a + f64::from(step));
        sum += term;
        if term <= 0.1 * f64::EPSILON * sum {
            break;
        }
    }
    sum
}

/// x + 1 - a - 1(1 - a)/(x + 3 - a - 2(2 - a)/(x + 5 - a - ...)) (Abramowitz & Stegun 6.5.31, even part).
fn upper_fraction(a: f64, x: f64) -> f64 {
    continued_fraction(x + 1.0 - a, |n| (n * (a - n), x + 2.0 * n + 1.0 - a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_one_is_the_exponential() {
        for x in [1e-200_f64, 1e-9, 0.5, 1.9, 2.1, 30.0, 600.0] {
            assert!((gamma_sf(x, 1.0) / (-x).exp() - 1.0).abs() < 1e-13, "{x}");
            assert!((gamma_cdf(x, 1.0) / -(-x).exp_m1() - 1.0).abs() < 1e-13, "{x}");
        }
    }

    #[test]
    fn ends_and_nonsense() {
        assert_eq!(gamma_sf(0.0, 2.0), 1.0);
        assert_eq!(gamma_sf(-1.0, 2.0), 1.0);
        assert_eq!(gamma_cdf(f64::INFINITY, 2.0), 1.0);
        assert_eq!(gamma_sf(1e308, 2.0), 0.0);
        assert!(gamma_sf(1.0, 0.0).is_nan());
        assert!(gamma_sf(f64::NAN, 1.0).is_nan());
        assert!(gamma_sf(1.0, f64::NAN).is_nan());
    }
}
