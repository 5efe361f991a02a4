//! A table to a Polars frame, to Parquet, and back.
//!
//! Comes in: a table, a frame or a Parquet file. Goes out: another of them. The only types are text, 64-bit whole
//! numbers and 64-bit floats: whatever else a file holds is turned into one of them or refused by name.

use std::fs::File;
use std::path::Path;

use polars::prelude::{
    AnyValue, Column as PolarsColumn, DataFrame, DataType, NamedFrom, ParquetCompression, ParquetReader,
    ParquetWriter, SerReader, Series,
};

use super::{Column, Kind, Tidy, Values};
use crate::error::{At, Error, Result};

impl Tidy {
    /// The table as a Polars frame: text, `Int64` and `Float64` columns.
    ///
    /// # Errors
    /// When columns differ in length or share a name.
    pub fn to_frame(&self) -> Result<DataFrame> {
        let columns = self
            .columns
            .iter()
            .map(|column| {
                let name = column.name.as_str().into();
                PolarsColumn::from(match &column.values {
                    Values::Text(cells) => Series::new(name, cells),
                    Values::Int(cells) => Series::new(name, cells),
                    Values::Float(cells) => Series::new(name, cells),
                })
            })
            .collect();
        DataFrame::new(self.height(), columns)
            .map_err(|error| Error::frame("make a frame of a table", &error))
    }

    /// A Polars frame as a table: text and categories become text, whole numbers `i64`, floats `f64` (NaN becomes
    /// missing), booleans "true" and "false", dates and times their text.
    ///
    /// # Errors
    /// When a column has another type (lists, structs, bytes) or holds a whole number above `i64::MAX`.
    pub fn from_frame(frame: &DataFrame) -> Result<Self> {
        let columns = frame
            .columns()
            .iter()
            .map(|column| {
                let kind = kind_of(column.dtype()).ok_or_else(|| {
                    Error::column(
                        "frame",
                        format!(
                            "column '{}' has type {}, which a table cannot hold",
                            column.name(),
                            column.dtype()
                        ),
                    )
                })?;
                Ok(Column { name: column.name().to_string(), values: values_of(column, kind, "frame")? })
            })
            .collect::<Result<_>>()?;
        Ok(Self { columns })
    }

    /// Writes the table as a Parquet file, whole or not at all. The same table gives the same bytes.
    ///
    /// # Errors
    /// As [`Tidy::to_frame`], or when the file cannot be written.
    pub fn write_parquet(&self, path: &Path) -> Result<()> {
        let bytes = parquet_bytes(self.to_frame()?)?;
        crate::atomic::write(path, &bytes).at("write", path)
    }
}

/// A frame as the bytes of a Parquet file (zstd, one row group a quarter million rows).
pub(crate) fn parquet_bytes(mut frame: DataFrame) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .finish(&mut frame)
        .map_err(|error| Error::frame("encode Parquet", &error))?;
    Ok(bytes)
}

/// Reads a whole Parquet file.
pub(crate) fn read_parquet(path: &Path) -> Result<DataFrame> {
    let file = File::open(path).at("read", path)?;
    ParquetReader::new(file)
        .finish()
        .map_err(|error| Error::file(path, format!("not a Parquet file that can be read: {error}")))
}

impl Kind {
    pub(crate) fn dtype(self) -> DataType {
        match self {
            Self::Text => DataType::String,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
        }
    }
}

/// Which of the three types a column becomes.
pub(crate) fn kind_of(dtype: &DataType) -> Option<Kind> {
    match dtype {
        DataType::String
        | DataType::Boolean
        | DataType::Null
        | DataType::Categorical(..)
        | DataType::Enum(..)
        | DataType::Date
        | DataType::Datetime(..) => Some(Kind::Text),
        dtype if dtype.is_integer() => Some(Kind::Int),
        dtype if dtype.is_float() => Some(Kind::Float),
        _ => None,
    }
}

/// A column as cells of `kind`; `place` is the file or table that errors name.
pub(crate) fn values_of(column: &PolarsColumn, kind: Kind, place: &str) -> Result<Values> {
    let refuse = |error: &dyn std::fmt::Display| {
        let reason = format!(
            "column '{}' of type {} cannot be read as {}: {error}",
            column.name(),
            column.dtype(),
            kind.name()
        );
        Error::column(place, reason)
    };
    if kind == Kind::Text && *column.dtype() == DataType::Boolean {
        let flags = column.as_materialized_series().iter().map(|cell| match cell {
            AnyValue::Boolean(flag) => Some(flag.to_string()),
            _ => None,
        });
        return Ok(Values::Text(flags.collect()));
    }
    let cast = column.strict_cast(&kind.dtype()).map_err(|error| refuse(&error))?;
    Ok(match kind {
        Kind::Text => {
            let cells = cast.str().map_err(|error| refuse(&error))?;
            Values::Text(cells.iter().map(|cell| cell.map(str::to_owned)).collect())
        }
        Kind::Int => Values::Int(cast.i64().map_err(|error| refuse(&error))?.iter().collect()),
        Kind::Float => {
            let cells = cast.f64().map_err(|error| refuse(&error))?;
            Values::Float(cells.iter().map(|cell| cell.filter(|number| !number.is_nan())).collect())
        }
    })
}
