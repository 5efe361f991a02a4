//! How far a ranking of models would move with other seeds.
//!
//! Comes in: `values[task][model]`, the values of a model's seeds on a task, higher is better. Goes out: for every model
//! the ranks it takes over bootstrap resamples, and how far the rankings agree. Judges no difference of models.

use rayon::prelude::*;

use crate::stat::interval::Interval;
use crate::stat::random::Stream;
use crate::stat::rank::midranks;
use crate::stat::reason::Untestable;

/// How the values of a model on many tasks become one number to rank it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduce {
    /// The mean over tasks of the mean over seeds: for tasks with one metric.
    MeanThenRank,
    /// The mean over tasks of the rank of the mean over seeds: for tasks with metrics of their own.
    RankThenMean,
}

/// What is resampled, and how often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StabilityConfig {
    /// Number of resamples, at least 1.
    pub resamples: usize,
    /// Seed of the streams.
    pub seed: u64,
    /// Intervals hold the middle 1 - alpha of the resamples, 0 < alpha < 1.
    pub alpha: f64,
    /// Whether tasks are drawn with replacement too: would another choice of tasks rank alike?
    pub resample_tasks: bool,
    /// From values to ranks.
    pub reduce: Reduce,
}

/// The ranks of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelStability {
    /// Its rank on all values: 1 is the best, ties share their mean rank.
    pub rank: f64,
    /// Share of the resamples in which it takes rank 1, 2, ..., k; a tie over several ranks gives each an equal part.
    pub fractions: Vec<f64>,
    /// Mean of its rank over the resamples.
    pub mean_rank: f64,
    /// Percentile interval of its rank.
    pub interval: Interval,
}

/// The stability of a ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct RankStability {
    /// Every model, in the order of the columns.
    pub models: Vec<ModelStability>,
    /// Mean of Kendall's τ_b of the resamples with the ranking on all values, in [-1, 1]; `None` where all models tie.
    pub tau: Option<f64>,
    /// Percentile interval of τ_b.
    pub tau_interval: Interval,
    /// Resamples with a τ_b: those in which not all models tie.
    pub n_tau: usize,
}

/// Bootstraps a ranking of models (Wiesenfarth et al. 2021; Hall & Miller 2009).
///
/// Each resample draws, for every task and model on its own, as many seeds as there are, with replacement, and ranks the
/// models by [`Reduce`]. Percentile intervals are R's quantiles of type 7. Resample i uses the stream (seed, i) alone:
/// the number of threads changes nothing. A handful of seeds gives intervals that are too short.
///
/// # Errors
/// No task, fewer than two models, a task that lacks a model, a model without values, a value that is infinite or not a
/// number, no resamples, an alpha outside of (0, 1).
///
/// # Example
/// ```
/// use analysis::stat::{Reduce, StabilityConfig, rank_stability};
///
/// let values = [vec![vec![0.9, 0.91], vec![0.8, 0.95], vec![0.5, 0.51]]];
/// let config = StabilityConfig {
///     resamples: 1000,
///     seed: 1,
///     alpha: 0.05,
///     resample_tasks: false,
///     reduce: Reduce::MeanThenRank,
/// };
/// let stability = rank_stability(&values, &config).unwrap();
/// // The third is always last; the second leads when its better seed is drawn twice, one time in four.
/// assert_eq!(stability.models[2].fractions, [0.0, 0.0, 1.0]);
/// assert!((stability.models[1].fractions[0] - 0.25).abs() < 0.05);
/// ```
pub fn rank_stability(
    values: &[Vec<Vec<f64>>],
    config: &StabilityConfig,
) -> Result<RankStability, Untestable> {
    let k = check(values, config)?;
    let tasks: Vec<usize> = (0..values.len()).collect();
    let all: Vec<Vec<f64>> =
        values.iter().map(|task| task.iter().map(|seeds| mean(seeds)).collect()).collect();
    let ranking = rank(&all, config.reduce)?;
    let resamples: Vec<Vec<u64>> = (0..config.resamples)
        .into_par_iter()
        .map(|index| rank(&resample(values, &tasks, index, config), config.reduce))
        .collect::<Result<_, _>>()?;
    let models = (0..k).map(|model| of_model(&ranking, &resamples, model, config.alpha)).collect();
    let mut taus: Vec<f64> = resamples.iter().filter_map(|ranks| kendall_tau_b(&ranking, ranks)).collect();
    taus.sort_by(f64::total_cmp);
    Ok(RankStability {
        models,
        tau: (!taus.is_empty()).then(|| mean(&taus)),
        tau_interval: middle(&taus, config.alpha),
        n_tau: taus.len(),
    })
}

