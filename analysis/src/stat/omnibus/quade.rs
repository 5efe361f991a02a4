//! Quade's test: Friedman's with every block weighted by the rank of its range.
//!
//! Comes in: scores whose differences can be compared between blocks, one metric. Goes out: whether the treatments score
//! alike. Cannot know whether two blocks have the same metric: mixing AUC and Dice makes the weights meaningless.

use super::exact::n_orders;
use super::{RankTable, nothing_ranked};
use crate::stat::distribution::f_sf;
use crate::stat::rank::midranks;
use crate::stat::reason::Untestable;

/// Quade's test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quade {
    /// F; `None` where it is infinite: all blocks have the same ranks and the same range.
    pub statistic: Option<f64>,
    /// k - 1.
    pub df1: f64,
    /// (n - 1)(k - 1).
    pub df2: f64,
    /// P(F > statistic). Where F is infinite, the chance of such agreement: all orders of the ranks of a block, to the
    /// power 1 - n (Conover 1999, section 5.8).
    pub p_value: f64,
}

/// Quade's test (1979) on `scores[block][treatment]`, as R's `quade.test`.
///
/// With r the midranks within blocks and q the midranks of the blocks' ranges, s = q (r - (k + 1)/2), A = Σ s², B = Σ (Σ s
/// over blocks)²/n: F = (n - 1) B/(A - B) with k - 1 and (n - 1)(k - 1) df. All sums are of whole numbers here. Unlike in R,
/// ranges that differ by no more than the rounding of the scores are ties: 0.9 - 0.8 and 0.7 - 0.6 are the same range.
///
/// # Errors
/// As [`RankTable::new`]; all scores within every block are equal.
///
/// # Example
/// ```
/// let scores = [vec![0.9, 0.8, 0.7], vec![0.8, 0.9, 0.6], vec![0.9, 0.8, 0.5]];
/// let test = analysis::stat::quade(&scores).unwrap();
/// assert!((test.statistic.unwrap() - 4.0).abs() < 1e-14);
/// ```
pub fn quade(scores: &[Vec<f64>]) -> Result<Quade, Untestable> {
    let table = RankTable::new(scores)?;
    let (n, k) = (table.n as i128, table.k as i128);
    let weights = midranks(&ranges(scores)?).ok_or(Untestable::NotFinite)?.doubled;
    // Four times s, block by block.
    let weighted = |weight: &u64, block: &Vec<u64>| -> Vec<i128> {
        block.iter().map(|rank| i128::from(*weight) * (i128::from(*rank) - k - 1)).collect()
    };
    let (mut squares, mut sums) = (0_i128, vec![0_i128; table.k]);
    for s in weights.iter().zip(&table.doubled).map(|(weight, block)| weighted(weight, block)) {
        squares += s.iter().map(|s| s * s).sum::<i128>();
        sums.iter_mut().zip(&s).for_each(|(sum, s)| *sum += s);
    }
    if squares == 0 {
        return Err(nothing_ranked());
    }
    let between: i128 = sums.iter().map(|sum| sum * sum).sum();
    let within = n * squares - between;
    let (df1, df2) = ((k - 1) as f64, ((n - 1) * (k - 1)) as f64);
    if within == 0 {
        return Ok(Quade { statistic: None, df1, df2, p_value: chance_of_agreement(&table) });
    }
    let f = (n - 1) as f64 * between as f64 / within as f64;
    Ok(Quade { statistic: Some(f), df1, df2, p_value: f_sf(f, df1, df2) })
}

/// The range of every block; ranges closer than the rounding of the scores are made equal.
fn ranges(scores: &[Vec<f64>]) -> Result<Vec<f64>, Untestable> {
    let range = |row: &Vec<f64>| {
        let high = row.iter().fold(f64::NEG_INFINITY, |high, score| high.max(*score));
        high - row.iter().fold(f64::INFINITY, |low, score| low.min(*score))
    };
    let mut ranges: Vec<f64> = scores.iter().map(range).collect();
    if ranges.iter().any(|range| range.is_infinite()) {
        return Err(Untestable::NotFinite);
    }
    let largest = scores.iter().flatten().fold(0.0_f64, |largest, score| largest.max(score.abs()));
    // Two scores and their difference, each half a unit in the last place off, in either of two ranges.
    let rounding = 4.0 * f64::EPSILON * largest;
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by(|a, b| ranges[*a].total_cmp(&ranges[*b]));
    let mut last = f64::NEG_INFINITY;
    for idx in order {
        if ranges[idx] - last <= rounding {
            ranges[idx] = last;
        }
        last = ranges[idx];
    }
    Ok(ranges)
}

/// Π (t!/k!) over the blocks but one: each of the k!/Π t! orders of a block is equally likely.
fn chance_of_agreement(table: &RankTable) -> f64 {
    let Some((first, rest)) = table.doubled.split_first() else {
        return 1.0;
    };
    let mut ranks = first.clone();
    ranks.sort_unstable();
    n_orders(&ranks).powf(-(rest.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_breaks_no_ties() {
        // 0.9 - 0.8 < 0.7 - 0.6 < 0.3 - 0.2 in doubles, each 0.1 in decimals.
        let ranges = ranges(&[vec![0.9, 0.8], vec![0.7, 0.6], vec![0.2, 0.3], vec![0.5, 0.55]]).unwrap();
        assert_eq!(ranges[0], ranges[1]);
        assert_eq!(ranges[0], ranges[2]);
        assert!(ranges[3] < ranges[0]);
    }

    #[test]
    fn perfect_agreement() {
        let test = quade(&vec![vec![3.0, 2.0, 1.0]; 4]).unwrap();
        assert_eq!(test.statistic, None);
        assert!((test.p_value - 6.0_f64.powi(-3)).abs() < 1e-18);
        let tied = quade(&vec![vec![3.0, 3.0, 1.0]; 4]).unwrap();
        assert!((tied.p_value - 3.0_f64.powi(-3)).abs() < 1e-16);
    }

    #[test]
    fn nonsense() {
        assert!(quade(&vec![vec![0.5; 3]; 4]).is_err());
        assert!(quade(&[vec![1.0, 2.0]]).is_err());
        assert_eq!(quade(&[vec![1.0, f64::NAN], vec![1.0, 2.0]]), Err(Untestable::NotFinite));
        assert_eq!(quade(&[vec![f64::MAX, -f64::MAX], vec![1.0, 2.0]]), Err(Untestable::NotFinite));
    }
}
