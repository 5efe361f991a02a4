//! The report engine at its boundary: notebooks and made stores in, files and verdicts out.

#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test may unwrap, and exact values are meant exactly"
)]

mod parts;
