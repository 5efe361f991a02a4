//! What was typed after `medtransfer analyze`, one verb a struct.

mod cases;
mod many;
mod plan;
mod shared;

use clap::{Args, Subcommand};

use analysis::tidy::Test;

pub use cases::{AucArgs, AucWhat, CaseInputArgs, CasesArgs, ReadersArgs, ReadersModel};
pub use many::{AggregateArgs, AggregateWhat, BayesArgs, Incomplete, MixedArgs, RankArgs, RankWhat};
pub use plan::{AuditArgs, PowerArgs};
use shared::named;
pub use shared::{Format, OutputArgs, PairsArgs, ResultsArgs, StatArgs, Unit};

/// `medtransfer analyze ...`.
#[derive(Debug, Subcommand)]
pub enum AnalyzeCommand {
    /// Mean, spread and t interval of every model on every task
    Summarize(SummarizeArgs),
    /// Differences between models with tests, intervals, effect sizes and verdicts
    Compare(CompareArgs),
    /// Many models over many tasks by ranks: Friedman, Nemenyi, Conover, Quade
    Rank(RankArgs),
    /// One score a model over all tasks: IQM, probability of improvement, performance profiles
    Aggregate(AggregateArgs),
    /// AUC of predictions, with DeLong's test or a bootstrap by patient
    Auc(AucArgs),
    /// Per-case scores (Dice of masks) compared patient by patient
    Cases(CasesArgs),
    /// AUC over seeds and cases together: Obuchowski-Rockette with training seeds as readers
    Readers(ReadersArgs),
    /// Mixed model: value ~ model + (1|task) + (1|task:model)
    Mixed(MixedArgs),
    /// Probabilities that a model is better, practically equal or worse
    Bayes(BayesArgs),
    /// How many runs a comparison needs, and what a number of runs can show
    Power(PowerArgs),
    /// Which assumptions reproduce the significance marks of a published table
    Audit(AuditArgs),
}

/// `medtransfer analyze summarize`.
#[derive(Debug, Args)]
pub struct SummarizeArgs {
    /// Input
    #[command(flatten)]
    pub results: ResultsArgs,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
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
    /// Pairs
    #[command(flatten)]
    pub pairs: PairsArgs,
    /// Test
    #[arg(long, value_parser = named::<Test>(), default_value = "welch")]
    pub test: Test,
    /// Equivalence margin, in the metric's unit as a fraction (0.01 = one point)
    #[arg(long, allow_negative_numbers = true)]
    pub margin: Option<f64>,
    /// What pairs two models' values in a paired test: the column `seed` of the input
    #[arg(long, value_parser = ["seed", "fold"])]
    pub pair_by: Option<String>,
    /// Test cases over training cases of one run, for corrected-t: 1/(k - 1) for k folds
    #[arg(long, allow_negative_numbers = true)]
    pub test_over_train: Option<f64>,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}
