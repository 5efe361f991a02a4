//! A comparison's row before it is adjusted and judged.
//!
//! Comes in: who is compared and what the test said. Goes out: the row, and what the verdict needs beside it. Tests
//! nothing.

use super::measure::Measured;
use super::row::ComparisonRow;
use crate::input::Unit;
use crate::stat::{Effect, Interval, Sample, Untestable};
use crate::tidy::verdict::{Test, Verdict};

/// A row, and the 1 - 2 alpha interval of its estimate.
#[derive(Debug)]
pub(in crate::tidy) struct Drafted {
    pub(in crate::tidy) row: ComparisonRow,
    pub(in crate::tidy) wide: Option<Interval>,
}

/// Who is compared, and by what.
#[derive(Debug, Clone, Copy)]
pub(in crate::tidy) struct Subject<'a> {
    pub(in crate::tidy) task: &'a str,
    pub(in crate::tidy) metric: &'a str,
    pub(in crate::tidy) model_a: &'a str,
    pub(in crate::tidy) model_b: &'a str,
    /// What is known of both where there is no test.
    pub(in crate::tidy) samples: [Sample; 2],
    pub(in crate::tidy) test: &'a str,
    pub(in crate::tidy) unit: Unit,
    pub(in crate::tidy) effect_kind: &'a str,
    pub(in crate::tidy) estimand: &'a str,
}

/// Writes down what is known; a test that failed leaves its reason.
pub(in crate::tidy) fn draft(subject: &Subject<'_>, tested: Result<Measured, Untestable>) -> Drafted {
    let reason = tested.as_ref().err().map(|why| match why {
        Untestable::NoBaseline => {
            format!("{} on {}", why.explain(subject.model_a, subject.model_b), subject.task)
        }
        _ => why.explain(subject.model_a, subject.model_b),
    });
    let test = tested.ok();
    let [a, b] = test.as_ref().map_or(subject.samples, |test| test.samples);
    let interval = test.as_ref().and_then(|test| test.interval);
    let effect = test.as_ref().and_then(|test| test.effect);
    let row = ComparisonRow {
        task: subject.task.to_owned(),
        metric: subject.metric.to_owned(),
        model_a: subject.model_a.to_owned(),
        model_b: subject.model_b.to_owned(),
        n_a: a.n,
        n_b: b.n,
        mean_a: a.mean,
        mean_b: b.mean,
        sd_a: a.sd,
        sd_b: b.sd,
        diff: a.mean.zip(b.mean).map(|(a, b)| a - b),
        conf_low: interval.and_then(|interval| interval.low),
        conf_high: interval.and_then(|interval| interval.high),
        test: subject.test.to_owned(),
        statistic: test.as_ref().map(|test| test.statistic),
        df: test.as_ref().and_then(|test| test.df),
        p_value: test.as_ref().map(|test| test.p_value),
        p_adjusted: test.as_ref().and_then(|test| test.p_adjusted),
        effect_kind: subject.effect_kind.to_owned(),
        effect: effect.map(|effect| effect.estimate),
        effect_low: effect.and_then(|effect| effect.interval.low),
        effect_high: effect.and_then(|effect| effect.interval.high),
        verdict: Verdict::Untestable,
        reason: reason.or_else(|| test.as_ref().and_then(|test| test.note.clone())),
        unit: subject.unit.as_str().to_owned(),
        null_distribution: test.as_ref().map(|test| test.null.to_owned()),
        least_p: test.as_ref().and_then(|test| test.least_p),
        estimand: subject.estimand.to_owned(),
        estimate: test.as_ref().map(|test| test.estimate),
        p_equivalence: test.as_ref().and_then(|test| test.p_equivalence),
    };
    Drafted { row, wide: test.and_then(|test| test.wide) }
}

/// What an interval of means is about.
pub(in crate::tidy) const MEAN_DIFFERENCE: &str = "mean difference";
/// What an interval of ranks is about.
pub(in crate::tidy) const SHIFT: &str = "Hodges-Lehmann shift";

/// The effect that a test goes with.
pub(super) fn effect_kind(test: Test) -> &'static str {
    match test {
        Test::Welch | Test::Student | Test::Dunnett | Test::Permutation => Effect::HEDGES_G,
        Test::PairedT | Test::CorrectedT | Test::SignFlip => Effect::HEDGES_GZ,
        Test::MannWhitney | Test::BrunnerMunzel | Test::Wilcoxon => Effect::CLIFF_DELTA,
    }
}

/// What a test's interval is about.
pub(super) fn estimand(test: Test) -> &'static str {
    if test.is_about_ranks() { SHIFT } else { MEAN_DIFFERENCE }
}
