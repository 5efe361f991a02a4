//! Adjustment of a family of p-values for multiple testing.
//!
//! Comes in: p-values, `None` where a test was impossible. Goes out: adjusted p-values in the same order; `None` stays
//! `None` and does not count. Knows nothing of what was tested.

use crate::named::named;

/// How p-values are adjusted. The first four hold the chance of any false alarm; Hochberg and Hommel need independent or
/// positively dependent tests. The last two hold the share of false alarms among the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjust {
    /// Unadjusted.
    None,
    /// p · m.
    Bonferroni,
    /// Step-down (Holm 1979).
    Holm,
    /// Step-up (Hochberg 1988).
    Hochberg,
    /// Closed Simes tests (Hommel 1988).
    Hommel,
    /// False discovery rate (Benjamini & Hochberg 1995).
    Bh,
    /// False discovery rate under any dependence (Benjamini & Yekutieli 2001).
    By,
}

named!(Adjust, "adjustment", None => "none", Bonferroni => "bonferroni", Holm => "holm", Hochberg => "hochberg",
    Hommel => "hommel", Bh => "bh", By => "by");

/// Adjusts one family. The formulas are those of R's `p.adjust`; NaN counts as missing.
///
/// # Example
/// ```
/// use analysis::stat::{Adjust, adjust};
///
/// assert_eq!(adjust(&[Some(0.25), None, Some(0.125)], Adjust::Holm), [Some(0.25), None, Some(0.25)]);
/// ```
pub fn adjust(p_values: &[Option<f64>], method: Adjust) -> Vec<Option<f64>> {
    let mut ascending: Vec<(usize, f64)> = p_values
        .iter()
        .enumerate()
        .filter_map(|(idx, p)| p.filter(|p| !p.is_nan()).map(|p| (idx, p)))
        .collect();
    ascending.sort_by(|(_, p), (_, q)| p.total_cmp(q));
    let sorted: Vec<f64> = ascending.iter().map(|(_, p)| *p).collect();
    let mut out = vec![None; p_values.len()];
    for ((idx, _), adjusted) in ascending.iter().zip(adjust_sorted(&sorted, method)) {
        if let Some(cell) = out.get_mut(*idx) {
            *cell = Some(adjusted.min(1.0));
        }
    }
    out
}

/// Adjusts ascending p-values.
fn adjust_sorted(p: &[f64], method: Adjust) -> Vec<f64> {
    let m = p.len() as f64;
    // Factor of the i-th smallest p-value, i from 0.
    let scaled = |factor: &dyn Fn(f64) -> f64| -> Vec<f64> {
        p.iter().enumerate().map(|(i, p)| p * factor(i as f64)).collect()
    };
    match method {
        Adjust::None => p.to_vec(),
        Adjust::Bonferroni => scaled(&|_| m),
        Adjust::Holm => running_max(scaled(&|i| m - i)),
        Adjust::Hochberg => running_min_from_end(scaled(&|i| m - i)),
        Adjust::Hommel => hommel(p),
        Adjust::Bh => running_min_from_end(scaled(&|i| m / (i + 1.0))),
        Adjust::By => {
            let harmonic: f64 = (1..=p.len()).map(|i| 1.0 / i as f64).sum();
            running_min_from_end(scaled(&|i| harmonic * m / (i + 1.0)))
        }
    }
}

fn running_max(mut values: Vec<f64>) -> Vec<f64> {
    let mut highest = 0.0_f64;
    for value in &mut values {
        highest = highest.max(*value);
        *value = highest;
    }
    values
}

fn running_min_from_end(mut values: Vec<f64>) -> Vec<f64> {
    let mut lowest = f64::INFINITY;
    for value in values.iter_mut().rev() {
        lowest = lowest.min(*value);
        *value = lowest;
    }
    values
}

/// Hommel's adjustment of ascending p-values by the algorithm of Wright (1992, appendix), as R has it.
fn hommel(p: &[f64]) -> Vec<f64> {
    let n = p.len();
    let simes = |of: &[f64], m: usize| -> f64 {
        let terms = of.iter().enumerate().map(|(i, p)| m as f64 * p / (i + 1) as f64);
        terms.fold(f64::INFINITY, f64::min)
    };
    let mut adjusted = vec![simes(p, n); n];
    for m in (2..n).rev() {
        // The n - m + 1 smallest, and the m - 1 largest with the divisors 2, 3, ..., m.
        let (small, large) = p.split_at(n - m + 1);
        let terms = large.iter().enumerate().map(|(i, p)| m as f64 * p / (i + 2) as f64);
        let q = terms.fold(f64::INFINITY, f64::min);
        let mut candidates: Vec<f64> = small.iter().map(|p| (m as f64 * p).min(q)).collect();
        let last = candidates.last().copied().unwrap_or(q);
        candidates.resize(n, last);
        for (best, candidate) in adjusted.iter_mut().zip(candidates) {
            *best = best.max(candidate);
        }
    }
    adjusted.iter().zip(p).map(|(adjusted, p)| adjusted.max(*p)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_of_one_and_of_none() {
        for method in Adjust::ALL.iter().copied() {
            assert_eq!(adjust(&[Some(0.03)], method), [Some(0.03)]);
            assert_eq!(adjust(&[], method), []);
            assert_eq!(adjust(&[None, Some(f64::NAN)], method), [None, None]);
            assert_eq!(method.as_str().parse::<Adjust>().unwrap(), method);
        }
        assert_eq!(
            "fdr".parse::<Adjust>().unwrap_err().to_string(),
            "no adjustment 'fdr'; expected one of none, bonferroni, holm, hochberg, hommel, bh, by"
        );
    }
}
