//! How well the models' means are known: standard errors, Satterthwaite's degrees of freedom, the F test.
//!
//! Comes in: the means' covariance, its slopes along the variance parameters, and how well those are known. Goes out: t and
//! F of contrasts. Knows nothing of how the model was fitted.

use super::FRatio;
use super::matrix::{Matrix, dot};
use crate::stat::distribution::f_sf;
use crate::stat::reason::Untestable;

/// The means of the models and what is known of their errors.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    /// Mean of every model.
    pub(super) means: Vec<f64>,
    /// Covariance C of the means.
    pub(super) covariance: Matrix,
    /// ∂C/∂φ for each variance parameter φ that is not at its bound.
    pub(super) slopes: Vec<Matrix>,
    /// Covariance A of the estimates of these φ: twice the inverse of the Hessian of the criterion.
    pub(super) information: Matrix,
}

impl Spread {
    /// Estimate, standard error and degrees of freedom of Σ weights · means: df = 2 (l'Cl)² / (g'Ag), g = ∂(l'Cl)/∂φ
    /// (Satterthwaite 1946; Giesbrecht & Burns 1985).
    pub(super) fn contrast(&self, weights: &[f64]) -> Result<(f64, f64, f64), Untestable> {
        let (variance, df) = (self.covariance.between(weights, weights), self.df(weights));
        if variance > 0.0 && df > 0.0 && df.is_finite() {
            Ok((dot(weights, &self.means), variance.sqrt(), df))
        } else {
            Err(Untestable::ZeroVariance)
        }
    }

    fn df(&self, weights: &[f64]) -> f64 {
        let gradient: Vec<f64> = self.slopes.iter().map(|slope| slope.between(weights, weights)).collect();
        let variance = self.covariance.between(weights, weights);
        2.0 * variance * variance / self.information.between(&gradient, &gradient)
    }

    /// The F test of equal means: the covariance H C H' of orthonormal contrasts is turned to its principal axes, each a t
    /// with degrees of freedom ν of its own; F is the mean of t², and its second df has the mean of that of ΣF(1, ν): with
    /// E = Σ ν/(ν - 2), it is 2E/(E - q) (Fai & Cornelius 1996; lmerTest's `contestMD`). F is the same whatever the
    /// contrasts, df2 is not: orthonormal ones make it the same whatever the order of the models.
    pub(super) fn f_test(&self) -> Result<FRatio, Untestable> {
        let contrasts = orthonormal_contrasts(self.means.len());
        let of_contrasts =
            Matrix::from_fn(contrasts.len(), |a, b| self.covariance.between(&contrasts[a], &contrasts[b]));
        let (values, axes) = of_contrasts.eigen();
        let (mut sum, mut dfs) = (0.0, Vec::new());
        for (variance, axis) in values.iter().zip(&axes) {
            let weight = |model: usize| contrasts.iter().zip(axis).map(|(row, part)| row[model] * part).sum();
            let weights: Vec<f64> = (0..self.means.len()).map(weight).collect();
            let df = self.df(&weights);
            if !(*variance > 0.0 && df > 0.0 && df.is_finite()) {
                return Err(Untestable::ZeroVariance);
            }
            sum += dot(&weights, &self.means).powi(2) / variance;
            dfs.push(df);
        }
        let df1 = contrasts.len() as f64;
        let (statistic, df2) = (sum / df1, pooled_df(&dfs));
        Ok(FRatio { statistic, df1, df2, p_value: f_sf(statistic, df1, df2) })
    }
}

/// Helmert's contrasts: each model against the mean of those before it, at unit length.
fn orthonormal_contrasts(k: usize) -> Vec<Vec<f64>> {
    let row = |last: usize| {
        let size = ((last * (last + 1)) as f64).sqrt();
        let cell = |model: usize| match model {
            _ if model < last => 1.0 / size,
            _ if model == last => -(last as f64) / size,
            _ => 0.0,
        };
        (0..k).map(cell).collect()
    };
    (1..k).map(row).collect()
}

/// The second degrees of freedom of an F test from those of its t; 2 where one of them has no mean of F, as lmerTest does.
fn pooled_df(dfs: &[f64]) -> f64 {
    /// Relative; closed forms differ in rounding only.
    const EQUAL: f64 = 1e-10;
    let n = dfs.len() as f64;
    let mean = dfs.iter().sum::<f64>() / n;
    if dfs.iter().all(|df| (df - mean).abs() <= EQUAL * mean) {
        return mean;
    }
    if dfs.iter().any(|df| *df <= 2.0) {
        return 2.0;
    }
    // E - q = Σ 2/(ν - 2), without the subtraction.
    let expected: f64 = dfs.iter().map(|df| df / (df - 2.0)).sum();
    let excess: f64 = dfs.iter().map(|df| 2.0 / (df - 2.0)).sum();
    2.0 * expected / excess
}
