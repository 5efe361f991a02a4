//! Average precision: the area under the precision-recall curve, by steps.
//!
//! Comes in: scores and truths of one label. Goes out: a fraction in [0, 1], higher is better; a score without
//! information gives the prevalence, not one half. Interpolates nothing and gives no interval.

use super::sorted::{Sorted, any_nan};

/// Σ over distinct scores s of positives, from the highest, of (recall gained at s) × (precision of "score >= s"):
/// scikit-learn's `average_precision_score`, where cases of one score enter together (no straight lines between points,
/// which Davis & Goadrich 2006 show to be too optimistic).
///
/// `scores[case]`, `targets[case]`; `None` without a positive case, with a score that is NaN, or when the lengths
/// differ. Without a negative case it is 1.
///
/// # Example
/// ```
/// use analysis::metric::average_precision;
///
/// let ap = average_precision(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]);
/// assert_eq!(ap, Some(0.5 * 1.0 + 0.5 * (2.0 / 3.0)));
/// // All tied: the prevalence.
/// assert_eq!(average_precision(&[0.5; 4], &[true, false, false, false]), Some(0.25));
/// assert_eq!(average_precision(&[0.5], &[false]), None);
/// ```
pub fn average_precision(scores: &[f64], targets: &[bool]) -> Option<f64> {
    if scores.len() != targets.len() || u32::try_from(scores.len()).is_err() || any_nan(scores) {
        return None;
    }
    let positives =
        Sorted::of(scores.iter().zip(targets).filter(|(_, target)| **target).map(|(score, _)| *score));
    // negatives[k]: how many are at or above the k lowest distinct scores of positives, and below the next.
    let mut negatives = vec![0_u32; positives.n_distinct() + 1];
    positives.each_position(scores, |idx, at| {
        negatives[at.below + usize::from(at.equal)] += u32::from(!targets[idx]);
    });
    let (mut found, mut alarms, mut sum) = (0_u64, 0_u64, 0.0);
    for idx in (0..positives.n_distinct()).rev() {
        let gained = u64::from(positives.count(idx));
        found += gained;
        alarms += u64::from(negatives[idx + 1]);
        sum += gained as f64 * (found as f64 / (found + alarms) as f64);
    }
    (found > 0).then(|| sum / found as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges() {
        assert_eq!(average_precision(&[], &[]), None);
        assert_eq!(average_precision(&[0.1], &[true, false]), None);
        assert_eq!(average_precision(&[f64::NAN, 0.5], &[true, false]), None);
        assert_eq!(average_precision(&[0.2, 0.1], &[true, true]), Some(1.0));
        assert_eq!(average_precision(&[-0.0, 0.0], &[false, true]), Some(0.5));
        assert_eq!(average_precision(&[f64::INFINITY, f64::NEG_INFINITY], &[false, true]), Some(0.5));
    }
}
