//! What the gamma function leaves when its large part is taken out.
//!
//! Comes in: positive numbers. Goes out: the error of Stirling's formula, and the deviance of a Poisson count. Densities
//! put together from these two keep their digits for large parameters, where differences of log-gamma lose them
//! (Loader 2000, Fast and accurate computation of binomial probabilities).

use std::f64::consts::PI;

/// ln Γ(z + 1) - (z + ½) ln z + z - ½ ln 2π for z > 0: the asymptotic series from 16 on, where its six terms are exact to
/// 1e-18, and below the recurrence δ(z) = δ(z + 1) + (z + ½) ln(1 + 1/z) - 1, which follows from Γ(z + 1) = z Γ(z).
pub(super) fn stirling_error(z: f64) -> f64 {
    const SERIES: [f64; 6] =
        [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    let (mut z, mut below) = (z, 0.0);
    while z < 16.0 {
        below += (z + 0.5) * (1.0 / z).ln_1p() - 1.0;
        z += 1.0;
    }
    let square = z * z;
    below + SERIES.iter().rev().fold(0.0, |sum, term| sum / square + term) / z
}

/// x ln(x/m) + m - x >= 0, for x and m > 0: by ln(1 + v) = 2 artanh(v/(2 + v)) where x and m are close.
pub(super) fn deviance(x: f64, m: f64) -> f64 {
    let gap = x - m;
    if gap.abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() - gap;
    }
    let v = gap / (x + m);
    let square = v * v;
    // x ln(x/m) - gap = gap v + 2 x (v³/3 + v⁵/5 + ...).
    let (mut power, mut sum, mut odd) = (v, 0.0, 1.0);
    loop {
        power *= square;
        odd += 2.0;
        let next = sum + power / odd;
        if next.to_bits() == f64::to_bits(sum) {
            return gap * v + 2.0 * x * sum;
        }
        sum = next;
    }
}

/// x^a e^-x / Γ(a) for a and x > 0.
pub(super) fn gamma_front(a: f64, x: f64) -> f64 {
    (a / (2.0 * PI)).sqrt() * (-stirling_error(a) - deviance(a, x)).exp()
}

/// x^a y^b / B(a, b) for a and b > 0, y = 1 - x.
pub(super) fn beta_front(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let errors = stirling_error(n) - stirling_error(a) - stirling_error(b);
    let shape = a / n * b;
    (shape / (2.0 * PI)).sqrt() * (errors - deviance(a, n * x) - deviance(b, n * y)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factorial() {
        // ln 10! by hand.
        let z = 10.0_f64;
        let stirling = (z + 0.5) * z.ln() - z + 0.5 * (2.0 * PI).ln();
        assert!((stirling + stirling_error(z) - 3_628_800.0_f64.ln()).abs() < 1e-14);
        // Γ(3/2) = √π/2.
        let half = 0.5_f64;
        let stirling = half.ln() - half + 0.5 * (2.0 * PI).ln();
        assert!((stirling + stirling_error(half) - (PI.sqrt() / 2.0).ln()).abs() < 1e-15);
    }

    #[test]
    fn the_two_forms_of_the_deviance_meet() {
        let direct = |x: f64, m: f64| x * (x / m).ln() + m - x;
        for (x, m) in [(1.0, 1.2), (1.0, 1.23), (5.0, 4.2), (1e-9, 1.1e-9)] {
            assert!((deviance(x, m) / direct(x, m) - 1.0).abs() < 1e-12, "{x} {m}");
        }
        assert_eq!(deviance(3.0, 3.0), 0.0);
    }
}
