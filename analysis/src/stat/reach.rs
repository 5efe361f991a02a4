//! The smallest p-values that rank and permutation tests can reach.
//!
//! Comes in: a test and numbers of values. Goes out: its smallest p-value in closed form, and the smallest number of values
//! with which it can be significant at all. Looks at no data: ties only raise what is reachable.

use super::interval::Alternative;

/// A test whose p-value is a count of arrangements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExactTest {
    /// Wilcoxon's signed ranks of pairs: 2ⁿ signs.
    Wilcoxon,
    /// Signs of the paired differences, flipped: 2ⁿ signs.
    SignFlip,
    /// Ranks of two groups (Mann-Whitney, Wilcoxon's rank sum): C(n_a + n_b, n_a) arrangements.
    MannWhitney,
    /// Difference of two means under all C(n_a + n_b, n_a) arrangements.
    Permutation,
}

/// The smallest p-value that the exact test can reach with `n_a` and `n_b` values (for pairs both are the number of pairs):
/// one arrangement of all, and with two sides its mirror image too.
///
/// 2/2ⁿ for signs (Fisher 1935), 2/C(n_a + n_b, n_a) for ranks. A permutation of unequal groups has no mirror image: with
/// two sides, counting |difference|, 1/C(n_a + n_b, n_a) can be reached. 0 only below the smallest number of the machine.
/// `None` below one value, or where pairs do not match.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, ExactTest, least_p};
///
/// // Five pairs can never be significant at .05, with two sides.
/// assert_eq!(least_p(ExactTest::Wilcoxon, 5, 5, Alternative::TwoSided), Some(0.0625));
/// ```
pub fn least_p(test: ExactTest, n_a: i64, n_b: i64, alternative: Alternative) -> Option<f64> {
    let is_paired = matches!(test, ExactTest::Wilcoxon | ExactTest::SignFlip);
    if n_a < 1 || n_b < 1 || (is_paired && n_a != n_b) {
        return None;
    }
    // 2^-1100 is 0 already.
    let one = if is_paired { 0.5_f64.powi(n_a.min(1100) as i32) } else { one_over_choose(n_a, n_b) };
    let has_mirror = test != ExactTest::Permutation || n_a == n_b;
    let sides = if alternative == Alternative::TwoSided && has_mirror { 2.0 } else { 1.0 };
    Some((sides * one).min(1.0))
}

/// The smallest n (pairs, or values in each of two equal groups) whose [`least_p`] is below `alpha`; `None` unless
/// 0 < alpha <= 1, and where no double lies below alpha.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, ExactTest, least_n};
///
/// assert_eq!(least_n(ExactTest::Wilcoxon, 0.05, Alternative::TwoSided), Some(6));
/// assert_eq!(least_n(ExactTest::MannWhitney, 0.05, Alternative::TwoSided), Some(4));
/// ```
pub fn least_n(test: ExactTest, alpha: f64, alternative: Alternative) -> Option<i64> {
    if !(0.0 < alpha && alpha <= 1.0) {
        return None;
    }
    (1..=1100).find(|n| least_p(test, *n, *n, alternative).is_some_and(|p| p < alpha))
}

/// 1/C(a + b, a) as a product of ratios i/(max(a, b) + i): it shrinks by half or more a step at first, so it ends soon.
fn one_over_choose(a: i64, b: i64) -> f64 {
    let (few, many) = (a.min(b), a.max(b) as f64);
    let mut product = 1.0;
    for i in 1..=few {
        product *= i as f64 / (many + i as f64);
        if product <= 0.0 {
            break;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_arrange() {
        for test in [ExactTest::Wilcoxon, ExactTest::SignFlip, ExactTest::MannWhitney, ExactTest::Permutation]
        {
            assert_eq!(least_p(test, 0, 3, Alternative::TwoSided), None);
            assert_eq!(least_p(test, -1, -1, Alternative::TwoSided), None);
            assert_eq!(least_p(test, 1, 1, Alternative::TwoSided), Some(1.0));
            assert_eq!(least_p(test, 1, 1, Alternative::Less), Some(0.5));
            assert_eq!(least_n(test, 0.0, Alternative::Less), None);
            assert_eq!(least_n(test, f64::NAN, Alternative::Less), None);
            assert_eq!(least_p(test, i64::MAX, i64::MAX, Alternative::Less), Some(0.0));
        }
        assert_eq!(least_p(ExactTest::Wilcoxon, 5, 6, Alternative::TwoSided), None);
    }

    /// Of {10, 11} against {0, .1, .2} no other of the ten arrangements is as far apart, on either side.
    #[test]
    fn unequal_groups_have_no_mirror_image() {
        let values: [f64; 5] = [10.0, 11.0, 0.0, 0.1, 0.2];
        let total: f64 = values.iter().sum();
        let gap = |i: usize, j: usize| {
            let sum = values[i] + values[j];
            (sum / 2.0 - (total - sum) / 3.0).abs()
        };
        let pairs = (0..5).flat_map(|i| (i + 1..5).map(move |j| (i, j)));
        let n_as_far = pairs.filter(|(i, j)| gap(*i, *j) >= gap(0, 1)).count();
        assert_eq!(n_as_far, 1);
        assert_eq!(least_p(ExactTest::Permutation, 2, 3, Alternative::TwoSided), Some(0.1));
        assert_eq!(least_p(ExactTest::MannWhitney, 2, 3, Alternative::TwoSided), Some(0.2));
    }
}
