//! An `MLflow` tracking folder (the file store: `mlruns/`), without `MLflow`.
//!
//! Comes in: `mlruns`, its parent, or one experiment's folder. Goes out: runs with `params.*`, `tags.*`, `run_id`,
//! `run_name`, `experiment` and metrics with steps, as a [`Sheet`]. Deleted, failed and unfinished runs are left out and
//! counted. Layout: `<experiment>/meta.yaml`, `<experiment>/<run>/{meta.yaml, params/, tags/, metrics/}`, a metric's file
//! holds lines `timestamp value step`. Databases, servers and artifacts are not read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::ReadOptions;
use super::drops::Drops;
use super::sheet::Sheet;
use super::tracked::{self, Point, Run};
use crate::error::{At, Error, Result};

/// The file that says what a folder is.
const META: &str = "meta.yaml";
/// Folders in folders that are looked into for names with slashes ("test/auc").
const MOST_DEEP: usize = 16;
/// The tag that names the parent of a nested run.
const PARENT: &str = "tags.mlflow.parentRunId";
const MODELS: [&str; 10] = [
    "params.model",
    "tags.model",
    "params.model_name",
    "params.arch",
    "params.architecture",
    "params.backbone",
    "params.network",
    "params.net",
    "params.init",
    "params.encoder",
];
const TASKS: [&str; 7] = [
    "params.task",
    "tags.task",
    "params.dataset",
    "tags.dataset",
    "params.data",
    "params.dataset_name",
    "experiment",
];
const SEEDS: [&str; 7] = [
    "params.seed",
    "tags.seed",
    "params.random_seed",
    "params.random_state",
    "params.fold",
    "tags.fold",
    "params.run",
];

/// The folder of experiments (or the one experiment) behind a path; `None` when it is no `MLflow` folder.
pub(super) fn root(path: &Path) -> Option<PathBuf> {
    let is_experiment =
        |folder: &Path| meta(&folder.join(META)).is_ok_and(|meta| meta.contains_key("experiment_id"));
    let is_root =
        |folder: &Path| folders(folder).is_ok_and(|inside| inside.iter().any(|path| is_experiment(path)));
    let below = path.join("mlruns");
    if is_experiment(path) || is_root(path) || path.file_name().is_some_and(|name| name == "mlruns") {
        return Some(path.to_path_buf());
    }
    is_root(&below).then_some(below)
}

