//! Cards: the facts of each task that is read here, as TOML.
//!
//! Comes in: the cards of `data/cards/` (built in) or a file of the same form. Goes out: a checked [`Card`]. A card knows
//! names and rules, never where a user keeps files: that is the root given to [`Source::from_card`].
//!
//! [`Source::from_card`]: super::Source::from_card

use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use super::TaskKind;
use super::source::SplitRule;
use crate::dataset::Result;
use crate::error::{At, Error};

/// What is known of a task without its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Name of the task.
    pub name: String,
    /// One line for people; says "made" where the images are made.
    pub title: String,
    /// The benchmark's code of the task, e.g. `DXC14`, where it has one.
    pub code: Option<String>,
    /// Labels or classes in order; empty where the task has none.
    pub labels: Vec<String>,
    /// Whether the images are made.
    pub made: bool,
    /// The licence or terms, as the source states them.
    pub license: String,
    /// Where to get the files.
    pub url: String,
    /// Default edge of the cached images, in pixels.
    pub size: usize,
    /// Default number of channels: 1 or 3.
    pub channels: usize,
    /// Images in the official train, val and test lists, where there are such.
    pub counts: Option<[usize; 3]>,
    /// The files, relative to the task's root, and how to read them.
    pub files: Files,
}

/// The files of a task by format; names are relative to the task's root.
#[derive(Clone, Debug, PartialEq)]
pub enum Files {
    /// Lists `file.png 0 1 ...`.
    ChestXray14 {
        /// Folder.
        images: String,
        /// List.
        train: String,
        /// List.
        val: String,
        /// List.
        test: String,
        /// Table.
        patients: Option<String>,
    },
    /// Lists `file.png,0`.
    Shenzhen {
        /// Folder.
        images: String,
        /// List.
        train: String,
        /// List.
        val: String,
        /// List.
        test: String,
    },
    /// Images and masks of the same stems.
    MaskFolder {
        /// Folder.
        images: String,
        /// Folder.
        masks: String,
        /// Foreground bits.
        mask_bits: Option<u8>,
        /// Seeded split.
        split: SplitRule,
    },
    /// Images and a table `image,label`.
    Labelled {
        /// Folder.
        images: String,
        /// Table.
        list: String,
        /// Seeded split.
        split: SplitRule,
    },
    /// Images alone.
    Unlabelled {
        /// Folder.
        images: String,
    },
}

impl Files {
    /// The kind of task that files of this form make.
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

/// The cards that the program carries.
const BUILTIN: [(&str, &str); 10] = [
    ("chest-xray14", include_str!("../../data/cards/chest-xray14.toml")),
    ("chest-xray14-sample", include_str!("../../data/cards/chest-xray14-sample.toml")),
    ("cxr-lungs", include_str!("../../data/cards/cxr-lungs.toml")),
    ("phantom-chest", include_str!("../../data/cards/phantom-chest.toml")),
    ("phantom-natural", include_str!("../../data/cards/phantom-natural.toml")),
    ("phantom-natural-coarse", include_str!("../../data/cards/phantom-natural-coarse.toml")),
    ("phantom-natural-fine", include_str!("../../data/cards/phantom-natural-fine.toml")),
    ("phantom-nodule", include_str!("../../data/cards/phantom-nodule.toml")),
    ("phantom-vessel", include_str!("../../data/cards/phantom-vessel.toml")),
    ("shenzhen", include_str!("../../data/cards/shenzhen.toml")),
];

impl Card {
    /// Names of the built-in cards, sorted.
    pub fn names() -> Vec<&'static str> {
        BUILTIN.iter().map(|(name, _)| *name).collect()
    }

    /// The built-in card of that name.
    ///
    /// # Errors
    /// Where there is none; the error names those there are.
    pub fn builtin(name: &str) -> Result<Card> {
        let Some((_, text)) = BUILTIN.iter().find(|(known, _)| *known == name) else {
            return Err(Error::input(format!(
                "there is no task `{name}`: expected one of {}, or a card file (.toml)",
                Card::names().join(", ")
            )));
        };
        Card::parse(text, &format!("the built-in card {name}"))
    }

    /// The card `<name>.toml` of a folder if it is there, else the built-in one.
    ///
    /// # Errors
    /// As [`Card::read`] and [`Card::builtin`].
    pub fn find(name: &str, folder: &Path) -> Result<Card> {
        let path = folder.join(format!("{name}.toml"));
        if path.is_file() { Card::read(&path) } else { Card::builtin(name) }
    }

    /// Gives the seeded split another seed.
    ///
    /// # Errors
    /// Where the task has official lists: they are not drawn.
    pub fn reseed(&mut self, seed: u64) -> Result<()> {
        match &mut self.files {
            Files::MaskFolder { split, .. } | Files::Labelled { split, .. } => split.seed = seed,
            Files::ChestXray14 { .. } | Files::Shenzhen { .. } | Files::Unlabelled { .. } => {
                return Err(Error::input(format!(
                    "{} has a split of its own: --seed changes nothing there",
                    self.name
                )));
            }
        }
        Ok(())
    }

