//! Networks: functions of a scope and sizes, with torchvision's names, so that published weights fit.
//!
//! Comes in: a [`Scope`](super::param::Scope), an [`EncoderConfig`] and the number of outputs. Goes out: structs whose
//! `forward` is one chain of tensor operations. Nothing here reads files or draws random numbers by itself.

pub mod classifier;
pub mod encoder;
pub mod layer;
pub mod mobilenet;
pub mod resnet;
pub mod unet;

pub use classifier::{Classifier, HeadInit};
pub use encoder::{Arch, Encoder, EncoderConfig, Stem};
pub use unet::Unet;

#[cfg(test)]
pub(crate) mod golden;
#[cfg(test)]
mod tests;
