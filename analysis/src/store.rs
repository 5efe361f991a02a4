//! The results store: a folder with `runs/`, `epochs/`, `predictions/` and `masks/`, one Parquet file a run in each.
//!
//! Comes in: the record of one finished run. Goes out: the tables of all finished runs, sorted. `runs/<run_id>.parquet`
//! is written last and is the mark that a run is done: files of a run without it are not read. Computes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use polars::prelude::{Column as PolarsColumn, DataFrame, SortMultipleOptions};

use crate::error::{At, Error, Result, listed};
use crate::record::{EpochRow, MaskRow, PredictionRow, RunRecord, RunRow};
use crate::table::{Kind, Row, Tidy, kind_of, parquet_bytes, read_parquet};

/// A results folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

/// The tables in the order they are written: the done marker last.
const TABLES: [&str; 4] = [EpochRow::TABLE, PredictionRow::TABLE, MaskRow::TABLE, RunRow::TABLE];

impl Store {
    /// Makes the folders of a store, or opens the one that is there.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn create(root: &Path) -> Result<Self> {
        for table in TABLES {
            let folder = root.join(table);
            std::fs::create_dir_all(&folder).at("create", &folder)?;
        }
        Ok(Self { root: root.to_path_buf() })
    }

    /// Opens a store.
    ///
    /// # Errors
    /// When `root` is not a folder with a `runs` folder in it.
    pub fn open(root: &Path) -> Result<Self> {
        if is_store(root) {
            return Ok(Self { root: root.to_path_buf() });
        }
        let reason = if !root.exists() {
            "no such folder; expected a results store"
        } else if !root.is_dir() {
            "not a folder; expected a results store"
        } else {
            "not a results store: it has no folder 'runs'"
        };
        Err(Error::file(root, reason))
    }

    /// The store's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// True when the run is done: all of its tables are there.
    pub fn contains(&self, run_id: &str) -> bool {
        valid_run_id(run_id) && self.file(RunRow::TABLE, run_id).is_file()
    }

    /// Writes one run: its epochs, predictions and masks, and last its row in `runs/`. A table without rows gets no
    /// file. A run that is there already is replaced; a crash in between leaves it undone, never half done.
    ///
    /// # Errors
    /// When the record has no run row, mixes run ids, repeats a metric, has a run id that is no file name, or a file
    /// cannot be written.
    pub fn write_run(&self, record: &RunRecord) -> Result<()> {
        let run_id = checked_run_id(record)?;
        // The mark goes first and comes last: what is between is not read.
        remove_if_there(&self.file(RunRow::TABLE, run_id))?;
        self.write_table(run_id, &record.epochs)?;
        self.write_table(run_id, &record.predictions)?;
        self.write_table(run_id, &record.masks)?;
        self.write_table(run_id, &record.runs)
    }

    /// All finished runs, sorted by experiment, task, metric, model, seed, run id.
    ///
    /// # Errors
    /// As [`Store::frame`], or when a cell is null that must not be.
    pub fn runs(&self) -> Result<Vec<RunRow>> {
        self.rows()
    }

    /// The epochs of all finished runs, sorted by run id, epoch, split, metric.
    ///
    /// # Errors
    /// As [`Store::runs`].
    pub fn epochs(&self) -> Result<Vec<EpochRow>> {
        self.rows()
    }

    /// The predictions of all finished runs, sorted by run id, case id, label.
    ///
    /// # Errors
    /// As [`Store::runs`].
    pub fn predictions(&self) -> Result<Vec<PredictionRow>> {
        self.rows()
    }

    /// The masks of all finished runs, sorted by run id, case id.
    ///
    /// # Errors
    /// As [`Store::runs`].
    pub fn masks(&self) -> Result<Vec<MaskRow>> {
        self.rows()
    }

    /// One table ("runs", "epochs", "predictions", "masks") of all finished runs as one frame, sorted as its row
    /// method says; empty but typed when there are no runs.
    ///
    /// # Errors
    /// When there is no such table, or a file is not Parquet or lacks a column: the error names file and column.
    pub fn frame(&self, table: &str) -> Result<DataFrame> {
        match table {
            RunRow::TABLE => self.frame_of::<RunRow>(),
            EpochRow::TABLE => self.frame_of::<EpochRow>(),
            PredictionRow::TABLE => self.frame_of::<PredictionRow>(),
            MaskRow::TABLE => self.frame_of::<MaskRow>(),
            other => {
                let hint = listed(&[RunRow::TABLE, EpochRow::TABLE, PredictionRow::TABLE, MaskRow::TABLE]);
                Err(Error::argument(format!("no table '{other}' in a store; the tables are {hint}")))
            }
        }
    }

    fn rows<R: Row>(&self) -> Result<Vec<R>> {
        R::from_tidy(&Tidy::from_frame(&self.frame_of::<R>()?)?)
    }

    fn frame_of<R: Row>(&self) -> Result<DataFrame> {
        let failed = |error| Error::frame(format!("join the files of table '{}'", R::TABLE), &error);
        let mut all = R::to_tidy(&[]).to_frame()?;
        for run_id in self.run_ids()? {
            let path = self.file(R::TABLE, &run_id);
            if path.is_file() {
                all.vstack_mut_owned(typed::<R>(&read_parquet(&path)?, &path)?).map_err(failed)?;
            }
        }
        all.rechunk_mut();
        if R::SORT.first() == Some(&crate::column::RUN_ID) {
            // Each file was sorted when it was written, and the files were read in order of run id.
            return Ok(all);
        }
        all.sort(R::SORT, sort_options()).map_err(failed)
    }

    /// The finished runs, sorted. Temporary files and other strangers are passed over.
    fn run_ids(&self) -> Result<BTreeSet<String>> {
        let folder = self.root.join(RunRow::TABLE);
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(&folder).at("read", &folder)? {
            let name = entry.at("read", &folder)?.file_name();
            let run_id = name.to_str().and_then(|name| name.strip_suffix(".parquet"));
            found.extend(run_id.filter(|run_id| valid_run_id(run_id)).map(str::to_owned));
        }
        Ok(found)
    }

    fn write_table<R: Row>(&self, run_id: &str, rows: &[R]) -> Result<()> {
        let path = self.file(R::TABLE, run_id);
        if rows.is_empty() {
            // A file that an earlier, killed attempt left would be taken for this run's.
            return remove_if_there(&path);
        }
        let folder = self.root.join(R::TABLE);
        std::fs::create_dir_all(&folder).at("create", &folder)?;
        let frame = R::to_tidy(rows).to_frame()?;
        let sorted =
            frame.sort(R::SORT, sort_options()).map_err(|error| Error::frame("sort a run's rows", &error))?;
        crate::atomic::write(&path, &parquet_bytes(sorted)?).at("write", &path)
    }

    /// The file of a finished run in one table; `None` when the run has no rows there.
    pub(crate) fn file_of(&self, table: &str, run_id: &str) -> Option<PathBuf> {
        Some(self.file(table, run_id)).filter(|path| path.is_file())
    }

    fn file(&self, table: &str, run_id: &str) -> PathBuf {
        self.root.join(table).join(format!("{run_id}.parquet"))
    }
}