    /// Reads a card file.
    ///
    /// # Errors
    /// Where it cannot be read or says something that is unknown or does not fit together.
    pub fn read(path: &Path) -> Result<Card> {
        Card::parse(&std::fs::read_to_string(path).at("read the card", path)?, &path.display().to_string())
    }

    /// Parses a card's text; `place` names it in errors.
    ///
    /// # Errors
    /// As [`Card::read`].
    pub fn parse(text: &str, place: &str) -> Result<Card> {
        let raw: RawCard =
            toml::from_str(text).map_err(|e| Error::input(format!("{place}: {}", one_line(&e))))?;
        raw.check().map_err(|cause| Error::input(format!("{place}: {cause}")))
    }

    /// The card as TOML that parses back to the same card.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let q = |value: &str| toml::Value::from(value).to_string();
        let mut put = |key: &str, value: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{key} = {value}");
        };
        put("name", q(&self.name));
        put("title", q(&self.title));
        if let Some(code) = &self.code {
            put("code", q(code));
        }
        put("kind", q(self.files.kind().as_str()));
        let labels: Vec<String> = self.labels.iter().map(|label| q(label)).collect();
        put("labels", format!("[{}]", labels.join(", ")));
        put("metric", q(self.files.kind().metric()));
        put("made", self.made.to_string());
        put("license", q(&self.license));
        put("url", q(&self.url));
        put("size", self.size.to_string());
        put("channels", self.channels.to_string());
        if let Some([train, val, test]) = self.counts {
            put("counts", format!("[{train}, {val}, {test}]"));
        }
        let (format, named) = self.files.named();
        put("format", q(format));
        put("\n[files]\n# Relative to the task's root.\nimages", q(named[0].1));
        for (key, name) in &named[1..] {
            put(key, q(name));
        }
        if let Files::MaskFolder { mask_bits: Some(bits), .. } = &self.files {
            put("mask_bits", bits.to_string());
        }
        if let Files::MaskFolder { split, .. } | Files::Labelled { split, .. } = &self.files {
            put("\n[split]\n# By patient; val is a share of what test leaves.\nseed", split.seed.to_string());
            put("test", format!("{:?}", split.test));
            put("val", format!("{:?}", split.val));
            if let Some(patients) = &split.patients {
                put("patients", q(&patients.display().to_string()));
            }
        }
        text
    }
}

impl Files {
    /// The format's name, and the key and name of each file, images first.
    fn named(&self) -> (&'static str, Vec<(&'static str, &str)>) {
        match self {
            Files::ChestXray14 { images, train, val, test, patients } => {
                let mut named =
                    vec![("images", images.as_str()), ("train", train), ("val", val), ("test", test)];
                named.extend(patients.iter().map(|name| ("patients", name.as_str())));
                ("chest-xray14", named)
            }
            Files::Shenzhen { images, train, val, test } => {
                ("shenzhen", vec![("images", images), ("train", train), ("val", val), ("test", test)])
            }
            Files::MaskFolder { images, masks, .. } => {
                ("mask-folder", vec![("images", images), ("masks", masks)])
            }
            Files::Labelled { images, list, .. } => ("labelled", vec![("images", images), ("list", list)]),
            Files::Unlabelled { images } => ("unlabelled", vec![("images", images)]),
        }
    }
}

