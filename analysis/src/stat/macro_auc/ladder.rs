//! AUCs of many resamples at once, from one sort.
//!
//! Comes in: scores, truths and patients of one label, then weights of the patients, [`LANES`] resamples side by side.
//! Goes out: the AUC of each resample, exact. Draws nothing.

use crate::metric::sorted::key_of;

/// Resamples that are computed side by side: a row of weights is half a cache line, and the running sums fit into
/// registers.
pub(super) const LANES: usize = 32;

/// How often each of [`LANES`] resamples holds one patient.
pub(super) type Row = [u8; LANES];

/// The cases of one model and label as patients in ascending order of the score, cut where a positive comes.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    /// Patients of the cases, rung after rung; those of negatives above all positives come last.
    patients: Vec<u32>,
    rungs: Vec<Rung>,
}

/// Ends in `patients` of three runs: the negatives above the rung before, the negatives tied with this rung's positives,
/// and these positives, which share one score. Positives without a negative between them share a rung too.
#[derive(Debug, Clone, Copy)]
struct Rung {
    below: u32,
    tied: u32,
    positives: u32,
}

impl Ladder {
    /// `scores`, `targets` and `patients` of the known cases; lengths are equal and no score is NaN.
    pub(super) fn of(scores: &[f64], targets: &[bool], patients: &[u32]) -> Self {
        let mut order: Vec<(i64, u32)> = scores.iter().map(|score| key_of(*score)).zip(0..).collect();
        order.sort_unstable();
        let mut ladder = Self { patients: Vec::with_capacity(order.len()), rungs: Vec::new() };
        for equal in order.chunk_by(|(a, _), (b, _)| a == b) {
            let of = |wanted: bool| equal.iter().filter(move |(_, case)| targets[*case as usize] == wanted);
            let start = ladder.patients.len() as u32;
            ladder.patients.extend(of(false).map(|(_, case)| patients[*case as usize]));
            let tied = ladder.patients.len() as u32;
            ladder.patients.extend(of(true).map(|(_, case)| patients[*case as usize]));
            let positives = ladder.patients.len() as u32;
            match ladder.rungs.last_mut() {
                _ if positives == tied => {}
                // No negative since the last rung and none tied: these beat the same negatives, but only if that rung
                // has no ties of its own.
                Some(last) if last.positives == tied && last.below == last.tied => last.positives = positives,
                _ => ladder.rungs.push(Rung { below: start, tied, positives }),
            }
        }
        ladder
    }

    /// AUC of each resample: Σ over pairs of w⁺ w⁻ (1 if won, ½ if tied) / (Σ w⁺ Σ w⁻), where a case has the weight of
    /// its patient, `rows[patient]`. `None` where a class is lost. Whole numbers but for the division, so that weights of
    /// 1 give [`crate::metric::auc`] to the last bit.
    pub(super) fn aucs(&self, rows: &[Row]) -> [Option<f64>; LANES] {
        let (mut n_neg, mut n_pos, mut twice_won) = ([0_u32; LANES], [0_u32; LANES], [0_u64; LANES]);
        let mut at = 0;
        for rung in &self.rungs {
            let mut run = |end: u32| {
                let sum = sum(&self.patients[at..end as usize], rows);
                at = end as usize;
                sum
            };
            let (below, tied, positives) = (run(rung.below), run(rung.tied), run(rung.positives));
            // Sums that the caller has bounded: see `MOST_WEIGHT`.
            for lane in 0..LANES {
                let lower = n_neg[lane].wrapping_add(below[lane]);
                let twice = lower.wrapping_add(lower).wrapping_add(tied[lane]);
                let won = u64::from(positives[lane]) * u64::from(twice);
                twice_won[lane] = twice_won[lane].wrapping_add(won);
                n_neg[lane] = lower.wrapping_add(tied[lane]);
                n_pos[lane] = n_pos[lane].wrapping_add(positives[lane]);
            }
        }
        let above = sum(&self.patients[at..], rows);
        std::array::from_fn(|lane| {
            let pairs = u64::from(n_pos[lane]) * u64::from(n_neg[lane].wrapping_add(above[lane]));
            (pairs > 0).then(|| twice_won[lane] as f64 / (2 * pairs) as f64)
        })
    }
}

/// The weights of all cases of a resample must sum to less, so that twice a sum fits into 32 bits and twice a number
/// of pairs into 64.
pub(super) const MOST_WEIGHT: u64 = 1 << 31;

/// The sum of the rows of `patients`.
fn sum(patients: &[u32], rows: &[Row]) -> [u32; LANES] {
    /// So many rows of at most 255 fit into 16 bits, where twice as many sums fit into a register.
    const ROWS: usize = 257;
    let mut total = [0_u32; LANES];
    for some in patients.chunks(ROWS) {
        let mut short = [0_u16; LANES];
        for patient in some {
            let row = &rows[*patient as usize];
            for lane in 0..LANES {
                short[lane] = short[lane].wrapping_add(u16::from(row[lane]));
            }
        }
        for lane in 0..LANES {
            total[lane] = total[lane].wrapping_add(u32::from(short[lane]));
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::auc;

    #[test]
    fn repeated_cases_count_as_often() {
        let scores = [0.3, 0.1, 0.3, 0.7, -0.0, 0.0, 0.7, 0.9];
        let targets = [true, false, false, true, true, false, true, false];
        let ladder = Ladder::of(&scores, &targets, &[0, 1, 2, 3, 4, 5, 6, 7]);
        let mut rows = [[0_u8; LANES]; 8];
        for (case, row) in rows.iter_mut().enumerate() {
            for (lane, weight) in row.iter_mut().enumerate() {
                *weight = ((case * 7 + lane * 5 + case * lane) % 4) as u8;
            }
        }
        for (lane, found) in ladder.aucs(&rows).into_iter().enumerate() {
            let repeated = |case: usize| std::iter::repeat_n(case, usize::from(rows[case][lane]));
            let cases: Vec<usize> = (0..8).flat_map(repeated).collect();
            let scores: Vec<f64> = cases.iter().map(|case| scores[*case]).collect();
            let targets: Vec<bool> = cases.iter().map(|case| targets[*case]).collect();
            assert_eq!(found, auc(&scores, &targets), "lane {lane}");
        }
    }

    #[test]
    fn long_runs_do_not_overflow() {
        let n = 70_000;
        let scores: Vec<f64> = (0..n).map(f64::from).collect();
        let targets: Vec<bool> = (0..n).map(|case| case + 1 == n).collect();
        let patients = vec![0; n as usize];
        assert_eq!(Ladder::of(&scores, &targets, &patients).aucs(&[[255; LANES]])[LANES - 1], Some(1.0));
    }
}
