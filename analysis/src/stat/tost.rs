//! Equivalence by two one-sided tests.
//!
//! Comes in: a [`TTest`] of any kind and a margin. Goes out: both one-sided p-values and the larger of them. Chooses no
//! margin: one that is chosen after seeing the data proves nothing, and "not significant" is not "equivalent".

use super::distribution::{t_cdf, t_sf};
use super::reason::Untestable;
use super::ttest::TTest;

/// Two one-sided tests of a difference against ±margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tost {
    /// The margin, above 0, in the unit of the difference.
    pub margin: f64,
    /// p-value against "the difference is -margin or lower", in [0, 1].
    pub p_lower: f64,
    /// p-value against "the difference is +margin or higher", in [0, 1].
    pub p_upper: f64,
    /// The p-value against "not equivalent": the larger of both, in [0, 1].
    pub p_value: f64,
}

impl Tost {
    /// True when the groups are equivalent within the margin at level `alpha`: the same as the 1 - 2 alpha interval of the
    /// difference lying inside ±margin (Schuirmann 1987).
    pub fn is_equivalent(&self, alpha: f64) -> bool {
        self.p_value < alpha
    }
}

/// The two one-sided tests (Schuirmann 1987): t = (diff + margin)/se against the lower margin and (diff - margin)/se
/// against the upper one, with the test's degrees of freedom (Welch's where it is Welch's).
///
/// # Errors
/// A sentence where the margin is not a number above 0.
///
/// # Example
/// ```
/// use analysis::stat::{TTest, tost};
///
/// let test = TTest { diff: 0.001, se: 0.001, statistic: 1.0, df: 18.0 };
/// let equivalence = tost(&test, 0.005)?;
/// assert!((equivalence.p_value - 4.1991465870428e-4).abs() < 1e-15);
/// assert!(equivalence.is_equivalent(0.05) && !tost(&test, 0.002)?.is_equivalent(0.05));
/// # Ok::<(), analysis::stat::Untestable>(())
/// ```
pub fn tost(test: &TTest, margin: f64) -> Result<Tost, Untestable> {
    if !(margin > 0.0 && margin.is_finite()) {
        return Err(Untestable::Because(format!("the margin is {margin}; expected a number above 0")));
    }
    let p_lower = t_sf((test.diff + margin) / test.se, test.df);
    let p_upper = t_cdf((test.diff - margin) / test.se, test.df);
    Ok(Tost { margin, p_lower, p_upper, p_value: p_lower.max(p_upper) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_above_zero() {
        let test = TTest { diff: 0.0, se: 1.0, statistic: 0.0, df: 8.0 };
        for margin in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(tost(&test, margin), Err(Untestable::Because(_))));
        }
        let both = tost(&test, 1.0).unwrap();
        assert_eq!(both.p_lower, both.p_upper);
    }
}
