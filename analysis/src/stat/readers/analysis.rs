//! Mean squares, error covariances and tests of the Obuchowski-Rockette model.
//!
//! Comes in: accuracies and their covariance over cases. Goes out: [`Readers`]. Knows nothing of scores.

use super::covariance::Accuracies;
use super::{ErrorCovariances, RandomPart, Readers, ReadersConfig, SeedDesign};
use crate::stat::contrast::Contrast;
use crate::stat::distribution::f_sf;
use crate::stat::mixed::FRatio;
use crate::stat::reason::Untestable;
use crate::stat::sample::Sample;

pub(super) fn analyse(data: &Accuracies, config: &ReadersConfig) -> Result<Readers, Untestable> {
    let n_models = data.values.len();
    check(data, config)?;
    let covariances = error_covariances(data, config.design);
    let seeds = mean_square(&data.values, config.design);
    let parts = Parts::new(&covariances, seeds, config);
    let means = (0..n_models).map(|model| mean(data, model, config)).collect();
    let pairs = (0..n_models).flat_map(|a| (a + 1..n_models).map(move |b| (a, b)));
    let pairs = pairs.map(|(a, b)| pair(data, (a, b), &parts, config)).collect();
    Ok(Readers {
        accuracies: data.values.clone(),
        means,
        pairs,
        f: f_test(&data.values, &parts),
        covariances,
        mean_square: seeds.map(|(mean_square, _)| mean_square),
        n_cases: data.n_cases,
        warnings: warnings(data, &covariances, seeds, config),
    })
}

fn check(data: &Accuracies, config: &ReadersConfig) -> Result<(), Untestable> {
    let because = |reason: String| Err(Untestable::Because(reason));
    if !(0.0 < config.alpha && config.alpha < 1.0) {
        return because(format!("alpha is {}; expected a number between 0 and 1", config.alpha));
    }
    if data.values.iter().flatten().any(|value| !value.is_finite()) {
        return Err(Untestable::NotFinite);
    }
    let fewest = data.values.iter().map(Vec::len).min().unwrap_or(0);
    let most = data.values.iter().map(Vec::len).max().unwrap_or(0);
    if config.design == SeedDesign::Crossed && fewest != most {
        return because(format!("crossed seeds need every model's; models have {fewest} to {most}"));
    }
    let needed = if config.random == RandomPart::Cases { 1 } else { 2 };
    if fewest < needed {
        return because(format!("seeds of a model: {fewest}; this analysis needs {needed} of each"));
    }
    Ok(())
}

/// Means over all curves and all pairs of curves.
fn error_covariances(data: &Accuracies, design: SeedDesign) -> ErrorCovariances {
    let curves = || {
        data.values
            .iter()
            .enumerate()
            .flat_map(|(model, seeds)| (0..seeds.len()).map(move |seed| (model, seed)))
    };
    let crossed = design == SeedDesign::Crossed;
    let of_pairs = |wanted: &dyn Fn(bool, bool) -> bool| {
        let (mut total, mut count) = (0.0, 0_u32);
        for a in curves() {
            for b in curves().filter(|b| a < *b && wanted(a.0 == b.0, a.1 == b.1)) {
                total += data.covariance(a, b);
                count += 1;
            }
        }
        (count > 0).then(|| total / f64::from(count))
    };
    ErrorCovariances {
        variance: curves().map(|curve| data.covariance(curve, curve)).sum::<f64>() / curves().count() as f64,
        cov1: if crossed { of_pairs(&|same_model, same_seed| !same_model && same_seed) } else { None },
        cov2: of_pairs(&|same_model, _| same_model),
        cov3: of_pairs(&|same_model, same_seed| !(same_model || (crossed && same_seed))),
    }
}

