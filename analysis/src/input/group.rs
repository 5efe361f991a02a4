//! Observations to groups: one model on one task and metric.
//!
//! Comes in: single values with their key and place. Goes out: sorted groups and warnings. Reads no file.

use std::collections::BTreeMap;
use std::fmt;

use super::{Group, Results, Spread};

/// What a group is about; sorted by task, metric, model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) task: String,
    pub(super) metric: String,
    pub(super) model: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} ({})", self.model, self.task, self.metric)
    }
}

/// One run's value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    pub(super) seed: Option<i64>,
    pub(super) value: Option<f64>,
}

#[derive(Debug, Default)]
struct Collected {
    observations: Vec<Observation>,
    places: BTreeMap<i64, String>,
    family: Option<String>,
    pretrained_on: Option<String>,
    is_mixed: bool,
}

/// Groups under construction.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    groups: BTreeMap<Key, Collected>,
    warnings: Vec<String>,
}

impl Grouping {
    /// Adds a value. When its seed was there before, the answer is the place of the first.
    pub(super) fn add(&mut self, key: Key, observation: Observation, place: String) -> Option<String> {
        let group = self.groups.entry(key).or_default();
        group.observations.push(observation);
        let seed = observation.seed?;
        match group.places.get(&seed) {
            Some(first) => Some(first.clone()),
            None => {
                group.places.insert(seed, place);
                None
            }
        }
    }

    /// Notes family and lineage of a group's model; the first ones said are kept.
    pub(super) fn describe(&mut self, key: &Key, family: &str, pretrained_on: &str) {
        let Some(group) = self.groups.get_mut(key) else { return };
        let mut same = true;
        for (kept, said) in [(&mut group.family, family), (&mut group.pretrained_on, pretrained_on)] {
            same &= kept.get_or_insert_with(|| said.to_owned()) == said;
        }
        group.is_mixed |= !same;
    }

    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    pub(super) fn finish(self) -> Results {
        let mut results = Results { warnings: self.warnings, ..Results::default() };
        for (key, mut group) in self.groups {
            if group.is_mixed {
                results.warnings.push(format!("{key} has several families or lineages: the first is shown"));
            }
            // Not by place in the file: a shuffled file gives the same bytes.
            group.observations.sort_by(|a, b| {
                let value = |observation: &Observation| observation.value.unwrap_or(f64::INFINITY);
                a.seed.cmp(&b.seed).then(value(a).total_cmp(&value(b)))
            });
            let present = || group.observations.iter().filter_map(|o| o.value.map(|value| (o.seed, value)));
            let (seeds, values): (Vec<_>, Vec<_>) = present().unzip();
            let n_missing = group.observations.len() - values.len();
            if n_missing > 0 {
                let of = group.observations.len();
                results.warnings.push(format!("{key}: {n_missing} of {of} values are missing"));
            }
            results.groups.push(Group {
                task: key.task,
                metric: key.metric,
                model: key.model,
                family: group.family.unwrap_or_default(),
                pretrained_on: group.pretrained_on.unwrap_or_default(),
                spread: Spread::Values { seeds, values, n_missing },
            });
        }
        results
    }
}

/// Sorts by task, metric, model; equal keys keep their order.
pub(super) fn sort(groups: &mut [Group]) {
    groups.sort_by(|a, b| (&a.task, &a.metric, &a.model).cmp(&(&b.task, &b.metric, &b.model)));
}
