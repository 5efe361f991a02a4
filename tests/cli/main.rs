//! The program from outside: exit codes, one clear error for each kind of bad input, nothing half-written, nothing lost.

mod bad_input;
mod report;
#[cfg(feature = "torch")]
mod training;
mod util;
