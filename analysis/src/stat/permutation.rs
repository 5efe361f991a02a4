//! The permutation test of a difference of means, and the interval that goes with it.
//!
//! Comes in: the values of two unpaired groups, a number of draws, a seed. Goes out: p-values by counting all
//! regroupings of the values, or random ones where there are too many. Pairs nothing (`signflip.rs`), studentizes
//! nothing (`brunner.rs`).

use rayon::prelude::*;

use super::interval::{Alternative, Interval};
use super::pooled::check;
use super::randomize::{
    Drawn, Move, Moves, choose, interval, least_tails, rounding, sums_at_least, sums_at_most, tails,
};
use super::reason::{Side, Untestable};
use super::tested::{Null, RankTest};

/// Permutation test of mean a - mean b (Fisher 1935): exact up to 18 against 18 values and wherever there are at most a
/// million regroupings (3 against 180 values), else p = (b + 1)/(B + 1) from `reps` regroupings drawn with `seed`
/// (Phipson & Smyth 2010).
///
/// The statistic is mean a - mean b; two-sided P(|T| >= |t|). Differences that are equal but for rounding are equal.
/// The exact count never lists the C(n_a + n_b, n_a) regroupings: it merges the sorted sums of the subsets of a with
/// those of b (Pagano & Tritchler 1983 have another way; this one is Horowitz & Sahni's 1974).
///
/// Calibration: as a test of means it needs equal distributions: with SDs of 3 and 1 it rejects equal means at the 5 %
/// level in 16.6 % where the wider group is the smaller one (5 and 10 normal values), in 1.6 % where it is the larger
/// one, in 6.8 % of 5 and 5. See `docs/calibration.md`.
///
/// # Errors
/// [`Untestable::FewValues`] for an empty group, [`Untestable::NotFinite`], [`Untestable::AllTied`].
///
/// # Example
/// ```
/// let test = analysis::stat::permutation(&[0.91, 0.92, 0.93], &[0.88, 0.89, 0.90], 9999, 1).unwrap();
/// assert_eq!((test.null.as_str(), test.p.two_sided, test.p.less), ("exact", 0.1, 1.0));
/// ```
pub fn permutation(a: &[f64], b: &[f64], reps: u64, seed: u64) -> Result<RankTest, Untestable> {
    let groups = Groups::new(a, b)?;
    let (least, most) = groups.extremes();
    let (observed, rounding) = (groups.observed(), groups.rounding);
    let (null, p, least_p) = match Swaps::new(&groups) {
        Some(swaps) => (
            Null::Exact,
            tails(&swaps, observed, observed, rounding),
            least_tails(&swaps, observed, least, most, rounding),
        ),
        None => {
            let drawn = groups.draw(reps, seed);
            (Null::MonteCarlo { reps }, tails(&drawn, observed, observed, rounding), drawn.least_tails())
        }
    };
    Ok(RankTest { statistic: groups.difference(), df: None, p, null, least_p })
}

/// The 1 - alpha interval of the shift of a against b that inverts [`permutation`]: all shifts δ such that the test of
/// a - δ against b has p >= alpha, one-sided with a one-sided alternative, else with alpha/2 on each side.
///
/// Its ends are order statistics of the differences of means of equally many values of a and of b (Hartigan 1969;
/// Maritz 1995), found by bisection. With random regroupings they are those that [`permutation`] draws with the same
/// seed.
///
/// At usual levels it holds mean a - mean b; at levels near one half, of few and skewed values, it need not.
///
/// `None` where there is no test, and where the level cannot be reached: fewer than 2/alpha regroupings reject no shift
/// whatever.
///
/// Calibration: where the distributions differ by more than a shift the 95 % interval fails with the test: SDs of 3 and
/// 1 give 86.7 % (5 in the wider group, 10 normal values), with skewed values 82.0 %. See `docs/calibration.md`.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative::TwoSided, permutation_interval};
///
/// // Of 20 regroupings 10 % are 2: the interval reaches from the least difference to the largest.
/// let interval = permutation_interval(&[5.0, 6.0, 7.0], &[1.0, 2.0, 4.0], 0.2, TwoSided, 9999, 1).unwrap();
/// assert_eq!((interval.low, interval.high), (Some(1.0), Some(6.0)));
/// // The least p is .1: no shift is rejected at that level, nor at .05.
/// assert_eq!(permutation_interval(&[5.0, 6.0, 7.0], &[1.0, 2.0, 4.0], 0.1, TwoSided, 9999, 1), None);
/// ```
pub fn permutation_interval(
    a: &[f64],
    b: &[f64],
    alpha: f64,
    alternative: Alternative,
    reps: u64,
    seed: u64,
) -> Option<Interval> {
    let groups = Groups::new(a, b).ok()?;
    match Swaps::new(&groups) {
        Some(swaps) => interval(&swaps, alpha, alternative, groups.rounding),
        None => interval(&groups.draw(reps, seed), alpha, alternative, groups.rounding),
    }
}

