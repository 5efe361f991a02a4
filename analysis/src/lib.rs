//! Results store, metrics, statistics and tidy frames of medtransfer.
//!
//! Comes in: records of runs, CSV and Parquet files of anybody's results, slices of numbers. Goes out: sorted tables
//! with named columns ([`table::Tidy`]) and the rows behind them. Trains nothing, draws nothing, reads no clock, holds
//! no global random state; an undefined number is `None` with a reason. Every public type is owned and can be named, so
//! that evcxr can keep it between cells.
//!
//! ```
//! use analysis::input::{Group, Results, Spread};
//! use analysis::tidy::{CompareConfig, Pairs, Verdict, compare};
//!
//! let group = |model: &str, values: &[f64]| Group {
//!     task: "DXC14".into(),
//!     metric: "auc".into(),
//!     model: model.into(),
//!     family: String::new(),
//!     pretrained_on: String::new(),
//!     spread: Spread::Values { seeds: vec![None; values.len()], values: values.to_vec(), n_missing: 0 },
//! };
//! let results = Results {
//!     groups: vec![group("ImageNet", &[0.814, 0.818, 0.816]), group("Scratch", &[0.802, 0.803, 0.801])],
//!     ..Results::default()
//! };
//! let config = CompareConfig::welch(Pairs::Baseline("Scratch".into()));
//! let rows = compare(&results, &config)?;
//! assert_eq!(rows[0].verdict, Verdict::Better);
//! # Ok::<(), analysis::Error>(())
//! ```

#![cfg_attr(test, allow(clippy::float_cmp, reason = "exact values are meant exactly"))]

pub mod atomic;
pub mod column;
pub mod display;
mod error;
pub mod input;
pub mod metric;
mod named;
pub mod prelude;
pub mod record;
pub mod show;
pub mod stat;
pub mod store;
pub mod table;
pub mod tidy;

pub use error::{Error, Result};
pub use polars;
