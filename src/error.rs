//! The one error of the program: what kind of failure it is (which decides the exit code) and one clear sentence.
//!
//! Comes in: what went wrong in any stage. Goes out: text for the terminal and an exit code. Prints nothing itself.

use std::path::Path;

/// Result of every fallible function of the program.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Bad usage or bad input: the user can mend it. Exit code 2.
    #[error("{0}")]
    Input(String),
    /// The work itself failed. Exit code 1.
    #[error("{0}")]
    Failed(String),
    /// A claim or check does not hold. Exit code 3.
    #[error("{0}")]
    CheckFailed(String),
    /// A passing trouble (no space, busy device): trying again may help. Exit code 75.
    #[error("{0}")]
    Temporary(String),
    /// Stopped by the user; the state left behind can be resumed. Exit code 130.
    #[error("interrupted; run the same command again to resume")]
    Interrupted,
}

impl Error {
    /// Bad usage or input: exit code 2.
    pub fn input(message: impl Into<String>) -> Self {
        Self::Input(message.into())
    }

    /// The work failed: exit code 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// Stopped by the user: exit code 130.
    pub fn interrupted() -> Self {
        Self::Interrupted
    }

    /// The exit code of the contract (`design.md`, section 5).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Input(_) => 2,
            Self::CheckFailed(_) => 3,
            Self::Temporary(_) => 75,
            Self::Interrupted => 130,
        }
    }
}

impl From<analysis::Error> for Error {
    fn from(error: analysis::Error) -> Self {
        use std::io::ErrorKind as K;
        let message = error.to_string();
        match &error {
            analysis::Error::Io { source, .. }
                if matches!(source.kind(), K::StorageFull | K::QuotaExceeded) =>
            {
                Self::Temporary(message)
            }
            _ if error.is_input() => Self::Input(message),
            _ => Self::Failed(message),
        }
    }
}

impl From<reports::Error> for Error {
    fn from(error: reports::Error) -> Self {
        match error {
            reports::Error::Analysis(error) => error.into(),
            other => Self::Input(other.to_string()),
        }
    }
}

/// Names the file in the error of an I/O call.
pub trait At<T> {
    /// Turns the error into "cannot `what` `path`: reason": an input error where the file is missing, unreadable or
    /// misnamed, a temporary one where the disk is full, else a failure.
    ///
    /// # Errors
    /// Whenever `self` is an error.
    fn at(self, what: &str, path: &Path) -> Result<T>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, what: &str, path: &Path) -> Result<T> {
        use std::io::ErrorKind as K;
        self.map_err(|error| {
            let message = format!("cannot {what} {}: {error}", path.display());
            match error.kind() {
                K::NotFound
                | K::PermissionDenied
                | K::NotADirectory
                | K::IsADirectory
                | K::InvalidData
                | K::UnexpectedEof
                | K::InvalidFilename => Error::Input(message),
                K::StorageFull | K::QuotaExceeded | K::Interrupted => Error::Temporary(message),
                _ => Error::Failed(message),
            }
        })
    }
}
