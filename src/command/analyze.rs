//! `medtransfer analyze`: results in, tidy tables out.

use analysis::input::{Results, Spread};
use analysis::stat::{Adjust, Alternative};
use analysis::table::Tidy;
use analysis::tidy::{AdjustOver, CompareConfig, Pairs, Test, compare, summarize};

use crate::cli::{AdjustArg, AlternativeArg, AnalyzeCommand, CompareArgs, OverArg, ResultsArgs, TestArg};
use crate::progress::say;
use crate::{Error, Result, output};

/// Runs one verb.
///
/// # Errors
/// When the input cannot be read, an option has no meaning for it, or the output cannot be written.
pub fn run(command: AnalyzeCommand, quiet: bool) -> Result<()> {
    match command {
        AnalyzeCommand::Summarize(args) => {
            let results = read(&args.results, quiet)?;
            let rows = summarize(&results, level(args.alpha)?)?;
            output::print(&Tidy::from_summaries(&rows), &args.output)
        }
        AnalyzeCommand::Compare(args) => {
            let results = read(&args.results, quiet)?;
            let rows = compare(&results, &config(&args)?)?;
            output::print(&Tidy::from_comparisons(&rows), &args.output)
        }
    }
}

fn read(args: &ResultsArgs, quiet: bool) -> Result<Results> {
    let options = super::import::options(&args.columns, args.unit, args.n, args.ddof, &args.source)?;
    let results = analysis::input::read(&args.input, &options)?;
    if !quiet {
        for option in [args.reps.map(|_| "--reps"), args.seed.map(|_| "--seed")].into_iter().flatten() {
            say(&format!("note: {option} changes nothing: no test of this call draws random numbers"));
        }
        let all_values = results.groups.iter().all(|group| matches!(group.spread, Spread::Values { .. }));
        if all_values && (args.n.is_some() || args.ddof.is_some()) {
            say("warning: --n and --ddof change nothing: the input holds single values, not means");
        }
    }
    super::import::say_notes(&results, quiet);
    Ok(results)
}

/// A significance level strictly between 0 and 1.
fn level(alpha: f64) -> Result<f64> {
    if 0.0 < alpha && alpha < 1.0 {
        Ok(alpha)
    } else {
        Err(Error::input(format!("--alpha {alpha}: must lie between 0 and 1")))
    }
}

fn config(args: &CompareArgs) -> Result<CompareConfig> {
    let pairs = match (&args.baseline, args.all_pairs, args.against_best) {
        (Some(model), ..) => Pairs::Baseline(model.clone()),
        (None, true, _) => Pairs::AllPairs,
        (None, _, true) => Pairs::AgainstBest,
        _ => {
            return Err(Error::input("say what to compare: --baseline MODEL, --all-pairs or --against-best"));
        }
    };
    if let Some(margin) = args.margin.filter(|margin| !(0.0 < *margin && *margin < 1.0)) {
        return Err(Error::input(format!(
            "--margin {margin}: a fraction between 0 and 1 (0.01 = one point)"
        )));
    }
    Ok(CompareConfig {
        pairs,
        test: match args.test {
            TestArg::Welch => Test::Welch,
            TestArg::Student => Test::Student,
        },
        adjust: match args.adjust {
            AdjustArg::None => Adjust::None,
            AdjustArg::Bonferroni => Adjust::Bonferroni,
            AdjustArg::Holm => Adjust::Holm,
            AdjustArg::Hochberg => Adjust::Hochberg,
            AdjustArg::Hommel => Adjust::Hommel,
            AdjustArg::Bh => Adjust::Bh,
            AdjustArg::By => Adjust::By,
        },
        adjust_over: match args.adjust_over {
            OverArg::Task => AdjustOver::Task,
            OverArg::All => AdjustOver::All,
        },
        alternative: match args.alternative {
            AlternativeArg::TwoSided => Alternative::TwoSided,
            AlternativeArg::Greater => Alternative::Greater,
            AlternativeArg::Less => Alternative::Less,
        },
        alpha: level(args.alpha)?,
        margin: args.margin,
    })
}
