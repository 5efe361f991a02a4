//! One label, or all labels, of one task: which cases two models share, and their scores there.
//!
//! Comes in: a book of cases and a choice of labels. Goes out: scores and truths for the formulas. Computes no AUC.

use super::AucConfig;
use crate::error::{Error, Result};
use crate::input::CaseBook;

/// The scores of a model, `[label][case]`: of its one run, or the mean over its runs.
pub(super) fn scores_of(book: &CaseBook, model: &str, ensemble: bool) -> Result<Vec<Vec<Option<f64>>>> {
    let runs = book.runs_of(model);
    match runs.as_slice() {
        [run] => Ok(run.scores.clone()),
        [] => Ok(Vec::new()),
        several if ensemble => {
            let mean = |label: usize, case: usize| -> Option<f64> {
                let all: Option<Vec<f64>> = several.iter().map(|run| run.scores[label][case]).collect();
                all.map(|all| all.iter().sum::<f64>() / all.len() as f64)
            };
            Ok((0..book.labels.len())
                .map(|label| (0..book.cases.len()).map(|case| mean(label, case)).collect())
                .collect())
        }
        several => Err(Error::argument(format!(
            "'{model}' has {} runs on '{}': one AUC with an interval over cases says nothing about another run; use \
             `analyze readers` (runs as readers), or choose one run with --of-seed, or --ensemble for the mean score",
            several.len(),
            book.task
        ))),
    }
}

/// A choice of labels of one task.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) book: &'a CaseBook,
    /// Model and its scores, `[label of the book][case]`.
    pub(super) models: &'a [(&'a str, Vec<Vec<Option<f64>>>)],
    pub(super) labels: Vec<usize>,
}

/// Scores, truths and patients of the cases whose truth is known.
pub(super) fn known(scores: &[f64], targets: &[Option<bool>], groups: Option<&[usize]>) -> Side {
    let cases: Vec<usize> = (0..targets.len()).filter(|case| targets[*case].is_some()).collect();
    Side {
        scores: cases.iter().map(|case| scores[*case]).collect(),
        targets: cases.iter().map(|case| targets[*case] == Some(true)).collect(),
        groups: groups.map(|groups| cases.iter().map(|case| groups[*case]).collect()),
    }
}

/// The cases of one model, those alone that it scored.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) scores: Vec<f64>,
    pub(super) targets: Vec<bool>,
    pub(super) groups: Option<Vec<usize>>,
}

impl View<'_> {
    pub(super) fn label(&self, is_macro: bool) -> String {
        if is_macro {
            return "macro".to_owned();
        }
        self.labels.first().map_or_else(String::new, |label| self.book.labels[*label].clone())
    }

    /// (judged, baseline) as numbers of models.
    pub(super) fn pairs(&self, config: &AucConfig) -> Vec<(usize, Option<usize>)> {
        let models: Vec<&str> = self.models.iter().map(|(model, _)| *model).collect();
        let auc = |model: usize| self.auc_of(model, &self.targets(&[model]));
        match &config.pairs {
            None => (0..models.len()).map(|a| (a, None)).collect(),
            Some(pairs) => pairs.among(&models, auc).into_iter().map(|(a, b)| (a, Some(b))).collect(),
        }
    }

    /// True when both models scored a case in common.
    pub(super) fn share_cases(&self, a: usize, b: usize) -> bool {
        self.labels.iter().any(|label| {
            let of = |model: usize| self.models[model].1[*label].iter();
            of(a).zip(of(b)).any(|(a, b)| a.is_some() && b.is_some())
        })
    }

    /// Truths, `[label][case]`; `None` where one of `models` has no score.
    pub(super) fn targets(&self, models: &[usize]) -> Vec<Vec<Option<bool>>> {
        let known = |label: usize, case: usize| {
            models
                .iter()
                .all(|model| self.models[*model].1[label][case].is_some())
                .then(|| self.book.targets[label][case])
                .flatten()
        };
        let cases = 0..self.book.cases.len();
        self.labels.iter().map(|label| cases.clone().map(|case| known(*label, case)).collect()).collect()
    }

    /// Scores, `[label][case]`; NaN where there is none, which [`View::targets`] leaves out.
    pub(super) fn scores(&self, model: usize) -> Vec<Vec<f64>> {
        let of = |label: &usize| {
            self.models[model].1[*label].iter().map(|score| score.unwrap_or(f64::NAN)).collect()
        };
        self.labels.iter().map(of).collect()
    }

    /// The patients, where a patient has several cases.
    pub(super) fn groups(&self) -> Option<&[usize]> {
        (self.book.n_groups < self.book.cases.len()).then_some(self.book.groups.as_slice())
    }

    pub(super) fn rated(&self, model: usize) -> Side {
        let (targets, scores) = (self.targets(&[model]), self.scores(model));
        match (scores.first(), targets.first()) {
            (Some(scores), Some(targets)) => known(scores, targets, self.groups()),
            _ => known(&[], &[], None),
        }
    }

    /// What the numbers leave out: cases without a score, labels without both classes.
    pub(super) fn left_out(&self, targets: &[Vec<Option<bool>>], models: &[usize]) -> Vec<String> {
        let mut told = Vec::new();
        let scored = |label: usize, case: usize| {
            models.iter().any(|model| self.models[*model].1[label][case].is_some())
        };
        let n_cases = (0..self.book.cases.len())
            .filter(|case| {
                self.labels.iter().zip(targets).any(|(label, targets)| {
                    targets[*case].is_none()
                        && (scored(*label, *case) || self.book.targets[*label][*case].is_some())
                })
            })
            .count();
        if n_cases > 0 {
            told.push(format!(
                "{n_cases} cases without a score of each model, or without a truth, are left out"
            ));
        }
        if self.labels.len() > 1 {
            let one_class = |targets: &&Vec<Option<bool>>| {
                !targets.contains(&Some(true)) || !targets.contains(&Some(false))
            };
            let gone: Vec<&str> = (self.labels.iter().zip(targets))
                .filter(|(_, targets)| one_class(targets))
                .map(|(label, _)| self.book.labels[*label].as_str())
                .collect();
            if !gone.is_empty() {
                told.push(format!("the mean leaves out {}: only one class is there", gone.join(", ")));
            }
        }
        told
    }

    /// Cases, positive cases (of any label) and patients that are counted.
    pub(super) fn counts(&self, targets: &[Vec<Option<bool>>]) -> [i64; 3] {
        let known = |case: usize| targets.iter().any(|label| label[case].is_some());
        let positive = |case: usize| targets.iter().any(|label| label[case] == Some(true));
        let cases: Vec<usize> = (0..self.book.cases.len()).filter(|case| known(*case)).collect();
        let mut patients: Vec<usize> = cases.iter().map(|case| self.book.groups[*case]).collect();
        patients.sort_unstable();
        patients.dedup();
        [cases.len(), cases.iter().filter(|case| positive(**case)).count(), patients.len()]
            .map(|count| i64::try_from(count).unwrap_or(i64::MAX))
    }
}
