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

impl Stream {
    /// A number in (0, 1) with 52 bits: never 0 nor 1, so that its logarithm is finite and not 0.
    pub fn open_unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64)
    }

    /// An exponential number with mean 1, by inversion.
    pub fn exponential(&mut self) -> f64 {
        -self.open_unit().ln()
    }

    /// A standard normal number by the polar method (Marsaglia & Bray 1964); of its two numbers only the first is used,
    /// so that nothing is kept between calls.
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.open_unit() - 1.0, 2.0 * self.open_unit() - 1.0);
            let square = x * x + y * y;
            if 0.0 < square && square < 1.0 {
                return x * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// A gamma number with this shape and scale 1 (Marsaglia & Tsang 2000, ACM TOMS 26); below shape 1 a gamma number of
    /// shape + 1 times U^(1/shape) (their section 6). `None` unless 0 < shape < ∞.
    ///
    /// # Example
    /// ```
    /// let mut stream = analysis::stat::Stream::new(1, 0);
    /// assert!(stream.gamma(0.5).is_some_and(|number| number >= 0.0));
    /// assert_eq!(stream.gamma(0.0), None);
    /// ```
    pub fn gamma(&mut self, shape: f64) -> Option<f64> {
        if !(0.0 < shape && shape < f64::INFINITY) {
            return None;
        }
        let boost = if shape < 1.0 { self.open_unit().powf(1.0 / shape) } else { 1.0 };
        let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.open_unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return Some(boost * d * v);
            }
        }
    }

    /// How often each of `counts.len()` equally likely items comes up in `draws` draws: a multinomial number, written over
    /// `counts`.
    pub fn counts(&mut self, draws: usize, counts: &mut [u32]) {
        counts.fill(0);
        for _ in 0..draws {
            let item = self.below(counts.len());
            if let Some(count) = counts.get_mut(item) {
                *count += 1;
            }
        }
    }
}

/// Small whole numbers, several from each 64 random bits: what is left of a [`Stream`]'s number.
///
/// The 64 bits are a fraction in [0, 1); times n, its whole part is the draw and its rest the fraction of the next one. They
/// are renewed before the product of the n's passes 2^32, so no sequence of draws is off by more than 2^-32 of its
/// probability.
#[derive(Debug, Clone, Default)]
pub struct Digits {
    fraction: u64,
    /// How large the product of the n's to come may be.
    room: u64,
}

impl Digits {
    /// A whole number in [0, `n`); 0 for an `n` of 0.
    pub fn below(&mut self, n: usize, stream: &mut Stream) -> usize {
        let n = (n as u64).max(1);
        if self.room < n {
            (self.fraction, self.room) = (stream.bits(), 1 << 32);
        }
        self.room /= n;
        let product = u128::from(self.fraction) * u128::from(n);
        self.fraction = product as u64;
        (product >> 64) as usize
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

    /// Mean and variance of 200,000 numbers, each within 5 standard errors (from the fourth central moment).
    fn check_moments(mut draw: impl FnMut() -> f64, mean: f64, variance: f64, fourth: f64) {
        const N: f64 = 200_000.0;
        let numbers: Vec<f64> = (0..N as usize).map(|_| draw()).collect();
        let got = numbers.iter().sum::<f64>() / N;
        let spread = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / N;
        assert!((got - mean).abs() < 5.0 * (variance / N).sqrt(), "mean {got}, want {mean}");
        let error = ((fourth - variance * variance) / N).sqrt();
        assert!((spread - variance).abs() < 5.0 * error, "variance {spread}, want {variance}");
    }

    #[test]
    fn moments_of_the_distributions() {
        let mut stream = Stream::new(11, 0);
        check_moments(|| stream.exponential(), 1.0, 1.0, 9.0);
        check_moments(|| stream.normal(), 0.0, 1.0, 3.0);
        for shape in [0.1, 0.5, 1.0, 4.7] {
            check_moments(|| stream.gamma(shape).unwrap(), shape, shape, 3.0 * shape * (shape + 2.0));
        }
        let mut digits = Digits::default();
        // Of a die from 0: mean 2.5, variance 35/12, fourth central moment 14.7291666...
        check_moments(|| digits.below(6, &mut stream) as f64, 2.5, 35.0 / 12.0, 14.729_166_666_666_666);
        for shape in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(stream.gamma(shape), None);
        }
    }

    #[test]
    fn digits_in_a_row_are_independent() {
        let (mut stream, mut digits) = (Stream::new(5, 1), Digits::default());
        let mut seen = [0_i32; 1000];
        let mut last = [0, 0];
        for _ in 0..300_000 {
            let next = digits.below(10, &mut stream);
            seen[100 * last[0] + 10 * last[1] + next] += 1;
            last = [last[1], next];
        }
        // Chi squared with 999 degrees of freedom (nearly: triples overlap) has an sd of 45.
        let chi: f64 = seen.iter().map(|count| f64::from(count - 300).powi(2) / 300.0).sum();
        assert!((chi - 999.0).abs() < 6.0 * 45.0, "{chi}");
        assert_eq!(digits.below(0, &mut stream), 0);
        assert!((0..99).all(|_| digits.below(1 << 40, &mut stream) < 1 << 40));
    }

    #[test]
    fn counts_sum_to_the_draws() {
        let mut counts = [9_u32; 4];
        Stream::new(1, 1).counts(50, &mut counts);
        assert_eq!(counts.iter().sum::<u32>(), 50);
        Stream::new(1, 1).counts(50, &mut []);
    }
}
