//! The statistics that put tasks together.
//!
//! Comes in: one model's runs and how often each was drawn. Goes out: a number for each resample. Draws nothing.

use super::resample::{Cells, Lanes};

/// How scores of many tasks become one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// Mean of the tasks' means: every task counts the same, whatever its number of runs.
    Mean,
    /// Median of the tasks' means; the mean of the middle two where their number is even.
    Median,
    /// Interquartile mean: the mean of all runs of all tasks together without the ⌊n/4⌋ lowest and the ⌊n/4⌋ highest, as
    /// `scipy.stats.trim_mean(runs, 0.25)` and rliable. Every run counts the same: a task with more runs weighs more.
    Iqm,
    /// Mean over tasks of the tasks' means of γ - min(score, γ): by how much γ is missed. Lower is better.
    OptimalityGap {
        /// The score to reach: 1 for an AUC or Dice score.
        gamma: f64,
    },
}

impl Statistic {
    /// The name in tables.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Iqm => "iqm",
            Self::OptimalityGap { .. } => "optimality_gap",
        }
    }

    /// True when a higher number is the better one.
    pub fn higher_is_better(&self) -> bool {
        !matches!(self, Self::OptimalityGap { .. })
    }

    pub(super) fn gamma(&self) -> Option<f64> {
        match self {
            Self::OptimalityGap { gamma } => Some(*gamma),
            Self::Mean | Self::Median | Self::Iqm => None,
        }
    }

    /// The statistic of each resample.
    pub(super) fn of(&self, runs: &TaskRuns, weights: &[Lanes]) -> Lanes {
        match self {
            Self::Mean => mean(&runs.task_means(weights, |score| score)),
            Self::Median => median(&runs.task_means(weights, |score| score)),
            Self::Iqm => runs.interquartile_mean(weights),
            Self::OptimalityGap { gamma } => {
                mean(&runs.task_means(weights, |score| gamma - score.min(*gamma)))
            }
        }
    }
}

/// One model's runs: task by task, and all in order.
#[derive(Debug)]
pub(super) struct TaskRuns {
    /// `by_task[task]`: row of the weights and score of each run.
    by_task: Vec<Vec<(usize, f64)>>,
    /// The same of all tasks, scores ascending.
    pooled: Vec<(usize, f64)>,
}

impl TaskRuns {
    pub(super) fn of(cells: &Cells, model: usize, tasks: &[usize]) -> Self {
        let of_task = |task: &usize| {
            let first = cells.row(model, *task);
            cells.runs(model, *task).iter().enumerate().map(|(idx, score)| (first + idx, *score)).collect()
        };
        let by_task: Vec<Vec<(usize, f64)>> = tasks.iter().map(of_task).collect();
        let mut pooled = by_task.concat();
        pooled.sort_by(|a, b| a.1.total_cmp(&b.1));
        Self { by_task, pooled }
    }

    fn task_means(&self, weights: &[Lanes], value: impl Fn(f64) -> f64) -> Vec<Lanes> {
        let mean_of = |runs: &Vec<(usize, f64)>| {
            let mut sum = [0.0; _];
            for (row, score) in runs {
                add(&mut sum, &weights[*row], value(*score));
            }
            sum.map(|sum| sum / runs.len() as f64)
        };
        self.by_task.iter().map(mean_of).collect()
    }

    /// Runs in order, as often as drawn, from place ⌊n/4⌋ to n - ⌊n/4⌋.
    fn interquartile_mean(&self, weights: &[Lanes]) -> Lanes {
        let cut = self.pooled.len() / 4;
        let (first, end) = (cut as f64, (self.pooled.len() - cut) as f64);
        let within = |place: f64| {
            let place = if place < first { first } else { place };
            if place < end { place } else { end }
        };
        let (mut seen, mut sum): (Lanes, Lanes) = ([0.0; _], [0.0; _]);
        for (row, score) in &self.pooled {
            for ((seen, sum), weight) in seen.iter_mut().zip(&mut sum).zip(&weights[*row]) {
                let next = *seen + weight;
                *sum += (within(next) - within(*seen)) * score;
                *seen = next;
            }
        }
        sum.map(|sum| sum / (end - first))
    }
}

fn add(sum: &mut Lanes, weights: &Lanes, score: f64) {
    for (sum, weight) in sum.iter_mut().zip(weights) {
        *sum += weight * score;
    }
}

fn mean(of_tasks: &[Lanes]) -> Lanes {
    let mut sum = [0.0; _];
    for task in of_tasks {
        add(&mut sum, task, 1.0);
    }
    sum.map(|sum| sum / of_tasks.len() as f64)
}

fn median(of_tasks: &[Lanes]) -> Lanes {
    let half = of_tasks.len() / 2;
    let mut means = vec![0.0; of_tasks.len()];
    std::array::from_fn(|lane| {
        for (mean, task) in means.iter_mut().zip(of_tasks) {
            *mean = task[lane];
        }
        means.sort_unstable_by(f64::total_cmp);
        if means.len() % 2 == 1 { means[half] } else { 0.5 * (means[half - 1] + means[half]) }
    })
}
