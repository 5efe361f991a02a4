//! The crate at its boundary: golden numbers, laws, the store, foreign files, tidy rows, the published case.
//!
//! One binary: Polars is linked once. Each test has its own folder; none touches network, clock or home.

#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test may unwrap, and exact values are meant exactly"
)]

mod golden_numbers;
mod input;
mod input_foreign;
mod laws;
mod portable;
mod published;
mod store;
mod support;
mod tables;
mod tidy;
