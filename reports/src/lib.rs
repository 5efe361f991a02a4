//! Notebook reports.
