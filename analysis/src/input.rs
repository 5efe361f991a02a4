//! Results of anybody: a store, CSV, Parquet, `MLflow`, `TensorBoard`, to groups of one model on one task and metric.
//!
//! Comes in: a path and what its columns mean. Goes out: [`Results`], sorted, with warnings. Every complaint names the
//! file, the row and the column. Computes no statistic.

mod cases;
mod csv;
mod drops;
mod group;
pub mod import;
mod marks;
mod mlflow;
mod names;
mod raw;
mod rows;
mod sheet;
mod tensorboard;
mod tfrecord;
mod tracked;
mod unit;
mod wide;

use std::path::Path;

use crate::column;
use crate::error::{Result, listed};
use crate::record::{PublishedRow, RunRow};
use crate::store::{Store, is_store};
use group::{Grouping, Key, Observation};
use raw::Raw;

pub use cases::{
    CaseBook, CaseKind, CaseOptions, CaseRun, LabelScores, RunKey, RunScores, each_run, read_cases,
};
pub use drops::Dropped;
pub use marks::{digitised, printed, read_marks};
pub use unit::Unit;

/// What the columns of a file mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// (ours, theirs): our column `model` is called `experiment` in the file.
    pub columns: Vec<(String, String)>,
    /// Values are percentages: they are divided by 100.
    pub percent: bool,
    /// Number of runs behind summary rows (mean, sd) that do not say it themselves.
    pub n: Option<i64>,
    /// Divisor n - ddof behind the sd of summary rows that do not say it themselves; 1 if not given.
    pub ddof: Option<i64>,
    /// (column, value): only rows with this value are read; all filters hold together.
    pub filters: Vec<(String, String)>,
    /// The headers of a wide table are models, or tasks.
    pub wide: Option<Wide>,
    /// The metric to read where there are several: of a tracker, of a file's column `metric`, or a column of that name.
    pub metric: Option<String>,
    /// The step of a tracker's metric that is the run's value.
    pub step: Step,
}

/// What the headers of a wide table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wide {
    /// A row a task, a column a model.
    Models,
    /// A row a model, a column a task.
    Tasks,
}

/// Which of a metric's logged steps is the value of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Step {
    /// The highest step; of several values at it, the one logged last.
    #[default]
    Last,
    /// The largest value.
    Max,
    /// This step.
    At(i64),
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Last => f.write_str("last"),
            Self::Max => f.write_str("max"),
            Self::At(step) => write!(f, "{step}"),
        }
    }
}

/// One model on one task and metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The task.
    pub task: String,
    /// The metric; "value" where the file names none.
    pub metric: String,
    /// The model.
    pub model: String,
    /// Its family; empty where unknown.
    pub family: String,
    /// Data the weights saw before; empty for none or unknown.
    pub pretrained_on: String,
    /// What was measured.
    pub spread: Spread,
}

/// What is known of a group: values of single runs, or their printed summary.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// Values of single runs, fractions in [0, 1], sorted by seed, then value.
    Values {
        /// The seed of each value, where known.
        seeds: Vec<Option<i64>>,
        /// The values that are there.
        values: Vec<f64>,
        /// Runs without a value.
        n_missing: usize,
    },
    /// Mean and standard deviation as printed, fractions.
    Summary {
        /// Mean over runs.
        mean: f64,
        /// Standard deviation over runs with divisor n - ddof.
        sd: Option<f64>,
        /// Runs.
        n: Option<i64>,
        /// 0 or 1.
        ddof: i64,
        /// Digits after the point of the printed percent value.
        decimals: Option<i64>,
    },
}

/// What a file or store holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Results {
    /// Sorted by task, metric, model.
    pub groups: Vec<Group>,
    /// What a reader of the results should know: missing values, mixed families.
    pub warnings: Vec<String>,
    /// What the source holds and the groups do not, and why.
    pub dropped: Vec<Dropped>,
    /// What the values of a group repeat, as the names of the columns tell.
    pub unit: Unit,
}

/// Reads results by what is there: a store (a folder with `runs/`), a `.csv` (`.tsv`, `.txt`) or `.parquet` file, an
/// `MLflow` folder, `TensorBoard` event files (one, or a tree with a folder a run).
///
/// A file needs the columns model, task and either value (a row a run; seed and metric optional) or mean and sd (a row a
/// model and task; n, ddof, decimals optional; `std` is read as sd). family and pretrained_on are kept when there. A
/// tracker's run is a row with the columns `params.*`, `tags.*`, `experiment` (`MLflow`) or `path.0`, `path.1`, ...
/// (`TensorBoard`). A name that `options.columns` maps to is a column, or its place from 1, or `=TEXT` for a constant.
///
/// # Errors
/// One that names the file and, where it applies, row and column: a missing column, text among numbers, a value outside
/// [0, 1], the same run twice, summary rows without n, a damaged event file, several metrics and none chosen.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Results> {
    if path.is_dir() && is_store(path) {
        return read_store(path, options);
    }
    let raw = Raw::read(path, options)?;
    if raw.has(column::VALUE) { rows::values(raw) } else { rows::summaries(raw, options) }
}

