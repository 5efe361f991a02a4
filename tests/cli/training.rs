//! Training from outside: bad checkpoints, skipped runs, and a store that survives SIGKILL at any moment.

use std::path::Path;
use std::time::Duration;

use crate::util::{command, file, files, medtransfer};

const NET: &str = "resnet18-w8";

/// Made images and their caches in `dir/cache`.
fn caches(dir: &Path) {
    medtransfer(dir, &["data", "phantom", "--out", "images", "--cache", "cache", "--quiet"]).ok();
}

fn train_args(store: &str) -> Vec<&str> {
    vec![
        "train",
        "--task",
        "phantom-nodule",
        "--init",
        "scratch",
        "--arch",
        NET,
        "--epochs",
        "6",
        "--seed",
        "0-1",
        "--device",
        "cpu",
        "--store",
        store,
    ]
}

/// The store's runs as CSV, in its own order.
fn runs(dir: &Path, store: &str) -> String {
    medtransfer(dir, &["analyze", "summarize", store, "--format", "csv"]).ok()
}

#[test]
fn killed_at_any_moment_the_store_is_whole_and_a_rerun_gives_the_same_values() {
    let dir = tempfile::tempdir().unwrap();
    caches(dir.path());
    let start = std::time::Instant::now();
    medtransfer(dir.path(), &train_args("calm")).ok();
    let calm = start.elapsed();
    let expected = runs(dir.path(), "calm");
    for kill in 0..20_u32 {
        let store = format!("store-{}", kill % 4);
        let mut child = command(dir.path(), &train_args(&store))
            .stderr(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Spread over the whole run, in an order that is not monotone.
        std::thread::sleep(calm.mul_f64(f64::from(kill * 7 % 20) / 20.0).max(Duration::from_millis(5)));
        child.kill().unwrap();
        child.wait().unwrap();
        if dir.path().join(&store).join("runs").is_dir() {
            let ran = medtransfer(dir.path(), &["analyze", "summarize", &store, "--format", "csv"]);
            assert!(ran.code == Some(0) || ran.stderr.contains("no results"), "kill {kill}: {}", ran.stderr);
        }
    }
    for store in ["store-0", "store-1", "store-2", "store-3"] {
        medtransfer(dir.path(), &train_args(store)).ok();
        assert_eq!(runs(dir.path(), store), expected, "{store}");
        let (calm, killed) = (dir.path().join("calm"), dir.path().join(store));
        for name in files(&calm).into_iter().filter(|name| name.extension().is_some_and(|e| e == "parquet")) {
            assert_eq!(
                std::fs::read(calm.join(&name)).unwrap(),
                std::fs::read(killed.join(&name)).unwrap(),
                "{}",
                name.display()
            );
        }
    }
}

#[test]
fn a_run_in_the_store_is_skipped() {
    let dir = tempfile::tempdir().unwrap();
    caches(dir.path());
    medtransfer(dir.path(), &train_args("store")).ok();
    let before = files(&dir.path().join("store"));
    let ran = medtransfer(dir.path(), &train_args("store"));
    assert!(ran.stderr.contains("2 already in the store"), "{}", ran.stderr);
    ran.ok();
    assert_eq!(files(&dir.path().join("store")), before);
}

#[test]
fn values_do_not_depend_on_the_number_of_runs_at_once() {
    let dir = tempfile::tempdir().unwrap();
    caches(dir.path());
    medtransfer(dir.path(), &train_args("one")).ok();
    let mut args = train_args("two");
    args.extend(["--jobs", "2"]);
    medtransfer(dir.path(), &args).ok();
    assert_eq!(runs(dir.path(), "one"), runs(dir.path(), "two"));
}

#[test]
fn weights_of_another_network_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    caches(dir.path());
    medtransfer(
        dir.path(),
        &[
            "pretrain",
            "--method",
            "supervised",
            "--data",
            "cache/phantom-nodule",
            "--arch",
            NET,
            "--epochs",
            "1",
            "--device",
            "cpu",
            "--out",
            "w.safetensors",
        ],
    )
    .ok();
    let mut args = train_args("store");
    args[4] = "w.safetensors";
    args[6] = "resnet18-w16";
    medtransfer(dir.path(), &args).refused(&["w.safetensors", "resnet18-w8", "resnet18-w16"]);
    assert!(files(&dir.path().join("store")).is_empty());
}

#[test]
fn a_pickle_that_calls_a_program_is_refused_and_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let pickle = "cos\nsystem\n(S'touch pwned'\ntR.";
    file(&dir.path().join("evil.pth"), pickle);
    for args in [
        vec!["weights", "convert", "evil.pth", "--out", "w.safetensors"],
        vec!["weights", "inspect", "evil.pth"],
    ] {
        medtransfer(dir.path(), &args).refused(&["evil.pth"]);
    }
    assert!(!dir.path().join("pwned").exists() && !dir.path().join("w.safetensors").exists());
}

#[test]
fn asking_for_a_gpu_that_is_not_there_says_so() {
    let dir = tempfile::tempdir().unwrap();
    caches(dir.path());
    if medtransfer(dir.path(), &["doctor"])
        .ok()
        .lines()
        .any(|line| line.starts_with("ok") && line.contains(" cuda "))
    {
        println!("skipped: this machine has CUDA");
        return;
    }
    let mut args = train_args("store");
    let device = args.iter().position(|arg| *arg == "cpu").unwrap();
    args[device] = "cuda";
    medtransfer(dir.path(), &args).refused(&["cuda"]);
}
