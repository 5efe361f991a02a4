//! The marks of a published table: which comparison was printed how.
//!
//! Comes in: a CSV or Parquet file with a row a mark, and the rows of the table. Goes out: what the audit takes. Judges
//! nothing.

use std::collections::BTreeSet;
use std::path::Path;

use super::cases::Columns;
use crate::column;
use crate::error::{Error, Result, listed};
use crate::record::PublishedRow;
use crate::stat::audit::{Direction, Mark, Printed, parse_mark};

/// Column of the comparison's words: "SimCLR vs ImageNet", "SimCLR vs best (MoCo)".
const COMPARISON: &str = "comparison";
/// Names that files give to the column of the mark.
const MARK: [&str; 4] = ["mark_or_p", "mark", "p", "p_value"];

/// What says how a number came into the table: "printed", "digitised".
const PROVENANCE: &str = "provenance";

/// The rows (task, model) of a published table that were read off a figure, by its column `provenance`.
///
/// # Errors
/// When the file cannot be read.
pub fn digitised(
    path: &Path,
    mapping: &[(String, String)],
    source: Option<&str>,
) -> Result<BTreeSet<(String, String)>> {
    let columns = Columns::read(path, mapping)?;
    let is_read_off = |row: usize| {
        let of_source =
            source.is_none_or(|source| columns.text(column::SOURCE, row).as_deref() == Some(source));
        let how = columns.text(PROVENANCE, row).unwrap_or_default();
        of_source && (how.contains("digitised") || how.contains("digitized"))
    };
    Ok((0..columns.height())
        .filter(|row| is_read_off(*row))
        .filter_map(|row| {
            let (task, model) = (columns.text(column::TASK, row)?, columns.text(column::MODEL, row)?);
            Some((task.into_owned(), model.into_owned()))
        })
        .collect())
}

/// A published table's rows as the audit takes them; `decimals` overrides the digits that the file shows. Rows read off a
/// figure have a digit less: .05 of a percent point is what a ruler on a bar is good for.
///
/// Means and standard deviations are fractions; a printed percentage with 2 digits after the point has the unit 0.0001.
pub fn printed(
    rows: &[PublishedRow],
    source: Option<&str>,
    decimals: Option<i64>,
    digitised: &BTreeSet<(String, String)>,
) -> Vec<Printed> {
    let of_source = rows.iter().filter(|row| source.is_none_or(|source| row.source == source));
    let unit = |row: &PublishedRow| {
        let is_read_off = digitised.contains(&(row.task.clone(), row.model.clone()));
        let shown = if is_read_off { row.decimals.min(1) } else { row.decimals };
        let digits = i32::try_from(decimals.unwrap_or(shown) + 2).unwrap_or(4);
        format!("1e-{digits}").parse().unwrap_or(1e-4)
    };
    of_source
        .filter_map(|row| {
            let sd = row.sd?;
            Some(Printed {
                task: row.task.clone(),
                model: row.model.clone(),
                mean: row.mean,
                sd,
                unit: unit(row),
                n: row.n,
            })
        })
        .collect()
}

/// Reads marks; those of another source are left out, and rows that mark nothing (the best model itself).
///
/// # Errors
/// One that names file, row and column: a mark that cannot be read, a comparison without "vs", a model that is not in the
/// table.
pub fn read_marks(path: &Path, table: &[Printed], source: Option<&str>, alpha: f64) -> Result<Vec<Mark>> {
    let columns = Columns::read(path, &[])?;
    let name = MARK.into_iter().find(|name| columns.has(name)).ok_or_else(|| {
        let names = columns.names();
        let found: Vec<&str> = names.iter().map(String::as_str).collect();
        Error::column(
            columns.place(),
            format!("no column {}; the columns are {}", listed(&MARK), listed(&found)),
        )
    })?;
    columns.require(column::TASK)?;
    let models: BTreeSet<&str> = table.iter().map(|row| row.model.as_str()).collect();
    let mut marks = Vec::new();
    for row in 0..columns.height() {
        let of = columns.text(column::SOURCE, row);
        if source.is_some_and(|source| of.as_deref() != Some(source)) {
            continue;
        }
        let text = columns.text(name, row).unwrap_or_default();
        let claim =
            parse_mark(&text, alpha).map_err(|error| columns.cell_error(name, row, error.to_string()))?;
        let task = columns.text(column::TASK, row);
        let task = task.ok_or_else(|| columns.cell_error(column::TASK, row, "the task is missing"))?;
        let (model_a, model_b) = compared(&columns, row, &models)?;
        if model_a == model_b {
            continue;
        }
        marks.push(Mark { task: task.into_owned(), model_a, model_b, claim, direction: Direction::Observed });
    }
    Ok(marks)
}

/// The two models of a row: columns `model_a` and `model_b`, or the words of `comparison`.
fn compared(columns: &Columns, row: usize, models: &BTreeSet<&str>) -> Result<(String, String)> {
    let found = listed(&models.iter().copied().collect::<Vec<&str>>());
    if let (Some(a), Some(b)) = (columns.text(column::MODEL_A, row), columns.text(column::MODEL_B, row)) {
        return Ok((a.into_owned(), b.into_owned()));
    }
    let text = columns.text(COMPARISON, row).ok_or_else(|| {
        columns.cell_error(
            COMPARISON,
            row,
            "the comparison is missing; expected model_a and model_b, or 'A vs B'",
        )
    })?;
    let (a, b) = text
        .split_once(" vs ")
        .ok_or_else(|| columns.cell_error(COMPARISON, row, format!("expected 'A vs B', found '{text}'")))?;
    let known = |words: &str| -> Option<String> {
        let words = words.trim();
        let inner = words.strip_prefix("best (").and_then(|rest| rest.strip_suffix(')')).unwrap_or(words);
        // "supervised ImageNet" is the row "ImageNet": the longest name that ends the words.
        let ends = |model: &&&str| inner == **model || inner.ends_with(&format!(" {model}"));
        models.iter().filter(ends).max_by_key(|model| model.len()).map(|model| (*model).to_owned())
    };
    let missing = |words: &str| {
        columns.cell_error(
            COMPARISON,
            row,
            format!("no model '{}' in the table; the models are {found}", words.trim()),
        )
    };
    Ok((known(a).ok_or_else(|| missing(a))?, known(b).ok_or_else(|| missing(b))?))
}
