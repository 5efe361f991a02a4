//! The patient-level bootstrap of AUCs and macro AUCs.
//!
//! Comes in: scores of any number of models, truths, patients, a seed. Goes out: the AUC of every model in every
//! resample, and intervals and p-values of differences. All models and labels see the same resamples. Draws from
//! streams numbered by resample, so threads change nothing.

use rayon::prelude::*;

use super::Labels;
use super::ladder::{LANES, Ladder, MOST_WEIGHT};
use super::panel::Panel;
use super::weights::{Population, Strata};
use crate::stat::distribution::normal_cdf;
use crate::stat::interval::{Alternative, Interval};
use crate::stat::reason::Untestable;

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AucBootstrapConfig {
    /// Number of resamples; 10,000 leave a two-sided p-value of .05 an error of .003.
    pub n_resamples: usize,
    /// Seed of the resamples.
    pub seed: u64,
    /// What is drawn.
    pub strata: Strata,
}

/// AUCs of several models in the same resamples.
#[derive(Debug, Clone, PartialEq)]
pub struct AucBootstrap {
    /// `estimates[model]`: the AUC, or macro AUC, of all cases.
    pub estimates: Vec<f64>,
    /// `resampled[model][resample]`: the same of each resample that has both classes of every label.
    pub resampled: Vec<Vec<f64>>,
    /// Resamples where a label lost a class. They are left out, as a mean over fewer labels would be another quantity;
    /// more than a few in a hundred say that a label is too rare for this method.
    pub n_undefined: usize,
}

impl AucBootstrap {
    /// The AUC of model `model`; `None` when there is none of that number.
    pub fn model(&self, model: usize) -> Option<Draws> {
        Some(Draws::of(*self.estimates.get(model)?, self.resampled.get(model)?.clone()))
    }

    /// AUC of model `a` less that of model `b`; `None` when there is none of that number.
    pub fn difference(&self, a: usize, b: usize) -> Option<Draws> {
        let estimate = self.estimates.get(a)? - self.estimates.get(b)?;
        let (of_a, of_b) = (self.resampled.get(a)?, self.resampled.get(b)?);
        Some(Draws::of(estimate, of_a.iter().zip(of_b).map(|(a, b)| a - b).collect()))
    }
}

/// An estimate and its values in the resamples.
#[derive(Debug, Clone, PartialEq)]
pub struct Draws {
    /// The estimate of all cases.
    pub estimate: f64,
    /// Its values in the resamples, ascending.
    pub sorted: Vec<f64>,
}

impl Draws {
    fn of(estimate: f64, mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self { estimate, sorted: values }
    }

    /// Standard deviation of the values, divisor n - 1: the bootstrap's standard error. `None` below two values.
    pub fn se(&self) -> Option<f64> {
        let n = self.sorted.len() as f64;
        let mean = self.sorted.iter().sum::<f64>() / n;
        let squares: f64 = self.sorted.iter().map(|value| (value - mean) * (value - mean)).sum();
        (self.sorted.len() > 1).then(|| (squares / (n - 1.0)).sqrt())
    }

    /// The percentile interval (Efron & Tibshirani 1993, chapter 13), quantiles of type 7 (Hyndman & Fan 1996), as in R
    /// and numpy; one-sided with a one-sided alternative. No ends without values, or unless 0 < alpha < 1.
    pub fn interval(&self, alpha: f64, alternative: Alternative) -> Interval {
        let tail = if alternative == Alternative::TwoSided { alpha / 2.0 } else { alpha };
        Interval {
            low: self.quantile(tail).filter(|_| alternative != Alternative::Less),
            high: self.quantile(1.0 - tail).filter(|_| alternative != Alternative::Greater),
        }
    }

    /// The p-value against a difference of 0: (1 + number of values on the other side of 0, or at it) / (1 + number of
    /// values), and twice the smaller one of both sides where it is two-sided (Davison & Hinkley 1997, section 4.4; the
    /// +1 keeps it above 0, Phipson & Smyth 2010). It goes with the percentile interval: below alpha when that leaves
    /// out 0. `None` without values.
    pub fn p_value(&self, alternative: Alternative) -> Option<f64> {
        let n = self.sorted.len();
        let below = self.sorted.partition_point(|value| *value < 0.0);
        let not_above = self.sorted.partition_point(|value| *value <= 0.0);
        let share = |count: usize| (1 + count) as f64 / (1 + n) as f64;
        let (greater, less) = (share(not_above), share(n - below));
        let p = match alternative {
            Alternative::TwoSided => (2.0 * greater.min(less)).min(1.0),
            Alternative::Greater => greater,
            Alternative::Less => less,
        };
        (n > 0).then_some(p)
    }

    /// The p-value of z = estimate / [`Self::se`], pROC's `roc.test(method = "bootstrap")`. `None` where the standard
    /// error is 0 or undefined.
    pub fn p_normal(&self, alternative: Alternative) -> Option<f64> {
        let z = self.estimate / self.se().filter(|se| *se > 0.0)?;
        Some(match alternative {
            Alternative::TwoSided => (2.0 * normal_cdf(-z.abs())).min(1.0),
            Alternative::Greater => normal_cdf(-z),
            Alternative::Less => normal_cdf(z),
        })
    }

    fn quantile(&self, p: f64) -> Option<f64> {
        if self.sorted.is_empty() || !(0.0 < p && p < 1.0) {
            return None;
        }
        let place = p * (self.sorted.len() - 1) as f64;
        let low = self.sorted[place.floor() as usize];
        let high = self.sorted[place.ceil() as usize];
        Some(low + (high - low) * place.fract())
    }
}

