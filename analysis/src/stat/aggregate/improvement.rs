//! How probable is it that a run of one model beats a run of another?
//!
//! Comes in: scores and pairs of models. Goes out: P(X > Y) + ½ P(X = Y), averaged over tasks, with its interval and each
//! task's own. Says nothing of how much better.

use super::resample::{Cells, Lanes, replicate};
use super::{AggregateConfig, Holes, Scores, check};
use crate::stat::bootstrap::percentile;
use crate::stat::interval::Interval;
use crate::stat::reason::Untestable;

/// Probabilities of improvement of some pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Improvements {
    /// How they were asked for.
    pub config: AggregateConfig,
    /// The pairs, in the order asked for.
    pub pairs: Vec<Improvement>,
}

/// One pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Improvement {
    /// Index of the model that is to be better.
    pub a: usize,
    /// Index of the model that is to be worse.
    pub b: usize,
    /// The probability, or why there is none.
    pub result: Result<Improved, Untestable>,
}

/// The probability of one pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Improved {
    /// Mean over tasks of P(X > Y) + ½ P(X = Y), in [0, 1]; above ½ when a is better.
    pub estimate: f64,
    /// Index and probability of each task. Tasks at 0 and at 1 average out: look here before you believe `estimate`.
    pub by_task: Vec<(usize, f64)>,
    /// The 1 - alpha percentile interval over the runs, or why there is none.
    pub interval: Result<Interval, Untestable>,
}

/// P(X > Y) + ½ P(X = Y) of a run X of model a and Y of model b, the Mann-Whitney statistic over n_a n_b (Mann & Whitney
/// 1947; Vargha & Delaney 2000), averaged over tasks (Agarwal et al. 2021), for each pair (a, b) of `pairs`. No normalization
/// of [`super::Normalization`] changes it.
///
/// Each model's runs are drawn once a resample and serve all its pairs. Under [`Holes::CommonTasks`] a pair is compared over
/// the tasks common to these two.
///
/// # Errors
/// When the configuration is not valid. A pair that cannot be compared has the reason in its place.
///
/// # Example
/// ```
/// use analysis::stat::{AggregateConfig, Holes, Scores, probability_of_improvement};
///
/// let scores = Scores::new(vec![vec![vec![0.80, 0.83, 0.84]], vec![vec![0.80, 0.81, 0.82]]]).unwrap();
/// let config = AggregateConfig { holes: Holes::Refuse, reps: 500, seed: 1, alpha: 0.05 };
/// let found = probability_of_improvement(&scores, &[(0, 1)], &config).unwrap();
/// // 6 of 9 pairs of runs are won, and one is a tie.
/// assert!((found.pairs[0].result.as_ref().unwrap().estimate - 6.5 / 9.0).abs() < 1e-12);
/// ```
pub fn probability_of_improvement(
    scores: &Scores,
    pairs: &[(usize, usize)],
    config: &AggregateConfig,
) -> Result<Improvements, Untestable> {
    check(config)?;
    let cells = Cells::of(scores);
    let duels: Vec<Result<Duel, Untestable>> = pairs
        .iter()
        .map(|(a, b)| Ok(Duel::of(&cells, *a, *b, &shared_tasks(scores, *a, *b, config.holes)?)))
        .collect();
    let possible: Vec<&Duel> = duels.iter().flatten().collect();
    let replicates = replicate(&cells, config, possible.len(), |weights, results| {
        let sums = cells.sums(weights);
        for (result, duel) in results.iter_mut().zip(&possible) {
            *result = duel.share_won(weights, &sums);
        }
    });
    let weights = cells.everything();
    let sums = cells.sums(&weights);
    let mut found = possible.iter().zip(replicates).map(|(duel, mut replicates)| Improved {
        estimate: duel.share_won(&weights, &sums)[0],
        by_task: duel.bouts.iter().map(|bout| (bout.task, bout.share_won(&weights, &sums)[0])).collect(),
        interval: percentile(&mut replicates, config.alpha),
    });
    let pairs = pairs
        .iter()
        .zip(&duels)
        .map(|((a, b), duel)| Improvement {
            a: *a,
            b: *b,
            result: duel
                .as_ref()
                .map(|_| found.next().expect("there is one result for each possible pair"))
                .map_err(Clone::clone),
        })
        .collect();
    Ok(Improvements { config: *config, pairs })
}

