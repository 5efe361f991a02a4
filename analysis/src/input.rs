//! Results of anybody: a store, a CSV or a Parquet file, to groups of one model on one task and metric.
//!
//! Comes in: a path and what its columns mean. Goes out: [`Results`], sorted, with warnings. Every complaint names the
//! file, the row and the column. Computes no statistic.

mod cases;
mod csv;
mod group;
mod marks;
mod raw;

use std::path::Path;

use crate::column;
use crate::error::{Error, Result, listed};
use crate::record::{PublishedRow, RunRow};
use crate::store::{Store, is_store};
use group::{Grouping, Key, Observation};
use raw::Raw;

pub use marks::{printed, read_marks};

pub use cases::{
    CaseBook, CaseKind, CaseOptions, CaseRun, LabelScores, RunKey, RunScores, each_run, read_cases,
};

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
}

/// Reads results by what is there: a store (a folder with `runs/`), a `.csv` (`.tsv`, `.txt`) or a `.parquet` file.
///
/// A file needs the columns model, task and either value (a row a run; seed and metric optional) or mean and sd (a row a
/// model and task; n, ddof, decimals optional; `std` is read as sd). family and pretrained_on are kept when there.
///
/// # Errors
/// One that names the file and, where it applies, row and column: a missing column, text among numbers, a value outside
/// [0, 1], the same run twice, summary rows without n.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Results> {
    if path.is_dir() {
        if is_store(path) {
            let mut results = from_runs(&Store::open(path)?.runs()?);
            if results.groups.is_empty() {
                results.warnings.push(format!("{}: the store holds no finished run", path.display()));
            }
            return Ok(results);
        }
        let reason =
            "not a results store: it has no folder 'runs'; expected a store, a .csv or a .parquet file";
        return Err(Error::file(path, reason));
    }
    let raw = Raw::read(path, options)?;
    if raw.has(column::VALUE) { read_values(&raw) } else { read_summaries(&raw, options) }
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
    grouping.finish()
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

/// A row a run.
fn read_values(raw: &Raw) -> Result<Results> {
    raw.require(&[column::MODEL, column::TASK, column::VALUE])?;
    let mut grouping = Grouping::default();
    for row in 0..raw.height() {
        let key = raw.key(row)?;
        let observation =
            Observation { seed: raw.whole(column::SEED, row)?, value: raw.fraction(column::VALUE, row)? };
        let seed = observation.seed;
        if let Some(first) = grouping.add(key.clone(), observation, raw.label(row)) {
            return Err(Error::Duplicate {
                place: raw.place().to_owned(),
                first,
                second: raw.label(row),
                key: format!("{key} with seed {}", seed.unwrap_or_default()),
                hint: "each run may stand once: remove one, or name the metric's column with --columns metric=..."
                    .to_owned(),
            });
        }
        let text = |name| raw.text(name, row).unwrap_or_default();
        grouping.describe(&key, &text(column::FAMILY), &text(column::PRETRAINED_ON));
    }
    let mut results = grouping.finish();
    results.warnings.extend(raw.warnings());
    Ok(results)
}

/// A row a model and task: mean and sd.
fn read_summaries(raw: &Raw, options: &ReadOptions) -> Result<Results> {
    raw.require(&[column::MODEL, column::TASK])?;
    if !raw.has(column::MEAN) {
        let hint = "hint: name it with --columns value=THEIRS";
        return Err(raw.missing(&format!("'{}' (nor 'mean' and 'sd')", column::VALUE), hint));
    }
    if !raw.has(column::N) && options.n.is_none() {
        let hint = "rows of mean and sd need the number of runs behind them; hint: add the column, or state it with --n";
        return Err(raw.missing("'n'", hint));
    }
    let mut groups = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    let mut warnings = raw.warnings();
    let mut overridden = 0;
    for row in 0..raw.height() {
        let key = raw.key(row)?;
        if let Some(first) = seen.insert(key.clone(), row) {
            return Err(raw.duplicate_summary(&key, first, row));
        }
        let Some(mean) = raw.fraction(column::MEAN, row)? else {
            warnings.push(format!("{key} is missing"));
            continue;
        };
        let stated = raw.count(row)?;
        overridden += usize::from(stated.is_some() && options.n.is_some() && stated != options.n);
        let text = |name| raw.text(name, row).unwrap_or_default();
        groups.push(Group {
            task: key.task,
            metric: key.metric,
            model: key.model,
            family: text(column::FAMILY),
            pretrained_on: text(column::PRETRAINED_ON),
            spread: Spread::Summary {
                mean,
                sd: raw.spread(row)?,
                n: stated.or(options.n),
                ddof: raw.ddof(row)?.or(options.ddof).unwrap_or(1),
                decimals: raw.decimals(row)?,
            },
        });
    }
    if overridden > 0 {
        warnings.push(format!("{overridden} rows state another n than --n and keep their own"));
    }
    group::sort(&mut groups);
    Ok(Results { groups, warnings })
}
