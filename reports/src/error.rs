//! The one error type of this crate.
//!
//! In: what went wrong and where. Out: one line, lower-case, without a full stop, that names the file and line and says
//! what to do. It prints nothing and adds no backtrace; the program prints the chain once.

use std::path::{Path, PathBuf};

/// Everything that can stop a report from being built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something in the notebook is wrong.
    #[error("{}:{line}: {message}", file.display())]
    Notebook {
        /// The notebook as it was named.
        file: PathBuf,
        /// Line in the notebook, from 1.
        line: usize,
        /// What is wrong and, where there is one, a near name.
        message: String,
    },
    /// Something in a page template is wrong.
    #[error("template {name}:{line}: {message}")]
    Template {
        /// File name of the template.
        name: String,
        /// Line in the template, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The store or a statistic refused its input.
    #[error(transparent)]
    Analysis(#[from] analysis::Error),
    /// Anything without a place in a file, such as a parameter typed on the command line.
    #[error("{0}")]
    Input(String),
}

/// Shorthand of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error at a line of the notebook.
    #[must_use]
    pub fn at(file: &Path, line: usize, message: impl Into<String>) -> Error {
        Error::Notebook { file: file.to_path_buf(), line, message: message.into() }
    }
}

/// Reads a file as text, naming it in the error.
///
/// # Errors
/// When the file cannot be read or is not UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })
}
