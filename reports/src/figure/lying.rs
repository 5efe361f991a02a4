//! Items below each other, values to the right: for many models, long names or a narrow screen.
//!
//! In: [`Figure`] and a width. Out: shapes; names stand once at the left of every row of panels. It always finds a plan:
//! names that would take more than a third of the width break into lines or end in an ellipsis.

use crate::figure::layout::{self, GAP, LINE, MARGIN, MARK};
use crate::figure::model::{Figure, Item, Panel, ticks};
use crate::figure::scene::{Anchor, Scene, Shape};
use crate::figure::text;
use crate::figure::theme::{Ink, LABEL};
use crate::format;

/// Height of a row of one-line names.
const ROW: f64 = 19.0;
/// A panel's axis is no shorter than this.
const LEAST: f64 = 110.0;
/// Share of the width that names may take.
const NAMES: f64 = 0.36;
/// Lines a name may take.
const NAME_LINES: usize = 2;

/// Sizes that all panels share.
#[derive(Debug)]
pub(super) struct Plan {
    columns: usize,
    /// Width of the names.
    names: f64,
    /// Width of a panel with the gutter of its marks.
    panel: f64,
    /// Room at the right of the axis for marks and brackets.
    gutter: f64,
    row: f64,
    title_lines: usize,
}

impl Plan {
    pub(super) fn new(figure: &Figure, width: f64) -> Plan {
        let labels = || figure.panels.iter().flat_map(|p| &p.items).map(|i| i.label.as_str());
        let limit = width * NAMES;
        let names = layout::widest(labels(), LABEL).min(limit) + 8.0;
        let lines = labels().map(|l| text::wrap(l, LABEL, names - 8.0, NAME_LINES).len()).max().unwrap_or(1);
        let marks = layout::widest(layout::marks(figure), MARK);
        let bracket = |p: &Panel| p.brackets.iter().map(|b| text::width(&b.text, MARK) + 14.0).sum::<f64>();
        let brackets = figure.panels.iter().map(bracket).fold(0.0, f64::max);
        let gutter = if 0.0 < marks { marks + 8.0 } else { 4.0 } + brackets;
        let room = width - 2.0 * MARGIN - names;
        let most = ((room + GAP) / (LEAST + gutter + GAP)).floor().max(1.0) as usize;
        let columns = layout::balanced(figure.panels.len(), most.min(4));
        let panel = (room - GAP * (columns - 1) as f64) / columns as f64;
        let row = if lines == 1 { ROW } else { lines as f64 * LINE + 4.0 };
        Plan { columns, names, panel, gutter, row, title_lines: layout::title_lines(&figure.panels, panel) }
    }

    pub(super) fn draw(&self, figure: &Figure, scene: &mut Scene) {
        for row in figure.panels.chunks(self.columns) {
            let top = scene.height;
            let head = (self.title_lines + 1) as f64 * LINE + 6.0;
            let labels: Vec<&str> = row.first().map_or(Vec::new(), |p| p.items.iter().map(|i| &*i.label).collect());
            for (i, label) in labels.iter().enumerate() {
                let lines = text::wrap(label, LABEL, self.names - 8.0, NAME_LINES);
                let middle = top + head + (i as f64 + 0.5) * self.row;
                for (j, line) in lines.iter().enumerate() {
                    let y = middle + (j as f64 - (lines.len() as f64 - 1.0) / 2.0) * LINE;
                    scene.label((MARGIN + self.names - 6.0, y), line, LABEL, Anchor::End, Ink::Text);
                }
            }
            for (i, panel) in row.iter().enumerate() {
                let left = MARGIN + self.names + i as f64 * (self.panel + GAP);
                self.panel(figure, panel, (left, top), head, scene);
            }
            scene.height = top + head + labels.len() as f64 * self.row + LINE * 1.5 + GAP;
        }
        scene.height -= GAP;
    }

