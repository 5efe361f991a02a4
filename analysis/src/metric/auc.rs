//! Area under the ROC curve, exactly.
//!
//! Comes in: scores and truths of one label. Goes out: a fraction in [0, 1], higher is better. Draws no curve and gives no
//! interval.

use super::sorted::{Sorted, any_nan};

/// P(score of a positive > score of a negative) + ½ P(equal), over all pairs of a positive and a negative case
/// (Mann & Whitney 1947; Bamber 1975): the area under the ROC curve with its diagonal steps at ties.
///
/// Pairs are counted in whole numbers, so only the one division rounds. Only the rarer class is sorted; a table then
/// tells for each case of the other how many of them lie below it. `scores[case]`, `targets[case]`; `None` when a class
/// is absent, a score is NaN, or the lengths differ.
///
/// # Example
/// ```
/// use analysis::metric::auc;
///
/// assert_eq!(auc(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]), Some(0.75));
/// // Equal scores tell nothing: one half.
/// assert_eq!(auc(&[0.5, 0.5], &[false, true]), Some(0.5));
/// assert_eq!(auc(&[0.1, 0.2], &[true, true]), None);
/// ```
pub fn auc(scores: &[f64], targets: &[bool]) -> Option<f64> {
    // Counts of cases are 32 bits wide: 4 billion scores would be 34 GB.
    if scores.len() != targets.len() || u32::try_from(scores.len()).is_err() || any_nan(scores) {
        return None;
    }
    let n_pos = count(targets);
    let n_neg = targets.len() - n_pos;
    let rarer = n_pos <= n_neg;
    let sorted = Sorted::of(
        scores.iter().zip(targets).filter(|(_, target)| **target == rarer).map(|(score, _)| *score),
    );
    // All cases are looked up, the sorted ones too: among themselves each pair counts twice, and each with itself once,
    // which is their number squared. Sums stay below 2⁶⁴.
    let n_rarer = n_pos.min(n_neg) as u64;
    let twice_below = sorted.sum_twice_below(scores) - n_rarer * n_rarer;
    let pairs = n_pos as u64 * n_neg as u64;
    let twice_won = if rarer { 2 * pairs - twice_below } else { twice_below };
    (pairs > 0).then(|| twice_won as f64 / (2 * pairs) as f64)
}

/// How many are true, in sums of 8 bits, of which the machine adds 16 at a time.
fn count(targets: &[bool]) -> usize {
    let some =
        |targets: &[bool]| targets.iter().fold(0_u8, |sum, target| sum.wrapping_add(u8::from(*target)));
    targets.chunks(usize::from(u8::MAX)).map(|targets| usize::from(some(targets))).sum()
}

/// The mean over labels, each label counting once whatever its prevalence: the protocol's AUC of a multi-label task.
/// Labels without a value (a class is absent from the test set) are left out; `None` when none has one.
///
/// # Example
/// ```
/// assert_eq!(analysis::metric::mean_auc(&[Some(0.5), None, Some(1.0)]), Some(0.75));
/// ```
pub fn mean_auc(per_label: &[Option<f64>]) -> Option<f64> {
    let defined: Vec<f64> = per_label.iter().flatten().copied().collect();
    (!defined.is_empty()).then(|| defined.iter().sum::<f64>() / defined.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_of_either_sign_tie() {
        assert_eq!(auc(&[-0.0, 0.0], &[false, true]), Some(0.5));
    }

    #[test]
    fn infinite_scores_rank_last() {
        assert_eq!(auc(&[f64::NEG_INFINITY, f64::INFINITY], &[false, true]), Some(1.0));
    }

    #[test]
    fn undefined() {
        assert_eq!(auc(&[], &[]), None);
        assert_eq!(auc(&[0.1], &[true, false]), None);
        assert_eq!(auc(&[f64::NAN, 0.5], &[true, false]), None);
        assert_eq!(mean_auc(&[None]), None);
        assert_eq!(mean_auc(&[]), None);
    }
}
