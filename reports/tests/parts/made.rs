//! Stores with made numbers, and builds of notebooks on them.

use std::path::{Path, PathBuf};

use analysis::record::{RunRecord, RunRow};
use analysis::store::Store;
use reports::{BuildInput, Output, Provenance, Result, Target};
use tempfile::TempDir;

/// Model, family, pretrained_on, gain over scratch in points.
pub(super) type Model<'a> = (&'a str, &'a str, &'a str, f64);

/// What `make demo` compares.
pub(super) const DEMO: [Model<'static>; 6] = [
    ("scratch", "scratch", "", 0.0),
    ("scratch-control", "scratch", "", 0.05),
    ("coarse", "supervised", "natural-coarse", 1.5),
    ("fine", "inat", "natural-fine", 2.5),
    ("simclr", "ssl", "natural", 3.0),
    ("continual", "continual", "natural-coarse>chest-unlabelled", 4.0),
];

/// Tasks of the demo with their metrics and the score of scratch.
pub(super) const TASKS: [(&str, &str, f64); 4] = [
    ("chest", "auc", 0.80),
    ("nodule", "auc", 0.88),
    ("vessel", "dice", 0.75),
    ("vessel", "dice_per_image", 0.74),
];

/// The same tasks under the names of the demo's store.
pub(super) const PHANTOM: [(&str, &str, f64); 4] = [
    ("phantom-chest", "auc", 0.80),
    ("phantom-nodule", "auc", 0.88),
    ("phantom-vessel", "dice", 0.75),
    ("phantom-vessel", "dice_per_image", 0.74),
];

/// All targets.
pub(super) const ALL: [Target; 3] = [Target::Html, Target::Markdown, Target::Latex];

/// Luck of five seeds in points: mean 0, standard deviation 0.45. Models and tasks get it in turned order.
const LUCK: [f64; 5] = [-0.6, -0.2, 0.0, 0.3, 0.5];

/// Writes a store of five seeds.
pub(super) fn store(models: &[Model<'_>], tasks: &[(&str, &str, f64)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    for (m, (model, family, pretrained_on, gain)) in models.iter().enumerate() {
        for (t, (task, metric, base)) in tasks.iter().enumerate() {
            for seed in 0..5_i64 {
                let luck = LUCK[(seed as usize + 2 * m + t) % 5] * (1.0 + 0.1 * m as f64);
                let run = RunRow {
                    run_id: format!("r{m}-{t}-{seed}"),
                    experiment: "demo".to_owned(),
                    model: (*model).to_owned(),
                    family: (*family).to_owned(),
                    pretrained_on: (*pretrained_on).to_owned(),
                    task: (*task).to_owned(),
                    metric: (*metric).to_owned(),
                    seed,
                    value: Some(base + (gain + luck) / 100.0),
                    n_cases: 100,
                    epochs: 3,
                    best_epoch: 2,
                    seconds: None,
                    images_per_second: None,
                    device: "cpu".to_owned(),
                    config_hash: "0".to_owned(),
                    finished_at: "2026-11-23T00:00:00Z".to_owned(),
                };
                store.write_run(&RunRecord { runs: vec![run], ..RunRecord::default() }).unwrap();
            }
        }
    }
    dir
}

/// Provenance without clock.
pub(super) fn provenance(made_data: bool) -> Provenance {
    Provenance {
        tool: "medtransfer 0.0.0".to_owned(),
        command: "medtransfer report build a.md".to_owned(),
        built_at: "2026-01-01T00:00:00Z".to_owned(),
        commit: None,
        made_data,
    }
}

/// Builds a notebook given as text.
pub(super) fn build_text(text: &str, store: Option<&Path>, targets: &[Target]) -> Result<Output> {
    build_with(text, store, targets, &[])
}

/// Builds a notebook given as text, with parameters.
pub(super) fn build_with(
    text: &str,
    store: Option<&Path>,
    targets: &[Target],
    params: &[(String, String)],
) -> Result<Output> {
    let dir = tempfile::tempdir().unwrap();
    let notebook = dir.path().join("a.md");
    analysis::atomic::write(&notebook, text.as_bytes()).unwrap();
    let input =
        BuildInput { notebook: &notebook, store, templates: None, params, provenance: provenance(false) };
    reports::build(&input, targets)
}

/// Builds a notebook that ships.
pub(super) fn build_shipped(name: &str, store: Option<&Path>, params: &[(String, String)]) -> Output {
    let notebook = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("notebooks").join(name);
    let input = BuildInput {
        notebook: &notebook,
        store,
        templates: None,
        params,
        provenance: provenance(store.is_some()),
    };
    reports::build(&input, &ALL).unwrap()
}

/// A file of an output as text.
pub(super) fn file(output: &Output, name: &str) -> String {
    let found = output.files.iter().find(|(path, _)| path == Path::new(name));
    String::from_utf8(found.unwrap_or_else(|| panic!("no {name}")).1.clone()).unwrap()
}
