//! `medtransfer weights`: checkpoints of other projects to safetensors, and what a checkpoint holds.

use crate::cli::WeightsCommand;
use crate::train::weights::{convert, inspect};
use crate::{Result, output};

/// Runs one verb.
///
/// # Errors
/// When the file is no checkpoint, not one of a known form, or not of a known network.
pub fn run(command: WeightsCommand, quiet: bool) -> Result<()> {
    match command {
        WeightsCommand::Convert(args) => {
            let converted = convert(&args.file, args.model.as_deref(), &args.out)?;
            if quiet { Ok(()) } else { output::to_stdout(&format!("{converted}\n{}", args.out.display())) }
        }
        WeightsCommand::Inspect { file } => output::to_stdout(&inspect(&file)?.to_string()),
    }
}
