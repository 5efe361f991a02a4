//! Every run as a dot beside mean and interval: a panel a task.
//!
//! In: a selection and options. Out: [`Figure`]. No axis has to begin at zero, since nothing is read from a length.

use analysis::input::Spread as Measured;
use analysis::tidy::SummaryRow;

use crate::context::{Context, Selection, Task};
use crate::describe;
use crate::figure::bars;
use crate::figure::model::{Figure, Item, Kind, Panel};
use crate::figure::theme::Ink;
use crate::format::{self, Scale};
use crate::options::{Options, Spread};
use crate::table::scores::confidence;

/// Share of the shown span that is left free at both ends.
const AIR: f64 = 0.06;

/// Builds the figure.
///
/// # Errors
/// Unknown names in the options, or what `analysis` refuses.
pub fn points(context: &Context, options: &Options) -> Result<Figure, String> {
    let with: Vec<&str> = options.baseline.iter().map(String::as_str).collect();
    let selection = context.select(options, &with)?;
    let summaries = selection.summaries(options)?;
    let panels: Vec<Panel> = selection.tasks.iter().map(|t| panel(t, &selection, &summaries, options)).collect();
    let words = Options { spread: Spread::Ci, ..options.clone() };
    let alt = options.alt.clone().unwrap_or_else(|| {
        let (panels_, models) = (bars::count(panels.len()), selection.models.len());
        format!("Dot plot, {panels_} of {models} models. {}", bars::alt(&panels, &words))
    });
    let dots = panels.iter().flat_map(|p| &p.items).any(|i| !i.dots.is_empty());
    let what = if dots { "Dots are single runs" } else { "The source gives no single runs" };
    let mut notes = vec![format!(
        "{what}; the line is the mean with its {} t interval; {}.",
        confidence(options.alpha),
        describe::runs(&selection, &summaries)
    )];
    if let Some(baseline) = &options.baseline {
        let label = selection.models.iter().find(|m| m.name == *baseline).map_or(baseline, |m| &m.label);
        notes.push(format!("The long line is the mean of {label}."));
    }
    Ok(Figure {
        id: options.id.clone().unwrap_or_else(|| "points".to_owned()),
        caption: options.caption.clone().unwrap_or_else(|| "Every run of every model.".to_owned()),
        alt,
        kind: Kind::Points,
        legend: bars::legend(context, &selection),
        notes,
        panels,
    })
}

fn panel(task: &Task, selection: &Selection, summaries: &[SummaryRow], options: &Options) -> Panel {
    let unit = Scale { percent: options.percent, decimals: 0 };
    let row = |model: &str| {
        summaries.iter().find(|r| r.task == task.name && r.metric == task.metric && r.model == model)
    };
    let item = |model: &crate::context::Model| {
        let summary = row(&model.name);
        let dots = match selection.group(task, &model.name).map(|g| &g.spread) {
            Some(Measured::Values { values, .. }) => values.iter().map(|v| unit.shown(*v)).collect(),
            _ => Vec::new(),
        };
        let interval = summary.and_then(|r| r.conf_low.zip(r.conf_high));
        Item {
            label: model.label.clone(),
            ink: Ink::family(&model.family),
            mean: summary.and_then(|r| r.mean).map(|m| unit.shown(m)),
            whisker: interval.map(|(low, high)| (unit.shown(low), unit.shown(high))),
            dots,
            mark: None,
            absent: if selection.is_hole(task, model) { format::HOLE } else { format::MISSING },
        }
    };
    let items: Vec<Item> = selection.models.iter().map(item).collect();
    let low = items.iter().filter_map(Item::bottom).reduce(f64::min);
    let high = items.iter().filter_map(Item::top).reduce(f64::max);
    let range = match (low, high) {
        (Some(low), Some(high)) => {
            let air = AIR * (high - low).max(if options.percent { 0.1 } else { 0.001 });
            (low - air, high + air)
        }
        _ => (0.0, 1.0),
    };
    let reference = options.baseline.as_ref().and_then(|b| row(b)).and_then(|r| r.mean).map(|m| unit.shown(m));
    Panel {
        title: task.label.clone(),
        unit: describe::unit(task, options),
        range,
        items,
        brackets: Vec::new(),
        reference,
    }
}
