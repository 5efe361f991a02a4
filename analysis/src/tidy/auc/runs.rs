//! The AUC of every run by itself, label by label and over all labels: what seeds do to it is for the other tables.
//!
//! Comes in: a store or a file of predictions. Goes out: a row a run and label. Has no interval and no test.

use std::path::Path;

use crate::error::Result;
use crate::input::{CaseOptions, LabelScores, RunScores, each_run};
use crate::metric::{auc, mean_auc};
use crate::table::table_row;

/// Name of the mean over labels.
const MACRO: &str = "macro";

/// One run on one label. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct RunAucRow {
    /// The task.
    pub task: String,
    /// The model.
    pub model: String,
    /// Its training seed, where known.
    pub seed: Option<i64>,
    /// Name of the run, where known.
    pub run_id: Option<String>,
    /// The label; "macro" for the mean over labels.
    pub label: String,
    /// The AUC: a fraction in [0, 1].
    pub auc: Option<f64>,
    /// Cases with a score and a known truth; of the mean where it is the same for every label.
    pub n_cases: Option<i64>,
    /// Positive ones among them; `None` for the mean.
    pub n_positive: Option<i64>,
    /// Why the AUC is missing, or what it leaves out.
    pub reason: Option<String>,
}

table_row!(RunAucRow, "auc of runs", sort [TASK, MODEL, SEED, RUN_ID, LABEL],
    task: String => TASK, model: String => MODEL, seed: Option<i64> => SEED, run_id: Option<String> => RUN_ID,
    label: String => LABEL, auc: Option<f64> => AUC, n_cases: Option<i64> => N_CASES,
    n_positive: Option<i64> => N_POSITIVE, reason: Option<String> => REASON);

/// AUCs of every run of `path`, a store, a CSV or a Parquet file; rows are sorted by task, model, seed, run_id, label.
///
/// A store, and a Parquet file that is sorted by run, are read a few runs at a time. A case without a score, or with a
/// NaN for one, is left out, and `reason` says how many. Cases are not named: one that stands twice counts twice.
///
/// # Errors
/// As [`each_run`].
pub fn run_aucs(path: &Path, options: &CaseOptions) -> Result<Vec<RunAucRow>> {
    let mut rows: Vec<RunAucRow> =
        each_run(path, options, |run| rows_of(&run))?.into_iter().flatten().collect();
    // Within a run "macro" stands where the letter does.
    rows.sort_by(|a, b| {
        let key = |row: &'_ RunAucRow| (row.seed, row.run_id.clone());
        (&a.task, &a.model, key(a), &a.label).cmp(&(&b.task, &b.model, key(b), &b.label))
    });
    Ok(rows)
}

fn rows_of(run: &RunScores) -> Vec<RunAucRow> {
    let row = |label: &str| RunAucRow {
        task: run.key.task.clone(),
        model: run.key.model.clone(),
        seed: run.key.seed,
        run_id: run.key.run_id.clone(),
        label: label.to_owned(),
        auc: None,
        n_cases: None,
        n_positive: None,
        reason: None,
    };
    let whole = |count: usize| i64::try_from(count).ok();
    let mut rows: Vec<RunAucRow> = (run.labels.iter())
        .map(|(label, cases)| RunAucRow {
            auc: auc(&cases.scores, &cases.targets),
            n_cases: whole(cases.scores.len()),
            n_positive: whole(n_positive(cases)),
            reason: reason(cases),
            ..row(label)
        })
        .collect();
    let aucs: Vec<Option<f64>> = rows.iter().map(|row| row.auc).collect();
    let n_undefined = aucs.iter().filter(|auc| auc.is_none()).count();
    let n_cases = rows.first().and_then(|first| first.n_cases);
    let mut notes = Vec::new();
    if n_undefined > 0 {
        notes.push(format!("{n_undefined} of {} labels have no AUC and are left out", aucs.len()));
    }
    notes.extend(gaps(
        run.labels.iter().map(|(_, cases)| cases.n_missing).sum(),
        run.labels.iter().map(|(_, cases)| cases.n_unknown).sum(),
    ));
    rows.push(RunAucRow {
        auc: mean_auc(&aucs),
        n_cases: n_cases.filter(|_| rows.iter().all(|row| row.n_cases == n_cases)),
        reason: joined(&notes),
        ..row(MACRO)
    });
    rows
}

fn n_positive(cases: &LabelScores) -> usize {
    cases.targets.iter().filter(|target| **target).count()
}

fn reason(cases: &LabelScores) -> Option<String> {
    let positive = n_positive(cases);
    let mut notes = Vec::new();
    if cases.scores.is_empty() {
        notes.push("no case has a score and a known truth".to_owned());
    } else if positive == 0 {
        notes.push("no case is positive".to_owned());
    } else if positive == cases.targets.len() {
        notes.push("no case is negative".to_owned());
    }
    notes.extend(gaps(cases.n_missing, cases.n_unknown));
    joined(&notes)
}

/// What is left out, in words.
fn gaps(n_missing: usize, n_unknown: usize) -> Vec<String> {
    let said = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    [said(n_missing, "missing or NaN scores are left out"), said(n_unknown, "unknown targets are left out")]
        .into_iter()
        .flatten()
        .collect()
}

fn joined(notes: &[String]) -> Option<String> {
    (!notes.is_empty()).then(|| notes.join("; "))
}