/// Reads the runs.
pub(super) fn read(root: &Path, options: &ReadOptions) -> Result<Sheet> {
    let mut drops = Drops::default();
    let mut runs = BTreeMap::new();
    let own = root.join(META);
    if own.is_file() {
        let about = meta(&own)?;
        if about.contains_key("run_id") || about.contains_key("run_uuid") {
            return Err(Error::file(root, "one run of MLflow; name the folder of its experiment, or mlruns"));
        }
        experiment(root, &about, &mut runs, &mut drops)?;
    } else {
        for folder in folders(root)? {
            let is_trash = folder.file_name().is_some_and(|name| name == ".trash");
            if is_trash {
                let deleted = folders(&folder)?.len();
                drops.add("deleted experiment", deleted, &folder.display().to_string());
            } else if folder.join(META).is_file() {
                experiment(&folder, &meta(&folder.join(META))?, &mut runs, &mut drops)?;
            }
        }
    }
    let mut runs = inherit(runs);
    drop_parents(&mut runs, &mut drops);
    if runs.is_empty() {
        let left: Vec<String> =
            drops.finish().iter().map(|drop| format!("{} x {}", drop.count, drop.reason)).collect();
        let why = if left.is_empty() { String::new() } else { format!("; left out: {}", left.join(", ")) };
        return Err(Error::file(root, format!("an MLflow folder without a finished run{why}")));
    }
    let guess = [("model", &names(&MODELS)[..]), ("task", &names(&TASKS)[..]), ("seed", &names(&SEEDS)[..])];
    tracked::sheet(
        root.display().to_string(),
        runs.into_values().collect(),
        drops,
        Vec::new(),
        &guess,
        options,
    )
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The finished runs of one experiment, by run id.
fn experiment(
    folder: &Path,
    about: &BTreeMap<String, String>,
    runs: &mut BTreeMap<String, Run>,
    drops: &mut Drops,
) -> Result<()> {
    let name = about.get("name").or_else(|| about.get("experiment_id")).cloned().unwrap_or_default();
    let is_deleted = |about: &BTreeMap<String, String>| {
        about.get("lifecycle_stage").is_some_and(|stage| stage == "deleted")
    };
    for folder in folders(folder)? {
        let file_name =
            folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = folder.join(META);
        if !file.is_file() {
            if folder.join("metrics").is_dir() || folder.join("params").is_dir() {
                drops.add("run folder without meta.yaml", 1, &folder.display().to_string());
            }
            continue;
        }
        let run = meta(&file)?;
        let Some(id) = run.get("run_id").or_else(|| run.get("run_uuid")) else { continue };
        let label = format!("run {file_name}");
        if is_deleted(about) || is_deleted(&run) {
            drops.add("deleted run", 1, &label);
            continue;
        }
        match run.get("status").map_or("", String::as_str) {
            "3" | "FINISHED" => {}
            "4" | "FAILED" => drops.add("run that failed", 1, &label),
            "5" | "KILLED" => drops.add("run that was killed", 1, &label),
            _ => drops.add("run that is not finished", 1, &label),
        }
        if !run.get("status").is_some_and(|status| status == "3" || status == "FINISHED") {
            continue;
        }
        let mut facts =
            BTreeMap::from([("run_id".to_owned(), id.clone()), ("experiment".to_owned(), name.clone())]);
        facts.extend(run.get("run_name").map(|name| ("run_name".to_owned(), name.clone())));
        for kind in ["params", "tags"] {
            for (name, file) in leaves(&folder.join(kind), drops)? {
                facts.insert(format!("{kind}.{name}"), read_text(&file)?.trim().to_owned());
            }
        }
        let mut metrics = BTreeMap::new();
        for (name, file) in leaves(&folder.join("metrics"), drops)? {
            metrics.insert(name, points(&file)?);
        }
        runs.insert(id.clone(), Run { label, facts, metrics });
    }
    Ok(())
}

/// A nested run has the parameters and tags of its parent that it does not set itself; `MLflow`'s own tags stay behind.
fn inherit(mut runs: BTreeMap<String, Run>) -> BTreeMap<String, Run> {
    let all: BTreeMap<String, BTreeMap<String, String>> =
        runs.iter().map(|(id, run)| (id.clone(), run.facts.clone())).collect();
    for run in runs.values_mut() {
        let mut parent = run.facts.get(PARENT).cloned();
        for _ in 0..MOST_DEEP {
            let Some(facts) = parent.as_ref().and_then(|id| all.get(id)) else { break };
            for (name, value) in facts.iter().filter(|(name, _)| name.contains('.')) {
                run.facts.entry(name.clone()).or_insert_with(|| value.clone());
            }
            parent = facts.get(PARENT).cloned();
        }
    }
    runs
}

/// A run that others are nested in sums them up: to count it as well would count them twice.
fn drop_parents(runs: &mut BTreeMap<String, Run>, drops: &mut Drops) {
    let parents: BTreeSet<String> = runs.values().filter_map(|run| run.facts.get(PARENT).cloned()).collect();
    for (_, run) in runs.iter().filter(|(id, _)| parents.contains(*id)) {
        drops.add("parent of nested runs, which are read", 1, &run.label);
    }
    runs.retain(|id, _| !parents.contains(id));
    for run in runs.values_mut() {
        run.facts.retain(|name, _| !name.starts_with("tags.mlflow."));
    }
}

/// `key: value` lines of a `meta.yaml`; quotes as YAML has them. Lists and maps are no concern of ours.
fn meta(path: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for line in read_text(path)?.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        let quoted = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let value = match (quoted('\''), quoted('"')) {
            (Some(text), _) => text.replace("''", "'"),
            (_, Some(text)) => text.replace("\\\"", "\"").replace("\\\\", "\\"),
            _ => value.to_owned(),
        };
        found.insert(key.trim().to_owned(), value);
    }
    Ok(found)
}

/// The lines `timestamp value step` of a metric; very old stores have no step.
fn points(path: &Path) -> Result<Vec<Point>> {
    let text = read_text(path)?;
    let mut points = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = || {
            let shown: String = line.chars().take(40).collect();
            Error::file(
                path,
                format!("line {}: expected 'timestamp value step', found '{shown}'", number + 1),
            )
        };
        let parts: Vec<&str> = line.split_whitespace().collect();
        let (value, step) = match parts.as_slice() {
            [_, value] => (*value, "0"),
            [_, value, step] | [_, value, step, ..] => (*value, *step),
            _ => return Err(wrong()),
        };
        points.push(Point {
            value: value.parse().map_err(|_| wrong())?,
            step: step.parse().map_err(|_| wrong())?,
        });
    }
    Ok(points)
}

fn read_text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).at("read", path)?;
    String::from_utf8(bytes).map_err(|_| Error::file(path, "not UTF-8 text, as MLflow writes it"))
}

/// The folders in a folder, sorted; links are not followed, so that none leads in a circle.
fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).at("read", folder)? {
        let entry = entry.at("read", folder)?;
        if entry.file_type().at("read", folder)?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Every file below a folder with its name from there, slashes between; none where the folder is not there.
fn leaves(folder: &Path, drops: &mut Drops) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), folder.to_path_buf(), 0)];
    while let Some((prefix, folder, depth)) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).at("read", &folder)? {
            let entry = entry.at("read", &folder)?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().at("read", &folder)?;
            if kind.is_dir() && depth < MOST_DEEP {
                open.push((format!("{name}/"), entry.path(), depth + 1));
            } else if kind.is_file() {
                found.push((name, entry.path()));
            } else {
                drops.add("link or special file", 1, &entry.path().display().to_string());
            }
        }
    }
    found.sort();
    Ok(found)
}
