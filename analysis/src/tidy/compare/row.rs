//! The row of a comparison: the columns of the contract, then our own.
//!
//! Comes in: nothing. Goes out: [`ComparisonRow`]. Computes nothing.

use crate::table::table_row;
use crate::tidy::verdict::Verdict;

/// One comparison of two models on one task and metric. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonRow {
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// The model that is judged.
    pub model_a: String,
    /// The baseline.
    pub model_b: String,
    /// Values of `model_a`; pairs for a paired test.
    pub n_a: Option<i64>,
    /// Values of `model_b`; pairs for a paired test.
    pub n_b: Option<i64>,
    /// Mean of `model_a`, a fraction; over its pairs for a paired test.
    pub mean_a: Option<f64>,
    /// Mean of `model_b`, a fraction; over its pairs for a paired test.
    pub mean_b: Option<f64>,
    /// Standard deviation of `model_a`, divisor n - 1.
    pub sd_a: Option<f64>,
    /// Standard deviation of `model_b`, divisor n - 1.
    pub sd_b: Option<f64>,
    /// `mean_a - mean_b`: positive is better for `model_a`.
    pub diff: Option<f64>,
    /// Lower end of the 1 - alpha interval of the estimand; `None` when untestable, or unbounded (alternative "less").
    pub conf_low: Option<f64>,
    /// Upper end; `None` when untestable, or unbounded (alternative "greater").
    pub conf_high: Option<f64>,
    /// The test's name, such as welch.
    pub test: String,
    /// Its statistic: t, U, V (sum of positive ranks) or a mean difference.
    pub statistic: Option<f64>,
    /// Its degrees of freedom, where it has any.
    pub df: Option<f64>,
    /// Its p-value; `None` when untestable.
    pub p_value: Option<f64>,
    /// The p-value, adjusted within its family.
    pub p_adjusted: Option<f64>,
    /// `hedges_g`, `hedges_gz` or `cliff_delta`.
    pub effect_kind: String,
    /// The effect.
    pub effect: Option<f64>,
    /// Lower end of its 1 - alpha interval.
    pub effect_low: Option<f64>,
    /// Upper end.
    pub effect_high: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why the verdict is untestable, or what to keep in mind about it.
    pub reason: Option<String>,
    /// What the values repeat: seed, fold, case, patient or run (unknown).
    pub unit: String,
    /// Where the p-value comes from: exact, asymptotic, monte-carlo, t.
    pub null_distribution: Option<String>,
    /// The smallest p-value that the test could have reached with these numbers of values, before adjustment.
    pub least_p: Option<f64>,
    /// What the interval is about: `mean difference`, `Hodges-Lehmann shift`.
    pub estimand: String,
    /// Estimate of the estimand: `diff`, or the Hodges-Lehmann shift.
    pub estimate: Option<f64>,
    /// p-value of the two one-sided tests of equivalence (Schuirmann 1987), unadjusted; `None` without a margin.
    pub p_equivalence: Option<f64>,
}

table_row!(ComparisonRow, "comparison", sort [TASK, METRIC, MODEL_A, MODEL_B],
    task: String => TASK, metric: String => METRIC, model_a: String => MODEL_A, model_b: String => MODEL_B,
    n_a: Option<i64> => N_A, n_b: Option<i64> => N_B, mean_a: Option<f64> => MEAN_A, mean_b: Option<f64> => MEAN_B,
    sd_a: Option<f64> => SD_A, sd_b: Option<f64> => SD_B, diff: Option<f64> => DIFF,
    conf_low: Option<f64> => CONF_LOW, conf_high: Option<f64> => CONF_HIGH, test: String => TEST,
    statistic: Option<f64> => STATISTIC, df: Option<f64> => DF, p_value: Option<f64> => P_VALUE,
    p_adjusted: Option<f64> => P_ADJUSTED, effect_kind: String => EFFECT_KIND, effect: Option<f64> => EFFECT,
    effect_low: Option<f64> => EFFECT_LOW, effect_high: Option<f64> => EFFECT_HIGH, verdict: Verdict => VERDICT,
    reason: Option<String> => REASON, unit: String => UNIT, null_distribution: Option<String> => NULL_DISTRIBUTION,
    least_p: Option<f64> => LEAST_P, estimand: String => ESTIMAND, estimate: Option<f64> => ESTIMATE,
    p_equivalence: Option<f64> => P_EQUIVALENCE);
