//! Dice and intersection over union from pixel counts.
//!
//! Comes in: pixels of the true mask, of the predicted one and of both. Goes out: fractions in [0, 1], higher is better.
//! Sees no pixels itself.

use crate::record::MaskRow;

/// Pixel counts of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// Pixels of the true mask.
    pub n_true: u64,
    /// Pixels of the predicted mask.
    pub n_pred: u64,
    /// Pixels of both; at most the smaller of the two.
    pub n_both: u64,
}

impl Overlap {
    /// The counts of a store's row; `None` when one of them is negative.
    pub fn of(row: &MaskRow) -> Option<Self> {
        let count = |n: i64| u64::try_from(n).ok();
        Some(Self { n_true: count(row.n_true)?, n_pred: count(row.n_pred)?, n_both: count(row.n_both)? })
    }

    /// 2 |A ∩ B| / (|A| + |B|); `None` when both masks are empty. (The paper's code gives 1 there.)
    ///
    /// # Example
    /// ```
    /// let overlap = analysis::metric::Overlap { n_true: 4, n_pred: 2, n_both: 2 };
    /// assert_eq!(overlap.dice(), Some(2.0 / 3.0));
    /// assert_eq!(overlap.iou(), Some(0.5));
    /// ```
    pub fn dice(&self) -> Option<f64> {
        ratio(2 * u128::from(self.n_both), u128::from(self.n_true) + u128::from(self.n_pred))
    }

    /// |A ∩ B| / |A ∪ B|; `None` when both masks are empty.
    pub fn iou(&self) -> Option<f64> {
        let sum = u128::from(self.n_true) + u128::from(self.n_pred);
        ratio(u128::from(self.n_both), sum.saturating_sub(u128::from(self.n_both)))
    }
}

/// Dice of all pixels of all images together: large structures weigh more. `None` when every mask is empty.
pub fn pooled_dice(images: &[Overlap]) -> Option<f64> {
    let sum = |count: fn(&Overlap) -> u64| images.iter().map(|image| u128::from(count(image))).sum::<u128>();
    ratio(2 * sum(|image| image.n_both), sum(|image| image.n_true) + sum(|image| image.n_pred))
}

/// Mean over images of each image's Dice; images where both masks are empty are left out. `None` when none is left.
pub fn mean_dice(images: &[Overlap]) -> Option<f64> {
    let defined: Vec<f64> = images.iter().filter_map(Overlap::dice).collect();
    (!defined.is_empty()).then(|| defined.iter().sum::<f64>() / defined.len() as f64)
}

/// Intersection over union of all pixels of all images together, as [`pooled_dice`]. `None` when every mask is empty.
///
/// # Example
/// ```
/// use analysis::metric::{Overlap, pooled_iou};
///
/// let images = [Overlap { n_true: 4, n_pred: 2, n_both: 2 }, Overlap { n_true: 0, n_pred: 4, n_both: 0 }];
/// assert_eq!(pooled_iou(&images), Some(2.0 / 8.0));
/// ```
pub fn pooled_iou(images: &[Overlap]) -> Option<f64> {
    let sum = |count: fn(&Overlap) -> u64| images.iter().map(|image| u128::from(count(image))).sum::<u128>();
    let both = sum(|image| image.n_both);
    ratio(both, (sum(|image| image.n_true) + sum(|image| image.n_pred)).saturating_sub(both))
}

/// Mean over images of each image's intersection over union; images where both masks are empty are left out. `None`
/// when none is left.
pub fn mean_iou(images: &[Overlap]) -> Option<f64> {
    let defined: Vec<f64> = images.iter().filter_map(Overlap::iou).collect();
    (!defined.is_empty()).then(|| defined.iter().sum::<f64>() / defined.len() as f64)
}

fn ratio(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Overlap = Overlap { n_true: 0, n_pred: 0, n_both: 0 };
    const MISSED: Overlap = Overlap { n_true: 10, n_pred: 0, n_both: 0 };
    const HALF: Overlap = Overlap { n_true: 100, n_pred: 100, n_both: 50 };

    #[test]
    fn empty_masks_have_no_dice() {
        assert_eq!((EMPTY.dice(), EMPTY.iou()), (None, None));
        assert_eq!((MISSED.dice(), MISSED.iou()), (Some(0.0), Some(0.0)));
        assert_eq!((pooled_dice(&[EMPTY]), mean_dice(&[EMPTY, EMPTY])), (None, None));
        assert_eq!((pooled_dice(&[]), mean_dice(&[])), (None, None));
    }

    #[test]
    fn pooled_and_mean_dice_differ() {
        assert_eq!(mean_dice(&[EMPTY, MISSED, HALF]), Some(0.25));
        assert_eq!(pooled_dice(&[EMPTY, MISSED, HALF]), Some(100.0 / 210.0));
    }

    #[test]
    fn pooled_and_mean_iou_differ() {
        assert_eq!(mean_iou(&[EMPTY, MISSED, HALF]), Some((50.0 / 150.0) / 2.0));
        assert_eq!(pooled_iou(&[EMPTY, MISSED, HALF]), Some(50.0 / 160.0));
        assert_eq!((pooled_iou(&[EMPTY]), mean_iou(&[EMPTY, EMPTY]), pooled_iou(&[])), (None, None, None));
    }
}
