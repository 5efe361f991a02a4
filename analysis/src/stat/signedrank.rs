//! The Wilcoxon signed-rank test.
//!
//! Comes in: differences of pairs, best made by `differences`. Goes out: V and its p-values, exact also with ties and
//! zeros, or the reason why there are none. Pairs nothing itself.

use super::difference::snap;
use super::lattice::{AFFORDABLE, BEARABLE, Lattice};
use super::pooled::too_many;
use super::rank::midranks;
use super::reason::Untestable;
use super::tested::{Choice, Null, RankTest, Tails};

/// What to do with differences of 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zeros {
    /// They take the lowest ranks, which then count for neither side (Pratt 1959).
    Pratt,
    /// They are left out before ranking (Wilcoxon 1945): many zeros then leave few pairs.
    Drop,
}

impl Zeros {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pratt => "pratt",
            Self::Drop => "drop",
        }
    }
}

/// Wilcoxon's signed-rank test, exact where that takes milliseconds (up to about 250 pairs), asymptotic else.
///
/// The statistic is V, the sum of the ranks of the positive differences among all magnitudes, ties sharing their mean
/// rank (Wilcoxon 1945). The exact p-values count all 2ⁿ patterns of signs of the n nonzero differences; two-sided
/// `P(|V - E V| >= |v - E V|)`, as R's `coin::wilcoxsign_test`. Magnitudes that are equal but for rounding are tied.
///
/// Calibration: of five pairs it never rejects two-sided at the 5 % level; skewed differences around a pseudo-median of
/// 0 are rejected on one side in up to 5.9 %. See `docs/calibration.md`.
///
/// # Errors
/// [`Untestable::FewPairs`] without pairs, [`Untestable::NotFinite`], [`Untestable::AllZero`].
///
/// # Example
/// ```
/// use analysis::stat::{Zeros, wilcoxon};
///
/// // Five pairs, all in favor of a: the two-sided p is .0625 and no five pairs give less.
/// let test = wilcoxon(&[0.01, 0.02, 0.03, 0.04, 0.05], Zeros::Pratt).unwrap();
/// assert_eq!((test.statistic, test.p.two_sided, test.least_p.two_sided), (15.0, 0.0625, 0.0625));
/// ```
pub fn wilcoxon(differences: &[f64], zeros: Zeros) -> Result<RankTest, Untestable> {
    wilcoxon_with(differences, zeros, Choice::Auto)
}

/// Wilcoxon's signed-rank test with the null distribution of your choice.
///
/// Asymptotic: normal with mean Σr/2 and variance Σr²/4 over the midranks r of the nonzero differences, which is the
/// usual n(n + 1)(2n + 1)/24 corrected for ties and zeros, and continuity correction ½ (Lehmann 1975), as R's
/// `wilcox.test(exact = FALSE)`.
///
/// # Errors
/// As [`wilcoxon`], and [`Untestable::Because`] where the exact distribution would take minutes.
pub fn wilcoxon_with(differences: &[f64], zeros: Zeros, choice: Choice) -> Result<RankTest, Untestable> {
    let (positive, doubled) = signed_ranks(differences, zeros)?;
    let statistic = positive as f64 / 2.0;
    let exact = match choice {
        Choice::Auto => Lattice::of_signs(&doubled, AFFORDABLE),
        Choice::Exact => Some(Lattice::of_signs(&doubled, BEARABLE).ok_or_else(too_many)?),
        Choice::Asymptotic => None,
    };
    let (null, p, least_p) = match exact {
        Some(lattice) => (Null::Exact, lattice.tails(positive), lattice.least_tails()),
        None => {
            let ranks = || doubled.iter().map(|rank| *rank as f64 / 2.0);
            let (sum, squares) = (ranks().sum::<f64>(), ranks().map(|rank| rank * rank).sum::<f64>());
            let (mean, sd) = (sum / 2.0, squares.sqrt() / 2.0);
            let least = Tails::least_normal(0.0, sum, mean, sd);
            (Null::Asymptotic, Tails::normal(statistic, mean, sd), least)
        }
    };
    Ok(RankTest { statistic, df: None, p, null, least_p })
}

/// The sum of the doubled ranks of the positive differences, and the doubled ranks of all that are not 0.
pub(super) fn signed_ranks(differences: &[f64], zeros: Zeros) -> Result<(u64, Vec<u64>), Untestable> {
    if differences.is_empty() {
        return Err(Untestable::FewPairs { found: 0, needed: 1 });
    }
    if differences.iter().any(|difference| !difference.is_finite()) {
        return Err(Untestable::NotFinite);
    }
    let mut differences = snap(differences);
    if zeros == Zeros::Drop {
        differences.retain(|difference| *difference != 0.0);
    }
    let magnitudes: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
    let ranks = midranks(&magnitudes).ok_or(Untestable::NotFinite)?;
    let ranked = || differences.iter().zip(&ranks.doubled);
    let doubled: Vec<u64> = ranked().filter(|(d, _)| **d != 0.0).map(|(_, rank)| *rank).collect();
    if doubled.is_empty() {
        return Err(Untestable::AllZero);
    }
    Ok((ranked().filter(|(d, _)| **d > 0.0).map(|(_, rank)| rank).sum(), doubled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_there_is_no_test() {
        for zeros in [Zeros::Pratt, Zeros::Drop] {
            assert_eq!(wilcoxon(&[], zeros), Err(Untestable::FewPairs { found: 0, needed: 1 }));
            assert_eq!(wilcoxon(&[0.0, -0.0], zeros), Err(Untestable::AllZero));
            assert_eq!(wilcoxon(&[1.0, f64::NAN], zeros), Err(Untestable::NotFinite));
            assert_eq!(wilcoxon(&[1.0, f64::NEG_INFINITY], zeros), Err(Untestable::NotFinite));
        }
    }

    #[test]
    fn zeros_shift_the_ranks_of_the_others() {
        let differences = [0.0, 0.0, 1.0, -2.0];
        assert_eq!(wilcoxon(&differences, Zeros::Pratt).unwrap().statistic, 3.0);
        assert_eq!(wilcoxon(&differences, Zeros::Drop).unwrap().statistic, 1.0);
    }

    #[test]
    fn one_pair_is_certain_of_nothing() {
        let test = wilcoxon(&[0.5], Zeros::Drop).unwrap();
        assert_eq!((test.p.two_sided, test.p.greater, test.p.less), (1.0, 0.5, 1.0));
    }

    #[test]
    fn thousands_of_pairs() {
        let many: Vec<f64> = (-1500..1600).map(f64::from).collect();
        assert_eq!(wilcoxon(&many, Zeros::Pratt).unwrap().null, Null::Asymptotic);
        assert_eq!(wilcoxon_with(&many, Zeros::Pratt, Choice::Exact), Err(too_many()));
    }
}
