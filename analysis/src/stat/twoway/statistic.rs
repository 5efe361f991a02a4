//! Statistics of two models that take weights: means over cases, and AUCs.
//!
//! Comes in: values of seeds × cases of two models. Goes out: the bootstrapped difference. Resamples nothing itself.

use super::{TwoWay, TwoWayConfig, Weights, twoway_bootstrap};
use crate::stat::reason::Untestable;

/// The difference a - b of mean values over seeds and cases, such as Dice: `a[seed][case]`, `b[seed][case]` of the same
/// cases; `groups[case]` the patient, where one has several cases. A resample's mean is Σ weight · value / Σ weight.
///
/// # Errors
/// As [`twoway_bootstrap`], and when seeds differ in their number of cases or a value is not finite.
///
/// # Example
/// ```
/// use analysis::stat::{SeedDesign, TwoWayConfig, twoway_mean_difference};
///
/// let a = [vec![0.9, 0.8, 0.7, 0.9], vec![0.8, 0.8, 0.6, 0.9]];
/// let b = [vec![0.5, 0.4, 0.4, 0.6], vec![0.6, 0.4, 0.3, 0.5]];
/// let config = TwoWayConfig { n_resamples: 200, seed: 1, alpha: 0.05, design: SeedDesign::Nested };
/// let twoway = twoway_mean_difference(&a, &b, None, &config).unwrap();
/// assert!((twoway.estimate - 0.3375).abs() < 1e-12 && twoway.p_value < 0.05);
/// ```
pub fn twoway_mean_difference(
    a: &[Vec<f64>],
    b: &[Vec<f64>],
    groups: Option<&[usize]>,
    config: &TwoWayConfig,
) -> Result<TwoWay, Untestable> {
    let groups = groups_of(a, b, groups)?;
    if a.iter().chain(b).flatten().any(|value| !value.is_finite()) {
        return Err(Untestable::NotFinite);
    }
    let mean = |seeds: &[Vec<f64>], of_seed: &[f64], of_case: &[f64]| {
        let weight = of_seed.iter().sum::<f64>() * of_case.iter().sum::<f64>();
        let total: f64 = seeds.iter().zip(of_seed).map(|(cases, weight)| weight * dot(cases, of_case)).sum();
        (weight > 0.0).then(|| total / weight)
    };
    twoway_bootstrap((a.len(), b.len()), &groups, config, |weights: &Weights| {
        Some(mean(a, &weights.seeds_a, &weights.cases)? - mean(b, &weights.seeds_b, &weights.cases)?)
    })
}

/// The difference a - b of AUCs, each the mean over seeds of a seed's AUC: `a[seed][case]`, `b[seed][case]` scores,
/// `targets[case]`. Patients are resampled whatever their class, so the share of positives varies as it would.
///
/// # Errors
/// As [`twoway_mean_difference`], and when a class is missing from the data or from too many resamples.
pub fn twoway_auc_difference(
    a: &[Vec<f64>],
    b: &[Vec<f64>],
    targets: &[bool],
    groups: Option<&[usize]>,
    config: &TwoWayConfig,
) -> Result<TwoWay, Untestable> {
    let groups = groups_of(a, b, groups)?;
    if groups.len() != targets.len() {
        return Err(Untestable::Because("scores and targets differ in length".to_owned()));
    }
    if a.iter().chain(b).flatten().any(|score| score.is_nan()) {
        return Err(Untestable::NotFinite);
    }
    if targets.iter().all(|target| *target) || targets.iter().all(|target| !target) {
        return Err(Untestable::OneClass);
    }
    let (sorted_a, sorted_b) = (sorted(a), sorted(b));
    let mean = |seeds: &[Vec<Tied>], of_seed: &[f64], of_case: &[f64]| {
        let mut total = 0.0;
        for (seed, weight) in seeds.iter().zip(of_seed).filter(|(_, weight)| **weight > 0.0) {
            total += weight * weighted_auc(seed, targets, of_case)?;
        }
        Some(total / of_seed.iter().sum::<f64>())
    };
    twoway_bootstrap((a.len(), b.len()), &groups, config, |weights: &Weights| {
        Some(
            mean(&sorted_a, &weights.seeds_a, &weights.cases)?
                - mean(&sorted_b, &weights.seeds_b, &weights.cases)?,
        )
    })
}

/// Cases of one score.
type Tied = Vec<usize>;

/// Each seed's cases by ascending score: sorted once, not in every resample.
fn sorted(seeds: &[Vec<f64>]) -> Vec<Vec<Tied>> {
    let of_seed = |scores: &Vec<f64>| {
        // Adding 0 makes -0 a 0, which it equals.
        let at = |case: usize| scores[case] + 0.0;
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| at(*a).total_cmp(&at(*b)));
        order.chunk_by(|a, b| at(*a).total_cmp(&at(*b)).is_eq()).map(<[usize]>::to_vec).collect()
    };
    seeds.iter().map(of_seed).collect()
}

/// The AUC of cases that count with weights; `None` when a class has no weight.
fn weighted_auc(ascending: &[Tied], targets: &[bool], weights: &[f64]) -> Option<f64> {
    let (mut pos, mut neg, mut won) = (0.0, 0.0, 0.0);
    for tied in ascending {
        let (mut tied_pos, mut tied_neg) = (0.0, 0.0);
        for case in tied {
            *(if targets[*case] { &mut tied_pos } else { &mut tied_neg }) += weights[*case];
        }
        won += tied_pos * (neg + 0.5 * tied_neg);
        pos += tied_pos;
        neg += tied_neg;
    }
    (pos > 0.0 && neg > 0.0).then(|| won / (pos * neg))
}

fn groups_of(a: &[Vec<f64>], b: &[Vec<f64>], groups: Option<&[usize]>) -> Result<Vec<usize>, Untestable> {
    let n_cases = a.first().map_or(0, Vec::len);
    let fit =
        a.iter().chain(b).all(|seed| seed.len() == n_cases) && groups.is_none_or(|of| of.len() == n_cases);
    if fit {
        Ok(groups.map_or_else(|| (0..n_cases).collect(), <[usize]>::to_vec))
    } else {
        Err(Untestable::Because("all seeds of both models need values of the same cases".to_owned()))
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}
