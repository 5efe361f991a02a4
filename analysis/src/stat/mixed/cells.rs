//! The cells task × model of a mixed model: its sufficient statistics.
//!
//! Comes in: observations in any order. Goes out: [`Cells`], checked so that a fit exists. Estimates nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Observation;
use super::matrix::Matrix;
use crate::stat::reason::Untestable;
use crate::stat::sample::Sample;

/// One model on one task.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// Place of the model in [`Cells::models`].
    pub(super) model: usize,
    /// Number of seeds.
    pub(super) n: f64,
    /// Their mean, less [`Cells::offset`], over [`Cells::unit`].
    pub(super) mean: f64,
}

/// Cell means and the sum of squares within cells carry all that normal data tell about the model.
#[derive(Debug)]
pub(super) struct Cells {
    /// Cells by task, each ascending by model.
    pub(super) tasks: Vec<Vec<Cell>>,
    /// Models in ascending order, as the observations number them.
    pub(super) models: Vec<usize>,
    pub(super) n_tasks: usize,
    /// Number of observations.
    pub(super) n_obs: f64,
    /// Degrees of freedom within cells.
    pub(super) df_within: f64,
    /// Sum of squares within cells, in squares of the unit.
    pub(super) ss_within: f64,
    /// True when there are cells of several seeds and none of them varies: cells then count as one value each.
    pub(super) seeds_are_equal: bool,
    /// What was subtracted from all values.
    pub(super) offset: f64,
    /// What they were divided by then: a power of two, which rounds nothing.
    pub(super) unit: f64,
}

impl Cells {
    pub(super) fn collect(observations: &[Observation]) -> Result<Self, Untestable> {
        if observations.iter().any(|row| !row.value.is_finite()) {
            return Err(Untestable::NotFinite);
        }
        let mut by_task: BTreeMap<usize, BTreeMap<usize, Vec<f64>>> = BTreeMap::new();
        for row in observations {
            by_task.entry(row.task).or_default().entry(row.model).or_default().push(row.value);
        }
        let models: Vec<usize> =
            BTreeSet::from_iter(observations.iter().map(|row| row.model)).into_iter().collect();
        if by_task.len() < 2 {
            return because(format!("a mixed model needs two tasks; there are {}", by_task.len()));
        }
        if models.len() < 2 {
            return because(format!("a mixed model needs two models; there are {}", models.len()));
        }
        let (offset, unit) = offset_and_unit(by_task.values().flat_map(BTreeMap::values).flatten())?;
        let mut cells = Self {
            n_tasks: by_task.len(),
            tasks: vec![],
            models,
            n_obs: observations.len() as f64,
            df_within: 0.0,
            ss_within: 0.0,
            seeds_are_equal: false,
            offset,
            unit,
        };
        cells.fill(by_task);
        cells.check()?;
        Ok(cells)
    }

    fn fill(&mut self, by_task: BTreeMap<usize, BTreeMap<usize, Vec<f64>>>) {
        for task in by_task.into_values() {
            let mut row = Vec::new();
            for (model, mut values) in task {
                // Sorted, so that the order of the observations does not touch the last digit.
                values.sort_by(f64::total_cmp);
                let n = values.len() as f64;
                let scaled: Vec<f64> = values.iter().map(|value| (value - self.offset) / self.unit).collect();
                let sample = Sample::from_values(&scaled);
                let spread = sample.sd.filter(|sd| *sd > self.rounding()).unwrap_or(0.0);
                self.df_within += n - 1.0;
                self.ss_within += (n - 1.0) * spread * spread;
                let place = self.models.binary_search(&model).unwrap_or(0);
                row.push(Cell { model: place, n, mean: sample.mean.unwrap_or(0.0) });
            }
            self.tasks.push(row);
        }
        self.seeds_are_equal = self.df_within > 0.0 && self.ss_within <= 0.0;
        if self.seeds_are_equal {
            self.df_within = 0.0;
            self.tasks.iter_mut().flatten().for_each(|cell| cell.n = 1.0);
            self.n_obs = self.n_cells() as f64;
        }
    }

