//! `medtransfer data`: folders of images to checked caches, and made images.

use std::collections::BTreeSet;
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

/// What `inspect` says of one label in one split.
struct Counted {
    split: Split,
    label: String,
    n_cases: i64,
    n_groups: i64,
    n_positive: Option<i64>,
    mean_pixel: Option<f64>,
}

/// A row a split and label: cases, patients, positives.
fn inspect(args: &InspectArgs) -> Result<()> {
    let cache = Cache::open(&args.cache)?;
    let rows: Vec<Counted> = Split::ALL.into_iter().flat_map(|split| counted(&cache, split)).collect();
    let text =
        |pick: &dyn Fn(&Counted) -> String| Values::Text(rows.iter().map(|row| Some(pick(row))).collect());
    let whole = |pick: &dyn Fn(&Counted) -> Option<i64>| Values::Int(rows.iter().map(pick).collect());
    let made = if cache.spec.made { "yes" } else { "no" };
    let columns = [
        ("task", text(&|_| cache.spec.name.clone())),
        ("split", text(&|row| row.split.as_str().to_owned())),
        ("label", text(&|row| row.label.clone())),
        ("n_cases", whole(&|row| Some(row.n_cases))),
        ("n_groups", whole(&|row| Some(row.n_groups))),
        ("n_positive", whole(&|row| row.n_positive)),
        ("mean_pixel", Values::Float(rows.iter().map(|row| row.mean_pixel).collect())),
        ("made", text(&|_| made.to_owned())),
    ];
    let columns =
        columns.into_iter().map(|(name, values)| Column { name: name.to_owned(), values }).collect();
    output::print(&Tidy { columns }, &args.output)
}

fn counted(cache: &Cache, split: Split) -> Vec<Counted> {
    let indices = cache.indices(split);
    let groups: BTreeSet<&str> = indices.iter().map(|&i| cache.cases[i].group.as_str()).collect();
    let mean_pixel = mean_pixel(cache, &indices);
    let positives =
        |holds: &dyn Fn(usize) -> bool| Some(count(indices.iter().filter(|&&i| holds(i)).count()));
    let target = |i: usize, at: usize| f64::from(cache.cases[i].target[at]);
    let labels: Vec<(String, Option<i64>)> = match cache.spec.kind {
        TaskKind::MultiLabel | TaskKind::Binary => {
            let label = |(at, label): (usize, &String)| (label.clone(), positives(&|i| target(i, at) > 0.5));
            cache.spec.labels.iter().enumerate().map(label).collect()
        }
        TaskKind::MultiClass => {
            let class = |(at, label): (usize, &String)| {
                (label.clone(), positives(&|i| (target(i, 0) - at as f64).abs() < 0.5))
            };
            cache.spec.labels.iter().enumerate().map(class).collect()
        }
        TaskKind::Mask => {
            vec![(
                "mask".to_owned(),
                positives(&|i| cache.mask(i).is_some_and(|mask| mask.iter().any(|&v| v != 0))),
            )]
        }
        TaskKind::Unlabelled => vec![(String::new(), None)],
    };
    let row = |(label, n_positive)| Counted {
        split,
        label,
        n_cases: count(indices.len()),
        n_groups: count(groups.len()),
        n_positive,
        mean_pixel,
    };
    labels.into_iter().map(row).collect()
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
