//! The normal, Student's t, the noncentral t, the F, the χ² and the studentized range distribution.
//!
//! Comes in: a point and parameters. Goes out: a probability, or a quantile. statrs' erfc and t are right to 1e-11 only and
//! it has no noncentral t, so these are our own; golden values of scipy and mpmath hold them to 1e-9 relative and better
//! (`tests/golden`).

mod beta;
mod chi2;
mod f;
mod fraction;
mod gamma;
mod noncentral;
mod normal;
mod range;
mod root;
mod stirling;

use std::f64::consts::PI;

pub use beta::{beta_cdf, beta_sf};
pub use chi2::{chi2_cdf, chi2_quantile, chi2_sf};
pub use f::{f_cdf, f_quantile, f_sf};
pub use gamma::{gamma_cdf, gamma_sf};
pub use noncentral::{noncentral_t_cdf, noncentral_t_sf};
pub(crate) use noncentral::{noncentral_t_cdf_and_slope, noncentral_t_sf_and_slope};
pub(crate) use normal::normal_density;
pub use normal::{normal_cdf, normal_quantile};
pub use range::{
    studentized_range_cdf, studentized_range_quantile, studentized_range_sf, studentized_range_upper_quantile,
};

/// P(T <= t) of Student's t with `df` > 0 degrees of freedom (they need not be whole); precise in the lower tail.
pub fn t_cdf(t: f64, df: f64) -> f64 {
    if t > 0.0 { 1.0 - upper_tail(t, df) } else { upper_tail(-t, df) }
}

/// P(T > t), precise in the upper tail.
pub fn t_sf(t: f64, df: f64) -> f64 {
    t_cdf(-t, df)
}

/// The t with P(T <= t) = p; `None` unless 0 < p < 1 and df > 0.
///
/// Newton's method on ln P(T > t) as a function of ln t, where it is nearly straight far out for few degrees of freedom,
/// kept inside a bracket.
pub fn t_quantile(p: f64, df: f64) -> Option<f64> {
    if !(0.0 < p && p < 1.0 && df > 0.0) {
        return None;
    }
    let tail = p.min(1.0 - p);
    let sign = if p < 0.5 { -1.0 } else { 1.0 };
    if tail >= 0.5 {
        return Some(0.0);
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    while upper_tail(high, df) > tail {
        low = high;
        high *= 2.0;
        if !high.is_finite() {
            return None;
        }
    }
    // Halving steps are the rare exception; 200 of them cover every double.
    const MOST_STEPS: usize = 200;
    let mut t = 0.5 * (low + high);
    for _ in 0..MOST_STEPS {
        let above = upper_tail(t, df);
        if above > tail {
            low = t;
        } else {
            high = t;
        }
        let step = (above / tail).ln() * above / (t * t_density(t, df));
        let newton = t * step.exp();
        let next = if low < newton && newton < high { newton } else { 0.5 * (low + high) };
        let done = (next - t).abs() <= 2.0 * f64::EPSILON * t;
        t = next;
        if done {
            break;
        }
    }
    Some(sign * t)
}

/// Density of Student's t.
fn t_density(t: f64, df: f64) -> f64 {
    let r = t / df.sqrt();
    gamma_ratio_half(df / 2.0) / (PI * df).sqrt() * (-0.5 * (df + 1.0) * (r * r).ln_1p()).exp()
}

/// P(T > t) for t >= 0: ½ I_x(df/2, ½) with x = df/(df + t²) (Abramowitz & Stegun 26.7.1), the regularized incomplete beta
/// function by its continued fraction in the tail and by its power series around 0.
fn upper_tail(t: f64, df: f64) -> f64 {
    /// From here on the first term of the expansion in 1/df (A&S 26.7.8) is exact to 1e-15.
    const NEARLY_NORMAL: f64 = 1e9;
    if df >= NEARLY_NORMAL {
        let density = (-0.5 * t * t).exp() / (2.0 * PI).sqrt();
        let first = if df.is_finite() { density * t * (t * t + 1.0) / (4.0 * df) } else { 0.0 };
        return normal_cdf(-t) + first;
    }
    let (a, r) = (df / 2.0, t / df.sqrt());
    // Both are formed without 1 - x, which would round where t is small or df large.
    let (x, y) = (1.0 / (1.0 + r * r), 1.0 / (1.0 + 1.0 / (r * r)));
    // r² overflows above 1e154, where ln(1 + r²) is 2 ln r.
    let ln_x = if r < 1e150 { -(r * r).ln_1p() } else { -2.0 * r.ln() };
    let one_over_beta = gamma_ratio_half(a) / PI.sqrt();
    if x < (a + 1.0) / (a + 2.5) {
        0.5 * (a * ln_x).exp() * y.sqrt() * one_over_beta / beta::fraction(a, 0.5, x, y)
    } else {
        0.5 - y.sqrt() * one_over_beta * beta_series(a, y)
    }
}

/// The sum Σ (1 - a)(2 - a)...(n - a) / (n! (2n + 1)) yⁿ of ½ I_y(½, a) = √y / B(½, a) Σ (A&S 26.5.4's relative,
/// DiDonato & Morris 1992, equation 4). It is used for a y below 1.5 or y below ½, where it takes a few dozen terms.
fn beta_series(a: f64, y: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0_f64, 1.0_f64, 0.0);
    while f64::EPSILON * 0.1 * sum.abs() < term.abs() {
        n += 1.0;
        term *= (n - a) / n * y;
        sum += term / (2.0 * n + 1.0);
    }
    sum
}

