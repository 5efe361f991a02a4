//! Networks, fine-tuning and pre-training through `tch`.

pub mod net;
pub mod param;
