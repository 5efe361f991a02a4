//! The program from outside: exit codes, one clear error for each kind of bad input, nothing half-written, nothing lost.

#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test may unwrap, and exact values are meant exactly"
)]

mod analyze;
mod bad_input;
mod import;
mod repl;
mod report;
#[cfg(feature = "torch")]
mod training;
mod util;
