//! A network's outputs on a split, and their score.
//!
//! Comes in: a forward function, a data set, the cases. Goes out: the mean loss and, for each case, its scores or the
//! overlap of its masks; from these a metric. Selects nothing and changes nothing: batch statistics stay as they are.

use std::sync::atomic::{AtomicBool, Ordering};

use analysis::metric::{Overlap, auc, mean_auc, pooled_dice};
use tch::{Device, Kind, Tensor};

use super::augment::Normalizer;
use super::data::Dataset;
use super::finetune::Objective;
use super::param::torch;
use crate::dataset::TaskKind;
use crate::{Error, Result};

/// Which parts of a test image are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crops {
    /// The image as it is.
    Plain,
    /// The protocol's: enlarge by 256 / 224, take the four corners and the centre and the mirror image of each, and
    /// average the ten scores.
    Ten,
}

/// Outputs on the cases that were asked for, in their order.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Mean loss over the cases.
    pub loss: f64,
    /// What was predicted.
    pub outputs: Outputs,
}

/// Predictions by kind of task.
#[derive(Debug, Clone)]
pub enum Outputs {
    /// `[case][label]`: probabilities.
    Scores(Vec<Vec<f64>>),
    /// One overlap a case, at threshold 0.5.
    Overlaps(Vec<Overlap>),
}

/// How to evaluate.
#[derive(Debug, Clone, Copy)]
pub struct Protocol<'a> {
    /// The loss that is averaged.
    pub objective: Objective,
    /// Images at a time; does not change the values beyond rounding.
    pub batch: usize,
    /// Test-time crops.
    pub crops: Crops,
    /// Set from outside: finish the batch and give up.
    pub stop: &'a AtomicBool,
}

/// Evaluates `forward` (images `[b, 3, s, s]`, normalised, to logits) on some cases. `view` may change a batch of images
/// and masks first; pass them through unless the protocol says otherwise.
///
/// # Errors
/// `Error::Interrupted` when asked to stop; a failure when scores are not finite or memory runs out.
pub fn evaluate(
    forward: impl Fn(&Tensor) -> Tensor,
    view: impl Fn(&[usize], Tensor, Option<Tensor>) -> (Tensor, Option<Tensor>),
    data: &Dataset<'_>,
    indices: &[usize],
    normalizer: &Normalizer,
    protocol: Protocol<'_>,
) -> Result<Evaluation> {
    let _guard = tch::no_grad_guard();
    let mut losses = Vec::new(); // one element a batch, times its number of cases
    let mut scores = Vec::new();
    let mut overlaps = Vec::new();
    for batch in indices.chunks(protocol.batch) {
        if protocol.stop.load(Ordering::Relaxed) {
            return Err(Error::interrupted());
        }
        let (images, masks) = view(batch, data.images(batch), data.masks(batch));
        let logits = forward(&normalizer.apply(&images)).to_kind(Kind::Float);
        let targets = masks.unwrap_or_else(|| data.targets(batch));
        losses.push(protocol.objective.loss(&logits, &targets).to_kind(Kind::Double) * batch.len() as f64);
        if data.spec.kind == TaskKind::Mask {
            overlaps.push(overlap(&logits, &targets));
        } else {
            scores.push(match protocol.crops {
                Crops::Plain => probabilities(data.spec.kind, &logits),
                Crops::Ten => ten_crop(data.spec.kind, &images, |crop| forward(&normalizer.apply(crop))),
            });
        }
    }
    let loss = Tensor::stack(&losses, 0).sum(Kind::Double).double_value(&[]) / indices.len() as f64;
    let outputs = if data.spec.kind == TaskKind::Mask {
        Outputs::Overlaps(read_overlaps(&overlaps)?)
    } else {
        Outputs::Scores(read_rows(&scores)?)
    };
    Ok(Evaluation { loss, outputs })
}

impl Evaluation {
    /// The metric: for labels and classes the mean AUC over those that have positive and negative cases (classes one
    /// against the rest), for masks the pooled Dice; in [0, 1], higher is better. `None` where undefined.
    pub fn value(&self, data: &Dataset<'_>, indices: &[usize]) -> Option<f64> {
        match &self.outputs {
            Outputs::Scores(rows) => {
                let per_label: Vec<Option<f64>> = (0..data.n_outputs())
                    .map(|label| {
                        let scores: Vec<f64> = rows.iter().map(|row| row[label]).collect();
                        let targets: Vec<bool> =
                            indices.iter().map(|&case| is_positive(data, case, label)).collect();
                        auc(&scores, &targets)
                    })
                    .collect();
                mean_auc(&per_label)
            }
            Outputs::Overlaps(overlaps) => pooled_dice(overlaps),
        }
    }

