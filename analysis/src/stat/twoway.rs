//! The two-way bootstrap over seeds and patients, for any statistic of two models.
//!
//! Comes in: how many seeds and which patients, and a statistic that takes weights. Goes out: standard error, percentile
//! interval and p-value. It assumes nothing of the statistic, and corrects no bias: with few seeds see `readers.rs`.

mod statistic;

use rayon::prelude::*;

use super::interval::Interval;
use super::random::Stream;
use super::readers::SeedDesign;
use super::reason::Untestable;

pub use statistic::{twoway_auc_difference, twoway_mean_difference};

/// How the two-way bootstrap resamples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoWayConfig {
    /// Number of resamples, at least [`TwoWayConfig::LEAST_RESAMPLES`].
    pub n_resamples: usize,
    /// Key of the random streams, one a resample.
    pub seed: u64,
    /// One less the confidence of the interval.
    pub alpha: f64,
    /// Nested: each model's seeds are drawn apart. Crossed: both models' seeds are drawn together.
    pub design: SeedDesign,
}

impl TwoWayConfig {
    /// Fewer leave no percentile to speak of.
    pub const LEAST_RESAMPLES: usize = 100;
}

/// How often each seed and each case counts in a resample.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// `seeds_a[seed]` of the first model.
    pub seeds_a: Vec<f64>,
    /// `seeds_b[seed]` of the second.
    pub seeds_b: Vec<f64>,
    /// `cases[case]`: all cases of a patient count alike.
    pub cases: Vec<f64>,
}

/// What the resamples say of a difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoWay {
    /// The statistic of the data: all weights 1.
    pub estimate: f64,
    /// Standard deviation over the resamples.
    pub std_error: f64,
    /// The 1 - alpha percentile interval, ends by linear interpolation (Hyndman & Fan 1996, type 7).
    pub interval: Interval,
    /// Two-sided: twice the smaller share of resamples at or beyond 0, (count + 1)/(B + 1), at most 1.
    pub p_value: f64,
    /// Resamples in which the statistic is defined.
    pub n_used: usize,
}

/// The pigeonhole bootstrap (Owen 2007, Annals of Applied Statistics 1, 386-411; McCullagh 2000): seeds are resampled, and
/// patients are resampled, independently; a value of seed s and case c counts weight(s) · weight(c). The seeds' and the
/// patients' variance are both in the interval, and the variance of what remains is in it thrice, which makes it too
/// wide rather than too narrow: it is the price of an estimate that needs no model (Owen's theorem 3). `n_seeds` are
/// the two models' numbers of seeds, `groups[case]` the patient. `statistic` returns `None` where it is not defined, such
/// as an AUC without positives; up to a tenth of the resamples may be lost so.
///
/// # Errors
/// Fewer than two seeds of a model or two patients, crossed designs of unequal seeds, a configuration out of range, a
/// statistic that is undefined on the data or too often on resamples, or that never varies.
pub fn twoway_bootstrap<F>(
    n_seeds: (usize, usize),
    groups: &[usize],
    config: &TwoWayConfig,
    statistic: F,
) -> Result<TwoWay, Untestable>
where
    F: Fn(&Weights) -> Option<f64> + Sync,
{
    let patients = Patients::new(groups);
    check(n_seeds, &patients, config)?;
    let ones = Weights {
        seeds_a: vec![1.0; n_seeds.0],
        seeds_b: vec![1.0; n_seeds.1],
        cases: vec![1.0; groups.len()],
    };
    let estimate = statistic(&ones).filter(|value| value.is_finite()).ok_or(Untestable::NotFinite)?;
    // Collected in the order of the resamples, whatever thread made them.
    let drawn: Vec<Option<f64>> = (0..config.n_resamples as u64)
        .into_par_iter()
        .map(|resample| {
            statistic(&draw(n_seeds, &patients, config, resample)).filter(|value| value.is_finite())
        })
        .collect();
    let mut values: Vec<f64> = drawn.into_iter().flatten().collect();
    if values.len() * 10 < config.n_resamples * 9 {
        let lost = config.n_resamples - values.len();
        return because(format!("the statistic is undefined in {lost} of {} resamples", config.n_resamples));
    }
    values.sort_by(f64::total_cmp);
    summarize(estimate, &values, config.alpha)
}

