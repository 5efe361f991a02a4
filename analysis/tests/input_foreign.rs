//! Trackers, wide tables, filters, import: what is read, what is refused, and that no bytes make it panic.

use std::path::{Path, PathBuf};

use analysis::input::import::{plan, write};
use analysis::input::{ReadOptions, Results, Spread, Step, Wide, read};
use analysis::store::Store;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::shared;

fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    analysis::atomic::write(path, bytes).unwrap();
}

fn mapped(columns: &[(&str, &str)]) -> ReadOptions {
    let columns = columns.iter().map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned())).collect();
    ReadOptions { columns, ..ReadOptions::default() }
}

fn filter(column: &str, value: &str) -> Vec<(String, String)> {
    vec![(column.to_owned(), value.to_owned())]
}

/// "task metric model: values", a line a group.
fn shown(results: &Results) -> Vec<String> {
    let line = |group: &analysis::input::Group| match &group.spread {
        Spread::Values { seeds, values, .. } => {
            let seeds: Vec<i64> = seeds.iter().flatten().copied().collect();
            format!("{} {} {}: {values:?} {seeds:?}", group.task, group.metric, group.model)
        }
        Spread::Summary { mean, .. } => format!("{} {} {}: {mean}", group.task, group.metric, group.model),
    };
    results.groups.iter().map(line).collect()
}

fn dropped(results: &Results) -> Vec<String> {
    results.dropped.iter().map(|drop| format!("{} {}", drop.count, drop.reason)).collect()
}

#[track_caller]
fn refused(path: &Path, options: &ReadOptions, parts: &[&str]) {
    let error = read(path, options).unwrap_err();
    assert!(error.is_input(), "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "`{part}` is not in: {error}");
    }
}

fn csv(text: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.csv");
    put(&path, text.as_bytes());
    (dir, path)
}

// ---- tables

#[test]
fn wide_tables() {
    let (_dir, path) = csv(",seed,A,B,note\nT,1,0.5,0.25,x\nT,2,,0.5,y\n");
    refused(&path, &ReadOptions::default(), &["no column 'model'"]);
    let options = ReadOptions { wide: Some(Wide::Models), ..ReadOptions::default() };
    let results = read(&path, &options).unwrap();
    assert_eq!(shown(&results), ["T value A: [0.5] [1]", "T value B: [0.25, 0.5] [1, 2]"]);
    assert_eq!(dropped(&results), ["1 column without a number", "1 row without a value"]);
    let (_dir, path) = csv("net,T,S\na,0.5,0.25\nb,0.75,x\n");
    let options = ReadOptions { wide: Some(Wide::Tasks), ..mapped(&[("model", "1")]) };
    refused(&path, &options, &["line 3 (S)", "expected a number, found 'x'"]);
    refused(
        &path,
        &ReadOptions { wide: Some(Wide::Tasks), ..mapped(&[("value", "T")]) },
        &["--wide tasks", "headers"],
    );
    refused(
        &path,
        &ReadOptions { wide: Some(Wide::Tasks), ..ReadOptions::default() },
        &["no column 'model'", "model=1"],
    );
    let (_dir, path) = csv(",A,B\nT,0.5,0.25\n");
    refused(&path, &ReadOptions::default(), &["(unnamed), A, B", "--wide models"]);
}

#[test]
fn rows_are_chosen() {
    let (_dir, path) = csv("model,task,block,seed,value\na,T,0,1,0.5\na,T,1,1,0.25\n");
    refused(
        &path,
        &ReadOptions::default(),
        &["line 2 and line 3", "column 'block' tells them apart ('0', '1')", "--where block=0"],
    );
    let where_block = |value: &str| ReadOptions { filters: filter("block", value), ..ReadOptions::default() };
    let results = read(&path, &where_block("1.0")).unwrap();
    assert_eq!(shown(&results), ["T value a: [0.25] [1]"]);
    assert_eq!(dropped(&results), ["1 row left out by --where block=1.0"]);
    refused(&path, &where_block("7"), &["--where block=7 leaves no row; column 'block' holds 0, 1"]);
    let none = ReadOptions { filters: filter("blok", "0"), ..ReadOptions::default() };
    refused(&path, &none, &["no column 'blok'", "model, task, block"]);
}

