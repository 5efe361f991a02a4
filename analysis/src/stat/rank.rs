//! Ranks, with the mean rank for ties.
//!
//! Comes in: values. Goes out: twice their midranks, whole numbers, so that sums of ranks stay exact. Tests nothing.

/// Ranks of values from 1, ascending, ties sharing their mean rank.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranks {
    /// Twice the midrank of each value, in the order of the values: always whole.
    pub doubled: Vec<u64>,
    /// Size of every group of equal values, singles included, in ascending order of the values.
    pub ties: Vec<u64>,
}

impl Ranks {
    /// The midranks, in the order of the values.
    pub fn mid(&self) -> Vec<f64> {
        self.doubled.iter().map(|rank| *rank as f64 / 2.0).collect()
    }

    /// Σ (t³ - t) over the groups of ties: 0 without ties.
    pub fn tie_sum(&self) -> f64 {
        self.ties.iter().map(|size| *size as f64).map(|size| size * size * size - size).sum()
    }

    /// True when all values are equal, or there are none.
    pub fn all_tied(&self) -> bool {
        self.ties.len() <= 1
    }
}

/// Ranks of `values`; `None` when one is NaN. Zeros of either sign are equal; infinities rank last.
///
/// # Example
/// ```
/// let ranks = analysis::stat::midranks(&[0.7, 0.5, 0.7, 0.9]).unwrap();
/// assert_eq!(ranks.mid(), [2.5, 1.0, 2.5, 4.0]);
/// ```
pub fn midranks(values: &[f64]) -> Option<Ranks> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    // Adding 0 makes -0 a 0, which it equals.
    let at = |idx: usize| values[idx] + 0.0;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| at(*a).total_cmp(&at(*b)));
    let mut doubled = vec![0; values.len()];
    let mut ties = Vec::new();
    let mut below = 0_u64;
    for tied in order.chunk_by(|a, b| at(*a).total_cmp(&at(*b)).is_eq()) {
        let size = tied.len() as u64;
        // Ranks below + 1 ..= below + size: twice their mean.
        for idx in tied {
            doubled[*idx] = 2 * below + size + 1;
        }
        below += size;
        ties.push(size);
    }
    Some(Ranks { doubled, ties })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean() {
        let ranks = midranks(&[3.0, 1.0, 3.0, 3.0, -0.0, 0.0]).unwrap();
        assert_eq!(ranks.mid(), [5.0, 3.0, 5.0, 5.0, 1.5, 1.5]);
        assert_eq!(ranks.ties, [2, 1, 3]);
        assert_eq!(ranks.tie_sum(), 30.0);
    }

    #[test]
    fn edges() {
        assert_eq!(midranks(&[f64::NAN]), None);
        assert!(midranks(&[]).unwrap().all_tied());
        assert!(midranks(&[2.0, 2.0]).unwrap().all_tied());
    }
}
