//! A file's columns by their names, for tables with a row a case.
//!
//! Comes in: a CSV or Parquet file and the mapping of its columns. Goes out: cells, or an error that names file, row and
//! column. Knows no models.

use std::borrow::Cow;
use std::path::Path;

use crate::error::{At, Error, Result, listed};
use crate::input::{csv, sheet};
use crate::table::{Tidy, Values, read_parquet};

/// Texts that stand for a missing number.
const MISSING: [&str; 4] = ["", "nan", "na", "null"];

/// A file's cells.
#[derive(Debug)]
pub(in crate::input) struct Columns {
    place: String,
    table: Tidy,
    /// "line 3" of a CSV's rows; empty for Parquet.
    labels: Vec<String>,
    mapping: Vec<(String, String)>,
}

impl Columns {
    pub(in crate::input) fn read(path: &Path, mapping: &[(String, String)]) -> Result<Self> {
        let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        let (table, labels) = match extension.as_deref() {
            Some("csv" | "tsv" | "txt") => {
                let bytes = std::fs::read(path).at("read", path)?;
                sheet::columns_of(csv::parse(&bytes).map_err(|reason| Error::file(path, reason))?)
            }
            Some("parquet" | "pq") => (Tidy::from_frame(&sheet::usable(read_parquet(path)?))?, Vec::new()),
            _ => {
                std::fs::metadata(path).at("read", path)?;
                let reason = "unknown kind of file; expected a store, a .csv or a .parquet file";
                return Err(Error::file(path, reason));
            }
        };
        let columns = Self { place: path.display().to_string(), table, labels, mapping: mapping.to_vec() };
        for (_, theirs) in mapping {
            columns.require_named(theirs)?;
        }
        Ok(columns)
    }

    pub(in crate::input) fn place(&self) -> &str {
        &self.place
    }

    pub(in crate::input) fn height(&self) -> usize {
        self.table.height()
    }

    pub(in crate::input) fn names(&self) -> Vec<String> {
        self.table.columns.iter().map(|column| column.name.clone()).collect()
    }

    pub(in crate::input) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    pub(in crate::input) fn require(&self, name: &str) -> Result<()> {
        if self.has(name) { Ok(()) } else { self.require_named(name) }
    }

    fn require_named(&self, name: &str) -> Result<()> {
        let names = self.names();
        if names.iter().any(|found| found == name) {
            return Ok(());
        }
        let found: Vec<&str> = names.iter().map(String::as_str).collect();
        Err(Error::column(
            &self.place,
            format!(
                "no column '{name}'; the columns are {}; hint: name it with --columns {name}=THEIRS",
                listed(&found)
            ),
        ))
    }

    /// Their names of the columns that hold numbers and are none of ours.
    pub(in crate::input) fn numeric_but(&self, ours: &[&str]) -> Vec<String> {
        let is_ours =
            |name: &str| ours.contains(&name) || self.mapping.iter().any(|(_, theirs)| theirs == name);
        let is_numeric = |name: &str| (0..self.height()).all(|row| self.number(name, row).is_ok());
        self.names().into_iter().filter(|name| !is_ours(name) && is_numeric(name)).collect()
    }

    /// A cell as text; `None` when it is empty or the column is not there.
    pub(in crate::input) fn text(&self, name: &str, row: usize) -> Option<Cow<'_, str>> {
        let text: Cow<'_, str> = match self.find(name)? {
            Values::Text(cells) => cells.get(row)?.as_deref()?.trim().into(),
            values @ Values::Int(_) => values.int(row)?.to_string().into(),
            values @ Values::Float(_) => values.float(row)?.to_string().into(),
        };
        (!text.is_empty()).then_some(text)
    }

    /// A number; `None` when missing or the column is not there.
    pub(in crate::input) fn number(&self, name: &str, row: usize) -> Result<Option<f64>> {
        let Some(values) = self.find(name) else { return Ok(None) };
        let Values::Text(_) = values else {
            return Ok(values.float(row));
        };
        let text = values.text(row).unwrap_or("").trim();
        if MISSING.iter().any(|missing| text.eq_ignore_ascii_case(missing)) {
            return Ok(None);
        }
        let number: f64 = text
            .parse()
            .map_err(|_| self.cell_error(name, row, format!("expected a number, found '{text}'")))?;
        Ok((!number.is_nan()).then_some(number))
    }

    /// A whole number; `None` when missing or the column is not there.
    pub(in crate::input) fn whole(&self, name: &str, row: usize) -> Result<Option<i64>> {
        let Some(text) = self.text(name, row) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| self.cell_error(name, row, format!("expected a whole number, found '{text}'")))
    }

    pub(in crate::input) fn label(&self, row: usize) -> String {
        self.labels.get(row).cloned().unwrap_or_else(|| format!("row {}", row + 1))
    }

    pub(in crate::input) fn cell_error(&self, name: &str, row: usize, reason: impl Into<String>) -> Error {
        let theirs = self.mapping.iter().find(|(ours, _)| ours == name).map_or(name, |(_, theirs)| theirs);
        Error::Cell {
            place: self.place.clone(),
            row: self.label(row),
            column: theirs.to_owned(),
            reason: reason.into(),
        }
    }

    fn find(&self, name: &str) -> Option<&Values> {
        let mapped = self.mapping.iter().find(|(ours, _)| ours == name).map(|(_, theirs)| theirs.as_str());
        // A column that was said to be another one of ours is not this one, whatever its name.
        let is_taken = self.mapping.iter().any(|(ours, theirs)| theirs == name && ours != name);
        let theirs = mapped.or((!is_taken).then_some(name))?;
        self.table.columns.iter().find(|column| column.name == theirs).map(|column| &column.values)
    }
}