/// The runs of a store; filters and the metric choose among them.
fn read_store(path: &Path, options: &ReadOptions) -> Result<Results> {
    let table = crate::table::Tidy::from_runs(&Store::open(path)?.runs()?);
    let mut sheet = sheet::Sheet::of_runs(path, table);
    let filters = options
        .filters
        .iter()
        .map(|(name, wanted)| (name.as_str(), wanted, format!("--where {name}={wanted}")));
    let metric = options.metric.iter().map(|metric| (column::METRIC, metric, format!("--metric {metric}")));
    for (name, wanted, option) in filters.chain(metric) {
        sheet.keep(name, wanted, &option)?;
    }
    let rows: Vec<RunRow> = crate::table::Row::from_tidy(&sheet.table)?;
    let mut results = from_runs(&rows);
    let missing = rows.iter().filter(|row| row.value.is_none()).collect::<Vec<_>>();
    let example = missing.first().map(|row| format!("run {}", row.run_id)).unwrap_or_default();
    sheet.drops.add(rows::NO_VALUE, missing.len(), &example);
    results.dropped = sheet.drops.finish();
    if results.groups.is_empty() {
        results.warnings.push(format!("{}: the store holds no finished run", path.display()));
    }
    Ok(results)
}

/// Reads a published table: columns source, model, task, metric, mean, sd (or `std`) and, where there, family,
/// pretrained_on, n, ddof, decimals. Rows are sorted by source, task, metric, model.
///
/// # Errors
/// As [`read`]; n may be missing.
pub fn read_published(path: &Path, options: &ReadOptions) -> Result<Vec<PublishedRow>> {
    let raw = Raw::read(path, options)?;
    raw.require(&[column::SOURCE, column::MODEL, column::TASK, column::MEAN])?;
    let mut rows = Vec::new();
    for row in 0..raw.height() {
        let key = raw.key(row)?;
        let Some(mean) = raw.fraction(column::MEAN, row)? else {
            return Err(raw.cell_error(column::MEAN, row, "a mean is missing"));
        };
        rows.push(PublishedRow {
            source: raw.name(column::SOURCE, row)?,
            model: key.model,
            family: raw.text(column::FAMILY, row).unwrap_or_default(),
            pretrained_on: raw.text(column::PRETRAINED_ON, row).unwrap_or_default(),
            task: key.task,
            metric: key.metric,
            mean,
            sd: raw.spread(row)?,
            n: raw.count(row)?.or(options.n),
            ddof: raw.ddof(row)?.or(options.ddof).unwrap_or(1),
            decimals: raw.decimals(row)?.unwrap_or(2),
        });
    }
    let key =
        |row: &PublishedRow| (row.source.clone(), row.task.clone(), row.metric.clone(), row.model.clone());
    rows.sort_by_key(key);
    Ok(rows)
}

/// Groups the runs of a store. The same model, task, metric and seed twice (from two experiments) is a warning: such runs
/// are counted, but they are not further seeds.
pub fn from_runs(rows: &[RunRow]) -> Results {
    let mut grouping = Grouping::default();
    for row in rows {
        let key = Key { task: row.task.clone(), metric: row.metric.clone(), model: row.model.clone() };
        let observation =
            Observation { seed: Some(row.seed), value: row.value.filter(|value| value.is_finite()) };
        if let Some(first) = grouping.add(key.clone(), observation, format!("run {}", row.run_id)) {
            grouping.warn(format!(
                "{first} and run {} are both {key} with seed {}: counted twice, though not independent",
                row.run_id, row.seed
            ));
        }
        grouping.describe(&key, &row.family, &row.pretrained_on);
    }
    Results { unit: Unit::Seed, ..grouping.finish() }
}

/// Groups the rows of one source of a published table. `n` and `ddof` are the assumption for rows that state no n; rows
/// that do keep their own n and ddof.
pub fn from_published(rows: &[PublishedRow], source: &str, n: i64, ddof: i64) -> Results {
    let mut results = Results::default();
    for row in rows.iter().filter(|row| row.source == source) {
        let (n, ddof) = row.n.map_or((n, ddof), |n| (n, row.ddof));
        let decimals = Some(row.decimals);
        results.groups.push(Group {
            task: row.task.clone(),
            metric: row.metric.clone(),
            model: row.model.clone(),
            family: row.family.clone(),
            pretrained_on: row.pretrained_on.clone(),
            spread: Spread::Summary { mean: row.mean, sd: row.sd, n: Some(n), ddof, decimals },
        });
    }
    if results.groups.is_empty() {
        let mut sources: Vec<&str> = rows.iter().map(|row| row.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        results
            .warnings
            .push(format!("no published row of source '{source}'; the sources are {}", listed(&sources)));
    }
    group::sort(&mut results.groups);
    results.groups.dedup_by(|later, first| {
        let same = (&later.task, &later.metric, &later.model) == (&first.task, &first.metric, &first.model);
        if same {
            let of = format!("{} on {} ({})", first.model, first.task, first.metric);
            results.warnings.push(format!("source '{source}' holds {of} twice: only the first is used"));
        }
        same
    });
    results
}
