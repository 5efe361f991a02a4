//! `medtransfer train`: fine-tuning runs into the results store.
//!
//! [`Task`] x [`Start`] x seeds gives jobs; the demo builds its grid from the same parts.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use analysis::store::Store;

use crate::cli::TrainArgs;
use crate::dataset::Cache;
use crate::progress::{Progress, say};
use crate::provenance::Clock;
use crate::sweep::{Job, Summary, run_all};
use crate::train::augment::Normalize;
use crate::train::checkpoint;
use crate::train::finetune::{FinetuneConfig, Init, finetune, identity};
use crate::train::net::{Arch, EncoderConfig};
use crate::train::weights::{self, Lineage};
use crate::train::{CHECKPOINT_EVERY, Progress as Step, RunContext};
use crate::{Error, Result, interrupt};

/// Where a run starts from: the initialization as tables name it.
#[derive(Debug, Clone)]
pub struct Start {
    /// Name in tables.
    pub model: String,
    /// Family in tables.
    pub family: String,
    /// Data seen before, oldest first.
    pub pretrained_on: String,
    /// First values.
    pub init: Init,
    /// Network, where the weights say which.
    pub arch: Option<EncoderConfig>,
    /// Normalization that the weights were trained with.
    pub normalize: Option<Normalize>,
    /// Added to every seed: a second random initialization under another name.
    pub seed_offset: u64,
}

impl Start {
    /// Random weights.
    pub fn scratch() -> Self {
        Self {
            model: "scratch".to_owned(),
            family: "scratch".to_owned(),
            pretrained_on: String::new(),
            init: Init::Scratch,
            arch: None,
            normalize: None,
            seed_offset: 0,
        }
    }

    /// Weights with their lineage.
    ///
    /// # Errors
    /// When the file is not a safetensors file of this program.
    pub fn from_weights(path: &Path) -> Result<Self> {
        let lineage = lineage(path)?;
        Ok(Self {
            arch: Some(lineage.arch.parse()?),
            normalize: Some(lineage.normalize.parse()?),
            model: lineage.model,
            family: lineage.family,
            pretrained_on: lineage.pretrained_on,
            init: Init::Weights(path.to_owned()),
            seed_offset: 0,
        })
    }
}

/// The lineage in a weights file.
///
/// # Errors
/// When the file cannot be read, or carries none.
pub fn lineage(path: &Path) -> Result<Lineage> {
    weights::read(path)?.lineage.ok_or_else(|| {
        let shown = path.display();
        Error::input(format!(
            "{shown} carries no lineage: make it one with `medtransfer weights convert {shown} --out FILE`"
        ))
    })
}

/// Runs what was typed.
///
/// # Errors
/// When the task, the weights or an option is wrong, a run fails, or Ctrl-C was pressed.
pub fn run(args: &TrainArgs, quiet: bool) -> Result<()> {
    let cache = Cache::open(&cache_folder(&args.task, &args.cache))?;
    let mut start =
        if args.init == "scratch" { Start::scratch() } else { Start::from_weights(Path::new(&args.init))? };
    if let Some(model) = &args.model {
        model.trim().clone_into(&mut start.model);
    }
    if start.model.is_empty() || MOST_LETTERS < start.model.chars().count() {
        return Err(Error::input(format!(
            "--model: a name of 1 to {MOST_LETTERS} letters, it stands in file names and tables"
        )));
    }
    if args.jobs == 0 {
        return Err(Error::input("--jobs 0: at least 1 run at a time"));
    }
    let encoder = match (&args.arch, start.arch) {
        (Some(text), _) => text.parse()?,
        (None, Some(arch)) => arch,
        (None, None) => EncoderConfig::published(Arch::Resnet50),
    };
    let seeds = seeds(&args.seed)?;
    let store = Store::create(&args.store)?;
    let plan = seeds
        .iter()
        .map(|&seed| Ok((&cache, start.clone(), config(args, &cache, &start, encoder, seed)?)))
        .collect::<Result<Vec<_>>>()?;
    let title = format!("{} from {}", cache.spec.name, start.model);
    let summary = run_grid(plan, &store, &args.experiment, args.jobs, &title, quiet)?;
    if !quiet {
        say(&format!(
            "{} runs done, {} already in the store {}",
            summary.n_done,
            summary.n_skipped,
            args.store.display()
        ));
    }
    Ok(())
}

/// A cache folder by path, or by name inside the folder of caches.
fn cache_folder(task: &str, caches: &Path) -> PathBuf {
    let direct = PathBuf::from(task);
    if direct.join("cache.json").is_file() { direct } else { caches.join(task) }
}

/// Seeds as typed: `3`, `0,1,7`, `0-4`, or a mixture; sorted, each once.
fn seeds(text: &str) -> Result<Vec<u64>> {
    let wrong =
        || Error::input(format!("--seed `{text}`: expected a number, a list `0,1,7` or a range `0-4`"));
    let mut seeds = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let first: u64 = first.trim().parse().map_err(|_| wrong())?;
        let last: u64 = last.trim().parse().map_err(|_| wrong())?;
        if last < first || last - first >= MOST_SEEDS {
            return Err(wrong());
        }
        seeds.extend(first..=last);
    }
    seeds.sort_unstable();
    seeds.dedup();
    Ok(seeds)
}

