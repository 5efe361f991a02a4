//! What was typed after `medtransfer analyze`, and how tables are printed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// How and where a table is printed.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// Form of the table
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
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

/// `medtransfer analyze ...`.
#[derive(Debug, Subcommand)]
pub enum AnalyzeCommand {
    /// Mean, spread and t interval of every model on every task
    Summarize(SummarizeArgs),
    /// Differences between models with tests, intervals, effect sizes and verdicts
    Compare(CompareArgs),
}

/// Where the results are and how to read them.
#[derive(Debug, Clone, Args)]
pub struct ResultsArgs {
    /// Results store, CSV or Parquet file, MLflow folder, TensorBoard event files
    pub input: PathBuf,
    /// Names in the file: `model=experiment,value=auc`
    #[arg(long, value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Unit of the values in the file
    #[arg(long, value_enum, default_value_t = Unit::Fraction)]
    pub unit: Unit,
    /// Runs behind each mean, for summary rows without `n`
    #[arg(long, allow_negative_numbers = true)]
    pub n: Option<i64>,
    /// Divisor n - ddof behind each standard deviation, for summary rows
    #[arg(long, allow_negative_numbers = true)]
    pub ddof: Option<i64>,
    /// Which rows and values
    #[command(flatten)]
    pub source: super::SourceArgs,
    /// Resamples of a test that draws (t-tests draw nothing, and say so)
    #[arg(long)]
    pub reps: Option<usize>,
    /// Seed of a test that draws (t-tests draw nothing, and say so)
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Units of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unit {
    /// In [0, 1]
    Fraction,
    /// In [0, 100]
    Percent,
}

/// `medtransfer analyze summarize`.
#[derive(Debug, Args)]
pub struct SummarizeArgs {
    /// Input
    #[command(flatten)]
    pub results: ResultsArgs,
    /// One minus the level of the intervals
    #[arg(long, default_value_t = 0.05, allow_negative_numbers = true)]
    pub alpha: f64,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `medtransfer analyze compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Input
    #[command(flatten)]
    pub results: ResultsArgs,
    /// Compare every model with this one
    #[arg(long, group = "pairs")]
    pub baseline: Option<String>,
    /// Compare every model with every other
    #[arg(long, group = "pairs")]
    pub all_pairs: bool,
    /// Compare every model with the best of its task
    #[arg(long, group = "pairs")]
    pub against_best: bool,
    /// Test
    #[arg(long, value_enum, default_value_t = TestArg::Welch)]
    pub test: TestArg,
    /// Adjustment of the p-values for multiplicity
    #[arg(long, value_enum, default_value_t = AdjustArg::Holm)]
    pub adjust: AdjustArg,
    /// The family of tests that is adjusted together
    #[arg(long, value_enum, default_value_t = OverArg::Task)]
    pub adjust_over: OverArg,
    /// Alternative hypothesis about model_a - model_b
    #[arg(long, value_enum, default_value_t = AlternativeArg::TwoSided)]
    pub alternative: AlternativeArg,
    /// Significance level; intervals have level 1 - alpha
    #[arg(long, default_value_t = 0.05, allow_negative_numbers = true)]
    pub alpha: f64,
    /// Equivalence margin, in the metric's unit as a fraction (0.01 = one point)
    #[arg(long, allow_negative_numbers = true)]
    pub margin: Option<f64>,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Tests for two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestArg {
    /// Welch's t: unequal variances
    Welch,
    /// Student's t: pooled variance
    Student,
}

/// Adjustments for multiplicity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the methods")]
pub enum AdjustArg {
    None,
    Bonferroni,
    Holm,
    Hochberg,
    Hommel,
    Bh,
    By,
}

/// Families of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OverArg {
    /// The tests of one task and metric
    Task,
    /// All tests of the call
    All,
}

/// Alternative hypotheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AlternativeArg {
    /// `model_a` and `model_b` differ
    TwoSided,
    /// `model_a` is better
    Greater,
    /// `model_a` is worse
    Less,
}