    fn check(&self) -> Result<(), Untestable> {
        if !self.is_connected() {
            return because(
                "the models fall into groups that share no task: they cannot be compared".to_owned(),
            );
        }
        let needed = self.models.len() + self.n_tasks;
        if self.n_cells() < needed {
            return because(format!(
                "{} cells of {} models and {} tasks tell nothing about task:model; {needed} would",
                self.n_cells(),
                self.models.len(),
                self.n_tasks
            ));
        }
        let rounding = self.rounding();
        if self.is_merged() && self.additive_rest() <= rounding * rounding * self.n_cells() as f64 {
            return Err(Untestable::ZeroVariance);
        }
        Ok(())
    }

    /// What rounding alone may make of equal values, in units: R's rule for constant data.
    fn rounding(&self) -> f64 {
        10.0 * f64::EPSILON * (self.offset / self.unit).abs().max(1.0)
    }

    pub(super) fn n_cells(&self) -> usize {
        self.tasks.iter().map(Vec::len).sum()
    }

    /// True with one seed in every cell: task:model is not separable from the residual.
    pub(super) fn is_merged(&self) -> bool {
        self.df_within <= 0.0
    }

    /// The number of seeds a cell, if no cell is missing and all have the same number.
    pub(super) fn balanced_seeds(&self) -> Option<f64> {
        let first = self.tasks.first()?.first()?.n;
        let complete = self.tasks.iter().all(|task| task.len() == self.models.len());
        (complete && self.tasks.iter().flatten().all(|cell| cell.n.total_cmp(&first).is_eq()))
            .then_some(first)
    }

    fn is_connected(&self) -> bool {
        let mut reached = BTreeSet::from([0]);
        loop {
            let before = reached.len();
            for task in &self.tasks {
                if task.iter().any(|cell| reached.contains(&cell.model)) {
                    reached.extend(task.iter().map(|cell| cell.model));
                }
            }
            if reached.len() == before {
                return before == self.models.len();
            }
        }
    }

    /// Sum of squares of the cell means about models plus tasks, by least squares; the first model is the reference.
    fn additive_rest(&self) -> f64 {
        let n_effects = self.models.len() - 1;
        let (mut normal, mut right, mut total) = (Matrix::zero(n_effects), vec![0.0; n_effects], 0.0);
        for task in &self.tasks {
            let share = 1.0 / task.len() as f64;
            let mean = task.iter().map(|cell| cell.mean).sum::<f64>() * share;
            for a in task {
                total += (a.mean - mean).powi(2);
                let Some(row) = a.model.checked_sub(1) else { continue };
                right[row] += a.mean - mean;
                normal.add(row, row, 1.0);
                for b in task.iter().filter(|cell| cell.model > 0) {
                    normal.add(row, b.model - 1, -share);
                }
            }
        }
        let Some((inverse, _)) = normal.inverse() else { return total };
        let effects = inverse.apply(&right);
        let effect = |cell: &Cell| cell.model.checked_sub(1).map_or(0.0, |at| effects[at]);
        let rest = |task: &Vec<Cell>| {
            let mean = task.iter().map(|cell| cell.mean - effect(cell)).sum::<f64>() / task.len() as f64;
            task.iter().map(|cell| (cell.mean - effect(cell) - mean).powi(2)).sum::<f64>()
        };
        self.tasks.iter().map(rest).sum()
    }
}

/// The mean, and the power of two next to the largest distance from it.
fn offset_and_unit<'a>(values: impl Iterator<Item = &'a f64>) -> Result<(f64, f64), Untestable> {
    let mut sorted: Vec<f64> = values.copied().collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else {
        return Err(Untestable::ZeroVariance);
    };
    // The middle of the range: exact under a change of sign, and no sum can overflow on the way.
    let offset = 0.5 * low + 0.5 * high;
    let reach = high - offset;
    if reach <= 10.0 * f64::EPSILON * offset.abs() {
        return Err(Untestable::ZeroVariance);
    }
    let unit = reach.log2().floor().exp2();
    if unit.is_finite() && (unit * unit).is_normal() {
        Ok((offset, unit))
    } else {
        because("the values are too large or too small to be squared".to_owned())
    }
}

fn because<T>(reason: String) -> Result<T, Untestable> {
    Err(Untestable::Because(reason))
}
