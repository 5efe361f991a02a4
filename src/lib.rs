//! Medtransfer: which pre-trained network should a medical imaging task start from, and is the difference real?
//!
//! The stages are folders: [`dataset`] turns files into cases and caches, `train` (feature `torch`) turns them into rows
//! of the results store, the crates `analysis` and `reports` turn those into tables, figures and documents.

#![cfg_attr(test, allow(clippy::float_cmp, reason = "exact values are meant exactly"))]

pub mod cli;
pub mod command;
pub mod dataset;
pub mod error;
#[cfg(feature = "torch")]
pub mod interrupt;
pub mod output;
pub mod progress;
pub mod provenance;
pub mod sweep;
#[cfg(feature = "torch")]
pub mod train;

pub use error::{At, Error, Result};
