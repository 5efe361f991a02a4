//! `medtransfer demo`: the whole path on made images, small enough for two cores and four minutes.
//!
//! Images -> caches -> four pre-trainings -> 6 initializations x 3 tasks x 5 seeds -> store -> analysis -> report. Everything that is
//! there already is kept, so an interrupted demo goes on. The sixth initialization is a control: random weights again, under
//! another name; a difference from `scratch` would be a false alarm.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use analysis::store::Store;
use analysis::table::Tidy;
use reports::Target;

use crate::cli::{DemoArgs, NotebookArgs};
use crate::command::data::prepare_card;
use crate::command::pretrain::{SMALL_NET, into_weights};
use crate::command::report;
use crate::command::train::{Start, run_grid};
use crate::dataset::phantom::{self, PhantomConfig};
use crate::dataset::{Cache, Card, TaskKind};
use crate::progress::say;
use crate::train::finetune::FinetuneConfig;
use crate::train::pretrain::PretrainConfig;
use crate::{At, Error, Result, output};

/// Seeds of every initialization on every task.
const SEEDS: std::ops::Range<u64> = 0..5;
/// Keeps the control's random weights apart from those of `scratch`.
const CONTROL_OFFSET: u64 = 1_000;
/// The tasks, by their cards.
const TASKS: [&str; 3] = ["phantom-chest", "phantom-nodule", "phantom-vessel"];
/// The made medical set to pre-train on.
const CLINIC: &str = "phantom-clinic";
/// The notebook, carried by the program so that the demo runs anywhere.
const NOTEBOOK: &str = include_str!("../../reports/notebooks/demo.md");

/// Learning rates for a small network and small sets; the protocol's are for ResNet-50 and tens of thousands of images.
const PRETRAIN_RATE: f64 = 2e-3;
const FINETUNE_RATE: f64 = 1e-3;

/// One pre-training of the demo.
struct Recipe {
    model: &'static str,
    method: &'static str,
    data: &'static str,
    from: Option<&'static str>,
    family: &'static str,
    epochs: usize,
}

/// One of each family, in chains that can run side by side; `continual` goes on from `coarse` on the made medical set.
const CHAINS: [&[Recipe]; 3] = [
    &[Recipe {
        model: "simclr",
        method: "simclr",
        data: "phantom-natural",
        from: None,
        family: "ssl",
        epochs: 10,
    }],
    &[
        Recipe {
            model: "coarse",
            method: "supervised",
            data: "phantom-natural-coarse",
            from: None,
            family: "supervised",
            epochs: 10,
        },
        Recipe {
            model: "continual",
            method: "supervised",
            data: CLINIC,
            from: Some("coarse"),
            family: "continual",
            epochs: 10,
        },
    ],
    &[Recipe {
        model: "fine",
        method: "supervised",
        data: "phantom-natural-fine",
        from: None,
        family: "inat",
        epochs: 10,
    }],
];
/// The order of the starts in the plan.
const PRETRAINED: [&str; 4] = ["coarse", "fine", "simclr", "continual"];

/// Runs what was typed.
///
/// # Errors
/// When a stage fails or Ctrl-C was pressed; the same command then goes on from there.
pub fn run(args: &DemoArgs, quiet: bool) -> Result<()> {
    let start = Instant::now();
    let jobs = args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let stage = |name: &str| {
        if !quiet {
            say(&format!("[{:>4.0} s] {name}", start.elapsed().as_secs_f64()));
        }
    };
    stage("making images and decoding them");
    let caches = caches(args, quiet)?;
    stage("pre-training: coarse, fine, simclr, continual");
    let starts = starts(args, &caches, jobs, quiet)?;
    stage("fine-tuning");
    let store = fine_tune(args, &caches, &starts, jobs, quiet)?;
    stage("analysis and report");
    let comparison = compare(&args.out, &store)?;
    let documents = build_report(&args.out, &store, quiet)?;
    stage("done");
    let mut lines = documents;
    lines.push(comparison.display().to_string());
    lines.push(store.root().display().to_string());
    output::to_stdout(&lines.join("\n"))
}

fn caches(args: &DemoArgs, quiet: bool) -> Result<PathBuf> {
    let caches = args.out.join("cache");
    let (images, config) = (args.out.join("images"), PhantomConfig::demo(args.seed));
    phantom::generate(&images, &config)?;
    for card in phantom::cards(&config) {
        prepare_card(&card, &images, &caches, quiet)?;
    }
    // The made medical set that `continual` goes on with: other patients of another made clinic.
    let (images, config) = (args.out.join("clinic"), clinic(args.seed));
    phantom::generate(&images, &config)?;
    let card = phantom::cards(&config).into_iter().find(|card| card.name == "phantom-chest");
    let card = card.ok_or_else(|| Error::failed("the made images hold no chest set"))?;
    prepare_card(&Card { name: CLINIC.to_owned(), ..card }, &images, &caches, quiet)?;
    Ok(caches)
}

