//! The rows of `analyze rank`.
//!
//! Comes in: nothing. Goes out: row structs, the columns of the contract first. Computes nothing.

use super::PostHoc;
use crate::table::table_row;
use crate::tidy::verdict::Verdict;

/// One test of all models. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct OmnibusRow {
    /// friedman, friedman-exact, iman-davenport, quade.
    pub test: String,
    /// Chi-squared, or F.
    pub statistic: Option<f64>,
    /// Degrees of freedom.
    pub df1: Option<f64>,
    /// Those of the denominator.
    pub df2: Option<f64>,
    /// The p-value.
    pub p_value: Option<f64>,
    /// Kendall's coefficient of concordance, in [0, 1].
    pub kendall_w: Option<f64>,
    /// Nemenyi's critical difference of mean ranks at alpha.
    pub cd: Option<f64>,
    /// Tasks.
    pub n_tasks: i64,
    /// Models.
    pub n_models: i64,
    /// Why a number is missing.
    pub reason: Option<String>,
}

table_row!(OmnibusRow, "omnibus", sort [TEST],
    test: String => TEST, statistic: Option<f64> => STATISTIC, df1: Option<f64> => DF1, df2: Option<f64> => DF2,
    p_value: Option<f64> => P_VALUE, kendall_w: Option<f64> => KENDALL_W, cd: Option<f64> => CD,
    n_tasks: i64 => N_TASKS, n_models: i64 => N_MODELS, reason: Option<String> => REASON);

/// The mean rank of a model. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanRankRow {
    /// The model.
    pub model: String,
    /// Mean over tasks of its rank; 1 is the best.
    pub mean_rank: Option<f64>,
    /// Place by mean rank, from 1; equal mean ranks share their places' mean.
    pub rank: Option<f64>,
    /// Lower end of the interval of `rank` over other seeds.
    pub rank_low: Option<f64>,
    /// Upper end.
    pub rank_high: Option<f64>,
    /// Share of the resamples in which the model comes first.
    pub share_first: Option<f64>,
    /// Tasks.
    pub n_tasks: i64,
    /// Why a number is missing.
    pub reason: Option<String>,
}

table_row!(MeanRankRow, "mean rank", sort [MEAN_RANK, MODEL],
    model: String => MODEL, mean_rank: Option<f64> => MEAN_RANK, rank: Option<f64> => RANK,
    rank_low: Option<f64> => RANK_LOW, rank_high: Option<f64> => RANK_HIGH, share_first: Option<f64> => SHARE_FIRST, n_tasks: i64 => N_TASKS,
    reason: Option<String> => REASON);

/// One test of two models. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct RankPairRow {
    /// The model that is judged.
    pub model_a: String,
    /// The other, or the control.
    pub model_b: String,
    /// Size of z or t without sign, or the sum of positive ranks.
    pub statistic: Option<f64>,
    /// The p-value; of Nemenyi's test adjusted already.
    pub p_value: Option<f64>,
    /// Adjusted for all pairs of the table.
    pub p_adjusted: Option<f64>,
    /// Mean rank of `model_a`.
    pub mean_rank_a: Option<f64>,
    /// Mean rank of `model_b`.
    pub mean_rank_b: Option<f64>,
    /// The test.
    pub test: PostHoc,
    /// better, worse, inconclusive or untestable, about `model_a`.
    pub verdict: Verdict,
    /// Why the verdict is untestable.
    pub reason: Option<String>,
}

table_row!(RankPairRow, "rank pair", sort [MODEL_A, MODEL_B],
    model_a: String => MODEL_A, model_b: String => MODEL_B, statistic: Option<f64> => STATISTIC,
    p_value: Option<f64> => P_VALUE, p_adjusted: Option<f64> => P_ADJUSTED, mean_rank_a: Option<f64> => MEAN_RANK_A,
    mean_rank_b: Option<f64> => MEAN_RANK_B, test: PostHoc => TEST, verdict: Verdict => VERDICT,
    reason: Option<String> => REASON);

/// A model in a group that does not differ: a bar of a critical-difference diagram. Fields are the columns, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct CliqueRow {
    /// Number of the group, from 1, by its best model.
    pub clique: i64,
    /// The model.
    pub model: String,
    /// Its mean rank.
    pub mean_rank: Option<f64>,
}

table_row!(CliqueRow, "clique", sort [CLIQUE, MEAN_RANK],
    clique: i64 => CLIQUE, model: String => MODEL, mean_rank: Option<f64> => MEAN_RANK);
