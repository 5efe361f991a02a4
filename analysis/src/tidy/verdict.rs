//! The words of a comparison: which test, which family, which verdict.
//!
//! Comes in: names as typed. Goes out: enums, and their names for tables. Decides nothing.

use std::str::FromStr;

use crate::error::{Error, Result, listed};
use crate::table::{Field, Kind, Values};

/// The test of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Unequal variances (Welch 1947).
    Welch,
    /// Equal variances, pooled (Student 1908).
    Student,
}

/// Which p-values are adjusted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustOver {
    /// Those of one task and metric.
    Task,
    /// All of the table.
    All,
}

/// What a comparison says about `model_a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Adjusted p below alpha, and a higher mean.
    Better,
    /// Adjusted p below alpha, and a lower mean.
    Worse,
    /// Not significant, and the 1 - 2 alpha interval lies inside the margin.
    Equivalent,
    /// Neither a difference nor its absence is shown.
    Inconclusive,
    /// No p-value exists; the row's reason says why.
    Untestable,
}

macro_rules! named {
    ($type:ident, $what:literal, $($variant:ident => $name:literal),*) => {
        impl $type {
            /// The name in tables and on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                match text {
                    $($name => Ok(Self::$variant),)*
                    _ => Err(Error::argument(format!(
                        "no {} '{text}'; expected one of {}", $what, listed(&[$($name),*])
                    ))),
                }
            }
        }

        impl Field for $type {
            const KIND: Kind = Kind::Text;
            fn push(&self, values: &mut Values) {
                self.as_str().to_owned().push(values);
            }
            fn take(values: &Values, row: usize) -> Option<Self> {
                values.text(row)?.parse().ok()
            }
        }
    };
}

named!(Test, "test", Welch => "welch", Student => "student");
named!(AdjustOver, "family of tests", Task => "task", All => "all");
named!(Verdict, "verdict", Better => "better", Worse => "worse", Equivalent => "equivalent",
    Inconclusive => "inconclusive", Untestable => "untestable");
