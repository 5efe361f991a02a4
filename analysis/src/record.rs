//! The rows of the store's tables, as plain structs.
//!
//! Comes in: what training, import or a published table measured. Goes out: rows for [`crate::store`] and
//! [`crate::input`]. Checks nothing: the store does.

use crate::table::{Row, Tidy, table_row};

/// One run and metric: the result of fine-tuning one model on one task with one seed.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Name of the run.
    pub run_id: String,
    /// The experiment it belongs to.
    pub experiment: String,
    /// The initialization that is compared.
    pub model: String,
    /// scratch, supervised, inat, ssl, in-domain, continual.
    pub family: String,
    /// Data the weights saw before, oldest first: "imagenet>chest-xray14"; empty for none.
    pub pretrained_on: String,
    /// The target task.
    pub task: String,
    /// "auc", "dice" or "dice_per_image".
    pub metric: String,
    /// The run's seed.
    pub seed: i64,
    /// Fraction in [0, 1], higher is better; `None` where undefined.
    pub value: Option<f64>,
    /// Test cases behind the value.
    pub n_cases: i64,
    /// Epochs that were trained.
    pub epochs: i64,
    /// Epoch that validation selected, from 1.
    pub best_epoch: i64,
    /// Wall time of the run in seconds; `None` when the clock is frozen by `SOURCE_DATE_EPOCH`.
    pub seconds: Option<f64>,
    /// Training throughput; `None` when the clock is frozen.
    pub images_per_second: Option<f64>,
    /// "cpu", "cuda:0".
    pub device: String,
    /// Hash of everything that decides the values.
    pub config_hash: String,
    /// RFC 3339, UTC.
    pub finished_at: String,
}

/// One epoch of a run on one split.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochRow {
    /// Name of the run.
    pub run_id: String,
    /// From 1.
    pub epoch: i64,
    /// train, val or test.
    pub split: String,
    /// Mean loss; `None` where it was not computed.
    pub loss: Option<f64>,
    /// "auc", "dice", ...; empty when the epoch has no metric.
    pub metric: String,
    /// The metric's value, a fraction in [0, 1].
    pub value: Option<f64>,
    /// Learning rate of the epoch.
    pub learning_rate: f64,
    /// Wall time in seconds; `None` when the clock is frozen.
    pub seconds: Option<f64>,
    /// Throughput; `None` when the clock is frozen.
    pub images_per_second: Option<f64>,
}

/// One test prediction: a case and a label.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionRow {
    /// Name of the run.
    pub run_id: String,
    /// The image.
    pub case_id: String,
    /// The patient.
    pub group_id: String,
    /// The finding.
    pub label: String,
    /// The truth: 0 or 1, or a class index.
    pub target: f64,
    /// The model's score, higher is more positive.
    pub score: f64,
}

/// One test mask: pixel counts of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskRow {
    /// Name of the run.
    pub run_id: String,
    /// The image.
    pub case_id: String,
    /// The patient.
    pub group_id: String,
    /// Pixels of the true mask.
    pub n_true: i64,
    /// Pixels of the predicted mask.
    pub n_pred: i64,
    /// Pixels of both.
    pub n_both: i64,
    /// Dice of the image; `None` when both masks are empty.
    pub dice: Option<f64>,
    /// Intersection over union; `None` when both masks are empty.
    pub iou: Option<f64>,
}

/// One cell of a published table: mean and standard deviation over runs.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedRow {
    /// Where it stands: "table2".
    pub source: String,
    /// The model.
    pub model: String,
    /// Its family.
    pub family: String,
    /// Data the weights saw before; empty for none.
    pub pretrained_on: String,
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// Mean, a fraction.
    pub mean: f64,
    /// Standard deviation, a fraction; `None` when not printed.
    pub sd: Option<f64>,
    /// Runs; `None` when not stated.
    pub n: Option<i64>,
    /// Divisor of the standard deviation is n - ddof.
    pub ddof: i64,
    /// Digits after the point of the printed percent value.
    pub decimals: i64,
}

/// Everything that one run leaves in the store: all rows carry one `run_id`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunRecord {
    /// At least one row: the run's metrics.
    pub runs: Vec<RunRow>,
    /// Its epochs.
    pub epochs: Vec<EpochRow>,
    /// Its test predictions; empty for mask tasks.
    pub predictions: Vec<PredictionRow>,
    /// Its test masks; empty for the other tasks.
    pub masks: Vec<MaskRow>,
}

table_row!(RunRow, "runs", sort [EXPERIMENT, TASK, METRIC, MODEL, SEED, RUN_ID],
    run_id: String => RUN_ID, experiment: String => EXPERIMENT, model: String => MODEL, family: String => FAMILY,
    pretrained_on: String => PRETRAINED_ON, task: String => TASK, metric: String => METRIC, seed: i64 => SEED,
    value: Option<f64> => VALUE, n_cases: i64 => N_CASES, epochs: i64 => EPOCHS, best_epoch: i64 => BEST_EPOCH,
    seconds: Option<f64> => SECONDS, images_per_second: Option<f64> => IMAGES_PER_SECOND, device: String => DEVICE,
    config_hash: String => CONFIG_HASH, finished_at: String => FINISHED_AT);

table_row!(EpochRow, "epochs", sort [RUN_ID, EPOCH, SPLIT, METRIC],
    run_id: String => RUN_ID, epoch: i64 => EPOCH, split: String => SPLIT, loss: Option<f64> => LOSS,
    metric: String => METRIC, value: Option<f64> => VALUE, learning_rate: f64 => LEARNING_RATE,
    seconds: Option<f64> => SECONDS, images_per_second: Option<f64> => IMAGES_PER_SECOND);

table_row!(PredictionRow, "predictions", sort [RUN_ID, CASE_ID, LABEL],
    run_id: String => RUN_ID, case_id: String => CASE_ID, group_id: String => GROUP_ID, label: String => LABEL,
    target: f64 => TARGET, score: f64 => SCORE);

table_row!(MaskRow, "masks", sort [RUN_ID, CASE_ID],
    run_id: String => RUN_ID, case_id: String => CASE_ID, group_id: String => GROUP_ID, n_true: i64 => N_TRUE,
    n_pred: i64 => N_PRED, n_both: i64 => N_BOTH, dice: Option<f64> => DICE, iou: Option<f64> => IOU);

table_row!(PublishedRow, "published", sort [SOURCE, TASK, METRIC, MODEL],
    source: String => SOURCE, model: String => MODEL, family: String => FAMILY,
    pretrained_on: String => PRETRAINED_ON, task: String => TASK, metric: String => METRIC, mean: f64 => MEAN,
    sd: Option<f64> => SD, n: Option<i64> => N, ddof: i64 => DDOF, decimals: i64 => DECIMALS);

impl Tidy {
    /// Runs as a table, with the columns of `runs/`.
    pub fn from_runs(rows: &[RunRow]) -> Self {
        RunRow::to_tidy(rows)
    }

    /// Published rows as a table, with the columns of `published/`.
    pub fn from_published(rows: &[PublishedRow]) -> Self {
        PublishedRow::to_tidy(rows)
    }
}
