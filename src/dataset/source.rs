//! Where the images of a task lie and what is known of them.
//!
//! Comes in: a [`Source`]. Goes out: a [`Manifest`]: every case with its files, checked as far as can be without decoding:
//! lists parse, named images exist, masks have partners, no patient is in two splits, no split is empty.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::card::{Card, Files};
use super::list::{self, ListForm, ListRow};
use super::masks;
use super::prepare::PrepareOptions;
use super::problem::{Problems, first_few};
use super::split;
use super::{CaseInfo, Split, TaskKind, TaskSpec, csv};
use crate::dataset::Result;

/// The files of a task, in one of the forms that are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Lists of `file.png 0 1 ...`, one a split. The number of labels is that of [`PrepareOptions::labels`], or the
    /// official fourteen where that is empty.
    ChestXray14 {
        /// Folder of the images.
        images: PathBuf,
        /// Training list.
        train: PathBuf,
        /// Validation list.
        val: PathBuf,
        /// Test list.
        test: PathBuf,
        /// Table `image,patient_id`; without it the patient is what stands before the first `_` of the name.
        patients: Option<PathBuf>,
    },
    /// Lists of `file.png,0`, one a split. Each image is its own patient.
    Shenzhen {
        /// Folder of the images.
        images: PathBuf,
        /// Training list.
        train: PathBuf,
        /// Validation list.
        val: PathBuf,
        /// Test list.
        test: PathBuf,
    },
    /// A folder of images and one of masks with the same stems.
    MaskFolder {
        /// Folder of the images.
        images: PathBuf,
        /// Folder of the masks.
        masks: PathBuf,
        /// How patients are dealt to splits.
        split: SplitRule,
        /// Bits of the stored value that are foreground; `None`: above half of the full value ([`masks::foreground`]).
        mask_bits: Option<u8>,
    },
    /// A folder of images and a CSV `image,label` with one class an image.
    Labelled {
        /// Folder of the images.
        images: PathBuf,
        /// The table.
        list: PathBuf,
        /// How patients are dealt to splits.
        split: SplitRule,
    },
    /// A folder of images, all for training.
    Unlabelled {
        /// Folder of the images.
        images: PathBuf,
    },
}

/// A seeded split by patient ([`split::assign`]).
#[derive(Clone, Debug, PartialEq)]
pub struct SplitRule {
    /// Another seed gives another split.
    pub seed: u64,
    /// Share of the patients that goes to test, in [0, 1).
    pub test: f64,
    /// Share of the remaining patients that goes to validation, in [0, 1).
    pub val: f64,
    /// Table `image,patient_id`; without it each image is its own patient.
    pub patients: Option<PathBuf>,
}

/// Everything known of a task before pixels are looked at.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The task.
    pub spec: TaskSpec,
    /// The cases: train, val, test in list order, or sorted by name for folders.
    pub entries: Vec<Entry>,
    /// Lists and tables that were read; a change in one rebuilds the cache.
    pub inputs: Vec<PathBuf>,
    /// How mask values are read.
    pub mask_bits: Option<u8>,
}

/// A case and its files.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What is known of it.
    pub case: CaseInfo,
    /// Its image.
    pub image: PathBuf,
    /// Its mask, for mask tasks.
    pub mask: Option<PathBuf>,
}

impl Source {
    /// The source that a card describes, its files lying under `root`.
    pub fn from_card(card: &Card, root: &Path) -> Source {
        let at = |name: &String| root.join(name);
        let rule = |split: &SplitRule| SplitRule {
            patients: split.patients.as_ref().map(|name| root.join(name)),
            ..split.clone()
        };
        match &card.files {
            Files::ChestXray14 { images, train, val, test, patients } => Source::ChestXray14 {
                images: at(images),
                train: at(train),
                val: at(val),
                test: at(test),
                patients: patients.as_ref().map(at),
            },
            Files::Shenzhen { images, train, val, test } => {
                Source::Shenzhen { images: at(images), train: at(train), val: at(val), test: at(test) }
            }
            Files::MaskFolder { images, masks, mask_bits, split } => Source::MaskFolder {
                images: at(images),
                masks: at(masks),
                split: rule(split),
                mask_bits: *mask_bits,
            },
            Files::Labelled { images, list, split } => {
                Source::Labelled { images: at(images), list: at(list), split: rule(split) }
            }
            Files::Unlabelled { images } => Source::Unlabelled { images: at(images) },
        }
    }

