//! From drafted rows to verdicts: adjusted p-values, equivalence, reach.
//!
//! Comes in: drafted rows, sorted, and what makes a family. Goes out: rows. Tests nothing.

use super::draft::{Drafted, MEAN_DIFFERENCE};
use super::row::ComparisonRow;
use crate::stat::{Adjust, adjust};
use crate::tidy::verdict::{AdjustOver, Verdict};

/// What is adjusted together, and what counts as a finding.
#[derive(Debug, Clone, Copy)]
pub(in crate::tidy) struct Family {
    pub(in crate::tidy) adjust: Adjust,
    pub(in crate::tidy) over: AdjustOver,
    pub(in crate::tidy) alpha: f64,
    pub(in crate::tidy) margin: Option<f64>,
    /// The test has filled `p_adjusted` itself.
    pub(in crate::tidy) is_adjusted: bool,
}

/// Adjusts and judges; rows of a task stand together.
pub(in crate::tidy) fn settle(mut rows: Vec<Drafted>, family: &Family) -> Vec<ComparisonRow> {
    for tests in rows.chunk_by_mut(|a, b| same_family(&a.row, &b.row, family.over)) {
        if !family.is_adjusted {
            let p_values: Vec<Option<f64>> = tests.iter().map(|drafted| drafted.row.p_value).collect();
            for (drafted, adjusted) in tests.iter_mut().zip(adjust(&p_values, family.adjust)) {
                drafted.row.p_adjusted = adjusted;
            }
        }
        tests.iter_mut().for_each(|drafted| judge(drafted, family));
        check_reach(tests, family);
    }
    rows.into_iter().map(|drafted| drafted.row).collect()
}

fn same_family(a: &ComparisonRow, b: &ComparisonRow, over: AdjustOver) -> bool {
    match over {
        AdjustOver::All => true,
        AdjustOver::Task => (&a.task, &a.metric) == (&b.task, &b.metric),
    }
}

fn judge(drafted: &mut Drafted, family: &Family) {
    let row = &mut drafted.row;
    // A rank test speaks about ranks: its effect has the sign that its statistic has.
    let direction = if row.estimand == MEAN_DIFFERENCE { row.diff } else { row.effect.or(row.diff) };
    let (Some(p_adjusted), Some(direction)) = (row.p_adjusted, direction) else {
        return;
    };
    let inside =
        family.margin.zip(drafted.wide).is_some_and(|(margin, wide)| wide.is_inside(-margin, margin));
    row.verdict = match (p_adjusted < family.alpha, inside) {
        (true, _) if direction > 0.0 => Verdict::Better,
        (true, _) => Verdict::Worse,
        (false, true) => Verdict::Equivalent,
        (false, false) => Verdict::Inconclusive,
    };
    if inside && matches!(row.verdict, Verdict::Better | Verdict::Worse) {
        row.reason = Some("significant, yet inside the margin of equivalence".to_owned());
    }
    let disagree = row.diff.is_some_and(|diff| diff * direction < 0.0);
    if disagree && matches!(row.verdict, Verdict::Better | Verdict::Worse) {
        row.reason = Some(
            "the verdict is about ranks and the shift in `estimate`; the means differ the other way (few extreme values)"
                .to_owned(),
        );
    }
}

/// Turns verdicts into `untestable` where even the most extreme outcome could not have been significant.
fn check_reach(tests: &mut [Drafted], family: &Family) {
    let least: Vec<Option<f64>> =
        tests.iter().map(|drafted| drafted.row.p_value.map(|_| drafted.row.least_p.unwrap_or(0.0))).collect();
    let size = least.iter().flatten().count();
    for (drafted, adjusted) in tests.iter_mut().zip(adjust(&least, family.adjust)) {
        let row = &mut drafted.row;
        let (Some(least), Some(adjusted)) = (row.least_p, adjusted) else { continue };
        if adjusted < family.alpha || row.verdict == Verdict::Equivalent {
            continue;
        }
        let test = &row.test;
        let reason = if row.null_distribution.as_deref() == Some("monte-carlo") {
            format!(
                "with that many draws no p-value of {test} can be below {} after {} over {size} tests; raise --reps",
                family.alpha,
                family.adjust.as_str()
            )
        } else if least < family.alpha {
            format!(
                "the smallest p-value that {test} can reach with these values is {}, and {} after {} over {size} tests: \
                 not below {}; no outcome could be significant",
                short(least),
                short(adjusted),
                family.adjust.as_str(),
                family.alpha
            )
        } else {
            format!(
                "the smallest p-value that {test} can reach with n = {} is {}, not below {}; no outcome could be \
                 significant",
                row.n_a.unwrap_or(0),
                short(least),
                family.alpha
            )
        };
        row.verdict = Verdict::Untestable;
        row.reason = Some(reason);
    }
}

/// Three significant digits.
pub(in crate::tidy) fn short(p: f64) -> String {
    let rounded: f64 = format!("{p:.2e}").parse().unwrap_or(p);
    format!("{rounded:?}")
}
