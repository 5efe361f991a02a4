//! A source of any kind as one table of cells, each row with the place that an error names.
//!
//! Comes in: a path. Goes out: a [`Sheet`]: the table, its rows' labels, what was left out. The kind is told by content
//! (an `MLflow` folder, event files) and by extension (CSV, Parquet). Knows no models and no tasks.

use std::path::Path;

use super::drops::Drops;
use super::{ReadOptions, csv, mlflow, tensorboard};
use crate::error::{At, Error, Result, listed};
use crate::table::{Column, Tidy, Values, read_parquet};

/// What is expected where a path is none of it.
pub(super) const KINDS: &str =
    "expected a store, a .csv or .parquet file, an MLflow folder (mlruns) or TensorBoard event files";
/// How many values of a column an error lists.
const MOST_LISTED: usize = 10;

/// A source's cells.
#[derive(Debug)]
pub(super) struct Sheet {
    /// The path, as errors name it.
    pub(super) place: String,
    pub(super) table: Tidy,
    /// The place of each row: "line 3", "run 4e0f"; of the table's height.
    pub(super) labels: Vec<String>,
    pub(super) drops: Drops,
    pub(super) warnings: Vec<String>,
    /// Rows are runs of a tracker: the metric was chosen when they were read.
    pub(super) is_tracker: bool,
}

impl Sheet {
    /// Reads a file or a tracker's folder.
    pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Self> {
        if path.is_dir() {
            if let Some(root) = mlflow::root(path) {
                return mlflow::read(&root, options);
            }
            if tensorboard::is_tree(path) {
                return tensorboard::read(path, options);
            }
            return Err(Error::file(path, format!("not a results store: it has no folder 'runs'; {KINDS}")));
        }
        let extension =
            path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
        let (table, labels) = match extension.as_deref() {
            Some("csv" | "tsv" | "txt") => {
                let bytes = std::fs::read(path).at("read", path)?;
                columns_of(csv::parse(&bytes).map_err(|reason| Error::file(path, reason))?)
            }
            Some("parquet" | "pq") => {
                let table = Tidy::from_frame(&usable(read_parquet(path)?))?;
                let labels = (1..=table.height()).map(|row| format!("row {row}")).collect();
                (table, labels)
            }
            _ if tensorboard::is_file(path) => return tensorboard::read(path, options),
            _ => {
                std::fs::metadata(path).at("read", path)?;
                return Err(Error::file(path, format!("unknown kind of file; {KINDS}")));
            }
        };
        let place = path.display().to_string();
        Ok(Self { place, table, labels, drops: Drops::default(), warnings: Vec::new(), is_tracker: false })
    }

    /// The runs of a store.
    pub(super) fn of_runs(path: &Path, table: Tidy) -> Self {
        let labels = (0..table.height())
            .map(|row| {
                let run_id = table.columns.first().and_then(|column| text(&column.values, row));
                format!("run {}", run_id.unwrap_or_default())
            })
            .collect();
        let place = path.display().to_string();
        Self { place, table, labels, drops: Drops::default(), warnings: Vec::new(), is_tracker: false }
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.table.columns.iter().find(|column| column.name == name)
    }

    /// The error of a column that is not there.
    pub(super) fn missing(&self, what: &str, hint: &str) -> Error {
        let shown = |name: &'_ str| if name.is_empty() { "(unnamed)".to_owned() } else { name.to_owned() };
        let found: Vec<String> = self.table.columns.iter().map(|column| shown(&column.name)).collect();
        Error::column(&self.place, format!("no column {what}; the columns are {}; {hint}", listed(&found)))
    }

    /// A new text column that says the same in every row; one that is there is replaced.
    pub(super) fn set_constant(&mut self, name: &str, text: &str) {
        self.table.columns.retain(|column| column.name != name);
        let cells = vec![Some(text.to_owned()); self.labels.len()];
        self.table.columns.push(Column { name: name.to_owned(), values: Values::Text(cells) });
    }