    /// What a source of this form asks of a network.
    pub fn kind(&self) -> TaskKind {
        match self {
            Self::ChestXray14 { .. } => TaskKind::MultiLabel,
            Self::Shenzhen { .. } => TaskKind::Binary,
            Self::MaskFolder { .. } => TaskKind::Mask,
            Self::Labelled { .. } => TaskKind::MultiClass,
            Self::Unlabelled { .. } => TaskKind::Unlabelled,
        }
    }
}

/// Reads lists and folders of a source.
///
/// # Errors
/// One input error with everything that is wrong: lines, missing images and masks, patients in two splits, empty splits.
pub fn manifest(source: &Source, options: &PrepareOptions) -> Result<Manifest> {
    let mut problems = Problems::default();
    let kind = source.kind();
    let mut labels = options.labels.clone();
    let (mut inputs, mut mask_bits) = (Vec::new(), None);
    let entries = match source {
        Source::ChestXray14 { images, train, val, test, patients } => {
            if labels.is_empty() {
                labels = list::CHEST_XRAY14_LABELS.map(str::to_owned).to_vec();
            }
            let form = ListForm::Columns(labels.len());
            inputs.extend([train, val, test].into_iter().chain(patients).cloned());
            listed(images, [train, val, test], form, patients.as_deref(), &mut problems)?
        }
        Source::Shenzhen { images, train, val, test } => {
            if labels.is_empty() {
                labels = vec![options.name.clone()];
            }
            inputs.extend([train, val, test].map(Clone::clone));
            listed(images, [train, val, test], ListForm::Comma, None, &mut problems)?
        }
        Source::MaskFolder { images, masks, split, mask_bits: bits } => {
            mask_bits = *bits;
            inputs.extend(split.patients.clone());
            masked(images, masks, split, &mut problems)?
        }
        Source::Labelled { images, list, split } => {
            inputs.extend([list].into_iter().chain(&split.patients).cloned());
            labelled(images, list, split, &mut labels, &mut problems)?
        }
        Source::Unlabelled { images } => {
            let names = masks::image_files(images)?;
            names.into_iter().map(|name| entry(images, name, None, Split::Train, Vec::new())).collect()
        }
    };
    if entries.is_empty() && problems.is_empty() {
        problems.push(format!("{}: there are no images", options.name));
    }
    split::check(entries.iter().map(|entry| &entry.case), &mut problems);
    let metric = kind.metric().to_owned();
    let spec = TaskSpec { name: options.name.clone(), kind, labels, metric, made: options.made };
    problems.or(&options.name, Manifest { spec, entries, inputs, mask_bits })
}

fn entry(images: &Path, id: String, group: Option<String>, split: Split, target: Vec<f32>) -> Entry {
    let image = images.join(&id);
    let group = group.unwrap_or_else(|| split::stem_of_name(&id).to_owned());
    Entry { case: CaseInfo { id, group, split, target }, image, mask: None }
}

fn listed(
    images: &Path,
    lists: [&PathBuf; 3],
    form: ListForm,
    patients: Option<&Path>,
    problems: &mut Problems,
) -> Result<Vec<Entry>> {
    let table = patients.map(|path| split::read_patients(path, problems)).transpose()?;
    let mut entries = Vec::new();
    let mut missing = Vec::new();
    for (path, split) in lists.into_iter().zip(Split::ALL) {
        let rows = list::read_into(path, form, problems)?;
        if rows.is_empty() {
            problems.push(format!("the {split} split is empty: {} holds no image", path.display()));
        }
        for ListRow { image, target, line } in rows {
            let group = match (&table, form) {
                (Some(table), _) => table.get(&image).cloned().unwrap_or_else(|| {
                    problems.push(format!(
                        "{} line {line}: image {image} is not in the table of patients",
                        path.display()
                    ));
                    String::new()
                }),
                (None, ListForm::Columns(_)) => split::patient_of_name(&image).to_owned(),
                (None, ListForm::Comma) => split::stem_of_name(&image).to_owned(),
            };
            let entry = entry(images, image, Some(group), split, target);
            if !entry.image.is_file() {
                missing.push(format!("{} ({} line {line})", entry.case.id, path.display()));
            }
            entries.push(entry);
        }
    }
    tell_missing(images, entries.len(), &missing, problems);
    Ok(entries)
}

