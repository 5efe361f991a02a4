//! One file a subcommand; each turns what was typed into a plan and acts on it.

pub mod analyze;
pub mod data;
#[cfg(feature = "torch")]
pub mod demo;
pub mod doctor;
pub mod import;
#[cfg(feature = "torch")]
pub mod pretrain;
pub mod repl;
pub mod report;
#[cfg(feature = "torch")]
pub mod train;
#[cfg(feature = "torch")]
pub mod weights;

use crate::Result;
use crate::cli::{Cli, Command};

/// Runs what was typed.
///
/// # Errors
/// The error of the command; its [`exit_code`](crate::Error::exit_code) is the program's.
pub fn run(cli: Cli) -> Result<()> {
    let quiet = cli.quiet;
    match cli.command {
        Command::Doctor => doctor::run(),
        Command::Data(command) => data::run(command, quiet),
        Command::Import(args) => import::run(&args, quiet),
        Command::Analyze(command) => analyze::run(command, quiet),
        Command::Report(command) => report::run(command, quiet),
        Command::Repl(args) => repl::run(&args, quiet),
        #[cfg(feature = "torch")]
        Command::Demo(args) => demo::run(&args, quiet),
        #[cfg(feature = "torch")]
        Command::Weights(command) => weights::run(command, quiet),
        #[cfg(feature = "torch")]
        Command::Pretrain(args) => pretrain::run(&args, quiet),
        #[cfg(feature = "torch")]
        Command::Train(args) => train::run(&args, quiet),
        #[cfg(not(feature = "torch"))]
        Command::Demo(_) | Command::Weights(_) | Command::Pretrain(_) | Command::Train(_) => {
            Err(crate::Error::input(
                "this build has no torch: build with `scripts/with-torch cargo build --features torch` (or `make demo`)",
            ))
        }
    }
}
