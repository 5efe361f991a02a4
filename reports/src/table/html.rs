//! A table as HTML: semantic, sortable where scripts run, whole where they do not.
//!
//! In: [`Table`] and its number. Out: one `<figure>` with caption, scopes, sort keys and the sources for copying.

use std::fmt::Write;

use crate::escape;
use crate::table::latex;
use crate::table::model::{ALIKE, Cell, Table};

/// The table as HTML.
#[must_use]
pub fn html(table: &Table, number: usize) -> String {
    let id = escape::html(&table.id);
    let mut out = format!(
        "<figure class=\"table\" id=\"tab-{id}\">\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Table {number}\">\n<table class=\"sortable\">\n<caption><b>Table {number}.</b> {}</caption>\n",
        escape::html(&table.caption)
    );
    head(table, &mut out);
    for group in &table.groups {
        out.push_str("<tbody>\n");
        if let Some(heading) = &group.heading {
            let width = table.columns.len();
            let heading = escape::html(heading);
            let _ = writeln!(
                out,
                "<tr class=\"group\"><th colspan=\"{width}\" scope=\"rowgroup\">{heading}</th></tr>"
            );
        }
        for row in &group.rows {
            out.push_str("<tr>");
            for (i, cell) in row.iter().enumerate() {
                let numeric = table.columns.get(i).is_some_and(|c| c.numeric);
                out.push_str(&self::cell(cell, i == 0, numeric));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n");
    }
    out.push_str("</table>\n</div>\n");
    for note in &table.notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escape::html(note));
    }
    for (name, source) in [("LaTeX", latex::latex(table)), ("CSV", table.csv.clone())] {
        let _ = writeln!(
            out,
            "<details class=\"source\"><summary>{name}</summary><pre tabindex=\"0\">{}</pre></details>",
            escape::html(&source)
        );
    }
    out.push_str("</figure>\n");
    out
}

fn head(table: &Table, out: &mut String) {
    out.push_str("<thead>\n<tr>");
    for column in &table.columns {
        let class = if column.numeric { " class=\"num\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}><span class=\"label\">{}</span>", escape::html(&column.label));
        if let Some(detail) = &column.detail {
            let _ = write!(out, "<br><span class=\"detail\">{}</span>", escape::html(detail));
        }
        out.push_str("</th>");
    }
    out.push_str("</tr>\n</thead>\n");
}

fn cell(cell: &Cell, first: bool, numeric: bool) -> String {
    let mut text = escape::html(&cell.text);
    if cell.bold {
        text = format!("<strong>{text}</strong>");
    }
    if cell.underline {
        text = format!("<u>{text}</u>");
    }
    if let Some(reason) = &cell.reason {
        text = format!("<span title=\"{}\">{text}</span>", escape::html(reason));
    }
    if first {
        return format!("<th scope=\"row\">{text}</th>");
    }
    if !numeric {
        return format!("<td>{text}</td>");
    }
    // The slot for the sign is there in every cell, so that digits stay under digits.
    let mark = if cell.alike { ALIKE } else { "" };
    let class = if cell.alike { "num alike" } else { "num" };
    let sort = cell.sort.map_or_else(String::new, |s| format!(" data-sort=\"{s}\""));
    format!("<td class=\"{class}\"{sort}>{text}<span class=\"mark\">{mark}</span></td>")
}
