//! What a prompt or a short program wants in scope: the tidy verbs, the store, frames, and the estimates.
//!
//! `use analysis::prelude::*;` is the one line of `explore/init.evcxr`. Polars' own prelude comes along; where a name is
//! in both (`Column` is not) it is ours. Holds no statistics: [`open`], [`load`] and [`against`] only say a longer call
//! shortly.
//!
//! ```
//! use analysis::prelude::*;
//!
//! let frame: DataFrame = df!("model" => ["a", "b", "a"], "value" => [0.5, 0.2, 0.7])?;
//! let means = frame.lazy().group_by_stable([col("model")]).agg([col("value").mean()]).collect()?;
//! assert_eq!(means.shown().to_text(), "model  value\na        0.6\nb        0.2\n2 rows");
//! # Ok::<(), PolarsError>(())
//! ```

pub use std::path::Path;

pub use polars;
pub use polars::df;
pub use polars::prelude::*;

pub use crate::input::{Group, ReadOptions, Results, Spread, read};
pub use crate::metric;
pub use crate::record::{EpochRow, MaskRow, PredictionRow, RunRow};
pub use crate::show::Show;
pub use crate::stat::{
    self, Adjust, Alternative, Effect, Interval, Sample, TTest, adjust, hedges_g, mean_interval, student,
    welch,
};
pub use crate::store::Store;
pub use crate::table::{Tidy, Values};
pub use crate::tidy::{
    AdjustOver, CompareConfig, ComparisonRow, Draws, Grid, LeaveOut, Pairs, SummaryRow, Test, Unit, Verdict,
    aggregate_scores, cautions, compare, compare_auc, compare_cases, improvements, mean_ranks, mixed, power,
    rank_omnibus, rank_pairs, readers, summarize,
};

/// Opens the results store in a folder.
///
/// # Errors
/// As [`Store::open`].
pub fn open(folder: impl AsRef<Path>) -> crate::Result<Store> {
    Store::open(folder.as_ref())
}

/// Reads a store, a CSV or a Parquet file whose columns have our names and whose values are fractions. For other files
/// there is [`read`] with [`ReadOptions`].
///
/// # Errors
/// As [`read`].
pub fn load(path: impl AsRef<Path>) -> crate::Result<Results> {
    read(path.as_ref(), &ReadOptions::default())
}

/// Every model against `baseline` as `medtransfer analyze compare --baseline` does it unless told otherwise: Welch's
/// test, two-sided, Holm within each task, alpha 0.05, no margin of equivalence. Change a field with
/// `CompareConfig { margin: Some(0.005), ..against("scratch") }`.
pub fn against(baseline: impl Into<String>) -> CompareConfig {
    CompareConfig::welch(Pairs::Baseline(baseline.into()))
}
