//! The configuration of one fine-tuning run: presets by the protocol, and the identity that follows from it.
//!
//! Comes in: kind of task, encoder, initialization, seed; overrides are made on the public fields. Goes out: a checked
//! configuration and the hash of everything that decides the run's values. Trains nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::loss::Objective;
use crate::dataset::{Cache, TaskKind};
use crate::train::augment::{Normalize, Recipe};
use crate::train::device;
use crate::train::net::EncoderConfig;
use crate::train::optim::{Rule, Schedule};
use crate::train::predict::Crops;
use crate::{At, Error, Result};

/// Where the encoder's first values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Init {
    /// Random.
    Scratch,
    /// A safetensors file with torchvision's names.
    Weights(PathBuf),
}

/// Everything that decides the values of a fine-tuning run, apart from the data and the weights' content.
#[derive(Debug, Clone, PartialEq)]
pub struct FinetuneConfig {
    /// The encoder.
    pub encoder: EncoderConfig,
    /// Its first values.
    pub init: Init,
    /// Key of every random number of the run.
    pub seed: u64,
    /// The most epochs.
    pub epochs: usize,
    /// Images a step.
    pub batch: usize,
    /// Images at a time in validation and test. It changes scores by rounding only, and the soft Dice loss, which is
    /// taken over a batch, in earnest.
    pub eval_batch: usize,
    /// Update rule.
    pub optimizer: Rule,
    /// Learning rate before the first epoch.
    pub learning_rate: f64,
    /// How it goes on.
    pub schedule: Schedule,
    /// Epochs of linear warm-up.
    pub warm_up: f64,
    /// Stop after this many epochs without a lower validation loss; none never.
    pub patience: Option<usize>,
    /// What is minimised.
    pub objective: Objective,
    /// Training augmentation.
    pub augment: Recipe,
    /// Also augment the validation images (a quirk of the paper's released segmentation code).
    pub augment_validation: bool,
    /// Normalisation of the images.
    pub normalize: Normalize,
    /// Test-time crops.
    pub crops: Crops,
    /// "auto", "cpu", "cuda" or "cuda:N".
    pub device: String,
    /// Share of the training cases that is used, in (0, 1].
    pub label_fraction: f64,
    /// Train the head (or decoder) only: a probe of the frozen encoder.
    pub freeze: bool,
}

impl FinetuneConfig {
    /// The protocol's settings for a kind of task (`reference/protocol.md`, "Fine-tuning"). Ten-crop testing and the
    /// quirks of the released code are off.
    ///
    /// # Errors
    /// An input error for images without labels.
    pub fn protocol(kind: TaskKind, encoder: EncoderConfig, init: Init, seed: u64) -> Result<Self> {
        let objective = Objective::of(kind)?;
        let classification = Self {
            encoder,
            init,
            seed,
            epochs: 1000,
            batch: 32,
            eval_batch: 32,
            optimizer: Rule::Adam { weight_decay: 0.0 },
            learning_rate: 2e-4,
            schedule: Schedule::Plateau { factor: 0.5, patience: 5 },
            warm_up: 0.0,
            patience: Some(11),
            objective,
            augment: Recipe::CLASSIFICATION,
            augment_validation: false,
            normalize: Normalize::Imagenet,
            crops: Crops::Plain,
            device: "auto".to_owned(),
            label_fraction: 1.0,
            freeze: false,
        };
        Ok(match kind {
            TaskKind::Mask => Self {
                epochs: 200,
                learning_rate: 1e-3,
                schedule: Schedule::Cosine { lagged: false },
                patience: Some(21),
                augment: Recipe::SEGMENTATION,
                ..classification
            },
            _ => classification,
        })
    }

    /// Refuses what cannot be trained.
    ///
    /// # Errors
    /// An input error that names the field.
    pub fn check(&self, kind: TaskKind) -> Result<()> {
        let wrong = |what: String| Err(Error::input(format!("fine-tuning cannot start: {what}")));
        if self.batch < 2 {
            return wrong(format!("batch is {}, but batch normalization needs at least 2", self.batch));
        }
        if self.epochs == 0 {
            return wrong("epochs is 0; at least 1".to_owned());
        }
        if self.eval_batch == 0 {
            return wrong("the batch of evaluation is 0; at least 1".to_owned());
        }
        if self.patience == Some(0) {
            return wrong("patience is 0, which stops before the first epoch; at least 1".to_owned());
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return wrong(format!("learning rate is {}, not a positive number", self.learning_rate));
        }
        if !(0.0 < self.label_fraction && self.label_fraction <= 1.0) {
            return wrong(format!("label fraction is {}, not in (0, 1]", self.label_fraction));
        }
        if i64::try_from(self.seed).is_err() {
            return wrong(format!(
                "seed {} does not fit the results store (at most {})",
                self.seed,
                i64::MAX
            ));
        }
        if !self.objective.fits(kind) {
            return wrong(format!("the loss {} does not fit a {} task", self.objective, kind.as_str()));
        }
        if self.crops != Crops::Plain && kind == TaskKind::Mask {
            return wrong("ten-crop testing is for labels, not masks".to_owned());
        }
        Ok(())
    }