/// True when `path` looks like a store: a folder with `runs/` in it.
pub(crate) fn is_store(path: &Path) -> bool {
    path.join(RunRow::TABLE).is_dir()
}

/// The columns of `R` from a file's frame, in order and of the right types; further columns are passed over.
fn typed<R: Row>(frame: &DataFrame, path: &Path) -> Result<DataFrame> {
    let place = path.display().to_string();
    let columns: Vec<PolarsColumn> = R::FIELDS
        .iter()
        .map(|(name, kind)| {
            let column = frame.column(name).map_err(|_| {
                let found: Vec<&str> = frame.get_column_names().iter().map(|name| name.as_str()).collect();
                Error::column(&place, format!("no column '{name}'; the columns are {}", listed(&found)))
            })?;
            let fits = kind_of(column.dtype()).is_some_and(|found| {
                found == *kind
                    || (found == Kind::Int && *kind == Kind::Float)
                    || column.null_count() == column.len()
            });
            let wrong = || {
                let reason = format!("column '{name}' holds {}, expected {}", column.dtype(), kind.name());
                Error::column(&place, reason)
            };
            if fits { column.strict_cast(&kind.dtype()).map_err(|_| wrong()) } else { Err(wrong()) }
        })
        .collect::<Result<_>>()?;
    DataFrame::new(frame.height(), columns).map_err(|error| Error::frame(format!("read {place}"), &error))
}

/// A run id is a file name on every system: letters, digits, `-`, `_`, `.`; no dot first, at most 200 letters.
fn valid_run_id(run_id: &str) -> bool {
    !run_id.is_empty()
        && run_id.len() <= 200
        && !run_id.starts_with('.')
        && run_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// The one run id of a record.
fn checked_run_id(record: &RunRecord) -> Result<&str> {
    let Some(first) = record.runs.first() else {
        return Err(Error::argument(
            "a run record without a row for 'runs': nothing says that the run is done",
        ));
    };
    let run_id = first.run_id.as_str();
    if !valid_run_id(run_id) {
        return Err(Error::argument(format!(
            "run id '{run_id}' cannot name a file: use letters, digits, '-', '_' and '.', at most 200 and no dot first"
        )));
    }
    let mut others = (record.runs.iter().map(|row| &row.run_id))
        .chain(record.epochs.iter().map(|row| &row.run_id))
        .chain(record.predictions.iter().map(|row| &row.run_id))
        .chain(record.masks.iter().map(|row| &row.run_id));
    if let Some(other) = others.find(|other| *other != run_id) {
        return Err(Error::argument(format!("a record of run '{run_id}' holds a row of run '{other}'")));
    }
    let metrics: BTreeSet<&str> = record.runs.iter().map(|row| row.metric.as_str()).collect();
    if metrics.len() < record.runs.len() {
        return Err(Error::argument(format!("a record of run '{run_id}' holds one metric twice")));
    }
    Ok(run_id)
}

/// Equal keys keep their order, so that the same rows always give the same bytes.
fn sort_options() -> SortMultipleOptions {
    SortMultipleOptions::default().with_maintain_order(true)
}

fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at("replace", path),
        _ => Ok(()),
    }
}