    /// Share of cases whose highest score is at their class, in [0, 1]; `None` unless the task has classes.
    pub fn accuracy(&self, data: &Dataset<'_>, indices: &[usize]) -> Option<f64> {
        let Outputs::Scores(rows) = &self.outputs else { return None };
        if data.spec.kind != TaskKind::MultiClass || rows.is_empty() {
            return None;
        }
        let right = rows.iter().zip(indices).filter(|(row, case)| {
            let best = (0..row.len()).reduce(|best, label| if row[label] > row[best] { label } else { best });
            best.is_some_and(|best| is_positive(data, **case, best))
        });
        Some(right.count() as f64 / rows.len() as f64)
    }
}

/// Whether a case has a label, or is of a class.
pub fn is_positive(data: &Dataset<'_>, case: usize, label: usize) -> bool {
    let target = &data.cases[case].target;
    match data.spec.kind {
        TaskKind::MultiClass => target.first().is_some_and(|&class| class as usize == label),
        _ => target.get(label).is_some_and(|&value| value > 0.5),
    }
}

/// Sigmoid a label, or softmax over classes: `[b, labels]`.
fn probabilities(kind: TaskKind, logits: &Tensor) -> Tensor {
    if kind == TaskKind::MultiClass { logits.softmax(-1, Kind::Float) } else { logits.sigmoid() }
}

fn ten_crop(kind: TaskKind, images: &Tensor, forward: impl Fn(&Tensor) -> Tensor) -> Tensor {
    let side = images.size()[3];
    let large = (side * 256 + 112) / 224;
    let enlarged = images.upsample_bilinear2d([large, large], false, None, None);
    let (far, middle) = (large - side, (large - side) / 2);
    let mut sum: Option<Tensor> = None;
    for (x, y) in [(0, 0), (far, 0), (0, far), (far, far), (middle, middle)] {
        let crop = enlarged.narrow(2, y, side).narrow(3, x, side);
        for crop in [crop.contiguous(), crop.flip([3])] {
            let score = probabilities(kind, &forward(&crop).to_kind(Kind::Float));
            sum = Some(match sum {
                Some(sum) => sum + score,
                None => score,
            });
        }
    }
    sum.expect("there are ten crops") * 0.1
}

/// True, predicted and common pixels of each case: `[b, 3]` int64. A logit above 0 is a probability above 0.5.
fn overlap(logits: &Tensor, masks: &Tensor) -> Tensor {
    let (truth, found) = (masks.gt(0.5), logits.gt(0.0));
    let count = |pixels: &Tensor| pixels.sum_dim_intlist([1i64, 2, 3].as_slice(), false, Kind::Int64);
    Tensor::stack(&[count(&truth), count(&found), count(&truth.logical_and(&found))], 1)
}

fn read_overlaps(batches: &[Tensor]) -> Result<Vec<Overlap>> {
    let all = Tensor::cat(batches, 0).to_device(Device::Cpu).reshape([-1]);
    let counts = torch("read the overlaps", Vec::<i64>::try_from(all))?;
    let count = |n: i64| u64::try_from(n).expect("a count is not negative");
    let overlap = |c: &[i64]| Overlap { n_true: count(c[0]), n_pred: count(c[1]), n_both: count(c[2]) };
    Ok(counts.chunks_exact(3).map(overlap).collect())
}

fn read_rows(batches: &[Tensor]) -> Result<Vec<Vec<f64>>> {
    let all = Tensor::cat(batches, 0).to_device(Device::Cpu);
    let columns = usize::try_from(all.size2().map_or(0, |(_, columns)| columns)).unwrap_or(0);
    let flat = torch("read the scores", Vec::<f64>::try_from(all.to_kind(Kind::Double).reshape([-1])))?;
    if columns == 0 || flat.iter().any(|score| !score.is_finite()) {
        return Err(Error::failed("the network gives scores that are not finite; lower the learning rate"));
    }
    Ok(flat.chunks_exact(columns).map(<[f64]>::to_vec).collect())
}
