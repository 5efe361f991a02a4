//! Pre-training: supervised, self-supervised or continual, ending in a backbone that fine-tuning can start from.
//!
//! Comes in: a configuration, a cache, the run's surroundings. Goes out: a safetensors file with torchvision's names and
//! the lineage in its metadata, and the rows of the epochs. Each method is one file; the loop is shared. The last epoch
//! is exported: nothing is selected.

mod config;
mod simclr;
mod supervised;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use analysis::record::EpochRow;
use sha2::{Digest, Sha256};
use tch::{Kind, Tensor};

pub use config::{Method, PretrainConfig, identity};
pub use simclr::nt_xent;

use super::augment::Normalizer;
use super::context::{Progress, RunContext};
use super::data::{Dataset, batches, epoch_order};
use super::device;
use super::finetune::{epoch_rows, hex};
use super::net::Encoder;
use super::optim::{LearningRate, PlateauState};
use super::param::{Mode, ParamStore};
use super::session::{Plan, Session};
use super::weights::{self, Lineage};
use crate::dataset::{Cache, Split};
use crate::{At, Error, Result};

/// Below this spread of the features (see [`PretrainOutcome::feature_std`]) they count as collapsed. Random features
/// have about 0.5 to 1.
const COLLAPSED: f64 = 0.05;

/// Cases on which the spread of the features is measured.
const SPREAD_CASES: usize = 256;

/// What a pre-training left.
#[derive(Debug, Clone)]
pub struct PretrainOutcome {
    /// The exported backbone.
    pub weights: PathBuf,
    /// sha256 of that file.
    pub sha256: String,
    /// What the backbone is and has seen.
    pub lineage: Lineage,
    /// Training and held-out rows of every epoch.
    pub epochs: Vec<EpochRow>,
    /// "accuracy", "auc" or "contrastive_accuracy": what `value` is.
    pub metric: &'static str,
    /// The metric on the held-out cases after the last epoch, in [0, 1]; none without such cases.
    pub value: Option<f64>,
    /// Spread of the features: the standard deviation over cases of each l2-normalised feature, averaged over features,
    /// times the square root of their number. 0 is a collapse (all images alike), 1 an even spread over the sphere
    /// (Chen and He 2021, arXiv 2011.10566, section 4.1).
    pub feature_std: f64,
    /// Wall time in seconds; none when the clock is frozen.
    pub seconds: Option<f64>,
    /// Training throughput; none when the clock is frozen.
    pub images_per_second: Option<f64>,
}

