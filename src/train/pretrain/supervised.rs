//! Supervised pre-training on classes (coarse or fine) or findings.
//!
//! Comes in: labelled images. Goes out: the loss of a batch and the score of held-out cases. The head is thrown away.

use std::sync::atomic::AtomicBool;

use tch::Tensor;

use super::{Bench, Learner, PretrainConfig};
use crate::Result;
use crate::dataset::TaskKind;
use crate::train::augment::Purpose;
use crate::train::data::Dataset;
use crate::train::finetune::{Objective, augmented};
use crate::train::net::{Classifier, Encoder, HeadInit};
use crate::train::param::{Mode, ParamStore};
use crate::train::predict::{Crops, Protocol, evaluate};

/// A classifier that learns the data's own labels.
pub(super) struct Supervised {
    net: Classifier,
    objective: Objective,
    metric: &'static str,
}

impl Supervised {
    pub(super) fn new(store: &ParamStore, data: &Dataset<'_>, config: &PretrainConfig) -> Result<Self> {
        let n_outputs = data.n_outputs() as i64;
        let net = Classifier::new(&store.root(), &config.encoder, n_outputs, HeadInit::Torchvision)?;
        let metric = if data.spec.kind == TaskKind::MultiClass { "accuracy" } else { "auc" };
        Ok(Self { net, objective: Objective::of(data.spec.kind)?, metric })
    }
}

impl Learner for Supervised {
    fn loss(&self, bench: &Bench<'_>, epoch: usize, batch: &[usize]) -> Tensor {
        let Bench { config, data, normalizer } = bench;
        let images = data.images(batch);
        let (images, _) =
            augmented(&config.augment, config.seed, Purpose::Augment, epoch, batch, images, None);
        let logits = self.net.forward(&normalizer.apply(&images), Mode::Train);
        self.objective.loss(&logits, &data.targets(batch))
    }

    fn held_out(
        &self,
        bench: &Bench<'_>,
        indices: &[usize],
        stop: &AtomicBool,
    ) -> Result<(f64, Option<f64>)> {
        let protocol =
            Protocol { objective: self.objective, batch: bench.config.batch, crops: Crops::Plain, stop };
        let forward = |xs: &Tensor| self.net.forward(xs, Mode::Eval);
        let as_is = |_: &[usize], images, masks| (images, masks);
        let found = evaluate(forward, as_is, bench.data, indices, &bench.normalizer, protocol)?;
        let value = match self.metric {
            "accuracy" => found.accuracy(bench.data, indices),
            _ => found.value(bench.data, indices),
        };
        Ok((found.loss, value))
    }

    fn metric(&self) -> &'static str {
        self.metric
    }

    fn encoder(&self) -> &Encoder {
        &self.net.encoder
    }
}
