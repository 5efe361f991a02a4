//! Which model is compared with which, on one task and metric.
//!
//! Comes in: the groups of one task and metric. Goes out: pairs (judged, baseline). Tests nothing.

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
    /// The pairs among `entries`, which are sorted by model.
    pub(super) fn plan<'a>(&self, entries: &'a [Entry<'a>]) -> Vec<Pair<'a>> {
        match self {
            Self::AllPairs => {
                let after = |first: usize| entries.iter().skip(first + 1);
                let pairs = entries.iter().enumerate().flat_map(|(idx, a)| after(idx).map(move |b| (a, b)));
                pairs.map(|(a, b)| Pair { a, b: Some(b) }).collect()
            }
            Self::Baseline(model) => {
                against(entries, entries.iter().find(|entry| entry.group.model == *model))
            }
            Self::AgainstBest => best(entries).map_or_else(Vec::new, |best| against(entries, Some(best))),
        }
    }
}

fn against<'a>(entries: &'a [Entry<'a>], b: Option<&'a Entry<'a>>) -> Vec<Pair<'a>> {
    let is_baseline = |entry: &Entry<'a>| b.is_some_and(|b| b.group.model == entry.group.model);
    entries.iter().filter(|entry| !is_baseline(entry)).map(|a| Pair { a, b }).collect()
}

fn best<'a>(entries: &'a [Entry<'a>]) -> Option<&'a Entry<'a>> {
    let mut best: Option<(&Entry<'a>, f64)> = None;
    for entry in entries {
        if let Some(mean) = entry.sample.mean
            && best.is_none_or(|(_, highest)| highest < mean)
        {
            best = Some((entry, mean));
        }
    }
    best.map(|(entry, _)| entry)
}
