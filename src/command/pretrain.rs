//! `medtransfer pretrain`: a network and images to weights with a lineage.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cli::{MethodArg, PretrainArgs};
use crate::command::data::prepare_card;
use crate::command::train::lineage;
use crate::dataset::phantom::{self, PhantomConfig};
use crate::dataset::{Cache, TaskKind};
use crate::progress::{Progress, say};
use crate::provenance::Clock;
use crate::train::pretrain::{Method, PretrainConfig, PretrainOutcome, identity, pretrain};
use crate::train::{CHECKPOINT_EVERY, Progress as Step, RunContext};
use crate::{At, Error, Result, interrupt, output};

/// Network of small studies: what the demo uses.
pub const SMALL_NET: &str = "resnet18-w16";

/// Runs what was typed.
///
/// # Errors
/// When the data, the weights or an option is wrong, training fails, or Ctrl-C was pressed.
pub fn run(args: &PretrainArgs, quiet: bool) -> Result<()> {
    let cache = Cache::open(&data_folder(args, quiet)?)?;
    let method = match args.method {
        MethodArg::Supervised => "supervised",
        MethodArg::Simclr => "simclr",
    };
    let before = args.from.as_deref().map(lineage).transpose()?;
    let encoder = match (&args.arch, &before) {
        (Some(text), _) => text.parse()?,
        (None, Some(lineage)) => lineage.arch.parse()?,
        (None, None) => SMALL_NET.parse()?,
    };
    let mut config = PretrainConfig::small(method.parse()?, encoder, args.seed, args.out.clone());
    config.device.clone_from(&args.device);
    config.family = family(config.method, &cache, args).to_owned();
    if let Some(before) = &before {
        config.from.clone_from(&args.from);
        config.normalize = before.normalize.parse()?;
    }
    if let Some(epochs) = args.epochs {
        config.epochs = epochs;
    }
    if let Some(batch) = args.batch {
        config.batch = batch;
    }
    if let Some(lr) = args.lr {
        config.learning_rate = lr;
    }
    let model = args.name.clone().unwrap_or_else(|| {
        let start = before.as_ref().map_or(String::new(), |lineage| format!("{}>", lineage.model));
        format!("{start}{method}-{}", cache.spec.name)
    });
    let outcome = into_weights(&config, &cache, &model, quiet)?;
    if quiet {
        return Ok(());
    }
    output::to_stdout(
        &outcome.map_or_else(|| format!("{} (up to date)", args.out.display()), |outcome| describe(&outcome)),
    )
}

/// The family of the result: continual when it continues from weights, else by method, granularity and kind of images.
fn family(method: Method, cache: &Cache, args: &PretrainArgs) -> &'static str {
    let natural = cache.spec.name.contains("natural");
    match method {
        _ if args.from.is_some() => "continual",
        Method::Simclr { .. } => "ssl",
        Method::Supervised if cache.spec.name.ends_with("fine") => "inat",
        Method::Supervised if natural || cache.spec.kind == TaskKind::MultiClass => "supervised",
        Method::Supervised => "in-domain",
    }
}

/// `--data` as a cache folder; `phantom` makes the natural images and decodes them, once.
fn data_folder(args: &PretrainArgs, quiet: bool) -> Result<PathBuf> {
    if args.data != "phantom" {
        return Ok(PathBuf::from(&args.data));
    }
    let folder =
        args.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).join("phantom");
    let (images, config) = (folder.join("images"), PhantomConfig::demo(args.seed));
    phantom::generate(&images, &config)?;
    let wanted = match args.method {
        MethodArg::Simclr => "phantom-natural".to_owned(),
        MethodArg::Supervised => format!("phantom-natural-{}", args.labels),
    };
    let card = phantom::cards(&config)
        .into_iter()
        .find(|card| card.name == wanted)
        .ok_or_else(|| Error::failed(format!("the made images hold no set {wanted}")))?;
    Ok(prepare_card(&card, &images, &folder.join("cache"), quiet)?.dir)
}