/// Both groups, less their common mean.
struct Groups {
    a: Vec<f64>,
    b: Vec<f64>,
    rounding: f64,
}

impl Groups {
    fn new(a: &[f64], b: &[f64]) -> Result<Self, Untestable> {
        check(a, Side::A, 1)?;
        check(b, Side::B, 1)?;
        let all = || a.iter().chain(b);
        let (least, most) =
            all().fold((a[0], a[0]), |(least, most), value| (value.min(least), value.max(most)));
        if most <= least {
            return Err(Untestable::AllTied);
        }
        let n = (a.len() + b.len()) as f64;
        let magnitudes: f64 = all().map(|value| value.abs()).sum();
        let mean = all().map(|value| value / n).sum::<f64>();
        let spread: f64 = all().map(|value| (value - mean).abs()).sum();
        if !(magnitudes + spread).is_finite() {
            return Err(Untestable::NotFinite);
        }
        // No more than this share of the values moves.
        let moving = 2.0 * a.len().min(b.len()) as f64 / n;
        let centered = |values: &[f64]| values.iter().map(|value| value - mean).collect();
        Ok(Self { a: centered(a), b: centered(b), rounding: rounding(magnitudes, spread * moving) })
    }

    /// Σa - n_a times the mean of all: mean a - mean b is this times 1/n_a + 1/n_b.
    fn observed(&self) -> f64 {
        // The common mean is 0 but for rounding.
        let (a, b): (f64, f64) = (self.a.iter().sum(), self.b.iter().sum());
        let (n_a, n_b) = (self.a.len() as f64, self.b.len() as f64);
        (a * n_b - b * n_a) / (n_a + n_b)
    }

    fn difference(&self) -> f64 {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        mean(&self.a) - mean(&self.b)
    }

    /// [`Groups::observed`] had a the lowest values of all, and the highest.
    fn extremes(&self) -> (f64, f64) {
        let mut all = [self.a.as_slice(), &self.b].concat();
        all.sort_by(f64::total_cmp);
        let n_a = self.a.len();
        let now: f64 = self.a.iter().sum();
        let least: f64 = all.iter().take(n_a).sum();
        let most: f64 = all.iter().rev().take(n_a).sum();
        (self.observed() + least - now, self.observed() + most - now)
    }

    /// Random regroupings: the first n_a places of a random order.
    fn draw(&self, reps: u64, seed: u64) -> Drawn {
        let n_a = self.a.len();
        let all = [self.a.as_slice(), &self.b].concat();
        let now: f64 = self.a.iter().sum();
        let start = || (0..all.len()).collect::<Vec<usize>>();
        Drawn::new(reps, seed, 0.0, start, |order, stream| {
            for place in 0..n_a {
                order.swap(place, place + stream.below(all.len() - place));
            }
            let (mut moved, mut sum) = (0, 0.0);
            for idx in &order[..n_a] {
                moved += usize::from(*idx >= n_a);
                sum += all[*idx];
            }
            Move { moved, gain: if moved == 0 { 0.0 } else { sum - now } }
        })
    }
}

