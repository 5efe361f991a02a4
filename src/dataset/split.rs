//! Who is whose patient, and which patient is in which split.
//!
//! Comes in: image names, a table of patients or a rule for names, shares. Goes out: one split a patient. A patient is in
//! exactly one split: official lists are checked for it, seeded splits are made that way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::csv;
use super::problem::Problems;
use super::source::SplitRule;
use super::{CaseInfo, Split};
use crate::dataset::Result;
use crate::error::Error;

/// Names a patient table may give its image column: ours, then the official ChestX-ray14 one.
const IMAGE_COLUMN: &[&str] = &["image", "Image Index"];
/// Names a patient table may give its patient column.
const PATIENT_COLUMN: &[&str] = &["patient_id", "Patient ID"];

/// The patient in a ChestX-ray14 file name: what stands before the first `_` (`00000231_013.png` -> `00000231`).
pub fn patient_of_name(image: &str) -> &str {
    let stem = stem_of_name(image);
    stem.split_once('_').map_or(stem, |(patient, _)| patient)
}

/// The file name without folder and extension: the patient where every image is its own.
pub fn stem_of_name(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Reads a table of patients (columns `image`, `patient_id`; more are ignored) as image -> patient.
pub(crate) fn read_patients(path: &Path, problems: &mut Problems) -> Result<BTreeMap<String, String>> {
    let mut patients = BTreeMap::new();
    for row in csv::read(path, &[IMAGE_COLUMN, PATIENT_COLUMN], problems)? {
        let [image, patient] = [&row.values[0], &row.values[1]];
        if patient.is_empty() {
            problems.push(format!("{} line {}: image {image} has no patient", path.display(), row.line));
        }
        if let Some(other) = patients.insert(image.clone(), patient.clone())
            && other != *patient
        {
            problems.push(format!(
                "{} line {}: image {image} belongs to patient {patient}, but an earlier line says {other}",
                path.display(),
                row.line
            ));
        }
    }
    Ok(patients)
}

/// Deals patients to splits: of `n` patients, `test * n` (rounded) go to test, then `val` of the rest to validation.
///
/// The order is that of SHA-256(seed, patient): it depends on nothing but the seed and the patient's name, so it is the
/// same on every machine, and one patient more moves few others.
///
/// # Errors
/// Where a share is not in [0, 1), or a split that was asked for (train always, the others with a share above 0) would
/// be empty.
pub fn assign<'a>(
    patients: impl IntoIterator<Item = &'a str>,
    rule: &SplitRule,
) -> Result<BTreeMap<&'a str, Split>> {
    for (name, share) in [("test", rule.test), ("val", rule.val)] {
        if !(0.0..1.0).contains(&share) {
            return Err(Error::input(format!(
                "the {name} share is {share}, expected at least 0 and below 1"
            )));
        }
    }
    let unique: BTreeSet<&str> = patients.into_iter().collect();
    let mut order: Vec<([u8; 32], &str)> = unique.into_iter().map(|p| (key(rule.seed, p), p)).collect();
    order.sort_unstable();
    let n = order.len();
    let n_test = (n as f64 * rule.test).round() as usize;
    let n_val = ((n - n_test) as f64 * rule.val).round() as usize;
    for (split, share, count) in [
        (Split::Test, rule.test, n_test),
        (Split::Val, rule.val, n_val),
        (Split::Train, 1.0, n - n_test - n_val),
    ] {
        if count == 0 && share > 0.0 {
            return Err(Error::input(format!(
                "the {split} split is empty: {n} patients are too few for a test share of {} and a val share of {}",
                rule.test, rule.val
            )));
        }
    }
    let split_at = |i: usize| match i {
        i if i < n_test => Split::Test,
        i if i < n_test + n_val => Split::Val,
        _ => Split::Train,
    };
    Ok(order.into_iter().enumerate().map(|(i, (_, patient))| (patient, split_at(i))).collect())
}

fn key(seed: u64, patient: &str) -> [u8; 32] {
    Sha256::new().chain_update(seed.to_le_bytes()).chain_update(patient.as_bytes()).finalize().into()
}

