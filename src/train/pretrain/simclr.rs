//! SimCLR (Chen, Kornblith, Norouzi, Hinton 2020, arXiv 2002.05709): contrast between two views of each image.
//!
//! Comes in: images, whatever their labels. Goes out: the NT-Xent loss of a batch and, on held-out cases, how often a
//! view finds its partner. The projection head is thrown away.

use std::sync::atomic::{AtomicBool, Ordering};

use tch::{Kind, Reduction, Tensor};

use super::{Bench, Learner, PretrainConfig};
use crate::train::augment::{Draw, Purpose, apply, draw, keyed};
use crate::train::net::Encoder;
use crate::train::net::layer::{BatchNorm, Linear, default_bias};
use crate::train::param::{Init, Mode, ParamStore};
use crate::{Error, Result};

/// Encoder and two-layer projection head with batch normalisation between.
pub(super) struct Simclr {
    encoder: Encoder,
    hidden: Linear,
    norm: BatchNorm,
    output: Linear,
    temperature: f64,
}

impl Simclr {
    pub(super) fn new(
        store: &ParamStore,
        config: &PretrainConfig,
        temperature: f64,
        projection: usize,
    ) -> Result<Self> {
        let encoder = Encoder::new(&store.root(), &config.encoder)?;
        let n = encoder.out_channels().last().copied().expect("every encoder has a final map");
        let scope = store.root().sub("projector");
        let hidden = Linear::without_bias(&scope.sub(0), n, n, Init::KaimingUniform)?;
        let norm = BatchNorm::new(&scope.sub(1), n)?;
        let output = Linear::new(&scope.sub(3), n, projection as i64, Init::KaimingUniform, default_bias(n))?;
        Ok(Self { encoder, hidden, norm, output, temperature })
    }

    /// Both views of a batch through network and head: `[2b, d]`, first views first.
    fn project(
        &self,
        bench: &Bench<'_>,
        purpose: Purpose,
        epoch: usize,
        batch: &[usize],
        mode: Mode,
    ) -> Tensor {
        let Bench { config, data, normalizer } = bench;
        let images = data.images(batch);
        let view = |view: u32, case: &usize| -> Draw {
            draw(&config.augment, &mut keyed(config.seed, purpose, epoch, *case, view))
        };
        let draws: Vec<Draw> =
            (0..2).flat_map(|number| batch.iter().map(move |case| view(number, case))).collect();
        let twice = Tensor::cat(&[&images, &images], 0);
        let (views, _) = apply(&config.augment, &draws, &twice, None);
        let features = self.encoder.pooled(&normalizer.apply(&views), mode);
        self.output.forward(&self.norm.forward(&self.hidden.forward(&features), mode).relu())
    }
}

impl Learner for Simclr {
    fn loss(&self, bench: &Bench<'_>, epoch: usize, batch: &[usize]) -> Tensor {
        let projected = self.project(bench, Purpose::Augment, epoch, batch, Mode::Train);
        nt_xent(&projected, self.temperature)
    }

    /// The same two views of each case after every epoch.
    fn held_out(
        &self,
        bench: &Bench<'_>,
        indices: &[usize],
        stop: &AtomicBool,
    ) -> Result<(f64, Option<f64>)> {
        let _guard = tch::no_grad_guard();
        let (mut loss, mut right, mut n) = (0.0, 0.0, 0);
        for batch in indices.chunks(bench.config.batch).filter(|batch| batch.len() > 1) {
            if stop.load(Ordering::Relaxed) {
                return Err(Error::interrupted());
            }
            let projected = self.project(bench, Purpose::HeldOut, 0, batch, Mode::Eval);
            let (logits, partners) = similarities(&projected, self.temperature);
            let found =
                logits.argmax(-1, false).eq_tensor(&partners).to_kind(Kind::Double).mean(Kind::Double);
            loss += nt_xent(&projected, self.temperature).double_value(&[]) * batch.len() as f64;
            right += found.double_value(&[]) * batch.len() as f64;
            n += batch.len();
        }
        // A single held-out case has nobody to be told from: no value, and a loss of 0 by definition.
        Ok((loss / n.max(1) as f64, (n > 0).then(|| right / n as f64)))
    }