/// Resamples patients and computes the macro AUC of every model on each resample: `models[model][label][case]`.
///
/// A resample draws as many patients as there are, with replacement, and takes all cases of a patient each time
/// (Field & Welsh 2007, cluster bootstrap). Each model and label is sorted once; a resample is a set of weights.
///
/// # Errors
/// As [`super::macro_auc`], but a class in one patient only is none; strata by class with more than one label, or with a
/// patient who has cases of both; no resample has both classes of every label.
///
/// # Example
/// ```
/// use analysis::stat::{Alternative, AucBootstrapConfig, Strata, auc_bootstrap};
///
/// let targets = [false, false, false, true, true, true];
/// let (a, b) = ([0.1, 0.2, 0.5, 0.4, 0.8, 0.9], [0.6, 0.1, 0.5, 0.3, 0.9, 0.4]);
/// let config = AucBootstrapConfig { n_resamples: 1000, seed: 1, strata: Strata::ByClass };
/// let diff = auc_bootstrap(&[&a, &b], &targets, None, &config).unwrap().difference(0, 1).unwrap();
/// assert_eq!(diff.estimate, 8.0 / 9.0 - 5.0 / 9.0);
/// assert_eq!(diff.interval(0.05, Alternative::TwoSided).low, Some(0.0));
/// ```
pub fn macro_auc_bootstrap(
    models: &[&[&[f64]]],
    labels: &Labels<'_>,
    config: &AucBootstrapConfig,
) -> Result<AucBootstrap, Untestable> {
    let panel = Panel::of(labels)?;
    models.iter().try_for_each(|scores| panel.check(scores))?;
    let population = population(&panel, config.strata)?;
    let ladders: Vec<Vec<Ladder>> = models.iter().map(|scores| ladders(&panel, scores)).collect();
    let ones = vec![[1; LANES]; panel.n_groups];
    let estimates = ladders
        .iter()
        .map(|of_model| macro_aucs(of_model, &ones)[0].ok_or(Untestable::OneClass))
        .collect::<Result<_, _>>()?;
    let n_blocks = config.n_resamples.div_ceil(LANES);
    let blocks: Vec<Vec<[Option<f64>; LANES]>> = (0..n_blocks as u64)
        .into_par_iter()
        .map_init(
            || (Vec::new(), vec![[0; LANES]; panel.n_groups]),
            |(scratch, rows), block| {
                population.fill(config.seed, block * LANES as u64, scratch, rows);
                ladders.iter().map(|of_model| macro_aucs(of_model, rows)).collect()
            },
        )
        .collect();
    let resampled: Vec<Vec<f64>> = (0..models.len())
        .map(|model| {
            blocks.iter().flat_map(|block| block[model]).take(config.n_resamples).flatten().collect()
        })
        .collect();
    // The models share truths and weights, so all lose the same resamples.
    let n_undefined = resampled.first().map_or(0, |values| config.n_resamples - values.len());
    if n_undefined == config.n_resamples {
        return Err(Untestable::Because("no resample has both classes of every label".to_owned()));
    }
    Ok(AucBootstrap { estimates, resampled, n_undefined })
}

/// The same for one label: `models[model][case]`, with `groups`, the patient of each case, where patients have several.
///
/// # Errors
/// As [`macro_auc_bootstrap`].
pub fn auc_bootstrap(
    models: &[&[f64]],
    targets: &[bool],
    groups: Option<&[usize]>,
    config: &AucBootstrapConfig,
) -> Result<AucBootstrap, Untestable> {
    let targets: Vec<Option<bool>> = targets.iter().copied().map(Some).collect();
    let models: Vec<[&[f64]; 1]> = models.iter().map(|scores| [*scores]).collect();
    let models: Vec<&[&[f64]]> = models.iter().map(|scores| &scores[..]).collect();
    macro_auc_bootstrap(&models, &Labels { targets: &[&targets], groups }, config)
}

fn population(panel: &Panel, strata: Strata) -> Result<Population, Untestable> {
    let mut sizes = vec![0_u64; panel.n_groups];
    panel.group_of.iter().for_each(|group| sizes[*group as usize] += 1);
    let heaviest = sizes.iter().max().copied().unwrap_or(0) * panel.n_groups as u64;
    if heaviest >= MOST_WEIGHT {
        let why = "too many cases: the largest patient times the number of patients is 2^31 or more";
        return Err(Untestable::Because(why.to_owned()));
    }
    match (strata, &panel.labels[..]) {
        (Strata::One, _) => Ok(Population::one(panel.n_groups)),
        (Strata::ByClass, [label]) => {
            let patients = label.cases.iter().map(|case| panel.group_of[*case as usize]);
            Population::by_class(panel.n_groups, patients.zip(label.targets.iter().copied()))
        }
        (Strata::ByClass, _) => Err(Untestable::Because(
            "strata by class are for one label; several cut the patients differently".to_owned(),
        )),
    }
}

fn ladders(panel: &Panel, scores: &[&[f64]]) -> Vec<Ladder> {
    panel
        .labels
        .par_iter()
        .map(|label| {
            let known: Vec<f64> = label.cases.iter().map(|case| scores[label.idx][*case as usize]).collect();
            let patients: Vec<u32> = label.cases.iter().map(|case| panel.group_of[*case as usize]).collect();
            Ladder::of(&known, &label.targets, &patients)
        })
        .collect()
}

/// The mean over labels in each lane; `None` where a label lost a class.
fn macro_aucs(ladders: &[Ladder], rows: &[[u8; LANES]]) -> [Option<f64>; LANES] {
    let mut sums = [Some(0.0); LANES];
    for ladder in ladders {
        for (sum, auc) in sums.iter_mut().zip(ladder.aucs(rows)) {
            *sum = sum.zip(auc).map(|(sum, auc)| sum + auc);
        }
    }
    sums.map(|sum| sum.map(|sum| sum / ladders.len() as f64))
}
