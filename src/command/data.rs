//! `medtransfer data`: folders of images to checked caches, and made images.

use std::path::Path;

use analysis::table::{Column, Tidy, Values};

use crate::cli::{DataCommand, InspectArgs, PhantomArgs, PrepareArgs};
use crate::dataset::phantom::{self, PhantomConfig};
use crate::dataset::{Cache, Card, PrepareOptions, PrepareReport, Source, Split, TaskKind, prepare};
use crate::progress::{Progress, say};
use crate::{Error, Result, output};

/// Runs one verb.
///
/// # Errors
/// When files are missing, damaged or do not fit together, or the cache cannot be written.
pub fn run(command: DataCommand, quiet: bool) -> Result<()> {
    match command {
        DataCommand::Prepare(args) => prepare_task(&args, quiet),
        DataCommand::Inspect(args) => inspect(&args),
        DataCommand::Phantom(args) => make_phantom(&args, quiet),
    }
}

fn prepare_task(args: &PrepareArgs, quiet: bool) -> Result<()> {
    let path = Path::new(&args.task);
    let mut card = if path.extension().is_some_and(|e| e == "toml") {
        Card::read(path)?
    } else {
        Card::find(&args.task, &args.root)?
    };
    if let Some(size) = args.size {
        card.size = size;
    }
    if let Some(seed) = args.seed {
        card.reseed(seed)?;
    }
    if !args.root.is_dir() {
        return Err(Error::input(format!(
            "--root {}: no such folder; the files of {} come from {}",
            args.root.display(),
            card.name,
            card.url
        )));
    }
    let report = prepare_card(&card, &args.root, &args.cache, quiet)?;
    if let Some(expected) = card.counts.filter(|counts| *counts != report.counts) {
        let found = report.counts;
        say(&format!(
            "warning: the official lists of {} hold {expected:?} cases (train, val, test), these {found:?}",
            card.name
        ));
    }
    if !quiet {
        output::to_stdout(&describe(&card, &report))?;
    }
    Ok(())
}

/// Prepares a card's task into `<caches>/<name>`.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_card(card: &Card, root: &Path, caches: &Path, quiet: bool) -> Result<PrepareReport> {
    let bar = std::cell::OnceCell::new();
    let title = format!("decoding {}", card.name);
    let report = prepare(
        &Source::from_card(card, root),
        &caches.join(&card.name),
        &PrepareOptions::from_card(card),
        &|done, total| {
            bar.get_or_init(|| Progress::new(&title, total, quiet)).at(done, "");
        },
    );
    if let Some(bar) = bar.get() {
        bar.finish();
    }
    report
}

fn describe(card: &Card, report: &PrepareReport) -> String {
    let [train, val, test] = report.counts;
    let why = report.built.as_ref().map_or("up to date".to_owned(), |why| format!("built: {why}"));
    let made = if card.made { ", made images" } else { "" };
    let empty = if report.n_empty_masks > 0 {
        format!(", {} masks are empty", report.n_empty_masks)
    } else {
        String::new()
    };
    format!(
        "{}: {train} train, {val} val, {test} test at {} px{made}{empty} ({why})\n{}",
        card.name,
        card.size,
        report.dir.display()
    )
}

fn make_phantom(args: &PhantomArgs, quiet: bool) -> Result<()> {
    let config = PhantomConfig { size: args.size, ..PhantomConfig::demo(args.seed) };
    let report = phantom::generate(&args.out, &config)?;
    if !quiet {
        let state = if report.made { "made" } else { "up to date" };
        output::to_stdout(&format!("{} made images in {} ({state})", report.n_images, args.out.display()))?;
    }
    let Some(caches) = &args.cache else { return Ok(()) };
    for card in phantom::cards(&config) {
        let report = prepare_card(&card, &args.out, caches, quiet)?;
        if !quiet {
            output::to_stdout(&describe(&card, &report))?;
        }
    }
    Ok(())
}

/// A row a split and label: cases, patients, positives.
fn inspect(args: &InspectArgs) -> Result<()> {
    let cache = Cache::open(&args.cache)?;
    let mut rows: Vec<(String, String, i64, i64, Option<i64>, Option<f64>)> = Vec::new();
    for split in Split::ALL {
        let indices = cache.indices(split);
        let mut groups: Vec<&str> = indices.iter().map(|&i| cache.cases[i].group.as_str()).collect();
        groups.sort_unstable();
        groups.dedup();
        let mean = mean_pixel(&cache, &indices);
        let (n, n_groups) = (count(indices.len()), count(groups.len()));
        let mut push = |label: &str, positive| {
            rows.push((split.as_str().to_owned(), label.to_owned(), n, n_groups, positive, mean))
        };
        match cache.spec.kind {
            TaskKind::MultiLabel | TaskKind::Binary => {
                for (at, label) in cache.spec.labels.iter().enumerate() {
                    push(
                        label,
                        Some(count(indices.iter().filter(|&&i| cache.cases[i].target[at] > 0.5).count())),
                    );
                }
            }
            TaskKind::MultiClass => {
                for (at, label) in cache.spec.labels.iter().enumerate() {
                    let is_class =
                        |i: &&usize| (f64::from(cache.cases[**i].target[0]) - at as f64).abs() < 0.5;
                    push(label, Some(count(indices.iter().filter(is_class).count())));
                }
            }
            TaskKind::Mask => {
                let filled = indices
                    .iter()
                    .filter(|&&i| cache.mask(i).is_some_and(|mask| mask.iter().any(|&v| v != 0)));
                push("mask", Some(count(filled.count())));
            }
            TaskKind::Unlabelled => push("", None),
        }
    }
    let text =
        |pick: &dyn Fn(usize) -> String| Values::Text((0..rows.len()).map(|row| Some(pick(row))).collect());
    let tidy = Tidy {
        columns: vec![
            Column { name: "task".to_owned(), values: text(&|_| cache.spec.name.clone()) },
            Column { name: "split".to_owned(), values: text(&|row| rows[row].0.clone()) },
            Column { name: "label".to_owned(), values: text(&|row| rows[row].1.clone()) },
            Column {
                name: "n_cases".to_owned(),
                values: Values::Int(rows.iter().map(|row| Some(row.2)).collect()),
            },
            Column {
                name: "n_groups".to_owned(),
                values: Values::Int(rows.iter().map(|row| Some(row.3)).collect()),
            },
            Column {
                name: "n_positive".to_owned(),
                values: Values::Int(rows.iter().map(|row| row.4).collect()),
            },
            Column {
                name: "mean_pixel".to_owned(),
                values: Values::Float(rows.iter().map(|row| row.5).collect()),
            },
            Column {
                name: "made".to_owned(),
                values: text(&|_| if cache.spec.made { "yes" } else { "no" }.to_owned()),
            },
        ],
    };
    output::print(&tidy, &args.output)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Mean grey value in [0, 255] of the images at `indices`; `None` where there are none.
fn mean_pixel(cache: &Cache, indices: &[usize]) -> Option<f64> {
    let sum: u64 = indices.iter().flat_map(|&i| cache.image(i)).map(|&v| u64::from(v)).sum();
    let n = indices.iter().map(|&i| cache.image(i).len()).sum::<usize>();
    (n > 0).then(|| sum as f64 / n as f64)
}
