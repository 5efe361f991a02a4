//! Probabilities that one model is better than another, practically equal, or worse.
//!
//! Comes in: results, a region of practical equivalence. Goes out: rows. The posteriors are in [`crate::stat`].

use super::compare::Draws;
use super::grid::Grid;
use super::pairs::Pairs;
use crate::error::{Error, Result};
use crate::input::{Results, Spread};
use crate::named::named_cell;
use crate::stat::{BayesConfig, Sample, Untestable, bayes_correlated_t, bayes_signed_rank, differences};
use crate::table::table_row;

/// With fewer tasks the posterior is the prior's and one sign's.
const LEAST_TASKS: usize = 3;

/// Methods of [`bayes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BayesMethod {
    /// Signed ranks of the tasks' mean differences (Benavoli et al. 2014).
    SignedRank,
    /// Student's t on the differences of paired runs, task by task (Corani & Benavoli 2015).
    CorrelatedT,
}
named_cell!(BayesMethod, "method", SignedRank => "signed-rank", CorrelatedT => "correlated-t");

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct BayesPlan {
    /// Which pairs.
    pub pairs: Pairs,
    /// Method.
    pub method: BayesMethod,
    /// Differences in [-rope, rope] do not matter; a fraction.
    pub rope: f64,
    /// Correlation of two runs' differences: 0 for seeds on a fixed split.
    pub rho: f64,
    /// For the signed ranks.
    pub draws: Draws,
}

/// One pair. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct BayesRow {
    /// The model that is judged.
    pub model_a: String,
    /// The baseline.
    pub model_b: String,
    /// P(diff < -rope): `model_b` is better.
    pub p_left: Option<f64>,
    /// P(-rope <= diff <= rope): practically equal.
    pub p_rope: Option<f64>,
    /// P(rope < diff): `model_a` is better.
    pub p_right: Option<f64>,
    /// Largest Monte-Carlo standard error of the three; `None` for a closed form.
    pub mc_error: Option<f64>,
    /// The task; "all" for signed ranks over tasks.
    pub task: String,
    /// Mean difference `model_a - model_b`.
    pub diff: Option<f64>,
    /// Differences: tasks, or pairs of runs.
    pub n: Option<i64>,
    /// Method.
    pub method: BayesMethod,
    /// Half-width of the region of practical equivalence.
    pub rope: f64,
    /// Why a number is missing.
    pub reason: Option<String>,
}

table_row!(BayesRow, "bayes", sort [TASK, MODEL_A, MODEL_B],
    model_a: String => MODEL_A, model_b: String => MODEL_B, p_left: Option<f64> => P_LEFT, p_rope: Option<f64> => P_ROPE,
    p_right: Option<f64> => P_RIGHT, mc_error: Option<f64> => MC_ERROR, task: String => TASK,
    diff: Option<f64> => DIFF, n: Option<i64> => N, method: BayesMethod => METHOD, rope: f64 => ROPE,
    reason: Option<String> => REASON);

/// Probabilities for every pair, sorted by task, model_a, model_b; `diff` is `model_a - model_b`, so right of the region is
/// better for `model_a`.
///
/// # Errors
/// When rope or rho is out of range, the baseline is no model, or the best is asked for over several tasks.
pub fn bayes(results: &Results, grid: &Grid, plan: &BayesPlan) -> Result<Vec<BayesRow>> {
    if !(0.0..1.0).contains(&plan.rope) {
        return Err(Error::argument(format!(
            "rope is {}; expected a fraction of 0 or more, such as 0.01",
            plan.rope
        )));
    }
    if !(0.0..1.0).contains(&plan.rho) {
        return Err(Error::argument(format!("rho is {}; expected a correlation in [0, 1)", plan.rho)));
    }
    let mut rows = Vec::new();
    match plan.method {
        BayesMethod::SignedRank => {
            let means = grid.means();
            for (a, b) in pairs(grid, plan, None)? {
                let (of_a, of_b): (Vec<f64>, Vec<f64>) =
                    means.iter().filter_map(|row| row[a].zip(row[b])).unzip();
                let differences = differences(&of_a, &of_b).unwrap_or_default();
                rows.push(signed_rank(&grid.models[a], &grid.models[b], &differences, plan));
            }
        }
        BayesMethod::CorrelatedT => {
            for task in 0..grid.tasks.len() {
                for (a, b) in pairs(grid, plan, Some(task))? {
                    rows.push(correlated(results, &grid.tasks[task], &grid.models[a], &grid.models[b], plan));
                }
            }
        }
    }
    rows.sort_by(|x, y| (&x.task, &x.model_a, &x.model_b).cmp(&(&y.task, &y.model_a, &y.model_b)));
    Ok(rows)
}

