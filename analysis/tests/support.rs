//! What several test modules need: closeness, golden files, groups, folders.

use std::path::{Path, PathBuf};

use analysis::input::{Group, Results, Spread};
use analysis::record::{EpochRow, MaskRow, PredictionRow, RunRecord, RunRow};
use analysis::stat::Adjust;
use analysis::tidy::{CompareConfig, Pairs};
use serde_json::Value;

/// Panics unless `got` is within `tolerance` of `want`, relative (absolute where `want` is 0).
#[track_caller]
pub(crate) fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    let off = if want == 0.0 { got.abs() } else { (got / want - 1.0).abs() };
    assert!(
        off <= tolerance || got.to_bits() == want.to_bits(),
        "{what}: got {got:e}, want {want:e}, off by {off:e}"
    );
}

/// The cases of a golden file.
pub(crate) fn golden(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    file["cases"].as_array().unwrap().clone()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// A file of the shared folder, or `None` with a note on standard error.
pub(crate) fn shared(file: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("MEDTRANSFER_SHARED").map_or(default, PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there; set MEDTRANSFER_SHARED", path.display());
    None
}

pub(crate) fn values(task: &str, model: &str, values: &[f64]) -> Group {
    let spread = Spread::Values { seeds: vec![None; values.len()], values: values.to_vec(), n_missing: 0 };
    group(task, model, spread)
}

pub(crate) fn summary(task: &str, model: &str, mean: f64, sd: Option<f64>, n: Option<i64>) -> Group {
    group(task, model, Spread::Summary { mean, sd, n, ddof: 1, decimals: None })
}

fn group(task: &str, model: &str, spread: Spread) -> Group {
    Group {
        task: task.to_owned(),
        metric: "auc".to_owned(),
        model: model.to_owned(),
        family: String::new(),
        pretrained_on: String::new(),
        spread,
    }
}

pub(crate) fn results(groups: Vec<Group>) -> Results {
    Results { groups, ..Results::default() }
}

/// Welch, two-sided, unadjusted, alpha .05.
pub(crate) fn plain(pairs: Pairs) -> CompareConfig {
    CompareConfig { adjust: Adjust::None, ..CompareConfig::welch(pairs) }
}

pub(crate) fn run(run_id: &str, task: &str, model: &str, seed: i64, value: Option<f64>) -> RunRow {
    RunRow {
        run_id: run_id.to_owned(),
        experiment: "test".to_owned(),
        model: model.to_owned(),
        family: "ssl".to_owned(),
        pretrained_on: "imagenet".to_owned(),
        task: task.to_owned(),
        metric: "auc".to_owned(),
        seed,
        value,
        n_cases: 100,
        epochs: 3,
        best_epoch: 2,
        seconds: None,
        images_per_second: Some(12.5),
        device: "cpu".to_owned(),
        config_hash: "ab".to_owned(),
        finished_at: "2026-11-23T00:00:00Z".to_owned(),
    }
}

/// A record with rows in every table, out of order.
pub(crate) fn record(run_id: &str, seed: i64) -> RunRecord {
    let epoch = |epoch: i64, split: &str| EpochRow {
        run_id: run_id.to_owned(),
        epoch,
        split: split.to_owned(),
        loss: Some(0.5),
        metric: "auc".to_owned(),
        value: None,
        learning_rate: 1e-3,
        seconds: None,
        images_per_second: None,
    };
    let prediction = |case: &str, label: &str| PredictionRow {
        run_id: run_id.to_owned(),
        case_id: case.to_owned(),
        group_id: "p1".to_owned(),
        label: label.to_owned(),
        target: 1.0,
        score: 0.25,
    };
    let mask = |case: &str, dice: Option<f64>| MaskRow {
        run_id: run_id.to_owned(),
        case_id: case.to_owned(),
        group_id: "p1".to_owned(),
        n_true: 4,
        n_pred: 2,
        n_both: 2,
        dice,
        iou: dice,
    };
    RunRecord {
        runs: vec![run(run_id, "chest", "SimCLR", seed, Some(0.75))],
        epochs: vec![epoch(2, "train"), epoch(1, "val"), epoch(1, "train")],
        predictions: vec![prediction("b", "x"), prediction("a", "y"), prediction("a", "x")],
        masks: vec![mask("b", None), mask("a", Some(0.5))],
    }
}
