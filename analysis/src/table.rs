//! A tidy result without Polars in its interface: named columns of equal length, each of text, whole numbers or floats.
//!
//! Comes in: columns, rows or a frame. Goes out: CSV and JSON text, a Parquet file, a frame. Numbers are never rounded
//! here and never styled: that is the report's work.

mod frame;
mod row;
mod text;

pub(crate) use frame::{kind_of, parquet_bytes, read_parquet};
pub(crate) use row::{Field, Kind, Row, missing_cell, table_row};

use crate::error::{Error, Result, listed};

/// The cells of one column; `None` is missing.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Text.
    Text(Vec<Option<String>>),
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Floats; no cell holds NaN.
    Float(Vec<Option<f64>>),
}

impl Values {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Int(cells) => cells.len(),
            Self::Float(cells) => cells.len(),
        }
    }

    /// True without cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text in `row`; `None` when missing, out of range or not a text column.
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(cells) => cells.get(row)?.as_deref(),
            Self::Int(_) | Self::Float(_) => None,
        }
    }

    /// The whole number in `row`; `None` when missing, out of range or not an integer column.
    pub fn int(&self, row: usize) -> Option<i64> {
        match self {
            Self::Int(cells) => *cells.get(row)?,
            Self::Text(_) | Self::Float(_) => None,
        }
    }

    /// The number in `row`, whole numbers included; `None` when missing, out of range or text.
    pub fn float(&self, row: usize) -> Option<f64> {
        match self {
            Self::Float(cells) => *cells.get(row)?,
            Self::Int(cells) => cells.get(row)?.map(|whole| whole as f64),
            Self::Text(_) => None,
        }
    }
}

/// A named column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name, from [`crate::column`] where it is one of ours.
    pub name: String,
    /// The cells.
    pub values: Values,
}

/// A table: one row an observation, columns of equal length and different names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tidy {
    /// The columns, in the order they are shown.
    pub columns: Vec<Column>,
}

impl Tidy {
    /// Number of rows.
    pub fn height(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// The column `name`.
    ///
    /// # Errors
    /// When there is none; the error lists those there are.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| {
            let found: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
            Error::column("table", format!("no column '{name}'; the columns are {}", listed(&found)))
        })
    }
}