fn shared_tasks(scores: &Scores, a: usize, b: usize, holes: Holes) -> Result<Vec<usize>, Untestable> {
    let n_models = scores.n_models();
    if n_models <= a || n_models <= b {
        return Err(Untestable::Because(format!("no models {a} and {b} among {n_models}")));
    }
    let both = |task: &usize| !scores.runs(a, *task).is_empty() && !scores.runs(b, *task).is_empty();
    let tasks: Vec<usize> = match holes {
        Holes::Refuse => scores.tasks(holes),
        Holes::CommonTasks => (0..scores.n_tasks()).filter(both).collect(),
    };
    scores.usable(a, &tasks)?;
    scores.usable(b, &tasks)?;
    Ok(tasks)
}

/// Two models on their common tasks.
#[derive(Debug)]
struct Duel {
    bouts: Vec<Bout>,
}

/// Two models on one task.
#[derive(Debug)]
struct Bout {
    task: usize,
    /// Row of the weights of a's first run.
    row: usize,
    /// For each run of a: rows of the sums of weights of b's runs below it, and of those not above it.
    beaten: Vec<(usize, usize)>,
    /// 1 / (2 n_a n_b).
    unit: f64,
}

impl Duel {
    fn of(cells: &Cells, a: usize, b: usize, tasks: &[usize]) -> Self {
        let bout = |task: &usize| {
            let (ours, theirs) = (cells.runs(a, *task), cells.runs(b, *task));
            let first = cells.sums_row(b, *task);
            let beaten = ours.iter().map(|score| {
                let below = theirs.partition_point(|other| other < score);
                let up_to = theirs.partition_point(|other| other <= score);
                (first + below, first + up_to)
            });
            Bout {
                task: *task,
                row: cells.row(a, *task),
                beaten: beaten.collect(),
                unit: 0.5 / (ours.len() as f64 * theirs.len() as f64),
            }
        };
        Self { bouts: tasks.iter().map(bout).collect() }
    }

    /// Mean over tasks, for each resample.
    fn share_won(&self, weights: &[Lanes], sums: &[Lanes]) -> Lanes {
        let mut total = [0.0; _];
        for bout in &self.bouts {
            for (total, share) in total.iter_mut().zip(bout.share_won(weights, sums)) {
                *total += share;
            }
        }
        total.map(|total| total / self.bouts.len() as f64)
    }
}

impl Bout {
    /// Wins and half the ties over all pairs of runs, for each resample: the counts are whole numbers, summed exactly.
    fn share_won(&self, weights: &[Lanes], sums: &[Lanes]) -> Lanes {
        let mut won = [0.0; _];
        let rows = &weights[self.row..self.row + self.beaten.len()];
        for (row, (below, up_to)) in rows.iter().zip(&self.beaten) {
            let (below, up_to) = (&sums[*below], &sums[*up_to]);
            for (((won, weight), below), up_to) in won.iter_mut().zip(row).zip(below).zip(up_to) {
                *won += weight * (below + up_to);
            }
        }
        won.map(|won: f64| won * self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: AggregateConfig = AggregateConfig { holes: Holes::Refuse, reps: 100, seed: 1, alpha: 0.05 };

    #[test]
    fn tasks_that_average_out_are_told() {
        let scores = Scores::new(vec![
            vec![vec![0.9, 0.8], vec![0.1, 0.2]],
            vec![vec![0.7, 0.6], vec![0.5, 0.6]],
            vec![vec![0.7, 0.6], vec![]],
        ])
        .unwrap();
        let found = probability_of_improvement(&scores, &[(0, 1), (0, 2), (1, 1), (0, 9)], &CONFIG).unwrap();
        let first = found.pairs[0].result.as_ref().unwrap();
        assert_eq!((first.estimate, first.by_task.as_slice()), (0.5, [(0, 1.0), (1, 0.0)].as_slice()));
        // Every resample gives one half: no interval, and no false certainty.
        assert!(first.interval.is_err());
        assert!(found.pairs[1].result.is_err() && found.pairs[3].result.is_err());
        assert_eq!(found.pairs[2].result.as_ref().unwrap().estimate, 0.5);
        let config = AggregateConfig { holes: Holes::CommonTasks, ..CONFIG };
        let found = probability_of_improvement(&scores, &[(0, 2)], &config).unwrap();
        assert_eq!(found.pairs[0].result.as_ref().unwrap().by_task, [(0, 1.0)]);
    }
}
