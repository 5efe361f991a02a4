//! The resumable inner loop that fine-tuning and pre-training share.
//!
//! Comes in: a parameter store, a plan, and for every batch a closure that gives its loss. Goes out: trained values, the
//! history of epochs, the best epoch's values. A checkpoint may be taken after any step; since every random number is
//! keyed by (seed, epoch, case), position and tensors are the whole state, and a resumed run repeats the undisturbed
//! one bit for bit on the CPU. What is trained, and on what, it does not know.

mod saved;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tch::{Kind, Tensor};

use super::checkpoint::{self, Checkpoint, Found};
use super::context::{EpochSummary, Progress, RunContext};
use super::optim::{EarlyStop, LearningRate, Optimizer, Rule, Segment};
use super::param::{ParamStore, Snapshot, torch};
use crate::{Error, Result};
use saved::SavedState;

/// Steps between two looks at the losses, which lie on the device: on a GPU each look waits for it.
const LOOK_EVERY: usize = 16;

/// How to train.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Update rule.
    pub(crate) rule: Rule,
    /// Learning rate before the first epoch.
    pub(crate) rate: LearningRate,
    /// Whether the rate changes within an epoch (pre-training) or from epoch to epoch.
    pub(crate) rate_per_step: bool,
    /// Stop after this many epochs without a lower validation loss.
    pub(crate) patience: Option<usize>,
    /// The most epochs.
    pub(crate) epochs: usize,
    /// Whether the values of the epoch with the lowest validation loss are kept.
    pub(crate) keep_best: bool,
    /// How many values at the front of the flat buffer are left as they are (a frozen encoder); 0 trains all.
    pub(crate) n_frozen: i64,
}

/// One finished epoch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EpochRecord {
    pub(crate) train_loss: f64,
    pub(crate) val_loss: Option<f64>,
    pub(crate) value: Option<f64>,
    pub(crate) learning_rate: f64,
    /// Training images seen.
    pub(crate) n_images: usize,
    /// Wall time of the training part and of the validation.
    pub(crate) train_seconds: f64,
    pub(crate) val_seconds: f64,
}

/// A training in progress.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    store: &'a ParamStore,
    context: &'a RunContext<'a>,
    plan: Plan,
    optimizer: Optimizer,
    rate: LearningRate,
    stop: EarlyStop,
    best: Option<Snapshot>,
    history: Vec<EpochRecord>,
    position: Position,
    seconds_before: f64,
    started: Instant,
    last_checkpoint: Instant,
}

/// Where in the run it is.
#[derive(Debug, Clone, Copy, Default)]
struct Position {
    step: usize,   // finished steps of the epoch in progress
    loss_sum: f64, // over its images
    n_images: usize,
    train_seconds: f64,
}

impl<'a> Session<'a> {
    /// Starts a training, or takes it up where its checkpoint left it.
    ///
    /// # Errors
    /// When the checkpoint is broken or of another network, or memory runs out.
    pub(crate) fn begin(store: &'a ParamStore, plan: Plan, context: &'a RunContext<'a>) -> Result<Self> {
        store.flatten()?;
        let n = store.flat().size1().map_or(0, |n| n);
        let skip = plan.n_frozen;
        let part = |whole: &Tensor| whole.narrow(0, skip, n - skip);
        let segments = store.spans().into_iter().filter(|span| span.start >= skip).map(|span| Segment {
            start: span.start - skip,
            length: span.shape.iter().product(),
            is_weight: span.shape.len() > 1,
        });
        let optimizer =
            Optimizer::new(plan.rule, part(store.flat()), part(store.flat_grad()), segments.collect());
        let now = Instant::now();
        let mut session = Self {
            store,
            context,
            optimizer,
            rate: plan.rate,
            stop: EarlyStop::new(plan.patience),
            best: None,
            history: Vec::new(),
            position: Position::default(),
            seconds_before: 0.0,
            started: now,
            last_checkpoint: now,
            plan,
        };
        session.resume()?;
        Ok(session)
    }

    /// The epoch to train next, 0 being the first; none when the run is over.
    pub(crate) fn next_epoch(&self) -> Option<usize> {
        let epoch = self.history.len();
        let over = epoch >= self.plan.epochs || (self.stop.is_over() && self.position.step == 0);
        (!over).then_some(epoch)
    }

