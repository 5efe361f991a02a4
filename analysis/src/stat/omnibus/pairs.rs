//! Comparisons of pairs of treatments by their mean ranks.
//!
//! Comes in: a table of ranks. Goes out: a test of every pair, or of all against one control, and the least difference
//! that is significant. Adjusts nothing but what is in the distribution itself (Nemenyi).

use super::{RankTable, no_disagreement};
use crate::stat::distribution::{
    normal_cdf, normal_quantile, studentized_range_sf, studentized_range_upper_quantile, t_sf,
};
use crate::stat::reason::Untestable;

/// A comparison of two treatments.
#[derive(Debug, Clone, PartialEq)]
pub struct PairTest {
    /// The one treatment, as its column.
    pub a: usize,
    /// The other; the control where there is one.
    pub b: usize,
    /// Mean rank of a less mean rank of b: negative when a is better.
    pub diff_of_mean_ranks: f64,
    /// Size of the statistic, without sign; `None` where it is undefined.
    pub statistic: Option<f64>,
    /// Two-sided p-value; `None` where the statistic is undefined.
    pub p_value: Option<f64>,
    /// Why there is no statistic.
    pub reason: Option<Untestable>,
}

/// Nemenyi's comparison of all pairs a < b; the p-values are adjusted for all of them.
///
/// The statistic is |z| = |mean rank difference|/√(k (k + 1)/(6 n)), and p = P(Q > √2 |z|) for the range Q of k groups with
/// infinite df (Nemenyi 1963; Demšar 2006). There is no correction for ties. The answer for a pair depends on which other
/// models are in the table (Benavoli, Corani & Mangili 2016).
pub fn nemenyi(table: &RankTable) -> Vec<PairTest> {
    let unit = unit(table.k, table.n);
    let p_value = |z: f64| studentized_range_sf(std::f64::consts::SQRT_2 * z, table.k, f64::INFINITY);
    all_pairs(table, |diff| Ok((diff / unit, p_value(diff / unit))))
}

/// Conover and Iman's comparison of all pairs a < b after Friedman's test; the p-values are not adjusted.
///
/// The statistic is |t| = |R_a - R_b|/√(2 (n A - Σ R²)/((n - 1)(k - 1))) with (n - 1)(k - 1) df, R the sums of ranks and A the
/// sum of all squared ranks (Conover & Iman 1979; Conover 1999, section 5.8). Where all blocks rank alike the denominator
/// is 0: then no pair has a statistic.
pub fn conover(table: &RankTable) -> Vec<PairTest> {
    let squares: u128 = table.doubled.iter().flatten().map(|rank| u128::from(*rank).pow(2)).sum();
    let sums: u128 = table.sums.iter().map(|sum| u128::from(*sum).pow(2)).sum();
    // Both are four times too large, as ranks are doubled.
    let within = (table.n as u128 * squares - sums) as f64 / 4.0;
    let n = table.n as f64;
    let df = (n - 1.0) * (table.k as f64 - 1.0);
    let unit = (2.0 * within / df).sqrt() / n;
    all_pairs(table, |diff| {
        if within <= 0.0 {
            return Err(no_disagreement());
        }
        Ok((diff / unit, 2.0 * t_sf(diff / unit, df)))
    })
}

/// Every other treatment against `control`; the p-values are not adjusted (Holm's method goes with them).
///
/// |z| as for [`nemenyi`], p = 2 P(Z > |z|) (Demšar 2006, section 3.2.2).
///
/// # Errors
/// There is no such treatment.
pub fn control_z(table: &RankTable, control: usize) -> Result<Vec<PairTest>, Untestable> {
    if control >= table.k {
        return Err(Untestable::Because(format!("no treatment {control} among {}", table.k)));
    }
    let unit = unit(table.k, table.n);
    let test = |diff: f64| Ok((diff / unit, 2.0 * normal_cdf(-diff / unit)));
    Ok((0..table.k).filter(|a| *a != control).map(|a| pair(table, a, control, &test)).collect())
}

