//! The largest of t statistics that share a control.
//!
//! Comes in: group sizes and degrees of freedom. Goes out: the chance that the largest statistic exceeds a value, by a
//! double trapezoidal sum with fixed nodes: the same bytes on every machine that computes the same, and no random number.
//!
//! With Z (the control's mean), Eᵢ (the group's own error) standard normal and S = √(χ²/df), all independent,
//! Tᵢ = (λᵢ Z + √(1 - λᵢ²) Eᵢ) / S has the correlations λᵢλⱼ (Dunnett 1955; Curnow & Dunnett 1962). Given Z and S the Tᵢ
//! are independent, so P(any Tᵢ > t) = E[1 - Π(1 - qᵢ(Z, S))]. The sum is of the complement, so a small p keeps its digits.

use super::super::distribution::normal_cdf;
use super::super::interval::Alternative;
use super::super::reason::Untestable;

/// The distribution of the largest Tᵢ, or of the largest |Tᵢ|.
pub(super) struct Maximum {
    df: f64,
    is_two_sided: bool,
    /// λ, √(1 - λ²) and the number of groups that have them.
    factors: Vec<(f64, f64, i32)>,
    /// s and its weight.
    spreads: Vec<(f64, f64)>,
    /// z and its weight; z >= 0 only with two sides, where the integrand is even.
    controls: Vec<(f64, f64)>,
}

impl Maximum {
    pub(super) fn new(
        sizes: &[f64],
        n_control: f64,
        df: f64,
        alternative: Alternative,
    ) -> Result<Self, Untestable> {
        /// Beyond it the step in z takes more nodes than are reasonable.
        const MOST_IMBALANCE: f64 = 1e6;
        let imbalance: f64 = sizes.iter().map(|n| n / n_control).sum();
        if imbalance > MOST_IMBALANCE {
            let reason = "the groups together have more than a million times the control's number of values";
            return Err(Untestable::Because(reason.to_owned()));
        }
        let mut ascending = sizes.to_vec();
        ascending.sort_by(f64::total_cmp);
        let mut factors: Vec<(f64, f64, i32)> = Vec::new();
        for n in ascending {
            let (lambda, rest) = ((n / (n + n_control)).sqrt(), (n_control / (n + n_control)).sqrt());
            match factors.last_mut() {
                Some((last, _, count)) if last.to_bits() == lambda.to_bits() => *count += 1,
                _ => factors.push((lambda, rest, 1)),
            }
        }
        let is_two_sided = alternative == Alternative::TwoSided;
        let controls = controls(imbalance, is_two_sided);
        Ok(Self { df, is_two_sided, factors, spreads: spreads(df), controls })
    }

    pub(super) fn df(&self) -> f64 {
        self.df
    }

    /// P(the largest > t), in [0, 1]. Relative error below 1e-9 down to p-values of 1e-12.
    pub(super) fn exceeds(&self, t: f64) -> f64 {
        let over_z =
            |x: f64| -> f64 { self.controls.iter().map(|(z, weight)| weight * self.given(x, *z)).sum() };
        let p: f64 = self.spreads.iter().map(|(s, weight)| weight * over_z(t * s)).sum();
        p.clamp(0.0, 1.0)
    }

    /// P(any λZ + √(1 - λ²)E > x) given Z = z.
    fn given(&self, x: f64, z: f64) -> f64 {
        let mut any = 0.0;
        for (lambda, rest, count) in &self.factors {
            let mut tail = normal_cdf((lambda * z - x) / rest);
            if self.is_two_sided {
                tail = (tail + normal_cdf((-lambda * z - x) / rest)).min(1.0);
            }
            if *count > 1 {
                tail = -(f64::from(*count) * (-tail).ln_1p()).exp_m1();
            }
            any += tail * (1.0 - any);
        }
        any
    }
}