/// One way to pre-train.
trait Learner {
    /// Mean loss of a batch, with its graph.
    fn loss(&self, bench: &Bench<'_>, epoch: usize, batch: &[usize]) -> Tensor;
    /// Mean loss and metric on held-out cases.
    fn held_out(&self, bench: &Bench<'_>, indices: &[usize], stop: &AtomicBool)
    -> Result<(f64, Option<f64>)>;
    /// What the metric is called.
    fn metric(&self) -> &'static str;
    /// The part that is exported.
    fn encoder(&self) -> &Encoder;
}

/// What every method works on.
struct Bench<'a> {
    config: &'a PretrainConfig,
    data: &'a Dataset<'a>,
    normalizer: Normalizer,
}

/// Pre-trains to the end and writes the backbone to `config.out`. A checkpoint of the same run is taken up and, at the
/// end, removed.
///
/// # Errors
/// As `finetune`, and when the backbone cannot be written.
pub fn pretrain(config: &PretrainConfig, cache: &Cache, context: &RunContext<'_>) -> Result<PretrainOutcome> {
    config.check(&cache.spec)?;
    let device = device::choose(&config.device)?;
    device::guarded(&format!("pre-training {}", context.run_id), || {
        pretrain_on(config, &Dataset::open(cache, device)?, context)
    })
}

/// As [`pretrain`], on data that are open already.
///
/// # Errors
/// As [`pretrain`].
pub fn pretrain_on(
    config: &PretrainConfig,
    data: &Dataset<'_>,
    context: &RunContext<'_>,
) -> Result<PretrainOutcome> {
    tch::set_num_threads(1); // as in fine-tuning
    let (train, held_out) = (data.required(Split::Train)?, data.indices(Split::Val));

    // Network: a fresh one, or one that has seen other data before.
    let store = ParamStore::new(data.device, config.seed);
    let learner: Box<dyn Learner> = match config.method {
        Method::Supervised => Box::new(supervised::Supervised::new(&store, data, config)?),
        Method::Simclr { temperature, projection } => {
            Box::new(simclr::Simclr::new(&store, config, temperature, projection)?)
        }
    };
    let before = config.from.as_deref().map(|path| start_from(&store, path)).transpose()?;

    // Training.
    let bench = Bench { config, data, normalizer: Normalizer::new(config.normalize, data.device) };
    let mut session = Session::begin(&store, plan(config), context)?;
    while let Some(epoch) = session.next_epoch() {
        let order = epoch_order(&train, config.seed, epoch);
        let train_loss = session
            .train_epoch(&batches(&order, config.batch), |batch| learner.loss(&bench, epoch, batch))?;
        let began = Instant::now();
        let found = (!held_out.is_empty()).then(|| learner.held_out(&bench, &held_out, context.stop));
        let found = session.kept(found.transpose())?;
        session.end_epoch(train_loss, found, began.elapsed().as_secs_f64())?;
    }

    // Export of the last epoch, with what it is.
    let watched = if held_out.is_empty() { &train } else { &held_out };
    let feature_std = bench.feature_std(learner.encoder(), watched);
    if feature_std.is_nan() || feature_std < COLLAPSED {
        (context.progress)(Progress::Warning(format!(
            "the features of {} have collapsed (spread {feature_std:.3}): all images look alike to it",
            context.run_id
        )));
    }
    let lineage = config.lineage(data.spec, &context.model, before.as_ref());
    let sha256 = export(config, &store, &lineage)?;
    super::finetune::forget_checkpoint(context)?;
    let history = session.history();
    let (n_images, train_seconds) =
        history.iter().fold((0, 0.0), |(n, s), epoch| (n + epoch.n_images, s + epoch.train_seconds));
    let timed = |seconds: f64| (!context.clock_frozen).then_some(seconds);
    Ok(PretrainOutcome {
        weights: config.out.clone(),
        sha256,
        lineage,
        epochs: epoch_rows(context, learner.metric(), history),
        metric: learner.metric(),
        value: history.last().and_then(|epoch| epoch.value),
        feature_std,
        seconds: timed(session.seconds()),
        images_per_second: timed(n_images as f64 / f64::max(train_seconds, 1e-9)),
    })
}

fn plan(config: &PretrainConfig) -> Plan {
    Plan {
        rule: config.optimizer,
        rate: LearningRate {
            base: config.learning_rate,
            schedule: config.schedule,
            warm_up: config.warm_up,
            total: config.epochs as f64,
            plateau: PlateauState::START,
        },
        rate_per_step: true,
        patience: None,
        epochs: config.epochs,
        keep_best: false,
        n_frozen: 0,
    }
}

/// Loads the weights to go on from and returns what they are.
fn start_from(store: &ParamStore, path: &Path) -> Result<Lineage> {
    let weights = weights::read(path)?;
    weights::load_encoder(store, "", &weights)?;
    weights.lineage.ok_or_else(|| {
        Error::input(format!(
            "{} does not say what it was trained on; make it with `medtransfer weights convert` or `pretrain`",
            path.display()
        ))
    })
}

/// Writes the encoder's tensors (running statistics included, no head) and returns the file's sha256.
fn export(config: &PretrainConfig, store: &ParamStore, lineage: &Lineage) -> Result<String> {
    if let Some(folder) = config.out.parent() {
        std::fs::create_dir_all(folder).at("make folder", folder)?;
    }
    weights::save(&config.out, &weights::encoder_tensors(store, ""), lineage)?;
    Ok(hex(&Sha256::digest(std::fs::read(&config.out).at("read weights", &config.out)?)))
}

impl Bench<'_> {
    /// See [`PretrainOutcome::feature_std`]; on at most the first 256 of the cases, as they are.
    fn feature_std(&self, encoder: &Encoder, indices: &[usize]) -> f64 {
        let _guard = tch::no_grad_guard();
        let indices = &indices[..indices.len().min(SPREAD_CASES)];
        let features: Vec<Tensor> = indices
            .chunks(self.config.batch)
            .map(|batch| encoder.pooled(&self.normalizer.apply(&self.data.images(batch)), Mode::Eval))
            .collect();
        spread(&Tensor::cat(&features, 0))
    }
}

/// Spread of features `[n, c]`.
fn spread(features: &Tensor) -> f64 {
    let features = features.to_kind(Kind::Double);
    let norm = (&features * &features)
        .sum_dim_intlist([1i64].as_slice(), true, Kind::Double)
        .sqrt()
        .clamp_min(1e-12);
    let unit = features / norm;
    let per_feature = unit.std_dim([0i64].as_slice(), false, false);
    per_feature.mean(Kind::Double).double_value(&[]) * (unit.size()[1] as f64).sqrt()
}

#[cfg(test)]
mod tests;
