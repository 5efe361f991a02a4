//! The exact distribution of Friedman's statistic, given the ties.
//!
//! Comes in: a table of ranks. Goes out: a p-value, or `None` where it would take too long. Approximates nothing.

use std::collections::BTreeMap;

use super::RankTable;

/// Sums of ranks visited before giving up: below half a second.
const MOST_VISITS: usize = 1_000_000;
/// 8! orders of a block.
const MOST_TREATMENTS: usize = 8;

/// The share of all orders of the ranks within the blocks whose rank sums spread at least as far as those of `table`.
///
/// The rank sums after each block are counted (Kendall & Babington Smith 1939), with one entry for all that differ in the
/// names of the treatments only: the sums ascending. The first block then needs one order. Ties stay where they are: each
/// block keeps its own midranks.
pub(super) fn exact_p(table: &RankTable) -> Option<f64> {
    if table.k > MOST_TREATMENTS {
        return None;
    }
    let observed = table.spread();
    let (first, rest) = table.doubled.split_first()?;
    let mut counts = BTreeMap::from([(sorted(first.clone()), 1.0_f64)]);
    let (mut total, mut visits) = (1.0_f64, 0);
    for block in rest {
        let orders = orders(block);
        visits += counts.len() * orders.len();
        if visits > MOST_VISITS {
            return None;
        }
        total *= orders.len() as f64;
        let mut after = BTreeMap::new();
        for (sums, count) in &counts {
            for order in &orders {
                let next = sorted(sums.iter().zip(order).map(|(sum, rank)| sum + rank).collect());
                *after.entry(next).or_insert(0.0) += count;
            }
        }
        counts = after;
    }
    let mean = (table.n * (table.k + 1)) as u64;
    let spread =
        |sums: &[u64]| -> u128 { sums.iter().map(|sum| u128::from(sum.abs_diff(mean)).pow(2)).sum() };
    let reached: f64 =
        counts.iter().filter(|(sums, _)| spread(sums) >= observed).map(|(_, count)| count).sum();
    // Counts are exact to 2^53 and right to 1e-15 beyond; only their overflow is hopeless.
    (total.is_finite()).then(|| (reached / total).min(1.0))
}

fn sorted(mut sums: Vec<u64>) -> Vec<u64> {
    sums.sort_unstable();
    sums
}

/// All distinct orders of a block's ranks, each the next in the dictionary (Knuth, TAOCP 7.2.1.2, algorithm L).
fn orders(block: &[u64]) -> Vec<Vec<u64>> {
    let mut order = sorted(block.to_vec());
    let mut all = vec![order.clone()];
    while let Some(rise) = (1..order.len()).rev().find(|idx| order[idx - 1] < order[*idx]) {
        let pivot = order[rise - 1];
        let swap = (rise..order.len()).rev().find(|idx| order[*idx] > pivot);
        order.swap(rise - 1, swap.unwrap_or(rise));
        order[rise..].reverse();
        all.push(order.clone());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_distinct_and_all() {
        assert_eq!(orders(&[2, 4, 6]).len(), 6);
        assert_eq!(orders(&[3, 3, 6]), [[3, 3, 6], [3, 6, 3], [6, 3, 3]]);
        assert_eq!(orders(&[5, 5]), [[5, 5]]);
        assert_eq!(orders(&[2, 4, 6, 8, 10]).len(), 120);
    }

    #[test]
    fn too_many_are_left_alone() {
        let row: Vec<f64> = (0..9).map(f64::from).collect();
        assert_eq!(exact_p(&RankTable::new(&[row.clone(), row]).unwrap()), None);
        let row: Vec<f64> = (0..6).map(f64::from).collect();
        assert_eq!(exact_p(&RankTable::new(&vec![row; 40]).unwrap()), None);
    }
}