    fn metric(&self) -> &'static str {
        "contrastive_accuracy"
    }

    fn encoder(&self) -> &Encoder {
        &self.encoder
    }
}

/// The normalised temperature-scaled cross-entropy of projections `[2n, d]`, where rows i and i + n are views of one
/// image: mean over rows of -log(exp(s(i, partner) / T) / sum over k != i of exp(s(i, k) / T)), s the cosine similarity.
pub fn nt_xent(projected: &Tensor, temperature: f64) -> Tensor {
    let (logits, partners) = similarities(projected, temperature);
    logits.cross_entropy_loss(&partners, None::<&Tensor>, Reduction::Mean, -100, 0.0)
}

/// Similarities over the temperature `[2n, 2n]`, fp32, with the diagonal out of the race, and each row's partner `[2n]`.
fn similarities(projected: &Tensor, temperature: f64) -> (Tensor, Tensor) {
    let projected = projected.to_kind(Kind::Float);
    let norm = (&projected * &projected).sum_dim_intlist([1i64].as_slice(), true, Kind::Float).sqrt();
    let unit = projected / norm.clamp_min(1e-8);
    let n = unit.size()[0];
    let diagonal = Tensor::eye(n, (Kind::Bool, unit.device()));
    let logits = (unit.mm(&unit.tr()) * temperature.recip()).masked_fill(&diagonal, f64::NEG_INFINITY);
    let partners = Tensor::arange(n, (Kind::Int64, unit.device())).roll([n / 2], [0]);
    (logits, partners)
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    /// The definition, written out in f64.
    fn reference(rows: &[Vec<f64>], temperature: f64) -> f64 {
        let norm = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
        let similarity = |i: usize, k: usize| {
            let dot: f64 = rows[i].iter().zip(&rows[k]).map(|(a, b)| a * b).sum();
            (dot / (norm(&rows[i]) * norm(&rows[k])) / temperature).exp()
        };
        let n = rows.len();
        let losses = (0..n).map(|i| {
            let all: f64 = (0..n).filter(|&k| k != i).map(|k| similarity(i, k)).sum();
            -(similarity(i, (i + n / 2) % n) / all).ln()
        });
        losses.sum::<f64>() / n as f64
    }

    #[test]
    fn nt_xent_equals_its_definition() {
        let mut rng = keyed(1, Purpose::Augment, 0, 0, 0);
        for (n, d, temperature) in [(2, 3, 0.5), (8, 16, 0.1), (64, 32, 0.2)] {
            let rows: Vec<Vec<f64>> =
                (0..2 * n).map(|_| (0..d).map(|_| f64::from(rng.random::<f32>() - 0.3)).collect()).collect();
            let flat: Vec<f32> = rows.iter().flatten().map(|&x| x as f32).collect();
            let projected = Tensor::from_slice(&flat).view([2 * n as i64, d as i64]);
            let found = nt_xent(&projected, temperature).double_value(&[]);
            let expected = reference(&rows, temperature);
            assert!((found - expected).abs() < 1e-5 * expected.max(1.0), "{found} {expected}");
        }
    }

    #[test]
    fn equal_views_beat_equal_images() {
        let apart = Tensor::eye(4, (Kind::Float, tch::Device::Cpu));
        let paired = Tensor::cat(&[&apart, &apart], 0);
        let collapsed = Tensor::ones([8, 4], (Kind::Float, tch::Device::Cpu));
        let loss = |projected: &Tensor| nt_xent(projected, 0.2).double_value(&[]);
        // All alike: every one of the 7 others is as likely.
        assert!((loss(&collapsed) - 7f64.ln()).abs() < 1e-5);
        assert!(loss(&paired) < 0.1);
    }
}
