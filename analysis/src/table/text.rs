//! A table as text: CSV and JSON, numbers in full precision.
//!
//! Comes in: a table. Goes out: a string. The shortest digits that read back as the same number are written; rounding
//! for readers is not done here.

use super::{Tidy, Values};

impl Tidy {
    /// The table as CSV (RFC 4180, `\n` lines, header first): full precision, an empty cell for null.
    ///
    /// # Example
    /// ```
    /// use analysis::table::{Column, Tidy, Values};
    ///
    /// let column = |name: &str, values| Column { name: name.to_owned(), values };
    /// let table = Tidy { columns: vec![
    ///     column("model", Values::Text(vec![Some("a, b".into()), None])),
    ///     column("value", Values::Float(vec![Some(0.1), None])),
    /// ] };
    /// assert_eq!(table.to_csv(), "model,value\n\"a, b\",0.1\n,\n");
    /// ```
    pub fn to_csv(&self) -> String {
        let mut out = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = String>| {
            out.push_str(&cells.collect::<Vec<_>>().join(","));
            out.push('\n');
        };
        line(&mut self.columns.iter().map(|column| quoted(&column.name)));
        for row in 0..self.height() {
            line(&mut self.columns.iter().map(|column| match &column.values {
                Values::Text(_) => column.values.text(row).map_or_else(String::new, quoted),
                values => number(values, row).unwrap_or_default(),
            }));
        }
        out
    }

    /// The table as a JSON array of objects, one a line, keys in column order, `null` for a missing cell.
    pub fn to_json(&self) -> String {
        let rows: Vec<String> = (0..self.height())
            .map(|row| {
                let cells: Vec<String> = self
                    .columns
                    .iter()
                    .map(|column| {
                        let cell = match &column.values {
                            Values::Text(_) => column.values.text(row).map(json_text),
                            values => number(values, row),
                        };
                        format!("{}: {}", json_text(&column.name), cell.as_deref().unwrap_or("null"))
                    })
                    .collect();
                format!("  {{{}}}", cells.join(", "))
            })
            .collect();
        if rows.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", rows.join(",\n")) }
    }
}

/// The number in `row` in its shortest exact form; `None` for missing, text, NaN and infinity.
fn number(values: &Values, row: usize) -> Option<String> {
    match values {
        Values::Int(_) => values.int(row).map(|whole| whole.to_string()),
        // Debug, not Display: 1e-300 stays 1e-300 instead of 300 zeros.
        Values::Float(_) => {
            values.float(row).filter(|float| float.is_finite()).map(|float| format!("{float:?}"))
        }
        Values::Text(_) => None,
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    fn table(values: Values) -> Tidy {
        Tidy { columns: vec![Column { name: "x".to_owned(), values }] }
    }

    #[test]
    fn floats_read_back_as_themselves() {
        let numbers = [0.1, 1.0 / 3.0, 1e-300, 2.5e300, -0.0, 1.0, 123_456_789.123_456_78];
        let csv = table(Values::Float(numbers.iter().copied().map(Some).collect())).to_csv();
        let back: Vec<f64> = csv.lines().skip(1).map(|line| line.parse().unwrap()).collect();
        assert_eq!(back.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), numbers.map(f64::to_bits));
    }

    #[test]
    fn undefined_numbers_are_null() {
        let table = table(Values::Float(vec![Some(f64::NAN), Some(f64::INFINITY), None]));
        assert_eq!(table.to_csv(), "x\n\n\n\n");
        assert_eq!(table.to_json(), "[\n  {\"x\": null},\n  {\"x\": null},\n  {\"x\": null}\n]\n");
    }

    #[test]
    fn names_stay_as_they_are() {
        let table =
            table(Values::Text(vec![Some("<script>\"a\"\n</script>".to_owned()), Some(" a".to_owned())]));
        assert_eq!(table.to_csv(), "x\n\"<script>\"\"a\"\"\n</script>\"\n\" a\"\n");
        assert_eq!(
            table.to_json(),
            "[\n  {\"x\": \"<script>\\\"a\\\"\\n</script>\"},\n  {\"x\": \" a\"}\n]\n"
        );
    }

    #[test]
    fn an_empty_table_is_an_empty_list() {
        assert_eq!(Tidy::default().to_json(), "[]\n");
        assert_eq!(table(Values::Int(vec![])).to_csv(), "x\n");
    }
}
