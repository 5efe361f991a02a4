//! How tensors start: the initialisations of PyTorch, drawn from a generator of our own.
//!
//! Comes in: a generator keyed by what the numbers are for, a shape, an [`Init`]. Goes out: fp32 values. Nothing here
//! touches torch, so equal keys give equal values whatever runs beside.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use sha2::{Digest, Sha256};

/// How a new tensor is filled. Fans are PyTorch's: of a weight `[out, in, kh, kw]`, fan-out is `out kh kw` and fan-in
/// `in kh kw` (`in` being already divided by the groups).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// One value.
    Constant(f64),
    /// Gaussian.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
    },
    /// He et al. 2015 with gain sqrt 2: N(0, 2 / fan-out); torchvision's convolutions.
    KaimingNormalFanOut,
    /// PyTorch's default of convolution and linear weights (`a = sqrt 5`): U(-b, b), b = 1 / sqrt fan-in.
    KaimingUniform,
    /// He et al. 2015, uniform with gain sqrt 2: U(-b, b), b = sqrt(6 / fan-in); the U-Net decoder.
    KaimingUniformRelu,
    /// Glorot and Bengio 2010: U(-b, b), b = sqrt(6 / (fan-in + fan-out)); the segmentation head.
    XavierUniform,
    /// Uniform.
    Uniform {
        /// Lower end.
        lo: f64,
        /// Upper end.
        hi: f64,
    },
}

/// A generator keyed by a seed and the parts that say what it is for; equal keys give equal draws on every machine.
///
/// Parts are length-prefixed before hashing, so `["ab", "c"]` and `["a", "bc"]` differ.
pub fn keyed_rng(seed: u64, parts: &[&str]) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// Values in row-major order.
pub(super) fn draw(rng: &mut ChaCha8Rng, shape: &[i64], init: Init) -> Vec<f32> {
    let n = shape.iter().product::<i64>() as usize;
    let receptive = shape.iter().skip(2).product::<i64>() as f64;
    let fan_in = shape.get(1).copied().unwrap_or(1) as f64 * receptive;
    let fan_out = shape.first().copied().unwrap_or(1) as f64 * receptive;
    match init {
        Init::Constant(value) => vec![value as f32; n],
        Init::Normal { mean, sd } => normal(rng, n, mean, sd),
        Init::KaimingNormalFanOut => normal(rng, n, 0.0, (2.0 / fan_out).sqrt()),
        Init::KaimingUniform => uniform(rng, n, -(1.0 / fan_in).sqrt(), (1.0 / fan_in).sqrt()),
        Init::KaimingUniformRelu => uniform(rng, n, -(6.0 / fan_in).sqrt(), (6.0 / fan_in).sqrt()),
        Init::XavierUniform => {
            let bound = (6.0 / (fan_in + fan_out)).sqrt();
            uniform(rng, n, -bound, bound)
        }
        Init::Uniform { lo, hi } => uniform(rng, n, lo, hi),
    }
}

fn normal(rng: &mut ChaCha8Rng, n: usize, mean: f64, sd: f64) -> Vec<f32> {
    let one = |_| {
        let z: f64 = StandardNormal.sample(rng);
        (mean + sd * z) as f32
    };
    (0..n).map(one).collect()
}

fn uniform(rng: &mut ChaCha8Rng, n: usize, lo: f64, hi: f64) -> Vec<f32> {
    (0..n).map(|_| (lo + (hi - lo) * rng.random::<f64>()) as f32).collect()
}
