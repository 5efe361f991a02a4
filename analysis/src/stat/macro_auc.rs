//! The mean of several labels' AUCs: its variance over patients, and tests of two models.
//!
//! Comes in: scores and truths of each label, some truths unknown, and the patient of each case. Goes out: macro AUC,
//! variance, test and interval by influence functions, or by resampling patients ([`bootstrap`]). Labels are never taken
//! as independent. How another training run would come out is not in this variance. Adjusts no p-value.

mod bootstrap;
mod ladder;
mod panel;
mod weights;

pub use bootstrap::{AucBootstrap, AucBootstrapConfig, Draws, auc_bootstrap, macro_auc_bootstrap};
use panel::Panel;
pub use weights::Strata;

use super::delong::{AucTest, Component, logit, wald};
use super::interval::{Alternative, Interval};
use super::reason::Untestable;

/// Truths of several labels on the same cases.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// `targets[label][case]`; `None` where the truth is unknown or uncertain: the case is left out of that label, and
    /// its score there may be anything, NaN too.
    pub targets: &'a [&'a [Option<bool>]],
    /// Patient of each case, any number that tells one from another; `None` when every case is a patient of its own.
    pub groups: Option<&'a [usize]>,
}

/// The mean of the labels' AUCs, and its variance over patients.
#[derive(Debug, Clone, PartialEq)]
pub struct MacroAuc {
    /// Mean over the labels that have both classes, each counting once whatever its prevalence; in [0, 1].
    pub auc: f64,
    /// Variance of the mean, above 0.
    pub variance: f64,
    /// AUC of each label; `None` where a class is absent, which leaves the label out of the mean.
    pub labels: Vec<Option<f64>>,
    /// Number of patients; of cases where no patients were given.
    pub n_groups: usize,
}

impl MacroAuc {
    /// auc ± z·√variance, cut at 0 and 1.
    pub fn interval(&self, alpha: f64, alternative: Alternative) -> Interval {
        wald(self.auc, self.variance, alpha, alternative)
    }

    /// The same on the logit scale, see [`super::DeLong::logit_interval`].
    pub fn logit_interval(&self, alpha: f64, alternative: Alternative) -> Interval {
        logit(self.auc, self.variance, alpha, alternative)
    }
}

/// Macro AUC of `scores[label][case]` and its variance over patients.
///
/// A patient's influence on a label's AUC is √(I₁₀/(I₁₀-1)) X/m + √(I₀₁/(I₀₁-1)) Y/n, with X and Y what the patient's
/// positive and negative cases add to the deviation of DeLong's components, m and n the label's positives and negatives,
/// and I₁₀ and I₀₁ the patients that have one (DeLong et al. 1988; Obuchowski 1997; as influence curves LeDell, Petersen
/// & van der Laan 2015). The influence on the mean is the mean of the influences over labels, and the variance is the
/// sum of its squares over patients: covariances between labels and within patients are all in it. With one label and
/// one case a patient it is DeLong's variance.
///
/// # Errors
/// Numbers of labels or cases differ; a score of a known case is NaN; no label has both classes; one of them has a class
/// in one patient only; the variance is 0, as under perfect separation of every label.
///
/// # Example
/// ```
/// use analysis::stat::{Labels, macro_auc};
///
/// let (yes, no) = (Some(true), Some(false));
/// let targets: [&[Option<bool>]; 2] = [&[no, no, yes, yes], &[no, yes, no, yes]];
/// let scores: [&[f64]; 2] = [&[0.1, 0.4, 0.35, 0.8], &[0.3, 0.2, 0.1, 0.9]];
/// let found = macro_auc(&scores, &Labels { targets: &targets, groups: None }).unwrap();
/// assert_eq!((found.labels, found.auc), (vec![Some(0.75), Some(0.75)], 0.75));
/// ```
pub fn macro_auc(scores: &[&[f64]], labels: &Labels<'_>) -> Result<MacroAuc, Untestable> {
    let panel = Panel::of(labels)?;
    let components = panel.components(scores)?;
    let influence = panel.influence(&components)?;
    let variance = dot(&influence, &influence);
    if variance <= 0.0 {
        return Err(why_constant(&components));
    }
    Ok(MacroAuc {
        auc: panel.mean_auc(&components),
        variance,
        labels: panel.aucs(&components),
        n_groups: panel.n_groups,
    })
}

/// Covariance matrix of the macro AUCs of several models on the same cases: `models[model][label][case]`,
/// `[model][model]` comes out. A model without variance has zeros.
///
/// # Errors
/// As [`macro_auc`], but a variance of 0 is none.
pub fn macro_auc_covariance(models: &[&[&[f64]]], labels: &Labels<'_>) -> Result<Vec<Vec<f64>>, Untestable> {
    let panel = Panel::of(labels)?;
    let influences: Vec<Vec<f64>> = models
        .iter()
        .map(|scores| panel.components(scores).and_then(|components| panel.influence(&components)))
        .collect::<Result<_, _>>()?;
    Ok(influences.iter().map(|a| influences.iter().map(|b| dot(a, b)).collect()).collect())
}

/// z test of macro AUC a - macro AUC b on the same cases, `a[label][case]`: the variance is that of the difference of
/// the patients' influences, see [`macro_auc`].
///
/// # Errors
/// As [`macro_auc`]; and [`Untestable::ZeroVarianceOfDifferences`] where both models order the cases alike.
pub fn macro_auc_paired(a: &[&[f64]], b: &[&[f64]], labels: &Labels<'_>) -> Result<AucTest, Untestable> {
    let panel = Panel::of(labels)?;
    let (a, b) = (panel.components(a)?, panel.components(b)?);
    let between: Vec<Component> = a.iter().zip(&b).map(|(a, b)| a.minus(b)).collect();
    let influence = panel.influence(&between)?;
    let variance = dot(&influence, &influence);
    if variance <= 0.0 {
        let (why_a, why_b) = (why_constant(&a), why_constant(&b));
        let alike = why_a == why_b && why_a != Untestable::ZeroVariance;
        return Err(if alike { why_a } else { Untestable::ZeroVarianceOfDifferences });
    }
    let (diff, se) = (panel.mean_auc(&between), variance.sqrt());
    let (of_a, of_b) = (panel.influence(&a)?, panel.influence(&b)?);
    Ok(AucTest {
        auc_a: panel.mean_auc(&a),
        auc_b: panel.mean_auc(&b),
        var_a: dot(&of_a, &of_a),
        var_b: dot(&of_b, &of_b),
        cov: dot(&of_a, &of_b),
        diff,
        se,
        statistic: diff / se,
        df: None,
    })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The reason that all labels share, if they do.
fn why_constant(components: &[Component]) -> Untestable {
    let mut reasons = components.iter().map(Component::why_constant);
    let first = reasons.next().unwrap_or(Untestable::ZeroVariance);
    if reasons.all(|reason| reason == first) { first } else { Untestable::ZeroVariance }
}
