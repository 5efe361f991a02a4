//! A file as named columns of cells, with checked access: numbers, whole numbers, fractions, names.
//!
//! Comes in: a CSV or Parquet file and the mapping of its columns. Goes out: cells, or an error that names file, row and
//! column. Knows no groups.

use std::path::Path;

use super::group::Key;
use super::{ReadOptions, csv};
use crate::column;
use crate::error::{At, Error, Result, listed};
use crate::table::{Column, Tidy, Values, read_parquet};

/// Our columns that a file may hold; only these can be mapped.
const OURS: [&str; 13] = [
    column::MODEL,
    column::TASK,
    column::METRIC,
    column::SEED,
    column::VALUE,
    column::FAMILY,
    column::PRETRAINED_ON,
    column::MEAN,
    column::SD,
    column::N,
    column::DDOF,
    column::DECIMALS,
    column::SOURCE,
];
/// What people call the standard deviation, too.
const STD: &str = "std";
/// Texts that stand for a missing number.
const MISSING: [&str; 4] = ["", "nan", "na", "null"];

/// A file's cells.
#[derive(Debug)]
pub(super) struct Raw {
    place: String,
    table: Tidy,
    /// Lines of a CSV's rows; empty for Parquet.
    lines: Vec<usize>,
    columns: Vec<(String, String)>,
    percent: bool,
}

