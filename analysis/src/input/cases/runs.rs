//! Predictions run by run: every run's scores are handed over as soon as its last row is read, and then forgotten.
//!
//! Comes in: a store, a CSV or a Parquet file, as for [`super::read_cases`]. Goes out: what a caller makes of the scores
//! of each run, label by label. Cases are counted, not named: that two runs share their cases is not looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::columns::Columns;
use super::slices::{Cells, Segments, Slices};
use super::{CaseKind, CaseOptions, side_by_side, target_of};
use crate::column;
use crate::error::{Error, Result};
use crate::record::RunRow;
use crate::store::{Store, is_store};

/// Rows that are read at once: two row groups as Polars writes them.
const ROWS: usize = 1 << 19;

/// Which run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunKey {
    /// The task; empty where the file names none.
    pub task: String,
    /// The model.
    pub model: String,
    /// Its training seed, where known.
    pub seed: Option<i64>,
    /// Name of the run, where known.
    pub run_id: Option<String>,
}

/// The scores of one run on one label, in the order of the rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LabelScores {
    /// `scores[case]`: cases with a score and a known truth; none is NaN.
    pub scores: Vec<f64>,
    /// `targets[case]`: true for positive.
    pub targets: Vec<bool>,
    /// Cases without a score, or with NaN for one: they are not in `scores`.
    pub n_missing: usize,
    /// Cases with a score whose truth is unknown: they are not in `scores`.
    pub n_unknown: usize,
}

