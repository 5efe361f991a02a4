//! Runs of a tracker to a sheet: which metric is the value, which step counts, which fact is the model.
//!
//! Comes in: runs with facts (parameters, tags, parts of the path) and metrics with steps. Goes out: a [`Sheet`] of one
//! row a run. What the user mapped is taken as it is; the rest is chosen by the rules below or refused with a list of what
//! there is. Reads no file.

use std::collections::{BTreeMap, BTreeSet};

use super::drops::Drops;
use super::sheet::Sheet;
use super::{ReadOptions, Step};
use crate::column;
use crate::error::{Error, Result, listed};
use crate::table::{Column, Tidy, Values};

/// One logged value of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) step: i64,
    pub(super) value: f64,
}

/// One run.
#[derive(Debug, Clone, Default)]
pub(super) struct Run {
    /// What errors call it.
    pub(super) label: String,
    /// "params.model" -> "ImageNet".
    pub(super) facts: BTreeMap<String, String>,
    /// In the order they were logged.
    pub(super) metrics: BTreeMap<String, Vec<Point>>,
}

/// Where model, task and seed stand if the user does not say: the first fact that every run has.
pub(super) type Guess<'a> = [(&'static str, &'a [String])];

/// Prefix of a metric's name in `--columns value=metrics.NAME`.
const METRICS: &str = "metrics.";

/// Makes the sheet.
pub(super) fn sheet(
    place: String,
    mut runs: Vec<Run>,
    mut drops: Drops,
    mut warnings: Vec<String>,
    guess: &Guess<'_>,
    options: &ReadOptions,
) -> Result<Sheet> {
    let mapped =
        |ours: &str| options.columns.iter().find(|(name, _)| name == ours).map(|(_, theirs)| theirs.as_str());
    let metric = chosen(&place, &runs, mapped(column::VALUE), options, &mut warnings)?;
    for run in &runs {
        let others = run.metrics.keys().filter(|name| **name != metric).count();
        let example = run.metrics.keys().find(|name| **name != metric);
        let example = example.map(|name| format!("'{name}' of {}", run.label)).unwrap_or_default();
        drops.add(format!("metric that is not '{metric}'"), others, &example);
        if !run.metrics.contains_key(&metric) {
            drops.add(format!("run without the metric '{metric}'"), 1, &run.label);
        }
    }
    runs.retain(|run| run.metrics.contains_key(&metric));
    let mut values = Vec::with_capacity(runs.len());
    for run in &runs {
        let points = run.metrics.get(&metric).map(Vec::as_slice).unwrap_or_default();
        let value = at_step(points, options.step);
        if value.is_none() {
            drops.add(format!("run without step {} of '{metric}'", options.step), 1, &run.label);
        }
        drops.add(
            "step that is not used",
            points.len().saturating_sub(usize::from(value.is_some())),
            &run.label,
        );
        values.push(value);
    }
    if values.iter().all(Option::is_none) {
        let reason =
            format!("no run has step {} of the metric '{metric}'; hint: --step last, max or N", options.step);
        return Err(Error::Column { place, reason });
    }
    if options.step == Step::Max {
        warnings.push(format!(
            "'{metric}' is the best of its steps (--step max): optimistic if its cases are the test cases"
        ));
    }
    let (runs, values): (Vec<Run>, Vec<f64>) =
        runs.into_iter().zip(values).filter_map(|(run, value)| Some((run, value?))).unzip();
    let mut table = facts(&runs);
    for (ours, candidates) in guess {
        let has_all = |fact: &&String| runs.iter().all(|run| run.facts.contains_key(*fact));
        if mapped(ours).is_none()
            && !table.columns.iter().any(|column| column.name == *ours)
            && let Some(fact) = candidates.iter().find(has_all)
        {
            table.columns.push(text_column(ours, runs.iter().map(|run| run.facts.get(fact).cloned())));
        }
    }
    let name = mapped(column::VALUE).unwrap_or(column::VALUE);
    table.columns.retain(|column| column.name != name);
    // The shortest text of a double reads back as the same double.
    table
        .columns
        .push(text_column(name, values.iter().map(|value| (!value.is_nan()).then(|| value.to_string()))));
    if mapped(column::METRIC).is_none() {
        table.columns.retain(|column| column.name != column::METRIC);
        table.columns.push(text_column(column::METRIC, runs.iter().map(|_| Some(metric.clone()))));
    }
    let labels = runs.into_iter().map(|run| run.label).collect();
    Ok(Sheet { place, table, labels, drops, warnings, is_tracker: true })
}

/// Every fact as a column.
fn facts(runs: &[Run]) -> Tidy {
    let names: BTreeSet<&String> = runs.iter().flat_map(|run| run.facts.keys()).collect();
    let column = |name: &&String| text_column(name, runs.iter().map(|run| run.facts.get(*name).cloned()));
    Tidy { columns: names.iter().map(column).collect() }
}

fn text_column(name: &str, cells: impl Iterator<Item = Option<String>>) -> Column {
    Column { name: name.to_owned(), values: Values::Text(cells.collect()) }
}

/// The metric that is the value: as mapped, as `--metric` says, the only one, the only one of test cases.
fn chosen(
    place: &str,
    runs: &[Run],
    mapped: Option<&str>,
    options: &ReadOptions,
    warnings: &mut Vec<String>,
) -> Result<String> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for name in runs.iter().flat_map(|run| run.metrics.keys()) {
        *names.entry(name).or_default() += 1;
    }
    let found: Vec<String> = names.iter().map(|(name, count)| format!("{name} ({count} runs)")).collect();
    if let Some(asked) = mapped.or(options.metric.as_deref()) {
        return [Some(asked), asked.strip_prefix(METRICS)]
            .into_iter()
            .flatten()
            .find(|name| names.contains_key(name))
            .map(str::to_owned)
            .ok_or_else(|| {
                Error::column(
                    place,
                    format!("no run has the metric '{asked}'; the metrics are {}", listed(&found)),
                )
            });
    }
    let tests: Vec<&str> =
        names.keys().copied().filter(|name| name.to_ascii_lowercase().contains("test")).collect();
    match (names.keys().collect::<Vec<_>>().as_slice(), tests.as_slice()) {
        ([only], _) => Ok((**only).to_owned()),
        (_, [only]) => {
            warnings.push(format!(
                "the value is '{only}', the only metric of test cases; another with --metric NAME"
            ));
            Ok((*only).to_owned())
        }
        ([], _) => Err(Error::column(place, "no finished run with a metric")),
        _ => {
            let reason =
                format!("several metrics: {}; hint: choose the value with --metric NAME", listed(&found));
            Err(Error::column(place, reason))
        }
    }
}

/// The value that counts. Of several with one step the one that was logged last is taken.
fn at_step(points: &[Point], step: Step) -> Option<f64> {
    match step {
        Step::Last => points.iter().max_by_key(|point| point.step).map(|point| point.value),
        Step::At(step) => points.iter().rev().find(|point| point.step == step).map(|point| point.value),
        Step::Max => points
            .iter()
            .filter(|point| !point.value.is_nan())
            .max_by(|a, b| a.value.total_cmp(&b.value))
            .or(points.last())
            .map(|point| point.value),
    }
}
