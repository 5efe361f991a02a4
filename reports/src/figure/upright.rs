//! Items side by side, values upward: for few models with short names.
//!
//! In: [`Figure`] and a width. Out: shapes, or no plan when a name does not fit under its bar.

use crate::figure::layout::{self, GAP, LINE, MARGIN, MARK};
use crate::figure::model::{Figure, Item, Panel, ticks};
use crate::figure::scene::{Anchor, Scene, Shape};
use crate::figure::text;
use crate::figure::theme::{Ink, LABEL};
use crate::format;

/// Height of the value axis.
const PLOT: f64 = 140.0;
/// Height of one bracket with its text.
const BRACKET: f64 = 21.0;
/// Lines a name may take.
const NAME_LINES: usize = 3;
/// More items than this read better below each other.
const MOST_ITEMS: usize = 9;

/// Sizes that all panels share.
#[derive(Debug)]
pub(super) struct Plan {
    columns: usize,
    panel: f64,
    gutter: f64,
    title_lines: usize,
    name_lines: usize,
    /// Room above the axis for marks and brackets.
    head: f64,
}

impl Plan {
    pub(super) fn new(figure: &Figure, width: f64) -> Option<Plan> {
        let items = figure.panels.iter().map(|p| p.items.len()).max()?;
        if items == 0 || MOST_ITEMS < items {
            return None;
        }
        let gutter = figure.panels.iter().map(|p| layout::widest(labels(p).iter().map(|(_, l)| &**l), LABEL));
        let gutter = gutter.fold(0.0, f64::max) + 8.0;
        let marks = layout::widest(layout::marks(figure), MARK);
        let brackets = figure.panels.iter().map(|p| p.brackets.len()).max().unwrap_or(0);
        let bracket_texts = figure.panels.iter().flat_map(|p| &p.brackets).map(|b| b.text.as_str());
        let least = layout::widest(bracket_texts, MARK);
        for most in (1..=figure.panels.len().min(4)).rev() {
            let columns = layout::balanced(figure.panels.len(), most);
            let panel = (width - 2.0 * MARGIN - GAP * (columns - 1) as f64) / columns as f64;
            let slot = (panel - gutter) / items as f64;
            let names = figure.panels.iter().flat_map(|p| &p.items).map(|i| name_lines(&i.label, slot - 6.0));
            let Some(names) = names.collect::<Option<Vec<_>>>() else { continue };
            if slot < (marks + 3.0).max(24.0) || panel - gutter < least {
                continue;
            }
            let marks = if layout::marks(figure).next().is_some() { LINE } else { 0.0 };
            return Some(Plan {
                columns,
                panel,
                gutter,
                title_lines: layout::title_lines(&figure.panels, panel),
                name_lines: names.iter().map(Vec::len).max().unwrap_or(1),
                head: marks + brackets as f64 * BRACKET + 4.0,
            });
        }
        None
    }

    pub(super) fn draw(&self, figure: &Figure, scene: &mut Scene) {
        for row in figure.panels.chunks(self.columns) {
            let top = scene.height;
            for (i, panel) in row.iter().enumerate() {
                let left = MARGIN + i as f64 * (self.panel + GAP);
                let bottom = self.panel(figure, panel, (left, top), scene);
                scene.height = scene.height.max(bottom);
            }
            scene.height += GAP * 0.7;
        }
        scene.height -= GAP * 0.7;
    }

    /// Draws one panel and returns its lower end.
    fn panel(&self, figure: &Figure, panel: &Panel, at: (f64, f64), scene: &mut Scene) -> f64 {
        let title = layout::panel_head(panel, at, self.panel, self.title_lines, scene);
        let top = at.1 + title + self.head;
        let bottom = top + PLOT;
        let (left, right) = (at.0 + self.gutter, at.0 + self.panel);
        let y = |value: f64| layout::along(value, panel.range, (bottom, top));
        for (tick, label) in labels(panel) {
            scene.line(vec![(left, y(tick)), (right, y(tick))], Ink::Grid, 1.0);
            scene.label((left - 5.0, y(tick)), &label, LABEL, Anchor::End, Ink::Muted);
        }
        let slot = (right - left) / panel.items.len().max(1) as f64;
        for (i, item) in panel.items.iter().enumerate() {
            let x = left + (i as f64 + 0.5) * slot;
            item_shapes(item, x, slot, bottom, y, layout::bars(figure), scene);
            for (j, line) in name_lines(&item.label, slot - 6.0).unwrap_or_default().iter().enumerate() {
                let at = (x, bottom + LINE * (j as f64 + 0.75));
                scene.label(at, line, LABEL, Anchor::Middle, Ink::Text);
            }
        }
        if let Some(reference) = panel.reference {
            scene.line(vec![(left, y(reference)), (right, y(reference))], Ink::Muted, 0.75);
        }
        scene.line(vec![(left, bottom), (right, bottom)], Ink::Text, 1.0);
        self.brackets(panel, (left, right), top, y, scene);
        bottom + LINE * (self.name_lines as f64 + 0.5)
    }

