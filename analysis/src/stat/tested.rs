//! What a rank or permutation test hands back.
//!
//! Comes in: nothing but numbers that a test found. Goes out: [`RankTest`] with the p-values of all three alternatives,
//! and which null distribution they come from. Computes nothing.

use super::distribution::normal_cdf;
use super::interval::Alternative;

/// Where p-values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Null {
    /// All arrangements counted.
    Exact,
    /// A continuous distribution that the statistic approaches.
    Asymptotic,
    /// Arrangements drawn at random, the observed one counted too: p = (b + 1)/(B + 1) (Phipson & Smyth 2010).
    MonteCarlo {
        /// B, the number drawn.
        reps: u64,
    },
}

impl Null {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Asymptotic => "asymptotic",
            Self::MonteCarlo { .. } => "monte-carlo",
        }
    }
}

/// Which null distribution to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The exact one where it costs milliseconds, the asymptotic one else.
    Auto,
    /// The exact one, or an error where it would cost minutes.
    Exact,
    /// The asymptotic one whatever the size.
    Asymptotic,
}

/// One number for each alternative: probabilities in (0, 1], 0 only where an asymptotic one is below the smallest
/// number of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tails {
    /// a differs from b.
    pub two_sided: f64,
    /// a is higher than b.
    pub greater: f64,
    /// a is lower than b.
    pub less: f64,
}

impl Tails {
    /// The number of one alternative.
    pub fn of(&self, alternative: Alternative) -> f64 {
        match alternative {
            Alternative::TwoSided => self.two_sided,
            Alternative::Greater => self.greater,
            Alternative::Less => self.less,
        }
    }

    /// The same number for all three.
    pub(super) fn all(p: f64) -> Self {
        Self { two_sided: p, greater: p, less: p }
    }

    /// With the groups exchanged.
    pub(super) fn mirrored(self) -> Self {
        Self { greater: self.less, less: self.greater, ..self }
    }

    /// Normal tails of a statistic in steps of about 1, with continuity correction by ½ (as R's `wilcox.test`): the
    /// two-sided tail is moved towards the mean, never past it.
    pub(super) fn normal(statistic: f64, mean: f64, sd: f64) -> Self {
        let off = statistic - mean;
        Self {
            two_sided: (2.0 * normal_cdf(-(off.abs() - 0.5) / sd)).min(1.0),
            greater: normal_cdf(-(off - 0.5) / sd),
            less: normal_cdf((off + 0.5) / sd),
        }
    }

    /// The least that [`Tails::normal`] gives for statistics between `least` and `most`.
    pub(super) fn least_normal(least: f64, most: f64, mean: f64, sd: f64) -> Self {
        let (low, high) = (Self::normal(least, mean, sd), Self::normal(most, mean, sd));
        Self { two_sided: low.two_sided.min(high.two_sided), greater: high.greater, less: low.less }
    }
}

/// A rank or permutation test of a against b; positive differences speak for a.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankTest {
    /// The statistic; each test says which.
    pub statistic: f64,
    /// Degrees of freedom where the p-values are those of a t distribution.
    pub df: Option<f64>,
    /// The p-values.
    pub p: Tails,
    /// Where they come from.
    pub null: Null,
    /// The smallest p-value that the test could have given with these sizes, ties and zeros, had the data been as
    /// extreme as can be; 0 where the null distribution is continuous. A level at or below it is out of reach.
    pub least_p: Tails,
}