fn check(n_seeds: (usize, usize), patients: &Patients, config: &TwoWayConfig) -> Result<(), Untestable> {
    let (least, alpha) = (TwoWayConfig::LEAST_RESAMPLES, config.alpha);
    if config.n_resamples < least {
        return because(format!("{} resamples; the bootstrap needs {least}", config.n_resamples));
    }
    if !(0.0 < alpha && alpha < 1.0) {
        return because(format!("alpha is {alpha}; expected a number between 0 and 1"));
    }
    let (a, b) = n_seeds;
    if a.min(b) < 2 {
        return because(format!("seeds of a model: {}; the two-way bootstrap needs two", a.min(b)));
    }
    if config.design == SeedDesign::Crossed && a != b {
        return because(format!("crossed seeds need the same number of both models; there are {a} and {b}"));
    }
    if patients.n < 2 {
        return because(format!("patients: {}; the two-way bootstrap needs two", patients.n));
    }
    Ok(())
}

/// Patients numbered from 0 without holes.
struct Patients {
    of_case: Vec<usize>,
    n: usize,
}

impl Patients {
    fn new(groups: &[usize]) -> Self {
        let mut names = groups.to_vec();
        names.sort_unstable();
        names.dedup();
        let place = |group: &usize| names.binary_search(group).unwrap_or(0);
        Self { of_case: groups.iter().map(place).collect(), n: names.len() }
    }
}

fn draw(n_seeds: (usize, usize), patients: &Patients, config: &TwoWayConfig, resample: u64) -> Weights {
    let mut stream = Stream::new(config.seed, resample);
    let mut counts = |n: usize| {
        let mut counts = vec![0.0; n];
        (0..n).for_each(|_| counts[stream.below(n)] += 1.0);
        counts
    };
    let of_patient = counts(patients.n);
    let seeds_a = counts(n_seeds.0);
    let seeds_b = match config.design {
        SeedDesign::Crossed => seeds_a.clone(),
        SeedDesign::Nested => counts(n_seeds.1),
    };
    Weights { seeds_a, seeds_b, cases: patients.of_case.iter().map(|at| of_patient[*at]).collect() }
}

/// `values` ascend.
fn summarize(estimate: f64, values: &[f64], alpha: f64) -> Result<TwoWay, Untestable> {
    let sample = super::sample::Sample::from_values(values);
    let std_error = sample.sd.filter(|sd| *sd > 10.0 * f64::EPSILON * estimate.abs());
    let n = values.len();
    let at_most_0 = values.partition_point(|value| *value <= 0.0);
    let at_least_0 = n - values.partition_point(|value| *value < 0.0);
    let share = (at_most_0.min(at_least_0) + 1) as f64 / (n + 1) as f64;
    Ok(TwoWay {
        estimate,
        std_error: std_error.ok_or(Untestable::ZeroVariance)?,
        interval: Interval {
            low: Some(quantile(values, alpha / 2.0)),
            high: Some(quantile(values, 1.0 - alpha / 2.0)),
        },
        p_value: (2.0 * share).min(1.0),
        n_used: n,
    })
}

fn quantile(ascending: &[f64], share: f64) -> f64 {
    let place = share * (ascending.len() - 1) as f64;
    let below = place.floor() as usize;
    let (low, high) = (ascending[below], ascending[(below + 1).min(ascending.len() - 1)]);
    low + (high - low) * (place - below as f64)
}

fn because<T>(reason: String) -> Result<T, Untestable> {
    Err(Untestable::Because(reason))
}

#[cfg(test)]
mod tests;
