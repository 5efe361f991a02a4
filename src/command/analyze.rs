//! `medtransfer analyze`: results in, tidy tables out, one function a verb.

mod cases;
mod many;
mod plan;
mod shared;

use analysis::stat::Adjust;
use analysis::table::Tidy;
use analysis::tidy::{CompareConfig, cautions, compare, summarize};

use crate::cli::{AnalyzeCommand, CompareArgs};
use crate::progress::say;
use crate::{Error, Result, output};
use shared::{Used, adjustment, draws, family, level, margin, notes, pairs, read, unit_of};

/// Runs one verb.
///
/// # Errors
/// When the input cannot be read, an option has no meaning for it, or the output cannot be written.
pub fn run(command: AnalyzeCommand, quiet: bool) -> Result<()> {
    match command {
        AnalyzeCommand::Summarize(args) => {
            notes(&args.stat, Used { adjust: false, alternative: false, draws: false }, quiet);
            let results = read(&args.results, quiet)?;
            let rows = summarize(&results, level(args.stat.alpha)?)?;
            output::print(&Tidy::from_summaries(&rows), &args.output)
        }
        AnalyzeCommand::Compare(args) => run_compare(&args, quiet),
        AnalyzeCommand::Rank(args) => many::rank(&args, quiet),
        AnalyzeCommand::Aggregate(args) => many::aggregate(&args, quiet),
        AnalyzeCommand::Mixed(args) => many::mixed(&args, quiet),
        AnalyzeCommand::Bayes(args) => many::bayes(&args, quiet),
        AnalyzeCommand::Auc(args) => cases::auc(&args, quiet),
        AnalyzeCommand::Cases(args) => cases::cases(&args, quiet),
        AnalyzeCommand::Readers(args) => cases::readers(&args, quiet),
        AnalyzeCommand::Power(args) => plan::power(&args, quiet),
        AnalyzeCommand::Audit(args) => plan::audit(&args, quiet),
    }
}

fn run_compare(args: &CompareArgs, quiet: bool) -> Result<()> {
    notes(&args.stat, Used { adjust: true, alternative: true, draws: args.test.may_draw() }, quiet);
    let results = read(&args.results, quiet)?;
    let pairs = pairs(&args.pairs)?.ok_or_else(shared::no_pairs)?;
    if !quiet && args.pair_by.is_some() && !args.test.is_paired() {
        say(&format!("note: --pair-by changes nothing: {} takes groups, not pairs", args.test.as_str()));
    }
    if !quiet && args.test_over_train.is_some() && args.test != analysis::tidy::Test::CorrectedT {
        say(
            "note: --test-over-train changes nothing: only corrected-t corrects for overlapping training sets",
        );
    }
    let config = CompareConfig {
        test: args.test,
        adjust: if args.test.adjusts_itself() {
            args.stat.adjust.unwrap_or(Adjust::None)
        } else {
            adjustment(&args.stat)
        },
        adjust_over: family(&args.stat),
        alternative: shared::alternative(&args.stat),
        alpha: level(args.stat.alpha)?,
        margin: margin(args.margin)?,
        test_over_train: args.test_over_train,
        draws: draws(&args.stat, shared::PERMUTATIONS)?,
        unit: unit_of(&args.results, &results, args.pair_by.as_deref())?,
        ..CompareConfig::welch(pairs)
    };
    let rows = compare(&results, &config)?;
    let table = Tidy::from_comparisons(&rows);
    if !quiet {
        cautions(&results, &config, &rows).iter().for_each(|told| say(&format!("warning: {told}")));
    }
    shared::say_empty(&table, quiet);
    output::print(&table, &args.output)
}

/// An input error, in the words of the command line.
fn bad(text: impl Into<String>) -> Error {
    Error::input(text.into())
}
