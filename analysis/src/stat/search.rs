//! Search along the real line.
//!
//! Comes in: a question that turns from no to yes as numbers grow. Goes out: the first number with a yes. Estimates
//! nothing.

/// The smallest finite number where `holds`, which must stay true from there on; `None` where it holds nowhere.
/// Bisection over the doubles in their order, 64 questions: the answer is exact, not one within a tolerance.
pub(super) fn first_where(holds: impl Fn(f64) -> bool) -> Option<f64> {
    let (mut low, mut high) = (key(f64::MIN), key(f64::MAX));
    if !holds(f64::MAX) {
        return None;
    }
    while low < high {
        // Rounds down without overflow.
        let middle = (low & high) + ((low ^ high) >> 1);
        if holds(number(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    // Not -0.
    Some(number(low) + 0.0)
}

/// Whole numbers in the order of the doubles (as `f64::total_cmp`).
fn key(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

fn number(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_very_number() {
        for goal in [0.1, -0.1, 0.0, 5e-324, -1e300, f64::MAX, f64::MIN] {
            assert_eq!(first_where(|number| number >= goal), Some(goal));
        }
        assert_eq!(first_where(|_| false), None);
        assert_eq!(number(key(-2.5)), -2.5);
    }
}
