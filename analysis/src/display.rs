//! A table at a prompt: evcxr shows the trailing expression of a line through `evcxr_display`.
//!
//! Comes in: a table. Goes out: plain text and HTML between evcxr's marks on standard output. Floats are cut to six digits
//! to be looked at; for anything else there are CSV and JSON, which are exact.

use std::io::Write as _;

use crate::table::{Tidy, Values};

/// What stands for a missing value.
const MISSING: &str = "\u{2014}";
/// Rows that are shown; a longer table shows its beginning and says how long it is.
pub(crate) const MOST_ROWS: usize = 60;

impl Tidy {
    /// Writes the table to standard output as text and as HTML, each in evcxr's content marks.
    pub fn evcxr_display(&self) {
        write_shown(self, self.height());
    }

    /// The table as aligned text, one line a row, numbers to the right; at most 60 rows, floats with six
    /// digits.
    pub fn to_text(&self) -> String {
        self.text_of(self.height())
    }

    /// The table as an HTML `<table>` without styles; names are escaped; at most 60 rows.
    pub fn to_html(&self) -> String {
        self.html_of(self.height())
    }

    /// The text of a table that is the beginning of one with `n_rows` rows.
    fn text_of(&self, n_rows: usize) -> String {
        let columns: Vec<Vec<String>> = (0..self.columns.len()).map(|idx| self.cells(idx)).collect();
        let mut out = String::new();
        for row in 0..=self.height().min(MOST_ROWS) {
            let line: Vec<String> = columns
                .iter()
                .zip(&self.columns)
                .map(|(cells, column)| {
                    let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
                    let cell = cells.get(row).map_or("", String::as_str);
                    match column.values {
                        Values::Text(_) => format!("{cell:<width$}"),
                        Values::Int(_) | Values::Float(_) => format!("{cell:>width$}"),
                    }
                })
                .collect();
            out.push_str(line.join("  ").trim_end());
            out.push('\n');
        }
        out.push_str(&format!("{n_rows} rows"));
        out
    }

    fn html_of(&self, n_rows: usize) -> String {
        let columns: Vec<Vec<String>> = (0..self.columns.len()).map(|idx| self.cells(idx)).collect();
        let line = |row: usize, tag: &str| {
            let cells: Vec<String> = columns
                .iter()
                .map(|cells| format!("<{tag}>{}</{tag}>", escaped(cells.get(row).map_or("", String::as_str))))
                .collect();
            format!("<tr>{}</tr>\n", cells.concat())
        };
        let body: String = (1..=self.height().min(MOST_ROWS)).map(|row| line(row, "td")).collect();
        format!(
            "<table>\n<thead>\n{}</thead>\n<tbody>\n{body}</tbody>\n</table>\n<p>{n_rows} rows</p>",
            line(0, "th")
        )
    }

    /// A cell as text; `None` where missing.
    fn shown(&self, column: usize, row: usize) -> Option<String> {
        let values = &self.columns.get(column)?.values;
        match values {
            Values::Text(_) => values.text(row).map(one_line),
            Values::Int(_) => values.int(row).map(|whole| whole.to_string()),
            Values::Float(_) => values.float(row).map(short),
        }
    }

    /// A column's name and first cells as one-line texts.
    fn cells(&self, idx: usize) -> Vec<String> {
        let name = self.columns.get(idx).map_or_else(String::new, |column| one_line(&column.name));
        let cells = (0..self.height().min(MOST_ROWS))
            .map(|row| self.shown(idx, row).unwrap_or_else(|| MISSING.to_owned()));
        std::iter::once(name).chain(cells).collect()
    }
}

/// Writes the beginning of a table of `n_rows` rows to standard output, as text and as HTML, in evcxr's content marks.
pub(crate) fn write_shown(beginning: &Tidy, n_rows: usize) {
    let shown = [("text/plain", beginning.text_of(n_rows)), ("text/html", beginning.html_of(n_rows))]
        .map(|(kind, body)| format!("EVCXR_BEGIN_CONTENT {kind}\n{body}\nEVCXR_END_CONTENT\n"));
    let mut out = std::io::stdout().lock();
    // A reader that has gone away cannot be told that it has.
    let _ = out.write_all(shown.concat().as_bytes()).and_then(|()| out.flush());
}

/// Six significant digits.
fn short(number: f64) -> String {
    let rounded = format!("{number:.5e}").parse().unwrap_or(number);
    // Debug, not Display: 1e-30 stays 1e-30.
    format!("{rounded:?}")
}

/// Line breaks and other controls as spaces: a name can neither break a row nor forge evcxr's end mark.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    fn table() -> Tidy {
        let names = ["<b>&\"x\"", "a\nEVCXR_END_CONTENT"].map(|name| Some(name.to_owned()));
        Tidy {
            columns: vec![
                Column { name: "model".to_owned(), values: Values::Text(names.to_vec()) },
                Column { name: "value".to_owned(), values: Values::Float(vec![Some(0.123_456_789), None]) },
            ],
        }
    }

    #[test]
    fn text_is_aligned() {
        let text = table().to_text();
        assert_eq!(
            text,
            "model                   value\n<b>&\"x\"              0.123457\na EVCXR_END_CONTENT         \u{2014}\n2 rows"
        );
    }

    #[test]
    fn html_is_escaped() {
        let html = table().to_html();
        assert!(html.contains("<tr><td>&lt;b&gt;&amp;&quot;x&quot;</td><td>0.123457</td></tr>"), "{html}");
        assert!(!html.lines().any(|line| line == "EVCXR_END_CONTENT"));
    }

    #[test]
    fn long_tables_are_cut_and_say_so() {
        let values = Values::Int((0..1000).map(Some).collect());
        let text = Tidy { columns: vec![Column { name: "i".to_owned(), values }] }.to_text();
        assert_eq!(text.lines().count(), 62);
        assert!(text.ends_with("1000 rows"));
    }
}
