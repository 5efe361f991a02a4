//! Tests and intervals by counting rearrangements.
//!
//! Comes in: all rearrangements of the data, or some drawn at random, as [`Moves`]. Goes out: p-values, and the shifts
//! that the test does not reject. Knows neither groups nor pairs.
//!
//! A rearrangement moves `moved` values and gains `gain` on the observed statistic. When a has been shifted by δ
//! beforehand it gains `gain + moved · δ` instead: so one set of rearrangements gives the tests of all shifts, and by
//! inversion the interval (Hartigan 1969; Garthwaite 1996).

use rayon::prelude::*;

use super::interval::{Alternative, Interval};
use super::random::Stream;
use super::search::first_where;
use super::tested::Tails;

/// Rearrangements that can be counted, the observed one among them with a gain of 0.
pub(super) trait Moves {
    /// How many there are.
    fn total(&self) -> u64;
    /// How many gain at least `gain` after a shift by `shift`.
    fn at_least(&self, gain: f64, shift: f64) -> u64;
    /// How many gain at most `gain` after a shift by `shift`.
    fn at_most(&self, gain: f64, shift: f64) -> u64;
}

/// The p-values of `statistic` when the observed one, in units of the gains and with mean 0 under the null hypothesis,
/// is `observed`. Two-sided P(|T| >= |t|). Gains closer than `rounding` are equal.
pub(super) fn tails(moves: &impl Moves, observed: f64, statistic: f64, rounding: f64) -> Tails {
    let total = moves.total() as f64;
    let up = |statistic: f64| moves.at_least(statistic - observed - rounding, 0.0) as f64;
    let down = |statistic: f64| moves.at_most(statistic - observed + rounding, 0.0) as f64;
    let size = statistic.abs();
    let both = if size <= rounding { total } else { up(size) + down(-size) };
    Tails {
        two_sided: (both / total).min(1.0),
        greater: up(statistic) / total,
        less: down(statistic) / total,
    }
}

/// The smallest p-values, when the statistic lies between `least` and `most`.
pub(super) fn least_tails(moves: &impl Moves, observed: f64, least: f64, most: f64, rounding: f64) -> Tails {
    let tails = |statistic| tails(moves, observed, statistic, rounding);
    let (low, high) = (tails(least), tails(most));
    let extreme = if least.abs() > most.abs() { low } else { high };
    Tails { two_sided: extreme.two_sided, greater: high.greater, less: low.less }
}

/// The shifts that a test at level `alpha` does not reject (p >= alpha), with half of alpha on each side of a two-sided
/// one; `None` where even an infinite shift is not rejected. Ends within `rounding` of 0 are 0.
pub(super) fn interval(
    moves: &impl Moves,
    alpha: f64,
    alternative: Alternative,
    rounding: f64,
) -> Option<Interval> {
    if !(0.0 < alpha && alpha < 1.0) {
        return None;
    }
    let alpha = if alternative == Alternative::TwoSided { alpha / 2.0 } else { alpha };
    // A level that is reached but for rounding is reached.
    let needed = (alpha * moves.total() as f64 * (1.0 - 1e-12)).ceil() as u64;
    let clean = |end: f64| if end.abs() <= rounding { 0.0 } else { end };
    let low = || {
        let kept = |shift: f64| moves.at_least(0.0, shift) >= needed;
        if kept(f64::MIN) { None } else { first_where(kept).map(clean) }
    };
    let high = || {
        let kept = |shift: f64| moves.at_most(0.0, -shift) >= needed;
        if kept(f64::MIN) { None } else { first_where(kept).map(|end| clean(-end)) }
    };
    match alternative {
        Alternative::Greater => Some(Interval { low: Some(low()?), high: None }),
        Alternative::Less => Some(Interval { low: None, high: Some(high()?) }),
        Alternative::TwoSided => Some(Interval { low: Some(low()?), high: Some(high()?) }),
    }
}

/// One rearrangement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) moved: usize,
    pub(super) gain: f64,
}

/// The observed arrangement and `reps` random ones.
#[derive(Debug)]
pub(super) struct Drawn(Vec<Move>);

