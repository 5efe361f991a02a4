//! The table of published checkpoints, `data/cards/models.toml`, as data.
//!
//! Comes in: the file as it was at build time. Goes out: rows, and the row that a checkpoint belongs to.

use std::path::Path;

use serde::Deserialize;

use super::shape::first_few;
use crate::{Error, Result};

/// A row of the table; the file explains each field.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Name for `--model`.
    pub row: String,
    /// Name in tables.
    pub model: String,
    /// Family.
    pub family: String,
    /// Data sets in order of training, joined by `>`.
    pub pretrained_on: String,
    /// Encoders that the file may hold.
    pub arch: Vec<String>,
    /// Usual names of the file; `*` stands for anything.
    pub files: Vec<String>,
    /// Key of the state dict in the file; empty: the file is the state dict.
    pub top: String,
    /// What stands before torchvision's names under `top`.
    pub prefix: String,
    /// Starts of names under the prefix that are not the encoder.
    pub drop: Vec<String>,
    /// What the network expects of its input.
    pub normalize: String,
    /// Why the row cannot be converted yet.
    pub unsupported: Option<String>,
}

#[derive(Deserialize)]
struct Table {
    model: Vec<Card>,
}

impl Card {
    /// Where the backbone may stand in the file: with and without DataParallel's `module.`.
    pub(super) fn places(&self) -> [String; 2] {
        let top = if self.top.is_empty() { String::new() } else { format!("{}.", self.top) };
        [format!("{top}{}", self.prefix), format!("{top}module.{}", self.prefix)]
    }

    /// Whether a file with encoders at `places` (prefix and name) may be of this row.
    pub(super) fn fits(&self, places: &[(String, String)]) -> bool {
        let own = self.places();
        let fits = |(place, arch): &(String, String)| own.contains(place) && self.arch.contains(arch);
        self.unsupported.is_none() && places.iter().any(fits)
    }

    pub(super) fn named_like(&self, file: &str) -> bool {
        self.files.iter().any(|pattern| matches(pattern, file))
    }
}

/// All rows.
///
/// # Errors
/// When the embedded table is no valid TOML (a test sees to it that it is).
pub fn cards() -> Result<Vec<Card>> {
    let text = include_str!("../../../data/cards/models.toml");
    let table: Table =
        toml::from_str(text).map_err(|e| Error::failed(format!("data/cards/models.toml: {e}")))?;
    Ok(table.model)
}

/// The row of that name.
pub(super) fn named(row: &str) -> Result<Card> {
    let cards = cards()?;
    let names: Vec<String> = cards.iter().map(|card| card.row.clone()).collect();
    cards.into_iter().find(|card| card.row == row).ok_or_else(|| {
        Error::input(format!("no model is called {row:?}; data/cards/models.toml has {}", names.join(", ")))
    })
}

/// The row of a checkpoint whose encoders stand at `places` (prefix and name of the encoder): by the layout and, where
/// several rows share it, by the file's name.
pub(super) fn detect(path: &Path, places: &[(String, String)]) -> Result<Card> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let (shown, cards) = (path.display(), cards()?);
    if let Some(card) = cards.iter().find(|card| card.unsupported.is_some() && card.named_like(&file)) {
        return Ok(card.clone());
    }
    if places.is_empty() {
        return Err(Error::input(format!("there is no encoder known here in {shown}")));
    }
    let candidates: Vec<&Card> = cards.iter().filter(|card| card.fits(places)).collect();
    let named: Vec<&&Card> = candidates.iter().filter(|card| card.named_like(&file)).collect();
    match (candidates.as_slice(), named.as_slice()) {
        ([card], _) => Ok((*card).clone()),
        (_, [card]) => Ok((**card).clone()),
        ([], _) => Err(Error::input(format!(
            "{shown} has {}, which no row of data/cards/models.toml has",
            list_places(places)
        ))),
        (candidates, _) => Err(Error::input(format!(
            "{shown} may be any of {}: say which with --model",
            candidates.iter().map(|card| card.row.as_str()).collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// `resnet50 under "module."`, for messages.
pub(super) fn list_places(places: &[(String, String)]) -> String {
    let one = |(place, arch): &(String, String)| format!("{arch} under {place:?}");
    if places.is_empty() {
        "no encoder known here".to_owned()
    } else {
        first_few(&places.iter().map(one).collect::<Vec<_>>())
    }
}

/// Whether the pattern, in which `*` stands for anything, covers the whole text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices().map(|(i, _)| i).chain([text.len()]).any(|i| matches(rest, &text[i..]))
        }),
    }
}
