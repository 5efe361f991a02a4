//! Wide tables: a column a model (or a task), to a row a value.
//!
//! Comes in: a [`Sheet`] and what its other columns mean. Goes out: a sheet with `model`, `task`, `value`. A column in
//! which no cell is a number is left out and counted; a column with some numbers is taken, and text in it is an error of
//! its cell later on.

use super::Wide;
use super::names::OURS;
use super::sheet::{Sheet, taken, text};
use crate::column;
use crate::error::{Error, Result};
use crate::table::{Column, Tidy, Values};

impl Wide {
    /// The column that the headers become, and the one that must be there.
    fn roles(self) -> (&'static str, &'static str) {
        match self {
            Self::Models => (column::MODEL, column::TASK),
            Self::Tasks => (column::TASK, column::MODEL),
        }
    }

    fn option(self) -> &'static str {
        match self {
            Self::Models => "--wide models",
            Self::Tasks => "--wide tasks",
        }
    }
}

/// Turns columns into rows. `columns` is the mapping (ours, theirs); `others` are columns that are no headers (of
/// `--where`).
pub(super) fn melt(
    sheet: &mut Sheet,
    columns: &mut Vec<(String, String)>,
    wide: Wide,
    others: &[&str],
) -> Result<()> {
    let (across, down) = wide.roles();
    if let Some((ours, theirs)) = columns.iter().find(|(ours, _)| ours == across || ours == column::VALUE) {
        let reason =
            format!("--columns {ours}={theirs} and {}: the {ours} comes from the headers", wide.option());
        return Err(Error::argument(reason));
    }
    name_the_first(sheet, columns, down, wide)?;
    let is_kept = |name: &str| {
        others.contains(&name)
            || columns.iter().any(|(_, theirs)| theirs == name)
            || (OURS.contains(&name) && !columns.iter().any(|(ours, _)| ours == name))
    };
    let (kept, rest): (Vec<Column>, Vec<Column>) =
        std::mem::take(&mut sheet.table).columns.into_iter().partition(|column| is_kept(&column.name));
    let (headers, strangers): (Vec<Column>, Vec<Column>) = rest.into_iter().partition(has_numbers);
    for column in &strangers {
        sheet.drops.add("column without a number", 1, &format!("column '{}'", column.name));
    }
    if headers.is_empty() {
        let reason = format!("{}: no column holds numbers that could be values", wide.option());
        return Err(Error::column(&sheet.place, reason));
    }
    let rows: Vec<usize> = (0..sheet.labels.len()).flat_map(|row| vec![row; headers.len()]).collect();
    let mut long: Vec<Column> = kept
        .iter()
        .map(|column| Column { name: column.name.clone(), values: taken(&column.values, &rows) })
        .collect();
    long.retain(|column| column.name != across && column.name != column::VALUE);
    let cell =
        |(place, row): (usize, &usize)| headers.get(place % headers.len()).map(|column| (column, *row));
    let cells = || rows.iter().enumerate().filter_map(|(place, row)| cell((place, row)));
    let names = cells().map(|(column, _)| Some(column.name.clone())).collect();
    let values = cells().map(|(column, row)| text(&column.values, row)).collect();
    let labels = cells().map(|(column, row)| format!("{} ({})", sheet.labels[row], column.name)).collect();
    long.push(Column { name: across.to_owned(), values: Values::Text(names) });
    long.push(Column { name: column::VALUE.to_owned(), values: Values::Text(values) });
    sheet.table = Tidy { columns: long };
    sheet.labels = labels;
    Ok(())
}

/// An unnamed first column (a pandas index, R's row names) is the task of `models`, the model of `tasks`.
fn name_the_first(sheet: &Sheet, columns: &mut Vec<(String, String)>, down: &str, wide: Wide) -> Result<()> {
    if columns.iter().any(|(ours, _)| ours == down) || sheet.column(down).is_some() {
        return Ok(());
    }
    match sheet.table.columns.first() {
        Some(first) if first.name.is_empty() => {
            columns.push((down.to_owned(), String::new()));
            Ok(())
        }
        _ => {
            let hint = format!(
                "{} needs it; hint: name it with --columns {down}=THEIRS, or by its place, {down}=1",
                wide.option()
            );
            Err(sheet.missing(&format!("'{down}'"), &hint))
        }
    }
}

/// True when a cell of the column is a number.
pub(super) fn has_numbers(column: &Column) -> bool {
    (0..column.values.len())
        .any(|row| text(&column.values, row).is_some_and(|text| text.parse::<f64>().is_ok()))
}

/// True when the sheet looks like a table with a column a model: names first, then two or more columns of numbers.
pub(super) fn looks_wide(sheet: &Sheet) -> bool {
    match sheet.table.columns.split_first() {
        Some((first, rest)) => !has_numbers(first) && rest.len() > 1 && rest.iter().all(has_numbers),
        None => false,
    }
}