impl LabelScores {
    fn push(&mut self, target: Option<bool>, score: f64) {
        match target {
            _ if score.is_nan() => self.n_missing += 1,
            None => self.n_unknown += 1,
            Some(target) => {
                self.scores.push(score);
                self.targets.push(target);
            }
        }
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunScores {
    /// Which.
    pub key: RunKey,
    /// Its labels, sorted; one, named "score", where the file has none.
    pub labels: Vec<(String, LabelScores)>,
}

/// Calls `finish` with every run and returns what it made of them, sorted by run; several at once.
///
/// A run is finished at its last row, wherever that is. So a file that is sorted by run, and a store, take the memory of
/// a few runs; a file in any other order takes some 30 bytes a row.
///
/// # Errors
/// As [`super::read_cases`]; but a case that stands twice in a run is not noticed, since cases are not named.
pub fn each_run<T: Send>(
    path: &Path,
    options: &CaseOptions,
    finish: impl Fn(RunScores) -> T + Sync,
) -> Result<Vec<T>> {
    let mut found = if path.is_dir() {
        of_store(path, options, &finish)?
    } else {
        let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        let is_parquet = matches!(extension.as_deref(), Some("parquet" | "pq"));
        match if is_parquet { Slices::open(path, options)? } else { None } {
            Some(slices) if slices.has(column::MODEL) => of_slices(&slices, options, &finish)?,
            _ => of_rows(&Columns::read(path, &options.columns)?, options, &finish)?,
        }
    };
    if found.is_empty() {
        return Err(Error::file(path, format!("there is no prediction{}", options.described())));
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found.into_iter().map(|(_, made)| made).collect())
}

fn of_store<T: Send>(
    path: &Path,
    options: &CaseOptions,
    finish: &(impl Fn(RunScores) -> T + Sync),
) -> Result<Vec<(RunKey, T)>> {
    if !is_store(path) {
        return Err(Error::file(path, "not a results store: it has no folder 'runs'"));
    }
    let store = Store::open(path)?;
    let mut runs: Vec<RunRow> = store.runs()?;
    runs.sort_by(|a, b| a.run_id.cmp(&b.run_id));
    runs.dedup_by(|a, b| a.run_id == b.run_id);
    let files: Vec<(PathBuf, RunKey)> = runs
        .into_iter()
        .filter_map(|run| {
            let file = store.file_of("predictions", &run.run_id)?;
            let key =
                RunKey { task: run.task, model: run.model, seed: Some(run.seed), run_id: Some(run.run_id) };
            options.wants(&key.task, key.seed).then_some((file, key))
        })
        .collect();
    let plain = CaseOptions { positive: options.positive.clone(), ..CaseOptions::default() };
    in_turns(&files, |(file, key)| {
        let mut run = Open::default();
        match Slices::open(file, &plain)? {
            Some(slices) => {
                for start in (0..slices.n_rows).step_by(ROWS) {
                    let cells = slices.cells(start..slices.n_rows.min(start + ROWS))?;
                    run.extend(&cells, 0..cells.scores.len());
                }
            }
            None => {
                let reason = "its columns are not those of a store: label, target, score";
                return Err(Error::file(file, reason));
            }
        }
        Ok((key.clone(), finish(run.close(key.clone()))))
    })
}

/// `work` on all of `items`, as many at once as there are threads.
///
/// Polars has threads of its own. One of ours that waits for them takes up further work, were there any: all files would
/// be open at once.
fn in_turns<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> Result<T> + Sync) -> Result<Vec<T>> {
    let mut done = Vec::with_capacity(items.len());
    for some in items.chunks(rayon::current_num_threads()) {
        done.extend(some.par_iter().map(&work).collect::<Result<Vec<T>>>()?);
    }
    Ok(done)
}

/// Two passes: the first finds each run's rows, so that the second knows when a run is complete.
fn of_slices<T: Send>(
    slices: &Slices<'_>,
    options: &CaseOptions,
    finish: &(impl Fn(RunScores) -> T + Sync),
) -> Result<Vec<(RunKey, T)>> {
    let starts: Vec<usize> = (0..slices.n_rows).step_by(ROWS).collect();
    let rows_from = |start: usize| start..slices.n_rows.min(start + ROWS);
    let mut rows = Rows::default();
    for some in starts.chunks(rayon::current_num_threads()) {
        let segments = in_turns(some, |start| slices.segments(rows_from(*start)))?;
        segments.into_iter().for_each(|segments| rows.add(segments));
    }
    let mut keys = rows.keys(options);
    let Rows { mut left, ends, .. } = rows;
    let mut open: Vec<Open> = keys.iter().map(|_| Open::default()).collect();
    let mut ends = ends.into_iter().peekable();
    let mut found = Vec::new();
    let mut next = starts.first().map(|start| slices.cells(rows_from(*start)));
    for (idx, start) in starts.iter().copied().enumerate() {
        let Some(cells) = next.take() else { break };
        let cells = cells?;
        let last = start + cells.scores.len();
        let mut complete = Vec::new();
        let take = || {
            let mut row = start;
            while let Some((run, end)) = ends.peek().copied().filter(|_| row < last) {
                let (number, until) = (run as usize, last.min(end as usize));
                if keys[number].is_some() {
                    open[number].extend(&cells, row - start..until - start);
                    left[number] -= until - row;
                    if left[number] == 0 {
                        let run = std::mem::take(&mut open[number]);
                        complete.extend(keys[number].take().map(|key| (key, run)));
                    }
                }
                row = until;
                if until == end as usize {
                    ends.next();
                }
            }
            found
                .par_extend(complete.into_par_iter().map(|(key, run)| (key.clone(), finish(run.close(key)))));
        };
        // The next rows are decoded while these are sorted out.
        let following = starts.get(idx + 1).map(|start| rows_from(*start));
        ((), next) = rayon::join(take, || following.map(|rows| slices.cells(rows)));
    }
    Ok(found)
}

/// Which rows of a file are whose.
#[derive(Debug, Default)]
struct Rows {
    numbers: BTreeMap<RunKey, u32>,
    /// `left[run]`: how many rows it has.
    left: Vec<usize>,
    /// (run, row after its last), ascending: 8 bytes for a change of run. Polars numbers rows in 32 bits too.
    ends: Vec<(u32, u32)>,
}

impl Rows {
    /// Adds the segments that follow those added before.
    fn add(&mut self, segments: Segments) {
        let mut places = Vec::with_capacity(segments.keys.len());
        for key in segments.keys {
            let next = self.left.len() as u32;
            let number = *self.numbers.entry(key).or_insert(next);
            if number == next {
                self.left.push(0);
            }
            places.push(number);
        }
        for (key, end) in segments.ends {
            let (run, end) = (places[key as usize], end as u32);
            let start = self.ends.last().map_or(0, |(_, end)| *end);
            self.left[run as usize] += (end - start) as usize;
            match self.ends.last_mut() {
                Some(last) if last.0 == run => last.1 = end,
                _ => self.ends.push((run, end)),
            }
        }
    }

