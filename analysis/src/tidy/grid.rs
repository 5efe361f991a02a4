//! Models by tasks: what methods over many tasks need, without holes.
//!
//! Comes in: results. Goes out: a [`Grid`] and sentences about what was left out. Tests nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result, listed};
use crate::input::{Group, Results, Spread};
use crate::stat::snap;

/// What is left out where a model has no result on a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveOut {
    /// The task, for all models.
    Tasks,
    /// The model, on all tasks.
    Models,
    /// Nothing: cells stay empty.
    Nothing,
}

/// Values by task and model.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Tasks, sorted.
    pub tasks: Vec<String>,
    /// Models, sorted.
    pub models: Vec<String>,
    /// `cells[task][model]`: the values of the runs, or the one mean of a summary; empty for a hole.
    pub cells: Vec<Vec<Vec<f64>>>,
    /// True when a cell holds a printed mean: it stands for runs that are not known.
    pub has_summaries: bool,
    /// What was left out and why, sentence by sentence.
    pub left_out: Vec<String>,
}

impl Grid {
    /// Builds the grid.
    ///
    /// # Errors
    /// When a task has several metrics: nobody can rank or average over both.
    pub fn new(results: &Results, leave_out: LeaveOut) -> Result<Self> {
        let metrics = metrics(results);
        if let Some((task, found)) = metrics.iter().find(|(_, found)| found.len() > 1) {
            let found: Vec<&str> = found.iter().copied().collect();
            // One a task: the first by name of each.
            let firsts: BTreeSet<&str> =
                metrics.values().filter_map(|found| found.first().copied()).collect();
            return Err(Error::argument(format!(
                "task '{task}' has several metrics ({}); choose one a task with --metric, such as --metric {}",
                listed(&found),
                firsts.into_iter().collect::<Vec<&str>>().join(",")
            )));
        }
        let models: BTreeSet<&str> = results.groups.iter().map(|group| group.model.as_str()).collect();
        let models: Vec<String> = models.into_iter().map(str::to_owned).collect();
        let tasks: Vec<String> = metrics.keys().map(|task| (*task).to_owned()).collect();
        let mut grid = Self {
            cells: vec![vec![Vec::new(); models.len()]; tasks.len()],
            tasks,
            models,
            has_summaries: false,
            left_out: Vec::new(),
        };
        for group in &results.groups {
            grid.fill(group);
        }
        match leave_out {
            LeaveOut::Tasks => grid.leave_tasks(),
            LeaveOut::Models => grid.leave_models(),
            LeaveOut::Nothing => {}
        }
        Ok(grid)
    }

    fn fill(&mut self, group: &Group) {
        let (Ok(task), Ok(model)) =
            (self.tasks.binary_search(&group.task), self.models.binary_search(&group.model))
        else {
            return;
        };
        let cell = &mut self.cells[task][model];
        match &group.spread {
            Spread::Values { values, .. } => cell.extend(values.iter().filter(|value| value.is_finite())),
            Spread::Summary { mean, .. } => {
                cell.push(*mean);
                self.has_summaries = true;
            }
        }
    }

    fn leave_tasks(&mut self) {
        let whole = |row: &Vec<Vec<f64>>| row.iter().all(|cell| !cell.is_empty());
        let keep: Vec<bool> = self.cells.iter().map(whole).collect();
        for (task, row) in self.cells.iter().enumerate().filter(|(task, _)| !keep[*task]) {
            let holes: Vec<&str> = (row.iter().zip(&self.models))
                .filter(|(cell, _)| cell.is_empty())
                .map(|(_, model)| model.as_str())
                .collect();
            self.left_out.push(format!(
                "task '{}' is left out: no result of {}",
                self.tasks[task],
                listed(&holes)
            ));
        }
        let mut keeps = keep.iter();
        self.tasks.retain(|_| *keeps.next().unwrap_or(&false));
        let mut keeps = keep.iter();
        self.cells.retain(|_| *keeps.next().unwrap_or(&false));
    }

