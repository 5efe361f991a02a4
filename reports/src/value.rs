//! One formatted number out of a summary or a comparison: `{{ value("compare", task="chest", model="simclr", what="diff") }}`.
//!
//! In: options that name one cell. Out: its text, as every table would print it. It never returns a bare float.

use analysis::stat::Adjust;
use analysis::tidy::{ComparisonRow, Pairs, SummaryRow};

use crate::context::{Context, Selection, Task};
use crate::describe;
use crate::format::{self, Scale};
use crate::near;
use crate::options::Options;

const SUMMARY: [&str; 9] = ["mean", "sd", "se", "median", "min", "max", "n", "mean_sd", "interval"];
const COMPARE: [&str; 12] = [
    "diff",
    "interval",
    "diff_interval",
    "p",
    "p_raw",
    "p_sentence",
    "effect",
    "effect_interval",
    "verdict",
    "n",
    "statistic",
    "test",
];
const INPUT: [&str; 4] = ["tasks", "models", "runs", "groups"];

/// Formats one number. `kind` is `summary`, `compare` or `input`.
///
/// # Errors
/// Names that are not there or a cell that is not named fully, with a near name.
pub fn value(context: &Context, kind: &str, options: &Options) -> Result<String, String> {
    match kind {
        "summary" => summary(context, options),
        "compare" => compare(context, options),
        "input" => input(context, options),
        other => Err(format!(
            "value(\"{other}\") is unknown{}",
            near::hint(other, ["summary", "compare", "input"])
        )),
    }
}

fn what<'a>(options: &'a Options, known: &[&str]) -> Result<&'a str, String> {
    match options.what.as_deref() {
        Some(what) if known.contains(&what) => Ok(what),
        Some(what) => Err(format!("what=\"{what}\" is unknown{}", near::hint(what, known.iter().copied()))),
        None => Err(format!("say what: what= one of {}", known.join(", "))),
    }
}

/// The task that is meant: named, or the only one.
fn task<'a>(selection: &'a Selection, options: &Options) -> Result<&'a Task, String> {
    let fits = |t: &&Task| options.task.as_ref().is_none_or(|name| *name == t.name);
    let all: Vec<&Task> = selection.tasks.iter().filter(fits).collect();
    match &all[..] {
        [one] => Ok(one),
        [] => Err("the input has no task".to_owned()),
        [first, ..] if options.task.is_some() => {
            let metrics: Vec<&str> = all.iter().map(|t| t.metric.as_str()).collect();
            Err(format!(
                "task `{}` has several metrics: say metric= one of {}",
                first.name,
                metrics.join(", ")
            ))
        }
        _ => {
            let names: Vec<&str> = all.iter().map(|t| t.name.as_str()).collect();
            Err(format!("say which task: task= one of {}", names.join(", ")))
        }
    }
}

fn scale(selection: &Selection, task: &Task, rows: &[SummaryRow], options: &Options) -> Scale {
    let rows: Vec<&SummaryRow> =
        rows.iter().filter(|r| r.task == task.name && r.metric == task.metric).collect();
    describe::scale(&rows, describe::printed(selection, task), options)
}

fn summary(context: &Context, options: &Options) -> Result<String, String> {
    let what = what(options, &SUMMARY)?;
    let selection = context.select(options, &[])?;
    let task = task(&selection, options)?;
    let model = options.model.as_deref().ok_or("say which model: model=")?;
    let rows = selection.summaries(options)?;
    let found = rows.iter().find(|r| r.task == task.name && r.metric == task.metric && r.model == model);
    let row = found.ok_or_else(|| format!("`{model}` has no result on `{}`", task.name))?;
    let scale = scale(&selection, task, &rows, options);
    let shown = |x: Option<f64>| x.map_or_else(|| format::MISSING.to_owned(), |x| scale.value(x));
    Ok(match what {
        "mean" => shown(row.mean),
        "sd" => shown(row.sd),
        "se" => shown(row.se),
        "median" => shown(row.median),
        "min" => shown(row.min),
        "max" => shown(row.max),
        "n" => format::count(row.n),
        "mean_sd" => row.mean.map_or_else(|| format::MISSING.to_owned(), |m| scale.mean_spread(m, row.sd)),
        _ => match (row.conf_low, row.conf_high) {
            (Some(low), Some(high)) => scale.interval(low, high),
            _ => format::MISSING.to_owned(),
        },
    })
}

fn compare(context: &Context, options: &Options) -> Result<String, String> {
    let what = what(options, &COMPARE)?;
    let model = options.model.as_deref().ok_or("say which model: model=")?;
    let baseline = options.baseline.as_deref().ok_or("say against which model: baseline=")?;
    if model == baseline {
        return Err(format!("`{model}` cannot be compared with itself"));
    }
    let selection = context.select(options, &[model, baseline])?;
    let task = task(&selection, options)?;
    let rows = selection.compare(Pairs::Baseline(baseline.to_owned()), options)?;
    let found = rows.iter().find(|r| r.task == task.name && r.metric == task.metric && r.model_a == model);
    let row = found.ok_or_else(|| format!("`{model}` has no result on `{}`", task.name))?;
    let scale = scale(&selection, task, &selection.summaries(options)?, options);
    Ok(compared(what, row, scale, options))
}

fn compared(what: &str, row: &ComparisonRow, scale: Scale, options: &Options) -> String {
    let missing = || format::MISSING.to_owned();
    let interval = match (row.conf_low, row.conf_high) {
        (Some(low), Some(high)) => scale.signed_interval(low, high),
        _ => missing(),
    };
    match what {
        "diff" => row.diff.map_or_else(missing, |d| scale.signed(d)),
        "interval" => interval,
        "diff_interval" => row.diff.map_or_else(missing, |d| format!("{} {interval}", scale.signed(d))),
        "p" => format::p_cell(row.p_adjusted),
        "p_raw" => format::p_cell(row.p_value),
        "p_sentence" => {
            let adjusted = if options.adjust == Adjust::None { "" } else { ", adjusted" };
            format!("{}{adjusted}", format::p_sentence(row.p_adjusted))
        }
        "effect" => row.effect.map_or_else(missing, |g| format::fixed(g, 2)),
        "effect_interval" => match (row.effect_low, row.effect_high) {
            (Some(low), Some(high)) => format!("[{}, {}]", format::fixed(low, 2), format::fixed(high, 2)),
            _ => missing(),
        },
        "verdict" => row.verdict.as_str().to_owned(),
        "n" => format!("{} and {}", format::count(row.n_a), format::count(row.n_b)),
        "statistic" => match (row.statistic, row.df) {
            (Some(t), Some(df)) => format!("t({}) = {}", format::fixed(df, 1), format::fixed(t, 2)),
            _ => missing(),
        },
        _ => describe::test(options),
    }
}

fn input(context: &Context, options: &Options) -> Result<String, String> {
    let what = what(options, &INPUT)?;
    let selection = context.select(options, &[])?;
    let n = match what {
        "tasks" => selection.tasks.len(),
        "models" => selection.models.len(),
        "groups" => selection.results.groups.len(),
        _ => selection.results.groups.iter().map(crate::context::n_rows).sum(),
    };
    Ok(n.to_string())
}
