//! Fine-tuning on made caches: learning, determinism, resuming, probes, errors.

use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;
use crate::dataset::TaskKind;
use crate::train::context::quiet::{GO_ON, context};
use crate::train::data::made::Made;
use crate::train::optim::Schedule;

fn config(kind: TaskKind, seed: u64) -> FinetuneConfig {
    let encoder = "resnet18-w4".parse().unwrap();
    FinetuneConfig {
        epochs: 6,
        batch: 16,
        learning_rate: 3e-3,
        augment: Recipe::GENTLE,
        normalize: crate::train::augment::Normalize::Half,
        device: "cpu".to_owned(),
        ..FinetuneConfig::protocol(kind, encoder, Init::Scratch, seed).unwrap()
    }
}

fn run(config: &FinetuneConfig, made: &Made) -> RunRecord {
    finetune_on(config, &made.dataset(), &context("run", &GO_ON)).unwrap()
}

/// Runs with a checkpoint after every step and stops after `steps` steps in all; none runs to the end.
fn run_for(config: &FinetuneConfig, made: &Made, folder: &Path, steps: Option<usize>) -> Result<RunRecord> {
    let stop = AtomicBool::new(false);
    let seen = RefCell::new(0);
    let context = RunContext {
        checkpoints: Some(folder.to_owned()),
        checkpoint_every: Duration::ZERO,
        progress: &|progress| {
            if matches!(progress, Progress::Step { .. }) {
                *seen.borrow_mut() += 1;
                if steps.is_some_and(|steps| *seen.borrow() + 1 >= steps) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        },
        stop: &stop,
        ..context("run", &GO_ON)
    };
    finetune_on(config, &made.dataset(), &context)
}

#[test]
fn learns_what_is_plain_to_see() {
    for kind in [TaskKind::Binary, TaskKind::MultiLabel, TaskKind::MultiClass] {
        let made = Made::new(kind, 160, 32);
        let record = run(&FinetuneConfig { epochs: 12, ..config(kind, 1) }, &made);
        let row = &record.runs[0];
        assert_eq!((record.runs.len(), row.metric.as_str(), row.n_cases), (1, "auc", 40));
        let floor = if kind == TaskKind::MultiClass { 0.7 } else { 0.95 };
        assert!(row.value.unwrap() > floor, "{kind}: {row:?}");
        assert_eq!(record.predictions.len(), 40 * made.spec.labels.len());
        assert!(record.masks.is_empty());
        assert_eq!(row.seconds, None);
        assert_eq!(record.epochs.len(), 24);
        assert_eq!((record.epochs[1].split.as_str(), record.epochs[1].metric.as_str()), ("val", "auc"));
        let best = record
            .epochs
            .iter()
            .filter(|e| e.split == "val")
            .min_by(|a, b| a.loss.partial_cmp(&b.loss).unwrap());
        assert_eq!(best.unwrap().epoch, row.best_epoch);
    }
}

#[test]
fn learns_masks_and_counts_pixels() {
    let made = Made::new(TaskKind::Mask, 96, 32);
    let encoder = "resnet18-w8".parse().unwrap();
    let config =
        FinetuneConfig { encoder, epochs: 30, augment: Recipe::SEGMENTATION, ..config(TaskKind::Mask, 1) };
    let record = run(&config, &made);
    let metrics: Vec<&str> = record.runs.iter().map(|row| row.metric.as_str()).collect();
    assert_eq!(metrics, ["dice", "dice_per_image"]);
    assert!(record.runs[0].value.unwrap() > 0.7, "{:?}", record.runs[0]);
    assert_eq!((record.masks.len(), record.predictions.len()), (24, 0));
    for row in &record.masks {
        assert!(row.n_both <= row.n_true.min(row.n_pred) && row.n_true > 20);
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_does_not() {
    let made = Made::new(TaskKind::Binary, 64, 32);
    let first = run(&config(TaskKind::Binary, 5), &made);
    assert_eq!(first, run(&config(TaskKind::Binary, 5), &made));
    let other = run(&config(TaskKind::Binary, 6), &made);
    assert_ne!(first.predictions, other.predictions);
}

#[test]
fn runs_beside_each_other_equal_runs_alone() {
    let made = Made::new(TaskKind::Mask, 64, 32);
    let alone: Vec<RunRecord> = [1, 2].map(|seed| run(&config(TaskKind::Mask, seed), &made)).into();
    let together: Vec<RunRecord> = std::thread::scope(|scope| {
        let made = &made;
        let runs = [1, 2].map(|seed| scope.spawn(move || run(&config(TaskKind::Mask, seed), made)));
        runs.map(|thread| thread.join().unwrap()).into()
    });
    assert_eq!(alone, together);
}

#[test]
fn a_stopped_run_goes_on_to_the_same_bits() {
    for (kind, schedule) in [
        (TaskKind::Binary, Schedule::Plateau { factor: 0.5, patience: 0 }),
        (TaskKind::Mask, Schedule::Cosine { lagged: true }),
    ] {
        let made = Made::new(kind, 72, 32);
        let config = FinetuneConfig { schedule, ..config(kind, 3) };
        let undisturbed = run(&config, &made);
        let dir = tempfile::tempdir().unwrap();
        // Three steps an epoch: stopped within the first epoch, at the end of the third, and within the fourth.
        for steps in [2, 7, 2] {
            let error = run_for(&config, &made, dir.path(), Some(steps)).unwrap_err();
            assert_eq!(error.exit_code(), 130);
        }
        assert_eq!(run_for(&config, &made, dir.path(), None).unwrap(), undisturbed);
        let file = checkpoint::path(dir.path(), "run");
        assert!(file.exists());
        let context = RunContext { checkpoints: Some(dir.path().to_owned()), ..context("run", &GO_ON) };
        forget_checkpoint(&context).unwrap();
        assert!(!file.exists());
    }
}

#[test]
fn a_stop_during_validation_keeps_the_trained_epoch() {
    let made = Made::new(TaskKind::Binary, 72, 32);
    let config = config(TaskKind::Binary, 3);
    let dir = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let context = RunContext {
        checkpoints: Some(dir.path().to_owned()),
        // Set after the last step's own look at the flag, so that validation is the first to see it.
        progress: &|progress| {
            if matches!(progress, Progress::Step { epoch: 2, step: 3, steps: 3, .. }) {
                stop.store(true, Ordering::Relaxed);
            }
        },
        stop: &stop,
        ..context("run", &GO_ON)
    };
    assert_eq!(finetune_on(&config, &made.dataset(), &context).unwrap_err().exit_code(), 130);
    stop.store(false, Ordering::Relaxed);
    let steps = RefCell::new(0);
    let count = |progress| *steps.borrow_mut() += usize::from(matches!(progress, Progress::Step { .. }));
    let context = RunContext { progress: &count, ..context };
    assert_eq!(finetune_on(&config, &made.dataset(), &context).unwrap(), run(&config, &made));
    assert_eq!(*steps.borrow(), 4 * 3, "two of the six epochs were trained before");
}

#[test]
fn a_checkpoint_of_another_configuration_is_ignored_aloud() {
    let made = Made::new(TaskKind::Binary, 48, 32);
    let dir = tempfile::tempdir().unwrap();
    run_for(&config(TaskKind::Binary, 3), &made, dir.path(), Some(3)).unwrap_err();
    let warnings = RefCell::new(Vec::new());
    let context = RunContext {
        config_hash: "another".to_owned(),
        checkpoints: Some(dir.path().to_owned()),
        progress: &|progress| {
            if let Progress::Warning(text) = progress {
                warnings.borrow_mut().push(text);
            }
        },
        ..context("run", &GO_ON)
    };
    let record = finetune_on(&config(TaskKind::Binary, 3), &made.dataset(), &context).unwrap();
    assert_eq!(record.predictions, run(&config(TaskKind::Binary, 3), &made).predictions);
    assert!(warnings.borrow()[0].contains("of another configuration"), "{warnings:?}");
}

#[test]
fn a_probe_leaves_the_encoder_as_it_was() {
    for kind in [TaskKind::Binary, TaskKind::Mask] {
        let made = Made::new(kind, 48, 32);
        let probe = FinetuneConfig {
            freeze: true,
            optimizer: crate::train::optim::Rule::Sgd { momentum: 0.9, weight_decay: 0.1 },
            ..config(kind, 2)
        };
        // `finetune_on` itself compares the encoder's bits before and after, weight decay notwithstanding.
        let record = run(&probe, &made);
        assert!(record.epochs[10].loss < record.epochs[0].loss, "{kind}: the head learns");
    }
    let moved = [("a".to_owned(), Tensor::from_slice(&[1f32]))];
    let still = [("a".to_owned(), Tensor::from_slice(&[1f32 + f32::EPSILON]))];
    assert!(assert_unmoved(&moved, &moved).is_ok());
    assert!(assert_unmoved(&moved, &still).unwrap_err().to_string().contains("tensor a moved"));
}

#[test]
fn a_loss_that_is_not_finite_names_epoch_and_step() {
    let made = Made::new(TaskKind::Binary, 64, 32);
    let wild = FinetuneConfig { learning_rate: 1e30, ..config(TaskKind::Binary, 1) };
    let error = finetune_on(&wild, &made.dataset(), &context("wild", &GO_ON)).unwrap_err();
    assert_eq!(error.exit_code(), 1);
    let text = error.to_string();
    assert!(text.starts_with("run wild: the training loss is NaN in epoch 1, step 2"), "{text}");
}

#[test]
fn early_stop_and_label_fraction_are_kept() {
    let made = Made::new(TaskKind::Binary, 64, 32);
    let config =
        FinetuneConfig { epochs: 200, patience: Some(2), label_fraction: 0.5, ..config(TaskKind::Binary, 1) };
    let record = run(&config, &made);
    let row = &record.runs[0];
    assert!(row.epochs < 200);
    assert_eq!(row.epochs, row.best_epoch + 2);
    let quirky = FinetuneConfig { augment_validation: true, ..config };
    assert_ne!(run(&quirky, &made).epochs, record.epochs);
}

#[test]
fn ten_crops_are_another_look_at_the_test_split_only() {
    let made = Made::new(TaskKind::Binary, 64, 32);
    let plain = run(&config(TaskKind::Binary, 1), &made);
    let ten = run(&FinetuneConfig { crops: Crops::Ten, ..config(TaskKind::Binary, 1) }, &made);
    assert_eq!(plain.epochs, ten.epochs);
    assert_ne!(plain.predictions, ten.predictions);
}
