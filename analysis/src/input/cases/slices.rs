//! A Parquet file of predictions, some rows at a time: a file of 45 million rows is read in the memory of half a million.
//!
//! Comes in: a file and a range of its rows. Goes out: whose rows they are, or their labels, truths and scores as
//! numbers; no cell becomes a text of its own. Groups nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

use polars::prelude::{
    Column, DataFrame, DataType, Int64Chunked, ParallelStrategy, ParquetReader, SerReader, StringChunked,
};

use super::{CaseOptions, truth_of};
use crate::column;
use crate::error::{At, Error, Result};
use crate::input::cases::runs::RunKey;

/// The columns that say whose a row is, and those that say what it holds.
const KEYS: [&str; 4] = [column::TASK, column::MODEL, column::SEED, column::RUN_ID];
const CELLS: [&str; 3] = [column::LABEL, column::TARGET, column::SCORE];

/// A file that can be read in slices.
#[derive(Debug)]
pub(super) struct Slices<'a> {
    path: &'a Path,
    options: &'a CaseOptions,
    /// (ours, theirs) of the columns that are there.
    names: Vec<(&'static str, String)>,
    pub(super) n_rows: usize,
}

/// Runs of rows: `ends[k].0` is an index into `keys`, `ends[k].1` the row after its last, counted from the file's first.
#[derive(Debug)]
pub(super) struct Segments {
    pub(super) keys: Vec<RunKey>,
    pub(super) ends: Vec<(u32, usize)>,
}

/// What some rows hold.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) labels: Vec<String>,
    /// `label_of[row]`: an index into `labels`.
    pub(super) label_of: Vec<u32>,
    pub(super) targets: Vec<Option<bool>>,
    /// NaN where there is none.
    pub(super) scores: Vec<f64>,
}