#[test]
fn one_metric_of_several() {
    let options = ReadOptions { metric: Some("auc".to_owned()), ..ReadOptions::default() };
    let (_dir, path) = csv("model,task,metric,value\na,T,auc,0.5\na,T,loss,2.5\n");
    assert_eq!(shown(&read(&path, &options).unwrap()), ["T auc a: [0.5] []"]);
    let (_dir, path) = csv("model,task,auc,loss\na,T,0.5,2.5\n");
    assert_eq!(shown(&read(&path, &options).unwrap()), ["T auc a: [0.5] []"]);
    let (_dir, path) = csv("model,task,value\na,T,0.5\n");
    refused(&path, &options, &["no column 'metric'"]);
}

#[test]
fn units_are_not_mixed() {
    let (_dir, path) = csv("model,task,value\na,T,0.5\na,T,81.5\n");
    refused(&path, &ReadOptions::default(), &["line 3", "'81.5'", "line 2 holds '0.5'", "mixed"]);
    refused(
        &path,
        &ReadOptions { percent: true, ..ReadOptions::default() },
        &["line 2", "looks like a fraction", "mixed"],
    );
}

#[test]
fn places_constants_and_numbered_seeds() {
    let (_dir, path) = csv("net,v,s\na,0.5,seed_3\na,0.25,fold-4\n");
    let options = mapped(&[("model", "1"), ("value", "v"), ("task", "=T"), ("seed", "3")]);
    assert_eq!(shown(&read(&path, &options).unwrap()), ["T value a: [0.5, 0.25] [3, 4]"]);
    refused(&path, &mapped(&[("model", "9")]), &["no column '9'"]);
}

#[test]
fn real_files_of_others() {
    let Some(path) = shared("data/results/chest-xray14-runs.csv") else { return };
    let columns = [("model", "experiment"), ("task", "disease"), ("seed", "run"), ("value", "auc")];
    refused(&path, &mapped(&columns), &["column 'block' tells them apart", "--where block=0"]);
    let results = read(&path, &ReadOptions { filters: filter("block", "0"), ..mapped(&columns) }).unwrap();
    assert_eq!(
        (results.groups.len(), dropped(&results)),
        (6 * 14, vec!["350 row left out by --where block=0".to_owned()])
    );
    let Some(path) = shared("data/results/garcia-herrera-2010.csv") else { return };
    refused(&path, &ReadOptions::default(), &["--wide models"]);
    let results = read(&path, &ReadOptions { wide: Some(Wide::Models), ..ReadOptions::default() }).unwrap();
    assert_eq!(results.groups.len(), 24 * 4);
}

// ---- MLflow

/// A run's folder; `about` are further lines of its meta.yaml.
fn mlflow_run(root: &Path, id: &str, about: &str, files: &[(&str, &str)]) {
    let folder = root.join("1").join(id);
    put(&root.join("1/meta.yaml"), b"experiment_id: '1'\nlifecycle_stage: active\nname: 'it''s'\n");
    put(&folder.join("meta.yaml"), format!("run_id: {id}\nlifecycle_stage: active\n{about}").as_bytes());
    for (name, text) in files {
        put(&folder.join(name), text.as_bytes());
    }
}

const DONE: &str = "status: 3\n";