fn one_line(error: &toml::de::Error) -> String {
    error.to_string().trim().replace('\n', " ")
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCard {
    name: String,
    title: String,
    code: Option<String>,
    kind: String,
    #[serde(default)]
    labels: Vec<String>,
    metric: String,
    made: bool,
    license: String,
    url: String,
    size: usize,
    channels: usize,
    counts: Option<[usize; 3]>,
    format: String,
    files: RawFiles,
    split: Option<RawSplit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFiles {
    images: String,
    train: Option<String>,
    val: Option<String>,
    test: Option<String>,
    patients: Option<String>,
    masks: Option<String>,
    mask_bits: Option<u8>,
    list: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSplit {
    seed: u64,
    test: f64,
    val: f64,
    patients: Option<String>,
}

/// How names of made data begin.
const MADE: &str = "phantom-";

impl RawCard {
    fn check(self) -> Result<Card, String> {
        let files = files(&self.format, self.files, self.split)?;
        let kind = files.kind();
        if self.kind != kind.as_str() {
            return Err(format!("kind is `{}`, but the format {} makes `{kind}`", self.kind, self.format));
        }
        if self.metric != kind.metric() {
            return Err(format!("metric is `{}`, expected `{}` for {kind}", self.metric, kind.metric()));
        }
        let n = self.labels.len();
        match kind {
            TaskKind::MultiLabel if n == 0 => return Err("labels are missing".to_owned()),
            TaskKind::Binary if n != 1 => {
                return Err(format!("found {n} labels, expected 1 for a binary task"));
            }
            TaskKind::MultiClass if n < 2 => {
                return Err(format!("found {n} labels, expected at least 2 classes"));
            }
            TaskKind::Mask | TaskKind::Unlabelled if n != 0 => {
                return Err(format!("{kind} tasks have no labels"));
            }
            _ => {}
        }
        if ![1, 3].contains(&self.channels) {
            return Err(format!("channels is {}, expected 1 or 3", self.channels));
        }
        if self.made != self.name.starts_with(MADE) {
            return Err(format!(
                "made is {} but the name is `{}`: names of made data, and only they, begin with `{MADE}`, so that \
                 they show as made in every table",
                self.made, self.name
            ));
        }
        let Self { name, title, code, labels, made, license, url, size, channels, counts, .. } = self;
        Ok(Card { name, title, code, labels, made, license, url, size, channels, counts, files })
    }
}

fn files(format: &str, files: RawFiles, split: Option<RawSplit>) -> Result<Files, String> {
    let RawFiles { images, train, val, test, patients, masks, mask_bits, list } = files;
    let need = |name: &str, value: Option<String>| {
        value.ok_or_else(|| format!("[files] lacks `{name}`, which the format {format} needs"))
    };
    let rule = |split: Option<RawSplit>| match split {
        Some(RawSplit { seed, test, val, patients }) => {
            Ok(SplitRule { seed, test, val, patients: patients.map(Into::into) })
        }
        None => Err(format!("[split] is missing, which the format {format} needs")),
    };
    Ok(match format {
        "chest-xray14" => Files::ChestXray14 {
            images,
            train: need("train", train)?,
            val: need("val", val)?,
            test: need("test", test)?,
            patients,
        },
        "shenzhen" => Files::Shenzhen {
            images,
            train: need("train", train)?,
            val: need("val", val)?,
            test: need("test", test)?,
        },
        "mask-folder" => {
            Files::MaskFolder { images, masks: need("masks", masks)?, mask_bits, split: rule(split)? }
        }
        "labelled" => Files::Labelled { images, list: need("list", list)?, split: rule(split)? },
        "unlabelled" => Files::Unlabelled { images },
        other => {
            return Err(format!(
                "unknown format `{other}`: expected chest-xray14, shenzhen, mask-folder, labelled or unlabelled"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::list::CHEST_XRAY14_LABELS;

    #[test]
    fn every_built_in_card_is_sound_and_survives_a_round_trip() {
        for name in Card::names() {
            let card = Card::builtin(name).unwrap();
            assert_eq!(card.name, name);
            assert_eq!(card.made, name.starts_with("phantom-"), "{name}");
            assert_eq!(card.made, card.title.contains("made"), "{name}");
            assert_eq!(Card::parse(&card.to_toml(), name).unwrap(), card);
        }
        assert!(Card::names().is_sorted());
    }

    #[test]
    fn chest_cards_have_the_official_label_order() {
        for name in ["chest-xray14", "chest-xray14-sample"] {
            assert_eq!(Card::builtin(name).unwrap().labels, CHEST_XRAY14_LABELS);
        }
        assert_eq!(Card::builtin("chest-xray14").unwrap().counts, Some([75_312, 11_212, 25_596]));
        assert_eq!(Card::builtin("shenzhen").unwrap().counts, Some([463, 65, 134]));
    }

    #[test]
    fn a_card_of_a_folder_wins_over_the_built_in_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut card = Card::builtin("shenzhen").unwrap();
        card.size = 17;
        analysis::atomic::write(&dir.path().join("shenzhen.toml"), card.to_toml().as_bytes()).unwrap();
        assert_eq!(Card::find("shenzhen", dir.path()).unwrap(), card);
        assert_eq!(Card::find("cxr-lungs", dir.path()).unwrap().name, "cxr-lungs");
    }

    #[test]
    fn bad_cards_say_what_is_wrong() {
        let good = Card::builtin("cxr-lungs").unwrap().to_toml();
        let error = |from: &str, to: &str| {
            assert!(good.contains(from), "{from} in {good}");
            Card::parse(&good.replace(from, to), "c.toml").unwrap_err().to_string()
        };
        insta::assert_snapshot!(error("kind = \"mask\"", "kind = \"binary\""), @"c.toml: kind is `binary`, but the format mask-folder makes `mask`");
        insta::assert_snapshot!(error("metric = \"dice\"", "metric = \"auc\""), @"c.toml: metric is `auc`, expected `dice` for mask");
        insta::assert_snapshot!(error("masks = \"masks\"\n", ""), @"c.toml: [files] lacks `masks`, which the format mask-folder needs");
        insta::assert_snapshot!(error("channels = 1", "channels = 2"), @"c.toml: channels is 2, expected 1 or 3");
        insta::assert_snapshot!(error("labels = []", "labels = [\"x\"]"), @"c.toml: mask tasks have no labels");
        assert!(error("size =", "sizes =").starts_with("c.toml: "));
        insta::assert_snapshot!(Card::builtin("chexpert").unwrap_err(), @"there is no task `chexpert`: expected one of chest-xray14, chest-xray14-sample, cxr-lungs, phantom-chest, phantom-natural, phantom-natural-coarse, phantom-natural-fine, phantom-nodule, phantom-vessel, shenzhen, or a card file (.toml)");
    }
}