/// Tells every patient that lies in more than one split, and every image that occurs twice.
pub(crate) fn check<'a>(cases: impl IntoIterator<Item = &'a CaseInfo>, problems: &mut Problems) {
    let mut images: BTreeMap<&str, Split> = BTreeMap::new();
    let mut patients: BTreeMap<&str, (Split, &str)> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for case in cases {
        if let Some(split) = images.insert(&case.id, case.split) {
            problems.push(format!("image {} is listed twice: in {split} and in {}", case.id, case.split));
            continue;
        }
        let (split, image) = *patients.entry(&case.group).or_insert((case.split, &case.id));
        if split != case.split && told.insert((&case.group, case.split)) {
            problems.push(format!(
                "patient {} is in two splits: {split} ({image}) and {} ({}); move all images of a patient to one",
                case.group, case.split, case.id
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(seed: u64, test: f64, val: f64) -> SplitRule {
        SplitRule { seed, test, val, patients: None }
    }

    #[test]
    fn names_tell_patients() {
        assert_eq!(patient_of_name("00000231_013.png"), "00000231");
        assert_eq!(patient_of_name("images_001/7.png"), "7");
        assert_eq!(stem_of_name("a/CHNCXR_0402_1.png"), "CHNCXR_0402_1");
    }

    #[test]
    fn eighty_twenty_of_a_hundred() {
        let names: Vec<String> = (0..100).map(|i| format!("p{i}")).collect();
        let splits = assign(names.iter().map(String::as_str), &rule(1, 0.2, 0.1)).unwrap();
        let count = |split| splits.values().filter(|&&s| s == split).count();
        assert_eq!((count(Split::Train), count(Split::Val), count(Split::Test)), (72, 8, 20));
        let other = assign(names.iter().map(String::as_str), &rule(2, 0.2, 0.1)).unwrap();
        assert_ne!(splits, other);
    }

    #[test]
    fn an_empty_split_is_an_error() {
        let error = assign(["a", "b"], &rule(1, 0.1, 0.1)).unwrap_err();
        insta::assert_snapshot!(error, @"the test split is empty: 2 patients are too few for a test share of 0.1 and a val share of 0.1");
        assert_eq!(error.exit_code(), 2);
        let error = assign(["a"], &rule(1, 1.0, 0.0)).unwrap_err();
        insta::assert_snapshot!(error, @"the test share is 1, expected at least 0 and below 1");
        assert!(assign([], &rule(1, 0.0, 0.0)).is_err());
        assert!(assign(["a"], &rule(1, f64::NAN, 0.0)).is_err());
    }

    proptest! {
        #[test]
        fn a_patient_is_in_exactly_one_split(
            seed: u64,
            images in prop::collection::vec((0u32..40, 0u32..1000), 60..200),
            test in 0.1f64..0.5,
            val in 0.1f64..0.5,
        ) {
            let names: Vec<String> = images.iter().map(|(patient, i)| format!("{patient:08}_{i:03}.png")).collect();
            let patients: BTreeSet<&str> = names.iter().map(|n| patient_of_name(n)).collect();
            let splits = assign(names.iter().map(|n| patient_of_name(n)), &rule(seed, test, val)).unwrap();
            prop_assert_eq!(splits.keys().copied().collect::<BTreeSet<_>>(), patients);
            let n_test = splits.values().filter(|&&s| s == Split::Test).count();
            prop_assert_eq!(n_test, (splits.len() as f64 * test).round() as usize);
            let cases: Vec<CaseInfo> = names.iter().collect::<BTreeSet<_>>().into_iter().map(|name| {
                let group = patient_of_name(name).to_owned();
                CaseInfo { id: name.clone(), split: splits[group.as_str()], group, target: vec![] }
            }).collect();
            let mut problems = Problems::default();
            check(&cases, &mut problems);
            prop_assert!(problems.is_empty());
            let backwards = assign(names.iter().rev().map(|n| patient_of_name(n)), &rule(seed, test, val)).unwrap();
            prop_assert_eq!(splits, backwards);
        }
    }
}
