//! Accuracies of several curves on the same cases, and their covariance over cases.
//!
//! Comes in: scores and truths, or influence values. Goes out: one accuracy a curve and their covariance matrix. Knows no
//! model and no seed, but for their places in the list.

use std::collections::BTreeMap;

use crate::stat::rank::midranks;
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

/// AUCs and their covariance (DeLong, DeLong & Clarke-Pearson 1988), structural components by midranks (Sun & Xu 2014):
/// S₁₀/m + S₀₁/n. With patients of several cases, by Obuchowski (1997): sums of the components over each patient in place
/// of components, I/(I - 1) for I patients in place of the divisors, and the covariance of a patient's own positives and
/// negatives beside.
pub(super) fn auc_covariance(
    curves: &[&[f64]],
    targets: &[bool],
    groups: Option<&[usize]>,
) -> Result<(Vec<f64>, Covariance), Untestable> {
    check(curves, targets.len(), groups)?;
    let patients = patients(targets.len(), groups);
    let n_pos = targets.iter().filter(|target| **target).count();
    let n_neg = targets.len() - n_pos;
    if n_pos == 0 || n_neg == 0 {
        return Err(Untestable::OneClass);
    }
    let n_patients = 1 + patients.iter().copied().max().unwrap_or(0);
    let with = |class: bool| {
        let mut there = vec![false; n_patients];
        patients
            .iter()
            .zip(targets)
            .filter(|(_, target)| **target == class)
            .for_each(|(at, _)| there[*at] = true);
        there.iter().filter(|is_there| **is_there).count()
    };
    let (with_pos, with_neg) = (with(true), with(false));
    if with_pos < 2 || with_neg < 2 {
        return because(
            "the variance of an AUC needs two positive and two negative cases, of different patients",
        );
    }
    let mut aucs = Vec::new();
    let (mut of_pos, mut of_neg) = (Vec::new(), Vec::new());
    for curve in curves {
        let (auc, components) = structural(curve, targets)?;
        aucs.push(auc);
        let (mut pos, mut neg) = (vec![0.0; n_patients], vec![0.0; n_patients]);
        for ((at, target), component) in patients.iter().zip(targets).zip(components) {
            let sums = if *target { &mut pos } else { &mut neg };
            sums[*at] += (component - auc) / if *target { n_pos } else { n_neg } as f64;
        }
        of_pos.push(pos);
        of_neg.push(neg);
    }
    let factor = |n: usize| n as f64 / (n as f64 - 1.0);
    let covariance = symmetric(curves.len(), |a, b| {
        let apart =
            factor(with_pos) * dot(&of_pos[a], &of_pos[b]) + factor(with_neg) * dot(&of_neg[a], &of_neg[b]);
        // 0 where each patient has one case, up to not being computed.
        let between = dot(&of_pos[a], &of_neg[b]) + dot(&of_neg[a], &of_pos[b]);
        apart + factor(n_patients) * between
    });
    Ok((aucs, covariance))
}

/// The AUC, and each case's share of cases of the other class that it beats (or is beaten by), ties half.
fn structural(scores: &[f64], targets: &[bool]) -> Result<(f64, Vec<f64>), Untestable> {
    let all = midranks(scores).ok_or(Untestable::NotFinite)?.doubled;
    let of_class = |class: bool| -> Result<Vec<u64>, Untestable> {
        let values =
            scores.iter().zip(targets).filter(|(_, target)| **target == class).map(|(score, _)| *score);
        Ok(midranks(&values.collect::<Vec<f64>>()).ok_or(Untestable::NotFinite)?.doubled)
    };
    let (pos, neg) = (of_class(true)?, of_class(false)?);
    let (n_pos, n_neg) = (pos.len() as f64, neg.len() as f64);
    let (mut next_pos, mut next_neg) = (pos.iter(), neg.iter());
    let (mut components, mut won) = (Vec::with_capacity(all.len()), 0_u64);
    for (rank, target) in all.iter().zip(targets) {
        let own = if *target { next_pos.next() } else { next_neg.next() };
        // Twice the number of cases of the other class below; whole, so nothing rounds.
        let below = rank - own.copied().unwrap_or(0);
        components.push(if *target {
            below as f64 / (2.0 * n_neg)
        } else {
            1.0 - below as f64 / (2.0 * n_pos)
        });
        won += if *target { below } else { 0 };
    }
    Ok((won as f64 / (2.0 * n_pos * n_neg), components))
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
