//! Verbs about single cases: auc, cases, readers.

use std::path::PathBuf;

use analysis::tidy::{AucMethod, CasesTest, ReadersMethod};
use clap::{Args, ValueEnum};

use super::named;
use super::shared::{OutputArgs, PairsArgs, StatArgs};

/// Where predictions or per-case scores are.
#[derive(Debug, Clone, Args)]
pub struct CaseInputArgs {
    /// Results store, CSV or Parquet file with a row a case
    pub input: PathBuf,
    /// Names in the file: `target=outcome,case_id=image,group_id=patient`
    #[arg(long, value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Columns of scores, one a model, where models stand side by side: `--models densenet121,resnet50`
    #[arg(long, value_delimiter = ',')]
    pub models: Vec<String>,
    /// The target that counts as positive, where it is not 1
    #[arg(long)]
    pub positive: Option<String>,
    /// Keep only this task
    #[arg(long)]
    pub task: Option<String>,
    /// Take only the runs of this training seed
    #[arg(long, allow_negative_numbers = true)]
    pub of_seed: Option<i64>,
}

/// `medtransfer analyze auc`.
#[derive(Debug, Args)]
pub struct AucArgs {
    /// Input
    #[command(flatten)]
    pub cases: CaseInputArgs,
    /// What to print
    #[arg(long, value_enum, default_value_t = AucWhat::Pairs)]
    pub what: AucWhat,
    /// Pairs
    #[command(flatten)]
    pub pairs: PairsArgs,
    /// How variances and p-values are found
    #[arg(long, value_parser = named::<AucMethod>(), default_value = "delong")]
    pub method: AucMethod,
    /// Both models scored the same cases (found out by itself; say it to insist)
    #[arg(long, conflicts_with = "unpaired")]
    pub paired: bool,
    /// Take the models' cases as independent samples
    #[arg(long)]
    pub unpaired: bool,
    /// Mean AUC over labels, with the labels' covariance, instead of a row a label
    #[arg(long)]
    pub r#macro: bool,
    /// Average a model's scores over its seeds: the AUC of the ensemble, not of a network
    #[arg(long, conflicts_with = "of_seed")]
    pub ensemble: bool,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Tables of `auc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AucWhat {
    /// Models against models, or every model by itself, with intervals over cases
    Pairs,
    /// Every run by itself, label by label, without intervals: seeds beside seeds
    Runs,
}

/// `medtransfer analyze cases`.
#[derive(Debug, Args)]
pub struct CasesArgs {
    /// Input
    #[command(flatten)]
    pub cases: CaseInputArgs,
    /// Pairs
    #[command(flatten)]
    pub pairs: PairsArgs,
    /// Score of a case: dice or iou of a store's masks, or the column of a file
    #[arg(long, default_value = "dice")]
    pub score: String,
    /// Test of the patients' differences
    #[arg(long, value_parser = named::<CasesTest>(), default_value = "sign-flip")]
    pub test: CasesTest,
    /// Equivalence margin, a fraction
    #[arg(long, allow_negative_numbers = true)]
    pub margin: Option<f64>,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `medtransfer analyze readers`.
#[derive(Debug, Args)]
pub struct ReadersArgs {
    /// Input
    #[command(flatten)]
    pub cases: CaseInputArgs,
    /// Pairs
    #[command(flatten)]
    pub pairs: PairsArgs,
    /// Analysis of variance, or runs and patients resampled apart
    #[arg(long, value_parser = named::<ReadersMethod>(), default_value = "obuchowski-rockette")]
    pub method: ReadersMethod,
    /// How seeds belong to models
    #[arg(long, value_enum, default_value_t = ReadersModel::Nested)]
    pub seeds: ReadersModel,
    /// Equivalence margin, a fraction
    #[arg(long, allow_negative_numbers = true)]
    pub margin: Option<f64>,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// How seeds belong to models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReadersModel {
    /// A seed of one model has nothing to do with the same seed of another: networks trained apart
    Nested,
    /// A seed means the same in all models: the same split, the same readers
    Crossed,
}
