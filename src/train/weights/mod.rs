//! Weights in files: foreign checkpoints in, our safetensors out and in again.
//!
//! Comes in: checkpoints of other trainers ([`convert()`]) or our own files ([`read`], [`load_encoder`]). Goes out: fp32
//! safetensors with torchvision's names and the [`Lineage`] of the weights in their metadata. A pickle is never
//! executed: `pytorch-reader` interprets its opcodes and keeps what is not a tensor as an opaque value.

mod card;
mod convert;
mod foreign;
mod inspect;
mod load;
mod save;
mod shape;

pub use card::{Card, cards};
pub use convert::{Converted, convert};
pub use inspect::{Inspected, TensorLine, inspect};
pub use load::{Matched, load_encoder, read};
pub use save::{encoder_tensors, save};

use std::collections::BTreeMap;

/// Where weights come from; it fills the columns `model`, `family` and `pretrained_on` of the results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// Name in tables, e.g. `MoCo-v2`.
    pub model: String,
    /// scratch, supervised, inat, ssl, in-domain or continual.
    pub family: String,
    /// Data sets in order of training, joined by `>`, e.g. `imagenet>chestx-ray14`.
    pub pretrained_on: String,
    /// Name of the encoder, e.g. `resnet50` or `resnet18-w16-small`.
    pub arch: String,
    /// Hash of the foreign checkpoint that these weights were converted from.
    pub source_sha256: Option<String>,
    /// What the network expects of its input: `imagenet` (mean and deviation), `none` ([0, 1]) or `half` (mean 0.5, deviation 0.25).
    pub normalize: String,
    /// Whether made (phantom) data was among the training data.
    pub made: bool,
}

/// Elements of a tensor in a weights file.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// fp32.
    F32(Vec<f32>),
    /// int64: counters.
    I64(Vec<i64>),
}

/// A tensor in a weights file.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Extents, outermost first.
    pub shape: Vec<i64>,
    /// Elements in row-major order.
    pub values: Values,
}

/// A weights file in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Where it was read from, for messages.
    pub source: String,
    /// The tensors by torchvision's names.
    pub tensors: BTreeMap<String, Array>,
    /// Absent in files of other tools.
    pub lineage: Option<Lineage>,
}

#[cfg(test)]
mod tests;
