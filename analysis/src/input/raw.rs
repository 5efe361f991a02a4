//! A file as named columns of cells, with checked access: numbers, whole numbers, fractions, names.
//!
//! Comes in: a source of any kind and the mapping of its columns. Goes out: cells, or an error that names file, row and
//! column. Knows no groups.

use std::path::Path;

use super::drops::{Dropped, Drops};
use super::group::Key;
use super::names::{OURS, mapping, numbered, one_metric};
use super::sheet::{Sheet, text};
use super::unit::{Unit, says_folds};
use super::{ReadOptions, wide};
use crate::column;
use crate::error::{Error, Result};
use crate::table::{Column, Values};

/// What people call the standard deviation, too.
const STD: &str = "std";
/// What people call the seed of a cross-validated run.
const FOLD: &str = "fold";
/// Texts that stand for a missing number.
const MISSING: [&str; 4] = ["", "nan", "na", "null"];

/// A source's cells.
#[derive(Debug)]
pub(super) struct Raw {
    sheet: Sheet,
    columns: Vec<(String, String)>,
    percent: bool,
}

impl Raw {
    /// Reads a source, keeps the rows that were asked for and turns a wide table into a long one.
    pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Self> {
        let mut sheet = Sheet::read(path, options)?;
        if sheet.labels.is_empty() {
            return Err(Error::file(path, "there is a header but no row"));
        }
        let mut columns = mapping(&mut sheet, options)?;
        let mut filtered = Vec::new();
        for (name, wanted) in &options.filters {
            let theirs = columns.iter().find(|(ours, _)| ours == name).map_or(name, |(_, theirs)| theirs);
            sheet.keep(theirs, wanted, &format!("--where {name}={wanted}"))?;
            filtered.push(theirs.as_str());
        }
        let filtered: Vec<String> = filtered.into_iter().map(str::to_owned).collect();
        if let Some(wide) = options.wide {
            let others: Vec<&str> = filtered.iter().map(String::as_str).collect();
            wide::melt(&mut sheet, &mut columns, wide, &others)?;
        }
        if let Some(metric) = options.metric.as_deref().filter(|_| !sheet.is_tracker) {
            one_metric(&mut sheet, &mut columns, metric)?;
        }
        let raw = Self { sheet, columns, percent: options.percent };
        raw.check_mapping()?;
        Ok(raw)
    }

    pub(super) fn dropped(&self) -> Vec<Dropped> {
        self.sheet.drops.finish()
    }

    pub(super) fn drops(&mut self) -> &mut Drops {
        &mut self.sheet.drops
    }

    /// The columns of the source that mean nothing to us: what could tell rows apart that look alike.
    pub(super) fn strangers(&self) -> Vec<&Column> {
        let is_used =
            |name: &str| self.columns.iter().any(|(_, theirs)| theirs == name) || OURS.contains(&name);
        self.sheet.table.columns.iter().filter(|column| !is_used(&column.name)).collect()
    }

    pub(super) fn place(&self) -> &str {
        &self.sheet.place
    }

    pub(super) fn height(&self) -> usize {
        self.sheet.labels.len()
    }

    /// True when our column `name` is in the file.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// "line 3" of a CSV, "row 2" of a Parquet file, "run 4e0f" of a tracker.
    pub(super) fn label(&self, row: usize) -> String {
        self.sheet.labels.get(row).cloned().unwrap_or_default()
    }

    pub(super) fn require(&self, names: &[&str]) -> Result<()> {
        match names.iter().find(|name| !self.has(name)) {
            Some(name) if wide::looks_wide(&self.sheet) => {
                let hint = "hint: a table with a column for each model is read with --wide models (a column for each task: \
                            --wide tasks)";
                Err(self.missing(&format!("'{name}'"), hint))
            }
            Some(name) => {
                Err(self
                    .missing(&format!("'{name}'"), &format!("hint: name it with --columns {name}=THEIRS")))
            }
            None => Ok(()),
        }
    }

    /// The error of a column that is not there.
    pub(super) fn missing(&self, what: &str, hint: &str) -> Error {
        self.sheet.missing(what, hint)
    }

