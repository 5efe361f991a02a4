//! `TensorBoard` event files, without `TensorFlow`.
//!
//! Comes in: an `events.out.tfevents.*` file, or a folder with one run in each folder that holds such files. Goes out: runs
//! with the parts of their path (`path.0`, `path.1`, ...; a part `seed=3` is also the column `seed`) and the scalars as
//! metrics with steps, as a [`Sheet`]. Images, texts, histograms and graphs are counted, not read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::ReadOptions;
use super::drops::Drops;
use super::names::numbered;
use super::sheet::Sheet;
use super::tfrecord::{Field, begins_a_record, fields, split};
use super::tracked::{self, Point, Run};
use crate::error::{At, Error, Result};

/// What the names of event files hold.
const MARK: &str = "tfevents";
/// Folders in folders that are looked into.
const MOST_DEEP: usize = 32;
/// `DT_FLOAT` and `DT_DOUBLE` of `TensorFlow`'s types.proto.
const FLOAT: u64 = 1;
const DOUBLE: u64 = 2;

/// True when a file is named, or begins, as an event file.
pub(super) fn is_file(path: &Path) -> bool {
    if path.file_name().is_some_and(|name| name.to_string_lossy().contains(MARK)) {
        return path.is_file();
    }
    let mut head = [0; 12];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
        && begins_a_record(&head)
}

/// True when an event file is below a folder.
pub(super) fn is_tree(path: &Path) -> bool {
    event_files(path, &mut Drops::default()).is_ok_and(|files| !files.is_empty())
}

/// Reads a file or a tree of them.
pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Sheet> {
    let mut drops = Drops::default();
    let mut warnings = Vec::new();
    let files = if path.is_dir() {
        event_files(path, &mut drops)?
    } else {
        BTreeMap::from([(PathBuf::new(), vec![path.to_path_buf()])])
    };
    let mut runs = Vec::new();
    for (folder, files) in files {
        let parts: Vec<String> = folder.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let name = if parts.is_empty() { ".".to_owned() } else { parts.join("/") };
        let mut facts = BTreeMap::from([("run".to_owned(), name.clone())]);
        for (place, part) in parts.iter().enumerate() {
            facts.insert(format!("path.{place}"), part.clone());
            facts.extend(part.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        let mut run = Run { label: format!("run {name}"), facts, metrics: BTreeMap::new() };
        for file in files {
            events(&file, &mut run, &mut drops, &mut warnings)?;
        }
        runs.push(run);
    }
    let levels = Levels::of(&runs);
    let guess = [("model", &levels.models[..]), ("task", &levels.tasks[..]), ("seed", &levels.seeds[..])];
    tracked::sheet(path.display().to_string(), runs, drops, warnings, &guess, options)
}

/// Which level of the path is what, where it can be told: the level whose parts are all numbered (`3`, `seed3`, `fold_3`)
/// is the seed; if one other level differs between runs it is the model, and if one level more is the same in all, that is
/// the task.
#[derive(Debug, Default)]
struct Levels {
    models: Vec<String>,
    tasks: Vec<String>,
    seeds: Vec<String>,
}

impl Levels {
    fn of(runs: &[Run]) -> Self {
        let mut found = Self::default();
        let (mut varying, mut fixed) = (Vec::new(), Vec::new());
        for place in 0..MOST_DEEP {
            let level = format!("path.{place}");
            let parts: Option<BTreeSet<&String>> = runs.iter().map(|run| run.facts.get(&level)).collect();
            let Some(parts) = parts.filter(|parts| !parts.is_empty()) else { break };
            if parts.iter().all(|part| numbered(part).is_some()) {
                found.seeds.push(level);
            } else if parts.len() > 1 {
                varying.push(level);
            } else {
                fixed.push(level);
            }
        }
        if varying.len() == 1 {
            found.models = varying;
            found.tasks = fixed;
        }
        // Two numbered levels leave open which is the seed.
        if found.seeds.len() > 1 || found.tasks.len() > 1 {
            found = Self { models: found.models, ..Self::default() };
        }
        found
    }
}

/// The event files below a folder, by the folder that holds them. Links to folders are not followed: none leads in a circle.
fn event_files(root: &Path, drops: &mut Drops) -> Result<BTreeMap<PathBuf, Vec<PathBuf>>> {
    let mut found: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    let mut open = vec![(PathBuf::new(), 0)];
    while let Some((below, depth)) = open.pop() {
        let folder = root.join(&below);
        for entry in std::fs::read_dir(&folder).at("read", &folder)? {
            let entry = entry.at("read", &folder)?;
            let kind = entry.file_type().at("read", &folder)?;
            if kind.is_dir() {
                if depth < MOST_DEEP {
                    open.push((below.join(entry.file_name()), depth + 1));
                } else {
                    drops.add("folder that is too deep", 1, &entry.path().display().to_string());
                }
            } else if kind.is_symlink() && entry.path().is_dir() {
                drops.add("link to a folder", 1, &entry.path().display().to_string());
            } else if entry.file_name().to_string_lossy().contains(MARK) {
                found.entry(below.clone()).or_default().push(entry.path());
            }
        }
    }
    found.values_mut().for_each(|files| files.sort());
    Ok(found)
}

/// Adds the scalars of one file to its run.
fn events(path: &Path, run: &mut Run, drops: &mut Drops, warnings: &mut Vec<String>) -> Result<()> {
    let bytes = std::fs::read(path).at("read", path)?;
    let records =
        split(&bytes).map_err(|reason| Error::file(path, format!("{reason}; the file is damaged")))?;
    if let Some(at) = records.truncated_at {
        warnings.push(format!(
            "{}: the last record (at byte {at}) breaks off: the job still runs or was killed; what is before it is read",
            path.display()
        ));
    }
    // Writers name the plugin of a tag with its first value only.
    let mut scalars = BTreeSet::new();
    for (at, record) in records.records {
        let garbage = || Error::file(path, format!("the record at byte {at} is no TensorBoard event"));
        let event = fields(record).ok_or_else(garbage)?;
        let step = event.iter().rev().find_map(|field| match field {
            (2, Field::Varint(step)) => Some(step.cast_signed()),
            _ => None,
        });
        let summaries = event.iter().filter_map(|field| bytes_of(field, 5));
        for summary in summaries {
            for value in fields(summary).ok_or_else(garbage)?.iter().filter_map(|field| bytes_of(field, 1)) {
                let (tag, scalar) = scalar(value, &mut scalars).ok_or_else(garbage)?;
                match scalar {
                    Some(value) => {
                        let point = Point { step: step.unwrap_or(0), value };
                        run.metrics.entry(tag).or_default().push(point);
                    }
                    None => drops.add("summary that is no scalar", 1, &format!("'{tag}' of {}", run.label)),
                }
            }
        }
    }
    Ok(())
}

fn bytes_of<'a>(field: &(u64, Field<'a>), number: u64) -> Option<&'a [u8]> {
    match field {
        (found, Field::Bytes(bytes)) if *found == number => Some(bytes),
        _ => None,
    }
}

