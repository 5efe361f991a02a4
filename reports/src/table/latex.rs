//! A table as LaTeX with booktabs, whole in itself: `\input` it into a paper.
//!
//! In: [`Table`]. Out: a `table` float, or a `longtable` when it would not fit on a page. Font size steps down with the
//! estimated width; a table wider than the page at the smallest size is scaled and says so in a comment. It uses no package
//! but booktabs, longtable and graphicx where they are needed; shading shows where colortbl is loaded.

use std::fmt::Write;

use crate::escape;
use crate::figure::text;
use crate::table::model::{Cell, Table};

/// Rows that fit on one page.
const PAGE_ROWS: usize = 40;
/// Width of a column gap at the table's settings, in points.
const GAP: f64 = 8.0;
/// Width of the text block that `main.tex` sets, in points.
pub(crate) const TEXT_WIDTH: f64 = 455.0;
/// LaTeX's faces are narrower than the face of the metrics table.
const NARROWER: f64 = 0.80;

/// The table as LaTeX.
#[must_use]
pub fn latex(table: &Table) -> String {
    let long = PAGE_ROWS < table.n_rows() + table.groups.len();
    let (size, fits) = font(table);
    let spec: String = table.columns.iter().map(|c| if c.numeric { 'r' } else { 'l' }).collect();
    let packages = match (long, fits) {
        (true, _) => "booktabs, longtable",
        (false, true) => "booktabs",
        (false, false) => "booktabs, graphicx",
    };
    let mut out = format!(
        "% Table {}: needs {packages}; colortbl for the shading.\n\\providecommand{{\\cellcolor}}[2][]{{}}\n",
        table.id
    );
    let head = format!("\\toprule\n{}\\midrule\n", head(table));
    let caption = format!("\\caption{{{}}}\\label{{tab:{}}}", escape::latex(&table.caption), table.id);
    let notes: Vec<String> = table.notes.iter().map(|n| escape::latex(n)).collect();
    let notes = notes.join(" ");
    if long {
        let _ = write!(
            out,
            "\\begingroup\n{size}\\setlength{{\\tabcolsep}}{{4pt}}\n\\begin{{longtable}}{{@{{}}{spec}@{{}}}}\n{caption}\\\\\n\
             {head}\\endfirsthead\n{head}\\endhead\n\\bottomrule\n\\endfoot\n{}\\end{{longtable}}\n\\par\\noindent{{\\footnotesize {notes}\\par}}\n\
             \\endgroup\n",
            body(table)
        );
        return out;
    }
    let (open, close) = if fits { ("", "") } else { ("\\resizebox{\\linewidth}{!}{%\n", "}") };
    let _ = write!(
        out,
        "\\begin{{table}}[tbp]\n\\centering\n{caption}\n{size}\\setlength{{\\tabcolsep}}{{4pt}}\n{open}\
         \\begin{{tabular}}{{@{{}}{spec}@{{}}}}\n{head}{}\\bottomrule\n\\end{{tabular}}{close}\n",
        body(table)
    );
    if !notes.is_empty() {
        let _ = write!(
            out,
            "\n\\vspace{{4pt}}\n\\begin{{minipage}}{{\\linewidth}}\\footnotesize\\raggedright {notes}\\end{{minipage}}\n"
        );
    }
    out.push_str("\\end{table}\n");
    out
}

/// The largest size command whose estimated width fits, and whether any does.
fn font(table: &Table) -> (&'static str, bool) {
    for (command, points) in [("", 10.0), ("\\small", 9.0), ("\\footnotesize", 8.0), ("\\scriptsize", 7.0)] {
        if estimated_width(table, points) <= TEXT_WIDTH {
            return (command, true);
        }
    }
    ("\\scriptsize", false)
}

fn estimated_width(table: &Table, points: f64) -> f64 {
    let column = |i: usize| {
        let cells = table.groups.iter().flat_map(|g| &g.rows).filter_map(|r| r.get(i)).map(|c| c.text.as_str());
        let column = &table.columns[i];
        let head = [column.label.as_str(), column.detail.as_deref().unwrap_or("")];
        cells.chain(head).map(|t| text::width(t, points)).fold(0.0, f64::max)
    };
    (0..table.columns.len()).map(|i| column(i) * NARROWER + GAP).sum()
}

fn head(table: &Table) -> String {
    let align = |numeric: bool| if numeric { 'r' } else { 'l' };
    let labels: Vec<String> = table
        .columns
        .iter()
        .map(|c| format!("\\multicolumn{{1}}{{{}}}{{{}}}", align(c.numeric), escape::latex(&c.label)))
        .collect();
    let mut out = format!("{} \\\\\n", labels.join(" & "));
    if table.columns.iter().any(|c| c.detail.is_some()) {
        let details: Vec<String> =
            table.columns.iter().map(|c| escape::latex(c.detail.as_deref().unwrap_or(""))).collect();
        let _ = writeln!(out, "{} \\\\", details.join(" & "));
    }
    out
}

fn body(table: &Table) -> String {
    let mut out = String::new();
    let width = table.columns.len();
    for (i, group) in table.groups.iter().enumerate() {
        if 0 < i {
            out.push_str("\\addlinespace\n");
        }
        if let Some(heading) = &group.heading {
            let _ = writeln!(
                out,
                "\\multicolumn{{{width}}}{{@{{}}l}}{{\\textit{{{}}}}} \\\\",
                escape::latex(heading)
            );
        }
        for row in &group.rows {
            let cells: Vec<String> = row.iter().map(cell).collect();
            let _ = writeln!(out, "{} \\\\", cells.join(" & "));
        }
    }
    out
}

fn cell(cell: &Cell) -> String {
    let mut text = escape::latex(&cell.text);
    if cell.bold {
        text = format!("\\textbf{{{text}}}");
    }
    if cell.underline {
        text = format!("\\underline{{{text}}}");
    }
    if cell.alike {
        // The dagger takes no room, so that digits stay under digits.
        text = format!("\\cellcolor[gray]{{0.92}}{text}\\rlap{{$^{{\\dagger}}$}}");
    }
    text
}
