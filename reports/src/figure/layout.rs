//! Where everything of a figure goes at a given width, so that no label overlaps or is cut off.
//!
//! In: [`Figure`] and a width in pixels. Out: [`Scene`]. Few models with short names stand side by side (`upright`); many, or
//! long names, or a narrow screen, lie below each other with their names at the left (`lying`). Panels wrap into rows.

use crate::figure::model::{Figure, Item, Kind, Panel};
use crate::figure::scene::{Anchor, Scene};
use crate::figure::theme::{Ink, LABEL, TITLE};
use crate::figure::{lying, text, upright};

/// Air around the whole figure.
pub(super) const MARGIN: f64 = 4.0;
/// Air between panels.
pub(super) const GAP: f64 = 18.0;
/// Height of a line of labels.
pub(super) const LINE: f64 = 13.5;
/// Size of a mark above a bar.
pub(super) const MARK: f64 = 10.0;

/// Arranges a figure.
#[must_use]
pub fn scene(figure: &Figure, width: f64) -> Scene {
    let mut scene = Scene { width, height: MARGIN, shapes: Vec::new() };
    match upright::Plan::new(figure, width) {
        Some(plan) => plan.draw(figure, &mut scene),
        None => lying::Plan::new(figure, width).draw(figure, &mut scene),
    }
    legend(figure, &mut scene);
    scene.height += MARGIN;
    scene
}

/// Title and unit above a panel; returns the height they take.
pub(super) fn panel_head(panel: &Panel, at: (f64, f64), width: f64, lines: usize, scene: &mut Scene) -> f64 {
    let title = text::wrap(&panel.title, TITLE * 1.14, width, lines);
    let (x, mut y) = (at.0, at.1 + (lines - title.len()) as f64 * LINE + LINE / 2.0);
    for line in title {
        scene.shapes.push(crate::figure::scene::Shape::Text {
            at: (x, y),
            text: line,
            size: TITLE,
            anchor: Anchor::Start,
            bold: true,
            ink: Ink::Text,
        });
        y += LINE;
    }
    scene.label((x, y), &text::cut(&panel.unit, LABEL, width), LABEL, Anchor::Start, Ink::Muted);
    (lines + 1) as f64 * LINE + 4.0
}

/// Lines that the longest title needs.
pub(super) fn title_lines(panels: &[Panel], width: f64) -> usize {
    panels.iter().map(|p| text::wrap(&p.title, TITLE * 1.14, width, 2).len()).max().unwrap_or(1)
}

/// The width of the widest text.
pub(super) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts.into_iter().map(|t| text::width(t, size)).fold(0.0, f64::max)
}

/// Panels a row, so that rows are as even as they can be with at most `most` in one.
pub(super) fn balanced(panels: usize, most: usize) -> usize {
    let rows = panels.div_ceil(most.max(1)).max(1);
    panels.div_ceil(rows).max(1)
}

/// Where a value is between two ends in pixels.
pub(super) fn along(value: f64, range: (f64, f64), ends: (f64, f64)) -> f64 {
    let share = if range.0 < range.1 { (value - range.0) / (range.1 - range.0) } else { 0.5 };
    ends.0 + share.clamp(0.0, 1.0) * (ends.1 - ends.0)
}

/// Offsets that spread `n` dots evenly over `±reach`, at most `step` apart.
pub(super) fn spread(n: usize, reach: f64, step: f64) -> impl Iterator<Item = f64> {
    let step = if 1 < n { (2.0 * reach / (n - 1) as f64).min(step) } else { 0.0 };
    (0..n).map(move |i| (i as f64 - (n as f64 - 1.0) / 2.0) * step)
}

/// The whisker with its caps, between two points on a line along one axis.
pub(super) fn whisker(low: (f64, f64), high: (f64, f64), cap: (f64, f64), scene: &mut Scene) {
    scene.line(vec![low, high], Ink::Text, 1.0);
    for (x, y) in [low, high] {
        scene.line(vec![(x - cap.0, y - cap.1), (x + cap.0, y + cap.1)], Ink::Text, 1.0);
    }
}

/// The texts beyond the whiskers of a panel.
pub(super) fn marks(figure: &Figure) -> impl Iterator<Item = &str> {
    figure.panels.iter().flat_map(|p| &p.items).filter_map(|i: &Item| i.mark.as_deref())
}

/// Whether a figure's items are bars.
pub(super) fn bars(figure: &Figure) -> bool {
    figure.kind == Kind::Bars
}

/// Colors and their names, in lines below the panels.
fn legend(figure: &Figure, scene: &mut Scene) {
    if figure.legend.is_empty() {
        return;
    }
    let limit = scene.width - 2.0 * MARGIN;
    let mut x = MARGIN;
    let mut y = scene.height + LINE;
    for (name, ink) in &figure.legend {
        let name = text::cut(name, LABEL, limit - 20.0);
        let width = 16.0 + text::width(&name, LABEL) + 16.0;
        if limit < x + width - 16.0 && MARGIN < x {
            x = MARGIN;
            y += LINE + 3.0;
        }
        scene.shapes.push(crate::figure::scene::Shape::Rect { at: (x, y - 5.0), size: (10.0, 10.0), ink: *ink });
        scene.label((x + 15.0, y), &name, LABEL, Anchor::Start, Ink::Text);
        x += width;
    }
    scene.height = y + LINE / 2.0;
}