/// Tag and number of a `Summary.Value`; the number is `None` for what is no scalar, the whole for what is no message.
fn scalar(value: &[u8], scalars: &mut BTreeSet<String>) -> Option<(String, Option<f64>)> {
    let value = fields(value)?;
    let find = |number| value.iter().rev().find_map(|field| bytes_of(field, number));
    let tag = String::from_utf8_lossy(find(1).unwrap_or_default()).into_owned();
    if let Some(metadata) = find(9) {
        for plugin in fields(metadata)?.iter().filter_map(|field| bytes_of(field, 1)) {
            if fields(plugin)?.iter().any(|field| bytes_of(field, 1) == Some(b"scalars")) {
                scalars.insert(tag.clone());
            }
        }
    }
    let simple = value.iter().rev().find_map(|field| match field {
        (2, Field::Fixed32(number)) => Some(f64::from(f32::from_le_bytes(*number))),
        _ => None,
    });
    let number = match (simple, find(8)) {
        (Some(number), _) => Some(number),
        (None, Some(tensor)) if scalars.contains(&tag) => tensor_scalar(&fields(tensor)?),
        _ => None,
    };
    Some((tag, number))
}

/// The one number of a `TensorProto` of type float or double, packed, plain or as raw content.
fn tensor_scalar(tensor: &[(u64, Field<'_>)]) -> Option<f64> {
    let dtype = tensor.iter().find_map(|field| match field {
        (1, Field::Varint(dtype)) => Some(*dtype),
        _ => None,
    })?;
    let plain = if dtype == FLOAT { 5 } else { 6 };
    tensor.iter().find_map(|(number, field)| match (dtype, field) {
        (FLOAT, Field::Bytes(raw)) if *number == 4 || *number == plain => float(raw),
        (DOUBLE, Field::Bytes(raw)) if *number == 4 || *number == plain => double(raw),
        (FLOAT, Field::Fixed32(raw)) if *number == plain => float(raw),
        (DOUBLE, Field::Fixed64(raw)) if *number == plain => double(raw),
        _ => None,
    })
}

fn float(raw: &[u8]) -> Option<f64> {
    raw.try_into().ok().map(|raw| f64::from(f32::from_le_bytes(raw)))
}

fn double(raw: &[u8]) -> Option<f64> {
    raw.try_into().ok().map(f64::from_le_bytes)
}
