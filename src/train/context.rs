//! What a run is told from outside: its names, the clock, where to leave a checkpoint, whom to tell, when to stop.
//!
//! Comes in: all of this from the command. Goes out: nothing; the fields are read. No training state is here.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How often a checkpoint is written unless the caller says otherwise.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(10);

/// The surroundings of one run.
pub struct RunContext<'a> {
    /// Name of the run and its files: letters, digits, `-`, `_`, `.`.
    pub run_id: String,
    /// Hash of everything that decides the values; see `finetune::identity` and `pretrain::identity`.
    pub config_hash: String,
    /// The experiment that the run belongs to.
    pub experiment: String,
    /// The initialization's name as it stands in tables.
    pub model: String,
    /// Family of the initialization: scratch, supervised, inat, ssl, in-domain, continual.
    pub family: String,
    /// Data the weights saw before, oldest first, joined by `>`; empty for none.
    pub pretrained_on: String,
    /// Whether times are left out (the clock is frozen by `SOURCE_DATE_EPOCH`), so that rows repeat bit for bit.
    pub clock_frozen: bool,
    /// The time of day when the run ends, as RFC 3339 in UTC.
    pub finished_at: &'a dyn Fn() -> String,
    /// Folder for the checkpoint; none writes none.
    pub checkpoints: Option<PathBuf>,
    /// Least time between two checkpoints; zero writes one after every step.
    pub checkpoint_every: Duration,
    /// Told of every step, epoch and warning.
    pub progress: &'a dyn Fn(Progress),
    /// Set from outside (Ctrl-C): the run finishes its batch, writes its checkpoint and returns `Error::Interrupted`.
    pub stop: &'a AtomicBool,
}

impl std::fmt::Debug for RunContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunContext").field("run_id", &self.run_id).finish_non_exhaustive()
    }
}

/// What a run says while it goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A checkpoint was found: `epoch` epochs are done.
    Resumed {
        /// Finished epochs.
        epoch: usize,
    },
    /// One training step is done.
    Step {
        /// The epoch, 1 being the first.
        epoch: usize,
        /// The most epochs there can be.
        epochs: usize,
        /// Steps done in this epoch.
        step: usize,
        /// Steps of the epoch.
        steps: usize,
    },
    /// One epoch is done.
    Epoch(EpochSummary),
    /// The test split is being predicted.
    Testing,
    /// Something the user should know; the run goes on.
    Warning(String),
}

/// One finished epoch, for the progress display.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochSummary {
    /// The epoch, 1 being the first.
    pub epoch: usize,
    /// The most epochs there can be.
    pub epochs: usize,
    /// Mean training loss.
    pub train_loss: f64,
    /// Mean validation loss; none without a validation split.
    pub val_loss: Option<f64>,
    /// The validation metric; none where it is undefined.
    pub value: Option<f64>,
    /// The learning rate.
    pub learning_rate: f64,
    /// Training images a second.
    pub images_per_second: f64,
}

#[cfg(test)]
pub(crate) mod quiet {
    //! A context for tests.

    use super::*;

    /// Says nothing, never stops, has no clock and no checkpoint.
    pub(crate) fn context(run_id: &str, stop: &'static AtomicBool) -> RunContext<'static> {
        RunContext {
            run_id: run_id.to_owned(),
            config_hash: "0123456789abcdef".to_owned(),
            experiment: "test".to_owned(),
            model: "m".to_owned(),
            family: "scratch".to_owned(),
            pretrained_on: String::new(),
            clock_frozen: true,
            finished_at: &|| "2026-01-01T00:00:00Z".to_owned(),
            checkpoints: None,
            checkpoint_every: CHECKPOINT_EVERY,
            progress: &|_| {},
            stop,
        }
    }

    /// Never set.
    pub(crate) static GO_ON: AtomicBool = AtomicBool::new(false);
}
