//! `medtransfer report`: a notebook and its data to documents.

use std::path::Path;

use reports::{BuildInput, ClaimResult, Output, Provenance, Target};

use crate::cli::{NotebookArgs, ReportCommand};
use crate::progress::say;
use crate::provenance::{Clock, commit, tool};
use crate::{At, Error, Result, output};

/// Runs one verb.
///
/// # Errors
/// When the notebook or its data is wrong, a file cannot be written, or (for `check`) a claim has another verdict than it declares.
pub fn run(command: ReportCommand, quiet: bool) -> Result<()> {
    match command {
        ReportCommand::Build(args) => {
            let targets: Vec<Target> = args.to.iter().map(|name| target(name)).collect();
            let written = build(&args.notebook, &args.out, &targets, quiet)?;
            if !quiet {
                output::to_stdout(&written.join("\n"))?;
            }
            Ok(())
        }
        ReportCommand::Check(args) => check(&args.notebook, quiet),
    }
}

fn target(name: &str) -> Target {
    match name {
        "html" => Target::Html,
        "md" => Target::Markdown,
        _ => Target::Latex,
    }
}

/// Renders a notebook into `out` and returns the paths of the documents (main documents first).
///
/// # Errors
/// As [`run`].
pub fn build(args: &NotebookArgs, out: &Path, targets: &[Target], quiet: bool) -> Result<Vec<String>> {
    let rendered = render(args, targets)?;
    if !quiet {
        rendered.warnings.iter().for_each(|warning| say(&format!("warning: {warning}")));
        wrong(&rendered.claims).for_each(|claim| say(&format!("warning: {}", describe(claim))));
    }
    for (name, bytes) in &rendered.files {
        let path = out.join(name);
        output::write(&path, bytes)?;
    }
    Ok(rendered.files.iter().map(|(name, _)| out.join(name).display().to_string()).collect())
}

fn render(args: &NotebookArgs, targets: &[Target]) -> Result<Output> {
    let params = args
        .params
        .iter()
        .map(|pair| {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| Error::input(format!("--param `{pair}`: expected name=value")))?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect::<Result<Vec<_>>>()?;
    std::fs::metadata(&args.notebook).at("read notebook", &args.notebook)?;
    let provenance = Provenance {
        tool: tool(),
        // The name without its folder: where a user keeps the notebook does not change the document.
        command: format!(
            "medtransfer report build {}",
            args.notebook.file_name().unwrap_or_default().to_string_lossy()
        ),
        built_at: Clock::from_environment()?.now(),
        commit: commit(&args.notebook),
        made_data: false,
    };
    let input = BuildInput {
        notebook: &args.notebook,
        store: args.store.as_deref(),
        templates: args.templates.as_deref(),
        params: &params,
        provenance,
    };
    Ok(reports::build(&input, targets)?)
}

fn check(args: &NotebookArgs, quiet: bool) -> Result<()> {
    let rendered = render(args, &[Target::Markdown])?;
    if !quiet {
        let lines: Vec<String> = rendered.claims.iter().map(describe).collect();
        output::to_stdout(&lines.join("\n"))?;
    }
    let n_wrong = wrong(&rendered.claims).count();
    if n_wrong == 0 {
        return Ok(());
    }
    Err(Error::CheckFailed(format!(
        "{n_wrong} of {} claims in {} have another verdict than they declare",
        rendered.claims.len(),
        args.notebook.display()
    )))
}

fn wrong(claims: &[ClaimResult]) -> impl Iterator<Item = &ClaimResult> {
    claims.iter().filter(|claim| !claim.holds())
}

fn describe(claim: &ClaimResult) -> String {
    let ClaimResult { line, sentence, declared, found, evidence } = claim;
    let verdict = if found == declared { found.clone() } else { format!("{found} (declared: {declared})") };
    format!("line {line}: {verdict}: {sentence} [{evidence}]")
}