/// All exchanges of k values of a for k of b, for every k.
struct Swaps {
    /// `leaving[k]`: minus the sums of k values of a, ascending.
    leaving: Vec<Vec<f64>>,
    /// `coming[k]`: sums of k values of b, ascending.
    coming: Vec<Vec<f64>>,
}

impl Swaps {
    fn new(groups: &Groups) -> Option<Self> {
        /// Subsets of one group, and regroupings, that are counted within milliseconds, and a hundred times for an
        /// interval.
        const MOST_SUBSETS: f64 = (1_u64 << 18) as f64;
        const MOST_REGROUPINGS: f64 = 1e6;
        let (n_a, n_b) = (groups.a.len(), groups.b.len());
        let most = n_a.min(n_b);
        let subsets: f64 = (0..=most).map(|k| choose(n_a.max(n_b), k)).sum();
        if subsets > MOST_SUBSETS && choose(n_a + n_b, most) > MOST_REGROUPINGS {
            return None;
        }
        let minus_a: Vec<f64> = groups.a.iter().map(|value| -value).collect();
        Some(Self { leaving: sums_by_size(&minus_a, most), coming: sums_by_size(&groups.b, most) })
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, (&Vec<f64>, &Vec<f64>))> {
        self.leaving.iter().zip(&self.coming).enumerate()
    }
}

impl Moves for Swaps {
    fn total(&self) -> u64 {
        self.pairs().map(|(_, (leaving, coming))| (leaving.len() * coming.len()) as u64).sum()
    }

    fn at_least(&self, gain: f64, shift: f64) -> u64 {
        self.pairs()
            .map(|(k, (leaving, coming))| sums_at_least(leaving, coming, gain - k as f64 * shift))
            .sum()
    }

    fn at_most(&self, gain: f64, shift: f64) -> u64 {
        self.pairs()
            .map(|(k, (leaving, coming))| sums_at_most(leaving, coming, gain - k as f64 * shift))
            .sum()
    }
}

/// Ascending sums of all subsets of 0, 1, .. `most` values.
fn sums_by_size(values: &[f64], most: usize) -> Vec<Vec<f64>> {
    let mut sums = vec![Vec::new(); most + 1];
    sums[0].push(0.0);
    for value in values {
        for k in (1..=most).rev() {
            let (smaller, larger) = sums.split_at_mut(k);
            larger[0].extend(smaller[k - 1].iter().map(|sum| sum + value));
        }
    }
    for sums in &mut sums {
        sums.par_sort_unstable_by(f64::total_cmp);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_there_is_no_test() {
        assert_eq!(permutation(&[], &[1.0], 9, 0).unwrap_err(), Untestable::FewValues(Side::A, 0));
        assert_eq!(permutation(&[1.0], &[f64::NAN], 9, 0).unwrap_err(), Untestable::NotFinite);
        assert_eq!(permutation(&[f64::MAX], &[f64::MIN], 9, 0).unwrap_err(), Untestable::NotFinite);
        assert_eq!(permutation(&[1.0, 1.0], &[1.0], 9, 0).unwrap_err(), Untestable::AllTied);
        assert_eq!(permutation_interval(&[1.0], &[1.0], 0.05, Alternative::TwoSided, 9, 0), None);
    }

    #[test]
    fn ties_in_decimals_are_ties() {
        // .1 + .2 against .3 + 0: every regrouping of 2 against 2 has its mirror image.
        let test = permutation(&[0.1, 0.2], &[0.3, 0.0], 9, 0).unwrap();
        assert_eq!((test.p.two_sided, test.p.greater), (1.0, 4.0 / 6.0));
    }

    #[test]
    fn draws_do_not_depend_on_threads() {
        let a: Vec<f64> = (0..40).map(|i| f64::from(i * i % 17)).collect();
        let b: Vec<f64> = (0..30).map(|i| f64::from(i * i % 13)).collect();
        let run = || {
            (permutation(&a, &b, 1000, 5), permutation_interval(&a, &b, 0.05, Alternative::TwoSided, 1000, 5))
        };
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(run);
        let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap().install(run);
        assert_eq!(one, three);
        assert_eq!(one.0.unwrap().null, Null::MonteCarlo { reps: 1000 });
    }
}
