//! One mixed model over all tasks: value ~ model + (1|task) + (1|task:model).
//!
//! Comes in: a [`Grid`] with its holes. Goes out: rows of terms, the F test and the variances. The fit is in
//! [`crate::stat`].

use super::grid::Grid;
use super::summarize::check_alpha;
use crate::error::Result;
use crate::stat::{Adjust, Contrast, MixedMethod, Observation, adjust, mixed_model};
use crate::table::table_row;

/// A term of the model, its F test or a variance. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct MixedRow {
    /// `(Intercept)`, `A - B` for a contrast with the baseline, `mean(A)`, `model` (the F test), `var(task)`,
    /// `var(task:model)`, `var(residual)`.
    pub term: String,
    /// The estimate; the F of `model` is in `statistic`.
    pub estimate: Option<f64>,
    /// Its standard error.
    pub std_error: Option<f64>,
    /// Degrees of freedom (Satterthwaite); of the F those of its denominator.
    pub df: Option<f64>,
    /// t, or F.
    pub statistic: Option<f64>,
    /// The p-value.
    pub p_value: Option<f64>,
    /// Adjusted for all contrasts with the baseline.
    pub p_adjusted: Option<f64>,
    /// Lower end of the estimate's interval.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// Degrees of freedom of the F's numerator.
    pub df1: Option<f64>,
    /// closed-form or reml.
    pub method: Option<String>,
    /// Why a number is missing, or what to keep in mind.
    pub reason: Option<String>,
}

table_row!(MixedRow, "mixed", sort [TERM],
    term: String => TERM, estimate: Option<f64> => ESTIMATE, std_error: Option<f64> => STD_ERROR,
    df: Option<f64> => DF, statistic: Option<f64> => STATISTIC, p_value: Option<f64> => P_VALUE,
    p_adjusted: Option<f64> => P_ADJUSTED, conf_low: Option<f64> => CONF_LOW, conf_high: Option<f64> => CONF_HIGH,
    df1: Option<f64> => DF1, method: Option<String> => METHOD, reason: Option<String> => REASON);

fn empty(term: &str) -> MixedRow {
    MixedRow {
        term: term.to_owned(),
        estimate: None,
        std_error: None,
        df: None,
        statistic: None,
        p_value: None,
        p_adjusted: None,
        conf_low: None,
        conf_high: None,
        df1: None,
        method: None,
        reason: None,
    }
}

/// Fits the model: intercept, contrasts with the baseline (the first model by name when none is said), means of the models,
/// F test, variances, in that order. A model that cannot be fitted is one row, `model`, with the reason.
///
/// # Errors
/// When alpha is out of range, or the baseline is not in the grid.
pub fn mixed(grid: &Grid, baseline: Option<&str>, how: Adjust, alpha: f64) -> Result<Vec<MixedRow>> {
    check_alpha(alpha)?;
    let reference = baseline.map_or(Ok(0), |name| grid.model(name))?;
    let observations: Vec<Observation> = (grid.cells.iter().enumerate())
        .flat_map(|(task, row)| {
            row.iter().enumerate().flat_map(move |(model, cell)| {
                cell.iter().map(move |value| Observation { task, model, value: *value })
            })
        })
        .collect();
    let fit = match mixed_model(&observations, reference, alpha) {
        Ok(fit) => fit,
        Err(why) => return Ok(vec![MixedRow { reason: Some(why.explain("", "")), ..empty("model") }]),
    };
    let name = |model: usize| grid.models.get(model).map_or("", String::as_str);
    let mut rows: Vec<MixedRow> = (fit.terms.iter())
        .map(|term| match term.minus {
            Some(minus) => row(&format!("{} - {}", name(term.model), name(minus)), term),
            None => row("(Intercept)", term),
        })
        .collect();
    let contrasts: Vec<usize> = (0..rows.len()).filter(|idx| fit.terms[*idx].minus.is_some()).collect();
    let p_values: Vec<Option<f64>> = contrasts.iter().map(|idx| rows[*idx].p_value).collect();
    for (idx, adjusted) in contrasts.iter().zip(adjust(&p_values, how)) {
        rows[*idx].p_adjusted = adjusted;
    }
    rows.extend(fit.means.iter().map(|term| MixedRow {
        // Whether a mean is 0 is no question.
        statistic: None,
        p_value: None,
        ..row(&format!("mean({})", name(term.model)), term)
    }));
    let warnings = (!fit.warnings.is_empty()).then(|| fit.warnings.join("; "));
    rows.push(MixedRow {
        statistic: Some(fit.f.statistic),
        df1: Some(fit.f.df1),
        df: Some(fit.f.df2).filter(|df| df.is_finite()),
        p_value: Some(fit.f.p_value),
        reason: warnings,
        ..empty("model")
    });
    let variance = |term: &str, estimate: Option<f64>| MixedRow {
        reason: estimate
            .is_none()
            .then(|| "not separable from the residual: one value a task and model".to_owned()),
        estimate,
        ..empty(term)
    };
    rows.push(variance("var(task)", Some(fit.variance_task)));
    rows.push(variance("var(task:model)", fit.variance_task_model));
    rows.push(variance("var(residual)", Some(fit.variance_residual)));
    let method = match fit.method {
        MixedMethod::ClosedForm => "closed-form",
        MixedMethod::Reml => "reml",
    };
    rows.iter_mut().for_each(|row| row.method = Some(method.to_owned()));
    Ok(rows)
}

fn row(name: &str, term: &Contrast) -> MixedRow {
    MixedRow {
        estimate: Some(term.estimate),
        std_error: Some(term.std_error),
        df: Some(term.df).filter(|df| df.is_finite()),
        statistic: Some(term.statistic),
        p_value: Some(term.p_value),
        conf_low: term.interval.low,
        conf_high: term.interval.high,
        ..empty(name)
    }
}
