//! Made sets: read back by the room's own readers, equal when made twice, and worth learning.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::dataset::Card;
use crate::dataset::cache::hex;
use crate::dataset::{Cache, PrepareOptions, Source, Split, TaskKind, prepare};
use sha2::{Digest, Sha256};

fn small(seed: u64) -> PhantomConfig {
    PhantomConfig {
        natural: 64,
        chest: [24, 9, 30],
        nodule: [12, 6, 20],
        vessel: [8, 3, 10],
        ..PhantomConfig::demo(seed)
    }
}

/// Every file of a folder with its bytes.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(
                files(&path)
                    .into_iter()
                    .map(|(name, bytes)| (Path::new(path.file_name().unwrap()).join(name), bytes)),
            );
        } else {
            found.insert(PathBuf::from(path.file_name().unwrap()), fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn the_same_seed_gives_the_same_files_and_another_seed_others() {
    let root = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|name| root.path().join(name));
    assert!(generate(&a, &small(1)).unwrap().made);
    assert!(!generate(&a, &small(1)).unwrap().made);
    generate(&b, &small(1)).unwrap();
    generate(&c, &small(2)).unwrap();
    assert_eq!(files(&a), files(&b));
    let name = Path::new("natural/images/natural00003.png");
    assert_ne!(files(&a)[name], files(&c)[name]);
    assert!(generate(&a, &small(2)).unwrap().made);
    assert_eq!(files(&a), files(&c));
}

#[test]
fn an_image_does_not_depend_on_how_many_there_are() {
    let root = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| root.path().join(name));
    generate(&a, &small(1)).unwrap();
    generate(&b, &PhantomConfig { natural: 80, nodule: [12, 6, 40], ..small(1) }).unwrap();
    let (a, b) = (files(&a), files(&b));
    for name in
        ["natural/images/natural00063.png", "nodule/images/nodule0037.png", "vessel/images/vessel000.png"]
    {
        assert_eq!(a[Path::new(name)], b[Path::new(name)], "{name}");
    }
}

#[test]
fn every_made_set_becomes_a_cache_and_says_it_is_made() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("made");
    let config = small(1);
    let report = generate(&dir, &config).unwrap();
    assert_eq!(report.n_images, 64 + 63 + 38 + 21);
    let readme = fs::read_to_string(dir.join("README.txt")).unwrap();
    assert!(readme.starts_with("MADE IMAGES.") && readme.contains("seed 1, 64 x 64"), "{readme}");
    for expected in cards(&config) {
        let card = Card::find(&expected.name, &dir.join("cards")).unwrap();
        assert_eq!(card, expected);
        let place = root.path().join(&card.name);
        let report =
            prepare(&Source::from_card(&card, &dir), &place, &PrepareOptions::from_card(&card), &|_, _| {})
                .unwrap();
        if let Some(counts) = card.counts {
            assert_eq!(report.counts, counts, "{}", card.name);
        }
        let cache = Cache::open(&place).unwrap();
        assert!(cache.spec.made && cache.spec.name.starts_with("phantom-"));
        match cache.spec.kind {
            TaskKind::MultiClass => {
                let classes: BTreeSet<u32> = cache.cases.iter().map(|case| case.target[0] as u32).collect();
                assert_eq!(classes.len(), cache.spec.labels.len());
                assert_eq!(report.counts, [58, 6, 0]);
            }
            TaskKind::Mask => {
                assert_eq!(report.n_empty_masks, 0);
                for i in 0..cache.len() {
                    let share = cache.mask(i).unwrap().iter().filter(|&&v| v == 1).count() as f64 / 4096.0;
                    assert!(0.02 < share && share < 0.4, "{}: {share}", cache.cases[i].id);
                }
            }
            TaskKind::MultiLabel => {
                let patients: BTreeSet<_> = cache.cases.iter().map(|case| &case.group).collect();
                assert!(patients.len() < cache.len() && cache.len() <= 3 * patients.len());
                let test = cache.indices(Split::Test);
                for label in 0..4 {
                    let n = test.iter().filter(|&&i| cache.cases[i].target[label] == 1.0).count();
                    assert!(0 < n && n < test.len(), "label {label}: {n} of {}", test.len());
                }
            }
            _ => {}
        }
    }
}

