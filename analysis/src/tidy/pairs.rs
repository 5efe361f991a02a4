//! Which model is compared with which, on one task and metric.
//!
//! Comes in: the groups of one task and metric. Goes out: pairs (judged, baseline). Tests nothing.

use std::collections::BTreeSet;

use crate::error::{Error, Result, listed};
use crate::input::Group;
use crate::stat::Sample;

/// Which pairs are compared on each task and metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pairs {
    /// Every other model against this one.
    Baseline(String),
    /// Every pair once; of two models, the one that sorts first by name is `model_a`.
    AllPairs,
    /// Every other model against the one with the highest mean; of equal means, the first by name.
    AgainstBest,
}

/// A model's sample on one task and metric.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) group: &'a Group,
    pub(super) sample: Sample,
}

/// A planned comparison; `b` is `None` where the baseline has no result on this task.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) a: &'a Entry<'a>,
    pub(super) b: Option<&'a Entry<'a>>,
}

impl Pairs {
    /// (judged, baseline) among `models`, which are sorted, as their places; `mean` of a model decides which is the best,
    /// of equal ones the first. Empty where the baseline is not among them.
    pub(super) fn among(&self, models: &[&str], mean: impl Fn(usize) -> Option<f64>) -> Vec<(usize, usize)> {
        let k = models.len();
        let against = |b: usize| (0..k).filter(|a| *a != b).map(|a| (a, b)).collect();
        match self {
            Self::AllPairs => (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b))).collect(),
            Self::Baseline(name) => {
                models.iter().position(|model| model == name).map_or_else(Vec::new, against)
            }
            Self::AgainstBest => {
                let found = (0..k).filter_map(|model| Some((model, mean(model)?)));
                let best = found.reduce(|best, next| if best.1 < next.1 { next } else { best });
                best.map_or_else(Vec::new, |(best, _)| against(best))
            }
        }
    }

    /// The baseline, where one is named, is among all models of the input.
    pub(super) fn check<'a>(&self, models: impl Iterator<Item = &'a str>) -> Result<()> {
        let Self::Baseline(name) = self else { return Ok(()) };
        let models: BTreeSet<&str> = models.collect();
        if models.contains(name.as_str()) {
            return Ok(());
        }
        let found = listed(&models.into_iter().collect::<Vec<&str>>());
        Err(Error::argument(format!("no model '{name}' to be the baseline; the models are {found}")))
    }

    /// The pairs among `entries`, which are sorted by model; with a baseline that is not among them every entry is a pair
    /// without one.
    pub(super) fn plan<'a>(&self, entries: &'a [Entry<'a>]) -> Vec<Pair<'a>> {
        let models: Vec<&str> = entries.iter().map(|entry| entry.group.model.as_str()).collect();
        if let Self::Baseline(name) = self
            && !models.contains(&name.as_str())
        {
            return entries.iter().map(|a| Pair { a, b: None }).collect();
        }
        let pairs = self.among(&models, |model| entries[model].sample.mean);
        pairs.into_iter().map(|(a, b)| Pair { a: &entries[a], b: Some(&entries[b]) }).collect()
    }
}
