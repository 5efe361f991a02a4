//! Rows to groups: a row a run, or a row a model and task with its mean and sd.
//!
//! Comes in: checked access to cells. Goes out: [`Results`]. Refuses the same run twice and says what tells the rows apart.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{self, Grouping, Key, Observation};
use super::raw::Raw;
use super::{Group, ReadOptions, Results, Spread, Unit};
use crate::column;
use crate::error::{Error, Result};
use crate::table::Values;

/// Why a row without a value is not among the values.
pub(super) const NO_VALUE: &str = "row without a value";

/// A row a run.
pub(super) fn values(mut raw: Raw) -> Result<Results> {
    raw.require(&[column::MODEL, column::TASK, column::VALUE])?;
    raw.check_unit(column::VALUE)?;
    let unit = raw.unit();
    if unit == Unit::Case {
        return Err(single_cases(&raw));
    }
    let mut grouping = Grouping::default();
    let mut seen: BTreeMap<(Key, i64), usize> = BTreeMap::new();
    let mut missing = Vec::new();
    for row in 0..raw.height() {
        let key = raw.key(row)?;
        let observation =
            Observation { seed: raw.whole(column::SEED, row)?, value: raw.fraction(column::VALUE, row)? };
        if let Some(seed) = observation.seed {
            if let Some(first) = seen.get(&(key.clone(), seed)) {
                return Err(duplicate(&raw, &key, seed, *first, row));
            }
            seen.insert((key.clone(), seed), row);
        }
        if observation.value.is_none() {
            missing.push(row);
        }
        grouping.add(key.clone(), observation, raw.label(row));
        let text = |name| raw.text(name, row).unwrap_or_default();
        grouping.describe(&key, &text(column::FAMILY), &text(column::PRETRAINED_ON));
    }
    let mut results = grouping.finish();
    results.warnings.extend(raw.warnings());
    let example = missing.first().map(|row| raw.label(*row)).unwrap_or_default();
    raw.drops().add(NO_VALUE, missing.len(), &example);
    results.dropped = raw.dropped();
    results.unit = unit;
    Ok(results)
}

/// Cases are no runs: both models saw the same ones.
fn single_cases(raw: &Raw) -> Error {
    let reason = format!(
        "column '{}' says that a row is one case of a test set, not a run: `analyze cases` compares such scores patient by \
         patient, `analyze auc` predictions; average over the cases first to compare runs",
        column::CASE_ID
    );
    Error::column(raw.place(), reason)
}

/// A row a model and task: mean and sd.
pub(super) fn summaries(mut raw: Raw, options: &ReadOptions) -> Result<Results> {
    raw.require(&[column::MODEL, column::TASK])?;
    if !raw.has(column::MEAN) {
        let hint = "hint: name it with --columns value=THEIRS";
        return Err(raw.missing(&format!("'{}' (nor 'mean' and 'sd')", column::VALUE), hint));
    }
    if !raw.has(column::N) && options.n.is_none() {
        let hint = "rows of mean and sd need the number of runs behind them; hint: add the column, or state it with --n";
        return Err(raw.missing("'n'", hint));
    }
    raw.check_unit(column::MEAN)?;
    let states_ddof = raw.has(column::DDOF) || options.ddof.is_some();
    let mut groups = Vec::new();
    let mut seen = BTreeMap::new();
    let mut warnings = raw.warnings();
    if !states_ddof && raw.has(column::SD) {
        warnings.push(
            "the divisor behind the standard deviations is not stated: n - 1 is taken; numpy's std divides by n (--ddof 0)"
                .to_owned(),
        );
    }
    let mut overridden = 0;
    for row in 0..raw.height() {
        let key = raw.key(row)?;
        if let Some(first) = seen.insert(key.clone(), row) {
            return Err(raw.duplicate_summary(&key, first, row));
        }
        let Some(mean) = raw.fraction(column::MEAN, row)? else {
            warnings.push(format!("{key} is missing"));
            let label = raw.label(row);
            raw.drops().add(NO_VALUE, 1, &label);
            continue;
        };
        let stated = raw.count(row)?;
        overridden += usize::from(stated.is_some() && options.n.is_some() && stated != options.n);
        let text = |name| raw.text(name, row).unwrap_or_default();
        groups.push(Group {
            task: key.task,
            metric: key.metric,
            model: key.model,
            family: text(column::FAMILY),
            pretrained_on: text(column::PRETRAINED_ON),
            spread: Spread::Summary {
                mean,
                sd: raw.spread(row)?,
                n: stated.or(options.n),
                ddof: raw.ddof(row)?.or(options.ddof).unwrap_or(1),
                decimals: raw.decimals(row)?,
            },
        });
    }
    if overridden > 0 {
        warnings.push(format!("{overridden} rows state another n than --n and keep their own"));
    }
    group::sort(&mut groups);
    Ok(Results { groups, warnings, dropped: raw.dropped(), unit: Unit::Run })
}

/// The error of a run that stands twice; it names the columns that would tell the rows apart.
fn duplicate(raw: &Raw, key: &Key, seed: i64, first: usize, second: usize) -> Error {
    let text = |values: &Values, row| super::sheet::text(values, row).unwrap_or_default();
    let mut differs: Vec<(usize, &str, String, String)> = raw
        .strangers()
        .into_iter()
        .map(|column| {
            let cells: BTreeSet<String> = (0..raw.height()).map(|row| text(&column.values, row)).collect();
            (cells.len(), column.name.as_str(), text(&column.values, first), text(&column.values, second))
        })
        // Measured numbers differ by chance; names and whole numbers are meant.
        .filter(|(_, _, one, two)| one != two && !(one.contains('.') && one.parse::<f64>().is_ok()))
        .collect();
    differs.sort();
    let hint = match differs.first() {
        Some((_, name, one, two)) => format!(
            "column '{name}' tells them apart ('{one}', '{two}'): choose with --where {name}={one}, or say what it is with \
             --columns (metric={name}, task={name}, ...)"
        ),
        None => "each run may stand once: remove one, or name the metric's column with --columns metric=..."
            .to_owned(),
    };
    Error::Duplicate {
        place: raw.place().to_owned(),
        first: raw.label(first),
        second: raw.label(second),
        key: format!("{key} with seed {seed}"),
        hint,
    }
}