    fn leave_models(&mut self) {
        let holes: Vec<Vec<&str>> = (0..self.models.len())
            .map(|model| {
                (self.cells.iter().zip(&self.tasks))
                    .filter(|(row, _)| row[model].is_empty())
                    .map(|(_, task)| task.as_str())
                    .collect()
            })
            .collect();
        let told: Vec<String> = (holes.iter().zip(&self.models))
            .filter(|(holes, _)| !holes.is_empty())
            .map(|(holes, model)| format!("model '{model}' is left out: no result on {}", listed(holes)))
            .collect();
        let keep: Vec<bool> = holes.iter().map(Vec::is_empty).collect();
        self.left_out.extend(told);
        for row in &mut self.cells {
            let mut keeps = keep.iter();
            row.retain(|_| *keeps.next().unwrap_or(&false));
        }
        let mut keeps = keep.iter();
        self.models.retain(|_| *keeps.next().unwrap_or(&false));
    }

    /// `means[task][model]`; `None` for a hole. Means of a task that differ by no more than rounding are equal: (0.3 + 0.6)/2
    /// and (0.4 + 0.5)/2 are a tie.
    pub fn means(&self) -> Vec<Vec<Option<f64>>> {
        let mean = |cell: &Vec<f64>| crate::stat::Sample::from_values(cell).mean;
        self.cells
            .iter()
            .map(|row| {
                let means: Vec<Option<f64>> = row.iter().map(mean).collect();
                let mut tied = snap(&means.iter().flatten().copied().collect::<Vec<f64>>()).into_iter();
                means.iter().map(|mean| mean.and_then(|_| tied.next())).collect()
            })
            .collect()
    }

    /// The cells with values of a task that differ by no more than rounding made equal.
    pub fn tied_cells(&self) -> Vec<Vec<Vec<f64>>> {
        self.cells
            .iter()
            .map(|row| {
                let mut tied = snap(&row.concat()).into_iter();
                row.iter().map(|cell| tied.by_ref().take(cell.len()).collect()).collect()
            })
            .collect()
    }

    /// The number of a model.
    ///
    /// # Errors
    /// When there is none of that name, or it was left out.
    pub fn model(&self, name: &str) -> Result<usize> {
        self.models.iter().position(|model| model == name).ok_or_else(|| {
            let found: Vec<&str> = self.models.iter().map(String::as_str).collect();
            let left = self.left_out.iter().find(|told| told.contains(&format!("'{name}'")));
            let why = left.map_or(String::new(), |told| format!(" ({told})"));
            Error::argument(format!(
                "no model '{name}' to be the baseline{why}; the models are {}",
                listed(&found)
            ))
        })
    }
}

fn metrics(results: &Results) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut metrics: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for group in &results.groups {
        metrics.entry(&group.task).or_default().insert(&group.metric);
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(cells: &[(&str, &str, &str, &[f64])]) -> Results {
        let group = |(task, metric, model, values): &(&str, &str, &str, &[f64])| Group {
            task: (*task).to_owned(),
            metric: (*metric).to_owned(),
            model: (*model).to_owned(),
            family: String::new(),
            pretrained_on: String::new(),
            spread: Spread::Values { seeds: vec![None; values.len()], values: values.to_vec(), n_missing: 0 },
        };
        Results { groups: cells.iter().map(group).collect(), ..Results::default() }
    }

    #[test]
    fn holes_take_their_task_or_their_model() {
        let results = results(&[
            ("1", "auc", "a", &[0.5, 0.7]),
            ("1", "auc", "b", &[0.6]),
            ("2", "dice", "a", &[0.8]),
            ("2", "dice", "b", &[]),
        ]);
        let by_task = Grid::new(&results, LeaveOut::Tasks).unwrap();
        assert_eq!((by_task.tasks.as_slice(), by_task.models.len()), (["1".to_owned()].as_slice(), 2));
        assert_eq!(by_task.means(), [[Some(0.6), Some(0.6)]]);
        assert_eq!(by_task.left_out, ["task '2' is left out: no result of b"]);
        let by_model = Grid::new(&results, LeaveOut::Models).unwrap();
        assert_eq!((by_model.tasks.len(), by_model.models.as_slice()), (2, ["a".to_owned()].as_slice()));
        assert_eq!(by_model.left_out, ["model 'b' is left out: no result on 2"]);
        assert_eq!(Grid::new(&results, LeaveOut::Nothing).unwrap().means()[1], [Some(0.8), None]);
        assert!(by_model.model("b").unwrap_err().to_string().contains("is left out"));
    }

    #[test]
    fn two_metrics_of_a_task_are_refused() {
        let results = results(&[("1", "auc", "a", &[0.5]), ("1", "f1", "a", &[0.6])]);
        assert!(Grid::new(&results, LeaveOut::Tasks).unwrap_err().to_string().contains("--metric auc"));
    }
}
