//! Scores of models on tasks, and what makes tasks comparable.
//!
//! Comes in: `scores[model][task]`, the values of the runs. Goes out: the same, checked and normalized. Resamples nothing.

use super::Holes;
use crate::stat::Sample;
use crate::stat::reason::Untestable;

/// What scores are shifted and divided by, task by task, before they are put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Normalization {
    /// Raw scores. Differences between tasks then outweigh those between models.
    None,
    /// (score - b) / (ceiling - b), b the baseline's mean on the task: 0 is the baseline, 1 perfect (as Agarwal et al. 2021
    /// normalize by random play and a human). The baseline itself has mean 0 on every task by construction.
    Baseline {
        /// Index of the model that is the baseline.
        baseline: usize,
        /// The best score possible: 1 for an AUC or Dice score.
        ceiling: f64,
    },
    /// (score - m) / s: m is the mean of the models' means on the task, each model counting once, and s the pooled standard
    /// deviation of the runs within models, √(ΣΣ(x - x̄)² / Σ(n - 1)). The unit is thus the spread of seeds, not of patients.
    PooledSd,
}

impl Normalization {
    /// The name in tables.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Baseline { .. } => "baseline",
            Self::PooledSd => "pooled-sd",
        }
    }
}

/// Scores of models on tasks, higher is better: a full grid whose cells hold any number of runs, none where a model was not
/// trained on a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// `runs[model][task][run]`, finite.
    runs: Vec<Vec<Vec<f64>>>,
    normalization: Normalization,
    /// Why a task could not be normalized; its cells are empty then.
    unscaled: Vec<Option<Untestable>>,
}

impl Scores {
    /// Scores from `runs[model][task]`, the values of the runs in any order.
    ///
    /// # Errors
    /// When there is no model or no task, models differ in the number of tasks, or a value is not finite.
    pub fn new(runs: Vec<Vec<Vec<f64>>>) -> Result<Self, Untestable> {
        let n_tasks = runs.first().map_or(0, Vec::len);
        if n_tasks == 0 {
            return Err(Untestable::Because("there is no model, or no task".to_owned()));
        }
        if let Some(other) = runs.iter().map(Vec::len).find(|count| *count != n_tasks) {
            return Err(Untestable::Because(format!(
                "one model has {n_tasks} tasks and another {other}; expected an empty list of runs where there is none"
            )));
        }
        if runs.iter().flatten().flatten().any(|score| !score.is_finite()) {
            return Err(Untestable::NotFinite);
        }
        Ok(Self { runs, normalization: Normalization::None, unscaled: vec![None; n_tasks] })
    }

    /// The scores shifted and divided, task by task. A task whose divisor is 0, or without the baseline, becomes a hole of
    /// every model, with a reason ([`Scores::unscaled`]).
    ///
    /// # Errors
    /// When the scores are normalized already, the baseline is not a model, or the ceiling is not finite.
    pub fn normalize(&self, by: Normalization) -> Result<Self, Untestable> {
        let because = |reason: String| Err(Untestable::Because(reason));
        if self.normalization != Normalization::None {
            return because(format!("the scores are normalized by {} already", self.normalization.as_str()));
        }
        if let Normalization::Baseline { baseline, ceiling } = by {
            if self.runs.len() <= baseline {
                return because(format!("no model {baseline} of {} to be the baseline", self.runs.len()));
            }
            if !ceiling.is_finite() {
                return because(format!("the ceiling is {ceiling}; expected a number"));
            }
        }
        let mut normalized = Self { normalization: by, ..self.clone() };
        for task in 0..self.n_tasks() {
            let scale = self.scale(task, by);
            for runs in normalized.runs.iter_mut().map(|tasks| &mut tasks[task]) {
                match &scale {
                    Ok((zero, unit)) => runs.iter_mut().for_each(|score| *score = (*score - zero) / unit),
                    Err(_) => runs.clear(),
                }
            }
            normalized.unscaled[task] = scale.err();
        }
        if normalized.runs.iter().flatten().flatten().any(|score| !score.is_finite()) {
            return Err(Untestable::NotFinite);
        }
        Ok(normalized)
    }

    /// Number of models, at least 1.
    pub fn n_models(&self) -> usize {
        self.runs.len()
    }

    /// Number of tasks, at least 1.
    pub fn n_tasks(&self) -> usize {
        self.unscaled.len()
    }

    /// The runs of `model` on `task`, normalized; empty for a hole, and outside the grid.
    pub fn runs(&self, model: usize, task: usize) -> &[f64] {
        self.runs.get(model).and_then(|tasks| tasks.get(task)).map_or(&[], Vec::as_slice)
    }

    /// What the scores were divided by.
    pub fn normalization(&self) -> Normalization {
        self.normalization
    }

    /// Why each task could not be normalized; `None` for those that could.
    pub fn unscaled(&self) -> &[Option<Untestable>] {
        &self.unscaled
    }

    /// The tasks to aggregate over.
    pub(super) fn tasks(&self, holes: Holes) -> Vec<usize> {
        let complete = |task: &usize| (0..self.n_models()).all(|model| !self.runs(model, *task).is_empty());
        match holes {
            Holes::Refuse => (0..self.n_tasks()).collect(),
            Holes::CommonTasks => (0..self.n_tasks()).filter(complete).collect(),
        }
    }

