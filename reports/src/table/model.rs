//! One table for all targets: what stands in each cell and what marks it carries.
//!
//! In: labels and formatted numbers. Out: plain data that the three writers read. It formats and escapes nothing.

/// A table with caption, head, grouped rows and notes.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name for cross references and files: letters, digits, `-`, `_`.
    pub id: String,
    /// Caption without number.
    pub caption: String,
    /// The head: one entry a column.
    pub columns: Vec<Column>,
    /// Rows, in groups.
    pub groups: Vec<Group>,
    /// Sentences below the table: what the marks mean, from what was really computed.
    pub notes: Vec<String>,
    /// The same numbers in full precision.
    pub csv: String,
}

/// One column of the head.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name.
    pub label: String,
    /// Second line, such as metric and unit.
    pub detail: Option<String>,
    /// Whether its cells are numbers: aligned right, sorted by value.
    pub numeric: bool,
}

/// Rows under a common heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The heading; `None` for rows without one.
    pub heading: Option<String>,
    /// Rows; each as long as the head.
    pub rows: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// What is shown.
    pub text: String,
    /// Sort key of a number.
    pub sort: Option<f64>,
    /// Why there is no number, told on hover and to screen readers.
    pub reason: Option<String>,
    /// Best of its column.
    pub bold: bool,
    /// Second of its column.
    pub underline: bool,
    /// Not different from the best of its column by the test of the note: shaded and followed by a dagger.
    pub alike: bool,
}

/// The sign behind a cell that is not different from the best: shading alone would be lost in print and on a screen reader.
pub const ALIKE: &str = "†";

impl Table {
    /// Rows without group headings.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.groups.iter().map(|g| g.rows.len()).sum()
    }
}

impl Cell {
    /// A cell of words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), ..Cell::default() }
    }

    /// A number and its sort key.
    #[must_use]
    pub fn number(text: impl Into<String>, sort: Option<f64>) -> Cell {
        Cell { text: text.into(), sort, ..Cell::default() }
    }
}

/// A column of words.
#[must_use]
pub fn words(label: &str) -> Column {
    Column { label: label.to_owned(), detail: None, numeric: false }
}

/// A column of numbers.
#[must_use]
pub fn numbers(label: &str, detail: Option<String>) -> Column {
    Column { label: label.to_owned(), detail, numeric: true }
}
