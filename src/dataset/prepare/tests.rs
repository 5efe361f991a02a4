//! Caches made, found up to date, rebuilt, damaged; bad sources; the real sets.

use std::cell::RefCell;
use std::fs;

use super::*;
use crate::dataset::decode::image;
use crate::dataset::source::SplitRule;
use crate::dataset::source::tests::{chest, grey_png, put, shared, strip};

fn quiet(_: usize, _: usize) {}

fn built(source: &Source, dir: &Path, options: &PrepareOptions) -> Option<String> {
    prepare(source, dir, options, &quiet)
        .unwrap()
        .built
        .map(|reason| reason.replace(&dir.parent().unwrap().display().to_string(), "[dir]"))
}

fn error_of(source: &Source, options: &PrepareOptions, root: &Path) -> String {
    let dir = root.join("cache");
    let error = prepare(source, &dir, options, &quiet).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(!dir.exists() && !root.join("cache.part").exists(), "a partial cache was left");
    strip(&error, root)
}

#[test]
fn a_cache_holds_what_the_files_hold() {
    let root = tempfile::tempdir().unwrap();
    let (source, options) = chest(root.path());
    let calls = RefCell::new(Vec::new());
    let dir = root.path().join("deep/er/cache");
    let report =
        prepare(&source, &dir, &options, &|done, total| calls.borrow_mut().push((done, total))).unwrap();
    assert_eq!((report.built.as_deref(), report.counts), (Some("there was no cache"), [4, 2, 2]));
    assert_eq!(calls.borrow().first(), Some(&(0, 8)));
    assert_eq!(calls.borrow().last(), Some(&(8, 8)));
    let cache = Cache::open(&dir).unwrap();
    assert_eq!((cache.len(), cache.channels, cache.size, cache.digest()), (8, 1, 8, report.digest.as_str()));
    assert_eq!(cache.indices(Split::Val), [4, 5]);
    for (i, case) in cache.cases.iter().enumerate() {
        let path = root.path().join("images").join(&case.id);
        assert_eq!(cache.image(i), image(&path, 1, &LIMITS).unwrap().data, "{}", case.id);
        assert!(cache.mask(i).is_none());
    }
}

#[test]
fn an_unchanged_source_is_left_alone_and_a_changed_one_is_not() {
    let root = tempfile::tempdir().unwrap();
    let (source, mut options) = chest(root.path());
    let dir = root.path().join("cache");
    assert!(built(&source, &dir, &options).is_some());
    let first = Cache::open(&dir).unwrap().digest().to_owned();
    assert_eq!(built(&source, &dir, &options), None);
    // Another content of one image.
    let changed = root.path().join("images/001_0.png");
    put(&changed, &grey_png(8, 8, |_, _| 77));
    assert_eq!(built(&source, &dir, &options).unwrap(), "[dir]/images/001_0.png changed");
    assert_ne!(Cache::open(&dir).unwrap().digest(), first);
    // The same content written again: rebuilt, and equal.
    let second = Cache::open(&dir).unwrap().digest().to_owned();
    put(&changed, &grey_png(8, 8, |_, _| 77));
    assert!(built(&source, &dir, &options).is_some());
    assert_eq!(Cache::open(&dir).unwrap().digest(), second);
    // A list.
    put(&root.path().join("val.txt"), b"003_1.png 1 1\n");
    assert!(built(&source, &dir, &options).unwrap().contains("val.txt changed"));
    assert_eq!(Cache::open(&dir).unwrap().len(), 7);
    // Options.
    options.size = 4;
    insta::assert_snapshot!(built(&source, &dir, &options).unwrap(), @"the options changed from 8 px, 1 channels, mask bits None to 4 px, 1 channels, mask bits None");
    options.labels = vec!["a".to_owned(), "c".to_owned()];
    insta::assert_snapshot!(built(&source, &dir, &options).unwrap(), @"the task, its labels or its splits changed");
    assert_eq!(built(&source, &dir, &options), None);
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let (source, options) = chest(root.path());
    let [a, b] = ["a", "b"].map(|name| root.path().join(name));
    prepare(&source, &a, &options, &quiet).unwrap();
    prepare(&source, &b, &options, &quiet).unwrap();
    for name in [IMAGES, CASES] {
        assert_eq!(fs::read(a.join(name)).unwrap(), fs::read(b.join(name)).unwrap(), "{name}");
    }
    assert_eq!(Cache::open(&a).unwrap().digest(), Cache::open(&b).unwrap().digest());
}

