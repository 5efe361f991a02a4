//! Networks, fine-tuning and pre-training through `tch`.

pub mod augment;
pub mod checkpoint;
pub mod context;
pub mod data;
pub mod device;
pub mod finetune;
pub mod net;
pub mod optim;
pub mod param;
pub mod predict;
pub mod pretrain;
mod session;
pub mod weights;

pub use context::{CHECKPOINT_EVERY, EpochSummary, Progress, RunContext};
