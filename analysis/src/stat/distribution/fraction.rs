//! Continued fractions.
//!
//! Comes in: the terms of a fraction. Goes out: its value. Knows nothing of what it is for.

/// Steps before a series or fraction gives up: enough for parameters of 1e10.
pub(super) const MOST_STEPS: u32 = 4_000_000;

/// first + a₁/(b₁ + a₂/(b₂ + ...)) with (aₙ, bₙ) = `term(n)`, by Lentz's method as modified by Thompson & Barnett (1986): a zero
/// denominator is replaced by a tiny number.
pub(super) fn continued_fraction(first: f64, term: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut fraction = away_from_zero(first);
    let (mut c, mut d) = (fraction, 0.0);
    for step in 1..=MOST_STEPS {
        let (numerator, denominator) = term(f64::from(step));
        d = 1.0 / away_from_zero(denominator + numerator * d);
        c = away_from_zero(denominator + numerator / c);
        let change = c * d;
        fraction *= change;
        if (change - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

fn away_from_zero(value: f64) -> f64 {
    const TINY: f64 = 1e-300;
    if value.abs() < TINY { TINY } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_ratio() {
        let golden = continued_fraction(1.0, |_| (1.0, 1.0));
        assert!((golden - (1.0 + 5.0_f64.sqrt()) / 2.0).abs() < 1e-15, "{golden}");
    }
}
