//! Which network a list of names and shapes belongs to.
//!
//! Comes in: names and shapes of a store or a file. Goes out: the encoder they fit, which names are an encoder's, and
//! short texts for messages. Values are not looked at.

use std::collections::BTreeMap;

use crate::Result;
use crate::train::net::{Arch, EncoderConfig, Stem};

/// How many names a message shows before it counts the rest.
const SHOWN: usize = 4;

/// Longest text of a file that a message repeats, in characters.
const LONGEST: usize = 240;

/// Names of an encoder's tensors start with one of these.
const ENCODER: [&str; 7] = ["conv1.", "bn1.", "layer1.", "layer2.", "layer3.", "layer4.", "features."];

/// Names of the classifying layers of torchvision's networks start with one of these.
const HEADS: [&str; 2] = ["fc.", "classifier."];

/// Shapes by name.
pub(super) type Shapes = BTreeMap<String, Vec<i64>>;

pub(super) fn is_encoder(name: &str) -> bool {
    ENCODER.iter().any(|start| name.starts_with(start))
}

pub(super) fn is_head(name: &str) -> bool {
    HEADS.iter().any(|start| name.starts_with(start))
}

/// Counters of batch norm, which files older than PyTorch 0.4.1 lack.
pub(super) fn is_counter(name: &str) -> bool {
    name.ends_with(".num_batches_tracked")
}

/// The encoder that names and shapes look like, by its first tensors; `None` where they look like no known one.
///
/// MobileNetV2's two stems have the same tensors: the published one is returned.
pub(super) fn guess(shapes: &Shapes) -> Option<EncoderConfig> {
    if let Some(&[width, 3, 3, 3]) = shapes.get("features.0.0.weight").map(Vec::as_slice) {
        // The first layer is the width multiplier rounded to 8: which width made it does not matter for the shapes.
        let width = usize::try_from(width).ok()?;
        return Some(EncoderConfig { arch: Arch::MobilenetV2, width, stem: Stem::Imagenet });
    }
    let &[width, 3, side, _] = shapes.get("conv1.weight")?.as_slice() else { return None };
    let arch = if shapes.contains_key("layer1.0.conv3.weight") {
        Arch::Resnet50
    } else if shapes.contains_key("layer1.2.conv1.weight") {
        Arch::Resnet34
    } else {
        Arch::Resnet18
    };
    let stem = if side == 3 { Stem::Small } else { Stem::Imagenet };
    Some(EncoderConfig { arch, width: usize::try_from(width).ok()?, stem })
}

/// Names and shapes of the tensors of an encoder.
pub(super) fn expected(config: &EncoderConfig) -> Result<Shapes> {
    Ok(config.outline()?.into_iter().map(|p| (p.name, p.tensor.size())).collect())
}

/// `looks like resnet50` or `looks like no network known here`.
pub(super) fn looks_like(shapes: &Shapes) -> String {
    guess(shapes)
        .map_or("looks like no network known here".to_owned(), |config| format!("looks like {config}"))
}

/// What is wrong between what a network has and what a file has.
pub(super) struct Differences {
    missing: Vec<String>,
    unexpected: Vec<String>,
    reshaped: Vec<String>,
}

impl Differences {
    pub(super) fn between(expected: &Shapes, found: &Shapes) -> Self {
        let missing = expected.keys().filter(|name| !found.contains_key(*name)).cloned().collect();
        let unexpected = found.keys().filter(|name| !expected.contains_key(*name)).cloned().collect();
        let mut reshaped = Vec::new();
        for (name, shape) in found {
            if let Some(wanted) = expected.get(name).filter(|wanted| *wanted != shape) {
                reshaped.push(format!("{name} is {shape:?} and should be {wanted:?}"));
            }
        }
        Self { missing, unexpected, reshaped }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.reshaped.is_empty()
    }

    /// `3 tensors missing (a, b, c); 1 unexpected (d); 1 of another shape (e is [2] and should be [3])`.
    pub(super) fn text(&self) -> String {
        let parts = [
            (&self.missing, "missing"),
            (&self.unexpected, "unexpected"),
            (&self.reshaped, "of another shape"),
        ];
        let some = parts.iter().filter(|(names, _)| !names.is_empty());
        some.map(|(names, what)| format!("{} {what} ({})", names.len(), first_few(names)))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// The first names, and how many more there are.
pub(super) fn first_few<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| clean(name.as_ref())).collect();
    let rest = names.len().saturating_sub(SHOWN);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    shown.join(", ") + &more
}

/// Text out of a file that nobody vouches for, fit for a terminal: short and without control characters.
pub(super) fn clean(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    if text.chars().count() <= LONGEST {
        visible.collect()
    } else {
        visible.take(LONGEST).chain(" ...".chars()).collect()
    }
}