/// Mean square of model:seed, or of seeds within models, and its degrees of freedom.
fn mean_square(values: &[Vec<f64>], design: SeedDesign) -> Option<(f64, f64)> {
    let centers: Vec<f64> = values.iter().map(|model| center(model)).collect();
    let n_models = values.len() as f64;
    let (of_seed, df) = match design {
        SeedDesign::Nested => {
            let n_curves = values.iter().map(Vec::len).sum::<usize>() as f64;
            (vec![], n_curves - n_models)
        }
        SeedDesign::Crossed => {
            let n_seeds = values.first()?.len();
            let effect = |seed: usize| {
                let off = values.iter().zip(&centers).map(|(model, center)| model[seed] - center);
                off.sum::<f64>() / n_models
            };
            ((0..n_seeds).map(effect).collect::<Vec<f64>>(), (n_models - 1.0) * (n_seeds as f64 - 1.0))
        }
    };
    let rest = |(model, center): (&Vec<f64>, &f64)| {
        let effect = |seed: usize| of_seed.get(seed).copied().unwrap_or(0.0);
        model.iter().enumerate().map(|(seed, value)| (value - center - effect(seed)).powi(2)).sum::<f64>()
    };
    let sum_of_squares: f64 = values.iter().zip(&centers).map(rest).sum();
    let size = values.iter().flatten().fold(0.0_f64, |size, value| size.max(value.abs()));
    // R's rule ("data are essentially constant"): a spread of a few rounding errors is none.
    let rounding = (10.0 * f64::EPSILON * size).powi(2) * df;
    (df > 0.0).then(|| (if sum_of_squares > rounding { sum_of_squares / df } else { 0.0 }, df))
}

/// The variance of a difference of two models' means is (1/r₁ + 1/r₂) · `apart` + 2 · `shared`; of its two parts, only
/// `random_square` of the first is estimated from seeds, with `df`.
#[derive(Debug, Clone, Copy)]
struct Parts {
    apart: f64,
    shared: f64,
    random_square: f64,
    df: f64,
}

impl Parts {
    fn new(covariances: &ErrorCovariances, seeds: Option<(f64, f64)>, config: &ReadersConfig) -> Self {
        let (square, df) = seeds.unwrap_or((0.0, 0.0));
        // With one seed there is no Cov₂ (crossed: nor Cov₃): the variance it would be taken from stands alone.
        let cov3 = covariances.cov3.unwrap_or(0.0);
        let shared = covariances.cov2.map_or(0.0, |cov2| (cov2 - cov3).max(0.0));
        match config.random {
            RandomPart::SeedsAndCases => Self { apart: square, shared, random_square: square, df },
            RandomPart::Seeds => Self { apart: square, shared: 0.0, random_square: square, df },
            RandomPart::Cases => {
                let of_curve = covariances.variance;
                let apart = match config.design {
                    SeedDesign::Crossed => of_curve - covariances.cov1.unwrap_or(0.0) - shared,
                    SeedDesign::Nested => of_curve - covariances.cov2.unwrap_or(cov3),
                };
                Self { apart, shared, random_square: 0.0, df: f64::INFINITY }
            }
        }
    }

    /// Variance and degrees of freedom of a difference, 1/r₁ + 1/r₂ being `inverse_seeds`.
    fn difference(&self, inverse_seeds: f64) -> (f64, f64) {
        let total = inverse_seeds * self.apart + 2.0 * self.shared;
        (total, hillis_df(total, inverse_seeds * self.random_square, self.df))
    }
}

/// total² / (part² / df), part being what is estimated from seeds (Hillis 2007); infinite where they do not vary.
fn hillis_df(total: f64, part: f64, df: f64) -> f64 {
    if part > 0.0 { (total / part).powi(2) * df } else { f64::INFINITY }
}

/// One model's mean, from its own seeds: [MSᵢ + r max(Cov₂ᵢ, 0)]/r, or with fixed seeds [Varᵢ + (r - 1) max(Cov₂ᵢ, 0)]/r.
fn mean(data: &Accuracies, model: usize, config: &ReadersConfig) -> Result<Contrast, Untestable> {
    let seeds = &data.values[model];
    let r = seeds.len() as f64;
    let (mut own, mut between) = (0.0, 0.0);
    for a in 0..seeds.len() {
        own += data.covariance((model, a), (model, a)) / r;
        between += (0..a).map(|b| data.covariance((model, a), (model, b))).sum::<f64>();
    }
    let cov2 = if r > 1.0 { (between / (r * (r - 1.0) / 2.0)).max(0.0) } else { 0.0 };
    let square = Sample::from_values(seeds).sd.unwrap_or(0.0).powi(2);
    let (variance, df) = match config.random {
        RandomPart::Cases => ((own + (r - 1.0) * cov2) / r, f64::INFINITY),
        RandomPart::Seeds | RandomPart::SeedsAndCases if square <= 0.0 => {
            return Err(Untestable::ZeroVariance);
        }
        RandomPart::Seeds => (square / r, r - 1.0),
        RandomPart::SeedsAndCases => (square / r + cov2, hillis_df(square / r + cov2, square / r, r - 1.0)),
    };
    term((model, None), center(seeds), variance, df, config.alpha)
}

