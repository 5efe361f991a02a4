//! Losses, all in fp32 on logits.
//!
//! Comes in: logits and targets of one batch. Goes out: one element. Holds no state.

use std::fmt;

use tch::{Kind, Reduction, Tensor};

use crate::dataset::TaskKind;
use crate::{Error, Result};

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// Binary cross-entropy of logits, mean over labels (or pixels) and cases.
    Bce,
    /// Cross-entropy of logits over classes, mean over cases.
    CrossEntropy,
    /// Soft Dice over all pixels of the batch: 1 - (2 sum pt + 1) / (sum p + sum t + 1), p = sigmoid of the logit; the
    /// 1s are the protocol's smoothing.
    SoftDice,
}

impl Objective {
    /// The protocol's objective for a kind of task.
    ///
    /// # Errors
    /// An input error for images without labels.
    pub fn of(kind: TaskKind) -> Result<Self> {
        match kind {
            TaskKind::MultiLabel | TaskKind::Binary => Ok(Self::Bce),
            TaskKind::MultiClass => Ok(Self::CrossEntropy),
            TaskKind::Mask => Ok(Self::SoftDice),
            TaskKind::Unlabelled => Err(Error::input("images without labels have no loss to fine-tune on")),
        }
    }

    /// Whether targets of this kind of task fit.
    pub fn fits(self, kind: TaskKind) -> bool {
        match self {
            Self::Bce => matches!(kind, TaskKind::MultiLabel | TaskKind::Binary | TaskKind::Mask),
            Self::CrossEntropy => kind == TaskKind::MultiClass,
            Self::SoftDice => kind == TaskKind::Mask,
        }
    }

    /// Mean loss of a batch. `targets` has the shape of `logits` (0 and 1, fp32), or is `[b]` int64 for classes.
    pub fn loss(self, logits: &Tensor, targets: &Tensor) -> Tensor {
        let logits = logits.to_kind(Kind::Float);
        let none = None::<&Tensor>;
        match self {
            Self::Bce => logits.binary_cross_entropy_with_logits(targets, none, none, Reduction::Mean),
            Self::CrossEntropy => logits.cross_entropy_loss(targets, none, Reduction::Mean, -100, 0.0),
            Self::SoftDice => {
                let p = logits.sigmoid();
                let both = (&p * targets).sum(Kind::Float) * 2.0 + 1.0;
                let either = p.sum(Kind::Float) + targets.sum(Kind::Float) + 1.0;
                1.0 - both / either
            }
        }
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bce => "bce",
            Self::CrossEntropy => "cross-entropy",
            Self::SoftDice => "soft-dice",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_equal_hand_calculation() {
        let logits = Tensor::from_slice(&[0.0f32, 2.0, -1.0, 3.0]).view([2, 2]);
        let targets = Tensor::from_slice(&[1f32, 1.0, 0.0, 0.0]).view([2, 2]);
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let p = [0.0, 2.0, -1.0, 3.0].map(sigmoid);
        let bce = -(p[0].ln() + p[1].ln() + (1.0 - p[2]).ln() + (1.0 - p[3]).ln()) / 4.0;
        let close = |objective: Objective, targets: &Tensor, expected: f64| {
            let found = objective.loss(&logits, targets).double_value(&[]);
            assert!((found - expected).abs() < 1e-6, "{objective}: {found} {expected}");
        };
        close(Objective::Bce, &targets, bce);
        let dice = 1.0 - (2.0 * (p[0] + p[1]) + 1.0) / (p.iter().sum::<f64>() + 2.0 + 1.0);
        close(Objective::SoftDice, &targets, dice);
        let entropy = ((1.0 + 2f64.exp()).ln() - 0.0 + ((-1f64).exp() + 3f64.exp()).ln() - 3.0) / 2.0;
        close(Objective::CrossEntropy, &Tensor::from_slice(&[0i64, 1]), entropy);
    }
}
