//! Counting what came of simulated data sets, and writing the counts.
//!
//! Comes in: a simulation of one data set. Goes out: shares with marks where they are off by more than chance. Knows no
//! test.

use analysis::stat::{Alternative, Interval, RankTest, Stream, Untestable};
use rayon::prelude::*;

/// The level of all tests; intervals are to cover 1 - `ALPHA`.
pub(crate) const ALPHA: f64 = 0.05;

/// The columns of type-I errors.
pub(crate) const SIDES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Greater, Alternative::Less];

/// Beyond this many standard errors a share is marked: once in 700 by chance, on its side.
const MARKED: f64 = 3.0;

/// How many data sets to simulate, from which random numbers.
pub(crate) struct Effort {
    pub(crate) cheap: u64,
    pub(crate) costly: u64,
    pub(crate) seed: u64,
}

/// Type-I errors of one test on one kind of data.
pub(crate) struct Errors {
    pub(crate) test: &'static str,
    pub(crate) null: &'static str,
    pub(crate) data: String,
    pub(crate) n: u64,
    /// In the order of [`SIDES`]; `None` where the test has no such side.
    pub(crate) shares: [Option<Share>; 3],
}

/// Coverage of one interval on one kind of data, without an effect and with one.
pub(crate) struct Coverage {
    pub(crate) interval: &'static str,
    pub(crate) of: &'static str,
    pub(crate) data: String,
    pub(crate) n: u64,
    pub(crate) shares: [Option<Share>; 2],
}

/// How many data sets said yes, no, or nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    yes: u64,
    no: u64,
    none: u64,
}

impl Share {
    fn count(mut self, answer: Option<bool>) -> Self {
        match answer {
            Some(true) => self.yes += 1,
            Some(false) => self.no += 1,
            None => self.none += 1,
        }
        self
    }

    fn plus(self, other: Self) -> Self {
        Self { yes: self.yes + other.yes, no: self.no + other.no, none: self.none + other.none }
    }
}

/// Simulates `n` data sets, data set i from `Stream::new(seed, i)`, and counts the answers of each. Sums of whole numbers:
/// the order of the threads does not matter.
pub(crate) fn count<const K: usize>(
    n: u64,
    seed: u64,
    one: impl Fn(&mut Stream) -> [Option<bool>; K] + Sync,
) -> [Share; K] {
    let add = |a: [Share; K], b: [Share; K]| std::array::from_fn(|at| a[at].plus(b[at]));
    (0..n)
        .into_par_iter()
        .map(|index| one(&mut Stream::new(seed, index)).map(|answer| Share::default().count(answer)))
        .reduce(|| [Share::default(); K], add)
}

/// Whether each side's p-value, in the order of [`SIDES`], is below the level, as verdicts have it. No test, no rejection.
pub(crate) fn rejections(p_values: Option<[f64; 3]>) -> [Option<bool>; 3] {
    p_values.unwrap_or([1.0; 3]).map(|p| Some(p < ALPHA))
}

/// Whether the interval holds `truth`; `None` without an interval.
pub(crate) fn holds(interval: Option<Interval>, truth: f64) -> Option<bool> {
    let interval = interval.filter(|interval| interval.low.is_some() || interval.high.is_some())?;
    let is_missed =
        interval.low.is_some_and(|low| truth < low) || interval.high.is_some_and(|high| high < truth);
    Some(!is_missed)
}

/// The p-values of a rank test, in the order of [`SIDES`].
pub(crate) fn ranked(test: Result<RankTest, Untestable>) -> Option<[f64; 3]> {
    test.ok().map(|test| SIDES.map(|side| test.p.of(side)))
}

/// The standard error of a share of 5 % (or 95 %) of `n` data sets, in percent.
pub(crate) fn nominal_error(n: u64) -> String {
    format!("{:.2}", 100.0 * standard_error(n as f64))
}

fn standard_error(n: f64) -> f64 {
    (ALPHA * (1.0 - ALPHA) / n).sqrt()
}

/// A type-I error in percent: bold where above the level by more than chance, italic where below.
pub(crate) fn level(share: Option<Share>) -> String {
    let Some(share) = share else { return "—".to_owned() };
    let n = (share.yes + share.no) as f64;
    let rate = share.yes as f64 / n;
    marked(rate, (rate - ALPHA) / standard_error(n))
}

/// A coverage in percent, of the data sets that have an interval: bold where below 95 % by more than chance, italic where
/// above.
pub(crate) fn covered(share: Option<Share>) -> String {
    let Some(share) = share else { return "—".to_owned() };
    let n = (share.yes + share.no) as f64;
    if n <= 0.0 {
        return "—".to_owned();
    }
    let missed = share.no as f64 / n;
    marked(1.0 - missed, (missed - ALPHA) / standard_error(n))
}

/// How many data sets had no interval, in percent, at each effect; empty where all had one.
pub(crate) fn missing(shares: &[Option<Share>; 2]) -> String {
    let percent = |share: &Share| 100.0 * share.none as f64 / (share.yes + share.no + share.none) as f64;
    let shares: Vec<f64> = shares.iter().flatten().map(percent).collect();
    if shares.iter().all(|share| *share <= 0.0) {
        return String::new();
    }
    shares.iter().map(|share| format!("{share:.1}")).collect::<Vec<_>>().join(" / ")
}

fn marked(rate: f64, errors_off: f64) -> String {
    let text = format!("{:.2}", 100.0 * rate);
    if errors_off > MARKED {
        format!("**{text}**")
    } else if errors_off < -MARKED {
        format!("*{text}*")
    } else {
        text
    }
}