fn check(values: &[Vec<Vec<f64>>], config: &StabilityConfig) -> Result<usize, Untestable> {
    let because = |reason: String| Err(Untestable::Because(reason));
    let k = values.first().map_or(0, Vec::len);
    if k < 2 {
        return because(format!("{k} models; a ranking needs two"));
    }
    if values.iter().any(|task| task.len() != k || task.iter().any(Vec::is_empty)) {
        return because("a task lacks values of a model".to_owned());
    }
    if values.iter().flatten().flatten().any(|value| !value.is_finite()) {
        return Err(Untestable::NotFinite);
    }
    if config.resamples == 0 {
        return because("no resamples were asked for".to_owned());
    }
    if !(0.0 < config.alpha && config.alpha < 1.0) {
        return because(format!("alpha is {}, not between 0 and 1", config.alpha));
    }
    Ok(k)
}

/// `means[task][model]` of one resample.
fn resample(
    values: &[Vec<Vec<f64>>],
    tasks: &[usize],
    index: usize,
    config: &StabilityConfig,
) -> Vec<Vec<f64>> {
    let mut stream = Stream::new(config.seed, index as u64);
    let drawn =
        tasks.iter().map(|task| if config.resample_tasks { stream.below(tasks.len()) } else { *task });
    let drawn: Vec<usize> = drawn.collect();
    let mut of_seeds = |seeds: &Vec<f64>| {
        let draw: Vec<f64> = seeds.iter().map(|_| seeds[stream.below(seeds.len())]).collect();
        mean(&draw)
    };
    drawn.iter().map(|task| values[*task].iter().map(&mut of_seeds).collect()).collect()
}

/// The mean, formed around the first value: equal values have exactly that mean, whatever their number.
fn mean(values: &[f64]) -> f64 {
    let around = values.first().copied().unwrap_or(f64::NAN);
    around + values.iter().map(|value| value - around).sum::<f64>() / values.len() as f64
}

/// Doubled ranks of the models, 1 for the best, from `means[task][model]`.
fn rank(means: &[Vec<f64>], reduce: Reduce) -> Result<Vec<u64>, Untestable> {
    let best_first = |scores: &[f64]| {
        let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
        midranks(&turned).map(|ranks| ranks.doubled).ok_or(Untestable::NotFinite)
    };
    let k = means.first().map_or(0, Vec::len);
    match reduce {
        Reduce::MeanThenRank => {
            let of_model = |model| mean(&means.iter().map(|task| task[model]).collect::<Vec<f64>>());
            best_first(&(0..k).map(of_model).collect::<Vec<f64>>())
        }
        Reduce::RankThenMean => {
            let mut sums = vec![0_u64; k];
            for task in means {
                sums.iter_mut().zip(best_first(task)?).for_each(|(sum, rank)| *sum += rank);
            }
            // The smallest sum is the best.
            best_first(&sums.iter().map(|sum| -(*sum as f64)).collect::<Vec<f64>>())
        }
    }
}

fn of_model(ranking: &[u64], resamples: &[Vec<u64>], model: usize, alpha: f64) -> ModelStability {
    let mut fractions = vec![0.0; ranking.len()];
    for ranks in resamples {
        let mine = ranks[model];
        let tied = ranks.iter().filter(|rank| **rank == mine).count();
        // A midrank r of t tied models covers the ranks r - (t - 1)/2 to r + (t - 1)/2.
        let first = (mine as usize + 1 - tied) / 2;
        for share in fractions.iter_mut().skip(first - 1).take(tied) {
            *share += 1.0 / tied as f64;
        }
    }
    fractions.iter_mut().for_each(|share| *share /= resamples.len() as f64);
    let mut taken: Vec<f64> = resamples.iter().map(|ranks| ranks[model] as f64 / 2.0).collect();
    taken.sort_by(f64::total_cmp);
    ModelStability {
        rank: ranking[model] as f64 / 2.0,
        fractions,
        mean_rank: mean(&taken),
        interval: middle(&taken, alpha),
    }
}

