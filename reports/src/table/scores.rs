//! The main table: a row a model, a column a task, the best of each column and what is not different from it.
//!
//! In: a selection and options. Out: [`Table`] whose notes name the test, its family and the count of runs that were really
//! used. A result that cannot be is a dash; one that is missing says so.

use std::collections::BTreeMap;

use analysis::table::Tidy;
use analysis::tidy::{ComparisonRow, Pairs, SummaryRow, Verdict};

use crate::context::{Context, Model, Selection, Task};
use crate::describe;
use crate::format::{self, Scale};
use crate::options::{Options, Spread};
use crate::table::model::{ALIKE, Cell, Group, Table, numbers, words};

/// Builds the table.
///
/// # Errors
/// Unknown names in the options, or what `analysis` refuses.
pub fn scores(context: &Context, options: &Options) -> Result<Table, String> {
    let selection = context.select(options, &[])?;
    let summaries = selection.summaries(options)?;
    let comparisons = selection.compare(Pairs::AgainstBest, options)?;
    let columns: Vec<TaskColumn<'_>> =
        selection.tasks.iter().map(|t| TaskColumn::new(t, &selection, &summaries, &comparisons, options)).collect();
    let mut head = vec![words("Model")];
    head.extend(columns.iter().map(|c| numbers(&c.task.label, Some(describe::unit(c.task, options)))));
    let mut seen = Seen::default();
    let mut groups: Vec<Group> = Vec::new();
    let mut family = None;
    for model in &selection.models {
        if family != Some(&model.family) || groups.is_empty() {
            let heading = (options.groups && !model.family.is_empty()).then(|| context.family(&model.family));
            match groups.last_mut() {
                Some(last) if last.heading == heading => {}
                _ => groups.push(Group { heading, rows: Vec::new() }),
            }
            family = Some(&model.family);
        }
        let mut row = vec![Cell::text(&model.label)];
        row.extend(columns.iter().map(|c| c.cell(model, &selection, options, &mut seen)));
        if let Some(group) = groups.last_mut() {
            group.rows.push(row);
        }
    }
    let notes = notes(&selection, &summaries, &comparisons, options, &seen);
    let caption = options.caption.clone().unwrap_or_else(|| "Results of all models on all tasks.".to_owned());
    let csv = Tidy::from_summaries(&summaries).to_csv();
    let id = options.id.clone().unwrap_or_else(|| "main".to_owned());
    Ok(Table { id, caption, columns: head, groups, notes, csv })
}

/// What the cells really hold, for the note.
#[derive(Debug, Default)]
struct Seen {
    alike: bool,
    second: bool,
    hole: bool,
    missing: bool,
    alone: bool,
}

/// One task: its numbers, its best and who is not different from it.
struct TaskColumn<'a> {
    task: &'a Task,
    scale: Scale,
    rows: BTreeMap<&'a str, &'a SummaryRow>,
    /// Shown means, best first, once each.
    ranks: Vec<String>,
    alike: Vec<&'a str>,
}

impl<'a> TaskColumn<'a> {
    fn new(
        task: &'a Task,
        selection: &Selection,
        summaries: &'a [SummaryRow],
        comparisons: &'a [ComparisonRow],
        options: &Options,
    ) -> TaskColumn<'a> {
        let of_task = |t: &str, m: &str| t == task.name && m == task.metric;
        let rows: Vec<&SummaryRow> = summaries.iter().filter(|r| of_task(&r.task, &r.metric)).collect();
        let scale = describe::scale(&rows, describe::printed(selection, task), options);
        let mut means: Vec<f64> = rows.iter().filter_map(|r| r.mean).collect();
        means.sort_by(|a, b| b.total_cmp(a));
        let mut ranks: Vec<String> = means.iter().map(|m| scale.value(*m)).collect();
        ranks.dedup();
        let not_different = |c: &&ComparisonRow| matches!(c.verdict, Verdict::Inconclusive | Verdict::Equivalent);
        let alike = comparisons
            .iter()
            .filter(|c| of_task(&c.task, &c.metric))
            .filter(not_different)
            .map(|c| c.model_a.as_str())
            .collect();
        TaskColumn { task, scale, rows: rows.into_iter().map(|r| (r.model.as_str(), r)).collect(), ranks, alike }
    }

    fn cell(&self, model: &Model, selection: &Selection, options: &Options, seen: &mut Seen) -> Cell {
        let row = self.rows.get(model.name.as_str());
        let Some((row, mean)) = row.and_then(|r| r.mean.map(|m| (r, m))) else {
            if row.is_none() && selection.is_hole(self.task, model) {
                seen.hole = true;
                let reason = Some("pre-trained on the data of this task".to_owned());
                return Cell { reason, ..Cell::text(format::HOLE) };
            }
            seen.missing = true;
            let reason = if row.is_some() { "no run has a defined value" } else { "no run in the input" };
            return Cell { reason: Some(reason.to_owned()), ..Cell::text(format::MISSING) };
        };
        let text = match options.spread {
            Spread::Sd => self.scale.mean_spread(mean, row.sd),
            Spread::Ci => match (row.conf_low, row.conf_high) {
                (Some(low), Some(high)) => {
                    format!("{} {}", self.scale.value(mean), self.scale.interval(low, high))
                }
                _ => self.scale.value(mean),
            },
        };
        seen.alone |= row.sd.is_none();
        let shown = self.scale.value(mean);
        let bold = self.ranks.first() == Some(&shown) && 1 < self.rows.len();
        let underline = self.ranks.get(1) == Some(&shown);
        let alike = !bold && self.alike.contains(&model.name.as_str());
        seen.alike |= alike;
        seen.second |= underline;
        Cell { bold, underline, alike, ..Cell::number(text, Some(mean)) }
    }
}

fn notes(
    selection: &Selection,
    summaries: &[SummaryRow],
    comparisons: &[ComparisonRow],
    options: &Options,
    seen: &Seen,
) -> Vec<String> {
    let spread = match options.spread {
        Spread::Sd => "Mean ± standard deviation".to_owned(),
        Spread::Ci => format!("Mean and {} t interval", confidence(options.alpha)),
    };
    let mut first = format!("{spread}, {}. Bold: best of the column", describe::runs(selection, summaries));
    if seen.second {
        first.push_str("; underlined: second best");
    }
    first.push_str("; models that print the same mean share the mark.");
    let mut notes = vec![first];
    let tested = comparisons.iter().any(|c| c.p_value.is_some());
    if tested {
        let what = if seen.alike { "not significantly different from" } else { "no other model ties with" };
        notes.push(format!(
            "{} {what} the best of its column ({}; {}). No difference shown is not the same as no difference.",
            if seen.alike { format!("Shaded and {ALIKE}:") } else { "Nothing is shaded:".to_owned() },
            describe::test(options),
            describe::family_size(comparisons, options)
        ));
    } else {
        notes.push("Nothing could be tested, so nothing is shaded.".to_owned());
    }
    if seen.hole {
        notes.push(format!("{}: cannot be, the model was pre-trained on the data of this task.", format::HOLE));
    }
    if seen.missing {
        notes.push(format!("{}: no result in the input.", format::MISSING));
    }
    if seen.alone {
        notes.push("A mean without ± has no standard deviation: one run only, or none printed.".to_owned());
    }
    notes
}

/// `95 %`.
pub(crate) fn confidence(alpha: f64) -> String {
    format!("{}%", format::plain(((1.0 - alpha) * 1e4).round() / 100.0))
}
