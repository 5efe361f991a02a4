//! Statistics: numbers in, owned and nameable values out.
//!
//! Comes in: slices of values, or mean, sd and n. Goes out: tests, effects, intervals, adjusted p-values. Reads no file
//! and no clock, draws no random number, knows no task or model.

mod adjust;
mod distribution;
mod effect;
mod interval;
mod mixed;
mod random;
mod rank;
mod readers;
mod reason;
mod sample;
mod ttest;
mod twoway;

pub use adjust::{Adjust, adjust};
pub use distribution::{
    beta_cdf, beta_sf, chi2_cdf, chi2_quantile, chi2_sf, f_cdf, f_quantile, f_sf, gamma_cdf, gamma_sf,
    noncentral_t_cdf, noncentral_t_sf, normal_cdf, normal_quantile, t_cdf, t_quantile, t_sf,
};
pub use effect::{Effect, hedges_g, hedges_j};
pub use interval::{Alternative, Interval, mean_interval};
pub use mixed::{FRatio, MixedFit, MixedMethod, MixedTerm, Observation, mixed_model};
pub use random::Stream;
pub use rank::{Ranks, midranks};
pub use readers::{
    ErrorCovariances, RandomPart, Readers, ReadersConfig, ReadersTerm, SeedDesign, readers_auc,
    readers_by_influence, readers_mean,
};
pub use reason::{Side, Untestable};
pub use sample::Sample;
pub use ttest::{TTest, student, welch};
pub use twoway::{
    TwoWay, TwoWayConfig, Weights, twoway_auc_difference, twoway_bootstrap, twoway_mean_difference,
};