/// The quantiles alpha/2 and 1 - alpha/2 of ascending values (Hyndman & Fan 1996, type 7).
fn middle(ascending: &[f64], alpha: f64) -> Interval {
    let quantile = |p: f64| {
        let place = p * (ascending.len().max(1) - 1) as f64;
        let low = ascending.get(place.floor() as usize)?;
        let high = ascending.get(place.ceil() as usize)?;
        Some(low + (high - low) * place.fract())
    };
    Interval { low: quantile(alpha / 2.0), high: quantile(1.0 - alpha / 2.0) }
}

/// Kendall's τ_b of two rankings (Kendall 1945); `None` where one of them is a single tie.
fn kendall_tau_b(a: &[u64], b: &[u64]) -> Option<f64> {
    let (mut agree, mut untied_a, mut untied_b) = (0_i64, 0_u64, 0_u64);
    for i in 0..a.len() {
        for j in 0..i {
            let (in_a, in_b) = (a[i].cmp(&a[j]) as i64, b[i].cmp(&b[j]) as i64);
            agree += in_a * in_b;
            untied_a += u64::from(in_a != 0);
            untied_b += u64::from(in_b != 0);
        }
    }
    if untied_a == 0 || untied_b == 0 {
        return None;
    }
    let most =
        if untied_a == untied_b { untied_a as f64 } else { (untied_a as f64 * untied_b as f64).sqrt() };
    Some(agree as f64 / most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: StabilityConfig = StabilityConfig {
        resamples: 200,
        seed: 3,
        alpha: 0.1,
        resample_tasks: true,
        reduce: Reduce::RankThenMean,
    };

    #[test]
    fn ties_share_their_ranks() {
        let values = vec![vec![vec![0.8; 3], vec![0.8; 5], vec![0.9; 2]]; 4];
        for reduce in [Reduce::MeanThenRank, Reduce::RankThenMean] {
            let stability =
                rank_stability(&values, &StabilityConfig { reduce, resamples: 4, ..CONFIG }).unwrap();
            assert_eq!(stability.models[0].fractions, [0.0, 0.5, 0.5]);
            assert_eq!(stability.models[1].rank, 2.5);
            assert_eq!(stability.models[2].interval, Interval { low: Some(1.0), high: Some(1.0) });
            assert_eq!((stability.tau, stability.n_tau), (Some(1.0), 4));
        }
    }

    #[test]
    fn all_tied_has_no_tau() {
        let stability = rank_stability(&[vec![vec![0.5; 3]; 2]], &CONFIG).unwrap();
        assert_eq!((stability.tau, stability.n_tau), (None, 0));
        assert_eq!(stability.tau_interval, Interval { low: None, high: None });
    }

    #[test]
    fn reasons() {
        let reason =
            |values: &[Vec<Vec<f64>>], config| rank_stability(values, &config).unwrap_err().explain("", "");
        let fine = vec![vec![vec![0.5], vec![0.6]]];
        assert_eq!(reason(&[], CONFIG), "0 models; a ranking needs two");
        assert_eq!(reason(&[vec![vec![0.5], vec![]]], CONFIG), "a task lacks values of a model");
        assert_eq!(reason(&[vec![vec![0.5], vec![f64::NAN]]], CONFIG), "a value is infinite or not a number");
        assert_eq!(reason(&fine, StabilityConfig { resamples: 0, ..CONFIG }), "no resamples were asked for");
        assert_eq!(
            reason(&fine, StabilityConfig { alpha: f64::NAN, ..CONFIG }),
            "alpha is NaN, not between 0 and 1"
        );
    }

    #[test]
    fn tau_b_by_hand() {
        assert_eq!(kendall_tau_b(&[2, 4, 6], &[2, 4, 6]), Some(1.0));
        assert_eq!(kendall_tau_b(&[2, 4, 6], &[6, 4, 2]), Some(-1.0));
        assert_eq!(kendall_tau_b(&[2, 4, 6], &[4, 4, 4]), None);
        // Two pairs agree, one is tied in b: 2/√(3 · 2).
        assert_eq!(kendall_tau_b(&[2, 4, 6], &[2, 5, 5]), Some(2.0 / 6.0_f64.sqrt()));
    }
}
