//! Small CSV tables with a header: patients and labels. Quotes as in RFC 4180; no record spans lines.
//!
//! Comes in: a file. Goes out: the wanted columns of each row with its line number. Values stay text.

use std::path::Path;

use super::problem::Problems;
use crate::dataset::Result;
use crate::error::At;

/// One row: the wanted columns in the wanted order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CsvRow {
    /// Line of the file, the header being line 1.
    pub line: usize,
    /// One value a wanted column.
    pub values: Vec<String>,
}

/// Reads the columns that `wanted` names; each is a list of accepted names, the first being ours.
///
/// A missing column, a row of another width and a broken quote are pushed to `problems`.
pub(crate) fn read(path: &Path, wanted: &[&[&str]], problems: &mut Problems) -> Result<Vec<CsvRow>> {
    let text = std::fs::read_to_string(path).at("read", path)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some(header) = lines.next().and_then(|(_, line)| fields(line)) else {
        problems.push(format!("{} is empty: expected a header and rows", path.display()));
        return Ok(Vec::new());
    };
    let mut places = Vec::new();
    for names in wanted {
        let place = header.iter().position(|name| names.iter().any(|n| name.trim().eq_ignore_ascii_case(n)));
        match place {
            Some(place) => places.push(place),
            None => problems.push(format!(
                "{} has no column `{}`: its columns are {}",
                path.display(),
                names[0],
                header.join(", ")
            )),
        }
    }
    if places.len() < wanted.len() {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for (i, line) in lines {
        let Some(row) = fields(line) else {
            problems.push(format!("{} line {}: a quote is not closed", path.display(), i + 1));
            continue;
        };
        if row.len() != header.len() {
            let (found, expected) = (row.len(), header.len());
            problems.push(format!("{} line {}: {found} fields, expected {expected}", path.display(), i + 1));
            continue;
        }
        let values = places.iter().map(|&place| row[place].trim().to_owned()).collect();
        rows.push(CsvRow { line: i + 1, values });
    }
    Ok(rows)
}

/// Splits a record; `None` where a quote stays open.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let field = fields.last_mut()?;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    (!quoted).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_named_columns_in_any_order_with_quotes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.csv");
        analysis::atomic::write(
            &path,
            b"\xef\xbb\xbfage,Patient ID,image\r\n3,\"a, \"\"b\"\"\",x.png\r\n\r\n4,c\n5,\"d,e.png\n",
        )
        .unwrap();
        let mut problems = Problems::default();
        let rows =
            read(&path, &[&["image", "Image Index"], &["patient_id", "Patient ID"]], &mut problems).unwrap();
        assert_eq!(rows, vec![CsvRow { line: 2, values: vec!["x.png".into(), "a, \"b\"".into()] }]);
        let text =
            problems.or("p", ()).unwrap_err().to_string().replace(&dir.path().display().to_string(), "[dir]");
        insta::assert_snapshot!(text, @r"
        p: 2 problems
          [dir]/p.csv line 4: 2 fields, expected 3
          [dir]/p.csv line 5: a quote is not closed
        ");
    }
}