impl Raw {
    /// Reads a file by its extension.
    pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Self> {
        let extension =
            path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
        let (table, lines) = match extension.as_deref() {
            Some("csv" | "tsv" | "txt") => {
                let bytes = std::fs::read(path).at("read", path)?;
                csv::columns_of(csv::parse(&bytes).map_err(|reason| Error::file(path, reason))?)
            }
            Some("parquet" | "pq") => (Tidy::from_frame(&csv::usable(read_parquet(path)?))?, Vec::new()),
            _ => {
                std::fs::metadata(path).at("read", path)?;
                return Err(Error::file(
                    path,
                    "unknown kind of file; expected a store, a .csv or a .parquet file",
                ));
            }
        };
        let raw = Self {
            place: path.display().to_string(),
            table,
            lines,
            columns: options.columns.clone(),
            percent: options.percent,
        };
        raw.check_mapping()?;
        if raw.height() == 0 {
            return Err(Error::file(path, "there is a header but no row"));
        }
        Ok(raw)
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn height(&self) -> usize {
        self.table.height()
    }

    /// True when our column `name` is in the file.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// "line 3" of a CSV, "row 2" of a Parquet file.
    pub(super) fn label(&self, row: usize) -> String {
        self.lines.get(row).map_or_else(|| format!("row {}", row + 1), |line| format!("line {line}"))
    }

    pub(super) fn require(&self, names: &[&str]) -> Result<()> {
        match names.iter().find(|name| !self.has(name)) {
            Some(name) => {
                Err(self
                    .missing(&format!("'{name}'"), &format!("hint: name it with --columns {name}=THEIRS")))
            }
            None => Ok(()),
        }
    }

    /// The error of a column that is not there.
    pub(super) fn missing(&self, what: &str, hint: &str) -> Error {
        let found: Vec<&str> = self.table.columns.iter().map(|column| column.name.as_str()).collect();
        Error::column(&self.place, format!("no column {what}; the columns are {}; {hint}", listed(&found)))
    }

    pub(super) fn cell_error(&self, name: &str, row: usize, reason: impl Into<String>) -> Error {
        let theirs = self.find(name).map_or(name, |column| &column.name);
        Error::Cell {
            place: self.place.clone(),
            row: self.label(row),
            column: theirs.to_owned(),
            reason: reason.into(),
        }
    }

    pub(super) fn duplicate_summary(&self, key: &Key, first: usize, second: usize) -> Error {
        let sources = |row| self.text(column::SOURCE, row).unwrap_or_default();
        let hint = if sources(first) == sources(second) {
            "each model may stand once on a task and metric: remove one".to_owned()
        } else {
            let (one, two) = (sources(first), sources(second));
            format!("they are of different sources ('{one}', '{two}'): keep the rows of one source")
        };
        Error::Duplicate {
            place: self.place.clone(),
            first: self.label(first),
            second: self.label(second),
            key: key.to_string(),
            hint,
        }
    }

    /// Task, metric and model of a row; the metric is "value" where there is none.
    pub(super) fn key(&self, row: usize) -> Result<Key> {
        Ok(Key {
            task: self.name(column::TASK, row)?,
            metric: self.text(column::METRIC, row).unwrap_or_else(|| column::VALUE.to_owned()),
            model: self.name(column::MODEL, row)?,
        })
    }

    /// A name that must be there, without the blanks around it.
    pub(super) fn name(&self, name: &str, row: usize) -> Result<String> {
        self.text(name, row).ok_or_else(|| self.cell_error(name, row, format!("the {name} is missing")))
    }

    /// A cell as text; `None` when it is empty or the column is not there.
    pub(super) fn text(&self, name: &str, row: usize) -> Option<String> {
        let column = self.find(name)?;
        let text = match &column.values {
            Values::Text(_) => column.values.text(row)?.to_owned(),
            Values::Int(_) => column.values.int(row)?.to_string(),
            Values::Float(_) => column.values.float(row)?.to_string(),
        };
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A whole number; `None` when missing or the column is not there.
    pub(super) fn whole(&self, name: &str, row: usize) -> Result<Option<i64>> {
        if let Some(Values::Int(cells)) = self.find(name).map(|column| &column.values) {
            return Ok(cells.get(row).copied().flatten());
        }
        let Some(number) = self.number(name, row, false)? else { return Ok(None) };
        // Below 2^53 every whole number is a double, and the cast is exact.
        let is_whole = number.fract().abs() <= 0.0 && number.abs() < 9_007_199_254_740_992.0;
        if is_whole {
            return Ok(Some(number as i64));
        }
        let found = self.text(name, row).unwrap_or_default();
        Err(self.cell_error(name, row, format!("expected a whole number, found '{found}'")))
    }

    /// A fraction in [0, 1], percentages already divided; `None` when missing.
    pub(super) fn fraction(&self, name: &str, row: usize) -> Result<Option<f64>> {
        match self.number(name, row, self.percent)? {
            Some(number) if !(0.0..=1.0).contains(&number) => Err(self.out_of_range(name, row)),
            number => Ok(number),
        }
    }

    /// The sd of a row, a fraction of 0 or more.
    pub(super) fn spread(&self, row: usize) -> Result<Option<f64>> {
        match self.number(column::SD, row, self.percent)? {
            Some(sd) if !(0.0..f64::INFINITY).contains(&sd) => {
                let found = self.text(column::SD, row).unwrap_or_default();
                Err(self.cell_error(
                    column::SD,
                    row,
                    format!("a standard deviation is 0 or more, found '{found}'"),
                ))
            }
            sd => Ok(sd),
        }
    }

    /// The n of a row, at least 1.
    pub(super) fn count(&self, row: usize) -> Result<Option<i64>> {
        match self.whole(column::N, row)? {
            Some(n) if n < 1 => {
                Err(self.cell_error(column::N, row, format!("expected at least 1 run, found {n}")))
            }
            n => Ok(n),
        }
    }

    /// The ddof of a row, 0 or 1.
    pub(super) fn ddof(&self, row: usize) -> Result<Option<i64>> {
        match self.whole(column::DDOF, row)? {
            Some(ddof) if !(0..=1).contains(&ddof) => {
                let reason = format!("expected 0 (divisor n) or 1 (divisor n - 1), found {ddof}");
                Err(self.cell_error(column::DDOF, row, reason))
            }
            ddof => Ok(ddof),
        }
    }

    /// Digits after the point of the printed percent value: as stated, else as written in a CSV's mean.
    pub(super) fn decimals(&self, row: usize) -> Result<Option<i64>> {
        if let Some(stated) = self.whole(column::DECIMALS, row)? {
            return Ok(Some(stated));
        }
        let Some(Values::Text(_)) = self.find(column::MEAN).map(|column| &column.values) else {
            return Ok(None);
        };
        let written = self.text(column::MEAN, row).unwrap_or_default();
        let digits = written.trim().split_once('.').map_or(0, |(_, digits)| digits.len());
        let is_plain = !written.contains(['e', 'E']);
        let shift = if self.percent { 0 } else { 2 };
        Ok(is_plain.then(|| i64::try_from(digits.saturating_sub(shift)).unwrap_or(i64::MAX)))
    }

    /// What is odd about the file as a whole.
    pub(super) fn warnings(&self) -> Vec<String> {
        let name = if self.has(column::VALUE) { column::VALUE } else { column::MEAN };
        let numbers = || (0..self.height()).filter_map(|row| self.number(name, row, false).ok().flatten());
        if self.percent && numbers().next().is_some() && numbers().all(|number| number <= 1.0) {
            return vec![format!("{}: read as percent, yet no {name} is above 1 %", self.place)];
        }
        Vec::new()
    }

    fn find(&self, name: &str) -> Option<&Column> {
        let get = |theirs: &str| self.table.columns.iter().find(|column| column.name == theirs);
        match self.columns.iter().find(|(ours, _)| ours == name) {
            Some((_, theirs)) => get(theirs),
            None => get(name).or_else(|| if name == column::SD { get(STD) } else { None }),
        }
    }

    /// Every mapped column is one of ours and is there.
    fn check_mapping(&self) -> Result<()> {
        for (ours, theirs) in &self.columns {
            if !OURS.contains(&ours.as_str()) {
                let reason =
                    format!("--columns {ours}={theirs}: '{ours}' is no column that is read; those are");
                return Err(Error::argument(format!("{reason} {}", listed(&OURS))));
            }
            if !self.table.columns.iter().any(|column| column.name == *theirs) {
                return Err(self
                    .missing(&format!("'{theirs}'"), &format!("it was named by --columns {ours}={theirs}")));
            }
        }
        Ok(())
    }

    /// A finite or infinite number; `None` when missing. Percentages are divided by 100 if `percent`.
    fn number(&self, name: &str, row: usize, percent: bool) -> Result<Option<f64>> {
        let Some(column) = self.find(name) else { return Ok(None) };
        let Values::Text(_) = &column.values else {
            return Ok(column.values.float(row).map(|number| if percent { number / 100.0 } else { number }));
        };
        let text = column.values.text(row).unwrap_or("").trim();
        if MISSING.iter().any(|missing| text.eq_ignore_ascii_case(missing)) {
            return Ok(None);
        }
        let number: f64 = text.parse().map_err(|_| {
            let comma = text.replacen(',', ".", 1).parse::<f64>().is_ok();
            let hint = if comma { "; hint: decimals are written with a point" } else { "" };
            self.cell_error(name, row, format!("expected a number, found '{text}'{hint}"))
        })?;
        // The exponent moves the decimal point of what is written: 98.19 % is the double nearest to 0.9819.
        let moved = || format!("{text}e-2").parse().unwrap_or(number / 100.0);
        Ok(Some(if percent { moved() } else { number }).filter(|number| !number.is_nan()))
    }

    fn out_of_range(&self, name: &str, row: usize) -> Error {
        let numbers = (0..self.height()).filter_map(|row| self.number(name, row, false).ok().flatten());
        let looks_like_percent =
            !self.percent && numbers.into_iter().all(|number| (0.0..=100.0).contains(&number));
        let found = self.text(name, row).unwrap_or_default();
        let reason = if self.percent {
            format!("expected a percentage in [0, 100], found '{found}'")
        } else if looks_like_percent {
            format!(
                "expected a fraction in [0, 1], found '{found}'; hint: percentages are read with --unit percent (in a notebook: unit = \"percent\")"
            )
        } else {
            format!("expected a fraction in [0, 1], found '{found}'")
        };
        self.cell_error(name, row, reason)
    }
}
