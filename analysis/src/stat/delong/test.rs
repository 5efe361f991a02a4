//! The result of a test of two AUCs.
//!
//! Comes in: difference, standard error and, for a t test, degrees of freedom. Goes out: p-value and interval. Estimates
//! nothing itself.

use super::by_z;
use crate::stat::distribution::{normal_cdf, t_cdf, t_sf};
use crate::stat::interval::{Alternative, Interval};

/// A test of AUC a - AUC b, or of macro AUCs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AucTest {
    /// AUC of a, in [0, 1].
    pub auc_a: f64,
    /// AUC of b, in [0, 1].
    pub auc_b: f64,
    /// Variance of AUC a.
    pub var_a: f64,
    /// Variance of AUC b.
    pub var_b: f64,
    /// Covariance of the two; 0 where they come from different cases.
    pub cov: f64,
    /// AUC a - AUC b.
    pub diff: f64,
    /// Standard error of the difference, above 0.
    pub se: f64,
    /// `diff / se`: z, or t where there are degrees of freedom.
    pub statistic: f64,
    /// Degrees of freedom of a t test; `None` for a z test.
    pub df: Option<f64>,
}

impl AucTest {
    /// The p-value, in [0, 1].
    pub fn p_value(&self, alternative: Alternative) -> f64 {
        let lower = |statistic: f64| self.df.map_or_else(|| normal_cdf(statistic), |df| t_cdf(statistic, df));
        let upper = |statistic: f64| self.df.map_or_else(|| normal_cdf(-statistic), |df| t_sf(statistic, df));
        match alternative {
            Alternative::TwoSided => (2.0 * upper(self.statistic.abs())).min(1.0),
            Alternative::Greater => upper(self.statistic),
            Alternative::Less => lower(self.statistic),
        }
    }

    /// The 1 - alpha interval of the difference, one-sided with a one-sided alternative; not cut at -1 and 1.
    pub fn interval(&self, alpha: f64, alternative: Alternative) -> Interval {
        match self.df {
            Some(df) => Interval::by_t(self.diff, self.se, df, alpha, alternative),
            None => by_z(self.diff, self.se, alpha, alternative),
        }
    }
}
