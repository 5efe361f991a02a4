//! A foreign checkpoint to our weights file.
//!
//! Comes in: any checkpoint that [`Foreign`] reads and the row of the table that it belongs to (detected, or named by
//! the user). Goes out: a safetensors file with torchvision's names, fp32, and a report of what matched. Nothing is
//! written unless every tensor of the encoder is there in the right shape. Nothing is executed or downloaded.

use std::collections::BTreeMap;
use std::path::Path;

use super::card::{self, Card};
use super::foreign::{Entry, Foreign};
use super::shape::{Differences, Shapes, expected, first_few, guess, is_counter, is_encoder, looks_like};
use super::{Array, Lineage, Values, save};
use crate::{Error, Result};

/// First two tensors of each family of encoders: they show where the encoder stands.
const FIRST: [(&str, &str); 2] =
    [("conv1.weight", "bn1.weight"), ("features.0.0.weight", "features.0.1.weight")];

/// What a conversion did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// Row of the table.
    pub row: String,
    /// Container of the source: `zip`, `legacy`, `tar`, `pickle` or `safetensors`.
    pub format: String,
    /// What was written into the metadata.
    pub lineage: Lineage,
    /// Number of encoder tensors written.
    pub n_tensors: usize,
    /// Number of values in them.
    pub n_values: usize,
    /// Tensors of the source that were left out, by full name: heads, momentum encoders, queues, optimiser states.
    pub dropped: Vec<String>,
    /// Counters that the source lacks and that were set to zero.
    pub filled: Vec<String>,
    /// Number of tensors by source dtype, where they were not fp32 already (counters: int64).
    pub recast: BTreeMap<String, usize>,
    /// What speaks against the stated origin.
    pub warnings: Vec<String>,
}

/// Converts `file` into `out`; `row` names the row of `data/cards/models.toml`, `None` finds it.
///
/// # Errors
/// When the file cannot be read or is harmful, the row is not known or not certain, a tensor of the encoder is missing,
/// of another shape or not finite, something unexpected remains beside it, or `out` cannot be written.
pub fn convert(file: &Path, row: Option<&str>, out: &Path) -> Result<Converted> {
    convert_as(file, row.map(card::named).transpose()?, out)
}

pub(super) fn convert_as(file: &Path, forced: Option<Card>, out: &Path) -> Result<Converted> {
    check_supported(file, forced.as_ref())?;
    let foreign = Foreign::open(file)?;
    if foreign.lineage.is_some() {
        return Err(Error::input(format!("{} is a weights file of medtransfer already", file.display())));
    }
    let places = places(&foreign);
    let was_detected = forced.is_none();
    let card = match forced {
        Some(card) => card,
        None => card::detect(file, &places)?,
    };
    check_supported(file, Some(&card))?;
    let warnings = doubts(file, &card, was_detected, &foreign.sha256);
    let own_places = card.places();
    let Some(place) = own_places.iter().find(|own| places.iter().any(|(place, _)| place == *own)) else {
        return Err(Error::input(format!(
            "{} has {}; {} has {} under {:?}",
            file.display(),
            card::list_places(&places),
            card.row,
            card.arch.join(" or "),
            own_places[0]
        )));
    };

    let (entries, dropped) = split(&foreign, place, &card);
    let arch = check(file, &card, &entries)?;
    let (arrays, filled, recast) = read_all(file, &arch, &entries)?;
    let lineage = Lineage {
        model: card.model,
        family: card.family,
        pretrained_on: card.pretrained_on,
        arch,
        source_sha256: Some(foreign.sha256),
        normalize: card.normalize,
        made: false,
    };
    save::write(out, &arrays, &lineage)?;
    Ok(Converted {
        row: card.row,
        format: foreign.format.to_owned(),
        lineage,
        n_tensors: arrays.len(),
        n_values: arrays.iter().map(|(_, array)| array.len()).sum(),
        dropped,
        filled,
        recast,
        warnings,
    })
}

/// What speaks against the origin that the lineage will state. A layout alone is no proof: a network of one's own may have it.
/// And torchvision's files carry the first eight digits of their sha256 in their name, `resnet50-0676ba61.pth`.
fn doubts(file: &Path, card: &Card, was_detected: bool, sha256: &str) -> Vec<String> {
    let (name, stem) =
        (file.file_name().unwrap_or_default(), file.file_stem().unwrap_or_default().to_string_lossy());
    let mut doubts = Vec::new();
    if was_detected && !card.files.is_empty() && !card.named_like(&name.to_string_lossy()) {
        doubts.push(format!(
            "{} was taken for {} by its layout alone; files of that model are called {}. If it is another, say which with --model",
            file.display(),
            card.row,
            card.files.join(" or ")
        ));
    }
    let digits = stem.rsplit_once('-').map_or("", |(_, digits)| digits);
    let is_hash =
        digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if is_hash && !sha256.starts_with(digits) {
        doubts.push(format!(
            "{} is named after a file whose sha256 begins with {digits}, but its own begins with {}: it is damaged or another",
            file.display(),
            &sha256[..8]
        ));
    }
    doubts
}