/// Γ(a + ½)/Γ(a) for a > 0: its asymptotic series (Graham, Knuth & Patashnik, Concrete Mathematics, answer 9.60) from 64
/// on, where seven terms are exact to 3e-16, and the recurrence Γ(a + 1) = a Γ(a) below. Differences of lgamma would lose
/// digits as a grows.
pub(super) fn gamma_ratio_half(a: f64) -> f64 {
    const SERIES: [f64; 7] = [
        1.0,
        -1.0 / 8.0,
        1.0 / 128.0,
        5.0 / 1024.0,
        -21.0 / 32_768.0,
        -399.0 / 262_144.0,
        869.0 / 4_194_304.0,
    ];
    let (mut a, mut factor) = (a, 1.0);
    while a < 64.0 {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    factor * a.sqrt() * SERIES.iter().rev().fold(0.0, |sum, term| sum / a + term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cauchy_is_a_t_with_one_degree() {
        for t in [1e-8_f64, 0.1, 1.0, 3.0, 1e5, 1e100, 1e200] {
            let exact = (1.0 / t).atan() / PI;
            assert!((t_sf(t, 1.0) / exact - 1.0).abs() < 1e-13, "{t}");
        }
    }

    #[test]
    fn quantiles_invert_the_distribution() {
        for df in [0.5, 1.0, 2.7, 9.0, 200.0, 1e7, 1e12] {
            for p in [1e-100, 1e-12, 0.001, 0.025, 0.3, 0.499_999, 0.5, 0.7, 0.975] {
                let t = t_quantile(p, df).unwrap();
                assert!(
                    (t_cdf(t, df) / p - 1.0).abs() < 1e-11,
                    "df {df} p {p}: t {t} gives {}",
                    t_cdf(t, df)
                );
            }
        }
        assert_eq!(t_quantile(0.0, 3.0), None);
        assert_eq!(t_quantile(1.0, 3.0), None);
        assert_eq!(t_quantile(f64::NAN, 3.0), None);
        assert_eq!(t_quantile(0.3, 0.0), None);
    }

    #[test]
    fn the_two_ends_meet_where_the_formula_changes() {
        let (below, above) = (t_sf(2.0, 0.999_999e9), t_sf(2.0, 1e9));
        assert!((below / above - 1.0).abs() < 1e-12, "{below} {above}");
    }

    #[test]
    fn extremes_are_probabilities() {
        assert_eq!(t_sf(f64::INFINITY, 5.0), 0.0);
        assert_eq!(t_cdf(0.0, 5.0), 0.5);
        assert_eq!(t_sf(0.0, f64::INFINITY), 0.5);
    }
}
