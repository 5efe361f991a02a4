//! Sources of every form, good and bad, and the real sample. The helpers serve the other rooms' tests too.

use std::io::Write;

use super::*;
use crate::dataset::prepare::PrepareOptions;
use crate::error::Error;

/// A folder of the shared real data; `None`, said aloud, where it is not on this machine.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("MEDTRANSFER_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")), PathBuf::from);
    let dir = root.join("data").join(name);
    if !dir.is_dir() {
        eprintln!("skipped: {} is not here", dir.display());
        return None;
    }
    Some(dir)
}

/// An error's text with the test's folder taken out.
pub(crate) fn strip(error: &Error, dir: &Path) -> String {
    error.to_string().replace(&dir.display().to_string(), "[dir]")
}

/// A small grey PNG with a pattern of its own.
pub(crate) fn grey_png(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> Vec<u8> {
    let data: Vec<u8> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| value(x, y)).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    out
}

pub(crate) fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path).unwrap().write_all(bytes).unwrap();
}

/// A chest source of two labels: patients 1, 2 train, 3 val, 4 test, two images each.
pub(crate) fn chest(root: &Path) -> (Source, PrepareOptions) {
    for (list, patients) in [("train", &[1, 2][..]), ("val", &[3]), ("test", &[4])] {
        let mut text = String::new();
        for patient in patients {
            for k in 0..2u32 {
                let name = format!("{patient:03}_{k}.png");
                text.push_str(&format!("{name} {k} {}\n", 1 - k));
                put(
                    &root.join("images").join(&name),
                    &grey_png(8, 8, |x, y| (x * y) as u8 + 9 * *patient as u8 + k as u8),
                );
            }
        }
        put(&root.join(format!("{list}.txt")), text.as_bytes());
    }
    let source = Source::ChestXray14 {
        images: root.join("images"),
        train: root.join("train.txt"),
        val: root.join("val.txt"),
        test: root.join("test.txt"),
        patients: None,
    };
    let labels = vec!["a".to_owned(), "b".to_owned()];
    (source, PrepareOptions { labels, ..PrepareOptions::new("chest", 8, 1) })
}

fn halves() -> SplitRule {
    SplitRule { seed: 1, test: 0.25, val: 0.34, patients: None }
}

fn error_of(source: &Source, options: &PrepareOptions, dir: &Path) -> String {
    let error = manifest(source, options).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    strip(&error, dir)
}

#[test]
fn a_chest_source_reads_in_list_order() {
    let dir = tempfile::tempdir().unwrap();
    let (source, options) = chest(dir.path());
    let manifest = manifest(&source, &options).unwrap();
    let cases: Vec<_> = manifest.entries.iter().map(|e| &e.case).collect();
    assert_eq!(cases.len(), 8);
    assert_eq!(
        (cases[1].id.as_str(), cases[1].group.as_str(), cases[1].split),
        ("001_1.png", "001", Split::Train)
    );
    assert_eq!(cases[1].target, [1.0, 0.0]);
    assert_eq!(cases[7].split, Split::Test);
    assert_eq!((manifest.spec.kind, manifest.spec.metric.as_str()), (TaskKind::MultiLabel, "auc"));
}

#[test]
fn missing_images_are_counted_and_named_with_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    let (source, options) = chest(dir.path());
    for name in ["001_1.png", "003_0.png"] {
        std::fs::remove_file(dir.path().join("images").join(name)).unwrap();
    }
    insta::assert_snapshot!(error_of(&source, &options, dir.path()),
        @"2 of 8 listed images are missing in [dir]/images: 001_1.png ([dir]/train.txt line 2), 003_0.png ([dir]/val.txt line 1)");
}

#[test]
fn everything_wrong_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (source, options) = chest(dir.path());
    put(&dir.path().join("val.txt"), b"\n");
    put(&dir.path().join("test.txt"), b"004_0.png 0 1\n001_0.png 1 0\n004_1.png 1\n001_9.png 1 1\n");
    insta::assert_snapshot!(error_of(&source, &options, dir.path()), @r"
    chest: 5 problems
      the val split is empty: [dir]/val.txt holds no image
      [dir]/test.txt line 3: found 1 labels, expected 2 (a file name, then 2 times 0 or 1)
      1 of 7 listed images are missing in [dir]/images: 001_9.png ([dir]/test.txt line 4)
      image 001_0.png is listed twice: in train and in test
      patient 001 is in two splits: train (001_0.png) and test (001_9.png); move all images of a patient to one
    ");
}

#[test]
fn a_patient_in_two_splits_is_named_with_both() {
    let dir = tempfile::tempdir().unwrap();
    let (mut source, options) = chest(dir.path());
    let table = dir.path().join("patients.csv");
    put(&table, b"image,patient_id\n001_0.png,A\n001_1.png,A\n002_0.png,B\n002_1.png,B\n003_0.png,A\n003_1.png,C\n004_0.png,D\n");
    if let Source::ChestXray14 { patients, .. } = &mut source {
        *patients = Some(table);
    }
    insta::assert_snapshot!(error_of(&source, &options, dir.path()), @r"
    chest: 2 problems
      [dir]/test.txt line 2: image 004_1.png is not in the table of patients
      patient A is in two splits: train (001_0.png) and val (003_0.png); move all images of a patient to one
    ");
}

#[test]
fn a_list_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (source, options) = chest(dir.path());
    std::fs::remove_file(dir.path().join("val.txt")).unwrap();
    insta::assert_snapshot!(error_of(&source, &options, dir.path()), @"cannot read [dir]/val.txt: No such file or directory (os error 2)");
}