impl<'a> Slices<'a> {
    /// Opens a file with a row a case, label and run. `None` when it is laid out in another way (one column a model,
    /// numbers written as text): reading that needs all of it.
    ///
    /// # Errors
    /// When the file is not Parquet.
    pub(super) fn open(path: &'a Path, options: &'a CaseOptions) -> Result<Option<Self>> {
        let file = File::open(path).at("read", path)?;
        let failed = |error| Error::file(path, format!("not a Parquet file that can be read: {error}"));
        let mut reader = ParquetReader::new(file);
        let n_rows = reader.num_rows().map_err(failed)?;
        let schema = reader.schema().map_err(failed)?;
        let kind = |name: &str| schema.get(name).map(DataType::from_arrow_field);
        let mut names = Vec::new();
        for ours in KEYS.into_iter().chain(CELLS) {
            let theirs = options.theirs(ours);
            let Some((theirs, dtype)) = theirs.and_then(|name| Some((name, kind(name)?))) else { continue };
            let is_text = matches!(
                dtype,
                DataType::String | DataType::Categorical(..) | DataType::Enum(..) | DataType::Null
            );
            let fits = match ours {
                column::SEED => dtype.is_integer(),
                column::SCORE => dtype.is_primitive_numeric(),
                column::TARGET => is_text || dtype.is_primitive_numeric() || dtype == DataType::Boolean,
                _ => is_text || dtype.is_integer(),
            };
            if !fits {
                return Ok(None);
            }
            names.push((ours, theirs.to_owned()));
        }
        let has = |name: &str| names.iter().any(|(ours, _)| *ours == name);
        let all_there = options.columns.iter().all(|(_, theirs)| kind(theirs).is_some());
        let fits = options.models.is_empty() && has(column::TARGET) && has(column::SCORE) && all_there;
        Ok(fits.then_some(Self { path, options, names, n_rows }))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|(ours, _)| *ours == name)
    }

    /// Whose `rows` are.
    ///
    /// # Errors
    /// When a row has no model.
    pub(super) fn segments(&self, rows: Range<usize>) -> Result<Segments> {
        let frame = self.read(&KEYS, &rows)?;
        let text = |name: &str| self.column(&frame, name).map(|column| self.texts(column)).transpose();
        let (tasks, models, run_ids) = (text(column::TASK)?, text(column::MODEL)?, text(column::RUN_ID)?);
        let seeds = self.column(&frame, column::SEED).map(|column| self.wholes(column)).transpose()?;
        let mut changes = vec![0];
        for column in [&tasks, &models, &run_ids].into_iter().flatten() {
            changed(column.iter(), &mut changes);
        }
        if let Some(seeds) = &seeds {
            changed(seeds.iter(), &mut changes);
        }
        changes.sort_unstable();
        changes.dedup();
        changes.retain(|row| *row < rows.len());
        let mut known = BTreeMap::new();
        let mut keys = Vec::new();
        let mut ends = Vec::with_capacity(changes.len());
        for (idx, row) in changes.iter().copied().enumerate() {
            let cell = |column: &Option<StringChunked>| -> Option<String> {
                let text = at(column, row)?.trim();
                (!text.is_empty()).then(|| text.to_owned())
            };
            let seed = seeds.as_ref().and_then(|seeds| seeds.get(row));
            let place = (at(&tasks, row), at(&models, row), seed, at(&run_ids, row));
            let number = match known.get(&place) {
                Some(number) => *number,
                None => {
                    let model = cell(&models).ok_or_else(|| {
                        self.cell_error(column::MODEL, rows.start + row, "the model is missing")
                    })?;
                    let task = cell(&tasks).unwrap_or_default();
                    keys.push(RunKey { task, model, seed, run_id: cell(&run_ids) });
                    let number = keys.len() as u32 - 1;
                    // The place borrows from the frame, not from the key: nothing is copied for a known run.
                    known.insert(place, number);
                    number
                }
            };
            let end = changes.get(idx + 1).copied().unwrap_or(rows.len());
            ends.push((number, rows.start + end));
        }
        Ok(Segments { keys, ends })
    }

    /// What `rows` hold.
    ///
    /// # Errors
    /// When a target is neither positive nor negative nor unknown.
    pub(super) fn cells(&self, rows: Range<usize>) -> Result<Cells> {
        let frame = self.read(&CELLS, &rows)?;
        let (labels, label_of) = match self.column(&frame, column::LABEL) {
            Some(column) => numbered(&self.texts(column)?),
            None => (vec![String::new()], vec![0; rows.len()]),
        };
        let unnamed = |label: String| if label.is_empty() { column::SCORE.to_owned() } else { label };
        let labels = labels.into_iter().map(unnamed).collect();
        let target = self.column(&frame, column::TARGET).ok_or_else(|| self.lost(column::TARGET))?;
        let targets = self.targets(target, rows.start)?;
        let score = self.column(&frame, column::SCORE).ok_or_else(|| self.lost(column::SCORE))?;
        let numbers = self.cast(score, &DataType::Float64)?;
        let numbers = numbers.f64().map_err(|error| self.refused(score, &error))?;
        let scores = numbers.iter().map(|score| score.unwrap_or(f64::NAN)).collect();
        Ok(Cells { labels, label_of, targets, scores })
    }

    fn read(&self, wanted: &[&str], rows: &Range<usize>) -> Result<DataFrame> {
        let theirs: Vec<String> = (self.names.iter())
            .filter(|(ours, _)| wanted.contains(ours))
            .map(|(_, theirs)| theirs.clone())
            .collect();
        let file = File::open(self.path).at("read", self.path)?;
        ParquetReader::new(file)
            .with_columns(Some(theirs))
            .with_slice(Some((rows.start, rows.len())))
            // The others would open the row groups outside the slice too.
            .read_parallel(ParallelStrategy::RowGroups)
            .finish()
            .map_err(|error| Error::file(self.path, format!("not a Parquet file that can be read: {error}")))
    }

    fn column<'f>(&self, frame: &'f DataFrame, name: &str) -> Option<&'f Column> {
        let (_, theirs) = self.names.iter().find(|(ours, _)| *ours == name)?;
        frame.column(theirs).ok()
    }

    fn texts(&self, column: &Column) -> Result<StringChunked> {
        let texts = self.cast(column, &DataType::String)?;
        Ok(texts.str().map_err(|error| self.refused(column, &error))?.clone())
    }

    fn wholes(&self, column: &Column) -> Result<Int64Chunked> {
        let wholes = self.cast(column, &DataType::Int64)?;
        Ok(wholes.i64().map_err(|error| self.refused(column, &error))?.clone())
    }

    fn cast(&self, column: &Column, dtype: &DataType) -> Result<Column> {
        column.strict_cast(dtype).map_err(|error| self.refused(column, &error))
    }

    /// Truths; each different cell is judged once.
    fn targets(&self, column: &Column, first_row: usize) -> Result<Vec<Option<bool>>> {
        let judge = |text: &str, row: usize| {
            truth_of(text, self.options.positive.as_deref())
                .map_err(|reason| self.cell_error(column::TARGET, first_row + row, reason))
        };
        if column.dtype() == &DataType::Boolean {
            let flags = column.bool().map_err(|error| self.refused(column, &error))?;
            let (no, yes) = (judge("false", 0)?, judge("true", 0)?);
            return Ok(flags.iter().map(|flag| if flag? { yes } else { no }).collect());
        }
        if column.dtype().is_primitive_numeric() {
            let numbers = self.cast(column, &DataType::Float64)?;
            let numbers = numbers.f64().map_err(|error| self.refused(column, &error))?;
            let mut known: Vec<(u64, Option<bool>)> = Vec::new();
            let mut targets = Vec::with_capacity(numbers.len());
            for (row, number) in numbers.iter().enumerate() {
                let Some(number) = number else {
                    targets.push(None);
                    continue;
                };
                let bits = number.to_bits();
                let found = known.iter().find(|(known, _)| *known == bits).map(|(_, target)| *target);
                targets.push(match found {
                    Some(target) => target,
                    None => {
                        let target = if number.is_nan() { None } else { judge(&number.to_string(), row)? };
                        known.push((bits, target));
                        target
                    }
                });
            }
            return Ok(targets);
        }
        let (names, name_of) = numbered(&self.texts(column)?);
        let first = |name: usize| name_of.iter().position(|of| *of as usize == name).unwrap_or(0);
        let truths: Vec<Option<bool>> =
            (names.iter().enumerate()).map(|(idx, name)| judge(name, first(idx))).collect::<Result<_>>()?;
        Ok(name_of.into_iter().map(|name| truths[name as usize]).collect())
    }

    fn theirs(&self, name: &str) -> &str {
        self.names.iter().find(|(ours, _)| *ours == name).map_or("", |(_, theirs)| theirs)
    }

    fn lost(&self, name: &str) -> Error {
        Error::column(self.path.display(), format!("column '{}' cannot be read", self.theirs(name)))
    }

    fn refused(&self, column: &Column, error: &dyn std::fmt::Display) -> Error {
        let reason = format!("column '{}' of type {} cannot be read: {error}", column.name(), column.dtype());
        Error::column(self.path.display(), reason)
    }

    fn cell_error(&self, name: &str, row: usize, reason: impl Into<String>) -> Error {
        Error::Cell {
            place: self.path.display().to_string(),
            row: format!("row {}", row + 1),
            column: self.theirs(name).to_owned(),
            reason: reason.into(),
        }
    }
}

