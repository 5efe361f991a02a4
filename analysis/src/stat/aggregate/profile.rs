//! Performance profiles: what share of runs is above each score?
//!
//! Comes in: scores and a grid of thresholds τ. Goes out: a curve for each model with pointwise and simultaneous bands.
//! Draws no picture.

use rayon::prelude::*;

use super::resample::{Cells, Lanes, replicate};
use super::{AggregateConfig, Normalization, Scores, check};
use crate::stat::bootstrap::{percentile, quantile};
use crate::stat::interval::Interval;
use crate::stat::reason::Untestable;

/// The profiles of all models.
#[derive(Debug, Clone, PartialEq)]
pub struct Profiles {
    /// The thresholds, in units of the normalized scores.
    pub taus: Vec<f64>,
    /// What the scores were divided by before.
    pub normalization: Normalization,
    /// How they were asked for.
    pub config: AggregateConfig,
    /// The tasks averaged over, by index.
    pub tasks: Vec<usize>,
    /// Each model's profile, in the order of the models, or why there is none.
    pub models: Vec<Result<Profile, Untestable>>,
}

/// The profile of one model; all lists are in the order of the thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Share of runs above each threshold, in [0, 1], mean over tasks.
    pub shares: Vec<f64>,
    /// The 1 - alpha percentile interval at each threshold. It has no width where all resamples agree, as they do below the
    /// lowest run and above the highest.
    pub pointwise: Vec<Interval>,
    /// The 1 - alpha band that holds the whole curve: share ± `half_width`, within [0, 1].
    pub simultaneous: Vec<Interval>,
    /// The 1 - alpha quantile over resamples of the greatest distance from `shares` over all thresholds; `None` where that is 0.
    pub half_width: Option<f64>,
}

/// The share of runs above τ, mean over tasks of the tasks' shares (Agarwal et al. 2021, "run-score distribution"), for each
/// of `taus`. The simultaneous band has the same half width everywhere, the 1 - alpha quantile of max over τ of
/// |F*(τ) - F(τ)| (as the bootstrap of the Kolmogorov-Smirnov band, Bickel & Krieger 1989); over the range of the grid only.
///
/// # Errors
/// When the configuration is not valid, `taus` is empty or one is not finite. A model without a profile has the reason in its
/// place.
///
/// # Example
/// ```
/// use analysis::stat::{AggregateConfig, Holes, Scores, performance_profiles};
///
/// let scores = Scores::new(vec![vec![vec![0.8, 0.9], vec![0.5, 0.6, 0.7, 0.8]]]).unwrap();
/// let config = AggregateConfig { holes: Holes::Refuse, reps: 500, seed: 1, alpha: 0.05 };
/// let found = performance_profiles(&scores, &[0.0, 0.6, 0.85, 1.0], &config).unwrap();
/// assert_eq!(found.models[0].as_ref().unwrap().shares, [1.0, 0.75, 0.25, 0.0]);
/// ```
pub fn performance_profiles(
    scores: &Scores,
    taus: &[f64],
    config: &AggregateConfig,
) -> Result<Profiles, Untestable> {
    check(config)?;
    if taus.is_empty() || taus.iter().any(|tau| !tau.is_finite()) {
        return Err(Untestable::Because("the thresholds are no list of numbers".to_owned()));
    }
    let tasks = scores.tasks(config.holes);
    let cells = Cells::of(scores);
    let curves: Vec<Result<Curve, Untestable>> = (0..scores.n_models())
        .map(|model| scores.usable(model, &tasks).map(|()| Curve::of(&cells, model, &tasks, taus)))
        .collect();
    let possible: Vec<&Curve> = curves.iter().flatten().collect();
    let items: Vec<(&Curve, usize)> =
        possible.iter().flat_map(|curve| (0..taus.len()).map(|tau| (*curve, tau))).collect();
    let mut replicates = replicate(&cells, config, items.len(), |weights, results| {
        let sums = cells.sums(weights);
        for (result, (curve, tau)) in results.iter_mut().zip(&items) {
            *result = curve.share(*tau, &sums);
        }
    });
    let sums = cells.sums(&cells.everything());
    let found: Vec<Profile> = possible
        .par_iter()
        .zip(replicates.par_chunks_mut(taus.len()))
        .map(|(curve, replicates)| {
            let shares = (0..taus.len()).map(|tau| curve.share(tau, &sums)[0]).collect();
            bands(shares, replicates, config.alpha)
        })
        .collect();
    let mut found = found.into_iter();
    let models = curves
        .into_iter()
        .map(|curve| curve.map(|_| found.next().expect("there is one profile for each curve")));
    Ok(Profiles {
        models: models.collect(),
        taus: taus.to_vec(),
        normalization: scores.normalization(),
        config: *config,
        tasks,
    })
}

