//! The Mann-Whitney (Wilcoxon rank-sum) test.
//!
//! Comes in: the values of two groups. Goes out: U and its p-values, exact also with ties, or the reason why there are
//! none. Estimates no shift (`shift.rs`) and no probability (`dominance.rs`).

use super::lattice::{AFFORDABLE, BEARABLE, Lattice};
use super::pooled::{Pooled, too_many};
use super::reason::Untestable;
use super::tested::{Choice, Null, RankTest, Tails};

/// Mann-Whitney test, exact where that takes milliseconds (up to about 55 against 55 values), asymptotic else.
///
/// The statistic is U, the number of pairs with the larger value in a, ties counting ½ (Mann & Whitney 1947). The exact
/// p-values are those of the permutation distribution of the midranks (Streitberg & Röhmel 1986); two-sided
/// `P(|U - E U| >= |u - E U|)`, as R's `coin::wilcox_test`, which without ties is twice the smaller tail. It tests
/// whether both groups have one distribution; it is no test of medians.
///
/// Calibration: with SDs of 3 and 1 it rejects P(a > b) = ½ at the 5 % level in 8.0 % where the wider group is the
/// smaller one (5 and 10 normal values) and in 6.0 % of 10 and 10; read as a test of means, in up to 14.7 % of skewed
/// ones. See `docs/calibration.md`.
///
/// # Errors
/// [`Untestable::FewValues`] for an empty group, [`Untestable::NotFinite`], [`Untestable::AllTied`].
///
/// # Example
/// ```
/// let test = analysis::stat::mann_whitney(&[0.91, 0.92, 0.93], &[0.88, 0.89, 0.90]).unwrap();
/// assert_eq!((test.statistic, test.p.two_sided, test.p.greater), (9.0, 0.1, 0.05));
/// // Three against three never get below .1.
/// assert_eq!(test.least_p.two_sided, 0.1);
/// ```
pub fn mann_whitney(a: &[f64], b: &[f64]) -> Result<RankTest, Untestable> {
    mann_whitney_with(a, b, Choice::Auto)
}

/// Mann-Whitney test with the null distribution of your choice.
///
/// Asymptotic: normal with mean n_a n_b/2, variance n_a n_b/12 · (N + 1 - Σ(t³ - t)/(N(N - 1))) and continuity
/// correction ½ (Lehmann 1975), as R's `wilcox.test(exact = FALSE)`.
///
/// # Errors
/// As [`mann_whitney`], and [`Untestable::Because`] where the exact distribution would take minutes.
pub fn mann_whitney_with(a: &[f64], b: &[f64], choice: Choice) -> Result<RankTest, Untestable> {
    let pooled = Pooled::new(a, b)?;
    if pooled.ranks.all_tied() {
        return Err(Untestable::AllTied);
    }
    let statistic = pooled.doubled_u() as f64 / 2.0;
    let exact = match choice {
        Choice::Auto => exact_tails(&pooled, AFFORDABLE),
        Choice::Exact => Some(exact_tails(&pooled, BEARABLE).ok_or_else(too_many)?),
        Choice::Asymptotic => None,
    };
    let (null, (p, least_p)) = match exact {
        Some(tails) => (Null::Exact, tails),
        None => (Null::Asymptotic, normal_tails(&pooled)),
    };
    Ok(RankTest { statistic, df: None, p, null, least_p })
}

/// p-values and their least, from the distribution of the rank sum of the smaller group.
fn exact_tails(pooled: &Pooled, most: f64) -> Option<(Tails, Tails)> {
    let doubled = &pooled.ranks.doubled;
    let (of_a, of_b) = doubled.split_at(pooled.n_a);
    let a_is_smaller = of_a.len() <= of_b.len();
    let smaller = if a_is_smaller { of_a } else { of_b };
    let lattice = Lattice::of_subsets(doubled, smaller.len(), most)?;
    let (p, least) = (lattice.tails(smaller.iter().sum()), lattice.least_tails());
    Some(if a_is_smaller { (p, least) } else { (p.mirrored(), least.mirrored()) })
}

fn normal_tails(pooled: &Pooled) -> (Tails, Tails) {
    let (n, pairs) = ((pooled.n_a + pooled.n_b) as f64, pooled.pairs() as f64);
    let variance = pairs / 12.0 * (n + 1.0 - pooled.ranks.tie_sum() / (n * (n - 1.0)));
    let (mean, sd) = (pairs / 2.0, variance.sqrt());
    let mut doubled = pooled.ranks.doubled.clone();
    doubled.sort_unstable();
    let own = (pooled.n_a * (pooled.n_a + 1)) as u64;
    let least = doubled.iter().take(pooled.n_a).sum::<u64>() - own;
    let most = doubled.iter().rev().take(pooled.n_a).sum::<u64>() - own;
    let p = Tails::normal(pooled.doubled_u() as f64 / 2.0, mean, sd);
    (p, Tails::least_normal(least as f64 / 2.0, most as f64 / 2.0, mean, sd))
}

#[cfg(test)]
mod tests {
    use super::super::reason::Side;
    use super::*;

    #[test]
    fn says_why_there_is_no_test() {
        assert_eq!(mann_whitney(&[], &[1.0]), Err(Untestable::FewValues(Side::A, 0)));
        assert_eq!(mann_whitney(&[1.0], &[]), Err(Untestable::FewValues(Side::B, 0)));
        assert_eq!(mann_whitney(&[1.0, f64::NAN], &[1.0]), Err(Untestable::NotFinite));
        assert_eq!(mann_whitney(&[1.0], &[f64::INFINITY]), Err(Untestable::NotFinite));
        assert_eq!(mann_whitney(&[1.0, 1.0], &[1.0]), Err(Untestable::AllTied));
    }

    #[test]
    fn one_against_one_is_certain_of_nothing() {
        let test = mann_whitney(&[2.0], &[1.0]).unwrap();
        assert_eq!((test.statistic, test.p.two_sided, test.p.greater, test.p.less), (1.0, 1.0, 0.5, 1.0));
    }

    #[test]
    fn many_values_are_asymptotic_and_exact_is_refused() {
        let a: Vec<f64> = (0..1200).map(f64::from).collect();
        assert_eq!(mann_whitney(&a, &a).unwrap().null, Null::Asymptotic);
        assert_eq!(mann_whitney_with(&a, &a, Choice::Exact), Err(too_many()));
    }
}
