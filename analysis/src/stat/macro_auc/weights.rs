//! Bootstrap weights: how often each patient is in a resample.
//!
//! Comes in: the seed, numbers of resamples, strata. Goes out: rows of weights, the same whoever asks. Computes no
//! statistic.

use super::ladder::{LANES, Row};
use crate::stat::random::Stream;
use crate::stat::reason::Untestable;

/// What is drawn with replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strata {
    /// Patients (cases where no patients are given), whatever their class: the numbers of positives vary from resample to
    /// resample, as they would in another test set.
    One,
    /// Patients with a positive and patients without one apart, pROC's `boot.stratified`: numbers stay as they are, and no
    /// resample loses a class. For one label, where no patient has cases of both classes.
    ByClass,
}

/// Patients, cut into strata that are resampled apart.
#[derive(Debug, Clone)]
pub(super) struct Population {
    /// Patients of each stratum.
    strata: Vec<Vec<u32>>,
    n_patients: usize,
}

impl Population {
    /// All patients together.
    pub(super) fn one(n_patients: usize) -> Self {
        Self { strata: vec![(0..n_patients as u32).collect()], n_patients }
    }

    /// Patients by the class of their cases; `classes` is patient and truth of each case.
    ///
    /// # Errors
    /// A patient has cases of both classes.
    pub(super) fn by_class(
        n_patients: usize,
        classes: impl Iterator<Item = (u32, bool)>,
    ) -> Result<Self, Untestable> {
        let mut class_of = vec![None; n_patients];
        for (patient, class) in classes {
            let known = class_of[patient as usize].get_or_insert(class);
            if *known != class {
                let why = "a patient has cases of both classes and belongs to no stratum";
                return Err(Untestable::Because(why.to_owned()));
            }
        }
        let of = |wanted: bool| {
            (0..)
                .zip(&class_of)
                .filter(|(_, class)| **class == Some(wanted))
                .map(|(patient, _)| patient)
                .collect()
        };
        Ok(Self { strata: vec![of(true), of(false)], n_patients })
    }

    /// Fills `rows[patient]` with the weights of the resamples `first` to `first + LANES`; each draws from a stream of its
    /// own. A weight stops at 255: a stratum of fewer patients cannot exceed it, and a larger one has a chance below 10⁻⁴⁹⁰.
    pub(super) fn fill(&self, seed: u64, first: u64, scratch: &mut Vec<u8>, rows: &mut [Row]) {
        scratch.resize(self.n_patients, 0);
        for lane in 0..LANES {
            scratch.fill(0);
            let mut stream = Stream::new(seed, first + lane as u64);
            for members in &self.strata {
                if members.len() == self.n_patients {
                    draw(&mut stream, members.len(), |member| bump(&mut scratch[member]));
                } else {
                    draw(&mut stream, members.len(), |member| bump(&mut scratch[members[member] as usize]));
                }
            }
            for (row, weight) in rows.iter_mut().zip(scratch.iter()) {
                row[lane] = *weight;
            }
        }
    }
}

fn bump(weight: &mut u8) {
    *weight = weight.saturating_add(1);
}

/// Calls `each` with `n` whole numbers in [0, `n`), each equally likely.
///
/// A word of 64 bits gives two of them where n <= 2²⁰: the high half of word × n, and then that of the low half × n
/// (Brackett-Rozinsky & Lemire 2024, without their rejection step: the bias is below n²/2⁶⁴ <= 2⁻²⁴ of a chance).
fn draw(stream: &mut Stream, n: usize, mut each: impl FnMut(usize)) {
    const MOST_FOR_TWO: usize = 1 << 20;
    let mut left = n;
    while left > 0 {
        let first = u128::from(stream.bits()) * n as u128;
        each((first >> 64) as usize);
        left -= 1;
        if left > 0 && n <= MOST_FOR_TWO {
            let second = u128::from(first as u64) * n as u128;
            each((second >> 64) as usize);
            left -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resample_has_as_many_as_there_are() {
        let population = Population::by_class(100, (0..100).map(|patient| (patient, patient < 30))).unwrap();
        let mut rows = vec![[0; LANES]; 100];
        population.fill(1, 64, &mut Vec::new(), &mut rows);
        for lane in 0..LANES {
            let sum = |rows: &[Row]| rows.iter().map(|row| u32::from(row[lane])).sum::<u32>();
            assert_eq!((sum(&rows[..30]), sum(&rows[30..])), (30, 70));
        }
        assert!(Population::by_class(1, [(0, true), (0, false)].into_iter()).is_err());
    }

    #[test]
    fn draws_are_uniform() {
        let mut counts = [0_u32; 10];
        for index in 0..2000 {
            draw(&mut Stream::new(5, index), 10, |member| counts[member] += 1);
        }
        // 20,000 draws: the χ² of nine degrees of freedom is below 27.9 with a chance of .999.
        let chi: f64 = counts.iter().map(|count| (f64::from(*count) - 2000.0).powi(2) / 2000.0).sum();
        assert!(chi < 27.9, "{chi} {counts:?}");
    }
}
