//! Differences of pairs, free of rounding.
//!
//! Comes in: the values of two groups, pair by pair. Goes out: their differences, those that differ by no more than
//! rounding made equal. Tests nothing.

use super::pooled::check;
use super::reason::{Side, Untestable};

/// How far a value may be off, relative to itself: 0.1 + 0.2 is off by half of this, a mean of a hundred values by
/// about it.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// The differences a - b, pair by pair: those within rounding of 0 are 0, those within rounding of each other are
/// equal.
///
/// A score that was computed is off by some rounding, here up to 4 · 2⁻⁵² of itself, so the difference of a pair is off
/// by up to that share of |a| + |b|. Magnitudes closer than their two roundings become the smaller one. Each pair has
/// its own rounding: one huge pair does not make all others zero. Without this 0.3 - 0.2 and 0.2 - 0.1 are no tie, and
/// rank tests of printed scores depend on the last bit.
///
/// # Errors
/// [`Untestable::NotFinite`]; [`Untestable::Because`] unless both groups have the same number of values.
///
/// # Example
/// ```
/// let differences = analysis::stat::differences(&[0.1 + 0.2, 0.3, 0.2], &[0.3, 0.2, 0.1]).unwrap();
/// assert_eq!(differences[0], 0.0);
/// assert_eq!(differences[1], differences[2]);
/// assert!(0.3 - 0.2 != 0.2 - 0.1);
/// ```
pub fn differences(a: &[f64], b: &[f64]) -> Result<Vec<f64>, Untestable> {
    if a.len() != b.len() {
        return Err(Untestable::Because(format!("{} values cannot be paired with {}", a.len(), b.len())));
    }
    check(a, Side::A, 0)?;
    check(b, Side::B, 0)?;
    let raw: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let rounding: Vec<f64> = a.iter().zip(b).map(|(a, b)| ROUNDING * a.abs() + ROUNDING * b.abs()).collect();
    Ok(merge(&raw, &rounding))
}

/// Values with magnitudes within rounding of each other made equal, for differences whose pairs are not known: relative
/// to the values themselves, so that none becomes 0. [`differences`] knows more.
pub fn snap(values: &[f64]) -> Vec<f64> {
    let rounding: Vec<f64> = values.iter().map(|value| ROUNDING * value.abs()).collect();
    merge(values, &rounding)
}

/// Every magnitude becomes the smallest one that a chain of neighbors within their roundings leads to, 0 included.
fn merge(values: &[f64], rounding: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|i, j| values[*i].abs().total_cmp(&values[*j].abs()));
    let mut merged = values.to_vec();
    let (mut level, mut last, mut last_rounding) = (0.0, 0.0, 0.0);
    for idx in order {
        let magnitude = values[idx].abs();
        if magnitude - last > rounding[idx] + last_rounding {
            level = magnitude;
        }
        (last, last_rounding) = (magnitude, rounding[idx]);
        // Not -0: zero has no sign.
        merged[idx] = if level == 0.0 { 0.0 } else { f64::copysign(level, values[idx]) };
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_pair_hides_no_small_one() {
        let differences = differences(&[1e20, 1.0, 2.0], &[0.0, 0.0, 0.0]).unwrap();
        assert_eq!(differences, [1e20, 1.0, 2.0]);
    }

    #[test]
    fn signs_stay_and_equal_magnitudes_tie() {
        let differences = differences(&[0.8, 0.7, 0.5], &[0.7, 0.8, 0.5]).unwrap();
        assert_eq!(differences[0], -differences[1]);
        assert_eq!(differences[2].to_bits(), 0.0_f64.to_bits());
        assert_eq!(snap(&[0.1 + 0.2, -0.3, 5e-17]), [0.3, -0.3, 5e-17]);
    }

    #[test]
    fn unequal_lengths_and_no_numbers() {
        assert!(matches!(differences(&[1.0], &[]), Err(Untestable::Because(_))));
        assert_eq!(differences(&[f64::NAN], &[1.0]), Err(Untestable::NotFinite));
        assert_eq!(differences(&[], &[]), Ok(vec![]));
    }
}
