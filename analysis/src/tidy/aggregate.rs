//! One number a model over all tasks, and how sure it is.
//!
//! Comes in: a [`Grid`]. Goes out: rows of scores, of probabilities of improvement, of performance profiles. The formulas
//! are in [`crate::stat`].

use super::compare::Draws;
use super::count;
use super::grid::Grid;
use super::summarize::check_alpha;
use crate::error::{Error, Result};
use crate::named::named_cell;
use crate::stat::{
    AggregateConfig, Holes, Normalization, Scores, Statistic as Formula, Untestable, aggregate,
    performance_profiles, probability_of_improvement,
};
use crate::table::table_row;

/// Statistics of [`aggregate_scores`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// Mean of the tasks' means.
    Mean,
    /// Median of the tasks' means.
    Median,
    /// Interquartile mean over runs and tasks (Agarwal et al. 2021).
    Iqm,
    /// Mean shortfall from 1.
    OptimalityGap,
}
named_cell!(Statistic, "statistic", Mean => "mean", Median => "median", Iqm => "iqm", OptimalityGap => "optimality-gap");

/// What values are turned into before they are pooled over tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalize {
    /// Nothing.
    None,
    /// (value - baseline's mean) / (1 - baseline's mean), task by task.
    Baseline,
    /// (value - task's mean) / pooled standard deviation over runs, task by task.
    PooledSd,
}
named_cell!(Normalize, "normalization", None => "none", Baseline => "baseline", PooledSd => "pooled-sd");

/// How scores are aggregated.
#[derive(Debug, Clone, PartialEq)]
pub struct AggregatePlan {
    /// Normalization.
    pub normalize: Normalize,
    /// The baseline: of the normalization, and of the probabilities of improvement (`None` for all pairs).
    pub baseline: Option<String>,
    /// Level.
    pub alpha: f64,
    /// Stratified resamples of the runs.
    pub draws: Draws,
}

/// The score of a model. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRow {
    /// The model.
    pub model: String,
    /// The statistic.
    pub statistic: Statistic,
    /// Its value.
    pub value: Option<f64>,
    /// Lower end of its interval over other runs on the same tasks.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// Normalization.
    pub normalize: Normalize,
    /// Tasks.
    pub n_tasks: i64,
    /// Runs over all tasks.
    pub n: i64,
    /// Why a number is missing, or what to keep in mind.
    pub reason: Option<String>,
}

table_row!(ScoreRow, "score", sort [STATISTIC, MODEL],
    model: String => MODEL, statistic: Statistic => STATISTIC, value: Option<f64> => VALUE,
    conf_low: Option<f64> => CONF_LOW, conf_high: Option<f64> => CONF_HIGH, normalize: Normalize => NORMALIZE,
    n_tasks: i64 => N_TASKS, n: i64 => N, reason: Option<String> => REASON);

/// Probability that a run of one model beats a run of another. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct ImprovementRow {
    /// The model that is judged.
    pub model_a: String,
    /// The other.
    pub model_b: String,
    /// Mean over tasks of P(a > b) + P(a = b)/2.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// Tasks that both are on.
    pub n_tasks: i64,
    /// Least of the tasks' probabilities: an average hides a task that speaks against it.
    pub min: Option<f64>,
    /// Largest of the tasks' probabilities.
    pub max: Option<f64>,
    /// Why a number is missing.
    pub reason: Option<String>,
}

table_row!(ImprovementRow, "improvement", sort [MODEL_A, MODEL_B],
    model_a: String => MODEL_A, model_b: String => MODEL_B, value: Option<f64> => VALUE,
    conf_low: Option<f64> => CONF_LOW, conf_high: Option<f64> => CONF_HIGH, n_tasks: i64 => N_TASKS,
    min: Option<f64> => MIN, max: Option<f64> => MAX, reason: Option<String> => REASON);

/// One point of a performance profile. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileRow {
    /// The model.
    pub model: String,
    /// The threshold.
    pub tau: f64,
    /// Share of runs above it, each task counting alike.
    pub value: Option<f64>,
    /// Lower end of the pointwise interval.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// Lower end of the band that holds the whole curve.
    pub band_low: Option<f64>,
    /// Upper end.
    pub band_high: Option<f64>,
    /// Why a number is missing.
    pub reason: Option<String>,
}

