//! What was left out of a source, counted by reason.
//!
//! Comes in: a reason and an example, each time something is left out. Goes out: [`Dropped`], sorted by reason. Decides
//! nothing.

use std::collections::BTreeMap;

/// Things that a source holds and the results do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Why: "run that failed", "row left out by --where block=0".
    pub reason: String,
    /// How many.
    pub count: usize,
    /// The first of them: "line 3", "run 4e0ffc39 (metric auc)".
    pub example: String,
}

/// Drops under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Drops(BTreeMap<String, (usize, String)>);

impl Drops {
    /// Counts `count` things; the first example of a reason is kept.
    pub(super) fn add(&mut self, reason: impl Into<String>, count: usize, example: &str) {
        if count > 0 {
            self.0.entry(reason.into()).or_insert_with(|| (0, example.to_owned())).0 += count;
        }
    }

    pub(super) fn finish(&self) -> Vec<Dropped> {
        let dropped = |(reason, (count, example)): (&String, &(usize, String))| Dropped {
            reason: reason.clone(),
            count: *count,
            example: example.clone(),
        };
        self.0.iter().map(dropped).collect()
    }
}
