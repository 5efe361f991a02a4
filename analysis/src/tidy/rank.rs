//! Many models over many tasks by ranks: one test of all, mean ranks, tests of pairs, groups that do not differ.
//!
//! Comes in: a [`Grid`] of models by tasks. Goes out: rows. The formulas are in [`crate::stat`]; the ranks are those of the
//! means over runs, rank 1 is the best.

mod clique;
mod row;

use super::compare::{Draws, short};
use super::count;
use super::grid::Grid;
use super::summarize::check_alpha;
use super::verdict::Verdict;
use crate::error::{Error, Result};
use crate::named::named_cell;
use crate::stat::{
    Adjust, Alternative, Friedman, PairTest, RankTable, Reduce, StabilityConfig, Untestable, Zeros, adjust,
    conover, control_z, critical_difference, differences, friedman, midranks, nemenyi, quade, rank_stability,
    wilcoxon,
};

pub use clique::rank_cliques;
pub use row::{CliqueRow, MeanRankRow, OmnibusRow, RankPairRow};

/// Tests of pairs after ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostHoc {
    /// All pairs, adjusted by the studentized range (Nemenyi 1963).
    Nemenyi,
    /// All pairs, t on rank sums (Conover 1999).
    Conover,
    /// Models against one control, z on mean ranks (Demsar 2006).
    Control,
    /// All pairs, Wilcoxon's signed ranks over tasks (Benavoli, Corani & Mangili 2016).
    Wilcoxon,
}
named_cell!(PostHoc, "post-hoc test", Nemenyi => "nemenyi", Conover => "conover", Control => "control",
    Wilcoxon => "wilcoxon");

/// How ranks are tested.
#[derive(Debug, Clone, PartialEq)]
pub struct RankConfig {
    /// Test of pairs.
    pub post_hoc: PostHoc,
    /// The control: needed by [`PostHoc::Control`]; the others then test only pairs with it.
    pub baseline: Option<String>,
    /// Adjustment; `None` for the test's own default (Holm; Nemenyi adjusts itself).
    pub adjust: Option<Adjust>,
    /// Level.
    pub alpha: f64,
    /// Resamples of the seeds, for how stable ranks are.
    pub draws: Draws,
}

/// The ranks of a grid without holes.
fn table(grid: &Grid) -> Result<(Vec<Vec<f64>>, RankTable), Untestable> {
    let hole = || Untestable::Because("a model has no result on a task".to_owned());
    let scores: Vec<Vec<f64>> = grid
        .means()
        .into_iter()
        .map(|row| row.into_iter().collect::<Option<Vec<f64>>>().ok_or_else(hole))
        .collect::<Result<_, _>>()?;
    let table = RankTable::new(&scores)?;
    Ok((scores, table))
}

/// Friedman's, Iman and Davenport's and Quade's test of all models, in that order; Friedman's exact p-value where counting
/// all orders is cheap.
///
/// # Errors
/// When alpha is out of range.
pub fn rank_omnibus(grid: &Grid, alpha: f64) -> Result<Vec<OmnibusRow>> {
    check_alpha(alpha)?;
    let (scores, table) = match table(grid) {
        Ok(found) => found,
        Err(why) => {
            return Ok(["friedman", "iman-davenport", "quade"]
                .map(|test| untested_row(grid, test, &why))
                .to_vec());
        }
    };
    let mut rows = match friedman(&table) {
        Err(why) => ["friedman", "iman-davenport"].map(|test| untested_row(grid, test, &why)).to_vec(),
        Ok(found) => friedman_rows(grid, &found, critical_difference(table.k(), table.n(), alpha)),
    };
    rows.push(match quade(&scores) {
        Ok(found) => OmnibusRow {
            statistic: found.statistic,
            df1: Some(found.df1),
            df2: Some(found.df2),
            p_value: Some(found.p_value),
            reason: found.statistic.is_none().then(|| "the tasks agree perfectly: F is infinite".to_owned()),
            ..empty_row(grid, "quade")
        },
        Err(why) => untested_row(grid, "quade", &why),
    });
    Ok(rows)
}

fn empty_row(grid: &Grid, test: &str) -> OmnibusRow {
    OmnibusRow {
        test: test.to_owned(),
        statistic: None,
        df1: None,
        df2: None,
        p_value: None,
        kendall_w: None,
        cd: None,
        n_tasks: count(grid.tasks.len()),
        n_models: count(grid.models.len()),
        reason: None,
    }
}

fn untested_row(grid: &Grid, test: &str, why: &Untestable) -> OmnibusRow {
    OmnibusRow { reason: Some(why.explain("", "")), ..empty_row(grid, test) }
}

