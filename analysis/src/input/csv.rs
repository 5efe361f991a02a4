//! CSV (RFC 4180) as text cells, each row with the line it starts on.
//!
//! Comes in: the bytes of a file. Goes out: a header and rows of text. A byte order mark, CRLF, quoted fields with line
//! breaks, and `;` or tab as separator are read; what a field means is not known here. (Polars' reader knows no lines, so
//! that its complaints could not name them.)

/// A file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Csv {
    /// Column names, trimmed.
    pub(super) header: Vec<String>,
    /// Rows of as many fields as the header.
    pub(super) rows: Vec<Line>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Line of the file it starts on, from 1: the header is line 1.
    pub(super) number: usize,
    /// Its fields; `None` is empty.
    pub(super) fields: Vec<Option<String>>,
}

/// Reads a file's bytes; the error is a sentence that names the line.
pub(super) fn parse(bytes: &[u8]) -> Result<Csv, String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("the text is UTF-16; save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("line {line} is not UTF-8 text; save the file as UTF-8")
    })?;
    let first_line = text.lines().find(|line| !line.trim().is_empty()).ok_or("the file is empty")?;
    let count = |separator: char| first_line.matches(separator).count();
    let separator =
        [',', ';', '\t'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(',');
    let mut lines = split(text, separator)?.into_iter();
    let header: Vec<String> = match lines.next() {
        Some(line) => {
            line.fields.into_iter().map(|name| name.unwrap_or_default().trim().to_owned()).collect()
        }
        None => return Err("the file is empty".to_owned()),
    };
    if let Some(twice) =
        header.iter().enumerate().find(|(idx, name)| header.iter().take(*idx).any(|n| n == *name))
    {
        return Err(format!("two columns are called '{}'", twice.1));
    }
    let rows: Vec<Line> = lines.collect();
    if let Some(line) = rows.iter().find(|line| line.fields.len() != header.len()) {
        let (found, expected) = (line.fields.len(), header.len());
        return Err(format!("line {} has {found} fields, the header has {expected}", line.number));
    }
    Ok(Csv { header, rows })
}

/// Splits text into rows; blank lines are passed over.
fn split(text: &str, separator: char) -> Result<Vec<Line>, String> {
    let mut rows = Vec::new();
    let mut letters = text.chars().peekable();
    let mut number = 1;
    while letters.peek().is_some() {
        let start = number;
        let mut fields = Vec::new();
        loop {
            let (field, ends_row) = next_field(&mut letters, separator, &mut number)?;
            fields.push(field);
            if ends_row {
                break;
            }
        }
        if fields.iter().any(Option::is_some) || fields.len() > 1 {
            rows.push(Line { number: start, fields });
        }
    }
    Ok(rows)
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// One field, and whether it was the last of its row. `number` is the current line.
fn next_field(
    letters: &mut Letters<'_>,
    separator: char,
    number: &mut usize,
) -> Result<(Option<String>, bool), String> {
    let mut field = String::new();
    let mut was_quoted = false;
    if letters.peek() == Some(&'"') {
        letters.next();
        was_quoted = true;
        quoted(letters, &mut field, number)?;
    }
    loop {
        let letter = letters.next();
        let ends_row = match letter {
            None | Some('\n') => true,
            Some('\r') => {
                letters.next_if_eq(&'\n');
                true
            }
            Some(letter) if letter == separator => false,
            Some(letter) if was_quoted && !letter.is_whitespace() => {
                return Err(format!(
                    "line {number}: text after a closing quote; write a quote inside quotes as \"\""
                ));
            }
            Some(letter) => {
                if !was_quoted {
                    field.push(letter);
                }
                continue;
            }
        };
        *number += usize::from(ends_row);
        return Ok(((!field.is_empty()).then_some(field), ends_row));
    }
}

/// The inside of a quoted field, up to and with its closing quote.
fn quoted(letters: &mut Letters<'_>, field: &mut String, number: &mut usize) -> Result<(), String> {
    let start = *number;
    loop {
        match letters.next() {
            None => return Err(format!("line {start}: a quote is opened and never closed")),
            Some('"') if letters.next_if_eq(&'"').is_some() => field.push('"'),
            Some('"') => return Ok(()),
            Some(letter) => {
                *number += usize::from(letter == '\n');
                field.push(letter);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, header: &[&str], rows: &[(usize, &[&str])]) {
        let csv = parse(text.as_bytes()).unwrap();
        assert_eq!(csv.header, header, "{text:?}");
        let found: Vec<(usize, Vec<&str>)> = csv
            .rows
            .iter()
            .map(|row| (row.number, row.fields.iter().map(|field| field.as_deref().unwrap_or("")).collect()))
            .collect();
        let expected: Vec<(usize, Vec<&str>)> =
            rows.iter().map(|(line, row)| (*line, row.to_vec())).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn reads_what_people_write() {
        check("a,b\n1,2\n", &["a", "b"], &[(2, &["1", "2"])]);
        check("\u{feff}a,b\r\n1,2\r\n", &["a", "b"], &[(2, &["1", "2"])]);
        check("a, b\n1,2", &["a", "b"], &[(2, &["1", "2"])]);
        check("a;b\n1,5;2\n", &["a", "b"], &[(2, &["1,5", "2"])]);
        check("a\tb\n1\t\n", &["a", "b"], &[(2, &["1", ""])]);
        check("a,b\n\n1,2\n\n", &["a", "b"], &[(3, &["1", "2"])]);
        check("a,b\n\"x, \"\"y\"\"\",2\n", &["a", "b"], &[(2, &["x, \"y\"", "2"])]);
        check("a,b\n\"x\ny\",2\n3,4\n", &["a", "b"], &[(2, &["x\ny", "2"]), (4, &["3", "4"])]);
        check("a\n1\n", &["a"], &[(2, &["1"])]);
        check(",b\n1,2\n", &["", "b"], &[(2, &["1", "2"])]);
        check("a,b\n,\n", &["a", "b"], &[(2, &["", ""])]);
        check("a,b\r1,2\r", &["a", "b"], &[(2, &["1", "2"])]);
    }

    #[test]
    fn complains_by_line() {
        let error = |bytes: &[u8]| parse(bytes).unwrap_err();
        assert_eq!(error(b""), "the file is empty");
        assert_eq!(error(b"\n \n"), "the file is empty");
        assert_eq!(error(b"a,b\n1,2\n1\n"), "line 3 has 1 fields, the header has 2");
        assert_eq!(error(b"a,a\n"), "two columns are called 'a'");
        assert_eq!(error(b"a,b\n1,\"2\n3,4\n"), "line 2: a quote is opened and never closed");
        assert_eq!(
            error(b"a,b\n1,\"2\"x\n"),
            "line 2: text after a closing quote; write a quote inside quotes as \"\""
        );
        assert_eq!(error(b"a,b\n1,\xff\n"), "line 2 is not UTF-8 text; save the file as UTF-8");
        assert_eq!(error(b"\xff\xfea\0"), "the text is UTF-16; save it as UTF-8");
    }
}
