//! Sentences about what was computed, made from the very options and rows that were used.
//!
//! In: options, selections, comparisons. Out: clauses for notes, captions and evidence. It computes no statistic.

use std::collections::BTreeMap;

use analysis::stat::{Adjust, Alternative};
use analysis::tidy::{AdjustOver, ComparisonRow, SummaryRow, Test, Verdict};

use crate::context::{Selection, Task};
use crate::format::{self, Scale};
use crate::options::Options;

/// Digits after the point are at most these, whatever the uncertainty.
const MOST_DECIMALS: usize = 3;

/// `AUC`, `Dice`.
#[must_use]
pub fn metric(name: &str) -> String {
    match name {
        "auc" => "AUC".to_owned(),
        "dice" => "Dice".to_owned(),
        "dice_per_image" => "Dice per image".to_owned(),
        "accuracy" => "Accuracy".to_owned(),
        other => other.to_owned(),
    }
}

/// `AUC, %` or `AUC`.
#[must_use]
pub fn unit(task: &Task, options: &Options) -> String {
    let metric = metric(&task.metric);
    if options.percent { format!("{metric}, %") } else { metric }
}

/// How numbers of a task are shown: two significant digits of the median spread, no more than the source printed.
#[must_use]
pub fn scale(rows: &[&SummaryRow], printed: Option<i64>, options: &Options) -> Scale {
    let unit = if options.percent { 100.0 } else { 1.0 };
    let extra = if options.percent { 0 } else { 2 };
    let mut spreads: Vec<f64> =
        rows.iter().filter_map(|r| r.sd).filter(|sd| 0.0 < *sd).map(|sd| sd * unit).collect();
    spreads.sort_by(f64::total_cmp);
    let by_spread =
        spreads.get(spreads.len() / 2).and_then(|sd| format::decimals_for(*sd, MOST_DECIMALS + extra));
    let printed = printed.and_then(|d| usize::try_from(d).ok()).map(|d| d + extra);
    let decimals = match (by_spread, printed) {
        (Some(a), Some(b)) => a.max(1).min(b),
        (Some(a), None) => a.max(1),
        (None, Some(b)) => b,
        (None, None) => 2 + extra,
    };
    Scale { percent: options.percent, decimals: options.decimals.unwrap_or(decimals) }
}

/// Decimals that the source printed, where a task's groups are summaries.
#[must_use]
pub fn printed(selection: &Selection, task: &Task) -> Option<i64> {
    let groups = selection.results.groups.iter().filter(|g| g.task == task.name && g.metric == task.metric);
    groups
        .filter_map(|g| match &g.spread {
            analysis::input::Spread::Summary { decimals, .. } => *decimals,
            analysis::input::Spread::Values { .. } => None,
        })
        .max()
}

/// `Welch's t-test, two-sided, α = .05, p adjusted by Holm within each task`.
#[must_use]
pub fn test(options: &Options) -> String {
    let test = match options.test {
        Test::Welch => "Welch's t-test",
        Test::Student => "Student's t-test with pooled variance",
        Test::PairedT => "paired t-test",
        Test::CorrectedT => "corrected resampled t-test (Nadeau-Bengio)",
        Test::MannWhitney => "Mann-Whitney test",
        Test::BrunnerMunzel => "Brunner-Munzel test",
        Test::Wilcoxon => "Wilcoxon signed-rank test",
        Test::Permutation => "permutation test of the means",
        Test::SignFlip => "sign-flip test of the paired differences",
        Test::Dunnett => "Dunnett's test",
    };
    let sides = match options.alternative {
        Alternative::TwoSided => "two-sided",
        Alternative::Greater => "one-sided (greater)",
        Alternative::Less => "one-sided (less)",
    };
    format!("{test}, {sides}, α = {}, {}", format::level(options.alpha), adjustment(options))
}

fn adjustment(options: &Options) -> String {
    let name = match options.adjust {
        Adjust::None => return "p not adjusted for the number of tests".to_owned(),
        Adjust::Bonferroni => "Bonferroni",
        Adjust::Holm => "Holm",
        Adjust::Hochberg => "Hochberg",
        Adjust::Hommel => "Hommel",
        Adjust::Bh => "Benjamini-Hochberg",
        Adjust::By => "Benjamini-Yekutieli",
    };
    let over = match options.adjust_over {
        AdjustOver::Task => "within each task",
        AdjustOver::All => "over all tasks",
    };
    format!("p adjusted by {name} {over}")
}

/// How many tests each family holds: `5 tests a task`, `4 to 5 tests a task`, `35 tests in all`.
#[must_use]
pub fn family_size(rows: &[ComparisonRow], options: &Options) -> String {
    let mut sizes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in rows.iter().filter(|r| r.p_value.is_some()) {
        *sizes.entry((&row.task, &row.metric)).or_default() += 1;
    }
    let total: usize = sizes.values().sum();
    let plural = |n: usize| if n == 1 { "1 test".to_owned() } else { format!("{n} tests") };
    if options.adjust_over == AdjustOver::All {
        return format!("{} in all", plural(total));
    }
    match (sizes.values().min(), sizes.values().max()) {
        (Some(low), Some(high)) if low == high => format!("{} a task", plural(*high)),
        (Some(low), Some(high)) => format!("{low} to {} a task", plural(*high)),
        _ => "no test".to_owned(),
    }
}

/// `n = 5 runs`, `n = 3 to 5 runs`, `n = 5 runs assumed, the source states none`.
#[must_use]
pub fn runs(selection: &Selection, rows: &[SummaryRow]) -> String {
    let counts: Vec<i64> = rows.iter().filter_map(|r| r.n).collect();
    let text = match (counts.iter().min(), counts.iter().max()) {
        (Some(low), Some(high)) if low == high => format!("n = {} runs", format::count(Some(*high))),
        (Some(low), Some(high)) => {
            format!("n = {} to {} runs", format::count(Some(*low)), format::count(Some(*high)))
        }
        _ => return "the source states no count of runs".to_owned(),
    };
    if selection.assumed_n { format!("{text} assumed, the source states none") } else { text }
}

/// The numbers behind a comparison in one line of evidence.
#[must_use]
pub fn evidence(row: &ComparisonRow, names: (&str, &str, &str), scale: Scale, options: &Options) -> String {
    let (task, a, b) = names;
    let head = format!("{task}: {a} against {b}");
    let Some(diff) = row.diff else {
        return format!("{head}: {}", row.reason.as_deref().unwrap_or("not comparable"));
    };
    let interval = match (row.conf_low, row.conf_high) {
        (Some(low), Some(high)) => format!(" {}", scale.signed_interval(low, high)),
        _ => String::new(),
    };
    let unit = if options.percent { " points" } else { "" };
    let adjusted = if options.adjust == Adjust::None { "" } else { " adjusted" };
    let effect = row.effect.map_or_else(String::new, |g| format!(", g = {}", format::fixed(g, 2)));
    let reason = match (&row.verdict, &row.reason) {
        (Verdict::Untestable, Some(reason)) => format!(" ({reason})"),
        _ => String::new(),
    };
    format!(
        "{head}: {}{unit}{interval}, {}{adjusted}{effect}, n = {} and {}: {}{reason}",
        scale.signed(diff),
        format::p_sentence(row.p_adjusted),
        format::count(row.n_a),
        format::count(row.n_b),
        row.verdict.as_str()
    )
}