fn bands(shares: Vec<f64>, replicates: &mut [Vec<f64>], alpha: f64) -> Profile {
    let n_reps = replicates.first().map_or(0, Vec::len);
    let mut distances = vec![0.0_f64; n_reps];
    for (share, at) in shares.iter().zip(replicates.iter()) {
        for (distance, replicate) in distances.iter_mut().zip(at) {
            *distance = distance.max((replicate - share).abs());
        }
    }
    let half_width = quantile(&mut distances, 1.0 - alpha).filter(|half| *half > 0.0);
    let pointwise = shares.iter().zip(replicates).map(|(share, at)| {
        percentile(at, alpha).unwrap_or(Interval { low: Some(*share), high: Some(*share) })
    });
    let simultaneous = shares.iter().map(|share| Interval {
        low: half_width.map(|half| (share - half).max(0.0)),
        high: half_width.map(|half| (share + half).min(1.0)),
    });
    Profile { pointwise: pointwise.collect(), simultaneous: simultaneous.collect(), half_width, shares }
}

/// Where each threshold lies among a model's runs.
#[derive(Debug)]
struct Curve {
    /// `places[tau][task]`: row of the sum of the weights of the runs not above it, and the task's number of runs.
    places: Vec<Vec<(usize, f64)>>,
}

impl Curve {
    fn of(cells: &Cells, model: usize, tasks: &[usize], taus: &[f64]) -> Self {
        let place = |tau: &f64, task: &usize| {
            let runs = cells.runs(model, *task);
            let up_to = runs.partition_point(|score| score <= tau);
            (cells.sums_row(model, *task) + up_to, runs.len() as f64)
        };
        Self { places: taus.iter().map(|tau| tasks.iter().map(|task| place(tau, task)).collect()).collect() }
    }

    fn share(&self, tau: usize, sums: &[Lanes]) -> Lanes {
        let places = &self.places[tau];
        let mut total = [0.0; _];
        for (row, n) in places {
            for (total, not_above) in total.iter_mut().zip(&sums[*row]) {
                *total += (n - not_above) / n;
            }
        }
        total.map(|total: f64| total / places.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::Holes;

    const CONFIG: AggregateConfig = AggregateConfig { holes: Holes::Refuse, reps: 400, seed: 1, alpha: 0.05 };

    #[test]
    fn the_band_holds_the_pointwise_curve_and_stays_a_share() {
        let scores = Scores::new(vec![
            vec![vec![0.5, 0.6, 0.9, 0.7, 0.8], vec![0.2, 0.4, 0.45, 0.3]],
            vec![vec![0.5], vec![0.5]],
            vec![vec![], vec![0.5]],
        ])
        .unwrap();
        let taus = [0.1, 0.35, 0.5, 0.75, 1.0];
        let found = performance_profiles(&scores, &taus, &CONFIG).unwrap();
        let profile = found.models[0].as_ref().unwrap();
        let half = profile.half_width.unwrap();
        for ((share, narrow), wide) in
            profile.shares.iter().zip(&profile.pointwise).zip(&profile.simultaneous)
        {
            assert!(narrow.low.unwrap() <= *share && *share <= narrow.high.unwrap());
            assert_eq!(wide.low, Some((share - half).max(0.0)));
            assert_eq!(wide.high, Some((share + half).min(1.0)));
        }
        // One run a task: nothing to draw from.
        assert_eq!(found.models[1].as_ref().unwrap().half_width, None);
        assert!(found.models[2].is_err());
        assert!(performance_profiles(&scores, &[], &CONFIG).is_err());
        assert!(performance_profiles(&scores, &[f64::NAN], &CONFIG).is_err());
    }
}
