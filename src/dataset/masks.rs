//! Image and mask folders: which mask belongs to which image, and which of its pixels are foreground.
//!
//! Comes in: two folders, stored mask values. Goes out: pairs of one stem, and bytes 0 or 1. A mask without foreground is
//! a mask like any other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::decode::Samples;
use super::problem::{Problems, first_few};
use super::split::stem_of_name;
use crate::dataset::Result;
use crate::error::At;

/// Extensions that are taken for images, in lower case. Other files in a folder are passed over.
const EXTENSIONS: [&str; 3] = ["png", "jpg", "jpeg"];

/// The image files of a folder by name, sorted; folders inside it and hidden files are passed over.
///
/// # Errors
/// Where the folder cannot be read.
pub fn image_files(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).at("read the folder", dir)? {
        let entry = entry.at("read the folder", dir)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
        if EXTENSIONS.contains(&extension.as_str()) && !name.starts_with('.') && entry.path().is_file() {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// An image and its mask.
#[derive(Debug)]
pub(crate) struct Pair {
    pub image: String,
    pub mask: PathBuf,
}

/// Pairs the files of two folders by stem; what has no partner, and what has two, is pushed to `problems`.
pub(crate) fn pair(images: &Path, masks: &Path, problems: &mut Problems) -> Result<Vec<Pair>> {
    let image_of = by_stem(images, problems)?;
    let mut mask_of = by_stem(masks, problems)?;
    let (mut pairs, mut bare) = (Vec::new(), Vec::new());
    for (stem, image) in image_of {
        match mask_of.remove(&stem) {
            Some(mask) => pairs.push(Pair { image, mask: masks.join(mask) }),
            None => bare.push(image),
        }
    }
    let total = pairs.len() + bare.len();
    if !bare.is_empty() {
        problems.push(format!(
            "{} of {total} images in {} have no mask of the same name in {}: {}",
            bare.len(),
            images.display(),
            masks.display(),
            first_few(&bare)
        ));
    }
    if !mask_of.is_empty() {
        let names: Vec<String> = mask_of.into_values().collect();
        problems.push(format!(
            "{} masks in {} have no image of the same name in {}: {}",
            names.len(),
            masks.display(),
            images.display(),
            first_few(&names)
        ));
    }
    Ok(pairs)
}

fn by_stem(dir: &Path, problems: &mut Problems) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for name in image_files(dir)? {
        if let Some(other) = found.insert(stem_of_name(&name).to_owned(), name.clone()) {
            problems.push(format!("{}: {other} and {name} share one stem; keep one of them", dir.display()));
        }
    }
    Ok(found)
}

/// Decides what is foreground: `[height, width]` of 0 and 1.
///
/// With `bits`, a pixel whose stored value has one of the bits set (cxr-lungs: 3 = right or left lung). Without, a pixel
/// above half of what the format can hold (above 127 in 8 bits); a mask of stored zeros and ones counts its ones.
///
/// # Errors
/// The cause, as text: bits asked of a file that holds none (JPEG, colors, 16 bits), or values that are neither 0/1 nor
/// 0/full, where a rule would have to guess.
pub fn foreground(samples: &Samples, bits: Option<u8>) -> Result<Vec<u8>, String> {
    if let Some(bits) = bits {
        if !samples.stored || samples.full > 255 {
            return Err("a bit-field mask must be a grey or palette PNG of at most 8 bits".to_owned());
        }
        return Ok(samples.data.iter().map(|v| u8::from(v & u16::from(bits) != 0)).collect());
    }
    let max = samples.data.iter().copied().max().unwrap_or(0);
    let half = samples.full / 2;
    match max {
        1 if samples.stored => Ok(samples.data.iter().map(|&v| v as u8).collect()),
        _ if 0 < max && max <= half => Err(format!(
            "the mask's values reach only {max} of {}: for a bit field say which bits (mask_bits), else save 0 and {}",
            samples.full, samples.full
        )),
        _ => Ok(samples.data.iter().map(|&v| u8::from(v > half)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(full: u16, stored: bool, data: &[u16]) -> Samples {
        Samples { width: data.len(), height: 1, full, stored, data: data.to_vec() }
    }

    #[test]
    fn foreground_follows_the_stated_rule() {
        assert_eq!(foreground(&samples(255, true, &[0, 127, 128, 255]), None).unwrap(), [0, 0, 1, 1]);
        assert_eq!(foreground(&samples(255, true, &[0, 1, 1]), None).unwrap(), [0, 1, 1]);
        assert_eq!(foreground(&samples(1, true, &[0, 1]), None).unwrap(), [0, 1]);
        assert_eq!(foreground(&samples(65_535, true, &[0, 65_535]), None).unwrap(), [0, 1]);
        assert_eq!(foreground(&samples(255, true, &[0, 0]), None).unwrap(), [0, 0]);
        assert_eq!(
            foreground(&samples(255, true, &[0, 1, 2, 3, 4, 8]), Some(3)).unwrap(),
            [0, 1, 1, 1, 0, 0]
        );
        assert_eq!(foreground(&samples(255, true, &[4, 8]), Some(3)).unwrap(), [0, 0]);
    }

    #[test]
    fn what_would_have_to_be_guessed_is_an_error() {
        insta::assert_snapshot!(foreground(&samples(255, true, &[0, 3]), None).unwrap_err(),
            @"the mask's values reach only 3 of 255: for a bit field say which bits (mask_bits), else save 0 and 255");
        assert!(foreground(&samples(255, false, &[0, 1]), None).is_err());
        insta::assert_snapshot!(foreground(&samples(255, false, &[0, 255]), Some(1)).unwrap_err(),
            @"a bit-field mask must be a grey or palette PNG of at most 8 bits");
    }
}