table_row!(ProfileRow, "profile", sort [MODEL, TAU],
    model: String => MODEL, tau: f64 => TAU, value: Option<f64> => VALUE, conf_low: Option<f64> => CONF_LOW,
    conf_high: Option<f64> => CONF_HIGH, band_low: Option<f64> => BAND_LOW, band_high: Option<f64> => BAND_HIGH,
    reason: Option<String> => REASON);

/// Runs by model and task, normalized.
fn scores(grid: &Grid, plan: &AggregatePlan) -> Result<Result<Scores, Untestable>> {
    check_alpha(plan.alpha)?;
    if grid.has_summaries {
        return Err(Error::argument(
            "aggregates pool the values of single runs; the input holds means and standard deviations only",
        ));
    }
    let cells = grid.tied_cells();
    let runs =
        (0..grid.models.len()).map(|model| cells.iter().map(|row| row[model].clone()).collect()).collect();
    let by = match (plan.normalize, &plan.baseline) {
        (Normalize::None, _) => Normalization::None,
        (Normalize::PooledSd, _) => Normalization::PooledSd,
        (Normalize::Baseline, Some(name)) => {
            Normalization::Baseline { baseline: grid.model(name)?, ceiling: 1.0 }
        }
        (Normalize::Baseline, None) => {
            return Err(Error::argument(
                "normalizing by the baseline needs one: name it with --baseline MODEL",
            ));
        }
    };
    let plain = Scores::new(runs);
    Ok(match by {
        Normalization::None => plain,
        by => plain.and_then(|scores| scores.normalize(by)),
    })
}

fn config(plan: &AggregatePlan) -> AggregateConfig {
    AggregateConfig {
        holes: Holes::CommonTasks,
        reps: usize::try_from(plan.draws.reps).unwrap_or(usize::MAX),
        seed: plan.draws.seed,
        alpha: plan.alpha,
    }
}

