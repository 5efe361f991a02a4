//! Statistics: numbers in, owned and nameable values out.
//!
//! Comes in: slices of values, or mean, sd and n. Goes out: tests, effects, intervals, adjusted p-values. Reads no file
//! and no clock, draws no random number, knows no task or model.

mod adjust;
mod delong;
mod distribution;
mod effect;
mod interval;
mod macro_auc;
mod random;
mod rank;
mod reason;
mod sample;
mod ttest;

pub use adjust::{Adjust, adjust};
pub use delong::{AucTest, DeLong, Rated, delong, delong_covariance, delong_paired, delong_unpaired};
pub use distribution::{
    noncentral_t_cdf, noncentral_t_sf, normal_cdf, normal_quantile, t_cdf, t_quantile, t_sf,
};
pub use effect::{Effect, hedges_g, hedges_j};
pub use interval::{Alternative, Interval, mean_interval};
pub use macro_auc::{
    AucBootstrap, BootstrapConfig, Draws, Labels, MacroAuc, Strata, auc_bootstrap, macro_auc, macro_auc_bootstrap,
    macro_auc_covariance, macro_auc_paired,
};
pub use random::Stream;
pub use rank::{Ranks, midranks};
pub use reason::{Side, Untestable};
pub use sample::Sample;
pub use ttest::{TTest, student, welch};