    /// Whether `model` has runs on all of `tasks`; if not, why it has no aggregate.
    pub(super) fn usable(&self, model: usize, tasks: &[usize]) -> Result<(), Untestable> {
        if tasks.is_empty() {
            return Err(Untestable::Because("no task on which every model has a run".to_owned()));
        }
        if let Some(reason) = tasks.iter().find_map(|task| self.unscaled[*task].as_ref()) {
            return Err(reason.clone());
        }
        match tasks.iter().filter(|task| self.runs(model, **task).is_empty()).count() {
            0 => Ok(()),
            missing => Err(Untestable::Because(format!(
                "structural hole: no run on {missing} of {} tasks",
                tasks.len()
            ))),
        }
    }

    /// True when all `models` have the same number of runs on all `tasks`.
    pub(super) fn is_balanced(&self, models: &[usize], tasks: &[usize]) -> bool {
        let mut counts =
            models.iter().flat_map(|model| tasks.iter().map(|task| self.runs(*model, *task).len()));
        counts.next().is_none_or(|first| counts.all(|count| count == first))
    }

    /// What is subtracted on a task, and what divides.
    fn scale(&self, task: usize, by: Normalization) -> Result<(f64, f64), Untestable> {
        match by {
            Normalization::None => Ok((0.0, 1.0)),
            Normalization::Baseline { baseline, ceiling } => self.baseline_scale(task, baseline, ceiling),
            Normalization::PooledSd => self.pooled_scale(task),
        }
    }

    fn baseline_scale(&self, task: usize, baseline: usize, ceiling: f64) -> Result<(f64, f64), Untestable> {
        /// A baseline this close to the ceiling, as a share of it, leaves nothing but rounding to divide by.
        const AT_THE_CEILING: f64 = 64.0 * f64::EPSILON;
        let number = task + 1;
        let mean = Sample::from_values(self.runs(baseline, task)).mean;
        let mean =
            mean.ok_or_else(|| Untestable::Because(format!("the baseline has no run on task {number}")))?;
        let room = ceiling - mean;
        if room <= AT_THE_CEILING * ceiling.abs().max(mean.abs()) {
            return Err(Untestable::Because(format!(
                "the baseline is at the ceiling on task {number}: {mean} of {ceiling}"
            )));
        }
        Ok((mean, room))
    }

    fn pooled_scale(&self, task: usize) -> Result<(f64, f64), Untestable> {
        let samples: Vec<(f64, f64, f64)> = (0..self.n_models())
            .filter_map(|model| {
                let runs = self.runs(model, task);
                let sample = Sample::from_values(runs);
                Some((runs.len() as f64, sample.mean?, sample.sd.unwrap_or(0.0)))
            })
            .collect();
        let number = task + 1;
        let unit = samples.iter().fold(0.0_f64, |most, sample| most.max(sample.2));
        if unit <= 0.0 {
            return Err(Untestable::Because(format!("no model varies over its runs on task {number}")));
        }
        let squares: f64 = samples.iter().map(|(n, _, sd)| (n - 1.0) * (sd / unit).powi(2)).sum();
        let df: f64 = samples.iter().map(|(n, _, _)| n - 1.0).sum();
        let mean = samples.iter().map(|sample| sample.1).sum::<f64>() / samples.len() as f64;
        Ok((mean, unit * (squares / df).sqrt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_models() -> Scores {
        Scores::new(vec![
            vec![vec![0.5, 0.7], vec![1.0, 1.0], vec![0.3], vec![]],
            vec![vec![0.8], vec![0.9, 0.8], vec![0.2], vec![0.5, 0.6]],
        ])
        .unwrap()
    }

    #[test]
    fn the_baseline_is_0_and_the_ceiling_1() {
        let scores = two_models().normalize(Normalization::Baseline { baseline: 0, ceiling: 1.0 }).unwrap();
        assert!((scores.runs(1, 0)[0] - 0.5).abs() < 1e-15);
        assert!((scores.runs(0, 0)[0] + 0.25).abs() < 1e-15);
        assert!(scores.runs(1, 1).is_empty());
        let reason = scores.unscaled()[1].as_ref().unwrap().explain("", "");
        assert_eq!(reason, "the baseline is at the ceiling on task 2: 1 of 1");
        assert_eq!(
            scores.unscaled()[3].as_ref().unwrap().explain("", ""),
            "the baseline has no run on task 4"
        );
        assert!(scores.usable(1, &[0, 1]).is_err());
        assert_eq!(scores.tasks(Holes::CommonTasks), [0, 2]);
        assert!(scores.normalize(Normalization::PooledSd).is_err());
    }

    #[test]
    fn pooled_sd_needs_spread() {
        let scores = two_models().normalize(Normalization::PooledSd).unwrap();
        // Task 2 of the file: sds 0 and .1/√2, one degree of freedom each.
        assert!((scores.runs(1, 1)[0] - (0.9 - 0.925) / 0.05).abs() < 1e-12);
        assert!(scores.unscaled()[2].is_some());
    }

    #[test]
    fn bad_grids_are_refused() {
        assert!(Scores::new(vec![]).is_err());
        assert!(Scores::new(vec![vec![]]).is_err());
        assert!(Scores::new(vec![vec![vec![]], vec![]]).is_err());
        assert_eq!(Scores::new(vec![vec![vec![f64::NAN]]]), Err(Untestable::NotFinite));
        let scores = two_models();
        assert!(scores.normalize(Normalization::Baseline { baseline: 2, ceiling: 1.0 }).is_err());
        assert!(scores.normalize(Normalization::Baseline { baseline: 0, ceiling: f64::NAN }).is_err());
        assert!(scores.runs(9, 9).is_empty());
    }
}
