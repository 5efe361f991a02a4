//! Notebook reports.
mod error;
pub mod escape;
pub mod expr;
pub mod figure;
pub mod format;
mod near;
pub mod notebook;
pub mod table;
pub use error::{Error, Result};
