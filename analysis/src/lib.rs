//! Results store, metrics, statistics and tidy frames.
