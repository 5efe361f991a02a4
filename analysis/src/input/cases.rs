//! Single cases of a test set: who scored them how, and what is true.
//!
//! Comes in: a store's predictions or masks, or a CSV or Parquet file with a row a case (one score a row, or one column
//! of scores a model). Goes out: [`CaseBook`]s, one a task, all runs aligned on the same cases. Computes no metric.

mod book;
mod columns;
mod runs;
mod slices;

use std::path::Path;

use crate::column;
use crate::error::{Error, Result, listed};
use crate::record::RunRow;
use crate::store::{Store, is_store};
use book::{Builder, Entry};

pub(super) use columns::Columns;

pub use book::{CaseBook, CaseRun};
pub use runs::{LabelScores, RunKey, RunScores, each_run};

/// How a file of cases is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseOptions {
    /// (ours, theirs): our column `target` is called `outcome` in the file.
    pub columns: Vec<(String, String)>,
    /// Columns of scores, one a model; empty when a column `score` holds them.
    pub models: Vec<String>,
    /// The target that counts as positive; `None` for 1 (or true).
    pub positive: Option<String>,
    /// Only this task.
    pub task: Option<String>,
    /// Only runs of this seed.
    pub seed: Option<i64>,
}

impl CaseOptions {
    /// The file's name of our column; `None` when that name was given to another one of ours.
    fn theirs<'a>(&'a self, ours: &'a str) -> Option<&'a str> {
        let mapped = self.columns.iter().find(|(name, _)| name == ours).map(|(_, theirs)| theirs.as_str());
        let is_taken = self.columns.iter().any(|(name, theirs)| theirs == ours && name != ours);
        mapped.or((!is_taken).then_some(ours))
    }

    /// Whether runs of this task and seed are asked for.
    fn wants(&self, task: &str, seed: Option<i64>) -> bool {
        self.task.as_ref().is_none_or(|wanted| wanted == task)
            && self.seed.is_none_or(|wanted| seed == Some(wanted))
    }

    /// " of task 'x' and seed 3": what was asked for, in words.
    fn described(&self) -> String {
        match (&self.task, self.seed) {
            (None, None) => String::new(),
            (Some(task), None) => format!(" of task '{task}'"),
            (None, Some(seed)) => format!(" of seed {seed}"),
            (Some(task), Some(seed)) => format!(" of task '{task}' and seed {seed}"),
        }
    }
}

/// What is read of each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseKind<'a> {
    /// A score beside a target, label by label: a store's `predictions/`.
    Predictions,
    /// A value that needs no target, such as "dice" of a store's `masks/`: the name of its column.
    Scores(&'a str),
}

/// Reads the cases of every task, sorted by task; cases, labels and runs are sorted, whatever the order of the rows.
///
/// # Errors
/// One that names the file and, where it applies, row and column: a missing column, a target that is neither positive nor
/// negative, the same case twice in a run, a case whose target or patient differs between runs.
pub fn read_cases(path: &Path, kind: CaseKind<'_>, options: &CaseOptions) -> Result<Vec<CaseBook>> {
    let mut builder = Builder::new(path.display().to_string());
    if path.is_dir() {
        read_store(path, kind, options, &mut builder)?;
    } else {
        read_file(path, kind, options, &mut builder)?;
    }
    let books = builder.finish()?;
    if books.is_empty() {
        let what = match kind {
            CaseKind::Predictions => "prediction",
            CaseKind::Scores(_) => "case",
        };
        return Err(Error::file(path, format!("there is no {what}{}", options.described())));
    }
    Ok(books)
}

fn read_store(path: &Path, kind: CaseKind<'_>, options: &CaseOptions, builder: &mut Builder) -> Result<()> {
    if !is_store(path) {
        return Err(Error::file(path, "not a results store: it has no folder 'runs'"));
    }
    let store = Store::open(path)?;
    let mut runs: Vec<RunRow> = store.runs()?;
    runs.sort_by(|a, b| a.run_id.cmp(&b.run_id));
    runs.dedup_by(|a, b| a.run_id == b.run_id);
    let (table, score) = match kind {
        CaseKind::Predictions => ("predictions", column::SCORE),
        CaseKind::Scores(name) => ("masks", name),
    };
    for run in runs {
        if !options.wants(&run.task, Some(run.seed)) {
            continue;
        }
        let Some(file) = store.file_of(table, &run.run_id) else { continue };
        let columns = Columns::read(&file, &[])?;
        let entry = Entry { task: &run.task, model: &run.model, seed: Some(run.seed) };
        add_rows(&columns, kind, score, &entry, options, builder)?;
    }
    Ok(())
}

/// All rows of one run.
fn add_rows(
    columns: &Columns,
    kind: CaseKind<'_>,
    score: &str,
    entry: &Entry<'_>,
    options: &CaseOptions,
    builder: &mut Builder,
) -> Result<()> {
    let run = builder.run(entry, columns.place())?;
    for row in 0..columns.height() {
        let case = columns.text(column::CASE_ID, row);
        let group = columns.text(column::GROUP_ID, row);
        let label = if kind == CaseKind::Predictions { columns.text(column::LABEL, row) } else { None };
        let target = target_of(columns, kind, row, options)?;
        let value = score_of(columns, kind, score, row)?;
        builder.add(run, case, group, label.as_deref().unwrap_or(score), target, value, &|| {
            columns.label(row)
        })?;
    }
    Ok(())
}

