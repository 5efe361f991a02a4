//! Friedman's test, its F form and Kendall's W.
//!
//! Comes in: a table of ranks. Goes out: whether the treatments rank alike. Says nothing of which treatment differs.

use super::exact::exact_p;
use super::{RankTable, no_disagreement, nothing_ranked};
use crate::stat::distribution::{chi2_sf, f_sf};
use crate::stat::reason::Untestable;

/// An F statistic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FTest {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom of the numerator.
    pub df1: f64,
    /// Degrees of freedom of the denominator.
    pub df2: f64,
    /// P(F > statistic).
    pub p_value: f64,
}

/// Friedman's test.
#[derive(Debug, Clone, PartialEq)]
pub struct Friedman {
    /// Number of blocks.
    pub n: usize,
    /// Number of treatments.
    pub k: usize,
    /// Friedman's χ², corrected for ties.
    pub statistic: f64,
    /// k - 1.
    pub df: f64,
    /// P(χ² > statistic), which is conservative for few blocks.
    pub p_value: f64,
    /// Iman and Davenport's F, which is less so; the reason where it is infinite.
    pub iman_davenport: Result<FTest, Untestable>,
    /// Kendall's coefficient of concordance, corrected for ties, in [0, 1]: 1 when all blocks rank alike.
    pub kendall_w: f64,
    /// The exact p-value: the share of all orders of the ranks within the blocks whose statistic is not smaller. `None`
    /// where there are too many (see [`friedman`]).
    pub exact_p: Option<f64>,
}

/// Friedman's test of the hypothesis that every order of the treatments is equally likely within a block.
///
/// χ² = 3 (k - 1) S / (n (k³ - k) - Σ (t³ - t)), with S four times the sum of squared deviations of the rank sums and t the
/// sizes of the ties (Friedman 1937; Conover 1999, section 5.8; R's `friedman.test`). W = χ²/(n (k - 1)) (Kendall & Babington
/// Smith 1939). F = (n - 1) χ²/(n (k - 1) - χ²) with k - 1 and (k - 1)(n - 1) df (Iman & Davenport 1980). All are quotients
/// of whole numbers here, so that F keeps its digits next to perfect agreement.
///
/// The exact p-value, given the ties, is found for k = 2 up to 200 blocks, k = 3 up to 62, k = 4 up to 15, k = 5 up to 6,
/// k = 6 up to 3 and k = 7 for 2; for some more with ties. Beyond, F is close.
///
/// # Errors
/// All scores within every block are equal.
///
/// # Example
/// ```
/// use analysis::stat::{RankTable, friedman};
///
/// let scores = [vec![0.9, 0.8, 0.7], vec![0.8, 0.9, 0.7], vec![0.9, 0.8, 0.7]];
/// let test = friedman(&RankTable::new(&scores).unwrap()).unwrap();
/// assert!((test.statistic - 14.0 / 3.0).abs() < 1e-15);
/// // Friedman's own table of 1937 has 0.194 for n = 3, k = 3.
/// assert_eq!(test.exact_p, Some(7.0 / 36.0));
/// ```
pub fn friedman(table: &RankTable) -> Result<Friedman, Untestable> {
    let variation = table.variation();
    if variation == 0 {
        return Err(nothing_ranked());
    }
    let (n, k) = (table.n as f64, table.k as f64);
    let df = k - 1.0;
    // W = between / whole.
    let (between, whole) = (3 * table.spread(), table.n as u128 * variation);
    let kendall_w = between as f64 / whole as f64;
    let statistic = n * df * kendall_w;
    let iman_davenport = if between == whole {
        Err(no_disagreement())
    } else {
        let f = (n - 1.0) * between as f64 / (whole - between) as f64;
        let df2 = df * (n - 1.0);
        Ok(FTest { statistic: f, df1: df, df2, p_value: f_sf(f, df, df2) })
    };
    Ok(Friedman {
        n: table.n,
        k: table.k,
        statistic,
        df,
        p_value: chi2_sf(statistic, df),
        iman_davenport,
        kendall_w,
        exact_p: exact_p(table),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_agreement_has_no_f() {
        let table = RankTable::new(&vec![vec![3.0, 2.0, 1.0]; 4]).unwrap();
        let test = friedman(&table).unwrap();
        assert_eq!((test.statistic, test.kendall_w), (8.0, 1.0));
        assert_eq!(
            test.iman_davenport.unwrap_err().explain("", ""),
            "every task ranks the models alike: the statistic is infinite"
        );
        assert_eq!(test.exact_p, Some(6.0_f64.powi(-3)));
    }

    #[test]
    fn perfect_agreement_with_ties_too() {
        let test = friedman(&RankTable::new(&vec![vec![3.0, 3.0, 1.0, 0.0]; 5]).unwrap()).unwrap();
        assert_eq!(test.kendall_w, 1.0);
        assert!(test.iman_davenport.is_err());
        assert_eq!(test.exact_p, Some(12.0_f64.powi(-4)));
    }

    #[test]
    fn total_ties_have_no_test_and_total_disagreement_has_p_1() {
        let tied = RankTable::new(&vec![vec![0.5; 4]; 3]).unwrap();
        assert_eq!(friedman(&tied).unwrap_err().explain("", ""), "all scores within every task are equal");
        let even = friedman(&RankTable::new(&[vec![1.0, 2.0], vec![2.0, 1.0]]).unwrap()).unwrap();
        assert_eq!((even.statistic, even.p_value, even.kendall_w), (0.0, 1.0, 0.0));
        assert_eq!((even.iman_davenport.unwrap().p_value, even.exact_p), (1.0, Some(1.0)));
    }
}