    /// The fields as text, for the hash and for humans. Keys are sorted.
    fn fields(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("encoder", self.encoder.to_string()),
            ("seed", self.seed.to_string()),
            ("epochs", self.epochs.to_string()),
            ("batch", self.batch.to_string()),
            ("eval_batch", self.eval_batch.to_string()),
            ("optimizer", self.optimizer.to_string()),
            ("learning_rate", self.learning_rate.to_string()),
            ("schedule", self.schedule.to_string()),
            ("warm_up", self.warm_up.to_string()),
            ("patience", format!("{:?}", self.patience)),
            ("objective", self.objective.to_string()),
            ("augment", format!("{:?}", self.augment)),
            ("augment_validation", self.augment_validation.to_string()),
            ("normalize", self.normalize.to_string()),
            ("crops", format!("{:?}", self.crops)),
            ("label_fraction", self.label_fraction.to_string()),
            ("freeze", self.freeze.to_string()),
        ])
    }
}

/// Changes whenever training code changes the values that a configuration gives.
const ENGINE: &str = "1";

/// Names of a run that follow from its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// sha256 of the canonical configuration, the data and the weights, in hexadecimal.
    pub config_hash: String,
    /// `<task>-<model>-s<seed>-<first 12 digits of the hash>`.
    pub run_id: String,
}

/// The identity of the fine-tuning run of `model` (its name in tables) on a cache, within an experiment: the same run in two
/// experiments is two rows.
///
/// # Errors
/// When the device is not there or the weights cannot be read.
pub fn identity(config: &FinetuneConfig, cache: &Cache, experiment: &str, model: &str) -> Result<Identity> {
    let init = match &config.init {
        Init::Scratch => "scratch".to_owned(),
        Init::Weights(path) => hex(&Sha256::digest(std::fs::read(path).at("read weights", path)?)),
    };
    let mut fields = config.fields();
    fields.extend([
        ("stage", "finetune".to_owned()),
        ("experiment", experiment.to_owned()),
        ("model", model.to_owned()),
        ("init", init),
        ("task", cache.spec.name.clone()),
        ("data", cache.digest().to_owned()),
        // Bits differ between kinds of device, not between devices of a kind.
        ("device", if device::choose(&config.device)?.is_cuda() { "cuda" } else { "cpu" }.to_owned()),
    ]);
    Ok(identify(fields, &format!("{}-{model}-s{}", cache.spec.name, config.seed)))
}

/// Hashes the fields, with the versions of torch and of this engine, and makes a name from `stem`.
pub(crate) fn identify(mut fields: BTreeMap<&'static str, String>, stem: &str) -> Identity {
    fields.extend([("engine", ENGINE.to_owned()), ("torch", device::TORCH_VERSION.to_owned())]);
    let canonical = serde_json::to_string(&fields).expect("a map of strings is JSON");
    let config_hash = hex(&Sha256::digest(canonical));
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let run_id = format!("{}-{}", stem.chars().map(safe).collect::<String>(), &config_hash[..12]);
    Identity { config_hash, run_id }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> FinetuneConfig {
        let encoder = "resnet18-w8-small".parse().unwrap();
        FinetuneConfig::protocol(TaskKind::Binary, encoder, Init::Scratch, 3).unwrap()
    }

    #[test]
    fn names_are_safe_and_follow_every_field() {
        let stem = "tb-imagenet>chest <script>-s3";
        let first = identify(config().fields(), stem);
        assert!(first.run_id.starts_with("tb-imagenet_chest__script_-s3-"), "{}", first.run_id);
        assert_eq!(first.config_hash.len(), 64);
        assert_eq!(identify(config().fields(), stem), first);
        let changed = FinetuneConfig { learning_rate: 2.1e-4, ..config() };
        assert_ne!(identify(changed.fields(), stem).config_hash, first.config_hash);
        let changed =
            FinetuneConfig { augment: Recipe { rotate: 8.0, ..Recipe::CLASSIFICATION }, ..config() };
        assert_ne!(identify(changed.fields(), stem).config_hash, first.config_hash);
    }

    #[test]
    fn impossible_settings_are_input_errors() {
        let refused = |config: FinetuneConfig, word: &str| {
            let error = config.check(TaskKind::Binary).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(word), "{error}");
        };
        config().check(TaskKind::Binary).unwrap();
        refused(FinetuneConfig { batch: 1, ..config() }, "batch");
        refused(FinetuneConfig { epochs: 0, ..config() }, "epochs");
        refused(FinetuneConfig { learning_rate: f64::NAN, ..config() }, "learning rate");
        refused(FinetuneConfig { label_fraction: 0.0, ..config() }, "label fraction");
        refused(FinetuneConfig { objective: Objective::SoftDice, ..config() }, "soft-dice");
        refused(FinetuneConfig { seed: u64::MAX, ..config() }, "seed");
        assert_eq!(Objective::of(TaskKind::Unlabelled).unwrap_err().exit_code(), 2);
    }
}