impl Drawn {
    /// The observed arrangement has the gain `observed`. `draw` is called once for every random arrangement; `new`
    /// makes what it needs for a block of them. Each block has a stream of its own, so that the number of threads
    /// changes nothing.
    pub(super) fn new<S>(
        reps: u64,
        seed: u64,
        observed: f64,
        new: impl Fn() -> S + Sync,
        draw: impl Fn(&mut S, &mut Stream) -> Move + Sync,
    ) -> Self {
        /// Arrangements from one stream.
        const BLOCK: u64 = 256;
        let blocks = reps.div_ceil(BLOCK);
        let drawn: Vec<Vec<Move>> = (0..blocks)
            .into_par_iter()
            .map(|block| {
                let (mut state, mut stream) = (new(), Stream::new(seed, block));
                let size = BLOCK.min(reps - block * BLOCK);
                (0..size).map(|_| draw(&mut state, &mut stream)).collect()
            })
            .collect();
        let mut moves = drawn.concat();
        moves.push(Move { moved: 0, gain: observed });
        Self(moves)
    }

    /// The smallest p-value of B draws, 1/(B + 1).
    pub(super) fn least_tails(&self) -> Tails {
        Tails::all(1.0 / self.total() as f64)
    }

    fn count(&self, shift: f64, keep: impl Fn(f64) -> bool) -> u64 {
        let gain = |one: &&Move| keep(one.gain + one.moved as f64 * shift);
        self.0.iter().filter(gain).count() as u64
    }
}

impl Moves for Drawn {
    fn total(&self) -> u64 {
        self.0.len() as u64
    }

    fn at_least(&self, gain: f64, shift: f64) -> u64 {
        self.count(shift, |found| found >= gain)
    }

    fn at_most(&self, gain: f64, shift: f64) -> u64 {
        self.count(shift, |found| found <= gain)
    }
}

/// How many of the sums of one number of each list, both ascending, are at least `least`.
pub(super) fn sums_at_least(ups: &[f64], downs: &[f64], least: f64) -> u64 {
    count_sums(ups, downs, |up, down| least - up <= down)
}

/// How many of the sums of one number of each list, both ascending, are at most `most`.
pub(super) fn sums_at_most(ups: &[f64], downs: &[f64], most: f64) -> u64 {
    (ups.len() * downs.len()) as u64 - count_sums(ups, downs, |up, down| most - up < down)
}

/// Pairs that `keep` keeps: with a pair it keeps all that are larger in either number.
fn count_sums(ups: &[f64], downs: &[f64], keep: impl Fn(f64, f64) -> bool) -> u64 {
    // As the first number grows, ever smaller second ones do.
    let mut from = downs.len();
    let mut found = 0;
    for up in ups {
        while from > 0 && keep(*up, downs[from - 1]) {
            from -= 1;
        }
        found += (downs.len() - from) as u64;
    }
    found
}

/// Two ascending lists as one.
pub(super) fn merged(a: &[f64], b: impl ExactSizeIterator<Item = f64>) -> Vec<f64> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let mut rest = a.iter().copied().peekable();
    for next in b {
        while let Some(smaller) = rest.next_if(|first| *first <= next) {
            all.push(smaller);
        }
        all.push(next);
    }
    all.extend(rest);
    all
}

/// The number of ways to choose `k` of `n`, or infinity; exact up to 2^53.
pub(super) fn choose(n: usize, k: usize) -> f64 {
    (0..k.min(n.saturating_sub(k)))
        .fold(f64::from(u8::from(k <= n)), |ways, idx| ways * (n - idx) as f64 / (idx + 1) as f64)
}

/// Rounding of gains: a few units in the last place of the values, and 10⁻¹¹ of their spread, so that printed scores
/// that tie in decimals tie here too; among continuous values it moves a p-value by about that share of itself.
pub(super) fn rounding(magnitudes: f64, spread: f64) -> f64 {
    8.0 * f64::EPSILON * magnitudes + 1e-11 * spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_choose() {
        assert_eq!((choose(20, 10), choose(5, 0), choose(5, 5), choose(3, 4)), (184_756.0, 1.0, 1.0, 0.0));
        assert!(choose(5000, 2500).is_infinite());
    }

    #[test]
    fn counts_sums() {
        let (ups, downs) = ([-1.0, 0.0, 2.0], [0.0, 1.0]);
        assert_eq!(sums_at_least(&ups, &downs, 0.0), 5);
        assert_eq!(sums_at_least(&ups, &downs, 3.0), 1);
        assert_eq!(sums_at_least(&ups, &downs, 3.5), 0);
        assert_eq!((sums_at_most(&ups, &downs, 0.0), sums_at_most(&ups, &downs, -2.0)), (3, 0));
        assert_eq!(merged(&ups, [0.0, 1.0].into_iter()), [-1.0, 0.0, 0.0, 1.0, 2.0]);
    }
}
