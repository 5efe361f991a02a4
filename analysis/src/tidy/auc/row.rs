//! The row of `analyze auc`.
//!
//! Comes in: nothing. Goes out: [`AucRow`], the columns of the contract first. Computes nothing.

use super::AucMethod;
use crate::table::table_row;

/// One model, or one pair, on one label. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct AucRow {
    /// The label; "macro" for the mean over labels.
    pub label: String,
    /// The model that is judged.
    pub model_a: String,
    /// The baseline; `None` where a model stands by itself.
    pub model_b: Option<String>,
    /// AUC of `model_a`.
    pub auc_a: Option<f64>,
    /// AUC of `model_b`.
    pub auc_b: Option<f64>,
    /// Variance of `auc_a`.
    pub var_a: Option<f64>,
    /// Variance of `auc_b`.
    pub var_b: Option<f64>,
    /// Covariance of both.
    pub cov: Option<f64>,
    /// `auc_a - auc_b`.
    pub diff: Option<f64>,
    /// Lower end of the interval of `diff`; of `auc_a` where a model stands by itself.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
    /// z, or t where there is a df.
    pub statistic: Option<f64>,
    /// Degrees of freedom of an unpaired test.
    pub df: Option<f64>,
    /// The p-value.
    pub p_value: Option<f64>,
    /// The p-value, adjusted within its family.
    pub p_adjusted: Option<f64>,
    /// The verdict; `None` where a model stands by itself.
    pub verdict: Option<String>,
    /// Why a number is missing, or what to keep in mind.
    pub reason: Option<String>,
    /// The task.
    pub task: String,
    /// Method.
    pub method: AucMethod,
    /// Cases that both models scored and whose truth is known.
    pub n_cases: i64,
    /// Positive ones among them.
    pub n_positive: i64,
    /// Patients.
    pub n_groups: i64,
    /// "paired" or "unpaired"; `None` where a model stands by itself.
    pub design: Option<String>,
}

table_row!(AucRow, "auc", sort [TASK, LABEL, MODEL_A, MODEL_B],
    label: String => LABEL, model_a: String => MODEL_A, model_b: Option<String> => MODEL_B,
    auc_a: Option<f64> => AUC_A, auc_b: Option<f64> => AUC_B, var_a: Option<f64> => VAR_A,
    var_b: Option<f64> => VAR_B, cov: Option<f64> => COV, diff: Option<f64> => DIFF,
    conf_low: Option<f64> => CONF_LOW, conf_high: Option<f64> => CONF_HIGH, statistic: Option<f64> => STATISTIC,
    df: Option<f64> => DF, p_value: Option<f64> => P_VALUE, p_adjusted: Option<f64> => P_ADJUSTED,
    verdict: Option<String> => VERDICT, reason: Option<String> => REASON, task: String => TASK,
    method: AucMethod => METHOD, n_cases: i64 => N_CASES, n_positive: i64 => N_POSITIVE,
    n_groups: i64 => N_GROUPS, design: Option<String> => DESIGN);