#[test]
fn mlflow_steps_and_lost_runs() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("mlruns");
    let auc = [
        ("params/model", "a"),
        ("params/seed", "1"),
        ("metrics/auc", "1 0.5 0\n2 0.75 10\n3 0.25 20\n4 nan 20\n5 0.125 20\n"),
    ];
    mlflow_run(&root, "r1", DONE, &auc);
    mlflow_run(&root, "r2", "status: 4\n", &auc);
    mlflow_run(&root, "r3", "status: 1\n", &auc);
    mlflow_run(&root, "r4", "status: FINISHED\nlifecycle_stage: deleted\n", &auc);
    mlflow_run(&root, "r5", DONE, &[("params/model", "a")]);
    put(&root.join("1/r6/metrics/auc"), b"1 0.5 0\n");
    let at = |step| shown(&read(&root, &ReadOptions { step, ..ReadOptions::default() }).unwrap());
    assert_eq!(at(Step::Last), ["it's auc a: [0.125] [1]"]);
    assert_eq!(at(Step::Max), ["it's auc a: [0.75] [1]"]);
    assert_eq!(at(Step::At(0)), ["it's auc a: [0.5] [1]"]);
    refused(&root, &ReadOptions { step: Step::At(5), ..ReadOptions::default() }, &["no run has step 5"]);
    let results = read(&root, &ReadOptions::default()).unwrap();
    assert_eq!(
        dropped(&results),
        [
            "1 deleted run",
            "1 run folder without meta.yaml",
            "1 run that failed",
            "1 run that is not finished",
            "1 run without the metric 'auc'",
            "4 step that is not used"
        ]
    );
    // The parent of mlruns and one experiment read alike.
    for path in [dir.path().to_path_buf(), root.join("1")] {
        assert_eq!(read(&path, &ReadOptions::default()).unwrap().groups, results.groups);
    }
    refused(&root.join("1/r1"), &ReadOptions::default(), &["not a results store"]);
}

#[test]
fn mlflow_choices_and_nested_runs() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("mlruns");
    let metrics = [("metrics/val/auc", "1 0.5 0\n"), ("metrics/loss", "1 2.5 0\n"), ("params/init", "b")];
    mlflow_run(&root, "parent", DONE, &metrics);
    mlflow_run(
        &root,
        "child",
        DONE,
        &[("metrics/val/auc", "1 0.25 0\n"), ("tags/mlflow.parentRunId", "parent"), ("tags/set", "S")],
    );
    let results = read(&root, &mapped(&[("value", "metrics.val/auc"), ("task", "tags.set")])).unwrap();
    assert_eq!(shown(&results), ["S val/auc b: [0.25] []"]);
    assert_eq!(dropped(&results), ["1 parent of nested runs, which are read"]);
    refused(
        &root,
        &mapped(&[("value", "metrics.acc")]),
        &["no run has the metric 'metrics.acc'", "val/auc (1 runs)"],
    );
    mlflow_run(&root, "child", DONE, &[("metrics/loss", "1 2.5 0\n")]);
    refused(
        &root,
        &ReadOptions::default(),
        &["several metrics", "loss (1 runs), val/auc (1 runs)", "--metric NAME"],
    );
}

#[test]
fn mlflow_that_is_broken() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("mlruns");
    std::fs::create_dir_all(&root).unwrap();
    refused(&root, &ReadOptions::default(), &["an MLflow folder without a finished run"]);
    mlflow_run(&root, "r", "status: 5\n", &[]);
    refused(&root, &ReadOptions::default(), &["without a finished run", "1 x run that was killed"]);
    for text in ["soon\n", "1 high 0\n", "1 0.5 zero\n"] {
        mlflow_run(&root, "r", DONE, &[("metrics/auc", text), ("params/model", "a")]);
        refused(&root, &ReadOptions::default(), &["metrics/auc", "line 1", "timestamp value step"]);
    }
    mlflow_run(&root, "r", DONE, &[("metrics/auc", "1 0.5 0\n")]);
    std::fs::remove_file(root.join("1/r/params/model")).unwrap();
    refused(&root, &ReadOptions::default(), &["no column 'model'", "experiment"]);
    put(&root.join("1/r/metrics/auc"), b"\xff\xfe");
    refused(&root, &ReadOptions::default(), &["not UTF-8"]);
    put(&root.join("1/r/metrics/auc"), b"1 82.5 0\n");
    refused(&root, &mapped(&[("model", "=a")]), &["run r", "82.5", "--unit percent"]);
}

// ---- TensorBoard

