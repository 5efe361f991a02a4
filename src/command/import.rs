//! `medtransfer import`: results of another trainer into a store; and how any command reads foreign results.
//!
//! In: what was typed. Out: files of the store, a summary on standard output, notes on standard error. The rows are
//! planned and checked against the store before the first is written.

use analysis::input::import::{Plan, plan, write};
use analysis::input::{ReadOptions, Results, Step, Wide};

use crate::cli::{ImportArgs, SourceArgs, Unit, WideArg};
use crate::progress::say;
use crate::{Error, Result, output};

/// Runs the command.
///
/// # Errors
/// When the source cannot be read, the store holds other values for the same runs, or it cannot be written.
pub fn run(args: &ImportArgs, quiet: bool) -> Result<()> {
    let options = options(&args.source)?;
    let families = pairs_of(&args.family_map, "--family-map", "MODEL=FAMILY, for example SimCLR=ssl")?;
    if analysis::store::Store::open(&args.input).is_ok() {
        return Err(Error::input(format!("{} is a store already", args.input.display())));
    }
    if args.store.exists() && !args.store.is_dir() {
        return Err(Error::input(format!("--store {}: not a folder", args.store.display())));
    }
    let mut results = analysis::input::read(&args.input, &options)?;
    keep_metrics(&mut results, &args.source.metric)?;
    say_notes(&results, quiet);
    let plan = plan(&results, &args.experiment, &families, &args.store)?;
    if !args.dry_run {
        write(&plan, &args.experiment, &args.store)?;
    }
    if quiet { Ok(()) } else { output::to_stdout(&summary(&plan, args)) }
}

/// What was or would be written, a line a table.
fn summary(plan: &Plan, args: &ImportArgs) -> String {
    let verb = if args.dry_run { "would write" } else { "wrote" };
    let mut text = String::new();
    for (count, what, folder) in
        [(plan.runs.len(), "runs", "runs"), (plan.published.len(), "rows of means", "published")]
    {
        if count > 0 {
            text += &format!("{verb} {count} {what} to {}\n", args.store.join(folder).display());
        }
    }
    if plan.n_present > 0 {
        text += &format!("{} already there with the same values\n", plan.n_present);
    }
    if plan.runs.is_empty() && plan.published.is_empty() {
        text += "nothing to write: the store holds all of it\n";
    } else {
        text += &format!("experiment {}\n", args.experiment);
    }
    text
}

/// `ours=theirs` pairs, each of ours once.
///
/// # Errors
/// A pair that is none, a name twice.
pub fn columns(given: &[String]) -> Result<Vec<(String, String)>> {
    let columns = pairs_of(given, "--columns", "OURS=THEIRS, for example model=experiment")?;
    let mut ours: Vec<&String> = columns.iter().map(|(ours, _)| ours).collect();
    ours.sort_unstable();
    if let Some(twice) = ours.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::input(format!("--columns names `{}` twice", twice[0])));
    }
    Ok(columns)
}

/// What the arguments mean for reading.
///
/// # Errors
/// A pair that is none, a name twice, a step that is no step, an n or ddof that cannot be.
pub fn options(source: &SourceArgs) -> Result<ReadOptions> {
    let columns = columns(&source.columns)?;
    if source.n.is_some_and(|n| n < 2) {
        return Err(Error::input("--n: at least 2 runs are needed behind a mean"));
    }
    if source.ddof.is_some_and(|ddof| !(0..=1).contains(&ddof)) {
        return Err(Error::input("--ddof: 0 or 1"));
    }
    Ok(ReadOptions {
        columns,
        percent: source.unit == Unit::Percent,
        n: source.n,
        ddof: source.ddof,
        filters: pairs_of(&source.filters, "--where", "COLUMN=VALUE, for example block=0")?,
        wide: source.wide.map(|wide| match wide {
            WideArg::Models => Wide::Models,
            WideArg::Tasks => Wide::Tasks,
        }),
        metric: one_metric(&source.metric).cloned(),
        step: step(source.step.as_deref())?,
    })
}

/// The metric, where one is chosen; of several [`keep_metrics`] takes care.
fn one_metric(metrics: &[String]) -> Option<&String> {
    match metrics {
        [one] => Some(one),
        _ => None,
    }
}

/// Leaves out the groups of other metrics than the several that are chosen, and says how many.
///
/// # Errors
/// When a chosen metric is not there.
pub fn keep_metrics(results: &mut Results, wanted: &[String]) -> Result<()> {
    if wanted.len() < 2 {
        return Ok(());
    }
    let mut found: Vec<String> = results.groups.iter().map(|group| group.metric.clone()).collect();
    found.sort_unstable();
    found.dedup();
    if let Some(missing) = wanted.iter().find(|metric| !found.contains(metric)) {
        return Err(Error::input(format!(
            "--metric {missing}: no such metric; there are {}",
            found.join(", ")
        )));
    }
    let n_before = results.groups.len();
    results.groups.retain(|group| wanted.contains(&group.metric));
    let count = n_before - results.groups.len();
    if count > 0 {
        let reason = "models of other metrics".to_owned();
        let example = found.into_iter().find(|metric| !wanted.contains(metric)).unwrap_or_default();
        results.dropped.push(analysis::input::Dropped { reason, count, example });
    }
    Ok(())
}

/// Says on standard error what a reader of the results should know, and what was left out.
pub fn say_notes(results: &Results, quiet: bool) {
    if quiet {
        return;
    }
    results.warnings.iter().for_each(|warning| say(&format!("warning: {warning}")));
    for dropped in &results.dropped {
        let first = if dropped.count > 1 { "first: " } else { "" };
        say(&format!("note: left out {} x {} ({first}{})", dropped.count, dropped.reason, dropped.example));
    }
}

fn step(text: Option<&str>) -> Result<Step> {
    match text {
        None | Some("last") => Ok(Step::Last),
        Some("max") => Ok(Step::Max),
        Some(number) => number.parse().map(Step::At).map_err(|_| {
            Error::input(format!(
                "--step `{number}`: expected last, max or a step's number, for example 1000"
            ))
        }),
    }
}

fn pairs_of(texts: &[String], option: &str, form: &str) -> Result<Vec<(String, String)>> {
    texts.iter().map(|text| pair_of(text, option, form)).collect()
}

fn pair_of(pair: &str, option: &str, form: &str) -> Result<(String, String)> {
    let (left, right) = pair
        .split_once('=')
        .ok_or_else(|| Error::input(format!("{option}: `{pair}` is not of the form {form}")))?;
    Ok((left.trim().to_owned(), right.trim().to_owned()))
}