/// Pre-trains into `config.out` and writes what happened beside it (`<name>.pretrain.json`). `None`: weights made by the same
/// configuration are there already.
///
/// # Errors
/// As [`pretrain`].
pub fn into_weights(
    config: &PretrainConfig,
    cache: &Cache,
    model: &str,
    quiet: bool,
) -> Result<Option<PretrainOutcome>> {
    let clock = Clock::from_environment()?;
    let folder =
        config.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    std::fs::create_dir_all(&folder).at("make folder", &folder)?;
    let id = identity(config, cache, model)?;
    let record = config.out.with_extension("pretrain.json");
    if Record::read(&record).is_some_and(|old| old.config_hash == id.config_hash && old.fits(&config.out)) {
        return Ok(None);
    }
    let bar = Progress::new(&format!("pre-training {model}"), config.epochs, quiet);
    let told = |step: Step| match step {
        Step::Warning(text) => say(&format!("warning: {text}")),
        Step::Resumed { epoch } => say(&format!("{model}: resuming after epoch {epoch}")),
        Step::Epoch(epoch) => {
            bar.at(
                epoch.epoch,
                &format!("loss {:.4}, {:.0} images/s", epoch.train_loss, epoch.images_per_second),
            );
        }
        Step::Step { .. } | Step::Testing => {}
    };
    let context = RunContext {
        run_id: id.run_id,
        config_hash: id.config_hash,
        experiment: "pretrain".to_owned(),
        model: model.to_owned(),
        family: config.family.clone(),
        pretrained_on: String::new(),
        clock_frozen: clock.is_frozen(),
        finished_at: &|| clock.now(),
        checkpoints: Some(folder.join("checkpoints")),
        checkpoint_every: CHECKPOINT_EVERY,
        progress: &told,
        stop: interrupt::flag(),
    };
    let outcome = pretrain(config, cache, &context);
    bar.finish();
    // Empty unless a run was stopped; then its checkpoint is in it.
    let _ = std::fs::remove_dir(folder.join("checkpoints"));
    let outcome = outcome?;
    Record::of(&context.config_hash, &outcome).write(&record)?;
    Ok(Some(outcome))
}

/// What a pre-training did, beside its weights.
#[derive(Serialize, Deserialize)]
struct Record {
    config_hash: String,
    weights_sha256: String,
    metric: String,
    held_out: Option<f64>,
    feature_std: f64,
    seconds: Option<f64>,
    epochs: Vec<RecordedEpoch>,
}

#[derive(Serialize, Deserialize)]
struct RecordedEpoch {
    epoch: i64,
    split: String,
    loss: Option<f64>,
    value: Option<f64>,
    learning_rate: f64,
}

impl Record {
    fn of(config_hash: &str, outcome: &PretrainOutcome) -> Self {
        let epochs = outcome.epochs.iter().map(|row| RecordedEpoch {
            epoch: row.epoch,
            split: row.split.clone(),
            loss: row.loss,
            value: row.value,
            learning_rate: row.learning_rate,
        });
        Self {
            config_hash: config_hash.to_owned(),
            weights_sha256: outcome.sha256.clone(),
            metric: outcome.metric.to_owned(),
            held_out: outcome.value,
            feature_std: outcome.feature_std,
            seconds: outcome.seconds,
            epochs: epochs.collect(),
        }
    }

    /// A record that cannot be read only means that the work is done again.
    fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Whether the weights are those that were recorded.
    fn fits(&self, weights: &Path) -> bool {
        std::fs::read(weights).is_ok_and(|bytes| {
            let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            hash == self.weights_sha256
        })
    }

    fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::failed(format!("cannot record the pre-training: {error}")))?;
        output::write(path, &text)
    }
}

fn describe(outcome: &PretrainOutcome) -> String {
    let held_out =
        outcome.value.map_or(String::new(), |value| format!(", held-out {} {value:.3}", outcome.metric));
    let collapse = if outcome.feature_std < COLLAPSED { ": COLLAPSED, all images look alike" } else { "" };
    format!(
        "{} ({}, pre-trained on {}){held_out}, feature spread {:.2}{collapse}\n{}",
        outcome.lineage.model,
        outcome.lineage.family,
        outcome.lineage.pretrained_on,
        outcome.feature_std,
        outcome.weights.display()
    )
}

/// A spread of features below this is called a collapse (an even spread is 1).
const COLLAPSED: f64 = 0.05;
