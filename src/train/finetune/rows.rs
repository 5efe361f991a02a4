//! From a finished run to the rows of the results store.
//!
//! Comes in: the configuration, the history, the test predictions. Goes out: a `RunRecord`. Computes no new prediction.

use analysis::metric::{Overlap, mean_dice, pooled_dice};
use analysis::record::{EpochRow, MaskRow, PredictionRow, RunRecord, RunRow};

use super::FinetuneConfig;
use crate::dataset::TaskKind;
use crate::train::context::RunContext;
use crate::train::data::Dataset;
use crate::train::device;
use crate::train::predict::{Evaluation, Outputs, is_positive};
use crate::train::session::{EpochRecord, Session};

/// All rows of a run whose best epoch (1 being the first) gave `tested` on the cases `test`.
pub(super) fn record(
    config: &FinetuneConfig,
    data: &Dataset<'_>,
    context: &RunContext<'_>,
    session: &Session<'_>,
    best_epoch: usize,
    test: &[usize],
    tested: &Evaluation,
) -> RunRecord {
    let values = match &tested.outputs {
        Outputs::Scores(_) => vec![("auc", tested.value(data, test))],
        Outputs::Overlaps(all) => vec![("dice", pooled_dice(all)), ("dice_per_image", mean_dice(all))],
    };
    let history = session.history();
    let n_images: usize = history.iter().map(|epoch| epoch.n_images).sum();
    let train_seconds: f64 = history.iter().map(|epoch| epoch.train_seconds).sum();
    let timed = |seconds: f64| (!context.clock_frozen).then_some(seconds);
    let run = |(metric, value): (&str, Option<f64>)| RunRow {
        run_id: context.run_id.clone(),
        experiment: context.experiment.clone(),
        model: context.model.clone(),
        family: context.family.clone(),
        pretrained_on: context.pretrained_on.clone(),
        task: data.spec.name.clone(),
        metric: metric.to_owned(),
        seed: i64::try_from(config.seed).expect("checked with the configuration"),
        value,
        n_cases: test.len() as i64,
        epochs: history.len() as i64,
        best_epoch: best_epoch as i64,
        seconds: timed(session.seconds()),
        images_per_second: timed(n_images as f64 / train_seconds.max(1e-9)),
        device: device::name(data.device),
        config_hash: context.config_hash.clone(),
        finished_at: (context.finished_at)(),
    };
    RunRecord {
        runs: values.into_iter().map(run).collect(),
        epochs: epoch_rows(context, if data.spec.kind == TaskKind::Mask { "dice" } else { "auc" }, history),
        predictions: prediction_rows(data, context, test, tested),
        masks: mask_rows(data, context, test, tested),
    }
}

/// Two rows an epoch: training (loss) and, where there is one, validation (loss and metric).
pub(crate) fn epoch_rows(context: &RunContext<'_>, metric: &str, history: &[EpochRecord]) -> Vec<EpochRow> {
    let timed = |seconds: f64| (!context.clock_frozen).then_some(seconds);
    let mut rows = Vec::new();
    for (number, epoch) in (1..).zip(history) {
        let train = EpochRow {
            run_id: context.run_id.clone(),
            epoch: number,
            split: "train".to_owned(),
            loss: Some(epoch.train_loss),
            metric: String::new(),
            value: None,
            learning_rate: epoch.learning_rate,
            seconds: timed(epoch.train_seconds),
            images_per_second: timed(epoch.n_images as f64 / epoch.train_seconds.max(1e-9)),
        };
        let val = (epoch.val_loss.is_some() || epoch.value.is_some()).then(|| EpochRow {
            split: "val".to_owned(),
            loss: epoch.val_loss,
            metric: metric.to_owned(),
            value: epoch.value,
            seconds: timed(epoch.val_seconds),
            images_per_second: None,
            ..train.clone()
        });
        rows.push(train);
        rows.extend(val);
    }
    rows
}

fn prediction_rows(
    data: &Dataset<'_>,
    context: &RunContext<'_>,
    test: &[usize],
    tested: &Evaluation,
) -> Vec<PredictionRow> {
    let Outputs::Scores(scores) = &tested.outputs else { return Vec::new() };
    let mut rows = Vec::new();
    for (&index, scores) in test.iter().zip(scores) {
        let case = &data.cases[index];
        for (label, &score) in scores.iter().enumerate() {
            rows.push(PredictionRow {
                run_id: context.run_id.clone(),
                case_id: case.id.clone(),
                group_id: case.group.clone(),
                label: data.spec.labels[label].clone(),
                target: f64::from(u8::from(is_positive(data, index, label))),
                score,
            });
        }
    }
    rows
}

fn mask_rows(
    data: &Dataset<'_>,
    context: &RunContext<'_>,
    test: &[usize],
    tested: &Evaluation,
) -> Vec<MaskRow> {
    let Outputs::Overlaps(overlaps) = &tested.outputs else { return Vec::new() };
    let row = |(&index, overlap): (&usize, &Overlap)| MaskRow {
        run_id: context.run_id.clone(),
        case_id: data.cases[index].id.clone(),
        group_id: data.cases[index].group.clone(),
        n_true: overlap.n_true as i64,
        n_pred: overlap.n_pred as i64,
        n_both: overlap.n_both as i64,
        dice: overlap.dice(),
        iou: overlap.iou(),
    };
    test.iter().zip(overlaps).map(row).collect()
}