    /// Keeps the rows whose cell in `column` is `wanted` (as text, or as the same number).
    pub(super) fn keep(&mut self, column: &str, wanted: &str, option: &str) -> Result<()> {
        let Some(found) = self.column(column) else {
            return Err(self.missing(&format!("'{column}'"), &format!("it was named by {option}")));
        };
        let cells: Vec<String> =
            (0..self.labels.len()).map(|row| text(&found.values, row).unwrap_or_default()).collect();
        let (kept, left): (Vec<usize>, Vec<usize>) =
            (0..cells.len()).partition(|row| same(&cells[*row], wanted));
        if kept.is_empty() && !cells.is_empty() {
            let mut values = cells;
            values.sort();
            values.dedup();
            let more = if values.len() > MOST_LISTED { ", ..." } else { "" };
            values.truncate(MOST_LISTED);
            return Err(Error::column(
                &self.place,
                format!("{option} leaves no row; column '{column}' holds {}{more}", listed(&values)),
            ));
        }
        if let Some(first) = left.first() {
            self.drops.add(format!("row left out by {option}"), left.len(), &self.labels[*first]);
        }
        self.take(&kept);
        Ok(())
    }

    /// Only these rows, in this order.
    pub(super) fn take(&mut self, rows: &[usize]) {
        for column in &mut self.table.columns {
            column.values = taken(&column.values, rows);
        }
        self.labels = rows.iter().map(|row| self.labels[*row].clone()).collect();
    }
}

/// A cell as trimmed text; `None` when it is empty.
pub(super) fn text(values: &Values, row: usize) -> Option<String> {
    let text = match values {
        Values::Text(_) => values.text(row)?.to_owned(),
        Values::Int(_) => values.int(row)?.to_string(),
        Values::Float(_) => values.float(row)?.to_string(),
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The same text, or the same number: `0` is `0.0`.
fn same(cell: &str, wanted: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    cell == wanted.trim()
        || number(cell)
            .zip(number(wanted.trim()))
            .is_some_and(|(a, b)| a.total_cmp(&b).is_eq() || (a - b).abs() <= 0.0)
}

/// The cells of some rows.
pub(super) fn taken(values: &Values, rows: &[usize]) -> Values {
    fn of<T: Clone>(cells: &[Option<T>], rows: &[usize]) -> Vec<Option<T>> {
        rows.iter().map(|row| cells.get(*row).cloned().flatten()).collect()
    }
    match values {
        Values::Text(cells) => Values::Text(of(cells, rows)),
        Values::Int(cells) => Values::Int(of(cells, rows)),
        Values::Float(cells) => Values::Float(of(cells, rows)),
    }
}

/// A CSV's rows as text columns, and their lines.
pub(super) fn columns_of(csv: csv::Csv) -> (Tidy, Vec<String>) {
    let mut cells: Vec<Vec<Option<String>>> = vec![Vec::with_capacity(csv.rows.len()); csv.header.len()];
    let mut lines = Vec::with_capacity(csv.rows.len());
    for row in csv.rows {
        lines.push(format!("line {}", row.number));
        for (column, field) in cells.iter_mut().zip(row.fields) {
            column.push(field);
        }
    }
    let columns =
        csv.header.into_iter().zip(cells).map(|(name, cells)| Column { name, values: Values::Text(cells) });
    (Tidy { columns: columns.collect() }, lines)
}

/// Drops columns of types that a table cannot hold (lists, structs): results do not stand in them.
pub(super) fn usable(frame: polars::prelude::DataFrame) -> polars::prelude::DataFrame {
    let unusable: Vec<_> = (frame.columns().iter())
        .filter(|column| crate::table::kind_of(column.dtype()).is_none())
        .map(|column| column.name().clone())
        .collect();
    frame.drop_many(unusable)
}