    fn panel(&self, figure: &Figure, panel: &Panel, at: (f64, f64), head: f64, scene: &mut Scene) {
        layout::panel_head(panel, at, self.panel, self.title_lines, scene);
        let (left, right) = (at.0, at.0 + self.panel - self.gutter);
        let top = at.1 + head;
        let bottom = top + panel.items.len() as f64 * self.row;
        let x = |value: f64| layout::along(value, panel.range, (left, right));
        for (tick, label) in labels(panel, right - left) {
            scene.line(vec![(x(tick), top), (x(tick), bottom)], Ink::Grid, 1.0);
            let half = text::width(&label, LABEL) / 2.0;
            let middle = x(tick).max(left + half - GAP / 2.0).min(at.0 + self.panel - half);
            scene.label((middle, bottom + LINE * 0.8), &label, LABEL, Anchor::Middle, Ink::Muted);
        }
        for (i, item) in panel.items.iter().enumerate() {
            let middle = top + (i as f64 + 0.5) * self.row;
            self.item(item, middle, left, x, layout::bars(figure), scene);
        }
        if let Some(reference) = panel.reference {
            scene.line(vec![(x(reference), top), (x(reference), bottom)], Ink::Muted, 0.75);
        }
        scene.line(vec![(left, top), (left, bottom)], Ink::Text, 1.0);
        self.brackets(figure, panel, (right, top), scene);
    }

    fn item(&self, item: &Item, y: f64, left: f64, x: impl Fn(f64) -> f64, bars: bool, scene: &mut Scene) {
        let half = (self.row * 0.32).min(8.0);
        let Some(mean) = item.mean else {
            scene.label((left + 6.0, y), item.absent, LABEL, Anchor::Start, Ink::Muted);
            return;
        };
        let mut mean_y = y;
        if bars {
            let size = (x(mean) - left, 2.0 * half);
            scene.shapes.push(Shape::Rect { at: (left, y - half), size, ink: item.ink });
        } else {
            let (dots_y, below) = if item.dots.is_empty() { (y, y) } else { (y - 3.5, y + 4.5) };
            mean_y = below;
            for (dot, offset) in item.dots.iter().zip(layout::spread(item.dots.len(), 2.0, 1.5)) {
                scene.shapes.push(Shape::Dot { at: (x(*dot), dots_y + offset), radius: 2.75, ink: item.ink });
            }
        }
        if let Some((low, high)) = item.whisker {
            layout::whisker((x(low), mean_y), (x(high), mean_y), (0.0, 3.0), scene);
        }
        if !bars {
            scene.line(vec![(x(mean), mean_y - 4.0), (x(mean), mean_y + 4.0)], Ink::Text, 2.5);
        }
        if let (Some(mark), Some(top)) = (&item.mark, item.top()) {
            scene.label((x(top) + 4.0, y), mark, MARK, Anchor::Start, Ink::Text);
        }
    }

    fn brackets(&self, figure: &Figure, panel: &Panel, (right, top): (f64, f64), scene: &mut Scene) {
        let marks = layout::widest(layout::marks(figure), MARK);
        let mut line = right + 6.0 + if 0.0 < marks { marks + 2.0 } else { 0.0 };
        for bracket in &panel.brackets {
            let middle = |i: usize| top + (i as f64 + 0.5) * self.row;
            let (a, b) = (middle(bracket.from.min(bracket.to)), middle(bracket.from.max(bracket.to)));
            scene.line(vec![(line - 4.0, a), (line, a), (line, b), (line - 4.0, b)], Ink::Text, 1.0);
            scene.label((line + 4.0, (a + b) / 2.0), &bracket.text, MARK, Anchor::Start, Ink::Text);
            line += text::width(&bracket.text, MARK) + 14.0;
        }
    }
}

/// As many ticks as their labels leave room for.
fn labels(panel: &Panel, width: f64) -> Vec<(f64, String)> {
    for count in (1..=4).rev() {
        let (all, decimals) = ticks(panel.range, count);
        let labels: Vec<_> = all.into_iter().map(|t| (t, format::fixed(t, decimals))).collect();
        let taken: f64 = labels.iter().map(|(_, l)| text::width(l, LABEL) + 12.0).sum();
        if taken <= width || count == 1 {
            return labels;
        }
    }
    Vec::new()
}
