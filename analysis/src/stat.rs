//! Statistics: numbers in, owned and nameable values out.
//!
//! Comes in: slices of values, or mean, sd and n. Goes out: tests, effects, intervals, adjusted p-values. Reads no file
//! and no clock, draws no random number, knows no task or model
//! (but for [`audit`], which reads published tables' rows and marks).

mod adjust;
pub mod audit;
mod distribution;
mod dunnett;
mod effect;
mod interval;
mod paired;
mod power;
mod random;
mod rank;
mod reach;
mod reason;
mod root;
mod sample;
mod tost;
mod ttest;

pub use adjust::{Adjust, adjust};
pub use distribution::{
    noncentral_t_cdf, noncentral_t_sf, normal_cdf, normal_quantile, t_cdf, t_quantile, t_sf,
};
pub use dunnett::{Dunnett, DunnettGroup, dunnett};
pub use effect::{Effect, hedges_g, hedges_j};
pub use interval::{Alternative, Interval, mean_interval};
pub use paired::{corrected_t, hedges_gz, paired_t};
pub use power::{PowerTest, SampleSize, effect_for, n_for, power_of};
pub use random::Stream;
pub use rank::{Ranks, midranks};
pub use reach::{ExactTest, least_n, least_p};
pub use reason::{Side, Untestable};
pub use sample::Sample;
pub use tost::{Tost, tost};
pub use ttest::{TTest, student, welch};
