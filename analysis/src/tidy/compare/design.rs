//! Whether a test fits the design that it is given, and whether it can reach the level that is asked of it.
//!
//! Comes in: the configuration, the unit of the values, finished rows. Goes out: refusals that name the right call, and
//! cautions. Computes no test.

use std::collections::BTreeSet;

use super::{CompareConfig, ComparisonRow, Pairs};
use crate::error::{Error, Result, listed};
use crate::input::Results;
use crate::input::Unit;
use crate::stat::Adjust;
use crate::tidy::verdict::{AdjustOver, Test, Verdict};

/// Refuses what no reading of the results can mend.
pub(super) fn check(config: &CompareConfig) -> Result<()> {
    let refuse = |reason: String| Err(Error::argument(reason));
    if config.test.adjusts_itself() {
        if config.adjust != Adjust::None {
            return refuse(format!(
                "{}'s p-values are adjusted for all comparisons with the control already; adjusting them again by {} would \
                 count the family twice: use the adjustment none",
                config.test.as_str(),
                config.adjust.as_str()
            ));
        }
        if config.pairs == Pairs::AllPairs {
            return refuse(
                "dunnett compares models with one control, not all pairs: name a baseline".to_owned(),
            );
        }
    }
    if matches!(config.unit, Unit::Case | Unit::Patient) {
        return refuse(format!(
            "the values are single {}s of one test set: both models saw the same ones, so {} would take repeated values for \
             independent ones; use `analyze cases`, which pairs them and keeps a patient's images together",
            config.unit.as_str(),
            config.test.as_str()
        ));
    }
    if config.test == Test::CorrectedT {
        match (config.unit, config.test_over_train) {
            (Unit::Seed, _) => {
                return refuse(
                    "corrected-t is for folds and resampled splits, whose training sets overlap; seeds on one fixed split \
                     have no overlap to correct: use welch, or paired-t where seeds pair the models"
                        .to_owned(),
                );
            }
            (_, None) => {
                return refuse(
                    "corrected-t needs the number of test cases over training cases of a run: 1/(k - 1) for k folds, \
                     such as 0.25 for 5"
                        .to_owned(),
                );
            }
            (_, Some(ratio)) if !(0.0 < ratio && ratio.is_finite()) => {
                return refuse(format!(
                    "test cases over training cases is {ratio}; expected a number above 0"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Models that are on some task and not on another of the same metric: they have no row there.
fn holes(results: &Results) -> Vec<String> {
    let there: BTreeSet<(&str, &str, &str)> =
        results.groups.iter().map(|g| (g.metric.as_str(), g.model.as_str(), g.task.as_str())).collect();
    let models: BTreeSet<(&str, &str)> = there.iter().map(|(metric, model, _)| (*metric, *model)).collect();
    let tasks: BTreeSet<(&str, &str)> = there.iter().map(|(metric, _, task)| (*metric, *task)).collect();
    let mut told = Vec::new();
    for (metric, model) in models {
        let missing: Vec<&str> = (tasks.iter())
            .filter(|(of, task)| *of == metric && !there.contains(&(metric, model, task)))
            .map(|(_, task)| *task)
            .collect();
        if !missing.is_empty() {
            told.push(format!("structural hole: no {metric} of '{model}' on {}", listed(&missing)));
        }
    }
    told
}

/// What a reader of the comparisons should know about their design, sentence by sentence; empty where there is nothing.
pub fn cautions(results: &Results, config: &CompareConfig, rows: &[ComparisonRow]) -> Vec<String> {
    let mut told = holes(results);
    if config.unit == Unit::Fold && config.test != Test::CorrectedT {
        told.push(format!(
            "the values are folds, whose training sets overlap: {} takes them for independent and is too sure; use corrected-t",
            config.test.as_str()
        ));
    }
    if config.pairs == Pairs::AgainstBest && rows.iter().any(|row| row.p_value.is_some()) {
        told.push(
            "the best model is chosen by the same values that are tested: against it p-values are too small; name a baseline \
             before looking for a confirmatory test"
                .to_owned(),
        );
    }
    let reach = |row: &&ComparisonRow| row.verdict == Verdict::Untestable && row.p_value.is_some();
    let hopeless: BTreeSet<(&str, &str)> = rows
        .iter()
        .filter(reach)
        .map(|row| (row.task.as_str(), row.reason.as_deref().unwrap_or("")))
        .collect();
    if let Some((task, reason)) = hopeless.first() {
        let of = match config.adjust_over {
            AdjustOver::Task if hopeless.len() > 1 => format!(" (and {} more)", hopeless.len() - 1),
            _ => String::new(),
        };
        told.push(format!("{task}{of}: {reason}; plan the number of runs with `analyze power`"));
    }
    told
}
