//! Runs drawn again within each task of each model, many resamples side by side.
//!
//! Comes in: scores and a seed. Goes out: how often each run was drawn, for [`LANES`] resamples at once, so that what is made
//! of them is arithmetic on rows. A model's draws are made once and serve every statistic and every pair. Estimates nothing.

use rayon::prelude::*;

use super::{AggregateConfig, Scores};
use crate::stat::random::{Digits, Stream};

/// Resamples side by side: 16 models x 7 tasks x 10 runs of them are 290 kB, which a second-level cache holds.
const LANES: usize = 32;

/// One number for each resample of a block.
pub(super) type Lanes = [f64; LANES];

/// The runs of all models and tasks, ascending within a cell, and the row where each cell starts.
#[derive(Debug)]
pub(super) struct Cells {
    n_tasks: usize,
    sorted: Vec<Vec<f64>>,
    starts: Vec<usize>,
    n_rows: usize,
}

impl Cells {
    pub(super) fn of(scores: &Scores) -> Self {
        let n_tasks = scores.n_tasks();
        let mut sorted = Vec::with_capacity(scores.n_models() * n_tasks);
        let (mut starts, mut n_rows) = (Vec::with_capacity(sorted.capacity()), 0);
        for (model, task) in
            (0..scores.n_models()).flat_map(|model| (0..n_tasks).map(move |task| (model, task)))
        {
            let mut runs = scores.runs(model, task).to_vec();
            runs.sort_unstable_by(f64::total_cmp);
            starts.push(n_rows);
            n_rows += runs.len();
            sorted.push(runs);
        }
        Self { n_tasks, sorted, starts, n_rows }
    }

    /// The runs of a cell, ascending.
    pub(super) fn runs(&self, model: usize, task: usize) -> &[f64] {
        &self.sorted[model * self.n_tasks + task]
    }

    /// The row of the weights of a cell's first run; the others follow.
    pub(super) fn row(&self, model: usize, task: usize) -> usize {
        self.starts[model * self.n_tasks + task]
    }

    /// The weights of the data themselves: every run once, in every lane.
    pub(super) fn everything(&self) -> Vec<Lanes> {
        vec![[1.0; LANES]; self.n_rows]
    }

    /// For each cell the weights summed from its first run on, one row more than it has runs: `sums[start(cell) + k]` is the
    /// weight of its k lowest runs. [`Cells::sums_row`] tells where a cell starts.
    pub(super) fn sums(&self, weights: &[Lanes]) -> Vec<Lanes> {
        let mut sums = Vec::with_capacity(self.n_rows + self.sorted.len());
        for (start, runs) in self.starts.iter().zip(&self.sorted) {
            let mut sum = [0.0; LANES];
            sums.push(sum);
            for row in &weights[*start..start + runs.len()] {
                for (sum, weight) in sum.iter_mut().zip(row) {
                    *sum += weight;
                }
                sums.push(sum);
            }
        }
        sums
    }

    pub(super) fn sums_row(&self, model: usize, task: usize) -> usize {
        self.row(model, task) + model * self.n_tasks + task
    }

    /// The weights of resamples `block * LANES` and following: in each cell as many draws as it has runs.
    fn draw(&self, seed: u64, block: usize) -> Vec<Lanes> {
        let mut weights = vec![[0.0; LANES]; self.n_rows];
        for (lane, rep) in (block * LANES..).take(LANES).enumerate() {
            let mut stream = Stream::new(seed, rep as u64);
            let mut digits = Digits::default();
            for (start, runs) in self.starts.iter().zip(&self.sorted) {
                for _ in 0..runs.len() {
                    weights[start + digits.below(runs.len(), &mut stream)][lane] += 1.0;
                }
            }
        }
        weights
    }
}

/// Replicates `[item][resample]` of `n_items` numbers: `compute` makes those of a block from its weights. Blocks are computed
/// on all threads and put together in their order.
pub(super) fn replicate(
    cells: &Cells,
    config: &AggregateConfig,
    n_items: usize,
    compute: impl Fn(&[Lanes], &mut [Lanes]) + Sync,
) -> Vec<Vec<f64>> {
    let blocks: Vec<Vec<Lanes>> = (0..config.reps.div_ceil(LANES))
        .into_par_iter()
        .map(|block| {
            let mut results = vec![[0.0; LANES]; n_items];
            compute(&cells.draw(config.seed, block), &mut results);
            results
        })
        .collect();
    (0..n_items)
        .into_par_iter()
        .map(|item| blocks.iter().flat_map(|block| block[item]).take(config.reps).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::Holes;

    #[test]
    fn every_cell_keeps_its_number_of_runs() {
        let scores =
            Scores::new(vec![vec![vec![0.3, 0.1, 0.2], vec![]], vec![vec![0.5], vec![0.9, 0.8]]]).unwrap();
        let cells = Cells::of(&scores);
        assert_eq!(cells.runs(0, 0), [0.1, 0.2, 0.3]);
        assert_eq!((cells.row(0, 1), cells.row(1, 0), cells.row(1, 1)), (3, 3, 4));
        let weights = cells.draw(1, 0);
        let sums = cells.sums(&weights);
        assert_eq!(sums.len(), 6 + 4);
        for lane in 0..LANES {
            let total = |rows: std::ops::Range<usize>| weights[rows].iter().map(|row| row[lane]).sum::<f64>();
            assert_eq!((total(0..3), total(3..4), total(4..6)), (3.0, 1.0, 2.0));
            assert_eq!(sums[cells.sums_row(0, 0) + 3][lane], 3.0);
            assert_eq!(sums[cells.sums_row(1, 1) + 2][lane], 2.0);
        }
        assert_ne!(weights, cells.draw(1, 1));
    }

    #[test]
    fn a_block_that_is_not_full() {
        let scores = Scores::new(vec![vec![vec![0.3, 0.1]]]).unwrap();
        let config = AggregateConfig { holes: Holes::Refuse, reps: 70, seed: 1, alpha: 0.05 };
        let replicates =
            replicate(&Cells::of(&scores), &config, 1, |weights, results| results[0] = weights[0]);
        assert_eq!((replicates.len(), replicates[0].len()), (1, 70));
    }
}
