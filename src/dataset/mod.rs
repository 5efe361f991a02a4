//! Files to cases, splits and a decoded uint8 cache. No torch here.
//!
//! Comes in: a [`Source`] (image lists in the ChestX-ray14 or Shenzhen form, image + mask folders, labelled or bare image
//! folders), named by hand or by a [`Card`]. Goes out: a [`Cache`] of fixed records that training maps into memory.
//! It never augments, never normalizes and never guesses: a file that cannot be read is an error that names it.
//!
//! ```text
//! card -> source -> (list, masks, split) -> prepare (decode, resize) -> cache
//! phantom -> files of the same forms, with cards of their own
//! ```

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

pub mod cache;
pub mod card;
mod csv;
pub mod decode;
mod folder;
pub mod list;
pub mod masks;
pub mod phantom;
pub mod prepare;
mod problem;
pub mod resize;
pub mod source;
pub mod split;

pub use cache::Cache;
pub use card::Card;
pub use prepare::{PrepareOptions, PrepareReport, prepare};
pub use source::{Source, SplitRule};

/// A result whose error is the program's, or, inside this room, a cause as text that the caller gives a file's name to.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// What a task asks of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskKind {
    /// Several findings, each present or absent.
    MultiLabel,
    /// One finding, present or absent.
    Binary,
    /// Exactly one of several classes.
    MultiClass,
    /// A binary mask over the pixels.
    Mask,
    /// Images alone, to pre-train on.
    Unlabelled,
}

impl TaskKind {
    /// Every kind, in the order of their definition.
    pub const ALL: [TaskKind; 5] =
        [TaskKind::MultiLabel, TaskKind::Binary, TaskKind::MultiClass, TaskKind::Mask, TaskKind::Unlabelled];

    /// The name used in cards and caches.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MultiLabel => "multi-label",
            Self::Binary => "binary",
            Self::MultiClass => "multi-class",
            Self::Mask => "mask",
            Self::Unlabelled => "unlabelled",
        }
    }

    /// The metric that scores a task of this kind: `auc`, `accuracy`, `dice`, or `none` where nothing is predicted.
    pub fn metric(self) -> &'static str {
        match self {
            Self::MultiLabel | Self::Binary => "auc",
            Self::MultiClass => "accuracy",
            Self::Mask => "dice",
            Self::Unlabelled => "none",
        }
    }
}

/// The part of the data a case belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Split {
    /// Weights are fitted on it.
    Train,
    /// The epoch is chosen on it.
    Val,
    /// Predicted once, at the end.
    Test,
}

impl Split {
    /// Every split, in the order of use.
    pub const ALL: [Split; 3] = [Split::Train, Split::Val, Split::Test];

    /// `train`, `val` or `test`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TaskKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            Error::input(format!("unknown kind of task `{text}`: expected one of {}", known.join(", ")))
        })
    }
}

impl FromStr for Split {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|split| split.as_str() == text)
            .ok_or_else(|| Error::input(format!("unknown split `{text}`: expected train, val or test")))
    }
}

/// What a task is, apart from its images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSpec {
    /// Name of the task, e.g. `chest-xray14`.
    pub name: String,
    /// What is asked.
    pub kind: TaskKind,
    /// Multi-label: the labels in the order of the targets; binary: the one finding; multi-class: the class names;
    /// else empty.
    pub labels: Vec<String>,
    /// `auc`, `accuracy`, `dice` (all in [0, 1], higher is better) or `none`.
    pub metric: String,
    /// Whether the images are made (phantoms) rather than taken of patients. Shown wherever the task is shown.
    pub made: bool,
}

/// One case: an image and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseInfo {
    /// The image's name as its list or folder has it; unique within a task.
    pub id: String,
    /// The patient: all images of a patient share it, and it lies in exactly one split.
    pub group: String,
    /// Its part of the data.
    pub split: Split,
    /// Multi-label and binary: 0 or 1 a label; multi-class: one class index; mask and unlabelled: empty.
    pub target: Vec<f32>,
}
