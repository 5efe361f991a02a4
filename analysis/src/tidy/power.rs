//! How many runs a comparison needs, and what a number of runs can show.
//!
//! Comes in: a test and any two of n, effect and power. Goes out: rows with the third. The formulas are in [`crate::stat`].

use super::summarize::check_alpha;
use super::verdict::Test;
use crate::error::{Error, Result};
use crate::stat::{Alternative, ExactTest, PowerTest, effect_for, least_p, n_for, power_of};
use crate::table::table_row;

/// Two of three; the third is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerPlan {
    /// The test.
    pub test: Test,
    /// Values of each model, or pairs of a paired test.
    pub n: Option<i64>,
    /// Difference in standard deviations; of the differences, for a paired test.
    pub effect: Option<f64>,
    /// Probability of a significant result.
    pub power: Option<f64>,
    /// Level of one test.
    pub alpha: f64,
    /// Direction.
    pub alternative: Alternative,
}

/// A plan with its three numbers. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerRow {
    /// The test.
    pub test: String,
    /// Values of each model, or pairs; the smallest whole number that has the power.
    pub n: Option<i64>,
    /// Difference in standard deviations.
    pub effect: Option<f64>,
    /// Probability of a significant result.
    pub power: Option<f64>,
    /// Level of one test.
    pub alpha: f64,
    /// Smallest p-value that a rank or permutation test can reach with n; `None` for t tests, which can reach any.
    pub min_p: Option<f64>,
    /// The n that has exactly the power, not whole.
    pub n_exact: Option<f64>,
    /// Why a number is missing, or how it was approximated.
    pub reason: Option<String>,
}

table_row!(PowerRow, "power", sort [TEST, N],
    test: String => TEST, n: Option<i64> => N, effect: Option<f64> => EFFECT, power: Option<f64> => POWER,
    alpha: f64 => ALPHA, min_p: Option<f64> => MIN_P, n_exact: Option<f64> => N_EXACT,
    reason: Option<String> => REASON);

/// Asymptotic efficiency of rank tests relative to the t test on normal data (Lehmann 1975).
const RANK_EFFICIENCY: f64 = 3.0 / std::f64::consts::PI;
/// No plan needs more runs than this.
const MOST_RUNS: i64 = 1_000_000;

/// Completes a plan.
///
/// t tests are computed exactly from the noncentral t distribution (Cohen 1988), both tails counted; rank tests as the t test
/// with n times 3/π, and permutation tests as the t test, which they approach: the row says so. With an n whose smallest
/// reachable p-value is not below alpha the power is 0, whatever the effect.
///
/// # Errors
/// When not two of the three are given, one is out of range, or the test has no such plan (Dunnett's, the corrected t).
pub fn power(plan: &PowerPlan) -> Result<PowerRow> {
    check(plan)?;
    let (kind, design, efficiency) = design(plan.test)?;
    let note = match (design, plan.test.is_about_ranks()) {
        (None, _) => None,
        (Some(_), true) => Some("power approximated by the t test with n times 3/π".to_owned()),
        (Some(_), false) => Some("power approximated by the t test".to_owned()),
    };
    let mut row = PowerRow {
        test: plan.test.as_str().to_owned(),
        n: plan.n,
        effect: plan.effect,
        power: plan.power,
        alpha: plan.alpha,
        min_p: None,
        n_exact: None,
        reason: note,
    };
    let least = |n: i64| design.and_then(|design| least_p(design, n, n, plan.alternative));
    let (alpha, alternative) = (plan.alpha, plan.alternative);
    let out_of_reach = |n: i64| least(n).is_some_and(|least| least >= alpha);
    match (plan.n, plan.effect, plan.power) {
        (Some(n), Some(effect), None) => {
            row.power = match out_of_reach(n) {
                true => Some(0.0),
                false => power_of(kind, n as f64 * efficiency, effect, alpha, alternative),
            };
        }
        (Some(n), None, Some(power)) if !out_of_reach(n) => {
            row.effect = effect_for(kind, n as f64 * efficiency, power, alpha, alternative);
        }
        (None, Some(effect), Some(power)) => {
            if let Some(size) = n_for(kind, effect, power, alpha, alternative) {
                let exact = size.exact / efficiency;
                let mut whole = (exact.ceil() as i64).max(2);
                while out_of_reach(whole) && whole < MOST_RUNS {
                    whole += 1;
                }
                (row.n, row.n_exact) = (Some(whole), Some(exact));
            }
        }
        _ => {}
    }
    row.min_p = row.n.and_then(least);
    if let Some(n) = row.n.filter(|n| out_of_reach(*n)) {
        let n_needed = (n..MOST_RUNS).find(|n| !out_of_reach(*n)).unwrap_or(MOST_RUNS);
        row.reason = Some(format!(
            "with n = {n} no outcome is significant: the smallest p-value is not below {alpha}; it takes {n_needed}"
        ));
    } else if row.n.is_none() || row.effect.is_none() || row.power.is_none() {
        row.reason = Some("no number of runs, effect or power fits the other two".to_owned());
    }
    Ok(row)
}

fn check(plan: &PowerPlan) -> Result<()> {
    check_alpha(plan.alpha)?;
    let given = [plan.n.is_some(), plan.effect.is_some(), plan.power.is_some()]
        .iter()
        .filter(|given| **given)
        .count();
    if given != 2 {
        return Err(Error::argument(format!(
            "{given} of n, effect and power are given; give any two for the third"
        )));
    }
    if let Some(n) = plan.n.filter(|n| *n < 2) {
        return Err(Error::argument(format!("n is {n}; a test needs at least 2 runs")));
    }
    if let Some(power) = plan.power.filter(|power| !(plan.alpha < *power && *power < 1.0)) {
        return Err(Error::argument(format!(
            "power is {power}; expected a number between alpha and 1, such as 0.8"
        )));
    }
    if let Some(effect) =
        plan.effect.filter(|effect| !effect.is_finite() || (*effect == 0.0 && plan.n.is_none()))
    {
        return Err(Error::argument(format!(
            "the effect is {effect}; expected a difference in standard deviations other than 0"
        )));
    }
    Ok(())
}

/// The t test behind a test, the design of its smallest p-value, and its efficiency.
fn design(test: Test) -> Result<(PowerTest, Option<ExactTest>, f64)> {
    match test {
        Test::Welch | Test::Student => Ok((PowerTest::TwoSample, None, 1.0)),
        Test::PairedT => Ok((PowerTest::Paired, None, 1.0)),
        Test::MannWhitney | Test::BrunnerMunzel => {
            Ok((PowerTest::TwoSample, Some(ExactTest::MannWhitney), RANK_EFFICIENCY))
        }
        Test::Permutation => Ok((PowerTest::TwoSample, Some(ExactTest::Permutation), 1.0)),
        Test::Wilcoxon => Ok((PowerTest::Paired, Some(ExactTest::Wilcoxon), RANK_EFFICIENCY)),
        Test::SignFlip => Ok((PowerTest::Paired, Some(ExactTest::SignFlip), 1.0)),
        Test::Dunnett => Err(Error::argument(
            "no plan for dunnett; plan welch with alpha divided by the number of models (--family), which is on the safe side",
        )),
        Test::CorrectedT => Err(Error::argument(
            "no plan for corrected-t: its power depends on the overlap of the training sets; with k folds their number is fixed",
        )),
    }
}