/// Nemenyi's critical difference of mean ranks: q(alpha, k, ∞)/√2 · √(k (k + 1)/(6 n)) (Demšar 2006); `None` unless k >= 2,
/// n >= 1 and 0 < alpha < 1.
///
/// # Example
/// ```
/// // Demšar (2006) has 2.569 · √(4 · 5/(6 · 14)) = 1.25 for four classifiers on 14 data sets.
/// let difference = analysis::stat::critical_difference(4, 14, 0.05).unwrap();
/// assert!((difference - 1.2535).abs() < 1e-4);
/// ```
pub fn critical_difference(k: usize, n: usize, alpha: f64) -> Option<f64> {
    let q = studentized_range_upper_quantile(alpha, k, f64::INFINITY)?;
    (n >= 1).then(|| q / std::f64::consts::SQRT_2 * unit(k, n))
}

/// Bonferroni and Dunn's critical difference of mean ranks against a control: z(1 - alpha/(2 (k - 1))) · √(k (k + 1)/(6 n))
/// (Dunn 1961; Demšar 2006); `None` unless k >= 2, n >= 1 and 0 < alpha < 1.
pub fn bonferroni_dunn_difference(k: usize, n: usize, alpha: f64) -> Option<f64> {
    if !(k >= 2 && n >= 1 && 0.0 < alpha && alpha < 1.0) {
        return None;
    }
    let z = normal_quantile(alpha / (2.0 * (k as f64 - 1.0)))?;
    Some(-z * unit(k, n))
}

/// Standard error of a difference of mean ranks.
fn unit(k: usize, n: usize) -> f64 {
    let (k, n) = (k as f64, n as f64);
    (k * (k + 1.0) / (6.0 * n)).sqrt()
}

/// Statistic and p-value of an absolute difference of mean ranks.
type Outcome = Result<(f64, f64), Untestable>;

fn all_pairs(table: &RankTable, test: impl Fn(f64) -> Outcome) -> Vec<PairTest> {
    let pairs = (0..table.k).flat_map(|a| (a + 1..table.k).map(move |b| (a, b)));
    pairs.map(|(a, b)| pair(table, a, b, &test)).collect()
}

fn pair(table: &RankTable, a: usize, b: usize, test: &impl Fn(f64) -> Outcome) -> PairTest {
    let (high, low) = (table.sums[a], table.sums[b]);
    let size = high.abs_diff(low) as f64 / (2 * table.n) as f64;
    let diff_of_mean_ranks = if high < low { -size } else { size };
    match test(size) {
        Ok((statistic, p)) => PairTest {
            a,
            b,
            diff_of_mean_ranks,
            statistic: Some(statistic),
            p_value: Some(p.min(1.0)),
            reason: None,
        },
        Err(reason) => {
            PairTest { a, b, diff_of_mean_ranks, statistic: None, p_value: None, reason: Some(reason) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_agreement_is_no_nan() {
        // maximtrp/scikit-posthocs#76.
        let table = RankTable::new(&vec![vec![3.0, 2.0, 1.0]; 4]).unwrap();
        for test in conover(&table) {
            assert_eq!((test.statistic, test.p_value), (None, None));
            assert!(test.reason.is_some());
        }
        assert!(nemenyi(&table).iter().all(|test| test.p_value.is_some()));
    }

    #[test]
    fn all_tied_is_no_difference() {
        let table = RankTable::new(&vec![vec![0.5; 3]; 4]).unwrap();
        for test in nemenyi(&table) {
            assert_eq!((test.statistic, test.p_value, test.diff_of_mean_ranks), (Some(0.0), Some(1.0), 0.0));
        }
        assert!(conover(&table).iter().all(|test| test.p_value.is_none()));
        assert!(control_z(&table, 3).is_err());
        assert_eq!(control_z(&table, 1).unwrap().len(), 2);
    }

    #[test]
    fn differences_need_sense() {
        assert_eq!(critical_difference(1, 5, 0.05), None);
        assert_eq!(critical_difference(3, 0, 0.05), None);
        assert_eq!(critical_difference(3, 5, f64::NAN), None);
        assert_eq!(bonferroni_dunn_difference(1, 5, 0.05), None);
        assert_eq!(bonferroni_dunn_difference(3, 5, 1.0), None);
    }
}
