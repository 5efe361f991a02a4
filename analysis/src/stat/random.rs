//! Random numbers that do not depend on who draws first.
//!
//! Comes in: a seed and the number of a resample. Goes out: a stream of numbers of that resample alone, so that any
//! number of threads gives the same results. Holds no global state.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The numbers of one resample: ChaCha with 8 rounds (Bernstein 2008), keyed by the seed, one stream a resample.
#[derive(Debug, Clone)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of resample `index` under `seed`.
    ///
    /// # Example
    /// ```
    /// use analysis::stat::Stream;
    ///
    /// let (mut first, mut again) = (Stream::new(7, 3), Stream::new(7, 3));
    /// assert_eq!(first.below(1000), again.below(1000));
    /// ```
    pub fn new(seed: u64, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        Self(rng)
    }

    /// A whole number in [0, `n`), each equally likely (Lemire 2019, without his rejection step where it cannot matter:
    /// the bias is below n / 2^64); 0 for an `n` of 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// A number in [0, 1) with 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Puts `items` into a random order (Fisher & Yates 1938, Durstenfeld 1964).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |seed, index| {
            let mut stream = Stream::new(seed, index);
            [stream.bits(), stream.bits()]
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }

    #[test]
    fn numbers_stay_in_range_and_spread() {
        let mut stream = Stream::new(0, 0);
        let mut seen = [0_u32; 7];
        for _ in 0..7000 {
            seen[stream.below(7)] += 1;
            assert!((0.0..1.0).contains(&stream.unit()));
        }
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
        assert_eq!(stream.below(0), 0);
    }
}
