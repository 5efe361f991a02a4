//! What a prompt shows of a value: a frame, rows, an estimate or a store as a table, in text and in HTML.
//!
//! Comes in: a value. Goes out: a table, or its marks on standard output ([`Tidy::evcxr_display`]). Rounds for reading
//! only; computes nothing. evcxr calls `evcxr_display` on the last expression of a line when the trait is in scope, and
//! [`crate::prelude`] puts it there.

use polars::prelude::{AnyValue, Column as PolarsColumn, DataFrame};

use crate::display::{MOST_ROWS, write_shown};
use crate::input::{Results, Spread};
use crate::stat::{Effect, Interval, Sample, TTest};
use crate::store::Store;
use crate::table::{Column, Tidy, Values};
use crate::tidy::{ComparisonRow, SummaryRow};

/// A value that a prompt shows as a table.
pub trait Show {
    /// The value as a table.
    fn shown(&self) -> Tidy;

    /// Writes the table to standard output as text and as HTML, each in evcxr's content marks.
    fn evcxr_display(&self) {
        self.shown().evcxr_display();
    }
}

impl Show for [SummaryRow] {
    fn shown(&self) -> Tidy {
        Tidy::from_summaries(self)
    }
}

impl Show for [ComparisonRow] {
    fn shown(&self) -> Tidy {
        Tidy::from_comparisons(self)
    }
}

/// A row a group: task, metric, model, values, and the runs without one.
impl Show for Results {
    fn shown(&self) -> Tidy {
        let text = |of: fn(&crate::input::Group) -> &String| {
            Values::Text(self.groups.iter().map(|group| Some(of(group).clone())).collect())
        };
        let counts = |of: fn(&Spread) -> Option<i64>| {
            Values::Int(self.groups.iter().map(|group| of(&group.spread)).collect())
        };
        let n = counts(|spread| match spread {
            Spread::Values { values, .. } => i64::try_from(values.len()).ok(),
            Spread::Summary { n, .. } => *n,
        });
        let missing = counts(|spread| match spread {
            Spread::Values { n_missing, .. } => i64::try_from(*n_missing).ok(),
            Spread::Summary { .. } => None,
        });
        named([
            ("task", text(|group| &group.task)),
            ("metric", text(|group| &group.metric)),
            ("model", text(|group| &group.model)),
            ("n", n),
            ("n_missing", missing),
        ])
    }
}

/// The folder and the number of rows in `runs`; a store that cannot be read has none.
impl Show for Store {
    fn shown(&self) -> Tidy {
        let rows = self.frame("runs").ok().and_then(|frame| i64::try_from(frame.height()).ok());
        named([
            ("store", Values::Text(vec![Some(self.root().display().to_string())])),
            ("rows in runs", Values::Int(vec![rows])),
        ])
    }
}

impl Show for Interval {
    fn shown(&self) -> Tidy {
        numbers([("conf_low", self.low), ("conf_high", self.high)])
    }
}

impl Show for Effect {
    fn shown(&self) -> Tidy {
        let Interval { low, high } = self.interval;
        numbers([("effect", Some(self.estimate)), ("effect_low", low), ("effect_high", high)])
    }
}

impl Show for TTest {
    fn shown(&self) -> Tidy {
        let row = [("diff", self.diff), ("se", self.se), ("statistic", self.statistic), ("df", self.df)];
        numbers(row.map(|(name, number)| (name, Some(number))))
    }
}

impl Show for Sample {
    fn shown(&self) -> Tidy {
        let mut table = numbers([("mean", self.mean), ("sd", self.sd)]);
        table.columns.insert(0, Column { name: "n".to_owned(), values: Values::Int(vec![self.n]) });
        table
    }
}

/// The first rows; a column that is no text, number, flag or time is shown as Polars writes it.
impl Show for DataFrame {
    fn shown(&self) -> Tidy {
        let head = self.head(Some(MOST_ROWS));
        let columns = head.columns().iter().flat_map(|column| {
            Tidy::from_frame(&column.clone().into_frame()).unwrap_or_else(|_| as_text(column)).columns
        });
        Tidy { columns: columns.collect() }
    }

    fn evcxr_display(&self) {
        write_shown(&self.shown(), self.height());
    }
}

/// A column whose cells are as Polars writes them.
fn as_text(column: &PolarsColumn) -> Tidy {
    let cells = column.as_materialized_series().iter().map(|cell| match cell {
        AnyValue::Null => None,
        cell => Some(cell.to_string()),
    });
    let values = Values::Text(cells.collect());
    Tidy { columns: vec![Column { name: column.name().to_string(), values }] }
}

fn named<const N: usize>(columns: [(&str, Values); N]) -> Tidy {
    let columns = columns.map(|(name, values)| Column { name: name.to_owned(), values });
    Tidy { columns: columns.into() }
}

/// A table of one row.
fn numbers<const N: usize>(columns: [(&str, Option<f64>); N]) -> Tidy {
    named(columns.map(|(name, number)| (name, Values::Float(vec![number.filter(|n| !n.is_nan())]))))
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoLazy, NamedFrom, Series, col};

    use super::*;

    fn frame() -> DataFrame {
        let model = Series::new("model".into(), ["a", "b", "a"]).into();
        let value = Series::new("value".into(), [0.5, 0.25, 1.0]).into();
        DataFrame::new(3, vec![model, value]).unwrap()
    }

    #[test]
    fn a_frame_shows_its_cells() {
        assert_eq!(
            frame().shown().to_text(),
            "model  value\na        0.5\nb       0.25\na        1.0\n3 rows"
        );
    }

    #[test]
    fn a_column_of_lists_is_shown_as_polars_writes_it() {
        let lists = frame().lazy().group_by_stable([col("model")]).agg([col("value")]).collect().unwrap();
        assert_eq!(lists.shown().to_text(), "model  value\na      [0.5, 1.0]\nb      [0.25]\n2 rows");
    }

    #[test]
    fn an_unbounded_end_is_a_dash() {
        let interval = Interval { low: Some(0.25), high: None };
        assert_eq!(interval.shown().to_text(), "conf_low  conf_high\n    0.25          \u{2014}\n1 rows");
    }
}