fn friedman_rows(grid: &Grid, found: &Friedman, cd: Option<f64>) -> Vec<OmnibusRow> {
    let shared = |test: &str| OmnibusRow { kendall_w: Some(found.kendall_w), cd, ..empty_row(grid, test) };
    let statistic = Some(found.statistic);
    let mut rows = vec![OmnibusRow {
        statistic,
        df1: Some(found.df),
        p_value: Some(found.p_value),
        ..shared("friedman")
    }];
    rows.extend(found.exact_p.map(|exact| OmnibusRow {
        statistic,
        p_value: Some(exact),
        ..shared("friedman-exact")
    }));
    rows.push(match &found.iman_davenport {
        Ok(f) => OmnibusRow {
            statistic: Some(f.statistic),
            df1: Some(f.df1),
            df2: Some(f.df2),
            p_value: Some(f.p_value),
            ..shared("iman-davenport")
        },
        Err(why) => untested_row(grid, "iman-davenport", why),
    });
    rows
}

/// Mean ranks, best first, with their intervals over resampled seeds where every model has two runs on every task.
///
/// # Errors
/// When alpha is out of range.
pub fn mean_ranks(grid: &Grid, config: &RankConfig) -> Result<Vec<MeanRankRow>> {
    check_alpha(config.alpha)?;
    let row = |model: &String, mean_rank: Option<f64>, reason: Option<String>| MeanRankRow {
        model: model.clone(),
        mean_rank,
        rank: None,
        rank_low: None,
        rank_high: None,
        share_first: None,
        n_tasks: count(grid.tasks.len()),
        reason,
    };
    let table = match table(grid) {
        Ok((_, table)) => table,
        Err(why) => {
            let reason = why.explain("", "");
            return Ok(grid.models.iter().map(|model| row(model, None, Some(reason.clone()))).collect());
        }
    };
    let stability = StabilityConfig {
        resamples: usize::try_from(config.draws.reps).unwrap_or(usize::MAX),
        seed: config.draws.seed,
        alpha: config.alpha,
        resample_tasks: false,
        reduce: Reduce::RankThenMean,
    };
    let has_runs = grid.cells.iter().flatten().all(|cell| cell.len() > 1);
    let stable = if has_runs {
        rank_stability(&grid.cells, &stability).map_err(|why| why.explain("", ""))
    } else {
        Err("no interval: a model has a single value on a task".to_owned())
    };
    let places = midranks(&table.mean_ranks()).map_or_else(Vec::new, |ranks| ranks.mid());
    let mut rows: Vec<MeanRankRow> = grid
        .models
        .iter()
        .zip(table.mean_ranks())
        .enumerate()
        .map(|(idx, (model, mean_rank))| match &stable {
            Ok(stable) => {
                let of = stable.models.get(idx);
                MeanRankRow {
                    rank: of.map(|of| of.rank),
                    rank_low: of.and_then(|of| of.interval.low),
                    rank_high: of.and_then(|of| of.interval.high),
                    share_first: of.and_then(|of| of.fractions.first().copied()),
                    ..row(model, Some(mean_rank), None)
                }
            }
            Err(why) => MeanRankRow {
                rank: places.get(idx).copied(),
                ..row(model, Some(mean_rank), Some(why.clone()))
            },
        })
        .collect();
    rows.sort_by(|a, b| {
        let rank = |row: &MeanRankRow| row.mean_rank.unwrap_or(f64::INFINITY);
        rank(a).total_cmp(&rank(b)).then_with(|| a.model.cmp(&b.model))
    });
    Ok(rows)
}

/// Tests of pairs, sorted by `model_a`, `model_b`.
///
/// # Errors
/// When alpha is out of range, the baseline is not in the grid or missing where it is needed, or p-values that are adjusted
/// already are to be adjusted again.
pub fn rank_pairs(grid: &Grid, config: &RankConfig) -> Result<Vec<RankPairRow>> {
    check_alpha(config.alpha)?;
    let how = adjustment(config)?;
    let control = config.baseline.as_ref().map(|name| grid.model(name)).transpose()?;
    if config.post_hoc == PostHoc::Control && control.is_none() {
        return Err(Error::argument("--post-hoc control needs the control: name it with --baseline MODEL"));
    }
    let (tests, ranks) = match tests(grid, config.post_hoc, control) {
        Ok((tests, ranks)) => (tests, Some(ranks)),
        Err(why) => (untested(grid.models.len(), &why), None),
    };
    let mut rows: Vec<RankPairRow> = tests
        .into_iter()
        .filter(|test| control.is_none_or(|control| test.a == control || test.b == control))
        .map(|test| pair_row(grid, &test, control, ranks.as_deref(), config.post_hoc))
        .collect();
    rows.sort_by(|x, y| (&x.model_a, &x.model_b).cmp(&(&y.model_a, &y.model_b)));
    let p_values: Vec<Option<f64>> = rows.iter().map(|row| row.p_value).collect();
    let least = least_p(grid, config);
    let reach = adjust(&vec![least; p_values.iter().flatten().count()], how).first().copied().flatten();
    for (row, adjusted) in rows.iter_mut().zip(adjust(&p_values, how)) {
        row.p_adjusted = adjusted;
        let better = row.mean_rank_a < row.mean_rank_b;
        row.verdict = match adjusted {
            None => Verdict::Untestable,
            Some(p) if p < config.alpha && better => Verdict::Better,
            Some(p) if p < config.alpha => Verdict::Worse,
            Some(_) => Verdict::Inconclusive,
        };
        if let (Some(least), Some(reach)) = (least, reach)
            && reach >= config.alpha
            && adjusted.is_some()
        {
            row.verdict = Verdict::Untestable;
            row.reason = Some(format!(
                "with {} tasks the smallest p-value that wilcoxon can reach is {}, and {} after {} over {} pairs: not below {}",
                grid.tasks.len(),
                short(least),
                short(reach),
                how.as_str(),
                p_values.iter().flatten().count(),
                config.alpha
            ));
        }
    }
    Ok(rows)
}