    /// One epoch over `batches`; `loss` gives the mean loss of a batch (one element, fp32, with its graph). Returns the
    /// mean loss over the images.
    ///
    /// # Errors
    /// A failure when a loss is not finite; `Error::Interrupted`, with a checkpoint written, when asked to stop.
    pub(crate) fn train_epoch(
        &mut self,
        batches: &[&[usize]],
        loss: impl Fn(&[usize]) -> Tensor,
    ) -> Result<f64> {
        let began = Instant::now();
        let seconds_before = self.position.train_seconds;
        let mut pending: Vec<(Tensor, usize)> = Vec::new();
        for (step, batch) in batches.iter().enumerate().skip(self.position.step) {
            self.store.zero_grad();
            let value = loss(batch);
            torch("compute gradients", value.f_backward())?;
            self.optimizer.step(self.learning_rate(step, batches.len()));
            pending.push((value.detach(), batch.len()));
            self.position.step = step + 1;
            self.position.train_seconds = seconds_before + began.elapsed().as_secs_f64();
            let asked_to_stop = self.context.stop.load(Ordering::Relaxed);
            let due = self.checkpoint_is_due();
            if pending.len() == LOOK_EVERY || asked_to_stop || due || step + 1 == batches.len() {
                self.look_at(&mut pending)?;
            }
            let (epoch, epochs) = (self.history.len() + 1, self.plan.epochs);
            (self.context.progress)(Progress::Step { epoch, epochs, step: step + 1, steps: batches.len() });
            if asked_to_stop || due {
                self.save()?;
            }
            if asked_to_stop {
                return Err(Error::interrupted());
            }
        }
        self.position.train_seconds = seconds_before + began.elapsed().as_secs_f64();
        Ok(self.position.loss_sum / self.position.n_images.max(1) as f64)
    }

    /// Closes the epoch: schedule, early stop, best values, history, checkpoint. `val` is the validation's mean loss and
    /// metric; without it the training loss is watched.
    ///
    /// # Errors
    /// A failure when the validation loss is not finite, or the checkpoint cannot be written.
    pub(crate) fn end_epoch(
        &mut self,
        train_loss: f64,
        val: Option<(f64, Option<f64>)>,
        val_seconds: f64,
    ) -> Result<()> {
        let epoch = self.history.len() + 1;
        let watched = val.map_or(train_loss, |(loss, _)| loss);
        if !watched.is_finite() {
            return Err(Error::failed(format!(
                "run {}: the validation loss is {watched} in epoch {epoch}; lower the learning rate",
                self.context.run_id
            )));
        }
        let learning_rate = self.learning_rate(0, 1);
        self.rate.observe(watched);
        if self.stop.observe(epoch, watched) && self.plan.keep_best {
            self.best = Some(self.store.snapshot()?);
        }
        let position = std::mem::take(&mut self.position);
        let record = EpochRecord {
            train_loss,
            val_loss: val.map(|(loss, _)| loss),
            value: val.and_then(|(_, value)| value),
            learning_rate,
            n_images: position.n_images,
            train_seconds: position.train_seconds,
            val_seconds,
        };
        (self.context.progress)(Progress::Epoch(EpochSummary {
            epoch,
            epochs: self.plan.epochs,
            train_loss,
            val_loss: record.val_loss,
            value: record.value,
            learning_rate,
            images_per_second: record.n_images as f64 / record.train_seconds.max(1e-9),
        }));
        self.history.push(record);
        if self.checkpoint_is_due() { self.save() } else { Ok(()) }
    }

    /// Validation's result, once a checkpoint is written if it was interrupted: the epoch is trained, and a resumed run
    /// goes straight to its validation.
    ///
    /// # Errors
    /// That of `validation`.
    pub(crate) fn kept<T>(&mut self, validation: Result<T>) -> Result<T> {
        if matches!(validation, Err(Error::Interrupted)) {
            self.save()?;
        }
        validation
    }

    /// Puts the values of the best epoch back into the network and returns that epoch, 1 being the first.
    ///
    /// # Errors
    /// When there was no epoch.
    pub(crate) fn restore_best(&mut self) -> Result<usize> {
        let (_, epoch) = self.stop.best.ok_or_else(|| Error::failed("no epoch was trained"))?;
        if let Some(best) = &self.best {
            self.store.restore(best)?;
        }
        Ok(epoch)
    }

    /// The finished epochs.
    pub(crate) fn history(&self) -> &[EpochRecord] {
        &self.history
    }

    /// Wall time of the run so far in seconds, over all its parts.
    pub(crate) fn seconds(&self) -> f64 {
        self.seconds_before + self.started.elapsed().as_secs_f64()
    }

