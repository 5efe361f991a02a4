//! What a reader of a table could assume about its tests.
//!
//! Comes in: lists of possibilities. Goes out: every combination, the plainer ones first. Tests nothing.

use crate::error::{Error, Result};
use crate::stat::Adjust;

/// Sides of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Two-sided.
    Two,
    /// One-sided in the mark's direction.
    One,
}

/// Variance of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variance {
    /// Student's test, pooled; what most programs do unasked.
    Pooled,
    /// Welch's test.
    Welch,
}

/// The marks that are adjusted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Those of a task.
    Task,
    /// All.
    All,
}

/// One combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumption {
    /// Runs behind each row that states none; `None` where all rows state theirs.
    pub n: Option<i64>,
    /// Divisor of the printed sd: 0 for n, 1 for n - 1.
    pub ddof: i64,
    /// Sides of the test.
    pub sides: Sides,
    /// Variance of the test.
    pub variance: Variance,
    /// Adjustment for many tests.
    pub adjust: Adjust,
    /// Its family; of no matter without an adjustment.
    pub over: Family,
}

/// The possibilities; their order in each list is their plausibility. Assumptions with as many mismatches are reported in
/// the order of the lists: first all with the first divisor, of these first those with the first variance, then the first
/// sides, then the first number of runs, then the first adjustment.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumptions {
    /// Numbers of runs, for rows that state none.
    pub n: Vec<i64>,
    /// Divisors of the sd: 0 and 1.
    pub ddof: Vec<i64>,
    /// Sides.
    pub sides: Vec<Sides>,
    /// Variances.
    pub variance: Vec<Variance>,
    /// Adjustments and their families.
    pub adjust: Vec<(Adjust, Family)>,
}

impl Assumptions {
    /// Unadjusted two-sided tests with the divisor n - 1, pooled and Welch, with 2 to 20 runs: round numbers first.
    pub fn plain() -> Self {
        let mut n = vec![5, 10, 3, 20, 15];
        n.extend((2..=20).filter(|n| ![5, 10, 3, 20, 15].contains(n)));
        Self {
            n,
            ddof: vec![1],
            sides: vec![Sides::Two],
            variance: vec![Variance::Pooled, Variance::Welch],
            adjust: vec![(Adjust::None, Family::All)],
        }
    }

    /// All sides, divisors and variances, still unadjusted.
    pub fn unadjusted() -> Self {
        Self { ddof: vec![1, 0], sides: vec![Sides::Two, Sides::One], ..Self::plain() }
    }

    /// Everything: also Bonferroni, Holm and Benjamini-Hochberg over each task and over all marks.
    pub fn everything() -> Self {
        let mut adjust = vec![(Adjust::None, Family::All)];
        for method in [Adjust::Holm, Adjust::Bonferroni, Adjust::Bh] {
            adjust.extend([(method, Family::Task), (method, Family::All)]);
        }
        Self { adjust, ..Self::unadjusted() }
    }

    pub(super) fn check(&self) -> Result<()> {
        let Self { n, ddof, sides, variance, adjust } = self;
        if n.is_empty() || ddof.is_empty() || sides.is_empty() || variance.is_empty() || adjust.is_empty() {
            return Err(Error::argument("a list of assumptions is empty"));
        }
        if let Some(n) = n.iter().find(|n| **n < 2) {
            return Err(Error::argument(format!("n is {n}; expected at least 2 runs")));
        }
        if let Some(ddof) = ddof.iter().find(|ddof| ![0, 1].contains(*ddof)) {
            return Err(Error::argument(format!(
                "ddof is {ddof}; expected 0 (divisor n) or 1 (divisor n - 1)"
            )));
        }
        Ok(())
    }

    /// All tests, without the adjustments, plainer ones first.
    pub(super) fn tests(&self, runs: &[Option<i64>]) -> Vec<Assumption> {
        let mut out = Vec::new();
        for ddof in &self.ddof {
            for variance in &self.variance {
                for sides in &self.sides {
                    let (ddof, variance, sides) = (*ddof, *variance, *sides);
                    let (adjust, over) = (Adjust::None, Family::All);
                    out.extend(runs.iter().map(|n| Assumption {
                        n: *n,
                        ddof,
                        sides,
                        variance,
                        adjust,
                        over,
                    }));
                }
            }
        }
        out
    }
}
