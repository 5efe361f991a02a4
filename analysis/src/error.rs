//! The one error of the crate: what was attempted, on what (file, row, column), what was found, what to do.
//!
//! Comes in: failures of reading, checking and writing. Goes out: one lower-case sentence and, by
//! [`Error::is_input`], whether the user can mend it. Prints nothing.

use std::path::{Path, PathBuf};

/// Result of every fallible function of the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong with a table, a file or an argument.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was attempted, as a verb: "read", "write", "create".
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason of the operating system.
        source: std::io::Error,
    },
    /// A file is there but is not what it should be (not Parquet, not UTF-8, a ragged row).
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// A column that is needed is not there or has a type that cannot be used.
    #[error("{place}: {reason}")]
    Column {
        /// The file or table.
        place: String,
        /// Which column, which ones there are, what to do.
        reason: String,
    },
    /// A cell holds what its column cannot hold.
    #[error("{place}, {row}, column '{column}': {reason}")]
    Cell {
        /// The file or table.
        place: String,
        /// "line 3" of a CSV as an editor counts it (the header is line 1), "row 2" of a Parquet file (from 1).
        row: String,
        /// The column's name in the file.
        column: String,
        /// What was expected, what was found, what to do.
        reason: String,
    },
    /// Two rows say the same thing.
    #[error("{place}: {first} and {second} both hold {key}; {hint}")]
    Duplicate {
        /// The file or table.
        place: String,
        /// The earlier row.
        first: String,
        /// The later row.
        second: String,
        /// What both rows hold.
        key: String,
        /// What to do.
        hint: String,
    },
    /// An argument or a record does not fit the data.
    #[error("{0}")]
    Argument(String),
    /// Polars failed on data that was checked before: a fault of ours or of the machine.
    #[error("cannot {what}: {reason}")]
    Frame {
        /// What was attempted.
        what: String,
        /// Polars' reason.
        reason: String,
    },
}

impl Error {
    /// True when the input or the usage is at fault (exit code 2), false when the work itself failed (exit code 1).
    pub fn is_input(&self) -> bool {
        use std::io::ErrorKind as K;
        match self {
            Self::Io { what, source, .. } => {
                *what == "read"
                    || matches!(
                        source.kind(),
                        K::NotFound | K::PermissionDenied | K::NotADirectory | K::IsADirectory
                    )
            }
            Self::Frame { .. } => false,
            Self::File { .. }
            | Self::Column { .. }
            | Self::Cell { .. }
            | Self::Duplicate { .. }
            | Self::Argument(_) => true,
        }
    }

    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::Argument(message.into())
    }

    pub(crate) fn file(path: &Path, reason: impl Into<String>) -> Self {
        Self::File { path: path.to_path_buf(), reason: reason.into() }
    }

    pub(crate) fn column(place: impl std::fmt::Display, reason: impl Into<String>) -> Self {
        Self::Column { place: place.to_string(), reason: reason.into() }
    }

    pub(crate) fn frame(what: impl Into<String>, reason: &impl std::fmt::Display) -> Self {
        Self::Frame { what: what.into(), reason: reason.to_string() }
    }
}

/// Names the file in the error of an I/O call.
pub(crate) trait At<T> {
    /// Turns the error into "cannot `what` `path`: reason".
    fn at(self, what: &'static str, path: &Path) -> Result<T>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, what: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io { what, path: path.to_path_buf(), source })
    }
}

/// "a, b, c", or "none" when there is nothing to list.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}