/// The pairs over all tasks, or of those models that are on one.
fn pairs(grid: &Grid, plan: &BayesPlan, task: Option<usize>) -> Result<Vec<(usize, usize)>> {
    if let Pairs::Baseline(name) = &plan.pairs {
        grid.model(name)?;
    }
    let Some(task) = task else {
        if plan.pairs == Pairs::AgainstBest {
            return Err(Error::argument(
                "over all tasks there is no one best model: name a baseline, or compare all pairs",
            ));
        }
        let models: Vec<&str> = grid.models.iter().map(String::as_str).collect();
        return Ok(plan.pairs.among(&models, |_| None));
    };
    let means = &grid.means()[task];
    let there: Vec<usize> = (0..means.len()).filter(|model| means[*model].is_some()).collect();
    let models: Vec<&str> = there.iter().map(|model| grid.models[*model].as_str()).collect();
    let pairs = plan.pairs.among(&models, |place| means[there[place]]);
    Ok(pairs.into_iter().map(|(a, b)| (there[a], there[b])).collect())
}

fn empty(model_a: &str, model_b: &str, task: &str, differences: &[f64], plan: &BayesPlan) -> BayesRow {
    BayesRow {
        model_a: model_a.to_owned(),
        model_b: model_b.to_owned(),
        p_left: None,
        p_rope: None,
        p_right: None,
        mc_error: None,
        task: task.to_owned(),
        diff: Sample::from_values(differences).mean,
        n: i64::try_from(differences.len()).ok(),
        method: plan.method,
        rope: plan.rope,
        reason: None,
    }
}

fn signed_rank(model_a: &str, model_b: &str, differences: &[f64], plan: &BayesPlan) -> BayesRow {
    let config = BayesConfig {
        rope: plan.rope,
        prior_strength: 0.5,
        draws: usize::try_from(plan.draws.reps).unwrap_or(usize::MAX),
        seed: plan.draws.seed,
    };
    let row = empty(model_a, model_b, "all", differences, plan);
    if differences.len() < LEAST_TASKS {
        let reason = format!(
            "{} tasks that both are on; what holds over tasks cannot be told from fewer than {LEAST_TASKS}",
            differences.len()
        );
        return BayesRow { reason: Some(reason), ..row };
    }
    match bayes_signed_rank(differences, &config) {
        Ok(found) => {
            let (p, error) = (found.probability, found.standard_error);
            BayesRow {
                p_left: Some(p.left),
                p_rope: Some(p.rope),
                p_right: Some(p.right),
                mc_error: Some(error.left.max(error.rope).max(error.right)),
                ..row
            }
        }
        Err(why) => BayesRow { reason: Some(why.explain(model_a, model_b)), ..row },
    }
}

fn correlated(results: &Results, task: &str, model_a: &str, model_b: &str, plan: &BayesPlan) -> BayesRow {
    let spread = |model: &str| -> Option<&Spread> {
        results
            .groups
            .iter()
            .find(|group| group.task == task && group.model == model)
            .map(|group| &group.spread)
    };
    let paired = match (spread(model_a), spread(model_b)) {
        (Some(a), Some(b)) => super::compare::pair(a, b).and_then(|pairs| differences(&pairs.a, &pairs.b)),
        _ => Err(Untestable::NoBaseline),
    };
    let found = paired.and_then(|differences| {
        let posterior = bayes_correlated_t(&differences, plan.rope, plan.rho)?;
        Ok((differences, posterior))
    });
    match found {
        Ok((differences, posterior)) => BayesRow {
            p_left: Some(posterior.probability.left),
            p_rope: Some(posterior.probability.rope),
            p_right: Some(posterior.probability.right),
            ..empty(model_a, model_b, task, &differences, plan)
        },
        Err(why) => BayesRow {
            reason: Some(why.explain(model_a, model_b)),
            ..empty(model_a, model_b, task, &[], plan)
        },
    }
}
