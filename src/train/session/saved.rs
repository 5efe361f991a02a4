//! A session's state apart from its tensors, as it stands in the checkpoint's JSON.
//!
//! Comes in: a session. Goes out: plain serializable structs, and back. Floats go as their bits, so nothing is rounded.

use super::{EpochRecord, Position, Session};
use crate::train::checkpoint::Bits;
use crate::train::optim::PlateauState;

/// The part of the state that is not tensors, as it stands in the checkpoint.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct SavedState {
    step: usize,
    loss_sum: Bits,
    n_images: usize,
    train_seconds: Bits,
    seconds: Bits,
    pub(super) optimizer_steps: i64,
    pub(super) best: Option<(Bits, usize)>,
    bad_epochs: usize,
    plateau: (Bits, Option<Bits>, usize),
    history: Vec<SavedEpoch>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct SavedEpoch {
    train_loss: Bits,
    val_loss: Option<Bits>,
    value: Option<Bits>,
    learning_rate: Bits,
    n_images: usize,
    train_seconds: Bits,
    val_seconds: Bits,
}

impl Session<'_> {
    pub(super) fn saved_state(&self) -> SavedState {
        let plateau = self.rate.plateau;
        let saved = |epoch: &EpochRecord| SavedEpoch {
            train_loss: epoch.train_loss.into(),
            val_loss: epoch.val_loss.map(Bits::from),
            value: epoch.value.map(Bits::from),
            learning_rate: epoch.learning_rate.into(),
            n_images: epoch.n_images,
            train_seconds: epoch.train_seconds.into(),
            val_seconds: epoch.val_seconds.into(),
        };
        SavedState {
            step: self.position.step,
            loss_sum: self.position.loss_sum.into(),
            n_images: self.position.n_images,
            train_seconds: self.position.train_seconds.into(),
            seconds: self.seconds().into(),
            optimizer_steps: self.optimizer.steps(),
            best: self.stop.best.map(|(loss, epoch)| (loss.into(), epoch)),
            bad_epochs: self.stop.bad_epochs,
            plateau: (plateau.factor.into(), plateau.best.map(Bits::from), plateau.bad_epochs),
            history: self.history.iter().map(saved).collect(),
        }
    }

    pub(super) fn take_up(&mut self, state: SavedState) {
        self.position = Position {
            step: state.step,
            loss_sum: state.loss_sum.into(),
            n_images: state.n_images,
            train_seconds: state.train_seconds.into(),
        };
        self.seconds_before = state.seconds.into();
        self.stop.best = state.best.map(|(loss, epoch)| (loss.into(), epoch));
        self.stop.bad_epochs = state.bad_epochs;
        let (factor, best, bad_epochs) = state.plateau;
        self.rate.plateau = PlateauState { factor: factor.into(), best: best.map(f64::from), bad_epochs };
        let epoch = |saved: SavedEpoch| EpochRecord {
            train_loss: saved.train_loss.into(),
            val_loss: saved.val_loss.map(f64::from),
            value: saved.value.map(f64::from),
            learning_rate: saved.learning_rate.into(),
            n_images: saved.n_images,
            train_seconds: saved.train_seconds.into(),
            val_seconds: saved.val_seconds.into(),
        };
        self.history = state.history.into_iter().map(epoch).collect();
    }
}
