//! Verbs about single cases: auc, cases, readers.

use analysis::input::{CaseBook, CaseKind, CaseOptions, read_cases};
use analysis::stat::SeedDesign;
use analysis::table::Tidy;
use analysis::tidy::{
    AucConfig, AucMethod, CasesPlan, CasesTest, ReadersMethod, ReadersPlan, compare_auc, compare_cases,
    run_aucs,
};

use super::bad;
use super::shared::{
    PERMUTATIONS, RESAMPLES, Used, adjustment, alternative, draws, family, level, margin, no_pairs, notes,
    pairs,
};
use crate::cli::{AucArgs, AucWhat, CaseInputArgs, CasesArgs, ReadersArgs, ReadersModel};
use crate::command::import::columns;
use crate::progress::say;
use crate::{Result, output};

fn options(args: &CaseInputArgs) -> Result<CaseOptions> {
    Ok(CaseOptions {
        columns: columns(&args.columns)?,
        models: args.models.clone(),
        positive: args.positive.clone(),
        task: args.task.clone(),
        seed: args.of_seed,
    })
}

fn read(args: &CaseInputArgs, kind: CaseKind<'_>, quiet: bool) -> Result<Vec<CaseBook>> {
    let books = read_cases(&args.input, kind, &options(args)?)?;
    if !quiet && books.iter().all(|book| book.n_groups == book.cases.len()) {
        say(
            "note: no patient has two cases; where patients do, name their column: --columns group_id=patient",
        );
    }
    Ok(books)
}

pub(super) fn auc(args: &AucArgs, quiet: bool) -> Result<()> {
    if args.what == AucWhat::Runs {
        let given = args.paired || args.unpaired || args.r#macro || args.ensemble;
        if given || pairs(&args.pairs)?.is_some() || args.method != AucMethod::Delong {
            return Err(bad(
                "--what runs takes every run by itself: no pairs, no --method, no --macro (it is there)",
            ));
        }
        notes(&args.stat, Used { adjust: false, alternative: false, draws: false }, quiet);
        let rows = run_aucs(&args.cases.input, &options(&args.cases)?)?;
        return output::print(&Tidy::from_rows(&rows), &args.output);
    }
    let draws_any = args.method == AucMethod::Bootstrap;
    notes(&args.stat, Used { adjust: true, alternative: true, draws: draws_any }, quiet);
    let config = AucConfig {
        pairs: pairs(&args.pairs)?,
        method: args.method,
        paired: if args.paired { Some(true) } else { args.unpaired.then_some(false) },
        is_macro: args.r#macro,
        ensemble: args.ensemble,
        adjust: adjustment(&args.stat),
        adjust_over: family(&args.stat),
        alternative: alternative(&args.stat),
        alpha: level(args.stat.alpha)?,
        draws: draws(&args.stat, PERMUTATIONS)?,
    };
    let books = read(&args.cases, CaseKind::Predictions, quiet)?;
    output::print(&Tidy::from_rows(&compare_auc(&books, &config)?), &args.output)
}

pub(super) fn cases(args: &CasesArgs, quiet: bool) -> Result<()> {
    let draws_any = matches!(args.test, CasesTest::SignFlip | CasesTest::Bootstrap);
    notes(&args.stat, Used { adjust: true, alternative: true, draws: draws_any }, quiet);
    let plan = CasesPlan {
        pairs: pairs(&args.pairs)?.ok_or_else(no_pairs)?,
        test: args.test,
        adjust: adjustment(&args.stat),
        adjust_over: family(&args.stat),
        alternative: alternative(&args.stat),
        alpha: level(args.stat.alpha)?,
        margin: margin(args.margin)?,
        draws: draws(&args.stat, PERMUTATIONS)?,
    };
    if !quiet {
        super::shared::say_if_lower_is_better(&args.score);
    }
    let books = read(&args.cases, CaseKind::Scores(&args.score), quiet)?;
    output::print(&Tidy::from_comparisons(&compare_cases(&books, &plan)?), &args.output)
}

pub(super) fn readers(args: &ReadersArgs, quiet: bool) -> Result<()> {
    let draws_any = args.method == ReadersMethod::Bootstrap;
    notes(&args.stat, Used { adjust: true, alternative: true, draws: draws_any }, quiet);
    let plan = ReadersPlan {
        method: args.method,
        draws: draws(&args.stat, RESAMPLES)?,
        pairs: pairs(&args.pairs)?.ok_or_else(no_pairs)?,
        design: match args.seeds {
            ReadersModel::Nested => SeedDesign::Nested,
            ReadersModel::Crossed => SeedDesign::Crossed,
        },
        adjust: adjustment(&args.stat),
        adjust_over: family(&args.stat),
        alternative: alternative(&args.stat),
        alpha: level(args.stat.alpha)?,
        margin: margin(args.margin)?,
    };
    let books = read(&args.cases, CaseKind::Predictions, quiet)?;
    output::print(&Tidy::from_comparisons(&analysis::tidy::readers(&books, &plan)?), &args.output)
}