    fn learning_rate(&self, step: usize, steps: usize) -> f64 {
        let within = if self.plan.rate_per_step { (step as f64 + 0.5) / steps as f64 } else { 0.0 };
        self.rate.at(self.history.len() as f64 + within)
    }

    /// Brings the pending losses from the device, adds them up in order and refuses what is not finite.
    fn look_at(&mut self, pending: &mut Vec<(Tensor, usize)>) -> Result<()> {
        let losses: Vec<Tensor> = pending.iter().map(|(loss, _)| loss.reshape([1])).collect();
        let losses =
            Vec::<f64>::try_from(Tensor::cat(&losses, 0).to_kind(Kind::Double).to_device(tch::Device::Cpu))
                .map_err(|e| Error::failed(format!("cannot read the losses: {e}")))?;
        let first = self.position.step - losses.len() + 1;
        for (index, (loss, (_, n))) in losses.into_iter().zip(pending.drain(..)).enumerate() {
            if !loss.is_finite() {
                return Err(Error::failed(format!(
                    "run {}: the training loss is {loss} in epoch {}, step {}; lower the learning rate",
                    self.context.run_id,
                    self.history.len() + 1,
                    first + index
                )));
            }
            self.position.loss_sum += loss * n as f64;
            self.position.n_images += n;
        }
        Ok(())
    }

    fn checkpoint_is_due(&self) -> bool {
        self.context.checkpoints.is_some() && self.last_checkpoint.elapsed() >= self.context.checkpoint_every
    }

    fn save(&mut self) -> Result<()> {
        let Some(folder) = &self.context.checkpoints else { return Ok(()) };
        let mut tensors = Vec::new();
        for (part, snapshot) in [(NETWORK, Some(&self.store.snapshot()?)), (BEST, self.best.as_ref())] {
            for (name, tensor) in snapshot.map(Snapshot::tensors).unwrap_or_default() {
                tensors.push((format!("{part}{name}"), tensor.shallow_clone()));
            }
        }
        for (name, tensor) in OPTIMIZER.iter().zip(self.optimizer.state()) {
            tensors.push(((*name).to_owned(), tensor.shallow_clone()));
        }
        let state = serde_json::to_string(&self.saved_state())
            .map_err(|e| Error::failed(format!("cannot write the state of the run: {e}")))?;
        let path = checkpoint::path(folder, &self.context.run_id);
        checkpoint::write(&path, &self.context.config_hash, &Checkpoint { state, tensors })?;
        self.last_checkpoint = Instant::now();
        Ok(())
    }

    fn resume(&mut self) -> Result<()> {
        let Some(folder) = &self.context.checkpoints else { return Ok(()) };
        let path = checkpoint::path(folder, &self.context.run_id);
        let found = match checkpoint::read(&path, &self.context.config_hash)? {
            Found::Nothing => return Ok(()),
            Found::Foreign(warning) => {
                (self.context.progress)(Progress::Warning(warning));
                return Ok(());
            }
            Found::Resumable(found) => found,
        };
        let broken = |why: String| {
            Error::input(format!("checkpoint {}: {why}; delete it to start the run anew", path.display()))
        };
        let state: SavedState = serde_json::from_str(&found.state).map_err(|e| broken(e.to_string()))?;
        let tensors: BTreeMap<String, Tensor> = found.tensors.into_iter().collect();
        let take = |name: &str| tensors.get(name).ok_or_else(|| broken(format!("tensor {name} is missing")));
        let part = |prefix: &str| -> Result<Snapshot> {
            let named = |name: String| {
                Ok((name.clone(), take(&format!("{prefix}{name}"))?.to_device(self.store.device)))
            };
            let params = self.store.params().into_iter().map(|param| named(param.name));
            Ok(Snapshot::new(params.collect::<Result<_>>()?))
        };
        self.store.restore(&part(NETWORK)?)?;
        self.best = if state.best.is_some() && self.plan.keep_best { Some(part(BEST)?) } else { None };
        self.optimizer.restore(state.optimizer_steps, [take(OPTIMIZER[0])?, take(OPTIMIZER[1])?])?;
        self.take_up(state);
        (self.context.progress)(Progress::Resumed { epoch: self.history.len() });
        Ok(())
    }
}

const NETWORK: &str = "network/";
const BEST: &str = "best/";
const OPTIMIZER: [&str; 2] = ["optimizer/first", "optimizer/second"];
