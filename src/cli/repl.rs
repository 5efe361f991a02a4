//! What was typed after `medtransfer repl`.

use std::path::PathBuf;

use clap::Args;

/// `medtransfer repl`.
#[derive(Debug, Args)]
pub struct ReplArgs {
    /// Results store (at hand as `store` and `results`), or a CSV or Parquet file (as `results`); default: `results`
    /// where that is a store
    pub store: Option<PathBuf>,
}
