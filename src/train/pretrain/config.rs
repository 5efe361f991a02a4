//! The configuration of one pre-training, its identity and the lineage of what it makes.
//!
//! Comes in: method, encoder, seed; overrides are made on the public fields. Goes out: a checked configuration. Trains
//! nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::dataset::{Cache, TaskKind, TaskSpec};
use crate::train::augment::{Normalize, Recipe};
use crate::train::device;
use crate::train::finetune::{Identity, hex, identify};
use crate::train::net::EncoderConfig;
use crate::train::optim::{Rule, Schedule};
use crate::train::weights::Lineage;
use crate::{At, Error, Result};

/// How to learn from the images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// The labels of the data: classes (cross-entropy) or findings (binary cross-entropy).
    Supervised,
    /// SimCLR (Chen et al. 2020): two views of an image shall be nearer to each other than to all others of the batch.
    Simclr {
        /// Temperature of the softmax over similarities, 0.1 to 0.5.
        temperature: f64,
        /// Outputs of the projection head.
        projection: usize,
    },
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Supervised => f.write_str("supervised"),
            Self::Simclr { temperature, projection } => write!(f, "simclr(T={temperature}, d={projection})"),
        }
    }
}

impl std::str::FromStr for Method {
    type Err = Error;

    /// Reads "supervised" or "simclr" (temperature 0.2, 64 outputs).
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "supervised" => Ok(Self::Supervised),
            "simclr" => Ok(Self::Simclr { temperature: 0.2, projection: 64 }),
            _ => Err(Error::input(format!("unknown pre-training method {text:?}: use supervised or simclr"))),
        }
    }
}

/// Everything that decides a pre-training, apart from the data and the content of the weights it starts from.
#[derive(Debug, Clone, PartialEq)]
pub struct PretrainConfig {
    /// How to learn.
    pub method: Method,
    /// The encoder.
    pub encoder: EncoderConfig,
    /// Weights to start from (continual pre-training); none starts from scratch.
    pub from: Option<PathBuf>,
    /// The family that the result belongs to: supervised, inat, ssl, continual or in-domain.
    pub family: String,
    /// Key of every random number of the run.
    pub seed: u64,
    /// Epochs.
    pub epochs: usize,
    /// Images a step (SimCLR sees two views of each).
    pub batch: usize,
    /// Update rule.
    pub optimizer: Rule,
    /// The learning rate's height.
    pub learning_rate: f64,
    /// Its course, by the step.
    pub schedule: Schedule,
    /// Epochs of linear warm-up.
    pub warm_up: f64,
    /// Training augmentation.
    pub augment: Recipe,
    /// Normalisation of the images; noted in the weights.
    pub normalize: Normalize,
    /// "auto", "cpu", "cuda" or "cuda:N".
    pub device: String,
    /// Where the backbone goes; not part of the run's identity.
    pub out: PathBuf,
}

impl PretrainConfig {
    /// Settings that suit small networks and images: Adam 1e-3, cosine with one epoch of warm-up, batches of 64.
    pub fn small(method: Method, encoder: EncoderConfig, seed: u64, out: PathBuf) -> Self {
        let (family, augment) = match method {
            Method::Supervised => ("supervised", Recipe::GENTLE),
            Method::Simclr { .. } => ("ssl", Recipe::SIMCLR_GRAY),
        };
        Self {
            method,
            encoder,
            from: None,
            family: family.to_owned(),
            seed,
            epochs: 20,
            batch: 64,
            optimizer: Rule::Adam { weight_decay: 0.0 },
            learning_rate: 1e-3,
            schedule: Schedule::Cosine { lagged: false },
            warm_up: 1.0,
            augment,
            normalize: Normalize::Half,
            device: "auto".to_owned(),
            out,
        }
    }

    /// Refuses what cannot be trained.
    ///
    /// # Errors
    /// An input error that names the field.
    pub fn check(&self, spec: &TaskSpec) -> Result<()> {
        let wrong = |what: String| Err(Error::input(format!("pre-training cannot start: {what}")));
        if self.batch < 2 || self.epochs == 0 {
            return wrong(format!("batch is {} and epochs {}; at least 2 and 1", self.batch, self.epochs));
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return wrong(format!("learning rate is {}, not a positive number", self.learning_rate));
        }
        match self.method {
            Method::Supervised if matches!(spec.kind, TaskKind::Mask | TaskKind::Unlabelled) => {
                wrong(format!("{} has no labels (kind {}); use simclr", spec.name, spec.kind.as_str()))
            }
            Method::Simclr { temperature, .. } if !(temperature.is_finite() && temperature > 0.0) => {
                wrong(format!("temperature is {temperature}, not a positive number"))
            }
            Method::Simclr { projection: 0, .. } => wrong("the projection head has no outputs".to_owned()),
            _ => Ok(()),
        }
    }

    /// What the result is: its data are appended to those of the weights it started from; it counts as made when any of
    /// its images were.
    pub fn lineage(&self, spec: &TaskSpec, model: &str, before: Option<&Lineage>) -> Lineage {
        let earlier = before.map(|lineage| lineage.pretrained_on.as_str()).filter(|data| !data.is_empty());
        Lineage {
            model: model.to_owned(),
            family: self.family.clone(),
            pretrained_on: earlier
                .map_or_else(|| spec.name.clone(), |earlier| format!("{earlier}>{}", spec.name)),
            arch: self.encoder.to_string(),
            source_sha256: None,
            normalize: self.normalize.to_string(),
            made: spec.made || before.is_some_and(|lineage| lineage.made),
        }
    }
}

/// The identity of the pre-training of `model` (its name in tables) on a cache; the run's name starts with `pretrain-`.
///
/// # Errors
/// When the device is not there or the weights to start from cannot be read.
pub fn identity(config: &PretrainConfig, cache: &Cache, model: &str) -> Result<Identity> {
    let from = match &config.from {
        None => "scratch".to_owned(),
        Some(path) => hex(&Sha256::digest(std::fs::read(path).at("read weights", path)?)),
    };
    let fields = BTreeMap::from([
        ("stage", "pretrain".to_owned()),
        ("model", model.to_owned()),
        ("data", cache.digest().to_owned()),
        ("from", from),
        ("method", config.method.to_string()),
        ("encoder", config.encoder.to_string()),
        ("family", config.family.clone()),
        ("seed", config.seed.to_string()),
        ("epochs", config.epochs.to_string()),
        ("batch", config.batch.to_string()),
        ("optimizer", config.optimizer.to_string()),
        ("learning_rate", config.learning_rate.to_string()),
        ("schedule", config.schedule.to_string()),
        ("warm_up", config.warm_up.to_string()),
        ("augment", format!("{:?}", config.augment)),
        ("normalize", config.normalize.to_string()),
        ("device", if device::choose(&config.device)?.is_cuda() { "cuda" } else { "cpu" }.to_owned()),
    ]);
    Ok(identify(fields, &format!("pretrain-{}-{model}-s{}", cache.spec.name, config.seed)))
}
