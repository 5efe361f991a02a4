//! What was typed after `medtransfer import`, and how foreign results are read wherever they are read.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Unit;

/// How a source of results is read, and which of its rows and values; shared by every command that reads results.
#[derive(Debug, Clone, Args)]
pub struct SourceArgs {
    /// Names in the source: `model=experiment,value=auc`; a place (`task=1`), a constant (`task==DXC14`)
    #[arg(long, value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Unit of the values in the source
    #[arg(long, value_enum, default_value_t = Unit::Fraction)]
    pub unit: Unit,
    /// Runs behind each mean, for summary rows without `n`
    #[arg(long, allow_negative_numbers = true)]
    pub n: Option<i64>,
    /// Divisor n - ddof behind each standard deviation, for summary rows
    #[arg(long, allow_negative_numbers = true)]
    pub ddof: Option<i64>,
    /// Only rows with this value, repeatable: `block=0`
    #[arg(long = "where", value_name = "COLUMN=VALUE")]
    pub filters: Vec<String>,
    /// The headers of a wide table are models (a row a task) or tasks (a row a model)
    #[arg(long, value_enum)]
    pub wide: Option<WideArg>,
    /// The metrics to read where there are several
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub metric: Vec<String>,
    /// Step of a tracker's metric that counts: `last`, `max` or a step's number (default: last)
    #[arg(long, value_name = "last|max|N", allow_negative_numbers = true)]
    pub step: Option<String>,
}

/// What the headers of a wide table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WideArg {
    /// A row a task, a column a model
    Models,
    /// A row a model, a column a task
    Tasks,
}

/// `medtransfer import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// CSV, TSV or Parquet file, `MLflow` folder (mlruns), `TensorBoard` event file or folder of them
    pub input: PathBuf,
    /// Results store to write into; made where there is none
    #[arg(long)]
    pub store: PathBuf,
    /// Name of the experiment that the rows become
    #[arg(long, default_value = "imported")]
    pub experiment: String,
    /// How it is read
    #[command(flatten)]
    pub source: SourceArgs,
    /// Family of a model: `SimCLR=ssl`, repeatable or comma-separated
    #[arg(long, value_delimiter = ',', value_name = "MODEL=FAMILY")]
    pub family_map: Vec<String>,
    /// Say what would be written and write nothing
    #[arg(long)]
    pub dry_run: bool,
}