/// An event: step, tag, value as `simple_value`.
fn event(step: u8, tag: &str, value: f32) -> Vec<u8> {
    let field =
        |number: u8, bytes: &[u8]| [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let entry = [field(1, tag.as_bytes()), [&[0x15][..], &value.to_le_bytes()].concat()].concat();
    [vec![0x10, step], field(5, &field(1, &entry))].concat()
}

/// CRC-32C bit by bit: not the reader's table.
fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    (!crc).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &crc(&length), data, &crc(data)].concat()
}

const NAME: &str = "events.out.tfevents.1.host";

#[test]
fn tensorboard_by_path() {
    let dir = tempfile::tempdir().unwrap();
    for (model, seed, value) in [("a", 0, 0.5), ("a", 1, 0.25), ("b", 0, 0.75)] {
        let bytes = [record(&[]), record(&event(1, "auc", 0.125)), record(&event(2, "auc", value))].concat();
        put(&dir.path().join(format!("{model}/seed{seed}/{NAME}")), &bytes);
    }
    let options = mapped(&[("task", "=T")]);
    let expected = ["T auc a: [0.5, 0.25] [0, 1]", "T auc b: [0.75] [0]"];
    assert_eq!(shown(&read(dir.path(), &options).unwrap()), expected);
    let explicit = mapped(&[("task", "=T"), ("model", "path.0"), ("seed", "path.1")]);
    assert_eq!(shown(&read(dir.path(), &explicit).unwrap()), expected);
    refused(dir.path(), &ReadOptions::default(), &["no column 'task'", "path.0, path.1, run"]);
    // One file, by content if its name does not say it.
    let bytes = std::fs::read(dir.path().join(format!("b/seed0/{NAME}"))).unwrap();
    put(&dir.path().join("other.bin"), &bytes);
    let one = mapped(&[("task", "=T"), ("model", "=m")]);
    assert_eq!(shown(&read(&dir.path().join("other.bin"), &one).unwrap()), ["T auc m: [0.75] []"]);
}

#[test]
fn tensorboard_that_is_broken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(NAME);
    let options = mapped(&[("task", "=T"), ("model", "=m")]);
    let good = [record(&event(1, "auc", 0.5)), record(&event(2, "auc", 0.25))].concat();
    let second = good.len() / 2;
    // A job that still writes.
    for end in [second + 1, second + 11, second + 13, good.len() - 1] {
        put(&path, &good[..end]);
        let results = read(&path, &options).unwrap();
        assert_eq!(shown(&results), ["T auc m: [0.5] []"]);
        assert!(
            results.warnings[0].contains(&format!("at byte {second}) breaks off")),
            "{:?}",
            results.warnings
        );
    }
    for (place, what) in [(second + 2, "length"), (second + 15, "data")] {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        put(&path, &bytes);
        refused(&path, &options, &[&format!("at byte {second}"), what, "damaged"]);
    }
    put(&path, &record(b"\xff\xff\xff"));
    refused(&path, &options, &["at byte 0 is no TensorBoard event"]);
    put(&path, &vec![0; 10_000_000]);
    refused(&path, &options, &["at byte 0", "length"]);
    put(&path, b"");
    refused(&path, &options, &["no finished run with a metric"]);
}

#[cfg(unix)]
#[test]
fn strange_folders() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    refused(dir.path(), &ReadOptions::default(), &["not a results store"]);
    let name = std::ffi::OsStr::from_bytes(b"m\xff");
    put(&dir.path().join(name).join(NAME), &record(&event(1, "auc", 0.5)));
    std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
    let results = read(dir.path(), &mapped(&[("task", "=T"), ("model", "path.0")])).unwrap();
    assert_eq!(shown(&results), ["T auc m\u{fffd}: [0.5] []"]);
    assert_eq!(dropped(&results), ["1 link to a folder"]);
    let root = dir.path().join("mlruns");
    mlflow_run(&root, "r", DONE, &[("metrics/auc", "1 0.5 0\n"), ("params/model", "a")]);
    std::os::unix::fs::symlink(&root, root.join("1/r/metrics/loop")).unwrap();
    put(&root.join("1/r/params").join(name), b"x");
    assert_eq!(shown(&read(&root, &ReadOptions::default()).unwrap()), ["it's auc a: [0.5] []"]);
}

