//! Statistics: numbers in, owned and nameable values out.
//!
//! Comes in: slices of values, or mean, sd and n. Goes out: tests, effects, intervals, adjusted p-values. Reads no file
//! and no clock, draws no random number, knows no task or model.

mod adjust;
mod aggregate;
mod bayes;
mod bootstrap;
mod distribution;
mod effect;
mod interval;
mod random;
mod rank;
mod reason;
mod sample;
mod ttest;

pub use adjust::{Adjust, adjust};
pub use aggregate::{
    Aggregate, AggregateConfig, Aggregated, Holes, Improved, Improvement, Improvements, Normalization,
    Profile, Profiles, Scores, Statistic, aggregate, performance_profiles, probability_of_improvement,
};
pub use bayes::{
    BayesConfig, CorrelatedT, Posterior, SignedRankPosterior, bayes_correlated_t, bayes_signed_rank,
};
pub use bootstrap::{
    BootstrapConfig, BootstrapKind, Bootstrapped, Plan, Resample, acceleration, bias_correction, bootstrap,
    bootstrap_interval,
};
pub use distribution::{
    noncentral_t_cdf, noncentral_t_sf, normal_cdf, normal_quantile, t_cdf, t_quantile, t_sf,
};
pub use effect::{Effect, hedges_g, hedges_j};
pub use interval::{Alternative, Interval, mean_interval};
pub use random::{Digits, Stream};
pub use rank::{Ranks, midranks};
pub use reason::{Side, Untestable};
pub use sample::Sample;
pub use ttest::{TTest, student, welch};
