//! Seeds as readers: the analysis of Obuchowski & Rockette, for claims about new trainings and new cases at once.
//!
//! Comes in: every model's and seed's scores of the same cases, or an accuracy and its influence values. Goes out: each
//! model's accuracy, every difference and the F test, with standard errors that hold both the seeds' and the cases'
//! variance. It averages no predictions over seeds (that is another model: the ensemble), and picks no direction.

mod analysis;
mod covariance;

use super::contrast::Contrast;
use super::mixed::FRatio;
use super::reason::Untestable;
use covariance::{Accuracies, auc_covariance, influence_covariance};

/// What seed number 1 of one model has to do with seed number 1 of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedDesign {
    /// Nothing: seeds are nested within models (Hillis 2014, "reader nested within treatment"). Right for networks that
    /// were trained separately, even where the same number seeded both: different layers draw different numbers from it.
    Nested,
    /// Much: seeds are crossed with models (the factorial design of Obuchowski & Rockette 1995). Right where a seed stands
    /// for something that both models share and that moves both: the same fold, the same training sample, the same
    /// ensemble member refined in two ways.
    Crossed,
}

/// What would be drawn anew if the study were repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RandomPart {
    /// Trainings and test cases: the claim is about the recipe, on new patients.
    SeedsAndCases,
    /// Trainings only: the claim is about the recipe, on this very test set.
    Seeds,
    /// Cases only: the claim is about these very networks, on new patients.
    Cases,
}

/// How readers are analysed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadersConfig {
    /// Whether seeds are shared between models.
    pub design: SeedDesign,
    /// What is random.
    pub random: RandomPart,
    /// One less the confidence of intervals.
    pub alpha: f64,
}

/// Variance of one accuracy and covariances of two, over the cases: means over all such curves or pairs of curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorCovariances {
    /// Of one accuracy.
    pub variance: f64,
    /// Same seed, different models; `None` where seeds are nested, or there is one model.
    pub cov1: Option<f64>,
    /// Same model, different seeds; `None` with one seed.
    pub cov2: Option<f64>,
    /// Different models and seeds; `None` where there are none.
    pub cov3: Option<f64>,
}

/// The analysis of two or more models' seeds (one model has means only).
#[derive(Debug, Clone, PartialEq)]
pub struct Readers {
    /// `accuracies[model][seed]`.
    pub accuracies: Vec<Vec<f64>>,
    /// Each model's mean accuracy, from its own seeds and covariances only; `Err` where nothing varies.
    pub means: Vec<Result<Contrast, Untestable>>,
    /// Every earlier model minus every later one; `Err` where nothing varies.
    pub pairs: Vec<Result<Contrast, Untestable>>,
    /// The test that all models are equally accurate; `Err` with one model, or unequal numbers of seeds of more than two.
    pub f: Result<FRatio, Untestable>,
    /// Error variance and covariances.
    pub covariances: ErrorCovariances,
    /// Mean square of seeds within models (nested), or of model:seed (crossed); `None` without its degrees of freedom.
    pub mean_square: Option<f64>,
    /// Number of cases.
    pub n_cases: usize,
    /// What a reader must know, as sentences.
    pub warnings: Vec<String>,
}

