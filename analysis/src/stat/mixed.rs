//! The mixed model over tasks: value ~ model + (1 | task) + (1 | task:model), the residual being the training seed.
//!
//! Comes in: one value a trained network, with the number of its task and of its model. Goes out: the models' means and
//! differences with standard errors, degrees of freedom and intervals, the variance components, the F test of no
//! difference. It does not weigh tasks by hand, knows no seed shared between models, and tests no variance.

mod balanced;
mod cells;
mod matrix;
mod optimum;
mod reml;
mod spread;

use super::contrast::Contrast;
use super::reason::Untestable;
use cells::Cells;
use spread::Spread;

/// One trained network's result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Which task; any numbers will do.
    pub task: usize,
    /// Which model; any numbers will do.
    pub model: usize,
    /// The metric's value.
    pub value: f64,
}

/// How a mixed model was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MixedMethod {
    /// Every model has the same number of seeds on every task: mean squares, no iteration.
    ClosedForm,
    /// Restricted maximum likelihood (Patterson & Thompson 1971), by Newton's method.
    Reml,
}

/// An F test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FRatio {
    /// The ratio.
    pub statistic: f64,
    /// Degrees of freedom of the numerator.
    pub df1: f64,
    /// Degrees of freedom of the denominator, seldom whole; infinite for a test of χ².
    pub df2: f64,
    /// P(F > statistic).
    pub p_value: f64,
}

/// A fitted mixed model. Variances are in squared units of the values.
#[derive(Debug, Clone, PartialEq)]
pub struct MixedFit {
    /// How it was fitted.
    pub method: MixedMethod,
    /// The reference model's mean ("(Intercept)"), then every other model minus the reference, ascending.
    pub terms: Vec<Contrast>,
    /// Estimated marginal mean of every model, ascending: what it reaches on an average task.
    pub means: Vec<Contrast>,
    /// Variance between tasks.
    pub variance_task: f64,
    /// Variance of a model's own effect on a task; `None` with one seed a cell, where it cannot be told from the residual.
    pub variance_task_model: Option<f64>,
    /// Variance between seeds; with one seed a cell that of task:model is in it.
    pub variance_residual: f64,
    /// Type III test that all models have one mean.
    pub f: FRatio,
    /// Number of values.
    pub n_obs: usize,
    /// Number of tasks.
    pub n_tasks: usize,
    /// Number of models.
    pub n_models: usize,
    /// True when a variance component is estimated as 0.
    pub singular: bool,
    /// -2 ln of the restricted likelihood, as lme4's `REMLcrit`; `None` where seeds do not vary, which has no minimum.
    pub criterion: Option<f64>,
    /// What a reader must know, as sentences.
    pub warnings: Vec<String>,
    models: Vec<usize>,
    alpha: f64,
    spread: Spread,
}

