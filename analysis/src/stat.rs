//! Statistics: numbers in, owned and nameable values out.
//!
//! Comes in: slices of values, or mean, sd and n. Goes out: tests, effects, intervals, adjusted p-values. Reads no file
//! and no clock, draws no random number, knows no task or model.

mod adjust;
mod distribution;
mod effect;
mod interval;
mod omnibus;
mod random;
mod rank;
mod reason;
mod sample;
mod ttest;

pub use adjust::{Adjust, adjust};
pub use distribution::{
    beta_cdf, beta_sf, chi2_cdf, chi2_quantile, chi2_sf, f_cdf, f_quantile, f_sf, gamma_cdf, gamma_sf,
    noncentral_t_cdf, noncentral_t_sf, normal_cdf, normal_quantile, studentized_range_cdf,
    studentized_range_quantile, studentized_range_sf, studentized_range_upper_quantile, t_cdf, t_quantile,
    t_sf,
};
pub use effect::{Effect, hedges_g, hedges_j};
pub use interval::{Alternative, Interval, mean_interval};
pub use omnibus::{
    FTest, Friedman, ModelStability, PairTest, Quade, RankStability, RankTable, Reduce, StabilityConfig,
    bonferroni_dunn_difference, conover, control_z, critical_difference, friedman, interval_cliques,
    maximal_cliques, nemenyi, quade, rank_stability,
};
pub use random::Stream;
pub use rank::{Ranks, midranks};
pub use reason::{Side, Untestable};
pub use sample::Sample;
pub use ttest::{TTest, student, welch};
