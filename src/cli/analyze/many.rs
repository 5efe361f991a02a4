//! Verbs about many models on many tasks: rank, aggregate, mixed, bayes.

use analysis::tidy::{BayesMethod, Normalize, PostHoc, Statistic};
use clap::{Args, ValueEnum};

use super::named;
use super::shared::{OutputArgs, PairsArgs, ResultsArgs, StatArgs};

/// `medtransfer analyze rank`.
#[derive(Debug, Args)]
pub struct RankArgs {
    /// Input
    #[command(flatten)]
    pub results: ResultsArgs,
    /// What to print
    #[arg(long, value_enum, default_value_t = RankWhat::Omnibus)]
    pub what: RankWhat,
    /// Test of pairs
    #[arg(long, value_parser = named::<PostHoc>(), default_value = "nemenyi")]
    pub post_hoc: PostHoc,
    /// Control of `--post-hoc control` (and of the other tests: only pairs with it)
    #[arg(long)]
    pub baseline: Option<String>,
    /// What to leave out where a model has no result on a task: a rank needs all models
    #[arg(long, value_enum, default_value_t = Incomplete::Tasks)]
    pub leave_out: Incomplete,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Tables of `rank`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RankWhat {
    /// Friedman, Iman-Davenport and Quade tests of all models at once
    Omnibus,
    /// Mean rank of every model, with how stable it is over the seeds
    Ranks,
    /// Tests of pairs
    Pairs,
    /// Groups of models that do not differ: the bars of a critical-difference diagram
    Cliques,
}

/// What is left out where results are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Incomplete {
    /// Tasks on which a model is missing
    Tasks,
    /// Models that are missing on a task
    Models,
}

/// `medtransfer analyze aggregate`.
#[derive(Debug, Args)]
pub struct AggregateArgs {
    /// Input
    #[command(flatten)]
    pub results: ResultsArgs,
    /// What to print
    #[arg(long, value_enum, default_value_t = AggregateWhat::Score)]
    pub what: AggregateWhat,
    /// Statistics over runs and tasks (default: all four)
    #[arg(long, value_parser = named::<Statistic>(), value_delimiter = ',')]
    pub statistic: Vec<Statistic>,
    /// What values are turned into before they are pooled over tasks
    #[arg(long, value_parser = named::<Normalize>(), default_value = "none")]
    pub normalize: Normalize,
    /// Baseline of `--normalize baseline`, and of `--what improvement` (default: all pairs)
    #[arg(long)]
    pub baseline: Option<String>,
    /// What to leave out where a model has no result on a task
    #[arg(long, value_enum, default_value_t = Incomplete::Tasks)]
    pub leave_out: Incomplete,
    /// Points of a performance profile
    #[arg(long, default_value_t = 101)]
    pub points: usize,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Tables of `aggregate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AggregateWhat {
    /// One score a model
    Score,
    /// Probability that a run of one model beats a run of another
    Improvement,
    /// Share of runs above every threshold
    Profile,
}

/// `medtransfer analyze mixed`.
#[derive(Debug, Args)]
pub struct MixedArgs {
    /// Input
    #[command(flatten)]
    pub results: ResultsArgs,
    /// Reference model of the contrasts (default: the first by name)
    #[arg(long)]
    pub baseline: Option<String>,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `medtransfer analyze bayes`.
#[derive(Debug, Args)]
pub struct BayesArgs {
    /// Input
    #[command(flatten)]
    pub results: ResultsArgs,
    /// Pairs
    #[command(flatten)]
    pub pairs: PairsArgs,
    /// Method: signed ranks over tasks, or a correlated t on each task
    #[arg(long, value_parser = named::<BayesMethod>(), default_value = "signed-rank")]
    pub method: BayesMethod,
    /// Region of practical equivalence, as a fraction: differences in [-rope, rope] do not matter
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pub rope: f64,
    /// Correlation of two runs' differences: 0 for seeds on a fixed split, n_test / n_total for folds
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pub rho: f64,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}
