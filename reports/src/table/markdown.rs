//! A table as GitHub Markdown.
//!
//! In: [`Table`] and its number. Out: anchor, caption, pipe table, notes. Group headings are rows of their own, since
//! Markdown has no other place for them. It leaves out shading: the dagger says the same.

use std::fmt::Write;

use crate::escape;
use crate::table::model::{ALIKE, Cell, Table};

/// The table as Markdown.
#[must_use]
pub fn markdown(table: &Table, number: usize) -> String {
    let mut out =
        format!("<a id=\"tab-{}\"></a>\n\n**Table {number}.** {}\n\n", table.id, escape::markdown(&table.caption));
    out.push('|');
    for column in &table.columns {
        let detail = column.detail.as_ref().map_or_else(String::new, |d| format!(" ({})", escape::markdown(d)));
        let _ = write!(out, " {}{detail} |", escape::markdown(&column.label));
    }
    out.push_str("\n|");
    for column in &table.columns {
        out.push_str(if column.numeric { " ---: |" } else { " :--- |" });
    }
    out.push('\n');
    for group in &table.groups {
        if let Some(heading) = &group.heading {
            let empty = " |".repeat(table.columns.len() - 1);
            let _ = writeln!(out, "| *{}* |{empty}", escape::markdown(heading));
        }
        for row in &group.rows {
            let cells: Vec<String> = row.iter().map(cell).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
    }
    for note in &table.notes {
        let _ = write!(out, "\n{}\n", escape::markdown(note));
    }
    out
}

fn cell(cell: &Cell) -> String {
    let mut text = escape::markdown(&cell.text);
    if cell.bold {
        text = format!("**{text}**");
    }
    if cell.underline {
        text = format!("<ins>{text}</ins>");
    }
    if cell.alike {
        text.push_str(ALIKE);
    }
    text
}
