//! Grouped bars: a panel a task, a bar a model, whiskers, marks against a baseline and a bracket between two models.
//!
//! In: a selection and options. Out: [`Figure`]; its notes say what whiskers and marks are and that a cut axis is cut.

use analysis::tidy::{ComparisonRow, Pairs, SummaryRow};

use crate::context::{Context, Selection, Task};
use crate::describe;
use crate::figure::model::{Bracket, Figure, Item, Kind, Panel};
use crate::figure::theme::Ink;
use crate::format::{self, Scale};
use crate::options::{Options, Spread};
use crate::table::scores::confidence;

/// Share of the shown span that is left below the lowest whisker of a cut axis.
const FOOT: f64 = 0.35;

/// Builds the figure.
///
/// # Errors
/// Unknown names in the options, or what `analysis` refuses.
pub fn bars(context: &Context, options: &Options) -> Result<Figure, String> {
    let mut with: Vec<&str> = options.baseline.iter().map(String::as_str).collect();
    with.extend(options.bracket.iter().map(String::as_str));
    let selection = context.select(options, &with)?;
    let summaries = selection.summaries(options)?;
    let marks = match &options.baseline {
        Some(baseline) => selection.compare(Pairs::Baseline(baseline.clone()), options)?,
        None => Vec::new(),
    };
    let pair = match &options.bracket[..] {
        [_, b] => selection.only(&options.bracket).compare(Pairs::Baseline(b.clone()), options)?,
        _ => Vec::new(),
    };
    let mut panels = Vec::new();
    for task in &selection.tasks {
        panels.push(panel(task, &selection, &summaries, &marks, &pair, options));
    }
    let alt = options.alt.clone().unwrap_or_else(|| {
        format!("Bar chart, {} of {} models. {}", count(panels.len()), selection.models.len(), alt(&panels, options))
    });
    Ok(Figure {
        id: options.id.clone().unwrap_or_else(|| "bars".to_owned()),
        caption: options.caption.clone().unwrap_or_else(|| "Results of all models on each task.".to_owned()),
        alt,
        kind: Kind::Bars,
        legend: legend(context, &selection),
        notes: notes(&selection, &summaries, &marks, &pair, options),
        panels,
    })
}

fn panel(
    task: &Task,
    selection: &Selection,
    summaries: &[SummaryRow],
    marks: &[ComparisonRow],
    pair: &[ComparisonRow],
    options: &Options,
) -> Panel {
    let here = |t: &str, m: &str| t == task.name && m == task.metric;
    let rows: Vec<&SummaryRow> = summaries.iter().filter(|r| here(&r.task, &r.metric)).collect();
    let unit = Scale { percent: options.percent, decimals: 0 };
    let mut items = Vec::new();
    for model in &selection.models {
        let row = rows.iter().find(|r| r.model == model.name);
        let mean = row.and_then(|r| r.mean).map(|m| unit.shown(m));
        let whisker = row.and_then(|r| match options.spread {
            Spread::Sd => r.mean.zip(r.sd).map(|(m, sd)| (m - sd, m + sd)),
            Spread::Ci => r.conf_low.zip(r.conf_high),
        });
        let mark = marks.iter().find(|c| here(&c.task, &c.metric) && c.model_a == model.name);
        items.push(Item {
            label: model.label.clone(),
            ink: Ink::family(&model.family),
            mean,
            whisker: whisker.map(|(low, high)| (unit.shown(low), unit.shown(high))),
            dots: Vec::new(),
            mark: mark.and_then(|c| c.p_adjusted).map(|p| format::stars(p, options.alpha).to_owned()),
            absent: if selection.is_hole(task, model) { format::HOLE } else { format::MISSING },
        });
    }
    let place = |name: &str| selection.models.iter().position(|m| m.name == name);
    let bracket = |c: &ComparisonRow| {
        let (from, to) = (place(&c.model_a)?, place(&c.model_b)?);
        Some(Bracket { from, to, text: format::p_sentence(Some(c.p_adjusted?)) })
    };
    let brackets = pair.iter().filter(|c| here(&c.task, &c.metric)).filter_map(bracket).collect();
    let reference = options.baseline.as_ref().and_then(|b| rows.iter().find(|r| r.model == *b));
    let reference = reference.and_then(|r| r.mean).map(|m| unit.shown(m));
    Panel {
        title: task.label.clone(),
        unit: describe::unit(task, options),
        range: range(&items, options),
        items,
        brackets,
        reference,
    }
}

