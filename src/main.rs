//! The program: parse, run, print the error once, set the exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = medtransfer::cli::Cli::parse();
    match medtransfer::command::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            medtransfer::progress::say(&format!("error: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}
