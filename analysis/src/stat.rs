//! Statistics: numbers in, owned and nameable values out.
//!
//! Comes in: slices of values, or mean, sd and n. Goes out: tests, effects, intervals, adjusted p-values. Reads no file
//! and no clock, draws random numbers only from the seed given, and knows no task or model but for [`audit`], which
//! reads the rows and marks of published tables.

mod adjust;
mod aggregate;
pub mod audit;
mod bayes;
mod bootstrap;
mod brunner;
mod contrast;
mod delong;
mod difference;
mod distribution;
mod dominance;
mod dunnett;
mod effect;
mod interval;
mod lattice;
mod macro_auc;
mod mixed;
mod omnibus;
mod paired;
mod permutation;
mod pooled;
mod power;
mod random;
mod randomize;
mod rank;
mod ranksum;
mod reach;
mod readers;
mod reason;
mod root;
mod sample;
mod search;
mod shift;
mod signedrank;
mod signflip;
mod tested;
mod tost;
mod ttest;
mod twoway;

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
pub use brunner::{brunner_munzel, brunner_munzel_permuted};
pub use contrast::Contrast;
pub use delong::{AucTest, DeLong, Rated, delong, delong_covariance, delong_paired, delong_unpaired};
pub use difference::{differences, snap};
pub use distribution::{
    beta_cdf, beta_sf, chi2_cdf, chi2_quantile, chi2_sf, f_cdf, f_quantile, f_sf, gamma_cdf, gamma_sf,
    noncentral_t_cdf, noncentral_t_sf, normal_cdf, normal_quantile, studentized_range_cdf,
    studentized_range_quantile, studentized_range_sf, studentized_range_upper_quantile, t_cdf, t_quantile,
    t_sf,
};
pub use dominance::{a12, cliff_delta, rank_biserial};
pub use dunnett::{Dunnett, DunnettGroup, dunnett};
pub use effect::{Effect, hedges_g, hedges_j};
pub use interval::{Alternative, Interval, mean_interval};
pub use macro_auc::{
    AucBootstrap, AucBootstrapConfig, Draws, Labels, MacroAuc, Strata, auc_bootstrap, macro_auc,
    macro_auc_bootstrap, macro_auc_covariance, macro_auc_paired,
};
pub use mixed::{FRatio, MixedFit, MixedMethod, Observation, mixed_model};
pub use omnibus::{
    FTest, Friedman, ModelStability, PairTest, Quade, RankStability, RankTable, Reduce, StabilityConfig,
    bonferroni_dunn_difference, conover, control_z, critical_difference, friedman, interval_cliques,
    maximal_cliques, nemenyi, quade, rank_stability,
};
pub use paired::{corrected_t, hedges_gz, paired_t};
pub use permutation::{permutation, permutation_interval};
pub use power::{PowerTest, SampleSize, effect_for, n_for, power_of};
pub use random::{Digits, Stream};
pub use rank::{Ranks, midranks};
pub use ranksum::{mann_whitney, mann_whitney_with};
pub use reach::{ExactTest, least_n, least_p};
pub use readers::{
    ErrorCovariances, RandomPart, Readers, ReadersConfig, SeedDesign, readers_auc, readers_by_influence,
    readers_mean,
};
pub use reason::{Side, Untestable};
pub use sample::Sample;
pub use shift::{Shift, hodges_lehmann, pseudo_median};
pub use signedrank::{Zeros, wilcoxon, wilcoxon_with};
pub use signflip::{sign_flip, sign_flip_interval};
pub use tested::{Choice, Null, RankTest, Tails};
pub use tost::{Tost, tost};
pub use ttest::{TTest, student, welch};
pub use twoway::{
    TwoWay, TwoWayConfig, Weights, twoway_auc_difference, twoway_bootstrap, twoway_mean_difference,
};