#[test]
fn a_damaged_cache_is_told_and_rebuilt() {
    let root = tempfile::tempdir().unwrap();
    let (source, options) = chest(root.path());
    let dir = root.path().join("cache");
    let damage = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        prepare(&source, &dir, &options, &quiet).unwrap();
        let path = dir.join(name);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        put(&path, &bytes);
        let error = Cache::open(&dir).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let reason = built(&source, &dir, &options).expect("a damaged cache is rebuilt");
        assert!(reason.contains("damaged"), "{reason}");
        assert_eq!(built(&source, &dir, &options), None);
        strip(&error, root.path())
    };
    insta::assert_snapshot!(damage(IMAGES, &|b| b.truncate(4096 + 100)), @"the cache in [dir]/cache is damaged: images.u8 has 4196 bytes, expected 4608; rebuild it with `medtransfer data prepare`");
    insta::assert_snapshot!(damage(IMAGES, &|b| b[4096 + 100] ^= 1), @"the cache in [dir]/cache is damaged: images.u8 was changed after it was written; rebuild it with `medtransfer data prepare`");
    insta::assert_snapshot!(damage(IMAGES, &|b| b[14] ^= 1), @"the cache in [dir]/cache is damaged: the header of images.u8 does not fit cache.json; rebuild it with `medtransfer data prepare`");
    insta::assert_snapshot!(damage(CASES, &|b| b[100] ^= 1), @"the cache in [dir]/cache is damaged: cases.json was changed after it was written; rebuild it with `medtransfer data prepare`");
    assert!(damage(STAMP, &|b| b.truncate(50)).contains("cache.json does not parse"));
    assert!(damage(STAMP, &|b| b.clear()).contains("cache.json does not parse"));
    prepare(&source, &dir, &options, &quiet).unwrap();
    fs::remove_file(dir.join(IMAGES)).unwrap();
    assert!(Cache::open(&dir).unwrap_err().to_string().contains("cannot read images.u8"));
    assert!(built(&source, &dir, &options).is_some());
}

#[test]
fn the_time_of_the_records_is_noted() {
    let root = tempfile::tempdir().unwrap();
    let (source, options) = chest(root.path());
    let dir = root.path().join("cache");
    prepare(&source, &dir, &options, &quiet).unwrap();
    let stamp = cache::read_stamp(&dir).unwrap();
    assert_eq!(stamp.modified.images, cache::modified_at(&dir.join(IMAGES)).unwrap());
}

#[test]
fn all_unreadable_images_are_told_and_no_cache_is_left() {
    let root = tempfile::tempdir().unwrap();
    let (source, options) = chest(root.path());
    let whole = grey_png(8, 8, |x, y| (x * 31 + y * 17) as u8);
    put(&root.path().join("images/001_1.png"), &whole[..40]);
    put(&root.path().join("images/003_0.png"), b"");
    let mut flipped = whole.clone();
    flipped[45] ^= 4;
    put(&root.path().join("images/004_1.png"), &flipped);
    let error = error_of(&source, &options, root.path());
    let (head, last) = error.rsplit_once('\n').unwrap();
    insta::assert_snapshot!(head, @r"
    chest: 3 problems
      cannot decode [dir]/images/001_1.png: the PNG file is truncated
      cannot decode [dir]/images/003_0.png: expected a PNG or JPEG file, found an empty file
    ");
    assert!(last.starts_with("  cannot decode [dir]/images/004_1.png: damaged PNG: "), "{last}");
}

#[test]
fn a_failed_rebuild_keeps_the_older_cache() {
    let root = tempfile::tempdir().unwrap();
    let (source, options) = chest(root.path());
    let dir = root.path().join("cache");
    prepare(&source, &dir, &options, &quiet).unwrap();
    put(&root.path().join("images/001_1.png"), b"x");
    prepare(&source, &dir, &options, &quiet).unwrap_err();
    assert_eq!(Cache::open(&dir).unwrap().len(), 8);
}

#[test]
fn options_out_of_range_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let (source, mut options) = chest(root.path());
    options.channels = 2;
    insta::assert_snapshot!(error_of(&source, &options, root.path()), @"the number of channels is 2, expected 1 or 3");
    options.size = 0;
    insta::assert_snapshot!(error_of(&source, &options, root.path()), @"the size is 0, expected 1 to 4096 pixels");
}

