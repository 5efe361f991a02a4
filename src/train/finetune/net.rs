//! The network of a fine-tuning run: classifier or U-Net, with the encoder trained or frozen.
//!
//! Comes in: a task and an encoder. Goes out: logits. Reads no file.

use tch::Tensor;

use crate::Result;
use crate::dataset::TaskKind;
use crate::train::data::Dataset;
use crate::train::net::{Classifier, EncoderConfig, HeadInit, Unet};
use crate::train::param::{Mode, ParamStore};

/// A network for one task.
#[derive(Debug)]
pub(crate) enum Net {
    /// One logit a label: `[b, labels]`.
    Classifier(Box<Classifier>),
    /// One logit a pixel: `[b, 1, s, s]`.
    Unet(Box<Unet>),
}

impl Net {
    /// Builds the network in `store`. The encoder's tensors come first.
    pub(crate) fn new(store: &ParamStore, data: &Dataset<'_>, encoder: &EncoderConfig) -> Result<Self> {
        if data.spec.kind == TaskKind::Mask {
            return Ok(Self::Unet(Box::new(Unet::new(&store.root(), encoder)?)));
        }
        let n_outputs = data.n_outputs() as i64;
        Ok(Self::Classifier(Box::new(Classifier::new(
            &store.root(),
            encoder,
            n_outputs,
            HeadInit::Protocol,
        )?)))
    }

    /// The encoder's scope.
    pub(crate) fn encoder_prefix(&self) -> &'static str {
        match self {
            Self::Classifier(_) => "",
            Self::Unet(_) => "encoder",
        }
    }

    /// Logits of images `[b, 3, s, s]`.
    pub(crate) fn forward(&self, xs: &Tensor, mode: Mode) -> Tensor {
        match self {
            Self::Classifier(net) => net.forward(xs, mode),
            Self::Unet(net) => net.forward(xs, mode),
        }
    }

    /// Training logits with the encoder frozen: no gradient flows into it and its running statistics stay.
    pub(crate) fn forward_frozen(&self, xs: &Tensor) -> Tensor {
        match self {
            Self::Classifier(net) => {
                let guard = tch::no_grad_guard();
                let features = net.encoder.pooled(xs, Mode::Eval);
                drop(guard);
                net.fc.forward(&features)
            }
            Self::Unet(net) => {
                let guard = tch::no_grad_guard();
                let maps = net.encoder.features(xs, Mode::Eval);
                drop(guard);
                net.decode(maps, xs, Mode::Train)
            }
        }
    }
}