/// Scores of every model, statistic by statistic as asked, models by name.
///
/// # Errors
/// When alpha is out of range, the input holds means instead of runs, or the baseline of the normalization is missing.
pub fn aggregate_scores(
    grid: &Grid,
    statistics: &[Statistic],
    plan: &AggregatePlan,
) -> Result<Vec<ScoreRow>> {
    let formulas: Vec<Formula> = statistics
        .iter()
        .map(|statistic| match statistic {
            Statistic::Mean => Formula::Mean,
            Statistic::Median => Formula::Median,
            Statistic::Iqm => Formula::Iqm,
            Statistic::OptimalityGap => Formula::OptimalityGap { gamma: 1.0 },
        })
        .collect();
    let found = scores(grid, plan)?.and_then(|scores| aggregate(&scores, &formulas, &config(plan)));
    let mut rows = Vec::new();
    for (idx, statistic) in statistics.iter().enumerate() {
        for (model, name) in grid.models.iter().enumerate() {
            let mut row = ScoreRow {
                model: name.clone(),
                statistic: *statistic,
                value: None,
                conf_low: None,
                conf_high: None,
                normalize: plan.normalize,
                n_tasks: count(grid.tasks.len()),
                n: count(grid.cells.iter().map(|row| row[model].len()).sum()),
                reason: None,
            };
            let of_model =
                found.as_ref().map_err(Clone::clone).and_then(|all| match all[idx].models.get(model) {
                    Some(result) => result.clone(),
                    None => Err(Untestable::Because("no such model".to_owned())),
                });
            match of_model {
                Ok(aggregated) => {
                    row.value = Some(aggregated.estimate);
                    match aggregated.interval {
                        Ok(interval) => (row.conf_low, row.conf_high) = (interval.low, interval.high),
                        Err(why) => row.reason = Some(why.explain(name, "")),
                    }
                }
                Err(why) => row.reason = Some(why.explain(name, "")),
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Probabilities of improvement: every model against the baseline, or all pairs.
///
/// # Errors
/// As [`aggregate_scores`].
pub fn improvements(grid: &Grid, plan: &AggregatePlan) -> Result<Vec<ImprovementRow>> {
    let k = grid.models.len();
    let pairs: Vec<(usize, usize)> = match &plan.baseline {
        Some(name) => {
            let b = grid.model(name)?;
            (0..k).filter(|a| *a != b).map(|a| (a, b)).collect()
        }
        None => (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b))).collect(),
    };
    // A probability is about order within a task: no normalization that keeps the order changes it.
    let plain = AggregatePlan { normalize: Normalize::None, ..plan.clone() };
    let found =
        scores(grid, &plain)?.and_then(|scores| probability_of_improvement(&scores, &pairs, &config(plan)));
    let row = |a: usize, b: usize| ImprovementRow {
        model_a: grid.models[a].clone(),
        model_b: grid.models[b].clone(),
        value: None,
        conf_low: None,
        conf_high: None,
        n_tasks: count(grid.tasks.len()),
        min: None,
        max: None,
        reason: None,
    };
    let because = |why: &Untestable, a: usize, b: usize| Some(why.explain(&grid.models[a], &grid.models[b]));
    match found {
        Err(why) => Ok(pairs
            .iter()
            .map(|(a, b)| ImprovementRow { reason: because(&why, *a, *b), ..row(*a, *b) })
            .collect()),
        Ok(found) => Ok(found
            .pairs
            .iter()
            .map(|pair| match &pair.result {
                Err(why) => ImprovementRow { reason: because(why, pair.a, pair.b), ..row(pair.a, pair.b) },
                Ok(improved) => {
                    let by_task = || improved.by_task.iter().map(|(_, p)| *p);
                    let interval = improved.interval.as_ref().ok();
                    ImprovementRow {
                        value: Some(improved.estimate),
                        conf_low: interval.and_then(|interval| interval.low),
                        conf_high: interval.and_then(|interval| interval.high),
                        n_tasks: count(improved.by_task.len()),
                        min: by_task().reduce(f64::min),
                        max: by_task().reduce(f64::max),
                        reason: improved.interval.as_ref().err().and_then(|why| because(why, pair.a, pair.b)),
                        ..row(pair.a, pair.b)
                    }
                }
            })
            .collect()),
    }
}

/// Performance profiles at `points` thresholds between the least and the largest value.
///
/// # Errors
/// As [`aggregate_scores`]; when `points` is below 2.
pub fn profiles(grid: &Grid, points: usize, plan: &AggregatePlan) -> Result<Vec<ProfileRow>> {
    if points < 2 {
        return Err(Error::argument(format!("a profile of {points} points; expected at least 2")));
    }
    let scores = scores(grid, plan)?;
    let taus = scores.as_ref().map_or_else(|_| Vec::new(), |scores| thresholds(scores, points));
    let found = scores.and_then(|scores| performance_profiles(&scores, &taus, &config(plan)));
    let empty = |model: &String, tau: f64, reason: Option<String>| ProfileRow {
        model: model.clone(),
        tau,
        value: None,
        conf_low: None,
        conf_high: None,
        band_low: None,
        band_high: None,
        reason,
    };
    let mut rows = Vec::new();
    for (idx, model) in grid.models.iter().enumerate() {
        let profile = match &found {
            Ok(found) => found.models.get(idx).cloned().unwrap_or(Err(Untestable::NotFinite)),
            Err(why) => Err(why.clone()),
        };
        match profile {
            Err(why) => rows.push(empty(model, 0.0, Some(why.explain(model, "")))),
            Ok(profile) => rows.extend(taus.iter().enumerate().map(|(at, tau)| {
                let (point, band) = (profile.pointwise.get(at), profile.simultaneous.get(at));
                ProfileRow {
                    value: profile.shares.get(at).copied(),
                    conf_low: point.and_then(|interval| interval.low),
                    conf_high: point.and_then(|interval| interval.high),
                    band_low: band.and_then(|interval| interval.low),
                    band_high: band.and_then(|interval| interval.high),
                    ..empty(model, *tau, None)
                }
            })),
        }
    }
    Ok(rows)
}

fn thresholds(scores: &Scores, points: usize) -> Vec<f64> {
    let all = || {
        (0..scores.n_models())
            .flat_map(|model| (0..scores.n_tasks()).flat_map(move |task| scores.runs(model, task)))
    };
    let low = all().copied().fold(f64::INFINITY, f64::min);
    let high = all().copied().fold(f64::NEG_INFINITY, f64::max);
    if !(low.is_finite() && high.is_finite()) {
        return Vec::new();
    }
    let step = (high - low) / (points - 1) as f64;
    (0..points).map(|at| if at + 1 == points { high } else { low + step * at as f64 }).collect()
}