/// From below the lowest whisker, or from zero, to above the highest.
pub(super) fn range(items: &[Item], options: &Options) -> (f64, f64) {
    let low = items.iter().filter_map(Item::bottom).reduce(f64::min);
    let high = items.iter().filter_map(Item::top).reduce(f64::max);
    let (Some(low), Some(high)) = (low, high) else { return (0.0, 1.0) };
    let least = if options.percent { 0.1 } else { 0.001 };
    let span = (high - low).max(least);
    let from = if options.zero { 0.0_f64.min(low) } else { low - FOOT * span };
    (if 0.0 <= low { from.max(0.0) } else { from }, high + 0.04 * span)
}

/// The numbers of each panel in words.
pub(super) fn alt(panels: &[Panel], options: &Options) -> String {
    let sentence = |panel: &Panel| {
        let spread = match options.spread {
            Spread::Sd => "±",
            Spread::Ci => "interval half-width",
        };
        let mut items: Vec<(&Item, f64)> = panel.items.iter().filter_map(|i| i.mean.map(|m| (i, m))).collect();
        items.sort_by(|a, b| b.1.total_cmp(&a.1));
        let number = |(item, mean): &(&Item, f64)| {
            let half = item.whisker.map_or_else(String::new, |(low, high)| {
                format!(" {spread} {}", format::fixed((high - low) / 2.0, 2))
            });
            let mark = item.mark.as_ref().map_or_else(String::new, |m| format!(" ({m})"));
            format!("{} {}{half}{mark}", item.label, format::fixed(*mean, 2))
        };
        let numbers: Vec<String> = items.iter().map(number).collect();
        let bracket = |b: &Bracket| {
            let name = |i: usize| panel.items.get(i).map_or("", |i| i.label.as_str());
            format!("; {} against {}: {}", name(b.from), name(b.to), b.text)
        };
        let brackets: String = panel.brackets.iter().map(bracket).collect();
        format!("{} ({}), best first: {}{brackets}.", panel.title, panel.unit, numbers.join(", "))
    };
    panels.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

/// Families and their colors, where colors group more models than there are names for.
pub(super) fn legend(context: &Context, selection: &Selection) -> Vec<(String, Ink)> {
    let mut families: Vec<&str> = Vec::new();
    for model in &selection.models {
        if !model.family.is_empty() && !families.contains(&model.family.as_str()) {
            families.push(&model.family);
        }
    }
    if families.len() < 2 || families.len() == selection.models.len() {
        return Vec::new();
    }
    families.into_iter().map(|f| (context.family(f), Ink::family(f))).collect()
}

pub(super) fn count(panels: usize) -> String {
    if panels == 1 { "1 panel".to_owned() } else { format!("{panels} panels") }
}

fn notes(
    selection: &Selection,
    summaries: &[SummaryRow],
    marks: &[ComparisonRow],
    pair: &[ComparisonRow],
    options: &Options,
) -> Vec<String> {
    let whiskers = match options.spread {
        Spread::Sd => "± one standard deviation".to_owned(),
        Spread::Ci => format!("the {} t interval of the mean", confidence(options.alpha)),
    };
    let mut notes = vec![format!("Bars are means, whiskers {whiskers}; {}.", describe::runs(selection, summaries))];
    let label = |name: &String| {
        let model = selection.models.iter().find(|m| m.name == *name);
        model.map_or_else(|| name.clone(), |m| m.label.clone())
    };
    if let Some(baseline) = &options.baseline {
        notes.push(format!(
            "Marks and line: against {} ({}; {}); {}.",
            label(baseline),
            describe::test(options),
            describe::family_size(marks, options),
            format::stars_legend(options.alpha)
        ));
    }
    if let [a, b] = &options.bracket[..] {
        notes.push(format!(
            "Brackets: {} against {} ({}; {}).",
            label(a),
            label(b),
            describe::test(options),
            describe::family_size(pair, options)
        ));
    }
    if !options.zero {
        let warning = "The value axes do not begin at zero: compare the ends of the bars, not their lengths.";
        notes.push(warning.to_owned());
    }
    notes
}