fn adjustment(config: &RankConfig) -> Result<Adjust> {
    match (config.post_hoc, config.adjust) {
        (PostHoc::Nemenyi, None | Some(Adjust::None)) => Ok(Adjust::None),
        (PostHoc::Nemenyi, Some(again)) => Err(Error::argument(format!(
            "nemenyi's p-values are adjusted for all pairs already; adjusting them again by {} would count the family \
             twice: use --adjust none, or --post-hoc conover",
            again.as_str()
        ))),
        (_, how) => Ok(how.unwrap_or(Adjust::Holm)),
    }
}

/// 2/2ⁿ: the smallest p-value of a signed-rank test over the tasks.
fn least_p(grid: &Grid, config: &RankConfig) -> Option<f64> {
    let n = i32::try_from(grid.tasks.len()).ok()?;
    (config.post_hoc == PostHoc::Wilcoxon).then(|| 2.0_f64.powi(1 - n).min(1.0))
}

type Tested = (Vec<PairTest>, Vec<f64>);

fn tests(grid: &Grid, post_hoc: PostHoc, control: Option<usize>) -> Result<Tested, Untestable> {
    let (scores, table) = table(grid)?;
    let tests = match (post_hoc, control) {
        (PostHoc::Nemenyi, _) => nemenyi(&table),
        (PostHoc::Conover, _) => conover(&table),
        (PostHoc::Control, Some(control)) => control_z(&table, control)?,
        (PostHoc::Control, None) => Vec::new(),
        (PostHoc::Wilcoxon, control) => signed_ranks(&scores, &table.mean_ranks(), control),
    };
    Ok((tests, table.mean_ranks()))
}

fn signed_ranks(scores: &[Vec<f64>], ranks: &[f64], control: Option<usize>) -> Vec<PairTest> {
    let k = ranks.len();
    let column = |model: usize| -> Vec<f64> { scores.iter().map(|row| row[model]).collect() };
    let all: Vec<(usize, usize)> = match control {
        Some(control) => (0..k).filter(|a| *a != control).map(|a| (a, control)).collect(),
        None => (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b))).collect(),
    };
    all.into_iter()
        .map(|(a, b)| {
            let tested = differences(&column(a), &column(b)).and_then(|found| wilcoxon(&found, Zeros::Pratt));
            PairTest {
                a,
                b,
                diff_of_mean_ranks: ranks[a] - ranks[b],
                statistic: tested.as_ref().ok().map(|test| test.statistic),
                p_value: tested.as_ref().ok().map(|test| test.p.of(Alternative::TwoSided)),
                reason: tested.err(),
            }
        })
        .collect()
}

fn untested(k: usize, why: &Untestable) -> Vec<PairTest> {
    let all = (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b)));
    all.map(|(a, b)| PairTest {
        a,
        b,
        diff_of_mean_ranks: 0.0,
        statistic: None,
        p_value: None,
        reason: Some(why.clone()),
    })
    .collect()
}

fn pair_row(
    grid: &Grid,
    test: &PairTest,
    control: Option<usize>,
    ranks: Option<&[f64]>,
    post_hoc: PostHoc,
) -> RankPairRow {
    let turned = control == Some(test.a);
    let (a, b) = if turned { (test.b, test.a) } else { (test.a, test.b) };
    let (model_a, model_b) = (grid.models[a].clone(), grid.models[b].clone());
    RankPairRow {
        reason: test.reason.as_ref().map(|why| why.explain(&model_a, &model_b)),
        model_a,
        model_b,
        statistic: test.statistic,
        p_value: test.p_value,
        p_adjusted: None,
        mean_rank_a: ranks.map(|ranks| ranks[a]),
        mean_rank_b: ranks.map(|ranks| ranks[b]),
        test: post_hoc,
        verdict: Verdict::Untestable,
    }
}
