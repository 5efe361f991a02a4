//! Verbs about many models on many tasks: rank, aggregate, mixed, bayes.

use analysis::table::Tidy;
use analysis::tidy::{
    self, AggregatePlan, BayesMethod, BayesPlan, Grid, LeaveOut, Normalize, Pairs, PostHoc, RankConfig,
    Statistic,
};

use super::bad;
use super::shared::{POSTERIOR, RESAMPLES, Used, adjustment, draws, level, no_pairs, notes, pairs, read};
use crate::cli::{AggregateArgs, AggregateWhat, BayesArgs, Incomplete, MixedArgs, RankArgs, RankWhat};
use crate::progress::say;
use crate::{Result, output};

/// The grid of the input, and what was left out of it.
fn grid(results: &analysis::input::Results, leave_out: LeaveOut, quiet: bool) -> Result<Grid> {
    let grid = Grid::new(results, leave_out)?;
    if !quiet {
        grid.left_out.iter().for_each(|told| say(&format!("warning: {told}")));
    }
    Ok(grid)
}

fn leave(incomplete: Incomplete) -> LeaveOut {
    match incomplete {
        Incomplete::Tasks => LeaveOut::Tasks,
        Incomplete::Models => LeaveOut::Models,
    }
}

pub(super) fn rank(args: &RankArgs, quiet: bool) -> Result<()> {
    let of_pairs = matches!(args.what, RankWhat::Pairs | RankWhat::Cliques);
    notes(
        &args.stat,
        Used { adjust: of_pairs, alternative: false, draws: args.what == RankWhat::Ranks },
        quiet,
    );
    let results = read(&args.results, quiet)?;
    let grid = grid(&results, leave(args.leave_out), quiet)?;
    let config = RankConfig {
        post_hoc: args.post_hoc,
        baseline: args.baseline.clone(),
        adjust: args.stat.adjust,
        alpha: level(args.stat.alpha)?,
        draws: draws(&args.stat, RESAMPLES)?,
    };
    if !quiet && !of_pairs && (args.post_hoc != PostHoc::Nemenyi || args.baseline.is_some()) {
        say("note: --post-hoc and --baseline change nothing without --what pairs or cliques");
    }
    let table = match args.what {
        RankWhat::Omnibus => Tidy::from_rows(&tidy::rank_omnibus(&grid, config.alpha)?),
        RankWhat::Ranks => Tidy::from_rows(&tidy::mean_ranks(&grid, &config)?),
        RankWhat::Pairs => Tidy::from_rows(&tidy::rank_pairs(&grid, &config)?),
        RankWhat::Cliques => Tidy::from_rows(&tidy::rank_cliques(&grid, &config)?),
    };
    super::shared::say_empty(&table, quiet);
    output::print(&table, &args.output)
}

pub(super) fn aggregate(args: &AggregateArgs, quiet: bool) -> Result<()> {
    notes(&args.stat, Used { adjust: false, alternative: false, draws: true }, quiet);
    let results = read(&args.results, quiet)?;
    let grid = grid(&results, leave(args.leave_out), quiet)?;
    let plan = AggregatePlan {
        normalize: args.normalize,
        baseline: args.baseline.clone(),
        alpha: level(args.stat.alpha)?,
        draws: draws(&args.stat, RESAMPLES)?,
    };
    // What is short of 1 has no meaning in standard deviations.
    let has_ceiling = args.normalize != Normalize::PooledSd;
    if !has_ceiling && args.statistic.contains(&Statistic::OptimalityGap) {
        return Err(bad(
            "--statistic optimality-gap: pooled-sd leaves no ceiling to fall short of; use --normalize none or baseline",
        ));
    }
    let all: Vec<Statistic> = Statistic::ALL
        .iter()
        .copied()
        .filter(|one| has_ceiling || *one != Statistic::OptimalityGap)
        .collect();
    let statistics: &[Statistic] = if args.statistic.is_empty() { &all } else { &args.statistic };
    if !quiet {
        let raw = args.normalize == Normalize::None && grid.tasks.len() > 1;
        if args.what == AggregateWhat::Score && raw && statistics.contains(&Statistic::Iqm) {
            say(
                "warning: the interquartile mean of raw values trims whole tasks, the hardest and the easiest: normalize \
                 first (--normalize pooled-sd or baseline)",
            );
        }
        if args.what != AggregateWhat::Score && !args.statistic.is_empty() {
            say("note: --statistic changes nothing here: it belongs to --what score");
        }
        if args.what == AggregateWhat::Improvement && args.normalize != Normalize::None {
            say(
                "note: --normalize changes nothing here: a probability of improvement is about order within a task",
            );
        }
    }
    let table = match args.what {
        AggregateWhat::Score => Tidy::from_rows(&tidy::aggregate_scores(&grid, statistics, &plan)?),
        AggregateWhat::Improvement => Tidy::from_rows(&tidy::improvements(&grid, &plan)?),
        AggregateWhat::Profile => Tidy::from_rows(&tidy::profiles(&grid, args.points, &plan)?),
    };
    output::print(&table, &args.output)
}

pub(super) fn mixed(args: &MixedArgs, quiet: bool) -> Result<()> {
    notes(&args.stat, Used { adjust: true, alternative: false, draws: false }, quiet);
    let results = read(&args.results, quiet)?;
    let grid = grid(&results, LeaveOut::Nothing, quiet)?;
    if !quiet && grid.has_summaries {
        say(
            "warning: the input holds means: each counts as one value, and the spread of its runs is not used",
        );
    }
    let rows = tidy::mixed(&grid, args.baseline.as_deref(), adjustment(&args.stat), level(args.stat.alpha)?)?;
    output::print(&Tidy::from_rows(&rows), &args.output)
}

pub(super) fn bayes(args: &BayesArgs, quiet: bool) -> Result<()> {
    let draws_any = args.method == BayesMethod::SignedRank;
    notes(&args.stat, Used { adjust: false, alternative: false, draws: draws_any }, quiet);
    let results = read(&args.results, quiet)?;
    let grid = grid(&results, LeaveOut::Nothing, quiet)?;
    let pairs: Pairs = pairs(&args.pairs)?.ok_or_else(no_pairs)?;
    if !quiet && draws_any && args.rho != 0.0 {
        say("note: --rho changes nothing here: it belongs to --method correlated-t");
    }
    let plan = BayesPlan {
        pairs,
        method: args.method,
        rope: args.rope,
        rho: args.rho,
        draws: draws(&args.stat, POSTERIOR)?,
    };
    let table = Tidy::from_rows(&tidy::bayes(&results, &grid, &plan)?);
    super::shared::say_empty(&table, quiet);
    output::print(&table, &args.output)
}
