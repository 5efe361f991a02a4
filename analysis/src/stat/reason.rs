//! Why a number is missing.
//!
//! Comes in: what a test found wrong with its input. Goes out: [`Untestable`], and a sentence about it. Decides nothing.

/// Which of the two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that is judged.
    A,
    /// The baseline.
    B,
}

/// Why there is no p-value, no interval or no estimate.
#[derive(Debug, Clone, PartialEq)]
pub enum Untestable {
    /// There is no second group on this task.
    NoBaseline,
    /// A group has fewer than two values: how many.
    FewValues(Side, i64),
    /// Fewer pairs than the test needs: how many there are, how many it needs.
    FewPairs {
        /// Complete pairs.
        found: i64,
        /// Pairs that the test needs.
        needed: i64,
    },
    /// The number of values of a group is not known.
    NoN(Side),
    /// The standard deviation of a group is not known.
    NoSd(Side),
    /// Only a mean and a standard deviation are known, and the test needs the values.
    OnlySummary(Side),
    /// Neither group varies, or by no more than rounding.
    ZeroVariance,
    /// All differences of the pairs are equal, or equal but for rounding.
    ZeroVarianceOfDifferences,
    /// All values of both groups are equal: there is no order to test.
    AllTied,
    /// All differences of the pairs are zero.
    AllZero,
    /// A value is infinite or not a number.
    NotFinite,
    /// Only one class is there: an AUC needs positives and negatives.
    OneClass,
    /// Every value of one group lies above every value of the other, where the test has no variance left.
    PerfectSeparation,
    /// The smallest p-value that the test can reach with this many values is not below alpha.
    OutOfReach {
        /// That smallest p-value.
        least_p: f64,
        /// The significance level asked for.
        alpha: f64,
    },
    /// Anything else, as a lower-case sentence without a full stop.
    Because(String),
}

impl Untestable {
    /// The reason as a lower-case sentence without a full stop; `a` and `b` are the groups' names.
    pub fn explain(&self, a: &str, b: &str) -> String {
        let name = |side: &Side| match side {
            Side::A => a,
            Side::B => b,
        };
        match self {
            Self::NoBaseline => format!("structural hole: no result of '{b}'"),
            Self::FewValues(side, n) => {
                let found = match n {
                    0 => "no value".to_owned(),
                    n => format!("only {n} value"),
                };
                format!("{found} of '{}'; a test needs two", name(side))
            }
            Self::FewPairs { found, needed } => {
                format!("{found} complete pairs of '{a}' and '{b}'; the test needs {needed}")
            }
            Self::NoN(side) => format!("the number of values of '{}' is missing", name(side)),
            Self::NoSd(side) => format!("the standard deviation of '{}' is missing", name(side)),
            Self::OnlySummary(side) => {
                format!(
                    "only mean and standard deviation of '{}' are known; the test needs its values",
                    name(side)
                )
            }
            Self::ZeroVariance => "zero variance in both groups".to_owned(),
            Self::ZeroVarianceOfDifferences => "zero variance of the differences".to_owned(),
            Self::AllTied => "all values of both groups are equal".to_owned(),
            Self::AllZero => "all differences are zero".to_owned(),
            Self::NotFinite => "a value is infinite or not a number".to_owned(),
            Self::OneClass => "only one class is there; an AUC needs positives and negatives".to_owned(),
            Self::PerfectSeparation => {
                "perfect separation: the values of one group all lie above those of the other, which leaves this test no variance".to_owned()
            }
            Self::OutOfReach { least_p, alpha } => {
                format!("the smallest p-value that the test can reach here is {least_p}, not below {alpha}")
            }
            Self::Because(reason) => reason.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_group() {
        assert_eq!(Untestable::NoSd(Side::B).explain("x", "y"), "the standard deviation of 'y' is missing");
        assert_eq!(
            Untestable::FewValues(Side::A, 1).explain("x", "y"),
            "only 1 value of 'x'; a test needs two"
        );
    }
}
