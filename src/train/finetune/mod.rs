//! Fine-tuning by the protocol: one initialization, one task, one seed.
//!
//! Comes in: a configuration, a task's cache, the run's surroundings. Goes out: the rows of the results store. The best
//! epoch is chosen on the validation split; the test split is predicted once, at the end. Writes nothing but its
//! checkpoint; the caller puts the rows into the store and then removes the checkpoint.

mod config;
mod loss;
mod net;
mod rows;

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use analysis::record::RunRecord;
use tch::Tensor;

pub use config::{FinetuneConfig, Identity, Init, identity};
pub(crate) use config::{hex, identify};
pub use loss::Objective;
use net::Net;
pub(crate) use rows::epoch_rows;

use super::augment::{Draw, Normalizer, Purpose, Recipe, apply, draw, keyed};
use super::checkpoint;
use super::context::{Progress, RunContext};
use super::data::{Dataset, batches, epoch_order, label_fraction};
use super::device;
use super::optim::{LearningRate, PlateauState};
use super::param::{Mode, ParamStore};
use super::predict::{Crops, Evaluation, Protocol, evaluate};
use super::session::{Plan, Session};
use super::weights;
use crate::dataset::{Cache, Split};
use crate::{Error, Result};

/// Runs one fine-tuning to its end and returns its rows. A checkpoint of the same run is taken up.
///
/// # Errors
/// An input error for an impossible configuration, an empty split, weights of another network or a broken checkpoint;
/// a failure when a loss is not finite; `Error::Interrupted` when asked to stop.
pub fn finetune(config: &FinetuneConfig, cache: &Cache, context: &RunContext<'_>) -> Result<RunRecord> {
    config.check(cache.spec.kind)?;
    let device = device::choose(&config.device)?;
    device::guarded(&format!("run {}", context.run_id), || {
        finetune_on(config, &Dataset::open(cache, device)?, context)
    })
}

/// Removes the checkpoint of a run that is in the store.
///
/// # Errors
/// When the file is there and cannot be removed.
pub fn forget_checkpoint(context: &RunContext<'_>) -> Result<()> {
    let folder = context.checkpoints.as_deref();
    folder.map_or(Ok(()), |folder| checkpoint::remove(&checkpoint::path(folder, &context.run_id)))
}

/// As [`finetune`], on data that are open already.
///
/// # Errors
/// As [`finetune`].
pub fn finetune_on(
    config: &FinetuneConfig,
    data: &Dataset<'_>,
    context: &RunContext<'_>,
) -> Result<RunRecord> {
    // One thread a run: several runs share a machine, and sums must not depend on how many.
    tch::set_num_threads(1);
    let train = label_fraction(&data.required(Split::Train)?, config.label_fraction, config.seed);
    if train.len() < 2 {
        return Err(Error::input(format!(
            "a label fraction of {} leaves {} training case of {}: batch normalization needs at least 2",
            config.label_fraction,
            train.len(),
            data.spec.name
        )));
    }
    let (val, test) = (data.required(Split::Val)?, data.required(Split::Test)?);

    // Network: encoder from the initialization, head or decoder fresh.
    let store = ParamStore::new(data.device, config.seed);
    let net = Net::new(&store, data, &config.encoder)?;
    load(config, &store, &net, context)?;
    let encoder_before = config.freeze.then(|| encoder_copies(&store, &net));

    // Training: every epoch sees the training cases in a new order, augmented anew.
    let normalizer = Normalizer::new(config.normalize, data.device);
    let n_frozen = if config.freeze { n_encoder_values(&store, &net)? } else { 0 };
    let mut session = Session::begin(&store, plan(config, n_frozen), context)?;
    while let Some(epoch) = session.next_epoch() {
        let order = epoch_order(&train, config.seed, epoch);
        let train_loss = session.train_epoch(&batches(&order, config.batch), |batch| {
            let (images, masks) = (data.images(batch), data.masks(batch));
            let (images, masks) =
                augmented(&config.augment, config.seed, Purpose::Augment, epoch, batch, images, masks);
            let xs = normalizer.apply(&images);
            let logits = if config.freeze { net.forward_frozen(&xs) } else { net.forward(&xs, Mode::Train) };
            config.objective.loss(&logits, &masks.unwrap_or_else(|| data.targets(batch)))
        })?;
        let began = Instant::now();
        let view = |batch: &[usize], images, masks| {
            let recipe = if config.augment_validation { config.augment } else { Recipe::NONE };
            augmented(&recipe, config.seed, Purpose::HeldOut, epoch, batch, images, masks)
        };
        let found = session.kept(predict(
            config,
            &net,
            data,
            &val,
            (&normalizer, Crops::Plain, context.stop),
            view,
        ))?;
        let value = found.value(data, &val);
        session.end_epoch(train_loss, Some((found.loss, value)), began.elapsed().as_secs_f64())?;
    }

    // Selection on validation, then the one look at the test split.
    let best_epoch = session.restore_best()?;
    if let Some(before) = encoder_before {
        assert_unmoved(&before, &encoder_copies(&store, &net))?;
    }
    (context.progress)(Progress::Testing);
    let as_is = |_: &[usize], images, masks| (images, masks);
    let tested = predict(config, &net, data, &test, (&normalizer, config.crops, context.stop), as_is)?;
    Ok(rows::record(config, data, context, &session, best_epoch, &test, &tested))
}