/// Longest name of an initialization.
const MOST_LETTERS: usize = 100;
/// More seeds in one range are a slip of the keyboard.
const MOST_SEEDS: u64 = 10_000;

fn config(
    args: &TrainArgs,
    cache: &Cache,
    start: &Start,
    encoder: EncoderConfig,
    seed: u64,
) -> Result<FinetuneConfig> {
    let mut config = FinetuneConfig::protocol(cache.spec.kind, encoder, start.init.clone(), seed)?;
    config.device.clone_from(&args.device);
    config.label_fraction = args.label_fraction;
    config.freeze = args.freeze;
    if let Some(normalize) = start.normalize {
        config.normalize = normalize;
    }
    if let Some(epochs) = args.epochs {
        config.epochs = epochs;
    }
    if let Some(batch) = args.batch {
        config.batch = batch;
    }
    if let Some(lr) = args.lr {
        config.learning_rate = lr;
    }
    if let Some(patience) = args.patience {
        config.patience = Some(patience);
    }
    config.check(cache.spec.kind)?;
    Ok(config)
}

/// Runs every (task, start, configuration) that is not in the store, `n_slots` at a time.
///
/// # Errors
/// As [`run_all`].
pub fn run_grid(
    plan: Vec<(&Cache, Start, FinetuneConfig)>,
    store: &Store,
    experiment: &str,
    n_slots: usize,
    title: &str,
    quiet: bool,
) -> Result<Summary> {
    let clock = Clock::from_environment()?;
    let checkpoints = store.root().join("checkpoints");
    let progress = Progress::new(title, plan.len(), quiet);
    let n_runs = plan.len();
    let jobs = plan
        .into_iter()
        .map(|(cache, start, config)| {
            let watch = if n_runs == 1 { Some(&progress) } else { None };
            job(cache, start, config, &checkpoints, experiment, clock, watch)
        })
        .collect::<Result<Vec<_>>>()?;
    let summary = run_all(jobs, store, n_slots, interrupt::flag(), &progress);
    // Empty unless a run was stopped; then its checkpoint is in it.
    let _ = std::fs::remove_dir(&checkpoints);
    summary
}

fn job<'a>(
    cache: &'a Cache,
    start: Start,
    mut config: FinetuneConfig,
    checkpoints: &'a Path,
    experiment: &'a str,
    clock: Clock,
    watch: Option<&'a Progress>,
) -> Result<Job<'a>> {
    let seed = config.seed;
    config.seed = seed.wrapping_add(start.seed_offset);
    let id = identity(&config, cache, experiment, &start.model)?;
    let run_id = id.run_id.clone();
    let work = move |stop: &AtomicBool| {
        let finished_at = move || clock.now();
        let told = |step: Step| tell(watch, &step);
        let context = RunContext {
            run_id: id.run_id,
            config_hash: id.config_hash,
            experiment: experiment.to_owned(),
            model: start.model,
            family: start.family,
            pretrained_on: start.pretrained_on,
            clock_frozen: clock.is_frozen(),
            finished_at: &finished_at,
            checkpoints: Some(checkpoints.to_owned()),
            checkpoint_every: CHECKPOINT_EVERY,
            progress: &told,
            stop,
        };
        let mut record = finetune(&config, cache, &context)?;
        // The store keeps the seed that was asked for; an offset is part of what the initialization is.
        record.runs.iter_mut().for_each(|row| row.seed = i64::try_from(seed).unwrap_or(i64::MAX));
        Ok(record)
    };
    let done = run_id.clone();
    Ok(Job {
        run_id,
        work: Box::new(work),
        afterwards: Box::new(move || {
            // A checkpoint that stays is only disk space: the run is in the store and is skipped from now on.
            let _ = checkpoint::remove(&checkpoint::path(checkpoints, &done));
        }),
    })
}

/// What a single run says while it goes on.
fn tell(watch: Option<&Progress>, step: &Step) {
    match step {
        Step::Warning(text) => say(&format!("warning: {text}")),
        Step::Resumed { epoch } => say(&format!("resuming after epoch {epoch}")),
        Step::Epoch(epoch) => {
            if let Some(progress) = watch {
                let val = epoch.val_loss.map_or(String::new(), |loss| format!(", validation {loss:.4}"));
                progress.note(&format!(
                    "epoch {} of at most {}: loss {:.4}{val}, {:.0} images/s",
                    epoch.epoch, epoch.epochs, epoch.train_loss, epoch.images_per_second
                ));
            }
        }
        Step::Step { .. } | Step::Testing => {}
    }
}

#[cfg(test)]
mod tests {
    use super::seeds;

    #[test]
    fn seeds_are_lists_and_ranges() {
        assert_eq!(seeds("3").unwrap(), [3]);
        assert_eq!(seeds("0-2,7, 1").unwrap(), [0, 1, 2, 7]);
        for wrong in ["", "a", "3-1", "1-", "-1", "0-99999999"] {
            assert_eq!(seeds(wrong).unwrap_err().exit_code(), 2, "{wrong}");
        }
    }
}