    pub(super) fn cell_error(&self, name: &str, row: usize, reason: impl Into<String>) -> Error {
        let theirs = self.find(name).map_or(name, |column| &column.name);
        Error::Cell {
            place: self.sheet.place.clone(),
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
            place: self.sheet.place.clone(),
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
        text(&self.find(name)?.values, row)
    }

    /// A whole number; `None` when missing or the column is not there.
    pub(super) fn whole(&self, name: &str, row: usize) -> Result<Option<i64>> {
        if let Some(Values::Int(cells)) = self.find(name).map(|column| &column.values) {
            return Ok(cells.get(row).copied().flatten());
        }
        if name == column::SEED
            && let Some(seed) = self.text(name, row).and_then(|text| numbered(&text))
        {
            return Ok(Some(seed));
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
        let mut warnings = self.sheet.warnings.clone();
        let name = if self.has(column::VALUE) { column::VALUE } else { column::MEAN };
        let numbers = || (0..self.height()).filter_map(|row| self.number(name, row, false).ok().flatten());
        if self.percent && numbers().next().is_some() && numbers().all(|number| number <= 1.0) {
            warnings.push(format!("{}: read as percent, yet no {name} is above 1 %", self.sheet.place));
        }
        warnings
    }

    fn find(&self, name: &str) -> Option<&Column> {
        let get = |theirs: &str| self.sheet.column(theirs);
        match self.columns.iter().find(|(ours, _)| ours == name) {
            Some((_, theirs)) => get(theirs),
            None => get(name).or_else(|| match name {
                column::SD => get(STD),
                column::SEED => get(FOLD),
                _ => None,
            }),
        }
    }

    /// What a row repeats: a seed, a fold, a case of the test set.
    pub(super) fn unit(&self) -> Unit {
        let seeds = self.find(column::SEED).map(|column| column.name.as_str());
        match seeds {
            _ if self.sheet.column(column::CASE_ID).is_some() => Unit::Case,
            Some(name) if says_folds(name) => Unit::Fold,
            Some(_) => Unit::Seed,
            None => Unit::Run,
        }
    }

    /// Every mapped column is there.
    fn check_mapping(&self) -> Result<()> {
        for (ours, theirs) in &self.columns {
            if self.sheet.column(theirs).is_none() {
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
        let found = self.text(name, row).unwrap_or_default();
        if self.percent {
            return self.cell_error(name, row, format!("expected a percentage in [0, 100], found '{found}'"));
        }
        let numbers =
            || (0..self.height()).filter_map(|row| Some((row, self.number(name, row, false).ok()??)));
        let mut reason = format!("expected a fraction in [0, 1], found '{found}'");
        if numbers().all(|(_, number)| (0.0..=100.0).contains(&number)) {
            // 0 and 1 are both: a fraction and a percentage.
            match numbers().find(|(_, number)| 0.0 < *number && *number < 1.0) {
                Some((other, _)) => {
                    let (place, value) = (self.label(other), self.text(name, other).unwrap_or_default());
                    reason += &format!(
                        ", while {place} holds '{value}': fractions and percentages are mixed; write all in one unit"
                    );
                }
                None => {
                    reason += "; hint: percentages are read with --unit percent (in a notebook: unit = \"percent\")";
                }
            }
        }
        self.cell_error(name, row, reason)
    }

    /// Refuses percentages among which fractions stand: a value inside (0, 1) while another is above 1.
    pub(super) fn check_unit(&self, name: &str) -> Result<()> {
        let numbers =
            || (0..self.height()).filter_map(|row| Some((row, self.number(name, row, false).ok()??)));
        let small = numbers().find(|(_, number)| 0.0 < *number && *number < 1.0);
        let large = numbers().find(|(_, number)| *number > 1.0);
        match (self.percent, small, large) {
            (true, Some((row, _)), Some((other, _))) => {
                let text = |row| self.text(name, row).unwrap_or_default();
                let reason = format!(
                    "'{}' looks like a fraction, while {} holds '{}': fractions and percentages are mixed; write all in one unit",
                    text(row),
                    self.label(other),
                    text(other)
                );
                Err(self.cell_error(name, row, reason))
            }
            _ => Ok(()),
        }
    }
}
