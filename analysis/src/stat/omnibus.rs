//! Many treatments over many blocks: omnibus tests, comparisons of pairs, cliques, stability of ranks.
//!
//! Comes in: `scores[block][treatment]`, a block being a task or data set and a treatment a model, higher is better. Goes
//! out: ranks with 1 for the best, tests, groups that do not differ. Turns no metric around, adjusts no p-value (see
//! [`adjust`](super::adjust())), draws no diagram.

mod clique;
mod exact;
mod friedman;
mod pairs;
mod quade;
mod stability;

pub use clique::{interval_cliques, maximal_cliques};
pub use friedman::{FTest, Friedman, friedman};
pub use pairs::{PairTest, bonferroni_dunn_difference, conover, control_z, critical_difference, nemenyi};
pub use quade::{Quade, quade};
pub use stability::{ModelStability, RankStability, Reduce, StabilityConfig, rank_stability};

use super::rank::midranks;
use super::reason::Untestable;

/// Ranks of the treatments within every block: 1 is the best, ties share their mean rank.
#[derive(Debug, Clone, PartialEq)]
pub struct RankTable {
    n: usize,
    k: usize,
    doubled: Vec<Vec<u64>>,
    sums: Vec<u64>,
    tie_sum: u128,
}

impl RankTable {
    /// Ranks `scores[block][treatment]`, higher is better.
    ///
    /// # Errors
    /// Fewer than two blocks or treatments, rows of unequal length, a value that is infinite or not a number.
    ///
    /// # Example
    /// ```
    /// use analysis::stat::RankTable;
    ///
    /// let table = RankTable::new(&[vec![0.9, 0.8, 0.8], vec![0.7, 0.6, 0.5]]).unwrap();
    /// assert_eq!(table.mean_ranks(), [1.0, 2.25, 2.75]);
    /// ```
    pub fn new(scores: &[Vec<f64>]) -> Result<Self, Untestable> {
        let k = check(scores)?;
        let mut table = Self { n: scores.len(), k, doubled: Vec::new(), sums: vec![0; k], tie_sum: 0 };
        for row in scores {
            let turned: Vec<f64> = row.iter().map(|score| -score).collect();
            let ranks = midranks(&turned).ok_or(Untestable::NotFinite)?;
            for (sum, rank) in table.sums.iter_mut().zip(&ranks.doubled) {
                *sum += rank;
            }
            let cubes = ranks.ties.iter().map(|size| u128::from(*size)).map(|size| size * size * size - size);
            table.tie_sum += cubes.sum::<u128>();
            table.doubled.push(ranks.doubled);
        }
        Ok(table)
    }

    /// Number of blocks.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Number of treatments.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Twice the rank, whole numbers: `doubled()[block][treatment]`.
    pub fn doubled(&self) -> &[Vec<u64>] {
        &self.doubled
    }

    /// Twice the sum of ranks of every treatment, whole numbers.
    pub fn doubled_sums(&self) -> &[u64] {
        &self.sums
    }

    /// Mean rank of every treatment over the blocks; the best possible is 1.
    pub fn mean_ranks(&self) -> Vec<f64> {
        self.sums.iter().map(|sum| *sum as f64 / (2 * self.n) as f64).collect()
    }

    /// Σ (t³ - t) over the groups of ties of all blocks: 0 without ties.
    pub fn tie_sum(&self) -> f64 {
        self.tie_sum as f64
    }

    /// Four times the sum of squared deviations of the rank sums from their mean, exactly.
    fn spread(&self) -> u128 {
        let mean = (self.n * (self.k + 1)) as u64;
        self.sums.iter().map(|sum| u128::from(sum.abs_diff(mean)).pow(2)).sum()
    }

    /// n (k³ - k) - Σ (t³ - t), exactly: twelve times the ranks' squared deviations within blocks; 0 when every block is
    /// one tie.
    fn variation(&self) -> u128 {
        let k = self.k as u128;
        self.n as u128 * (k * k * k - k) - self.tie_sum
    }
}

/// The number of treatments of a table that can be ranked.
fn check(scores: &[Vec<f64>]) -> Result<usize, Untestable> {
    let k = scores.first().map_or(0, Vec::len);
    if let Some(ragged) = scores.iter().position(|row| row.len() != k) {
        return Err(Untestable::Because(format!(
            "task {} has {} scores and task 1 has {k}; every task needs every model",
            ragged + 1,
            scores[ragged].len()
        )));
    }
    if k < 2 {
        return Err(Untestable::Because(format!("{k} models; a comparison needs two")));
    }
    if scores.len() < 2 {
        return Err(Untestable::Because("one task; a comparison over tasks needs two".to_owned()));
    }
    if scores.iter().flatten().any(|score| !score.is_finite()) {
        return Err(Untestable::NotFinite);
    }
    Ok(k)
}

/// Why there is no test when no block tells any treatments apart.
fn nothing_ranked() -> Untestable {
    Untestable::Because("all scores within every task are equal".to_owned())
}

/// Why a statistic with the disagreement of the blocks in its denominator is infinite.
fn no_disagreement() -> Untestable {
    Untestable::Because("every task ranks the models alike: the statistic is infinite".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(scores: &[Vec<f64>]) -> String {
        RankTable::new(scores).unwrap_err().explain("", "")
    }

    #[test]
    fn what_cannot_be_ranked() {
        assert_eq!(reason(&[]), "0 models; a comparison needs two");
        assert_eq!(reason(&[vec![1.0], vec![2.0]]), "1 models; a comparison needs two");
        assert_eq!(reason(&[vec![1.0, 2.0]]), "one task; a comparison over tasks needs two");
        assert_eq!(
            reason(&[vec![1.0, 2.0], vec![1.0]]),
            "task 2 has 1 scores and task 1 has 2; every task needs every model"
        );
        assert_eq!(RankTable::new(&[vec![1.0, 2.0], vec![1.0, f64::NAN]]), Err(Untestable::NotFinite));
        assert_eq!(RankTable::new(&[vec![1.0, 2.0], vec![1.0, f64::INFINITY]]), Err(Untestable::NotFinite));
    }

    #[test]
    fn the_best_is_first() {
        let table = RankTable::new(&[vec![3.0, 1.0, 2.0], vec![5.0, 5.0, 5.0]]).unwrap();
        assert_eq!(table.doubled(), [vec![2, 6, 4], vec![4, 4, 4]]);
        assert_eq!(table.tie_sum(), 24.0);
        assert_eq!((table.n(), table.k()), (2, 3));
    }
}
