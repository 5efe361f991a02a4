//! Results to tidy rows: summaries, comparisons, ranks, aggregates, cases, plans.
//!
//! Comes in: [`crate::input::Results`]. Goes out: rows with the columns of the contract, sorted, and tables of them.
//! Holds no formulas: those are in [`crate::stat`].

mod aggregate;
mod auc;
mod audit;
mod bayes;
mod cases;
mod compare;
mod grid;
mod mixed;
mod pairs;
mod power;
mod rank;
mod readers;
mod summarize;
mod verdict;

pub use crate::input::Unit;
pub use aggregate::{
    AggregatePlan, ImprovementRow, Normalize, ProfileRow, ScoreRow, Statistic, aggregate_scores,
    improvements, profiles,
};
pub use auc::{AucConfig, AucMethod, AucRow, RunAucRow, compare_auc, run_aucs};
pub use audit::{Audited, AuditedRow, MarkRow, audit_table};
pub use bayes::{BayesMethod, BayesPlan, BayesRow, bayes};
pub use cases::{CasesPlan, CasesTest, compare_cases};
pub use compare::{CompareConfig, ComparisonRow, Draws, cautions, compare};
pub use grid::{Grid, LeaveOut};
pub use mixed::{MixedRow, mixed};
pub use pairs::Pairs;
pub use power::{PowerPlan, PowerRow, power};
pub use rank::{
    CliqueRow, MeanRankRow, OmnibusRow, PostHoc, RankConfig, RankPairRow, mean_ranks, rank_cliques,
    rank_omnibus, rank_pairs,
};
pub use readers::{ReadersMethod, ReadersPlan, readers};
pub use summarize::{SummaryRow, summarize};
pub use verdict::{AdjustOver, Test, Verdict};

use crate::table::{Row, Tidy};

/// A number of things, as a cell.
fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl Tidy {
    /// Rows of any kind as a table, one column a field.
    #[expect(private_bounds, reason = "the rows are those of this crate")]
    pub fn from_rows<R: Row>(rows: &[R]) -> Self {
        R::to_tidy(rows)
    }

    /// Summaries as a table: `task, metric, model, n, mean, sd, se, median, min, max, conf_low, conf_high`.
    pub fn from_summaries(rows: &[SummaryRow]) -> Self {
        SummaryRow::to_tidy(rows)
    }

    /// Comparisons as a table, with the columns of [`ComparisonRow`].
    pub fn from_comparisons(rows: &[ComparisonRow]) -> Self {
        ComparisonRow::to_tidy(rows)
    }
}
