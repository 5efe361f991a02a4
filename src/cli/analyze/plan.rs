//! Verbs that need no results of one's own: power, audit.

use std::path::PathBuf;

use analysis::tidy::Test;
use clap::Args;

use super::named;
use super::shared::{OutputArgs, StatArgs, Unit};

/// `medtransfer analyze power`.
#[derive(Debug, Args)]
pub struct PowerArgs {
    /// Test
    #[arg(long, value_parser = named::<Test>(), default_value = "welch")]
    pub test: Test,
    /// Values of each model, or pairs of a paired test
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    pub n: Vec<i64>,
    /// Difference of means in standard deviations (of the differences, for a paired test)
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    pub effect: Vec<f64>,
    /// Probability of a significant result
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    pub power: Vec<f64>,
    /// Tests in the family: alpha is divided by their number (Bonferroni), which is on the safe side for Holm
    #[arg(long, default_value_t = 1)]
    pub family: u32,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `medtransfer analyze audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Published table: source, model, task, mean, std, ...
    pub input: PathBuf,
    /// Its marks: source, task, comparison ("A vs B"), mark_or_p (`n.s.`, `*`, `green`, `not green`, `p=0.03`)
    #[arg(long)]
    pub marks: PathBuf,
    /// Only this source (a table or figure of the paper)
    #[arg(long)]
    pub source: Option<String>,
    /// Names in the table: `mean=avg,sd=std`
    #[arg(long, value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Unit of the means (default: fractions where none is above 1, else percent)
    #[arg(long, value_enum)]
    pub unit: Option<Unit>,
    /// Digits after the point of the printed numbers (default: the table's column `decimals`, or 2)
    #[arg(long)]
    pub decimals: Option<i64>,
    /// Numbers of runs to try, `5,10` or `2..20`
    #[arg(long, default_value = "2..20")]
    pub n: String,
    /// Print every mark under the assumptions that fit best, instead of a row a set of assumptions
    #[arg(long)]
    pub marks_of_best: bool,
    /// Statistics
    #[command(flatten)]
    pub stat: StatArgs,
    /// Output
    #[command(flatten)]
    pub output: OutputArgs,
}
