//! Two groups as ranks of all their values together.
//!
//! Comes in: the values of two groups. Goes out: their common midranks, or the reason why they have none. Tests
//! nothing.

use super::rank::{Ranks, midranks};
use super::reason::{Side, Untestable};

/// Ranks of the values of a, then of b, in one order.
#[derive(Debug)]
pub(super) struct Pooled {
    pub(super) n_a: usize,
    pub(super) n_b: usize,
    pub(super) ranks: Ranks,
}

impl Pooled {
    /// At least one finite value in each group.
    pub(super) fn new(a: &[f64], b: &[f64]) -> Result<Self, Untestable> {
        check(a, Side::A, 1)?;
        check(b, Side::B, 1)?;
        let ranks = midranks(&[a, b].concat()).ok_or(Untestable::NotFinite)?;
        Ok(Self { n_a: a.len(), n_b: b.len(), ranks })
    }

    /// Twice U: pairs with the larger value in a count 2, tied ones 1 (Mann & Whitney 1947). Whole.
    pub(super) fn doubled_u(&self) -> u64 {
        let n_a = self.n_a as u64;
        self.ranks.doubled.iter().take(self.n_a).sum::<u64>() - n_a * (n_a + 1)
    }

    /// Number of pairs of a value of a and one of b.
    pub(super) fn pairs(&self) -> u64 {
        self.n_a as u64 * self.n_b as u64
    }
}

/// An error unless `values` are finite and at least `needed`.
pub(super) fn check(values: &[f64], side: Side, needed: usize) -> Result<(), Untestable> {
    if values.len() < needed {
        return Err(Untestable::FewValues(side, i64::try_from(values.len()).unwrap_or(i64::MAX)));
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Untestable::NotFinite);
    }
    Ok(())
}

/// What is said when an exact null distribution was asked for that takes too long.
pub(super) fn too_many() -> Untestable {
    Untestable::Because("too many values for the exact null distribution".to_owned())
}
