//! What every verb does with its options.

use analysis::input::{Results, Spread};
use analysis::stat::{Adjust, Alternative};
use analysis::tidy::{AdjustOver, Draws, Pairs, Unit as Repeats};

use super::bad;
use crate::cli::{PairsArgs, ResultsArgs, StatArgs};
use crate::command::import;
use crate::progress::say;
use crate::{Error, Result};

/// Permutations of a test that draws them.
pub(super) const PERMUTATIONS: u64 = 10_000;
/// Resamples of a bootstrap.
pub(super) const RESAMPLES: u64 = 2_000;
/// Draws of a posterior.
pub(super) const POSTERIOR: u64 = 50_000;
/// More would take minutes and tell nothing more.
const MOST_DRAWS: u64 = 10_000_000;

/// Which of the shared options a verb uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) adjust: bool,
    pub(super) alternative: bool,
    pub(super) draws: bool,
}

/// Says which options were given and change nothing.
pub(super) fn notes(args: &StatArgs, used: Used, quiet: bool) {
    if quiet {
        return;
    }
    let given = [
        (!used.adjust && args.adjust.is_some(), "--adjust", "this table holds no family of tests"),
        (!used.adjust && args.adjust_over.is_some(), "--adjust-over", "this table holds no family of tests"),
        (
            !used.alternative && args.alternative.is_some(),
            "--alternative",
            "nothing here is tested one-sided",
        ),
        (!used.draws && args.reps.is_some(), "--reps", "no method of this call draws random numbers"),
        (!used.draws && args.seed.is_some(), "--seed", "no method of this call draws random numbers"),
    ];
    for (_, option, why) in given.iter().filter(|(is_idle, ..)| *is_idle) {
        say(&format!("note: {option} changes nothing: {why}"));
    }
}

pub(super) fn adjustment(args: &StatArgs) -> Adjust {
    args.adjust.unwrap_or(Adjust::Holm)
}

pub(super) fn family(args: &StatArgs) -> AdjustOver {
    args.adjust_over.unwrap_or(AdjustOver::Task)
}

pub(super) fn alternative(args: &StatArgs) -> Alternative {
    args.alternative.unwrap_or(Alternative::TwoSided)
}

pub(super) fn draws(args: &StatArgs, usual: u64) -> Result<Draws> {
    let reps = args.reps.unwrap_or(usual);
    if !(1..=MOST_DRAWS).contains(&reps) {
        return Err(bad(format!("--reps {reps}: between 1 and {MOST_DRAWS}")));
    }
    Ok(Draws { reps, seed: args.seed.unwrap_or(0) })
}

/// A significance level strictly between 0 and 1.
pub(super) fn level(alpha: f64) -> Result<f64> {
    if 0.0 < alpha && alpha < 1.0 {
        Ok(alpha)
    } else {
        Err(bad(format!("--alpha {alpha}: must lie between 0 and 1")))
    }
}

/// A margin of equivalence.
pub(super) fn margin(margin: Option<f64>) -> Result<Option<f64>> {
    match margin.filter(|margin| !(0.0 < *margin && *margin < 1.0)) {
        Some(margin) => Err(bad(format!("--margin {margin}: a fraction between 0 and 1 (0.01 = one point)"))),
        None => Ok(margin),
    }
}

/// The pairs asked for; `None` when nothing was said.
pub(super) fn pairs(args: &PairsArgs) -> Result<Option<Pairs>> {
    Ok(match (&args.baseline, args.all_pairs, args.against_best) {
        (Some(model), ..) => Some(Pairs::Baseline(model.clone())),
        (None, true, _) => Some(Pairs::AllPairs),
        (None, _, true) => Some(Pairs::AgainstBest),
        _ => None,
    })
}

pub(super) fn no_pairs() -> Error {
    bad("say what to compare: --baseline MODEL, --all-pairs or --against-best")
}

/// Reads results, and says what is odd about them and what was left out.
pub(super) fn read(args: &ResultsArgs, quiet: bool) -> Result<Results> {
    let options = import::options(&args.source)?;
    let mut results = analysis::input::read(&args.input, &options)?;
    import::keep_metrics(&mut results, &args.source.metric)?;
    if !quiet {
        let all_values = results.groups.iter().all(|group| matches!(group.spread, Spread::Values { .. }));
        if all_values && (args.source.n.is_some() || args.source.ddof.is_some()) {
            say("warning: --n and --ddof change nothing: the input holds single values, not means");
        }
    }
    import::say_notes(&results, quiet);
    if !quiet {
        let metrics: std::collections::BTreeSet<&str> =
            results.groups.iter().map(|group| group.metric.as_str()).collect();
        metrics.into_iter().for_each(say_if_lower_is_better);
    }
    Ok(results)
}

/// Names of metrics of which less is better.
const LOWER_IS_BETTER: [&str; 14] = [
    "hd",
    "hd95",
    "hausdorff",
    "asd",
    "assd",
    "ece",
    "brier",
    "loss",
    "mae",
    "mse",
    "rmse",
    "fpr",
    "fnr",
    "error",
];

/// Warns of a metric whose name says that less is better.
pub(super) fn say_if_lower_is_better(metric: &str) {
    let lower = metric.to_ascii_lowercase();
    let is_one = lower
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|word| LOWER_IS_BETTER.contains(&word));
    if is_one {
        say(&format!(
            "warning: of '{metric}' less may be better, but every verdict takes the higher value for the better one: turn \
             it round first (1 - value, or -value for a score of cases)"
        ));
    }
}

/// Says that there is nothing to say.
pub(super) fn say_empty(table: &analysis::table::Tidy, quiet: bool) {
    if !quiet && table.height() == 0 {
        say(
            "warning: the table is empty: it takes two models on one task to compare, and three or more to group",
        );
    }
}

/// What the values repeat: as said, or as the input shows.
pub(super) fn unit_of(args: &ResultsArgs, results: &Results, pair_by: Option<&str>) -> Result<Repeats> {
    match (args.repeats, pair_by) {
        (Some(said), Some(by)) if said.as_str() != by => {
            Err(bad(format!("--repeats {} and --pair-by {by} contradict each other", said.as_str())))
        }
        (Some(said), _) => Ok(said),
        (None, Some("fold")) => Ok(Repeats::Fold),
        (None, _) => Ok(results.unit),
    }
}
