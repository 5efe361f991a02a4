//! Groups of models that do not differ: the bars of a critical-difference diagram.
//!
//! Comes in: a grid, and the tests of its pairs. Goes out: rows. Tests nothing itself.

use super::{CliqueRow, PostHoc, RankConfig, rank_pairs, table};
use crate::error::{Error, Result};
use crate::stat::{interval_cliques, maximal_cliques};
use crate::tidy::count;
use crate::tidy::grid::Grid;
use crate::tidy::verdict::Verdict;

/// Groups of models of which no two differ, by the tests of [`rank_pairs`] over all pairs: neighbors in the order of mean
/// ranks for Nemenyi's and Conover's tests, any models for Wilcoxon's, whose groups need not be neighbors.
///
/// # Errors
/// As [`rank_pairs`]; tests against one control have no groups.
pub fn rank_cliques(grid: &Grid, config: &RankConfig) -> Result<Vec<CliqueRow>> {
    if config.post_hoc == PostHoc::Control || config.baseline.is_some() {
        return Err(Error::argument(
            "groups need tests of all pairs: leave out --baseline, and --post-hoc control",
        ));
    }
    let rows = rank_pairs(grid, config)?;
    let ranks: Vec<Option<f64>> = mean_ranks_of(grid);
    let Some(known) = ranks.iter().copied().collect::<Option<Vec<f64>>>() else { return Ok(Vec::new()) };
    let differ = |a: usize, b: usize| {
        rows.iter().any(|row| {
            let is = |name: &String, model: usize| *name == grid.models[model];
            let same =
                (is(&row.model_a, a) && is(&row.model_b, b)) || (is(&row.model_a, b) && is(&row.model_b, a));
            same && matches!(row.verdict, Verdict::Better | Verdict::Worse)
        })
    };
    let mut cliques = match config.post_hoc {
        PostHoc::Wilcoxon => {
            maximal_cliques(known.len(), differ).map_err(|why| Error::argument(why.explain("", "")))?
        }
        _ => interval_cliques(&known, differ),
    };
    for clique in &mut cliques {
        clique.sort_by(|a, b| known[*a].total_cmp(&known[*b]).then(a.cmp(b)));
    }
    cliques.retain(|clique| clique.len() > 1);
    cliques.sort_by(|a, b| known[a[0]].total_cmp(&known[b[0]]).then_with(|| a.cmp(b)));
    let row = |number: usize, model: usize| CliqueRow {
        clique: count(number + 1),
        model: grid.models[model].clone(),
        mean_rank: Some(known[model]),
    };
    Ok(cliques
        .iter()
        .enumerate()
        .flat_map(|(number, clique)| clique.iter().map(move |model| row(number, *model)))
        .collect())
}

fn mean_ranks_of(grid: &Grid) -> Vec<Option<f64>> {
    match table(grid) {
        Ok((_, table)) => table.mean_ranks().into_iter().map(Some).collect(),
        Err(_) => vec![None; grid.models.len()],
    }
}
