//! The words of a comparison: which test, which family, which verdict.
//!
//! Comes in: names as typed. Goes out: enums, and their names for tables. Decides nothing.

use crate::named::named_cell;

/// The test of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Unequal variances (Welch 1947).
    Welch,
    /// Equal variances, pooled (Student 1908).
    Student,
    /// Pairs, mean difference (Student 1908).
    PairedT,
    /// Pairs of resampled or cross-validated runs, whose training sets overlap (Nadeau & Bengio 2003).
    CorrectedT,
    /// Ranks of two groups (Mann & Whitney 1947).
    MannWhitney,
    /// Ranks of two groups, unequal variances (Brunner & Munzel 2000).
    BrunnerMunzel,
    /// Signed ranks of pairs (Wilcoxon 1945, zeros as Pratt 1959).
    Wilcoxon,
    /// All ways to deal the values to two groups (Fisher 1935).
    Permutation,
    /// All signs of the differences of pairs (Fisher 1935).
    SignFlip,
    /// Many models against one control (Dunnett 1955).
    Dunnett,
}

/// Which p-values are adjusted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustOver {
    /// Those of one task and metric.
    Task,
    /// All of the table.
    All,
}

/// What a comparison says about `model_a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Adjusted p below alpha, and a higher mean.
    Better,
    /// Adjusted p below alpha, and a lower mean.
    Worse,
    /// Not significant, and the 1 - 2 alpha interval lies inside the margin.
    Equivalent,
    /// Neither a difference nor its absence is shown.
    Inconclusive,
    /// No p-value exists, or none that could be significant; the row's reason says why.
    Untestable,
}

impl Test {
    /// True for tests of pairs: runs that share a seed, folds that share a split.
    pub fn is_paired(self) -> bool {
        matches!(self, Self::PairedT | Self::CorrectedT | Self::Wilcoxon | Self::SignFlip)
    }

    /// True where mean, sd and n of each group are all that the test needs.
    pub fn takes_summaries(self) -> bool {
        matches!(self, Self::Welch | Self::Student | Self::Dunnett)
    }

    /// True where the p-values come adjusted for the number of comparisons with the control.
    pub fn adjusts_itself(self) -> bool {
        self == Self::Dunnett
    }

    /// True where the test and its interval are about ranks, not means.
    pub fn is_about_ranks(self) -> bool {
        matches!(self, Self::MannWhitney | Self::BrunnerMunzel | Self::Wilcoxon)
    }

    /// True where random numbers are drawn once there are too many arrangements to count.
    pub fn may_draw(self) -> bool {
        matches!(self, Self::Permutation | Self::SignFlip | Self::BrunnerMunzel)
    }
}

named_cell!(Test, "test", Welch => "welch", Student => "student", PairedT => "paired-t", CorrectedT => "corrected-t",
    MannWhitney => "mann-whitney", BrunnerMunzel => "brunner-munzel", Wilcoxon => "wilcoxon",
    Permutation => "permutation", SignFlip => "sign-flip", Dunnett => "dunnett");
named_cell!(AdjustOver, "family of tests", Task => "task", All => "all");
named_cell!(Verdict, "verdict", Better => "better", Worse => "worse", Equivalent => "equivalent",
    Inconclusive => "inconclusive", Untestable => "untestable");