/// A larger chest set with patients of its own; the other sets are as small as they may be.
fn clinic(seed: u64) -> PhantomConfig {
    PhantomConfig {
        natural: 16,
        chest: [600, 60, 60],
        nodule: [2, 2, 2],
        vessel: [2, 2, 2],
        ..PhantomConfig::demo(seed.wrapping_add(1))
    }
}

/// Pre-trains what is not there yet, `jobs` chains at a time, and names all starts.
fn starts(args: &DemoArgs, caches: &Path, jobs: usize, quiet: bool) -> Result<Vec<Start>> {
    let queue = Mutex::new(CHAINS.iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        let slots: Vec<_> = (0..jobs.clamp(1, CHAINS.len()))
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    while let Some(chain) = next() {
                        chain.iter().try_for_each(|recipe| pretrain(args, caches, recipe, quiet))?;
                    }
                    Ok(())
                })
            })
            .collect();
        // Every slot is waited for before the first error is told.
        let results: Vec<Result<()>> = slots
            .into_iter()
            .map(|slot| slot.join().unwrap_or_else(|_| Err(Error::failed("a pre-training broke off"))))
            .collect();
        results.into_iter().collect::<Result<()>>()
    })?;
    let control =
        Start { model: "scratch-control".to_owned(), seed_offset: CONTROL_OFFSET, ..Start::scratch() };
    let pretrained = PRETRAINED.iter().map(|model| Start::from_weights(&weights(args, model)));
    [Ok(Start::scratch()), Ok(control)].into_iter().chain(pretrained).collect()
}

fn weights(args: &DemoArgs, model: &str) -> PathBuf {
    args.out.join("weights").join(format!("{model}.safetensors"))
}

fn pretrain(args: &DemoArgs, caches: &Path, recipe: &Recipe, quiet: bool) -> Result<()> {
    let cache = Cache::open(&caches.join(recipe.data))?;
    let mut config =
        PretrainConfig::small(recipe.method.parse()?, SMALL_NET.parse()?, 0, weights(args, recipe.model));
    config.from = recipe.from.map(|model| weights(args, model));
    config.family = recipe.family.to_owned();
    config.epochs = recipe.epochs;
    config.learning_rate = PRETRAIN_RATE;
    config.device.clone_from(&args.device);
    into_weights(&config, &cache, recipe.model, quiet).map(|_| ())
}

fn fine_tune(args: &DemoArgs, caches: &Path, starts: &[Start], jobs: usize, quiet: bool) -> Result<Store> {
    let store = Store::create(&args.out.join("store"))?;
    let caches = TASKS.iter().map(|task| Cache::open(&caches.join(task))).collect::<Result<Vec<_>>>()?;
    let mut plan = Vec::new();
    for cache in &caches {
        for start in starts {
            for seed in SEEDS {
                plan.push((cache, start.clone(), config(cache, start, seed, &args.device)?));
            }
        }
    }
    run_grid(plan, &store, "demo", jobs, "fine-tuning", quiet)?;
    Ok(store)
}

/// The protocol at the demo's size.
fn config(cache: &Cache, start: &Start, seed: u64, device: &str) -> Result<FinetuneConfig> {
    let kind = cache.spec.kind;
    let mut config = FinetuneConfig::protocol(kind, SMALL_NET.parse()?, start.init.clone(), seed)?;
    device.clone_into(&mut config.device);
    config.normalize = crate::train::augment::Normalize::Half;
    config.learning_rate = FINETUNE_RATE;
    config.batch = if kind == TaskKind::Mask { 8 } else { 16 };
    config.epochs = 20;
    Ok(config)
}

/// Writes every comparison with scratch beside the report.
fn compare(out: &Path, store: &Store) -> Result<PathBuf> {
    use analysis::tidy::{CompareConfig, Pairs, Unit, compare};
    let results = analysis::input::from_runs(&store.runs()?);
    let config =
        CompareConfig { unit: Unit::Seed, ..CompareConfig::welch(Pairs::Baseline("scratch".to_owned())) };
    let path = out.join("compare.csv");
    output::write(&path, Tidy::from_comparisons(&compare(&results, &config)?).to_csv().as_bytes())?;
    Ok(path)
}

fn build_report(out: &Path, store: &Store, quiet: bool) -> Result<Vec<String>> {
    let folder = out.join("report");
    std::fs::create_dir_all(&folder).at("make folder", &folder)?;
    let notebook = out.join("report.md");
    output::write(&notebook, NOTEBOOK.as_bytes())?;
    let args =
        NotebookArgs { notebook, store: Some(store.root().to_owned()), params: Vec::new(), templates: None };
    let written = report::build(&args, &folder, &[Target::Html, Target::Markdown, Target::Latex], quiet)?;
    let documents: Vec<String> = written
        .into_iter()
        .filter(|path| [".html", ".md", ".tex"].iter().any(|end| path.ends_with(end)))
        .collect();
    if documents.is_empty() { Err(Error::failed("the report has no documents")) } else { Ok(documents) }
}
