//! Verbs about many models on many tasks: rank, aggregate, mixed, bayes.

use clap::{Args, ValueEnum};

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
    #[arg(long, value_enum, default_value_t = PostHoc::Nemenyi)]
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

/// Tests of pairs after ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PostHoc {
    /// All pairs, adjusted by the studentized range
    Nemenyi,
    /// All pairs, t on rank sums
    Conover,
    /// Models against one control, z on mean ranks
    Control,
    /// All pairs, Wilcoxon's signed ranks over tasks
    Wilcoxon,
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
    #[arg(long, value_enum, value_delimiter = ',')]
    pub statistic: Vec<Statistic>,
    /// What values are turned into before they are pooled over tasks
    #[arg(long, value_enum, default_value_t = Normalize::None)]
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

/// Statistics of `aggregate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the statistics")]
pub enum Statistic {
    Mean,
    Median,
    Iqm,
    OptimalityGap,
}

/// What values are turned into before pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Normalize {
    /// Nothing: the trim of the IQM may then take whole tasks
    None,
    /// (value - baseline's mean) / (1 - baseline's mean), task by task
    Baseline,
    /// (value - task's mean) / pooled standard deviation over runs, task by task
    PooledSd,
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
    #[arg(long, value_enum, default_value_t = BayesMethod::SignedRank)]
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

/// Methods of `bayes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BayesMethod {
    /// Signed ranks of the tasks' mean differences (Benavoli 2014)
    SignedRank,
    /// Student's t on the differences of paired runs, task by task (Corani & Benavoli 2015)
    CorrelatedT,
}
