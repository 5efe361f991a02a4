//! The table of comparisons: a row a comparison, grouped by task.
//!
//! In: a selection and options. Out: [`Table`] with difference, interval, effect size, p-value and verdict.

use analysis::stat::{Adjust, Alternative};
use analysis::table::Tidy;
use analysis::tidy::{ComparisonRow, Pairs, SummaryRow, Verdict};

use crate::context::{Context, Selection, Task};
use crate::describe;
use crate::format::{self, Scale};
use crate::options::Options;
use crate::table::model::{Cell, Column, Group, Table, numbers, words};
use crate::table::scores::confidence;

/// Builds the table: against a baseline if the options name one, else all pairs or against the best.
///
/// # Errors
/// Unknown names in the options, or what `analysis` refuses.
pub fn comparisons(context: &Context, options: &Options) -> Result<Table, String> {
    let with: Vec<&str> = options.baseline.iter().map(String::as_str).collect();
    let selection = context.select(options, &with)?;
    let pairs = match (&options.baseline, options.all_pairs) {
        (_, true) => Pairs::AllPairs,
        (Some(baseline), false) => Pairs::Baseline(baseline.clone()),
        (None, false) => Pairs::AgainstBest,
    };
    let one_baseline = matches!(pairs, Pairs::Baseline(_));
    let rows = selection.compare(pairs, options)?;
    let summaries = selection.summaries(options)?;
    let groups = selection
        .tasks
        .iter()
        .map(|task| group(task, &rows, &selection, &summaries, options, one_baseline))
        .filter(|g| !g.rows.is_empty())
        .collect();
    let baseline = if one_baseline {
        let name = options.baseline.as_deref().unwrap_or_default();
        format!(" against {}", label(&selection, name))
    } else {
        String::new()
    };
    let caption = options.caption.clone().unwrap_or_else(|| format!("Differences{baseline}."));
    Ok(Table {
        id: options.id.clone().unwrap_or_else(|| "compare".to_owned()),
        caption,
        columns: columns(options, one_baseline),
        groups,
        notes: notes(&rows, &selection, &summaries, options, &baseline),
        csv: Tidy::from_comparisons(&rows).to_csv(),
    })
}

fn columns(options: &Options, one_baseline: bool) -> Vec<Column> {
    let mut columns = vec![words("Model")];
    if !one_baseline {
        columns.push(words("Against"));
    }
    let p = if options.adjust == Adjust::None { "p" } else { "p adjusted" };
    let points = if options.percent { Some("points".to_owned()) } else { None };
    let percent = if options.percent { Some("%".to_owned()) } else { None };
    columns.extend([
        numbers("n", None),
        numbers("Mean", percent),
        numbers("Difference", points),
        numbers(&format!("{} interval", confidence(options.alpha)), None),
        numbers("Hedges' g", None),
        numbers(p, None),
        words("Verdict"),
    ]);
    columns
}

fn group(
    task: &Task,
    rows: &[ComparisonRow],
    selection: &Selection,
    summaries: &[SummaryRow],
    options: &Options,
    one_baseline: bool,
) -> Group {
    let of_task: Vec<&SummaryRow> =
        summaries.iter().filter(|r| r.task == task.name && r.metric == task.metric).collect();
    let scale = describe::scale(&of_task, describe::printed(selection, task), options);
    let mut cells = Vec::new();
    let in_order = |a: &&ComparisonRow| selection.models.iter().position(|m| m.name == a.model_a);
    let mut here: Vec<&ComparisonRow> =
        rows.iter().filter(|r| r.task == task.name && r.metric == task.metric).collect();
    here.sort_by_key(in_order);
    for row in here {
        let mut line = vec![Cell::text(label(selection, &row.model_a))];
        if !one_baseline {
            line.push(Cell::text(label(selection, &row.model_b)));
        }
        line.extend(numbers_of(row, scale));
        cells.push(line);
    }
    let mut heading = format!("{} ({})", task.label, describe::metric(&task.metric));
    if let (true, Some(name)) = (one_baseline, &options.baseline)
        && let Some(mean) = of_task.iter().find(|r| r.model == *name).and_then(|r| r.mean.map(|m| (m, r.sd)))
    {
        let shown = scale.mean_spread(mean.0, mean.1);
        heading = format!("{heading}; {} {shown}", label(selection, name));
    }
    Group { heading: Some(heading), rows: cells }
}

fn numbers_of(row: &ComparisonRow, scale: Scale) -> Vec<Cell> {
    let or_missing = |x: Option<f64>, text: &dyn Fn(f64) -> String| match x {
        Some(x) => Cell::number(text(x), Some(x)),
        None => Cell { reason: row.reason.clone(), ..Cell::text(format::MISSING) },
    };
    let interval = match (row.conf_low, row.conf_high) {
        (Some(low), Some(high)) => Cell::number(scale.signed_interval(low, high), Some(low)),
        (Some(low), None) => Cell::number(format!("[{}, ∞)", scale.signed(low)), Some(low)),
        (None, Some(high)) => Cell::number(format!("(−∞, {}]", scale.signed(high)), Some(high)),
        (None, None) => Cell { reason: row.reason.clone(), ..Cell::text(format::MISSING) },
    };
    let n = if row.n_a == row.n_b {
        format::count(row.n_a)
    } else {
        format!("{}/{}", format::count(row.n_a), format::count(row.n_b))
    };
    let verdict = match (&row.verdict, &row.reason) {
        (Verdict::Untestable, Some(reason)) => format!("untestable: {reason}"),
        (verdict, _) => verdict.as_str().to_owned(),
    };
    let strong = matches!(row.verdict, Verdict::Better | Verdict::Worse);
    vec![
        Cell::number(n, row.n_a.map(|n| n as f64)),
        or_missing(row.mean_a, &|m| scale.mean_spread(m, row.sd_a)),
        or_missing(row.diff, &|d| scale.signed(d)),
        interval,
        or_missing(row.effect, &|g| format::fixed(g, 2)),
        or_missing(row.p_adjusted, &|p| format::p_cell(Some(p))),
        Cell { bold: strong, ..Cell::text(verdict) },
    ]
}

fn label(selection: &Selection, model: &str) -> String {
    selection.models.iter().find(|m| m.name == model).map_or_else(|| model.to_owned(), |m| m.label.clone())
}

fn notes(
    rows: &[ComparisonRow],
    selection: &Selection,
    summaries: &[SummaryRow],
    options: &Options,
    baseline: &str,
) -> Vec<String> {
    let sides = match options.alternative {
        Alternative::TwoSided => "",
        Alternative::Greater | Alternative::Less => " One-sided tests have one-sided intervals.",
    };
    let mut notes = vec![format!(
        "Difference{baseline}: model minus the other; mean ± standard deviation, {}. {}; {}. Intervals are not adjusted.{sides}",
        describe::runs(selection, summaries),
        describe::test(options),
        describe::family_size(rows, options)
    )];
    match options.margin {
        Some(margin) => notes.push(format!(
            "Equivalent: not significant, and the {} interval lies within ±{}{}.",
            confidence(2.0 * options.alpha),
            format::plain(margin),
            if options.percent { " points" } else { "" }
        )),
        None => notes.push("Inconclusive: neither a difference nor its absence is shown.".to_owned()),
    }
    notes
}