#[test]
fn the_built_in_cards_are_those_of_the_demo() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cards");
    for card in cards(&PhantomConfig::demo(0)) {
        let text = fs::read_to_string(folder.join(format!("{}.toml", card.name))).unwrap_or_default();
        assert_eq!(text, card.to_toml(), "{}", card.name);
    }
}

/// Area under the curve of a score, by counting pairs.
fn auc(scores: &[f64], targets: &[bool]) -> f64 {
    let split = |want: bool| scores.iter().zip(targets).filter(move |(_, t)| **t == want).map(|(s, _)| *s);
    let (mut sum, mut n) = (0.0, 0.0);
    for p in split(true) {
        for q in split(false) {
            sum += if p > q {
                1.0
            } else if p < q {
                0.0
            } else {
                0.5
            };
            n += 1.0;
        }
    }
    sum / n
}

#[test]
fn brightness_alone_does_not_solve_a_task() {
    let score = |bytes: &[u8]| {
        let mean = bytes.iter().map(|&v| f64::from(v)).sum::<f64>() / bytes.len() as f64;
        let var = bytes.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / bytes.len() as f64;
        [mean, var, f64::from(*bytes.iter().max().unwrap())]
    };
    let n = 600;
    let targets: Vec<bool> = (0..n).map(has_nodule).collect();
    let scores: Vec<[f64; 3]> = (0..n)
        .map(|i| score(&nodule::render(32, has_nodule(i), &KNOBS, &mut stream(5, Stream::Nodule, i))))
        .collect();
    for k in 0..3 {
        let column: Vec<f64> = scores.iter().map(|s| s[k]).collect();
        let auc = auc(&column, &targets);
        assert!((0.35..0.65).contains(&auc), "statistic {k} alone reaches {auc}");
    }
}

#[test]
fn a_finding_changes_only_where_it_lies() {
    // The same stream with and without a finding differs in few pixels: nothing else gives it away.
    let knobs = Knobs { chest_patients: 1.0, chest_shown: 1.0, ..KNOBS };
    let none = Knobs { chest_contrast: [(0.0, 0.0); 4], ..knobs.clone() };
    for i in 0..20 {
        let patient = chest::patient(&knobs, &mut stream(3, Stream::ChestPatients, i));
        let (with, shown) = chest::render(64, &patient, &knobs, &mut stream(3, Stream::ChestImage, i));
        let (without, _) = chest::render(64, &patient, &none, &mut stream(3, Stream::ChestImage, i));
        assert_eq!(shown, [true; 4]);
        let n = with.iter().zip(&without).filter(|(a, b)| a != b).count();
        assert!(100 < n && n < 2_000, "{n} pixels");
    }
}

#[test]
fn sizes_out_of_range_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let error = |config: PhantomConfig| generate(&root.path().join("x"), &config).unwrap_err().to_string();
    insta::assert_snapshot!(error(PhantomConfig { size: 8, ..small(1) }), @"the size of made images is 8, expected 16 to 1024 pixels");
    insta::assert_snapshot!(error(PhantomConfig { vessel: [3, 0, 2], ..small(1) }), @"the made vessel task would have an empty split: train 3, val 0, test 2");
    insta::assert_snapshot!(error(PhantomConfig { natural: 3, ..small(1) }), @"the made natural set has 3 images, expected at least one of each of its 16 classes");
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn the_drawing_changes_only_with_its_version() {
    let mut hash = Sha256::new();
    for i in 0..16 {
        hash.update(natural::render(32, i, &KNOBS, &mut stream(1, Stream::Natural, i)));
        hash.update(nodule::render(32, has_nodule(i), &KNOBS, &mut stream(1, Stream::Nodule, i)));
        hash.update(vessel::render(32, &KNOBS, &mut stream(1, Stream::Vessel, i)).0);
        let patient = chest::patient(&KNOBS, &mut stream(1, Stream::ChestPatients, i));
        hash.update(chest::render(32, &patient, &KNOBS, &mut stream(1, Stream::ChestImage, i)).0);
    }
    // Raise GENERATOR_VERSION together with this.
    insta::assert_snapshot!(format!("version {GENERATOR_VERSION}: {}", hex(&hash.finalize())), @"version 1: d071f55b5a692258a5e1776a965d738d8cfac1a6e7c2d8b6f0b8cb4c9a89fcff");
}
