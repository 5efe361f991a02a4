//! Pre-training on made caches: losses against references, lineage, resuming.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;
use crate::dataset::TaskKind;
use crate::train::context::quiet::{GO_ON, context};
use crate::train::data::made::Made;
use crate::train::finetune::{FinetuneConfig, Init, finetune_on};

fn config(method: Method, out: PathBuf) -> PretrainConfig {
    let encoder = "resnet18-w4".parse().unwrap();
    PretrainConfig {
        epochs: 6,
        batch: 16,
        learning_rate: 3e-3,
        device: "cpu".to_owned(),
        ..PretrainConfig::small(method, encoder, 1, out)
    }
}

const SIMCLR: Method = Method::Simclr { temperature: 0.2, projection: 16 };

#[test]
fn every_method_learns_and_exports_a_backbone() {
    let dir = tempfile::tempdir().unwrap();
    for (method, kind, metric, floor) in [
        (Method::Supervised, TaskKind::MultiClass, "accuracy", 0.5),
        (Method::Supervised, TaskKind::MultiLabel, "auc", 0.9),
        (SIMCLR, TaskKind::Unlabelled, "contrastive_accuracy", 0.04),
    ] {
        let made = Made::new(kind, 160, 32);
        let config =
            PretrainConfig { epochs: 12, ..config(method, dir.path().join(format!("{kind}.safetensors"))) };
        let outcome = pretrain_on(&config, &made.dataset(), &context("pre", &GO_ON)).unwrap();
        assert_eq!(outcome.metric, metric);
        assert!(outcome.value.unwrap() > floor, "{kind}: {outcome:?}");
        assert!(outcome.feature_std > COLLAPSED, "{kind}: {}", outcome.feature_std);
        let losses: Vec<f64> =
            outcome.epochs.iter().filter(|e| e.split == "train").filter_map(|e| e.loss).collect();
        assert!(losses.len() == 12 && losses[11] < losses[0], "{losses:?}");
        assert_eq!((outcome.lineage.pretrained_on.as_str(), outcome.lineage.made), ("made", true));
        assert_eq!(outcome.sha256.len(), 64);
        let back = weights::read(&config.out).unwrap();
        assert_eq!(back.lineage, Some(outcome.lineage));
    }
}

#[test]
fn continual_training_extends_the_lineage_and_fine_tuning_starts_from_it() {
    let dir = tempfile::tempdir().unwrap();
    let classes = Made::new(TaskKind::MultiClass, 64, 32);
    let first = config(Method::Supervised, dir.path().join("first.safetensors"));
    pretrain_on(&first, &classes.dataset(), &context("first", &GO_ON)).unwrap();
    let mut medical = Made::new(TaskKind::Binary, 64, 32);
    medical.spec.name = "chest".to_owned();
    let second = PretrainConfig {
        from: Some(first.out.clone()),
        family: "continual".to_owned(),
        ..config(Method::Supervised, dir.path().join("second.safetensors"))
    };
    let outcome = pretrain_on(&second, &medical.dataset(), &context("second", &GO_ON)).unwrap();
    assert_eq!(
        (outcome.lineage.family.as_str(), outcome.lineage.pretrained_on.as_str()),
        ("continual", "made>chest")
    );
    for kind in [TaskKind::Binary, TaskKind::Mask] {
        let target = Made::new(kind, 48, 32);
        let finetuning = FinetuneConfig {
            epochs: 1,
            freeze: true, // asserts that the loaded encoder stays
            normalize: crate::train::augment::Normalize::Half,
            device: "cpu".to_owned(),
            ..FinetuneConfig::protocol(kind, second.encoder, Init::Weights(second.out.clone()), 1).unwrap()
        };
        let data = target.dataset();
        let started = finetune_on(&finetuning, &data, &context("target", &GO_ON)).unwrap();
        let scratch = FinetuneConfig { init: Init::Scratch, ..finetuning };
        assert_ne!(started.epochs, finetune_on(&scratch, &data, &context("target", &GO_ON)).unwrap().epochs);
    }
}

#[test]
fn a_stopped_pre_training_goes_on_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let made = Made::new(TaskKind::Unlabelled, 72, 32);
    let undisturbed = config(SIMCLR, dir.path().join("one.safetensors"));
    let one = pretrain_on(&undisturbed, &made.dataset(), &context("pre", &GO_ON)).unwrap();
    let disturbed = PretrainConfig { out: dir.path().join("two.safetensors"), ..undisturbed };
    let stop = AtomicBool::new(false);
    let stopped = RunContext {
        checkpoints: Some(dir.path().to_owned()),
        checkpoint_every: Duration::ZERO,
        progress: &|progress| {
            if matches!(progress, Progress::Step { epoch: 2, step: 2, .. }) {
                stop.store(true, Ordering::Relaxed);
            }
        },
        stop: &stop,
        ..context("pre", &GO_ON)
    };
    assert_eq!(pretrain_on(&disturbed, &made.dataset(), &stopped).unwrap_err().exit_code(), 130);
    assert!(!disturbed.out.exists());
    stop.store(false, Ordering::Relaxed);
    let going_on = RunContext { progress: &|_| {}, ..stopped };
    let two = pretrain_on(&disturbed, &made.dataset(), &going_on).unwrap();
    assert_eq!(
        (one.sha256, one.epochs, one.feature_std.to_bits()),
        (two.sha256, two.epochs, two.feature_std.to_bits())
    );
    assert!(!crate::train::checkpoint::path(dir.path(), "pre").exists());
}

#[test]
fn a_collapse_shows_in_the_spread() {
    let alike = Tensor::ones([16, 8], (Kind::Float, tch::Device::Cpu));
    assert!(spread(&alike) < 1e-9);
    // The unit vectors of a basis and their opposites are as even as can be.
    let axes = Tensor::eye(8, (Kind::Float, tch::Device::Cpu));
    let even = Tensor::cat(&[&axes, &(-&axes)], 0);
    assert!((spread(&even) - 1.0).abs() < 1e-6);
}

#[test]
fn impossible_settings_are_input_errors() {
    let out = PathBuf::from("unused");
    let refused = |config: PretrainConfig, kind: TaskKind, word: &str| {
        let error = config.check(&Made::new(kind, 4, 4).spec).unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains(word), "{error}");
    };
    refused(config(Method::Supervised, out.clone()), TaskKind::Unlabelled, "use simclr");
    let method = Method::Simclr { temperature: 0.0, projection: 8 };
    refused(config(method, out.clone()), TaskKind::Unlabelled, "temperature");
    refused(PretrainConfig { epochs: 0, ..config(SIMCLR, out) }, TaskKind::Unlabelled, "epochs");
    assert_eq!("moco".parse::<Method>().unwrap_err().exit_code(), 2);
}
