//! Exact null distributions of rank sums.
//!
//! Comes in: doubled ranks, whole numbers. Goes out: the number of arrangements for every value of their sum, and tails
//! of it. Knows no data and no test.

use super::tested::Tails;

/// Additions that take some ten milliseconds: what an exact test may cost unasked. 50 against 50 runs are 12 million.
pub(super) const AFFORDABLE: f64 = 2e7;

/// Additions that take seconds: what an exact test may cost when asked for.
pub(super) const BEARABLE: f64 = 2e9;

/// Most values: C(1000, 500) and 2^1000 are still numbers of double precision.
const MOST_VALUES: usize = 1000;

/// How many arrangements give each value `first + step · idx` of a sum: whole numbers, exact up to 2^53 and to one part
/// in 10^14 beyond.
#[derive(Debug)]
pub(super) struct Lattice {
    first: u64,
    step: u64,
    weights: Vec<f64>,
    /// Twice the mean of the sum: whole.
    twice_mean: u64,
}

impl Lattice {
    /// The sum of `size` of the doubled ranks, every subset of that size equally likely: dynamic programming over the
    /// ranks (Streitberg & Röhmel 1986). `None` when it takes more than `most` additions.
    pub(super) fn of_subsets(doubled: &[u64], size: usize, most: f64) -> Option<Self> {
        let mut ranks = doubled.to_vec();
        ranks.sort_unstable();
        let (n, step) = (ranks.len(), common_step(&ranks));
        let first: u64 = ranks.iter().take(size).sum();
        let last: u64 = ranks.iter().rev().take(size).sum();
        let additions = n as f64 * size as f64 * ((last - first) / step + 1) as f64;
        if n > MOST_VALUES || size > n || size == 0 || additions > most {
            return None;
        }
        // rows[k][idx]: subsets of k of the ranks so far whose sum exceeds that of the k smallest by step · idx.
        let mut rows = vec![Vec::new(); size + 1];
        rows[0].push(1.0);
        for (done, rank) in ranks.iter().enumerate() {
            // Fewer than this many cannot be filled up to `size` by the ranks that are left.
            let least = (size + done + 1).saturating_sub(n).max(1);
            for k in (least..=size.min(done + 1)).rev() {
                let shift = ((rank - ranks[k - 1]) / step) as usize;
                let (smaller, larger) = rows.split_at_mut(k);
                add_shifted(&mut larger[0], &smaller[k - 1], shift);
            }
        }
        let total: u64 = ranks.iter().sum();
        Some(Self { first, step, weights: rows.pop()?, twice_mean: 2 * size as u64 * total / n as u64 })
    }

    /// The sum of the doubled ranks with a positive sign, every pattern of signs equally likely. `None` when it takes
    /// more than `most` additions.
    pub(super) fn of_signs(doubled: &[u64], most: f64) -> Option<Self> {
        let total: u64 = doubled.iter().sum();
        let step = doubled.iter().fold(0, |step, rank| gcd(step, *rank)).max(1);
        let additions = doubled.len() as f64 * (total / step + 1) as f64;
        if doubled.len() > MOST_VALUES || additions > most {
            return None;
        }
        let mut weights = vec![1.0];
        for rank in doubled {
            let without = weights.clone();
            add_shifted(&mut weights, &without, (rank / step) as usize);
        }
        Some(Self { first: 0, step, weights, twice_mean: total })
    }

    /// P(S >= s), P(S <= s) and P(|S - E S| >= |s - E S|) for the value `s`.
    pub(super) fn tails(&self, s: u64) -> Tails {
        let off = self.off(s);
        let all: f64 = self.weights.iter().sum();
        let share = |keep: &dyn Fn(u64) -> bool| {
            // From both ends inwards: the small numbers first.
            let half = self.weights.len() / 2;
            let sum = |(idx, weight): (usize, &f64)| if keep(self.value(idx)) { *weight } else { 0.0 };
            let low: f64 = self.weights.iter().enumerate().take(half).map(sum).sum();
            let high: f64 = self.weights.iter().enumerate().skip(half).rev().map(sum).sum();
            ((low + high) / all).min(1.0)
        };
        Tails {
            two_sided: share(&|value| self.off(value) >= off),
            greater: share(&|value| value >= s),
            less: share(&|value| value <= s),
        }
    }

    /// The smallest probabilities that [`Lattice::tails`] can give.
    pub(super) fn least_tails(&self) -> Tails {
        let low = self.tails(self.first);
        let high = self.tails(self.value(self.weights.len().saturating_sub(1)));
        Tails { two_sided: low.two_sided.min(high.two_sided), greater: high.greater, less: low.less }
    }

    /// Index of the smallest value with P(S <= value) >= `p`.
    pub(super) fn quantile_index(&self, p: f64) -> usize {
        let all: f64 = self.weights.iter().sum();
        // A probability that is `p` but for rounding reaches it: R's rule.
        let goal = (p - 10.0 * f64::EPSILON) * all;
        let mut below = 0.0;
        self.weights
            .iter()
            .position(|weight| {
                below += weight;
                below >= goal
            })
            .unwrap_or(self.weights.len())
    }

    /// Twice the distance of `value` from the mean.
    fn off(&self, value: u64) -> u64 {
        (2 * value).abs_diff(self.twice_mean)
    }

    fn value(&self, idx: usize) -> u64 {
        self.first + self.step * idx as u64
    }
}

/// `to[idx + shift] += from[idx]`.
fn add_shifted(to: &mut Vec<f64>, from: &[f64], shift: usize) {
    let reach = from.len() + shift;
    if to.len() < reach && !from.is_empty() {
        to.resize(reach, 0.0);
    }
    for (sum, more) in to.iter_mut().skip(shift).zip(from) {
        *sum += more;
    }
}

/// The largest step that divides all differences of `ranks`.
fn common_step(ranks: &[u64]) -> u64 {
    ranks.windows(2).fold(0, |step, pair| gcd(step, pair[1] - pair[0])).max(1)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_of_six() {
        let lattice = Lattice::of_subsets(&[2, 4, 6, 8, 10, 12], 3, AFFORDABLE).unwrap();
        assert_eq!(lattice.weights, [1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 2.0, 1.0, 1.0]);
        assert_eq!(lattice.tails(30), Tails { two_sided: 0.1, greater: 0.05, less: 1.0 });
    }

    #[test]
    fn signs_of_three() {
        let lattice = Lattice::of_signs(&[2, 4, 6], AFFORDABLE).unwrap();
        assert_eq!(lattice.weights, [1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0]);
        assert_eq!(lattice.least_tails(), Tails { two_sided: 0.25, greater: 0.125, less: 0.125 });
        assert_eq!((lattice.quantile_index(0.25), lattice.quantile_index(0.26)), (1, 2));
    }

    #[test]
    fn too_much_is_none() {
        assert!(Lattice::of_subsets(&[2; 2000], 1000, BEARABLE).is_none());
        assert!(Lattice::of_signs(&[2; 2000], BEARABLE).is_none());
        assert!(Lattice::of_subsets(&[], 0, BEARABLE).is_none());
    }
}
