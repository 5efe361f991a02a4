//! Metrics: predictions in, fractions in [0, 1] out; higher is better.
//!
//! Comes in: scores and truths, or pixel counts. Goes out: a value, or `None` where it is undefined. Averages nothing
//! over runs.

mod auc;
mod dice;

pub use auc::{auc, mean_auc};
pub use dice::{Overlap, mean_dice, pooled_dice};
