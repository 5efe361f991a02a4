//! Prints a tidy table in the form that was asked for, to the terminal or whole into a file.
//!
//! In: [`Tidy`] and [`OutputArgs`]. Out: text on standard output, or a file that appears whole or not at all. `csv`, `json`
//! and `parquet` carry full precision; `table`, `md` and `tex` are rounded for reading.

use std::io::{ErrorKind, Write};
use std::path::Path;

use analysis::table::{Column, Tidy, Values};
use reports::escape;

use crate::cli::{Format, OutputArgs};
use crate::{At, Error, Result};

/// Prints `tidy` as `args` ask.
///
/// # Errors
/// When the file cannot be written, or Parquet is asked for without a file.
pub fn print(tidy: &Tidy, args: &OutputArgs) -> Result<()> {
    let text = match form(args) {
        Format::Csv => tidy.to_csv(),
        Format::Json => tidy.to_json(),
        Format::Table => aligned(tidy),
        Format::Md => markdown(tidy),
        Format::Tex => latex(tidy),
        Format::Parquet => {
            let path = args.out.as_ref().ok_or_else(|| {
                Error::input("parquet is binary and is not printed: name a file with --out FILE")
            })?;
            return Ok(tidy.write_parquet(path)?);
        }
    };
    match &args.out {
        Some(path) => write(path, text.as_bytes()),
        None => to_stdout(&text),
    }
}

/// The form asked for, or the one that the file's ending says.
fn form(args: &OutputArgs) -> Format {
    let ending = args.out.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
    args.format.unwrap_or(match ending {
        Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        Some("parquet" | "pq") => Format::Parquet,
        Some("md") => Format::Md,
        Some("tex") => Format::Tex,
        _ => Format::Table,
    })
}

/// Writes a file whole, making its folder.
///
/// # Errors
/// When the folder or file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).at("make folder", folder)?;
    }
    analysis::atomic::write(path, bytes).at("write", path)
}

/// Text to standard output; a reader that stops listening (`| head`) is no error.
///
/// # Errors
/// When standard output cannot be written for another reason.
pub fn to_stdout(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out
        .write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") })
    {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.at("write to", Path::new("standard output")),
    }
}

/// The cells of one row, as they are shown.
fn row(tidy: &Tidy, at: usize) -> impl Iterator<Item = String> + '_ {
    tidy.columns.iter().map(move |column| cell(column, at))
}

/// A table as GitHub shows it: numbers to the right.
fn markdown(tidy: &Tidy) -> String {
    let line =
        |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    let mut text = line(&mut tidy.columns.iter().map(|column| escape::markdown(&column.name)));
    text +=
        &line(&mut tidy.columns.iter().map(|column| if is_text(column) { ":--" } else { "--:" }.to_owned()));
    for at in 0..tidy.height() {
        text += &line(&mut row(tidy, at).map(|cell| escape::markdown(&cell)));
    }
    text
}

/// A `tabular` with the rules of booktabs.
fn latex(tidy: &Tidy) -> String {
    let line =
        |cells: &mut dyn Iterator<Item = String>| format!("{} \\\\\n", cells.collect::<Vec<_>>().join(" & "));
    let align: String = tidy.columns.iter().map(|column| if is_text(column) { 'l' } else { 'r' }).collect();
    let mut text = format!("\\begin{{tabular}}{{{align}}}\n\\toprule\n");
    text += &line(&mut tidy.columns.iter().map(|column| escape::latex(&column.name)));
    text += "\\midrule\n";
    for at in 0..tidy.height() {
        text += &line(&mut row(tidy, at).map(|cell| escape::latex(&cell)));
    }
    text + "\\bottomrule\n\\end{tabular}\n"
}

fn is_text(column: &Column) -> bool {
    matches!(column.values, Values::Text(_))
}

fn cell(column: &Column, row: usize) -> String {
    match &column.values {
        Values::Text(values) => values[row].clone().unwrap_or_else(|| MISSING.to_owned()),
        Values::Int(values) => values[row].map_or(MISSING.to_owned(), |value| value.to_string()),
        Values::Float(values) => {
            values[row].map_or(MISSING.to_owned(), |value| reports::format::significant(value, DIGITS))
        }
    }
}

/// How a missing value is shown.
const MISSING: &str = "\u{2014}";
/// Significant digits of numbers that are only read.
const DIGITS: usize = 4;
/// Spaces between columns.
const GAP: usize = 2;

/// Columns aligned by width: numbers right, text left.
fn aligned(tidy: &Tidy) -> String {
    let mut lines = vec![String::new(); tidy.height() + 1];
    for column in &tidy.columns {
        let right = !is_text(column);
        let cells: Vec<String> = std::iter::once(column.name.clone())
            .chain((0..tidy.height()).map(|row| cell(column, row)))
            .collect();
        let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
        for (line, cell) in lines.iter_mut().zip(&cells) {
            let pad = " ".repeat(width - cell.chars().count());
            if !line.is_empty() {
                line.push_str(&" ".repeat(GAP));
            }
            // Control characters of a name must not reach the terminal.
            let shown: String = cell.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
            line.push_str(&if right { format!("{pad}{shown}") } else { format!("{shown}{pad}") });
        }
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_missing_is_a_dash() {
        let tidy = Tidy {
            columns: vec![
                Column {
                    name: "model".into(),
                    values: Values::Text(vec![Some("scratch".into()), Some("a\u{1b}[31mb".into())]),
                },
                Column { name: "n".into(), values: Values::Int(vec![Some(5), Some(10)]) },
                Column { name: "mean".into(), values: Values::Float(vec![Some(0.812_345), None]) },
            ],
        };
        assert_eq!(
            aligned(&tidy),
            "model     n    mean\nscratch   5  0.8123\na\u{fffd}[31mb  10       \u{2014}\n"
        );
    }
}