    fn brackets(
        &self,
        panel: &Panel,
        (left, right): (f64, f64),
        top: f64,
        y: impl Fn(f64) -> f64,
        scene: &mut Scene,
    ) {
        let slot = (right - left) / panel.items.len().max(1) as f64;
        let center = |i: usize| left + (i as f64 + 0.5) * slot;
        let marks = if panel.items.iter().any(|i| i.mark.is_some()) { LINE } else { 0.0 };
        let highest = panel.items.iter().filter_map(Item::top).map(&y).fold(top + PLOT, f64::min);
        let mut line = highest - marks - 6.0;
        for bracket in &panel.brackets {
            let (a, b) = (center(bracket.from.min(bracket.to)), center(bracket.from.max(bracket.to)));
            scene.line(vec![(a, line + 4.0), (a, line), (b, line), (b, line + 4.0)], Ink::Text, 1.0);
            let half = text::width(&bracket.text, MARK) / 2.0;
            let x = ((a + b) / 2.0).max(left + half - self.gutter).min(right - half);
            scene.label((x, line - 7.5), &bracket.text, MARK, Anchor::Middle, Ink::Text);
            line -= BRACKET;
        }
    }
}

fn item_shapes(
    item: &Item,
    x: f64,
    slot: f64,
    bottom: f64,
    y: impl Fn(f64) -> f64,
    bars: bool,
    scene: &mut Scene,
) {
    let half = (slot * 0.32).min(24.0);
    let Some(mean) = item.mean else {
        scene.label((x, bottom - LINE), item.absent, LABEL, Anchor::Middle, Ink::Muted);
        return;
    };
    let (dots_x, mean_x) = if item.dots.is_empty() { (x, x) } else { (x - half * 0.45, x + half * 0.6) };
    if bars {
        let at = (x - half, y(mean));
        scene.shapes.push(Shape::Rect { at, size: (2.0 * half, bottom - y(mean)), ink: item.ink });
    } else {
        for (dot, offset) in item.dots.iter().zip(layout::spread(item.dots.len(), half * 0.5, 5.0)) {
            scene.shapes.push(Shape::Dot { at: (dots_x + offset, y(*dot)), radius: 2.75, ink: item.ink });
        }
    }
    let mean_x = if bars { x } else { mean_x };
    if let Some((low, high)) = item.whisker {
        layout::whisker((mean_x, y(low)), (mean_x, y(high)), (3.5, 0.0), scene);
    }
    if !bars {
        scene.line(vec![(mean_x - 6.0, y(mean)), (mean_x + 6.0, y(mean))], Ink::Text, 2.5);
    }
    if let (Some(mark), Some(top)) = (&item.mark, item.top()) {
        scene.label((x, y(top) - LINE * 0.6), mark, MARK, Anchor::Middle, Ink::Text);
    }
}

/// The lines of a name under a slot; `None` if a word would have to be broken or there are too many.
fn name_lines(name: &str, limit: f64) -> Option<Vec<String>> {
    let lines = text::wrap(name, LABEL, limit, usize::MAX);
    let whole = |line: &String| {
        line.ends_with(['-', '_', '/', '>', ',']) || name.ends_with(line.as_str()) || name.contains(&format!("{line} "))
    };
    (lines.len() <= NAME_LINES && lines.iter().all(whole)).then_some(lines)
}

/// Ticks with their labels.
fn labels(panel: &Panel) -> Vec<(f64, String)> {
    let (all, decimals) = ticks(panel.range, 4);
    all.into_iter().map(|t| (t, format::fixed(t, decimals))).collect()
}
