//! Metrics: predictions in, fractions in [0, 1] out; higher is better.
//!
//! Comes in: scores and truths, or pixel counts. Goes out: a value, or `None` where it is undefined. Averages nothing
//! over runs.

mod auc;
mod average_precision;
mod dice;
pub(crate) mod sorted;

pub use auc::{auc, mean_auc};
pub use average_precision::average_precision;
pub use dice::{Overlap, mean_dice, mean_iou, pooled_dice, pooled_iou};
