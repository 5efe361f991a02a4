//! Several labels made ready: who is known where, and whose case it is.
//!
//! Comes in: [`Labels`] and scores. Goes out: components and influences of each label on common patients. Tests nothing.

use rayon::prelude::*;

use super::Labels;
use crate::stat::delong::{Component, Design, dense};
use crate::stat::reason::Untestable;

/// All labels on the same cases, and the patients of these.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    /// Patient of each case, from 0.
    pub(super) group_of: Vec<u32>,
    /// Number of patients.
    pub(super) n_groups: usize,
    /// Labels with both classes.
    pub(super) labels: Vec<Label>,
    /// True when the patients were given.
    by_patient: bool,
    /// Labels in all, with those left out.
    n_labels: usize,
}

/// A label with both classes, and its known cases.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// Its number among all labels.
    pub(super) idx: usize,
    /// The known cases, ascending.
    pub(super) cases: Vec<u32>,
    /// Their truths.
    pub(super) targets: Vec<bool>,
}

impl Panel {
    /// # Errors
    /// Numbers of cases differ, there are too many of them, or no label has both classes.
    pub(super) fn of(labels: &Labels<'_>) -> Result<Self, Untestable> {
        let n_cases = labels.targets.first().map_or(0, |targets| targets.len());
        let by_patient = labels.groups.is_some();
        if labels.targets.iter().any(|targets| targets.len() != n_cases) {
            return Err(Untestable::Because("the labels do not have as many cases each".to_owned()));
        }
        if labels.groups.is_some_and(|groups| groups.len() != n_cases) {
            return Err(Untestable::Because("there are not as many patients as truths".to_owned()));
        }
        if i32::try_from(n_cases).is_err() {
            return Err(Untestable::Because("more than two billion cases".to_owned()));
        }
        let (group_of, n_groups) = dense(labels.groups, n_cases);
        let n_labels = labels.targets.len();
        let labels: Vec<Label> =
            labels.targets.iter().enumerate().filter_map(|(idx, targets)| Label::of(idx, targets)).collect();
        if labels.is_empty() {
            return Err(Untestable::OneClass);
        }
        Ok(Self { group_of, n_groups, labels, by_patient, n_labels })
    }

    /// # Errors
    /// Numbers of labels or cases differ, or a score of a known case is NaN.
    pub(super) fn check(&self, scores: &[&[f64]]) -> Result<(), Untestable> {
        if scores.len() != self.n_labels {
            return Err(Untestable::Because(
                "there are not as many labels of scores as of truths".to_owned(),
            ));
        }
        if scores.iter().any(|scores| scores.len() != self.group_of.len()) {
            return Err(Untestable::Because("there are not as many scores as truths".to_owned()));
        }
        let is_nan =
            |label: &Label| label.cases.iter().any(|case| scores[label.idx][*case as usize].is_nan());
        if self.labels.iter().any(is_nan) { Err(Untestable::NotFinite) } else { Ok(()) }
    }

    /// One model's components of each label.
    ///
    /// # Errors
    /// As [`Self::check`]; and where a label has a class in one patient only.
    pub(super) fn components(&self, scores: &[&[f64]]) -> Result<Vec<Component>, Untestable> {
        self.check(scores)?;
        let of = |label: &Label| {
            let known: Vec<f64> = label.cases.iter().map(|case| scores[label.idx][*case as usize]).collect();
            Component::of(&self.design(label)?, &known, &label.targets)
        };
        // Collected before the first error is looked for: in parallel, any of several could come first.
        let all: Vec<Result<Component, Untestable>> = self.labels.par_iter().map(of).collect();
        all.into_iter().collect()
    }

    /// Each patient's influence on the mean of the labels' AUCs, from a model's components or a difference of two.
    ///
    /// # Errors
    /// None that [`Self::components`] has not had.
    pub(super) fn influence(&self, components: &[Component]) -> Result<Vec<f64>, Untestable> {
        let mut mean = vec![0.0; self.n_groups];
        for (label, component) in self.labels.iter().zip(components) {
            for (sum, influence) in mean.iter_mut().zip(self.design(label)?.influence(component)) {
                *sum += influence;
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= self.labels.len() as f64);
        Ok(mean)
    }

    /// AUC of every label, `None` for those left out.
    pub(super) fn aucs(&self, components: &[Component]) -> Vec<Option<f64>> {
        let mut all = vec![None; self.n_labels];
        for (label, component) in self.labels.iter().zip(components) {
            all[label.idx] = Some(component.auc());
        }
        all
    }

    /// Mean of the labels' AUCs; of differences, the difference.
    pub(super) fn mean_auc(&self, components: &[Component]) -> f64 {
        components.iter().map(Component::auc).sum::<f64>() / components.len() as f64
    }

    fn design(&self, label: &Label) -> Result<Design, Untestable> {
        let group_of = label.cases.iter().map(|case| self.group_of[*case as usize]).collect();
        Design::of_dense(&label.targets, group_of, self.n_groups, self.by_patient).map_err(|why| match why {
            Untestable::Because(why) if self.n_labels > 1 => {
                Untestable::Because(format!("label {} of {}: {why}", label.idx + 1, self.n_labels))
            }
            why => why,
        })
    }
}

impl Label {
    /// `None` when a class is absent.
    fn of(idx: usize, targets: &[Option<bool>]) -> Option<Self> {
        let known =
            || targets.iter().enumerate().filter_map(|(case, target)| target.map(|target| (case, target)));
        let label = Self {
            idx,
            cases: known().map(|(case, _)| case as u32).collect(),
            targets: known().map(|(_, target)| target).collect(),
        };
        (label.targets.contains(&true) && label.targets.contains(&false)).then_some(label)
    }
}
