//! Row structs to columns and back: one line a struct.
//!
//! Comes in: a slice of rows or a table. Goes out: the other of the two. Reads no file.

use super::{Column, Tidy, Values};
use crate::error::{Error, Result};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Float,
}

impl Kind {
    pub(crate) fn empty(self) -> Values {
        match self {
            Self::Text => Values::Text(Vec::new()),
            Self::Int => Values::Int(Vec::new()),
            Self::Float => Values::Float(Vec::new()),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "whole numbers",
            Self::Float => "numbers",
        }
    }
}

/// A type that a row's field may have.
pub(crate) trait Field: Sized {
    const KIND: Kind;
    /// Appends the field to a column of its kind.
    fn push(&self, values: &mut Values);
    /// Reads the field; `None` when the cell is missing and the field cannot be.
    fn take(values: &Values, row: usize) -> Option<Self>;
}

macro_rules! field {
    ($kind:ident, $plain:ty, $of:expr, $get:expr) => {
        impl Field for $plain {
            const KIND: Kind = Kind::$kind;
            fn push(&self, values: &mut Values) {
                if let Values::$kind(cells) = values {
                    cells.push($of(self));
                }
            }
            fn take(values: &Values, row: usize) -> Option<Self> {
                $get(values, row)
            }
        }
        impl Field for Option<$plain> {
            const KIND: Kind = Kind::$kind;
            fn push(&self, values: &mut Values) {
                if let Values::$kind(cells) = values {
                    cells.push(self.as_ref().and_then($of));
                }
            }
            fn take(values: &Values, row: usize) -> Option<Self> {
                Some($get(values, row))
            }
        }
    };
}

field!(Text, String, |text: &String| Some(text.clone()), |values: &Values, row| values
    .text(row)
    .map(str::to_owned));
field!(Int, i64, |whole: &i64| Some(*whole), Values::int);
// NaN is not a value: it is missing.
field!(Float, f64, |number: &f64| (!number.is_nan()).then_some(*number), Values::float);

/// A row struct of a table.
pub(crate) trait Row: Sized {
    /// Name of the table: the store's folder.
    const TABLE: &'static str;
    /// Columns in order, with their types.
    const FIELDS: &'static [(&'static str, Kind)];
    /// Columns that the table is sorted by.
    const SORT: &'static [&'static str];
    fn push(&self, columns: &mut [Column]);
    fn take(columns: &[&Column], row: usize) -> Result<Self>;

    /// The rows as columns.
    fn to_tidy(rows: &[Self]) -> Tidy {
        let mut columns: Vec<Column> = Self::FIELDS
            .iter()
            .map(|(name, kind)| Column { name: (*name).to_owned(), values: kind.empty() })
            .collect();
        for row in rows {
            row.push(&mut columns);
        }
        Tidy { columns }
    }

    /// The columns as rows.
    fn from_tidy(table: &Tidy) -> Result<Vec<Self>> {
        let columns: Vec<&Column> =
            Self::FIELDS.iter().map(|(name, _)| table.column(name)).collect::<Result<_>>()?;
        (0..table.height()).map(|row| Self::take(&columns, row)).collect()
    }
}

/// The error of a cell that must not be missing.
pub(crate) fn missing_cell(table: &str, column: &str, row: usize) -> Error {
    Error::Cell {
        place: format!("table {table}"),
        row: format!("row {}", row + 1),
        column: column.to_owned(),
        reason: "a value is missing that must be there".to_owned(),
    }
}

/// Implements [`Row`]: `table_row!(RunRow, "runs", sort [RUN_ID], run_id: RUN_ID, ...)`.
macro_rules! table_row {
    ($row:ident, $table:literal, sort [$($key:ident),*], $($field:ident: $type:ty => $name:ident),* $(,)?) => {
        impl $crate::table::Row for $row {
            const TABLE: &'static str = $table;
            const FIELDS: &'static [(&'static str, $crate::table::Kind)] =
                &[$(($crate::column::$name, <$type as $crate::table::Field>::KIND)),*];
            const SORT: &'static [&'static str] = &[$($crate::column::$key),*];

            fn push(&self, columns: &mut [$crate::table::Column]) {
                let mut columns = columns.iter_mut();
                $(if let Some(column) = columns.next() {
                    $crate::table::Field::push(&self.$field, &mut column.values);
                })*
            }

            fn take(columns: &[&$crate::table::Column], row: usize) -> $crate::Result<Self> {
                let mut columns = columns.iter();
                Ok(Self { $($field: {
                    let column = columns.next();
                    column
                        .and_then(|column| <$type as $crate::table::Field>::take(&column.values, row))
                        .ok_or_else(|| $crate::table::missing_cell($table, $crate::column::$name, row))?
                }),* })
            }
        }
    };
}
pub(crate) use table_row;