/// Nodes of Z. In a strip of half-width y around the real line the integrand grows no faster than e^(K y²/2) with
/// K = 1 + Σ λ²/(1 - λ²) = 1 + Σ nᵢ/n₀, so that the trapezoidal sum with step h errs by about e^(-2π²/(h²K)) (Trefethen &
/// Weideman 2014): 1e-20 here.
fn controls(imbalance: f64, is_two_sided: bool) -> Vec<(f64, f64)> {
    /// φ is below 1e-37 there.
    const REACH: f64 = 13.0;
    let step = (0.65 / (1.0 + imbalance).sqrt()).min(0.4);
    let last = (REACH / step).ceil() as i64;
    let first = if is_two_sided { 0 } else { -last };
    let nodes = (first..=last).map(|idx| {
        let z = idx as f64 * step;
        (z, (if is_two_sided && idx > 0 { 2.0 } else { 1.0 }) * (-0.5 * z * z).exp())
    });
    normalized(nodes.collect())
}

/// Nodes of S = e^u, evenly spaced in u, where ln density = df (u - (e^2u - 1)/2) has the width 1/√(2 df). The density's
/// Fourier transform is a gamma function: it falls as e^(-π|ω|/4) for few degrees of freedom, as a normal one for many.
fn spreads(df: f64) -> Vec<(f64, f64)> {
    /// From here on S differs from 1 by nothing that a p-value shows.
    const NEARLY_CONSTANT: f64 = 1e12;
    /// e^-90 of the peak.
    const LEAST: f64 = -90.0;
    if df >= NEARLY_CONSTANT {
        return vec![(1.0, 1.0)];
    }
    let step = (0.45 / (2.0 * df).sqrt()).min(0.12);
    let node = |idx: i64| {
        let u = idx as f64 * step;
        (u.exp(), df * ln_density(u))
    };
    let kept = |(s, ln): &(f64, f64)| (*ln > LEAST).then(|| (*s, ln.exp()));
    let mut nodes: Vec<(f64, f64)> = (1..).map(node).map_while(|node| kept(&node)).collect();
    nodes.extend((0..).map(|idx: i64| node(-idx)).map_while(|node| kept(&node)));
    nodes.sort_by(|(s, _), (t, _)| s.total_cmp(t));
    normalized(nodes)
}

/// u - (e^2u - 1)/2 = -Σ 2^(j-1) uʲ/j! from j = 2, without the cancellation near 0.
fn ln_density(u: f64) -> f64 {
    if u.abs() > 0.01 {
        return u - 0.5 * (2.0 * u).exp_m1();
    }
    let series = [1.0, 2.0 / 3.0, 1.0 / 3.0, 2.0 / 15.0, 2.0 / 45.0, 4.0 / 315.0, 1.0 / 315.0];
    -u * u * series.iter().rev().fold(0.0, |sum, term| sum * u + term)
}

fn normalized(nodes: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let total: f64 = nodes.iter().map(|(_, weight)| weight).sum();
    nodes.into_iter().map(|(node, weight)| (node, weight / total)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::{normal_cdf, t_sf};

    #[test]
    fn one_statistic_is_students_t() {
        for df in [2.0, 3.0, 8.0, 37.0, 1000.0, 1e7, 1e13] {
            for n in [0.01, 1.0, 30.0] {
                for t in [0.1, 1.0, 2.5, 6.0] {
                    let two = Maximum::new(&[n], 1.0, df, Alternative::TwoSided).unwrap().exceeds(t);
                    assert!((two / (2.0 * t_sf(t, df)) - 1.0).abs() < 1e-10, "{df} {n} {t}: {two}");
                    let one = Maximum::new(&[n], 1.0, df, Alternative::Greater).unwrap();
                    for t in [t, -t] {
                        let p = one.exceeds(t);
                        assert!((p / t_sf(t, df) - 1.0).abs() < 1e-10, "{df} {n} {t}: {p}");
                    }
                }
            }
        }
    }

    /// With a huge control the statistics are independent but for S.
    #[test]
    fn without_a_common_part_they_are_independent() {
        let maximum = Maximum::new(&[1.0; 4], 1e12, 1e13, Alternative::Greater).unwrap();
        let want = 1.0 - normal_cdf(2.0).powi(4);
        assert!((maximum.exceeds(2.0) / want - 1.0).abs() < 1e-9);
    }
}