fn pair(
    data: &Accuracies,
    (a, b): (usize, usize),
    parts: &Parts,
    config: &ReadersConfig,
) -> Result<Contrast, Untestable> {
    let (of_a, of_b) = (&data.values[a], &data.values[b]);
    let (variance, df) = parts.difference(1.0 / of_a.len() as f64 + 1.0 / of_b.len() as f64);
    term((a, Some(b)), center(of_a) - center(of_b), variance, df, config.alpha)
}

fn term(
    (model, minus): (usize, Option<usize>),
    estimate: f64,
    variance: f64,
    df: f64,
    alpha: f64,
) -> Result<Contrast, Untestable> {
    // The covariance of equal curves leaves rounding: no accuracy varies by so little.
    if !(variance.sqrt() > 10.0 * f64::EPSILON * estimate.abs() && df > 0.0) {
        return Err(Untestable::ZeroVariance);
    }
    if !(variance.is_finite() && estimate.is_finite()) {
        return Err(Untestable::Because("the accuracies are too large to be squared".to_owned()));
    }
    Ok(Contrast::new((model, minus), (estimate, variance.sqrt(), df), alpha))
}

/// MS(models) over r/2 of the variance of a difference.
fn f_test(values: &[Vec<f64>], parts: &Parts) -> Result<FRatio, Untestable> {
    let n_models = values.len() as f64;
    if values.len() < 2 {
        return Err(Untestable::NoBaseline);
    }
    let r = values[0].len();
    let equal = values.iter().all(|model| model.len() == r);
    if !equal && values.len() > 2 {
        return Err(Untestable::Because(
            "the F test of more than two models needs the same number of seeds of each".to_owned(),
        ));
    }
    let inverse: f64 = values.iter().map(|model| 1.0 / model.len() as f64).sum::<f64>() * 2.0 / n_models;
    let (variance, df2) = parts.difference(inverse);
    if variance <= 0.0 || variance.is_nan() {
        return Err(Untestable::ZeroVariance);
    }
    let centers: Vec<f64> = values.iter().map(|model| center(model)).collect();
    let between = Sample::from_values(&centers).sd.unwrap_or(0.0).powi(2);
    let statistic = 2.0 * between / variance;
    if !statistic.is_finite() {
        return Err(Untestable::Because(
            "the accuracies are too large or too small to be squared".to_owned(),
        ));
    }
    let df1 = n_models - 1.0;
    Ok(FRatio { statistic, df1, df2, p_value: f_sf(statistic, df1, df2) })
}

fn center(values: &[f64]) -> f64 {
    Sample::from_values(values).mean.unwrap_or(0.0)
}

fn warnings(
    data: &Accuracies,
    covariances: &ErrorCovariances,
    seeds: Option<(f64, f64)>,
    config: &ReadersConfig,
) -> Vec<String> {
    let mut out = Vec::new();
    let several = data.values.len() > 1;
    if config.random != RandomPart::Seeds
        && covariances.cov2.zip(covariances.cov3).is_some_and(|(cov2, cov3)| cov2 < cov3)
    {
        out.push("the estimate of Cov2 - Cov3 is negative and taken as 0".to_owned());
    }
    if config.random == RandomPart::SeedsAndCases && seeds.is_some_and(|(square, _)| square <= 0.0) {
        out.push("seeds leave no variance: what varies are the cases".to_owned());
    }
    if several && config.design == SeedDesign::Crossed {
        out.push(
            "seeds are taken as shared by the models; for networks trained separately they are nested"
                .to_owned(),
        );
    }
    out
}