fn check_supported(file: &Path, card: Option<&Card>) -> Result<()> {
    let Some((card, why)) = card.and_then(|card| Some((card, card.unsupported.as_ref()?))) else {
        return Ok(());
    };
    Err(Error::input(format!("{} cannot be converted as {}: {why}", file.display(), card.row)))
}

/// Where encoders stand in the file: prefix, and the name of the encoder that it looks like.
pub(super) fn places(foreign: &Foreign) -> Vec<(String, String)> {
    let has = |place: &str, name: &str| foreign.tensors.contains_key(&format!("{place}{name}"));
    // `layer1.0.conv1.weight` ends like the first tensor too, and so it does with `bn1.weight` beside it.
    let in_block = |place: &str| place.split('.').any(|part| part.starts_with("layer"));
    let mut places = Vec::new();
    for name in foreign.tensors.keys() {
        for (first, second) in FIRST {
            let Some(place) = name.strip_suffix(first) else { continue };
            if (place.is_empty() || place.ends_with('.')) && has(place, second) && !in_block(place) {
                let arch =
                    guess(&foreign.shapes(place)).map_or("another network".to_owned(), |c| c.to_string());
                places.push((place.to_owned(), arch));
            }
        }
    }
    places
}

/// The entries under the place by their own names, without those that the row drops; and the names of all others.
fn split<'a>(foreign: &'a Foreign, place: &str, card: &Card) -> (BTreeMap<&'a str, &'a Entry>, Vec<String>) {
    let mut entries = BTreeMap::new();
    let mut dropped = Vec::new();
    for (name, entry) in &foreign.tensors {
        match name.strip_prefix(place) {
            Some(own) if !card.drop.iter().any(|start| own.starts_with(start.as_str())) => {
                entries.insert(own, entry);
            }
            _ => dropped.push(name.clone()),
        }
    }
    (entries, dropped)
}

/// Holds the entries to the encoder that they look like, which must be one that the row may hold; returns its name.
fn check(file: &Path, card: &Card, entries: &BTreeMap<&str, &Entry>) -> Result<String> {
    let found: Shapes =
        entries.iter().map(|(name, entry)| ((*name).to_owned(), entry.shape.clone())).collect();
    let guessed = guess(&found).filter(|config| card.arch.contains(&config.to_string()));
    let Some(config) = guessed else {
        return Err(Error::input(format!(
            "{} {}, {} is {}",
            file.display(),
            looks_like(&found),
            card.row,
            card.arch.join(" or ")
        )));
    };
    let mut expected = expected(&config)?;
    expected.retain(|name, _| !is_counter(name) || found.contains_key(name));
    let differences = Differences::between(&expected, &found);
    if !differences.is_empty() {
        return Err(Error::input(format!(
            "{} does not fit {config} as {} has it: {}",
            file.display(),
            card.row,
            differences.text()
        )));
    }
    let not_float: Vec<&str> = entries
        .iter()
        .filter(|(name, entry)| is_counter(name) == entry.is_float())
        .map(|(name, _)| *name)
        .collect();
    if !not_float.is_empty() {
        let (file, names) = (file.display(), first_few(&not_float));
        return Err(Error::input(format!("{file} has another kind of numbers than expected in {names}")));
    }
    Ok(config.to_string())
}

type Read = (Vec<(String, Array)>, Vec<String>, BTreeMap<String, usize>);

/// Reads the entries in the order of the network; counters that are missing become zero.
fn read_all(file: &Path, arch: &str, entries: &BTreeMap<&str, &Entry>) -> Result<Read> {
    let mut arrays = Vec::with_capacity(entries.len());
    let (mut filled, mut recast, mut bad) = (Vec::new(), BTreeMap::new(), Vec::new());
    for param in arch.parse::<crate::train::net::EncoderConfig>()?.outline()? {
        let name = param.name;
        let Some(entry) = entries.get(name.as_str()) else {
            arrays.push((name.clone(), Array { shape: Vec::new(), values: Values::I64(vec![0]) }));
            filled.push(name);
            continue;
        };
        let array = entry.read(&name, file)?;
        let dtype = format!("{:?}", entry.dtype);
        if dtype != if is_counter(&name) { "I64" } else { "F32" } {
            *recast.entry(dtype).or_insert(0) += 1;
        }
        let n_bad = array.n_non_finite();
        if n_bad > 0 {
            bad.push(format!("{n_bad} of {} in {name}", array.len()));
        }
        arrays.push((name, array));
    }
    debug_assert!(arrays.iter().all(|(name, _)| is_encoder(name)));
    if bad.is_empty() {
        return Ok((arrays, filled, recast));
    }
    Err(Error::input(format!("{} has values that are not finite: {}", file.display(), first_few(&bad))))
}
