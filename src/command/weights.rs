//! `medtransfer weights`: checkpoints of other projects to safetensors, and what a checkpoint holds.

use std::fmt::Write;

use crate::cli::WeightsCommand;
use crate::progress::say;
use crate::train::weights::{Converted, Inspected, Lineage, convert, inspect};
use crate::{At, Result, output};

/// Runs one verb.
///
/// # Errors
/// When the file is no checkpoint, not one of a known form, or not of a known network.
pub fn run(command: WeightsCommand, quiet: bool) -> Result<()> {
    match command {
        WeightsCommand::Convert(args) => {
            if let Some(folder) = args.out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).at("make folder", folder)?;
            }
            let converted = convert(&args.file, args.model.as_deref(), &args.out)?;
            converted.warnings.iter().for_each(|warning| say(&format!("warning: {warning}")));
            if quiet {
                Ok(())
            } else {
                output::to_stdout(&format!("{}{}", matched(&converted), args.out.display()))
            }
        }
        WeightsCommand::Inspect { file } => output::to_stdout(&summary(&inspect(&file)?)),
    }
}

/// What matched and what was left out.
fn matched(converted: &Converted) -> String {
    let Converted { row, format, lineage, n_tensors, n_values, dropped, filled, recast, .. } = converted;
    let mut text = format!(
        "{row} ({format}): {n_tensors} tensors, {n_values} values of {}\n{}",
        lineage.arch,
        origin(lineage)
    );
    let mut list = |what: &str, names: &[String]| {
        if !names.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{what} {}: {}", names.len(), first_few(names));
        }
    };
    list("left out", dropped);
    list("counters set to zero", filled);
    for (dtype, n) in recast {
        let _ = writeln!(text, "{n} tensors of {dtype} were converted to fp32");
    }
    text
}

fn origin(lineage: &Lineage) -> String {
    let Lineage { model, family, pretrained_on, normalize, source_sha256, made, .. } = lineage;
    let made = if *made { ", made data" } else { "" };
    let source = source_sha256.as_ref().map_or(String::new(), |hash| format!(", source sha256 {hash}"));
    format!(
        "{model}: family {family}, pre-trained on {pretrained_on}, inputs normalized {normalize}{made}{source}\n"
    )
}

fn first_few(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, ...") } else { shown }
}

/// Names of tensors that a summary spells out.
const SHOWN: usize = 4;

fn summary(found: &Inspected) -> String {
    let mut text = format!(
        "{} file, sha256 {}\n{} tensors, {} values, {} of them not finite\n",
        found.format,
        found.sha256,
        found.tensors.len(),
        found.n_values,
        found.n_non_finite
    );
    for (prefix, encoder) in &found.encoders {
        let place = if prefix.is_empty() { "the top level" } else { prefix };
        let _ = writeln!(text, "encoder at {place}: {encoder}");
    }
    if !found.rows.is_empty() {
        let _ = writeln!(text, "layout of: {}", found.rows.join(", "));
    }
    if let Some(lineage) = &found.lineage {
        text.push_str(&origin(lineage));
    }
    for tensor in &found.tensors {
        let shape = tensor.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
        let moments = match (tensor.mean, tensor.sd) {
            (Some(mean), Some(sd)) => format!("mean {mean:.4}, sd {sd:.4}"),
            _ => String::new(),
        };
        let _ = writeln!(text, "  {:<44} {:<6} [{shape}] {moments}", tensor.name, tensor.dtype);
    }
    text
}
