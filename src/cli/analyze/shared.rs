//! Options that every verb has: where the results are, how tests are made, how tables are printed.

use std::path::PathBuf;
use std::str::FromStr;

use analysis::stat::{Adjust, Alternative};
use analysis::tidy::{AdjustOver, Unit as Repeats};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

/// An enum of `analysis` whose names are the values of an option.
pub(super) trait Named: FromStr<Err: std::fmt::Display> + Copy + Send + Sync + 'static {
    const NAMES: &'static [&'static str];
}

macro_rules! named {
    ($($type:ty),*) => { $(impl Named for $type { const NAMES: &'static [&'static str] = <$type>::NAMES; })* };
}
named!(
    Adjust,
    AdjustOver,
    Alternative,
    Repeats,
    analysis::tidy::Test,
    analysis::tidy::PostHoc,
    analysis::tidy::Statistic,
    analysis::tidy::Normalize,
    analysis::tidy::BayesMethod,
    analysis::tidy::AucMethod,
    analysis::tidy::CasesTest,
    analysis::tidy::ReadersMethod
);

/// Parses the names of an enum; anything else is answered with the list of them.
pub(super) fn named<T: Named>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::NAMES)
        .try_map(|text| text.parse::<T>().map_err(|error| Problem(error.to_string())))
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Problem(String);

/// How and where a table is printed.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// Form of the table (default: that of the file's ending with `--out`, else table)
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// File to write instead of the terminal
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// Forms of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns, rounded for reading
    Table,
    /// Comma-separated values, full precision
    Csv,
    /// Array of objects, full precision
    Json,
    /// Parquet (needs `--out`)
    Parquet,
    /// GitHub Markdown
    Md,
    /// LaTeX tabular
    Tex,
}

/// Where the results are and how to read them.
#[derive(Debug, Clone, Args)]
pub struct ResultsArgs {
    /// Results store, CSV or Parquet file, MLflow folder, TensorBoard event files
    pub input: PathBuf,
    /// How it is read
    #[command(flatten)]
    pub source: crate::cli::SourceArgs,
    /// What the values of a model repeat (default: seed where the input has seeds, fold where it has folds, else run)
    #[arg(long, value_parser = named::<Repeats>())]
    pub repeats: Option<Repeats>,
}

/// Units of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unit {
    /// In [0, 1]
    Fraction,
    /// In [0, 100]
    Percent,
}

/// How tests, intervals and draws are made.
#[derive(Debug, Clone, Args)]
pub struct StatArgs {
    /// Significance level; intervals have level 1 - alpha
    #[arg(long, default_value_t = 0.05, allow_negative_numbers = true)]
    pub alpha: f64,
    /// Adjustment of the p-values for multiplicity (default: holm)
    #[arg(long, value_parser = named::<Adjust>())]
    pub adjust: Option<Adjust>,
    /// The family of tests that is adjusted together (default: task)
    #[arg(long, value_parser = named::<AdjustOver>())]
    pub adjust_over: Option<AdjustOver>,
    /// Alternative hypothesis about model_a - model_b (default: two-sided)
    #[arg(long, value_parser = named::<Alternative>())]
    pub alternative: Option<Alternative>,
    /// Resamples or permutations of a method that draws
    #[arg(long)]
    pub reps: Option<u64>,
    /// Seed of the draws (default: 0)
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Which models are compared.
#[derive(Debug, Clone, Args)]
pub struct PairsArgs {
    /// Compare every model with this one
    #[arg(long, group = "pairs")]
    pub baseline: Option<String>,
    /// Compare every model with every other
    #[arg(long, group = "pairs")]
    pub all_pairs: bool,
    /// Compare every model with the best of its task
    #[arg(long, group = "pairs")]
    pub against_best: bool,
}
