//! What was typed: the command line as data, nothing checked beyond its form and nothing done.
//!
//! In: `argv`. Out: [`Cli`]. Whether paths exist and values make sense is decided in `plan.rs` and the commands.

mod analyze;
mod import;
mod repl;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use analyze::{
    AggregateArgs, AggregateWhat, AnalyzeCommand, AucArgs, AucWhat, AuditArgs, BayesArgs, CaseInputArgs,
    CasesArgs, CompareArgs, Format, Incomplete, MixedArgs, OutputArgs, PairsArgs, PowerArgs, RankArgs,
    RankWhat, ReadersArgs, ReadersModel, ResultsArgs, StatArgs, SummarizeArgs, Unit,
};
pub use import::{ImportArgs, SourceArgs, WideArg};
pub use repl::ReplArgs;

/// Which pre-trained network should a medical imaging task start from, and is the difference real?
#[derive(Debug, Parser)]
#[command(
    name = "medtransfer",
    version,
    max_term_width = 110,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Say only what went wrong
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands, in the order of the work.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The whole path on made images: pre-train, fine-tune, analyze, report (CPU, under 4 minutes on 2 cores)
    Demo(DemoArgs),
    /// What works on this machine, what is missing, how to get it
    Doctor,
    /// Official folders or made images -> checked, decoded, memory-mapped cache
    #[command(subcommand)]
    Data(DataCommand),
    /// Checkpoints of other projects -> safetensors with torchvision's names, without running them
    #[command(subcommand)]
    Weights(WeightsCommand),
    /// Pre-train a network: supervised or self-supervised, from scratch or continuing from weights
    Pretrain(PretrainArgs),
    /// Fine-tune on one task from one initialization, for one seed or several, into the results store
    Train(TrainArgs),
    /// Metrics of another trainer (CSV, Parquet, MLflow, TensorBoard) -> the results store
    Import(ImportArgs),
    /// Statistics of a store, CSV or Parquet: tidy tables out
    #[command(subcommand)]
    Analyze(AnalyzeCommand),
    /// Notebooks -> HTML, Markdown and LaTeX
    #[command(subcommand)]
    Report(ReportCommand),
    /// A Rust prompt (evcxr) with a store, frames and statistics at hand
    Repl(ReplArgs),
}

/// `medtransfer demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Folder for images, weights, store and report; a second call continues what is there
    #[arg(long, default_value = "out/demo")]
    pub out: PathBuf,
    /// Seed of the made images; runs use seeds 0 to 4
    #[arg(long, default_value_t = 20210805)]
    pub seed: u64,
    /// Runs at a time, each on one thread (default: the machine's cores)
    #[arg(long)]
    pub jobs: Option<usize>,
    /// Where to compute: cpu, cuda, cuda:1 or auto
    #[arg(long, default_value = "cpu")]
    pub device: String,
}

/// `medtransfer data ...`.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Check and decode a task's official folder into a cache
    Prepare(PrepareArgs),
    /// Counts, splits, prevalence and pixel statistics of a prepared cache
    Inspect(InspectArgs),
    /// Make medical-looking images for three tasks and a natural set to pre-train on (labelled as made everywhere)
    Phantom(PhantomArgs),
}

/// `medtransfer data prepare`.
#[derive(Debug, Args)]
pub struct PrepareArgs {
    /// Card of the task (a name from `data/cards`, or a .toml file of yours)
    #[arg(long)]
    pub task: String,
    /// The task's official folder
    #[arg(long)]
    pub root: PathBuf,
    /// Folder of caches; the task gets a folder of its own in it
    #[arg(long, default_value = "cache")]
    pub cache: PathBuf,
    /// Side of the decoded square images in pixels (default: the card's)
    #[arg(long)]
    pub size: Option<usize>,
    /// Seed of the split where the task has no official one (default: the card's)
    #[arg(long)]
    pub seed: Option<u64>,
}

/// `medtransfer data inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Prepared cache folder
    pub cache: PathBuf,
    /// How and where to print
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `medtransfer data phantom`.
#[derive(Debug, Args)]
pub struct PhantomArgs {
    /// Folder for the made images
    #[arg(long)]
    pub out: PathBuf,
    /// Seed of the images
    #[arg(long, default_value_t = 20210805)]
    pub seed: u64,
    /// Side of the images in pixels
    #[arg(long, default_value_t = 64)]
    pub size: usize,
    /// Also decode them into this folder of caches
    #[arg(long)]
    pub cache: Option<PathBuf>,
}

/// `medtransfer weights ...`.
#[derive(Debug, Subcommand)]
pub enum WeightsCommand {
    /// Convert a .pth, .pth.tar (legacy or zip) or .safetensors checkpoint
    Convert(ConvertArgs),
    /// What a checkpoint holds: tensors, network, lineage
    Inspect {
        /// Checkpoint file
        file: PathBuf,
    },
}