fn masked(root: &Path) -> (Source, PrepareOptions) {
    for i in 0..10u8 {
        put(&root.join(format!("images/{i}.png")), &grey_png(12, 6, |x, _| x as u8 * 9 + i));
        put(
            &root.join(format!("masks/{i}.png")),
            &grey_png(12, 6, |x, _| if i < 9 && 6 <= x { 255 } else { 0 }),
        );
    }
    let split = SplitRule { seed: 3, test: 0.2, val: 0.25, patients: None };
    let source =
        Source::MaskFolder { images: root.join("images"), masks: root.join("masks"), split, mask_bits: None };
    (source, PrepareOptions::new("lungs", 6, 1))
}

#[test]
fn masks_come_as_zeros_and_ones_and_may_be_empty() {
    let root = tempfile::tempdir().unwrap();
    let (source, options) = masked(root.path());
    let report = prepare(&source, &root.path().join("cache"), &options, &quiet).unwrap();
    assert_eq!((report.counts, report.n_empty_masks, report.n_bytes), ([6, 2, 2], 1, 720));
    let cache = Cache::open(&root.path().join("cache")).unwrap();
    let i = cache.cases.iter().position(|case| case.id == "4.png").unwrap();
    assert_eq!(cache.mask(i).unwrap(), [0, 0, 0, 1, 1, 1].repeat(6));
    let path = root.path().join("cache").join(MASKS);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    put(&path, &bytes);
    assert!(
        Cache::open(&root.path().join("cache")).unwrap_err().to_string().contains("masks.u8 was changed")
    );
}

#[test]
fn a_mask_of_another_size_is_named_with_its_image() {
    let root = tempfile::tempdir().unwrap();
    let (source, options) = masked(root.path());
    put(&root.path().join("masks/4.png"), &grey_png(6, 12, |_, _| 0));
    insta::assert_snapshot!(error_of(&source, &options, root.path()), @"the mask [dir]/masks/4.png is 6 x 12 pixels, but its image [dir]/images/4.png is 12 x 6");
    put(&root.path().join("masks/4.png"), &grey_png(12, 6, |_, _| 3));
    insta::assert_snapshot!(error_of(&source, &options, root.path()), @"[dir]/masks/4.png: the mask's values reach only 3 of 255: for a bit field say which bits (mask_bits), else save 0 and 255");
}

#[test]
fn two_makers_of_one_cache_wait_for_each_other() {
    let root = tempfile::tempdir().unwrap();
    let (source, options) = chest(root.path());
    let dir = root.path().join("cache");
    let reports: Vec<PrepareReport> = std::thread::scope(|scope| {
        let makers: Vec<_> =
            (0..4).map(|_| scope.spawn(|| prepare(&source, &dir, &options, &quiet).unwrap())).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    assert_eq!(reports.iter().filter(|report| report.built.is_some()).count(), 1);
}

#[test]
fn more_cases_than_a_chunk_keep_their_order() {
    let root = tempfile::tempdir().unwrap();
    let images = root.path().join("images");
    fs::create_dir_all(&images).unwrap();
    for i in 0..700u32 {
        put(&images.join(format!("{i:04}.png")), &grey_png(2, 2, |x, _| (i % 256) as u8 ^ x as u8));
    }
    let dir = root.path().join("cache");
    prepare(&Source::Unlabelled { images }, &dir, &PrepareOptions::new("many", 2, 3), &quiet).unwrap();
    let cache = Cache::open(&dir).unwrap();
    assert_eq!((cache.len(), cache.indices(Split::Train).len()), (700, 700));
    for i in 0..700 {
        let v = (i % 256) as u8;
        assert_eq!(cache.image(i), [v, v ^ 1, v, v ^ 1].repeat(3));
    }
}

#[test]
fn the_real_sets_become_caches() {
    for (name, counts) in [("chest-xray14-sample", [619, 71, 310]), ("cxr-lungs", [72, 8, 20])] {
        let Some(root) = shared(name) else { return };
        let card = Card::builtin(name).unwrap();
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("cache");
        let source = Source::from_card(&card, &root);
        let report = prepare(&source, &dir, &PrepareOptions::from_card(&card), &quiet).unwrap();
        assert_eq!(report.counts, counts, "{name}");
        assert_eq!(report.n_empty_masks, 0);
        let cache = Cache::open(&dir).unwrap();
        for i in 0..cache.len() {
            let (low, high) = (cache.image(i).iter().min(), cache.image(i).iter().max());
            assert!(low < high, "{} is blank", cache.cases[i].id);
            if let Some(mask) = cache.mask(i) {
                let share = mask.iter().filter(|&&v| v == 1).count() as f64 / mask.len() as f64;
                assert!(0.05 < share && share < 0.8, "{}: {share}", cache.cases[i].id);
            }
        }
    }
}