// ---- import

#[test]
fn import_is_repeatable_and_refuses_other_values() {
    let (dir, path) = csv("model,task,seed,value\na,T,1,0.5\na,T,2,0.25\nb,T,,0.5\nb,T,,0.5\n");
    let store = dir.path().join("store");
    let results = read(&path, &ReadOptions::default()).unwrap();
    let families = [("a".to_owned(), "ssl".to_owned())];
    let first = plan(&results, "e", &families, &store).unwrap();
    assert_eq!((first.runs.len(), first.n_present, store.exists()), (4, 0, false));
    write(&first, "e", &store).unwrap();
    let again = plan(&results, "e", &families, &store).unwrap();
    assert_eq!((again.runs.len(), again.n_present), (0, 4));
    let seeds: Vec<i64> = Store::open(&store).unwrap().runs().unwrap().iter().map(|row| row.seed).collect();
    assert!(seeds[..2] == [1, 2] && seeds[2] < 0 && seeds[3] < 0 && seeds[2] != seeds[3], "{seeds:?}");
    let (_dir, other) = csv("model,task,seed,value\na,T,1,0.75\n");
    let other = read(&other, &ReadOptions::default()).unwrap();
    let error = plan(&other, "e", &[], &store).unwrap_err().to_string();
    assert!(error.contains("a on T (value) with seed 1 and holds 0.5, the import 0.75"), "{error}");
    assert_eq!(plan(&other, "f", &[], &store).unwrap().runs.len(), 1);
    assert!(plan(&other, "../f", &[], &store).unwrap_err().to_string().contains("cannot name a file"));
    let families = [("c".to_owned(), "ssl".to_owned())];
    assert!(plan(&other, "f", &families, &store).unwrap_err().to_string().contains("the models are a"));
}

#[test]
fn means_are_imported_as_published() {
    let (dir, path) = csv("model,task,mean,sd,n\na,T,0.50,0.125,5\nb,T,0.75,,5\n");
    let store = dir.path().join("store");
    let results = read(&path, &ReadOptions::default()).unwrap();
    write(&plan(&results, "p", &[], &store).unwrap(), "p", &store).unwrap();
    let again = plan(&results, "p", &[], &store).unwrap();
    assert_eq!((again.published.len(), again.n_present), (0, 2));
    let back = read(&store.join("published/p.parquet"), &ReadOptions::default()).unwrap();
    let spreads = |results: &Results| {
        results.groups.iter().map(|group| format!("{:?}", group.spread)).collect::<Vec<_>>()
    };
    assert_eq!(spreads(&back).len(), 2);
    assert!(spreads(&back)[0].contains("mean: 0.5, sd: Some(0.125), n: Some(5)"), "{:?}", spreads(&back));
}

// ---- laws

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(
        noise in proptest::collection::vec(any::<u8>(), 0..200),
        name in prop_oneof![Just(NAME), Just("x.csv"), Just("x.parquet"), Just("x"), Just("metrics/auc"), Just("meta.yaml")],
        percent in any::<bool>(),
        wide in prop_oneof![Just(None), Just(Some(Wide::Models)), Just(Some(Wide::Tasks))],
        framed in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let bytes = if framed { record(&noise) } else { noise };
        let root = dir.path().join("mlruns");
        mlflow_run(&root, "r", DONE, &[("metrics/auc", "1 0.5 0\n"), ("params/model", "a")]);
        let is_part = name == "metrics/auc" || name == "meta.yaml";
        let path = if is_part { root.join("1/r").join(name) } else { dir.path().join(name) };
        put(&path, &bytes);
        let options = ReadOptions { percent, wide, ..mapped(&[("task", "=T")]) };
        let result = read(if is_part { &root } else { &path }, &options);
        prop_assert!(result.is_ok() || result.is_err_and(|error| error.is_input()));
    }
}
