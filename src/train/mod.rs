//! Networks, fine-tuning and pre-training through `tch`.
