//! An encoder with one linear layer on its pooled features.
//!
//! Comes in: images `[n, 3, h, w]`. Goes out: logits `[n, n_outputs]`; the sigmoid belongs to the loss. torchvision's
//! MobileNetV2 drops 20 % of the features before its last layer while training; here nothing is dropped, because
//! dropout needs torch's global random state. In evaluation both are equal.

use tch::Tensor;

use super::encoder::{Arch, Encoder, EncoderConfig};
use super::layer::{Linear, default_bias};
use crate::Result;
use crate::train::param::{Init, Mode, Scope};

/// Standard deviation of the head's weights in the paper's fine-tuning, and of MobileNetV2 in torchvision.
const HEAD_SD: f64 = 0.01;

/// How the classifying layer starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadInit {
    /// Fine-tuning by the protocol: weight N(0, 0.01), bias 0.
    Protocol,
    /// As torchvision does: ResNets U(-b, b), b = 1 / sqrt fan-in for both; MobileNetV2 as the protocol.
    Torchvision,
}

/// Encoder and head; names as in torchvision (`fc.*` or `classifier.1.*`).
#[derive(Debug)]
pub struct Classifier {
    /// All but the head.
    pub encoder: Encoder,
    /// The classifying layer.
    pub fc: Linear,
}

impl Classifier {
    /// A classifier of `n_outputs` logits.
    ///
    /// # Errors
    /// As [`Encoder::new`].
    pub fn new(scope: &Scope<'_>, config: &EncoderConfig, n_outputs: i64, init: HeadInit) -> Result<Self> {
        let encoder = Encoder::new(scope, config)?;
        let n_features = encoder.out_channels().last().copied().expect("every encoder has a final map");
        let (weight, bias) = match (init, config.arch) {
            (HeadInit::Torchvision, Arch::Resnet18 | Arch::Resnet34 | Arch::Resnet50) => {
                (Init::KaimingUniform, default_bias(n_features))
            }
            (HeadInit::Protocol, _) | (HeadInit::Torchvision, Arch::MobilenetV2) => {
                (Init::Normal { mean: 0.0, sd: HEAD_SD }, Init::Constant(0.0))
            }
        };
        let head = scope.sub(config.arch.head());
        Ok(Self { fc: Linear::new(&head, n_features, n_outputs, weight, bias)?, encoder })
    }

    /// Logits `[n, n_outputs]` of images `[n, 3, h, w]`.
    pub fn forward(&self, xs: &Tensor, mode: Mode) -> Tensor {
        self.fc.forward(&self.encoder.pooled(xs, mode))
    }
}