fn at(column: &Option<StringChunked>, row: usize) -> Option<&str> {
    column.as_ref()?.get(row)
}

/// Adds the rows whose cell is not that of the row before.
fn changed<T: PartialEq>(cells: impl Iterator<Item = T>, changes: &mut Vec<usize>) {
    let mut before = None;
    for (row, cell) in cells.enumerate() {
        if before.as_ref().is_some_and(|before| *before != cell) {
            changes.push(row);
        }
        before = Some(cell);
    }
}

/// Texts as numbers: the different ones (without the blanks around them; empty for missing), and the number of each row.
///
/// Labels mostly come in a cycle, so that the text which followed the last one before is tried first.
fn numbered(cells: &StringChunked) -> (Vec<String>, Vec<u32>) {
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    let mut follower: Vec<usize> = Vec::new();
    let mut last = usize::MAX;
    let numbers = cells.iter().map(|cell| {
        let text = cell.unwrap_or_default();
        let guess = follower.get(last).copied().unwrap_or(usize::MAX);
        let number = if names.get(guess).is_some_and(|name| name == text) {
            guess
        } else {
            let text = text.trim();
            let next = names.len();
            match known.get(text) {
                Some(number) => *number as usize,
                None => {
                    known.insert(text.to_owned(), next as u32);
                    names.push(text.to_owned());
                    follower.push(usize::MAX);
                    next
                }
            }
        };
        if let Some(of_last) = follower.get_mut(last) {
            *of_last = number;
        }
        last = number;
        number as u32
    });
    let numbers = numbers.collect();
    (names, numbers)
}