fn read_file(path: &Path, kind: CaseKind<'_>, options: &CaseOptions, builder: &mut Builder) -> Result<()> {
    let columns = Columns::read(path, &options.columns)?;
    let score = match kind {
        CaseKind::Predictions => column::SCORE,
        CaseKind::Scores(name) if !columns.has(name) && columns.has(column::VALUE) => column::VALUE,
        CaseKind::Scores(name) => name,
    };
    if kind == CaseKind::Predictions {
        columns.require(column::TARGET)?;
    }
    check_positive(&columns, kind, options)?;
    let side_by_side = side_by_side(&columns, score, options)?;
    if side_by_side.is_empty() {
        // Rows alone do not tell which case of one model is which of another.
        columns.require(column::CASE_ID)?;
    }
    for row in 0..columns.height() {
        let task = columns.text(column::TASK, row).unwrap_or_default();
        let seed = columns.whole(column::SEED, row)?;
        if !options.wants(&task, seed) {
            continue;
        }
        // Without names of its own a case is its row: side by side, that is the same for all models.
        let case = columns
            .text(column::CASE_ID, row)
            .or_else(|| (!side_by_side.is_empty()).then(|| format!("{row:09}").into()));
        let group = columns.text(column::GROUP_ID, row);
        let label = if kind == CaseKind::Predictions { columns.text(column::LABEL, row) } else { None };
        let label = label.as_deref().unwrap_or(score);
        let target = target_of(&columns, kind, row, options)?;
        let add = |model: &str, value: Option<f64>, builder: &mut Builder| {
            let run = builder.run(&Entry { task: &task, model, seed }, columns.place())?;
            builder.add(run, case.clone(), group.clone(), label, target, value, &|| columns.label(row))
        };
        for model in &side_by_side {
            add(model, score_of(&columns, kind, model, row)?, builder)?;
        }
        if side_by_side.is_empty() {
            let model = columns.text(column::MODEL, row);
            let model =
                model.ok_or_else(|| columns.cell_error(column::MODEL, row, "the model is missing"))?;
            add(&model, score_of(&columns, kind, score, row)?, builder)?;
        }
    }
    Ok(())
}

/// A score; an overlap is a fraction.
fn score_of(columns: &Columns, kind: CaseKind<'_>, name: &str, row: usize) -> Result<Option<f64>> {
    let score = columns.number(name, row)?;
    let is_overlap = matches!(kind, CaseKind::Scores("dice" | "iou"));
    match score.filter(|score| is_overlap && !(0.0..=1.0).contains(score)) {
        Some(score) => {
            Err(columns.cell_error(name, row, format!("expected a fraction in [0, 1], found '{score}'")))
        }
        None => Ok(score),
    }
}

/// The columns that hold one model's scores each; empty when a column `score` holds them all.
fn side_by_side(columns: &Columns, score: &str, options: &CaseOptions) -> Result<Vec<String>> {
    if !options.models.is_empty() {
        for model in &options.models {
            columns.require(model)?;
        }
        return Ok(options.models.clone());
    }
    if columns.has(score) {
        columns.require(column::MODEL)?;
        return Ok(Vec::new());
    }
    let ours = [
        column::CASE_ID,
        column::GROUP_ID,
        column::LABEL,
        column::TARGET,
        column::TASK,
        column::SEED,
        column::MODEL,
    ];
    let found = columns.numeric_but(&ours);
    if found.is_empty() || columns.has(column::MODEL) {
        let all = columns.names();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        return Err(Error::column(
            columns.place(),
            format!(
                "no column '{score}'; the columns are {}; hint: --columns {score}=THEIRS, or --models A,B for one column a model",
                listed(&all)
            ),
        ));
    }
    Ok(found)
}

/// The positive target that was named is there.
fn check_positive(columns: &Columns, kind: CaseKind<'_>, options: &CaseOptions) -> Result<()> {
    let Some(positive) = options.positive.as_deref().filter(|_| kind == CaseKind::Predictions) else {
        return Ok(());
    };
    let mut found = std::collections::BTreeSet::new();
    for row in 0..columns.height() {
        match columns.text(column::TARGET, row) {
            Some(text) if text == positive => return Ok(()),
            Some(text) if found.len() < 8 => drop(found.insert(text.into_owned())),
            _ => {}
        }
    }
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    Err(Error::column(
        columns.place(),
        format!("no target is '{positive}' (--positive); there are {}", listed(&found)),
    ))
}

/// True for positive, false for negative, `None` for unknown (missing, or CheXpert's uncertain -1).
fn target_of(
    columns: &Columns,
    kind: CaseKind<'_>,
    row: usize,
    options: &CaseOptions,
) -> Result<Option<bool>> {
    if kind != CaseKind::Predictions {
        return Ok(None);
    }
    let Some(text) = columns.text(column::TARGET, row) else { return Ok(None) };
    truth_of(&text, options.positive.as_deref())
        .map_err(|reason| columns.cell_error(column::TARGET, row, reason))
}

/// The truth that a cell's text tells, or what is wrong with it.
fn truth_of(text: &str, positive: Option<&str>) -> Result<Option<bool>, String> {
    if let Some(positive) = positive {
        return Ok((!text.is_empty()).then_some(text == positive));
    }
    match text {
        "1" | "1.0" | "true" | "True" | "TRUE" => Ok(Some(true)),
        "0" | "0.0" | "false" | "False" | "FALSE" => Ok(Some(false)),
        "" | "-1" | "-1.0" | "nan" | "NaN" | "NA" | "null" => Ok(None),
        other => Err(format!(
            "expected 0 or 1, found '{other}'; hint: say which target is the positive one with --positive NAME"
        )),
    }
}
