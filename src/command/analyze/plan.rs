//! Verbs that need no results of one's own: power, audit.

use analysis::input::{ReadOptions, digitised, printed, read_marks, read_published};
use analysis::stat::Adjust;
use analysis::stat::audit::{Assumptions, Family};
use analysis::table::Tidy;
use analysis::tidy::{AdjustOver, PowerPlan, audit_table, power as completed};

use super::bad;
use super::shared::{Used, alternative, level, notes};
use crate::cli::{AuditArgs, PowerArgs, Unit};
use crate::command::import::columns;
use crate::progress::say;
use crate::{Result, output};

pub(super) fn power(args: &PowerArgs, quiet: bool) -> Result<()> {
    notes(&args.stat, Used { adjust: false, alternative: true, draws: false }, quiet);
    if args.family < 1 {
        return Err(bad("--family 0: at least one test"));
    }
    let alpha = level(args.stat.alpha)? / f64::from(args.family);
    // Lists are crossed: `--n 5,10 --effect 1,2` is four plans.
    let or_none = |given: &[f64]| -> Vec<Option<f64>> {
        if given.is_empty() { vec![None] } else { given.iter().copied().map(Some).collect() }
    };
    let ns: Vec<Option<i64>> =
        if args.n.is_empty() { vec![None] } else { args.n.iter().copied().map(Some).collect() };
    let mut rows = Vec::new();
    for n in &ns {
        for effect in or_none(&args.effect) {
            for power in or_none(&args.power) {
                let plan = PowerPlan {
                    test: args.test,
                    n: *n,
                    effect,
                    power,
                    alpha,
                    alternative: alternative(&args.stat),
                };
                rows.push(completed(&plan)?);
            }
        }
    }
    output::print(&Tidy::from_rows(&rows), &args.output)
}

pub(super) fn audit(args: &AuditArgs, quiet: bool) -> Result<()> {
    notes(&args.stat, Used { adjust: true, alternative: false, draws: false }, quiet);
    let read = |percent: bool| {
        let options = ReadOptions { columns: columns(&args.columns)?, percent, ..ReadOptions::default() };
        Ok::<_, crate::Error>(read_published(&args.input, &options)?)
    };
    let rows = match args.unit {
        Some(unit) => read(unit == Unit::Percent)?,
        // A mean above 1 is no fraction.
        None => read(false).or_else(|_| read(true))?,
    };
    let sources: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.source.as_str()).collect();
    let source = match (&args.source, sources.len()) {
        (Some(source), _) if !sources.contains(source.as_str()) => {
            let found: Vec<&str> = sources.into_iter().collect();
            return Err(bad(format!("--source {source}: no such source; there are {}", found.join(", "))));
        }
        (Some(source), _) => Some(source.as_str()),
        (None, 0 | 1) => None,
        (None, _) => {
            let found: Vec<&str> = sources.into_iter().collect();
            return Err(bad(format!(
                "the table holds several sources, each printed by its own rules: choose one with --source ({})",
                found.join(", ")
            )));
        }
    };
    let read_off = digitised(&args.input, &columns(&args.columns)?, source)?;
    if !quiet && !read_off.is_empty() && args.decimals.is_none() {
        say(&format!(
            "note: {} rows were read off a figure: each number may be off by 0.05 percent points",
            read_off.len()
        ));
    }
    let table = printed(&rows, source, args.decimals, &read_off);
    let marks = read_marks(&args.marks, &table, source, level(args.stat.alpha)?)?;
    let mut assumptions = Assumptions::everything();
    assumptions.n = runs(&args.n)?;
    if let Some(adjust) = args.stat.adjust {
        assumptions.adjust = match adjust {
            // Without an adjustment there is no family.
            Adjust::None => vec![(adjust, Family::All)],
            _ => vec![(adjust, Family::Task), (adjust, Family::All)],
        };
    }
    if let Some(over) = args.stat.adjust_over {
        let family = if over == AdjustOver::Task { Family::Task } else { Family::All };
        assumptions.adjust.retain(|(method, of)| *method == Adjust::None || *of == family);
    }
    let found = audit_table(&table, &marks, &assumptions)?;
    if !quiet {
        found.findings.iter().for_each(|told| say(&format!("finding: {told}")));
    }
    let tidy = if args.marks_of_best { Tidy::from_rows(&found.marks) } else { Tidy::from_rows(&found.rows) };
    output::print(&tidy, &args.output)
}

/// `5,10` or `2..20`, both ends included.
fn runs(text: &str) -> Result<Vec<i64>> {
    let wrong = || bad(format!("--n {text}: expected numbers of runs such as 5,10 or a range such as 2..20"));
    let number = |text: &str| text.trim().parse::<i64>().map_err(|_| wrong());
    let found: Vec<i64> = match text.split_once("..") {
        Some((low, high)) => (number(low)?..=number(high.trim_start_matches('='))?).collect(),
        None => text.split(',').map(number).collect::<Result<_>>()?,
    };
    if found.is_empty() || found.len() > 1000 || found.iter().any(|n| *n < 2) {
        return Err(wrong());
    }
    // Of equally good numbers of runs the more usual one comes first.
    let usual = [5, 10, 3, 20, 15];
    let mut sorted: Vec<i64> = usual.into_iter().filter(|n| found.contains(n)).collect();
    sorted.extend(found.iter().filter(|n| !usual.contains(n)));
    Ok(sorted)
}
