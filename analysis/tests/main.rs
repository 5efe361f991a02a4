//! The crate at its boundary: golden numbers, laws, the store, foreign files, tidy rows, the published case.
//!
//! One binary: Polars is linked once. Each test has its own folder; none touches network, clock or home.

#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test may unwrap, and exact values are meant exactly"
)]

mod agree_boot;
mod agree_cases;
mod agree_distribution2;
mod agree_mixed;
mod agree_omni;
mod agree_para;
mod agree_rank;
mod audit;
mod golden_numbers;
mod input;
mod input_foreign;
mod laws;
mod laws_cases;
mod laws_omni;
mod laws_rank;
mod portable;
mod published;
mod run_auc;
mod store;
mod support;
mod tables;
mod tidy;
