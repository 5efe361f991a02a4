//! The exact distribution of Friedman's statistic, given the ties.
//!
//! Comes in: a table of ranks. Goes out: a p-value, or `None` where it would take too long. Approximates nothing.

use std::collections::BTreeMap;

use super::RankTable;

/// Sums of ranks visited before giving up: a tenth of a second or so.
const MOST_VISITS: f64 = 250_000.0;
/// 7! orders of a block.
const MOST_TREATMENTS: usize = 7;
/// Above, the approximations are better than anyone needs.
const MOST_BLOCKS: usize = 200;

/// The share of all orders of the ranks within the blocks whose rank sums spread at least as far as those of `table`.
///
/// The rank sums after each block are counted (Kendall & Babington Smith 1939), with one entry for all that differ in the
/// names of the treatments only: the sums ascending. The first block then needs one order. Ties stay where they are: each
/// block keeps its own midranks.
pub(super) fn exact_p(table: &RankTable) -> Option<f64> {
    if table.k > MOST_TREATMENTS || table.n > MOST_BLOCKS {
        return None;
    }
    let observed = table.spread();
    let mut blocks: Vec<Vec<u64>> = table.doubled.iter().map(|block| sorted(block.clone())).collect();
    // The order of the blocks must not decide what is affordable; the dearest one is free when it is the first.
    blocks.sort_by(|a, b| n_orders(b).total_cmp(&n_orders(a)).then_with(|| a.cmp(b)));
    let (first, rest) = blocks.split_first()?;
    let mut counts = BTreeMap::from([(first.clone(), 1.0_f64)]);
    let (mut total, mut visits) = (1.0_f64, 0.0);
    for block in rest {
        let of_block = n_orders(block);
        visits += counts.len() as f64 * of_block;
        if visits > MOST_VISITS {
            return None;
        }
        total *= of_block;
        let orders = orders(block);
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

/// k!/Π t!: how many orders the ranks of a block have, which must be ascending.
pub(super) fn n_orders(ascending: &[u64]) -> f64 {
    let (mut orders, mut placed) = (1.0, 0.0);
    for tie in ascending.chunk_by(|a, b| a == b) {
        // The binomial coefficient of the next tie among all placed so far: whole at every step.
        for taken in 1..=tie.len() {
            placed += 1.0;
            orders = orders * placed / taken as f64;
        }
    }
    orders
}

/// All distinct orders of a block's ascending ranks, each the next in the dictionary (Knuth, TAOCP 7.2.1.2, algorithm L).
fn orders(ascending: &[u64]) -> Vec<Vec<u64>> {
    let mut order = ascending.to_vec();
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
        for ranks in [vec![2, 4, 6], vec![3, 3, 6], vec![4, 4, 4], vec![3, 3, 7, 7, 10], vec![4, 4, 4, 9, 9]]
        {
            assert_eq!(orders(&ranks).len() as f64, n_orders(&ranks), "{ranks:?}");
        }
    }

    #[test]
    fn too_many_are_left_alone() {
        let row: Vec<f64> = (0..9).map(f64::from).collect();
        assert_eq!(exact_p(&RankTable::new(&[row.clone(), row]).unwrap()), None);
        let row: Vec<f64> = (0..6).map(f64::from).collect();
        assert_eq!(exact_p(&RankTable::new(&vec![row; 40]).unwrap()), None);
    }
}
