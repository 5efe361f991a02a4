//! What names mean: our columns, theirs, seeds written as words.
//!
//! Comes in: the mapping of the command line and a [`Sheet`]. Goes out: names of the sheet's columns. Reads no cell's number.

use super::ReadOptions;
use super::sheet::Sheet;
use crate::column;
use crate::error::{Error, Result, listed};

/// Our columns that a file may hold; only these can be mapped.
pub(super) const OURS: [&str; 13] = [
    column::MODEL,
    column::TASK,
    column::METRIC,
    column::SEED,
    column::VALUE,
    column::FAMILY,
    column::PRETRAINED_ON,
    column::MEAN,
    column::SD,
    column::N,
    column::DDOF,
    column::DECIMALS,
    column::SOURCE,
];

/// The number of "3", "seed3", "seed_3", "run-3", "fold=3".
pub(super) fn numbered(text: &str) -> Option<i64> {
    let text = text.trim();
    let rest = ["seed", "run", "fold", "rep", "trial", "split"]
        .iter()
        .find_map(|word| {
            text.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word)).map(|_| &text[word.len()..])
        })
        .unwrap_or(text);
    let digits = rest.trim_start_matches(['-', '_', '=', ' ']);
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (rest.len() == digits.len() || rest.len() < text.len());
    if is_plain { digits.parse().ok() } else { None }
}

/// The mapping of the command line: a name of the source; else a place, from 1; `=TEXT` is the same in every row.
pub(super) fn mapping(sheet: &mut Sheet, options: &ReadOptions) -> Result<Vec<(String, String)>> {
    let mut columns = Vec::new();
    for (ours, theirs) in &options.columns {
        if !OURS.contains(&ours.as_str()) {
            let reason = format!("--columns {ours}={theirs}: '{ours}' is no column that is read; those are");
            return Err(Error::argument(format!("{reason} {}", listed(&OURS))));
        }
        let by_place = || {
            let place = theirs.parse::<usize>().ok()?.checked_sub(1)?;
            (!sheet.is_tracker).then(|| sheet.table.columns.get(place))?.map(|column| column.name.clone())
        };
        let found = match theirs.strip_prefix('=') {
            Some(text) if sheet.column(theirs).is_none() => {
                sheet.set_constant(theirs, text);
                theirs.clone()
            }
            _ if sheet.column(theirs).is_some() => theirs.clone(),
            _ => by_place().unwrap_or_else(|| theirs.clone()),
        };
        columns.push((ours.clone(), found));
    }
    Ok(columns)
}

/// `--metric NAME` of a file: the rows of that metric, or the column of that name.
pub(super) fn one_metric(sheet: &mut Sheet, columns: &mut Vec<(String, String)>, metric: &str) -> Result<()> {
    let mapped = |ours: &str| columns.iter().find(|(name, _)| name == ours).map(|(_, theirs)| theirs.clone());
    let theirs = mapped(column::METRIC).unwrap_or_else(|| column::METRIC.to_owned());
    if sheet.column(&theirs).is_some() {
        return sheet.keep(&theirs, metric, &format!("--metric {metric}"));
    }
    if sheet.column(metric).is_none() || mapped(column::VALUE).is_some() {
        return Err(sheet.missing("'metric'", &format!("--metric {metric} needs it, or a column '{metric}'")));
    }
    columns.push((column::VALUE.to_owned(), metric.to_owned()));
    sheet.set_constant(column::METRIC, metric);
    Ok(())
}