#[test]
fn a_shenzhen_source_has_a_patient_an_image() {
    let dir = tempfile::tempdir().unwrap();
    for (list, names) in [("train", &["a_1", "b_0"][..]), ("val", &["c_1"]), ("test", &["d_0"])] {
        let text: String = names.iter().map(|n| format!("{n}.png,{}\n", &n[2..])).collect();
        put(&dir.path().join(format!("{list}.txt")), text.as_bytes());
        names.iter().for_each(|n| put(&dir.path().join(format!("{n}.png")), &grey_png(4, 4, |x, _| x as u8)));
    }
    let [train, val, test] = ["train", "val", "test"].map(|n| dir.path().join(format!("{n}.txt")));
    let source = Source::Shenzhen { images: dir.path().to_owned(), train, val, test };
    let manifest = manifest(&source, &PrepareOptions::new("tuberculosis", 4, 1)).unwrap();
    assert_eq!(manifest.spec.labels, ["tuberculosis"]);
    assert_eq!(
        (manifest.entries[0].case.group.as_str(), &manifest.entries[0].case.target[..]),
        ("a_1", &[1.0][..])
    );
}

#[test]
fn masks_without_partners_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let (images, masks) = (dir.path().join("images"), dir.path().join("masks"));
    for name in ["a", "b", "c", "d"] {
        put(&images.join(format!("{name}.png")), &grey_png(4, 4, |_, _| 0));
    }
    put(&images.join("d.jpg"), b"");
    put(&images.join("notes.txt"), b"");
    for name in ["c", "d", "e"] {
        put(&masks.join(format!("{name}.png")), &grey_png(4, 4, |_, _| 0));
    }
    let source = Source::MaskFolder { images, masks, split: halves(), mask_bits: None };
    insta::assert_snapshot!(error_of(&source, &PrepareOptions::new("lungs", 4, 1), dir.path()), @r"
    lungs: 3 problems
      [dir]/images: d.jpg and d.png share one stem; keep one of them
      2 of 4 images in [dir]/images have no mask of the same name in [dir]/masks: a.png, b.png
      1 masks in [dir]/masks have no image of the same name in [dir]/images: e.png
    ");
}

#[test]
fn classes_are_indices_in_the_order_of_the_labels() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("coarse.csv");
    let mut text = "image,label\n".to_owned();
    for i in 0..8 {
        put(&dir.path().join(format!("i{i}.png")), &grey_png(4, 4, |_, _| i));
        text.push_str(&format!("i{i}.png,{}\n", ["ring", "bar"][usize::from(i % 2)]));
    }
    put(&list, text.as_bytes());
    let source = Source::Labelled { images: dir.path().to_owned(), list: list.clone(), split: halves() };
    let mut options = PrepareOptions::new("shapes", 4, 1);
    let found = manifest(&source, &options).unwrap();
    assert_eq!(found.spec.labels, ["bar", "ring"]);
    assert_eq!(found.entries[0].case.target, [1.0]);
    options.labels = vec!["ring".to_owned(), "disc".to_owned()];
    put(&list, b"image,label\ni0.png,ring\ni1.png,bar\ni7.png,disc\ni8.png,disc\n../i1.png,disc\n");
    insta::assert_snapshot!(error_of(&source, &options, dir.path()), @r"
    shapes: 3 problems
      [dir]/coarse.csv line 3: unknown label `bar`: expected one of ring, disc
      [dir]/coarse.csv line 6: the name `../i1.png` leads out of the image folder
      1 of 3 listed images are missing in [dir]: i8.png ([dir]/coarse.csv line 5)
    ");
}

#[test]
fn an_empty_folder_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::Unlabelled { images: dir.path().to_owned() };
    insta::assert_snapshot!(error_of(&source, &PrepareOptions::new("natural", 4, 1), dir.path()), @"natural: there are no images");
}

#[test]
fn the_real_sample_keeps_its_official_split() {
    let Some(root) = shared("chest-xray14-sample") else { return };
    let card = Card::builtin("chest-xray14-sample").unwrap();
    let manifest = manifest(&Source::from_card(&card, &root), &PrepareOptions::from_card(&card)).unwrap();
    let count = |split| manifest.entries.iter().filter(|e| e.case.split == split).count();
    assert_eq!(Split::ALL.map(count), [619, 71, 310]);
    let patients: std::collections::BTreeSet<_> = manifest.entries.iter().map(|e| &e.case.group).collect();
    assert_eq!(patients.len(), 264);
}

#[test]
fn the_real_lungs_split_by_image() {
    let Some(root) = shared("cxr-lungs") else { return };
    let card = Card::builtin("cxr-lungs").unwrap();
    let manifest = manifest(&Source::from_card(&card, &root), &PrepareOptions::from_card(&card)).unwrap();
    let count = |split| manifest.entries.iter().filter(|e| e.case.split == split).count();
    assert_eq!(Split::ALL.map(count), [72, 8, 20]);
    assert!(manifest.entries.iter().all(|e| e.mask.is_some()));
}
