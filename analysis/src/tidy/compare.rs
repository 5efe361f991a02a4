//! Comparisons of models, task by task: difference, interval, test, adjusted p, effect and verdict.
//!
//! Comes in: results and what to compare. Goes out: comparison rows. The formulas are in [`crate::stat`]; here they are
//! applied, adjusted as a family and put into words.

mod design;
mod draft;
mod dunnett;
mod family;
mod measure;
mod pairing;
mod row;

use rayon::prelude::*;

use super::pairs::{Entry, Pair, Pairs};
use super::summarize::{check_alpha, check_margin, sample_of};
use super::verdict::{AdjustOver, Test};
use crate::error::{Error, Result};
use crate::input::Unit;
use crate::input::{Group, Results};
use crate::stat::{Adjust, Alternative, Sample, Untestable};
use draft::{effect_kind, estimand};
use measure::measure;

pub(super) use draft::{Drafted, MEAN_DIFFERENCE, SHIFT, Subject, draft};
pub(super) use family::{Family, settle, short};
pub(super) use measure::{Measured, without_interval};
pub(super) use pairing::pair;

pub use design::cautions;
pub use row::ComparisonRow;

/// How often a test that draws does so, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// Draws (resamples, permutations).
    pub reps: u64,
    /// Seed of the draws: the same seed gives the same numbers on any number of threads.
    pub seed: u64,
}

/// What to compare and how.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareConfig {
    /// Which pairs.
    pub pairs: Pairs,
    /// Which test.
    pub test: Test,
    /// How p-values are adjusted.
    pub adjust: Adjust,
    /// Which p-values form one family.
    pub adjust_over: AdjustOver,
    /// Direction of the test; the intervals of difference and effect are one-sided with it.
    pub alternative: Alternative,
    /// Share of false alarms that is accepted; intervals have level 1 - alpha and are not adjusted.
    pub alpha: f64,
    /// Differences smaller than this, a fraction, do not matter: the margin of equivalence.
    pub margin: Option<f64>,
    /// Test cases over training cases of one run: what the corrected t-test needs; 1/(k - 1) for k folds.
    pub test_over_train: Option<f64>,
    /// For tests that draw.
    pub draws: Draws,
    /// What the values repeat.
    pub unit: Unit,
}

impl CompareConfig {
    /// Welch's test, two-sided at .05, Holm within each task: the defaults of the command line.
    pub fn welch(pairs: Pairs) -> Self {
        Self {
            pairs,
            test: Test::Welch,
            adjust: Adjust::Holm,
            adjust_over: AdjustOver::Task,
            alternative: Alternative::TwoSided,
            alpha: 0.05,
            margin: None,
            test_over_train: None,
            draws: Draws { reps: 10_000, seed: 0 },
            unit: Unit::Run,
        }
    }
}

/// Compares models on every task and metric; rows are sorted by task, metric, model_a, model_b.
///
/// Verdicts use `p_adjusted < alpha`. Equivalence is judged, per comparison and unadjusted, by the two one-sided tests
/// (Schuirmann 1987): the 1 - 2 alpha interval of the difference lies inside (-margin, margin).
///
/// A pair without a p-value keeps its row: verdict untestable, with the reason (a model with fewer than two values, no
/// variance in either group, a missing sd or n, no baseline on that task). So does a pair whose smallest reachable
/// p-value, adjusted for its family, is not below alpha.
///
/// # Errors
/// When alpha or margin is out of range, the baseline is on no task at all, a summary row has an impossible n, sd or
/// ddof, or the test does not fit the unit of the values: the error names the test that does.
pub fn compare(results: &Results, config: &CompareConfig) -> Result<Vec<ComparisonRow>> {
    check_alpha(config.alpha)?;
    check_margin(config.margin, config.alpha)?;
    config.pairs.check(results.groups.iter().map(|group| group.model.as_str()))?;
    design::check(config)?;
    let mut groups: Vec<&Group> = results.groups.iter().collect();
    groups.sort_by_key(|group| (&group.task, &group.metric, &group.model));
    let mut rows: Vec<Drafted> = Vec::new();
    for block in groups.chunk_by(|a, b| (&a.task, &a.metric) == (&b.task, &b.metric)) {
        let entries: Vec<Entry<'_>> = block
            .iter()
            .map(|group| match sample_of(&group.spread) {
                Ok(sample) => Ok(Entry { group, sample }),
                Err(error) => Err(Error::argument(format!(
                    "{} on {} ({}): {error}",
                    group.model, group.task, group.metric
                ))),
            })
            .collect::<Result<_>>()?;
        let pairs = config.pairs.plan(&entries);
        if config.test == Test::Dunnett {
            rows.extend(dunnett::rows(&pairs, config));
            continue;
        }
        let drafts: Vec<Drafted> = pairs
            .par_iter()
            .map(|pair| {
                let tested = match pair.b {
                    None => Err(Untestable::NoBaseline),
                    Some(b) => {
                        measure(&pair.a.group.spread, &b.group.spread, [pair.a.sample, b.sample], config)
                    }
                };
                draft(&subject(pair, config), tested)
            })
            .collect();
        rows.extend(drafts);
    }
    let family = Family {
        adjust: config.adjust,
        over: config.adjust_over,
        alpha: config.alpha,
        margin: config.margin,
        is_adjusted: config.test.adjusts_itself(),
    };
    Ok(settle(rows, &family))
}

/// Who a pair is, and what is known of both.
fn subject<'a>(pair: &Pair<'a>, config: &'a CompareConfig) -> Subject<'a> {
    let nothing = Sample { n: None, mean: None, sd: None };
    let group = pair.a.group;
    let model_b = match (&config.pairs, pair.b) {
        (_, Some(entry)) => entry.group.model.as_str(),
        (Pairs::Baseline(model), None) => model.as_str(),
        (Pairs::AllPairs | Pairs::AgainstBest, None) => "",
    };
    Subject {
        task: &group.task,
        metric: &group.metric,
        model_a: &group.model,
        model_b,
        samples: [pair.a.sample, pair.b.map_or(nothing, |entry| entry.sample)],
        test: config.test.as_str(),
        unit: config.unit,
        effect_kind: effect_kind(config.test),
        estimand: estimand(config.test),
    }
}
