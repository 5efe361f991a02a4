//! Area under the ROC curve, exactly.
//!
//! Comes in: scores and truths of one label. Goes out: a fraction in [0, 1], higher is better. Draws no curve and gives no
//! interval.

/// P(score of a positive > score of a negative) + ½ P(equal), over all pairs of a positive and a negative case
/// (Mann & Whitney 1947; Bamber 1975): the area under the ROC curve with its diagonal steps at ties.
///
/// Pairs are counted in whole numbers, so only the one division rounds. `scores[case]`, `targets[case]`; `None` when a
/// class is absent, a score is NaN, or the lengths differ.
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
    if scores.len() != targets.len() || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    // Adding 0 makes -0 a 0, which it equals.
    let mut cases: Vec<(f64, bool)> =
        scores.iter().map(|score| score + 0.0).zip(targets.iter().copied()).collect();
    cases.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let (mut n_pos, mut n_neg) = (0_u128, 0_u128);
    let mut twice_won = 0_u128;
    for tied in cases.chunk_by(|(a, _), (b, _)| a.total_cmp(b).is_eq()) {
        let pos = tied.iter().filter(|(_, target)| *target).count() as u128;
        let neg = tied.len() as u128 - pos;
        twice_won += pos * (2 * n_neg + neg);
        n_pos += pos;
        n_neg += neg;
    }
    let pairs = n_pos * n_neg;
    (pairs > 0).then(|| twice_won as f64 / (2 * pairs) as f64)
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
