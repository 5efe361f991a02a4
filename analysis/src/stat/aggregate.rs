//! Many tasks, one number a model: mean, median, interquartile mean, optimality gap; profiles; who improves on whom.
//!
//! Comes in: [`Scores`] of models on tasks, a few runs each. Goes out: estimates with percentile intervals of a bootstrap that
//! draws runs again within each task of each model (Agarwal et al. 2021, "Deep reinforcement learning at the edge of the
//! statistical precipice"). The intervals tell what other seeds would have given. They do not tell what other tasks would
//! have: the tasks are fixed. Tests nothing and ranks nobody.

mod improvement;
mod profile;
mod resample;
mod scores;
mod statistic;

pub use improvement::{Improved, Improvement, Improvements, probability_of_improvement};
pub use profile::{Profile, Profiles, performance_profiles};
use resample::{Cells, replicate};
pub use scores::{Normalization, Scores};
pub use statistic::Statistic;
use statistic::TaskRuns;

use super::bootstrap::{percentile, standard_error};
use super::interval::Interval;
use super::reason::Untestable;

/// What becomes of a model without a run on some task, and of a task that could not be normalized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holes {
    /// A model with a hole has no aggregate: a mean over other tasks would not compare.
    Refuse,
    /// All models are aggregated over the tasks on which every one of them has runs.
    CommonTasks,
}

/// How scores are aggregated and their intervals made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AggregateConfig {
    /// What becomes of holes.
    pub holes: Holes,
    /// Number of resamples, at least 1; 2,000 and more for intervals.
    pub reps: usize,
    /// Seed: resample i draws from `Stream::new(seed, i)`, all models and tasks in turn.
    pub seed: u64,
    /// Significance level, in (0, 1): intervals cover 1 - alpha.
    pub alpha: f64,
}

/// One statistic of all models.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which statistic.
    pub statistic: Statistic,
    /// What the scores were divided by before.
    pub normalization: Normalization,
    /// How it was asked for.
    pub config: AggregateConfig,
    /// The tasks aggregated over, by index.
    pub tasks: Vec<usize>,
    /// True when every model has as many runs on every one of these tasks. If not, the interquartile mean gives a task with
    /// more runs more weight; the other statistics give every task the same.
    pub balanced: bool,
    /// Each model's aggregate, in the order of the models, or why there is none.
    pub models: Vec<Result<Aggregated, Untestable>>,
}

/// One statistic of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregated {
    /// The statistic, in units of the normalized scores.
    pub estimate: f64,
    /// Its 1 - alpha percentile interval over the runs, or why there is none.
    pub interval: Result<Interval, Untestable>,
    /// Standard deviation of the resamples' estimates; `None` where they do not vary.
    pub standard_error: Option<f64>,
}

/// Aggregates `scores[model][task]` by each of `statistics`, all from the same resamples.
///
/// With raw AUCs or Dice scores the interquartile mean trims whole tasks away, those that are easy or hard for everyone:
/// normalize first ([`Scores::normalize`]). What the scores were divided by is held fixed over the resamples.
///
/// # Errors
/// When the configuration is not valid, or a statistic's gamma is not finite. A model that cannot be aggregated has the
/// reason in its place.
///
/// # Example
/// ```
/// use analysis::stat::{AggregateConfig, Holes, Scores, Statistic, aggregate};
///
/// // scores[model][task][run]
/// let scores = Scores::new(vec![vec![vec![0.80, 0.82], vec![0.60, 0.61, 0.62]], vec![vec![0.9, 0.9], vec![]]]).unwrap();
/// let config = AggregateConfig { holes: Holes::Refuse, reps: 500, seed: 1, alpha: 0.05 };
/// let mean = &aggregate(&scores, &[Statistic::Mean], &config).unwrap()[0];
/// assert!((mean.models[0].as_ref().unwrap().estimate - 0.71).abs() < 1e-12);
/// assert!(mean.models[1].is_err());
/// ```
pub fn aggregate(
    scores: &Scores,
    statistics: &[Statistic],
    config: &AggregateConfig,
) -> Result<Vec<Aggregate>, Untestable> {
    check(config)?;
    if let Some(gamma) = statistics.iter().filter_map(Statistic::gamma).find(|gamma| !gamma.is_finite()) {
        return Err(Untestable::Because(format!("gamma is {gamma}; expected a number")));
    }
    let tasks = scores.tasks(config.holes);
    let cells = Cells::of(scores);
    let usable: Vec<usize> =
        (0..scores.n_models()).filter(|model| scores.usable(*model, &tasks).is_ok()).collect();
    let runs: Vec<TaskRuns> = usable.iter().map(|model| TaskRuns::of(&cells, *model, &tasks)).collect();
    let jobs: Vec<(Statistic, &TaskRuns)> =
        statistics.iter().flat_map(|statistic| runs.iter().map(|runs| (*statistic, runs))).collect();
    let replicates = replicate(&cells, config, jobs.len(), |weights, results| {
        for (result, (statistic, runs)) in results.iter_mut().zip(&jobs) {
            *result = statistic.of(runs, weights);
        }
    });
    let ones = cells.everything();
    let mut found = jobs.iter().zip(replicates).map(|((statistic, runs), replicates)| {
        summarize(statistic.of(runs, &ones)[0], replicates, config.alpha)
    });
    let one = |statistic: &Statistic| Aggregate {
        statistic: *statistic,
        normalization: scores.normalization(),
        config: *config,
        balanced: scores.is_balanced(&usable, &tasks),
        models: (0..scores.n_models())
            .map(|model| {
                scores.usable(model, &tasks)?;
                found.next().expect("there is one result for each statistic and usable model")
            })
            .collect(),
        tasks: tasks.clone(),
    };
    Ok(statistics.iter().map(one).collect())
}