/// `medtransfer weights convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Checkpoint file
    pub file: PathBuf,
    /// Row of the model table, for example `moco-v2` (default: detected)
    #[arg(long)]
    pub model: Option<String>,
    /// Safetensors file to write
    #[arg(long)]
    pub out: PathBuf,
}

/// Pre-training methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MethodArg {
    /// Cross-entropy on the set's labels
    Supervised,
    /// `SimCLR`: contrastive learning of two views
    Simclr,
}

/// `medtransfer pretrain`.
#[derive(Debug, Args)]
pub struct PretrainArgs {
    /// Method
    #[arg(long, value_enum)]
    pub method: MethodArg,
    /// Prepared cache folder, or `phantom` for the made natural images
    #[arg(long)]
    pub data: String,
    /// Labels of the made natural images: coarse (4 classes) or fine (16)
    #[arg(long, default_value = "coarse", value_parser = ["coarse", "fine"])]
    pub labels: String,
    /// Weights to continue from
    #[arg(long)]
    pub from: Option<PathBuf>,
    /// Network, for example `resnet18`, `resnet50`, `mobilenet_v2` or `resnet18-w16` (default: that of `--from`, else `resnet18-w16`)
    #[arg(long)]
    pub arch: Option<String>,
    /// Epochs (default: the method's preset)
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Images a batch
    #[arg(long)]
    pub batch: Option<usize>,
    /// Learning rate
    #[arg(long)]
    pub lr: Option<f64>,
    /// Name of the initialization in the store (default: method and data)
    #[arg(long)]
    pub name: Option<String>,
    /// Seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Where to compute: cpu, cuda, cuda:1 or auto
    #[arg(long, default_value = "auto")]
    pub device: String,
    /// Safetensors file to write
    #[arg(long)]
    pub out: PathBuf,
}

/// `medtransfer train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Prepared cache folder, or its name inside `--cache`
    #[arg(long)]
    pub task: String,
    /// Folder of caches
    #[arg(long, default_value = "cache")]
    pub cache: PathBuf,
    /// `scratch` or a safetensors file
    #[arg(long)]
    pub init: String,
    /// Seed, list or range: `3`, `0,1,7`, `0-4`
    #[arg(long, default_value = "0")]
    pub seed: String,
    /// Results store
    #[arg(long, default_value = "results")]
    pub store: PathBuf,
    /// Name of the initialization in the store (default: from the weights, or `scratch`)
    #[arg(long)]
    pub model: Option<String>,
    /// Name of the experiment in the store
    #[arg(long, default_value = "default")]
    pub experiment: String,
    /// Network (default: that of the weights, else `resnet50`)
    #[arg(long)]
    pub arch: Option<String>,
    /// Most epochs (default: the protocol's)
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Images a batch
    #[arg(long)]
    pub batch: Option<usize>,
    /// Learning rate
    #[arg(long)]
    pub lr: Option<f64>,
    /// Epochs without a better validation loss before stopping
    #[arg(long)]
    pub patience: Option<usize>,
    /// Share of the training cases to use, in (0, 1]
    #[arg(long, default_value_t = 1.0)]
    pub label_fraction: f64,
    /// Train only the head (linear probe)
    #[arg(long)]
    pub freeze: bool,
    /// Runs at a time when several seeds are asked for
    #[arg(long, default_value_t = 1)]
    pub jobs: usize,
    /// Where to compute: cpu, cuda, cuda:1 or auto
    #[arg(long, default_value = "auto")]
    pub device: String,
}

/// `medtransfer report ...`.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Render a notebook
    Build(BuildArgs),
    /// Evaluate a notebook's claims; exit code 3 when a verdict is not the one declared
    Check(CheckArgs),
}

/// A notebook and what it is rendered with.
#[derive(Debug, Args)]
pub struct NotebookArgs {
    /// Notebook (Markdown with TOML front matter)
    pub notebook: PathBuf,
    /// Results store (default: the one the notebook names)
    #[arg(long)]
    pub store: Option<PathBuf>,
    /// Parameter of the notebook: `name=value`, repeatable
    #[arg(long = "param")]
    pub params: Vec<String>,
    /// Folder of templates to use instead of the built-in ones
    #[arg(long)]
    pub templates: Option<PathBuf>,
}

/// `medtransfer report build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Notebook
    #[command(flatten)]
    pub notebook: NotebookArgs,
    /// Folder for the documents
    #[arg(long)]
    pub out: PathBuf,
    /// Documents to write
    #[arg(long, value_delimiter = ',', default_values = ["html", "md", "tex"], value_parser = ["html", "md", "tex"])]
    pub to: Vec<String>,
}

/// `medtransfer report check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Notebook
    #[command(flatten)]
    pub notebook: NotebookArgs,
}