/// The analysis for AUCs: `scores[model][seed][case]`, `targets[case]`, `groups[case]` the patient of a case where a patient
/// has several. Covariances are those of DeLong et al. (1988), with patients those of Obuchowski (1997).
///
/// The accuracy of seed j of model i is θᵢⱼ = μ + τᵢ + seed + error, errors of the same cases being correlated: Var for one
/// curve, Cov₁ same seed, Cov₂ same model, Cov₃ neither (Obuchowski & Rockette 1995). With r seeds, MS(S) the mean square
/// of model:seed (crossed) or of seeds within models (nested), and c = max(Cov₂ - Cov₃, 0), the F test of t models is
/// MS(models) / [MS(S) + r c] with df₂ = [MS(S) + r c]² / (MS(S)² / df(S)) (Hillis 2007; 2014 for the nested design), and
/// a difference has the variance 2/r [MS(S) + r c]. With seeds alone random c is 0. With cases alone random the denominator
/// is Var - Cov₁ + (r - 1)c (crossed) or Var - Cov₂ + rc (nested), and df₂ is infinite. Nested pairs may have unequal
/// numbers of seeds: 1/r₁ + 1/r₂ takes the place of 2/r.
///
/// Calibration: with 5 nested seeds of two models and 200 cases the level is kept; the 95 % interval of a difference of
/// AUCs .9 and .8 holds it in as few as 94.0 % (40 positive). See `docs/calibration.md`.
///
/// # Errors
/// When the lists do not fit together, a class is missing or has one case (with `groups`: one patient), a score is NaN, or
/// the seeds are too few for what is random.
///
/// # Example
/// ```
/// use analysis::stat::{RandomPart, ReadersConfig, SeedDesign, readers_auc};
///
/// let targets = [false, false, false, true, true, true];
/// let scores = [
///     [vec![0.1, 0.4, 0.3, 0.8, 0.9, 0.7], vec![0.2, 0.5, 0.3, 0.4, 0.9, 0.7]],
///     [vec![0.6, 0.4, 0.3, 0.5, 0.2, 0.7], vec![0.6, 0.5, 0.1, 0.4, 0.9, 0.3]],
/// ];
/// let scores: Vec<Vec<Vec<f64>>> = scores.iter().map(|model| model.to_vec()).collect();
/// let config = ReadersConfig { design: SeedDesign::Nested, random: RandomPart::SeedsAndCases, alpha: 0.05 };
/// let readers = readers_auc(&scores, &targets, None, &config).unwrap();
/// assert_eq!(readers.accuracies[0], [1.0, 8.0 / 9.0]);
/// assert!(readers.pairs[0].as_ref().unwrap().estimate > 0.0);
/// ```
pub fn readers_auc(
    scores: &[Vec<Vec<f64>>],
    targets: &[bool],
    groups: Option<&[usize]>,
    config: &ReadersConfig,
) -> Result<Readers, Untestable> {
    let (values, covariance) = auc_covariance(&flat(scores), targets, groups)?;
    let sizes = sizes(scores);
    analysis::analyse(&Accuracies::new(&sizes, values, covariance, targets.len()), config)
}

/// The analysis for any accuracy that is nearly a sum over cases: `accuracies[model][seed]`, and the influence of every
/// case on it, `influences[model][seed][case]`, with accuracy - truth ≈ Σ influence: for a mean of n values, (value - mean)/n.
/// The covariance of two accuracies is G/(G - 1) Σ over the G cases (patients, with `groups`) of the product of their
/// influences: for means, exactly that of means.
///
/// # Errors
/// As [`readers_auc`], but for the classes.
pub fn readers_by_influence(
    accuracies: &[Vec<f64>],
    influences: &[Vec<Vec<f64>>],
    groups: Option<&[usize]>,
    config: &ReadersConfig,
) -> Result<Readers, Untestable> {
    let (of_accuracies, of_influences): (Vec<usize>, Vec<usize>) =
        (accuracies.iter().map(Vec::len).collect(), sizes(influences));
    if of_accuracies != of_influences {
        return Err(Untestable::Because(
            "accuracies and influences differ in their models or seeds".to_owned(),
        ));
    }
    let values: Vec<f64> = accuracies.iter().flatten().copied().collect();
    let curves = flat(influences);
    let covariance = influence_covariance(&curves, groups)?;
    let n_cases = curves.first().map_or(0, |curve| curve.len());
    analysis::analyse(&Accuracies::new(&of_accuracies, values, covariance, n_cases), config)
}

/// The analysis for means over cases, of Dice for one: `values[model][seed][case]`.
///
/// # Errors
/// As [`readers_by_influence`].
pub fn readers_mean(
    values: &[Vec<Vec<f64>>],
    groups: Option<&[usize]>,
    config: &ReadersConfig,
) -> Result<Readers, Untestable> {
    let mean = |seed: &Vec<f64>| seed.iter().sum::<f64>() / seed.len() as f64;
    let influence = |seed: &Vec<f64>| {
        let (center, n) = (mean(seed), seed.len() as f64);
        seed.iter().map(|value| (value - center) / n).collect::<Vec<f64>>()
    };
    let accuracies: Vec<Vec<f64>> = values.iter().map(|model| model.iter().map(mean).collect()).collect();
    let influences: Vec<Vec<Vec<f64>>> =
        values.iter().map(|model| model.iter().map(influence).collect()).collect();
    readers_by_influence(&accuracies, &influences, groups, config)
}

fn flat(curves: &[Vec<Vec<f64>>]) -> Vec<&[f64]> {
    curves.iter().flatten().map(Vec::as_slice).collect()
}

fn sizes(curves: &[Vec<Vec<f64>>]) -> Vec<usize> {
    curves.iter().map(Vec::len).collect()
}