/// Fails only where finite scores are so large that their sums are not.
fn summarize(estimate: f64, mut replicates: Vec<f64>, alpha: f64) -> Result<Aggregated, Untestable> {
    if !estimate.is_finite() || replicates.iter().any(|replicate| !replicate.is_finite()) {
        return Err(Untestable::NotFinite);
    }
    let standard_error = standard_error(&replicates);
    Ok(Aggregated { estimate, interval: percentile(&mut replicates, alpha), standard_error })
}

fn check(config: &AggregateConfig) -> Result<(), Untestable> {
    if config.reps == 0 {
        return Err(Untestable::Because("the number of resamples is 0; expected at least 1".to_owned()));
    }
    if !(0.0 < config.alpha && config.alpha < 1.0) {
        return Err(Untestable::Because(format!(
            "alpha is {}; expected a number between 0 and 1",
            config.alpha
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: AggregateConfig = AggregateConfig { holes: Holes::Refuse, reps: 200, seed: 1, alpha: 0.05 };
    const ALL: [Statistic; 4] =
        [Statistic::Mean, Statistic::Median, Statistic::Iqm, Statistic::OptimalityGap { gamma: 1.0 }];

    fn holed() -> Scores {
        Scores::new(vec![
            vec![vec![0.5, 0.7], vec![0.9, 0.8]],
            vec![vec![0.6], vec![]],
            vec![vec![0.8, 0.8], vec![0.7, 0.7]],
        ])
        .unwrap()
    }

    #[test]
    fn a_hole_has_a_reason() {
        for aggregate in aggregate(&holed(), &ALL, &CONFIG).unwrap() {
            assert_eq!(aggregate.tasks, [0, 1]);
            assert!(aggregate.balanced);
            assert!(aggregate.models[0].as_ref().unwrap().interval.is_ok());
            let reason = aggregate.models[1].as_ref().unwrap_err().explain("", "");
            assert_eq!(reason, "structural hole: no run on 1 of 2 tasks");
            // No spread over the runs: an estimate without an interval.
            let flat = aggregate.models[2].as_ref().unwrap();
            assert!(flat.interval.is_err() && flat.standard_error.is_none());
        }
    }

    #[test]
    fn common_tasks_on_request() {
        let config = AggregateConfig { holes: Holes::CommonTasks, ..CONFIG };
        let mean = &aggregate(&holed(), &ALL, &config).unwrap()[0];
        assert_eq!(mean.tasks, [0]);
        assert!(!mean.balanced);
        let estimates: Vec<f64> = mean.models.iter().map(|model| model.as_ref().unwrap().estimate).collect();
        assert!(estimates.iter().zip([0.6, 0.6, 0.8]).all(|(got, want)| (got - want).abs() < 1e-15));
        let nothing = Scores::new(vec![vec![vec![0.5], vec![]], vec![vec![], vec![0.5]]]).unwrap();
        assert!(aggregate(&nothing, &ALL, &config).unwrap()[0].models.iter().all(Result::is_err));
    }

    #[test]
    fn scores_too_large_to_add_are_told() {
        let huge = Scores::new(vec![vec![vec![1e308, 1e308]]]).unwrap();
        for aggregate in aggregate(&huge, &[Statistic::Mean, Statistic::Median], &CONFIG).unwrap() {
            assert_eq!(aggregate.models[0], Err(Untestable::NotFinite));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(aggregate(&holed(), &ALL, &AggregateConfig { reps: 0, ..CONFIG }).is_err());
        assert!(aggregate(&holed(), &ALL, &AggregateConfig { alpha: f64::NAN, ..CONFIG }).is_err());
        assert!(aggregate(&holed(), &[Statistic::OptimalityGap { gamma: f64::NAN }], &CONFIG).is_err());
        assert!(aggregate(&holed(), &[], &CONFIG).unwrap().is_empty());
    }
}