fn tell_missing(images: &Path, n: usize, missing: &[String], problems: &mut Problems) {
    if !missing.is_empty() {
        problems.push(format!(
            "{} of {n} listed images are missing in {}: {}",
            missing.len(),
            images.display(),
            first_few(missing)
        ));
    }
}

fn masked(images: &Path, masks: &Path, rule: &SplitRule, problems: &mut Problems) -> Result<Vec<Entry>> {
    let pairs = masks::pair(images, masks, problems)?;
    let names: Vec<String> = pairs.iter().map(|pair| pair.image.clone()).collect();
    let places = deal(&names, rule, problems)?;
    let entries = pairs.into_iter().zip(places).map(|(pair, (group, split))| Entry {
        mask: Some(pair.mask),
        ..entry(images, pair.image, Some(group), split, Vec::new())
    });
    Ok(entries.collect())
}

/// The patient and split of each image, in order.
fn deal(names: &[String], rule: &SplitRule, problems: &mut Problems) -> Result<Vec<(String, Split)>> {
    let table = rule.patients.as_deref().map(|path| split::read_patients(path, problems)).transpose()?;
    let mut group_of = Vec::with_capacity(names.len());
    for name in names {
        let group = match &table {
            None => split::stem_of_name(name).to_owned(),
            Some(table) => table.get(name).cloned().unwrap_or_else(|| {
                problems.push(format!("image {name} is not in the table of patients"));
                String::new()
            }),
        };
        group_of.push(group);
    }
    // Of a set with holes the split means nothing, and that it is too small would be a wrong trail.
    let splits = match problems.is_empty() && !names.is_empty() {
        true => split::assign(group_of.iter().map(String::as_str), rule)?,
        false => BTreeMap::new(),
    };
    let split_of = |group: &String| splits.get(group.as_str()).copied().unwrap_or(Split::Train);
    Ok(group_of.iter().map(|group| (group.clone(), split_of(group))).collect())
}

fn labelled(
    images: &Path,
    list: &Path,
    rule: &SplitRule,
    labels: &mut Vec<String>,
    problems: &mut Problems,
) -> Result<Vec<Entry>> {
    let rows = csv::read(list, &[&["image"], &["label"]], problems)?;
    if labels.is_empty() {
        *labels = rows.iter().map(|row| row.values[1].clone()).collect();
        labels.sort_unstable();
        labels.dedup();
    }
    let index_of: BTreeMap<&str, usize> =
        labels.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let names: Vec<String> = rows.iter().map(|row| row.values[0].clone()).collect();
    let places = deal(&names, rule, problems)?;
    let (mut entries, mut missing) = (Vec::new(), Vec::new());
    for ((row, name), (group, split)) in rows.iter().zip(names).zip(places) {
        let place = format!("{} line {}", list.display(), row.line);
        if let Err(cause) = list::check_name(&name) {
            problems.push(format!("{place}: {cause}"));
            continue;
        }
        let Some(&class) = index_of.get(row.values[1].as_str()) else {
            problems.push(format!(
                "{place}: unknown label `{}`: expected one of {}",
                row.values[1],
                labels.join(", ")
            ));
            continue;
        };
        let entry = entry(images, name, Some(group), split, vec![class as f32]);
        if !entry.image.is_file() {
            missing.push(format!("{} ({place})", entry.case.id));
        }
        entries.push(entry);
    }
    tell_missing(images, entries.len(), &missing, problems);
    Ok(entries)
}

#[cfg(test)]
pub(crate) mod tests;