    /// `keys[run]`; `None` for a run that is not asked for.
    fn keys(&mut self, options: &CaseOptions) -> Vec<Option<RunKey>> {
        let mut keys = vec![None; self.left.len()];
        for (key, number) in std::mem::take(&mut self.numbers) {
            let wanted = options.wants(&key.task, key.seed);
            keys[number as usize] = wanted.then_some(key);
        }
        keys
    }
}

/// A file whose cells are all there: CSV, or a layout that slices do not read.
fn of_rows<T: Send>(
    columns: &Columns,
    options: &CaseOptions,
    finish: &(impl Fn(RunScores) -> T + Sync),
) -> Result<Vec<(RunKey, T)>> {
    columns.require(column::TARGET)?;
    let side_by_side = side_by_side(columns, column::SCORE, options)?;
    let mut runs: BTreeMap<RunKey, Open> = BTreeMap::new();
    for row in 0..columns.height() {
        let task = columns.text(column::TASK, row).unwrap_or_default();
        let seed = columns.whole(column::SEED, row)?;
        if !options.wants(&task, seed) {
            continue;
        }
        let run_id = columns.text(column::RUN_ID, row);
        let label = columns.text(column::LABEL, row);
        let target = target_of(columns, CaseKind::Predictions, row, options)?;
        let mut add = |model: &str, score: Option<f64>| {
            let key = RunKey {
                task: task.clone().into_owned(),
                model: model.to_owned(),
                seed,
                run_id: run_id.clone().map(std::borrow::Cow::into_owned),
            };
            let label = label.as_deref().unwrap_or(column::SCORE);
            runs.entry(key).or_default().label(label).push(target, score.unwrap_or(f64::NAN));
        };
        for model in &side_by_side {
            add(model, columns.number(model, row)?);
        }
        if side_by_side.is_empty() {
            let model = columns.text(column::MODEL, row);
            let model =
                model.ok_or_else(|| columns.cell_error(column::MODEL, row, "the model is missing"))?;
            add(&model, columns.number(column::SCORE, row)?);
        }
    }
    let runs: Vec<(RunKey, Open)> = runs.into_iter().collect();
    Ok(runs.into_par_iter().map(|(key, run)| (key.clone(), finish(run.close(key)))).collect())
}

/// A run under construction.
#[derive(Debug, Default)]
struct Open {
    names: Vec<String>,
    labels: Vec<LabelScores>,
}

impl Open {
    fn number(&mut self, label: &str) -> usize {
        if let Some(number) = self.names.iter().position(|name| name == label) {
            return number;
        }
        self.names.push(label.to_owned());
        self.labels.push(LabelScores::default());
        self.names.len() - 1
    }

    fn label(&mut self, label: &str) -> &mut LabelScores {
        let number = self.number(label);
        &mut self.labels[number]
    }

    fn extend(&mut self, cells: &Cells, rows: std::ops::Range<usize>) {
        let mut places: Vec<usize> = vec![usize::MAX; cells.labels.len()];
        for row in rows {
            let label = cells.label_of[row] as usize;
            if places[label] == usize::MAX {
                places[label] = self.number(&cells.labels[label]);
            }
            self.labels[places[label]].push(cells.targets[row], cells.scores[row]);
        }
    }

    fn close(self, key: RunKey) -> RunScores {
        let mut labels: Vec<(String, LabelScores)> = self.names.into_iter().zip(self.labels).collect();
        labels.sort_by(|(a, _), (b, _)| a.cmp(b));
        RunScores { key, labels }
    }
}