/// Fits value ~ model + (1 | task) + (1 | task:model) with normal effects and residuals.
///
/// Complete and balanced data (each model the same number n >= 1 of seeds on each task) have a closed form, the
/// repeated-measures ANOVA of the task means: F(k - 1, (k - 1)(N - 1)), and √(2 MS_int / (nN)) as the standard error of a
/// difference. Where a component's ANOVA estimate is negative, REML pools mean squares (see `balanced.rs`) and so do we, as
/// lme4 does; the degrees of freedom grow accordingly, and `singular` says so. All else goes by REML with the t and F
/// approximations of Satterthwaite (1946) and Fai & Cornelius (1996), as lmerTest does (Kuznetsova et al. 2017). The F
/// test's `df2` is that of orthonormal contrasts; `anova()` of lmerTest has the same F, but takes the df from sequential
/// contrasts and so, in unbalanced data, a slightly other df2 with every order of the models.
///
/// With one seed in each cell, task:model is the residual, and the model is fitted without it. The tests are the same.
///
/// Calibration: of 7 tasks, 4 models and 5 seeds, F and t keep the 5 % level, with 3.5 % and 3.8 % where task:model has no
/// variance; where the tasks' effects are skewed, the 95 % interval of a model's mean holds it in 90.1 %. See
/// `docs/calibration.md`.
///
/// # Errors
/// The reason why there is no fit: fewer than two tasks or models, an unknown reference, values that are not finite or not
/// varying, models that share no task, cells too few to tell task:model from tasks and models.
///
/// # Example
/// ```
/// use analysis::stat::{Observation, mixed_model};
///
/// let table = [[0.80, 0.83, 0.81], [0.60, 0.64, 0.66], [0.90, 0.92, 0.91], [0.70, 0.75, 0.74]];
/// let rows: Vec<Observation> = (0..4)
///     .flat_map(|task| (0..3).map(move |model| Observation { task, model, value: table[task][model] }))
///     .collect();
/// let fit = mixed_model(&rows, 0, 0.05).unwrap();
/// assert!((fit.f.df1 - 2.0).abs() < 1e-12 && (fit.f.df2 - 6.0).abs() < 1e-9);
/// assert!((fit.terms[1].estimate - 0.035).abs() < 1e-12);
/// assert!((fit.contrast(2, 1).unwrap().estimate + 0.005).abs() < 1e-12);
/// ```
pub fn mixed_model(
    observations: &[Observation],
    reference: usize,
    alpha: f64,
) -> Result<MixedFit, Untestable> {
    if !(0.0 < alpha && alpha < 1.0) {
        return Err(Untestable::Because(format!("alpha is {alpha}; expected a number between 0 and 1")));
    }
    let cells = Cells::collect(observations)?;
    let Some(at) = cells.models.iter().position(|model| *model == reference) else {
        return Err(Untestable::NoBaseline);
    };
    let (method, estimate) = match cells.balanced_seeds() {
        Some(n_seeds) => (MixedMethod::ClosedForm, balanced::fit(&cells, n_seeds)?),
        None => (MixedMethod::Reml, reml::fit(&cells)?),
    };
    let f = estimate.spread.f_test()?;
    let mut fit = MixedFit {
        method,
        terms: vec![],
        means: vec![],
        variance_task: estimate.variances[0],
        variance_task_model: (!cells.is_merged()).then_some(estimate.variances[1]),
        variance_residual: estimate.variances[2],
        f,
        n_obs: observations.len(),
        n_tasks: cells.n_tasks,
        n_models: cells.models.len(),
        singular: estimate.singular,
        criterion: estimate.criterion.filter(|_| !cells.seeds_are_equal),
        warnings: warnings(&cells, estimate.singular),
        models: cells.models.clone(),
        alpha,
        spread: estimate.spread,
    };
    if cells.seeds_are_equal {
        // Its cells were fitted as single values: what looks like the residual is task:model.
        (fit.variance_task_model, fit.variance_residual) = (Some(fit.variance_residual), 0.0);
    }
    fit.means = (0..cells.models.len()).map(|model| fit.term(model, None)).collect::<Result<_, _>>()?;
    fit.terms = vec![fit.term(at, None)?];
    for model in (0..cells.models.len()).filter(|model| *model != at) {
        fit.terms.push(fit.term(model, Some(at))?);
    }
    Ok(fit)
}

impl MixedFit {
    /// The difference of two models' means, `model` minus `minus`, by their numbers in the observations.
    ///
    /// # Errors
    /// When one of them is not in the fit, or both are the same.
    pub fn contrast(&self, model: usize, minus: usize) -> Result<Contrast, Untestable> {
        let place = |wanted: usize| {
            let found = self.models.iter().position(|model| *model == wanted);
            found.ok_or_else(|| Untestable::Because(format!("no model {wanted} in the mixed model")))
        };
        if model == minus {
            return Err(Untestable::ZeroVarianceOfDifferences);
        }
        self.term(place(model)?, Some(place(minus)?))
    }

    /// One term, by places in `models`.
    fn term(&self, place: usize, minus: Option<usize>) -> Result<Contrast, Untestable> {
        let weight = |at: usize| f64::from(u8::from(at == place)) - f64::from(u8::from(Some(at) == minus));
        let weights: Vec<f64> = (0..self.models.len()).map(weight).collect();
        let (estimate, std_error, df) = self.spread.contrast(&weights)?;
        let models = (self.models[place], minus.map(|at| self.models[at]));
        Ok(Contrast::new(models, (estimate, std_error, df), self.alpha))
    }
}

/// What either way of fitting finds.
struct Estimated {
    /// Of task, task:model, residual.
    variances: [f64; 3],
    singular: bool,
    criterion: Option<f64>,
    spread: Spread,
}

fn warnings(cells: &Cells, singular: bool) -> Vec<String> {
    let mut out = Vec::new();
    if cells.seeds_are_equal {
        out.push("all seeds of a cell give the same value: the residual variance is 0".to_owned());
    } else if cells.is_merged() {
        out.push(
            "one seed a cell: the variance of task:model cannot be told from the seeds'; both are the residual"
                .to_owned(),
        );
    }
    if singular {
        out.push("a variance component is estimated as 0 (singular fit)".to_owned());
    }
    const FEW_TASKS: usize = 5;
    if cells.n_tasks < FEW_TASKS {
        out.push(format!("{} tasks tell little about the variance between tasks", cells.n_tasks));
    }
    out
}
