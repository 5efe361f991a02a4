//! Accuracies of several curves on the same cases, and their covariance over cases.
//!
//! Comes in: scores and truths, or influence values. Goes out: one accuracy a curve and their covariance matrix. Knows no
//! model and no seed, but for their places in the list.

use std::collections::BTreeMap;

use crate::metric::auc;
use crate::stat::delong::delong_covariance;
use crate::stat::reason::Untestable;

/// Rows of a symmetric matrix.
pub(super) type Covariance = Vec<Vec<f64>>;

/// Accuracies by model and seed, and where each stands in the covariance matrix.
#[derive(Debug)]
pub(super) struct Accuracies {
    pub(super) values: Vec<Vec<f64>>,
    pub(super) n_cases: usize,
    /// First row of each model.
    starts: Vec<usize>,
    covariance: Covariance,
}

impl Accuracies {
    /// Of `sizes[model]` seeds each, in order.
    pub(super) fn new(sizes: &[usize], values: Vec<f64>, covariance: Covariance, n_cases: usize) -> Self {
        let (mut starts, mut start) = (Vec::new(), 0);
        for size in sizes {
            starts.push(start);
            start += size;
        }
        let values =
            starts.iter().zip(sizes).map(|(start, size)| values[*start..start + size].to_vec()).collect();
        Self { values, n_cases, starts, covariance }
    }

    /// Covariance of two (model, seed).
    pub(super) fn covariance(&self, a: (usize, usize), b: (usize, usize)) -> f64 {
        self.covariance[self.starts[a.0] + a.1][self.starts[b.0] + b.1]
    }
}

/// AUCs and their covariance, see [`delong_covariance`].
pub(super) fn auc_covariance(
    curves: &[&[f64]],
    targets: &[bool],
    groups: Option<&[usize]>,
) -> Result<(Vec<f64>, Covariance), Untestable> {
    check(curves, targets.len(), groups)?;
    let covariance = delong_covariance(curves, targets, groups)?;
    let aucs = curves.iter().map(|curve| auc(curve, targets).ok_or(Untestable::OneClass));
    Ok((aucs.collect::<Result<_, _>>()?, covariance))
}

/// G/(G - 1) Σ products of the influences, summed over each of G patients.
pub(super) fn influence_covariance(
    curves: &[&[f64]],
    groups: Option<&[usize]>,
) -> Result<Covariance, Untestable> {
    let n_cases = curves.first().map_or(0, |curve| curve.len());
    check(curves, n_cases, groups)?;
    if curves.iter().any(|curve| curve.iter().any(|value| value.is_infinite())) {
        return Err(Untestable::NotFinite);
    }
    let patients = patients(n_cases, groups);
    let n_patients = patients.iter().max().map_or(0, |last| last + 1);
    if n_patients < 2 {
        return because("the variance over cases needs two cases, of different patients");
    }
    let sums = |curve: &&[f64]| {
        let mut sums = vec![0.0; n_patients];
        patients.iter().zip(*curve).for_each(|(at, value)| sums[*at] += value);
        sums
    };
    let sums: Vec<Vec<f64>> = curves.iter().map(sums).collect();
    let factor = n_patients as f64 / (n_patients as f64 - 1.0);
    Ok(symmetric(curves.len(), |a, b| factor * dot(&sums[a], &sums[b])))
}

fn check(curves: &[&[f64]], n_cases: usize, groups: Option<&[usize]>) -> Result<(), Untestable> {
    if curves.is_empty() {
        return because("there is no model with a seed");
    }
    if curves.iter().any(|curve| curve.len() != n_cases)
        || groups.is_some_and(|groups| groups.len() != n_cases)
    {
        return because("all models and seeds need values of the same cases");
    }
    if curves.iter().any(|curve| curve.iter().any(|value| value.is_nan())) {
        return Err(Untestable::NotFinite);
    }
    Ok(())
}

/// Patients numbered from 0 without holes, in the order of their numbers; each case its own without `groups`.
fn patients(n_cases: usize, groups: Option<&[usize]>) -> Vec<usize> {
    let Some(groups) = groups else { return (0..n_cases).collect() };
    let mut places: BTreeMap<usize, usize> = groups.iter().map(|group| (*group, 0)).collect();
    places.values_mut().enumerate().for_each(|(place, of)| *of = place);
    groups.iter().map(|group| places[group]).collect()
}

/// Symmetric to the last digit, whatever the order of the factors in `cell`.
fn symmetric(size: usize, cell: impl Fn(usize, usize) -> f64) -> Covariance {
    (0..size).map(|row| (0..size).map(|col| cell(row.max(col), row.min(col))).collect()).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn because<T>(reason: &str) -> Result<T, Untestable> {
    Err(Untestable::Because(reason.to_owned()))
}