fn plan(config: &FinetuneConfig, n_frozen: i64) -> Plan {
    Plan {
        rule: config.optimizer,
        rate: LearningRate {
            base: config.learning_rate,
            schedule: config.schedule,
            warm_up: config.warm_up,
            total: config.epochs as f64,
            plateau: PlateauState::START,
        },
        rate_per_step: false,
        patience: config.patience,
        epochs: config.epochs,
        keep_best: true,
        n_frozen,
    }
}

/// Puts the initialization's values into the encoder. A normalisation that differs from the weights' own is a warning.
fn load(config: &FinetuneConfig, store: &ParamStore, net: &Net, context: &RunContext<'_>) -> Result<()> {
    let Init::Weights(path) = &config.init else { return Ok(()) };
    let weights = weights::read(path)?;
    weights::load_encoder(store, net.encoder_prefix(), &weights)?;
    let theirs = weights.lineage.as_ref().map_or("unknown", |lineage| &lineage.normalize);
    if theirs != config.normalize.to_string() {
        (context.progress)(Progress::Warning(format!(
            "the normalization of the weights {} is {theirs}, that of this run {}",
            path.display(),
            config.normalize
        )));
    }
    Ok(())
}

/// Augments a batch; each image draws from its own generator.
pub(crate) fn augmented(
    recipe: &Recipe,
    seed: u64,
    purpose: Purpose,
    epoch: usize,
    batch: &[usize],
    images: Tensor,
    masks: Option<Tensor>,
) -> (Tensor, Option<Tensor>) {
    if *recipe == Recipe::NONE {
        return (images, masks);
    }
    let draws: Vec<Draw> =
        batch.iter().map(|&case| draw(recipe, &mut keyed(seed, purpose, epoch, case, 0))).collect();
    apply(recipe, &draws, &images, masks.as_ref())
}

fn predict(
    config: &FinetuneConfig,
    net: &Net,
    data: &Dataset<'_>,
    indices: &[usize],
    (normalizer, crops, stop): (&Normalizer, Crops, &AtomicBool),
    view: impl Fn(&[usize], Tensor, Option<Tensor>) -> (Tensor, Option<Tensor>),
) -> Result<Evaluation> {
    let protocol = Protocol { objective: config.objective, batch: config.eval_batch, crops, stop };
    evaluate(|xs| net.forward(xs, Mode::Eval), view, data, indices, normalizer, protocol)
}

/// Copies of all tensors of the encoder, running statistics included.
fn encoder_copies(store: &ParamStore, net: &Net) -> Vec<(String, Tensor)> {
    let tensors = weights::encoder_tensors(store, net.encoder_prefix());
    tensors.into_iter().map(|(name, tensor)| (name, tensor.detach().copy())).collect()
}

/// Trainable values of the encoder, which lie at the front of the flat buffer, since the encoder is built first.
///
/// # Errors
/// A failure when they do not.
fn n_encoder_values(store: &ParamStore, net: &Net) -> Result<i64> {
    let ours: Vec<String> =
        weights::encoder_tensors(store, net.encoder_prefix()).into_iter().map(|t| t.0).collect();
    let is_ours = |name: &str| {
        let name =
            name.strip_prefix(net.encoder_prefix()).and_then(|name| name.strip_prefix('.').or(Some(name)));
        name.is_some_and(|name| ours.iter().any(|own| own == name))
    };
    let spans = store.spans();
    let n_front = spans.iter().take_while(|span| is_ours(&span.name)).count();
    if spans[n_front..].iter().any(|span| is_ours(&span.name)) {
        return Err(Error::failed("the encoder is not at the front of the network"));
    }
    Ok(spans[..n_front].iter().map(|span| span.shape.iter().product::<i64>()).sum())
}

/// The protocol of a probe, checked at its end: bit for bit the same encoder.
fn assert_unmoved(before: &[(String, Tensor)], after: &[(String, Tensor)]) -> Result<()> {
    for ((name, before), (_, after)) in before.iter().zip(after) {
        if !before.equal(after) {
            return Err(Error::failed(format!("the frozen tensor {name} moved during training")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
