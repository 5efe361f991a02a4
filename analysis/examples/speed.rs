//! Times the functions that `benches/speed` sets beside their Python peers; not of use by itself.
//!
//! `speed auc|bootstrap|improvement FOLDER`: reads the inputs that `benches/peers/speed.py` wrote there (little-endian
//! numbers, sizes in `sizes.json`) and prints CPU and wall seconds and the results as JSON.

use std::fs;
use std::path::Path;
use std::time::Instant;

use analysis::metric::auc;
use analysis::stat::{
    AggregateConfig, Alternative, AucBootstrapConfig, Holes, Labels, Scores, Statistic, Strata, Untestable,
    aggregate, macro_auc_bootstrap, probability_of_improvement,
};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, what, folder] = arguments.as_slice() else {
        return Err("usage: speed auc|bootstrap|improvement FOLDER".into());
    };
    let folder = Path::new(folder);
    let sizes: Value = serde_json::from_slice(&fs::read(folder.join("sizes.json"))?)?;
    let size = |name: &str| sizes[name].as_u64().unwrap_or_default() as usize;
    let found = match what.as_str() {
        "auc" => time_auc(folder, size("labels"), size("cases"))?,
        "bootstrap" => time_bootstrap(folder, size("labels"), size("cases"), size("resamples"))?,
        "improvement" => {
            let shape = [size("models"), size("tasks"), size("runs")];
            time_improvement(folder, shape, size("resamples"))?
        }
        other => return Err(format!("no timing '{other}'").into()),
    };
    println!("{found}");
    Ok(())
}

fn said(why: Untestable) -> String {
    why.explain("a", "b")
}

/// CPU seconds of this thread (user and system), by the kernel's own count in nanoseconds.
fn cpu_of_thread() -> Result<f64, Failure> {
    seconds_in(Path::new("/proc/thread-self/schedstat"))
}

/// CPU seconds of all threads that live.
fn cpu_of_process() -> Result<f64, Failure> {
    let mut sum = 0.0;
    for thread in fs::read_dir("/proc/self/task")? {
        sum += seconds_in(&thread?.path().join("schedstat"))?;
    }
    Ok(sum)
}

fn seconds_in(path: &Path) -> Result<f64, Failure> {
    let text = fs::read_to_string(path)?;
    let nanoseconds: f64 = text.split_whitespace().next().ok_or("an empty schedstat")?.parse()?;
    Ok(nanoseconds / 1e9)
}

/// `n` doubles of a file in rows of `width`.
fn numbers(path: &Path, width: usize) -> Result<Vec<Vec<f64>>, Failure> {
    let bytes = fs::read(path)?;
    let (chunks, _) = bytes.as_chunks::<8>();
    let all: Vec<f64> = chunks.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    Ok(all.chunks(width).map(<[f64]>::to_vec).collect())
}

fn truths(path: &Path, width: usize) -> Result<Vec<Vec<bool>>, Failure> {
    Ok(fs::read(path)?.chunks(width).map(|row| row.iter().map(|byte| *byte == 1).collect()).collect())
}

/// AUCs of all labels, one after the other on one thread.
fn time_auc(folder: &Path, n_labels: usize, n_cases: usize) -> Result<Value, Failure> {
    // The kernel adds up at its ticks, a few milliseconds apart: a batch takes many of them.
    const BATCHES: usize = 9;
    const REPEATS: usize = 50;
    let scores = numbers(&folder.join("scores-a.bin"), n_cases)?;
    let targets = truths(&folder.join("targets.bin"), n_cases)?;
    assert_eq!((scores.len(), targets.len()), (n_labels, n_labels));
    let mut seconds = Vec::new();
    let mut aucs: Vec<Option<f64>> = Vec::new();
    for _ in 0..BATCHES {
        let start = cpu_of_thread()?;
        for _ in 0..REPEATS {
            aucs = scores.iter().zip(&targets).map(|(scores, targets)| auc(scores, targets)).collect();
        }
        seconds.push((cpu_of_thread()? - start) / REPEATS as f64);
    }
    Ok(json!({ "cpu": seconds, "aucs": aucs }))
}

/// Macro AUCs of two models in the same resamples, on all cores.
fn time_bootstrap(
    folder: &Path,
    n_labels: usize,
    n_cases: usize,
    n_resamples: usize,
) -> Result<Value, Failure> {
    let a = numbers(&folder.join("scores-a.bin"), n_cases)?;
    let b = numbers(&folder.join("scores-b.bin"), n_cases)?;
    let targets = truths(&folder.join("targets.bin"), n_cases)?;
    assert_eq!(a.len(), n_labels);
    let targets: Vec<Vec<Option<bool>>> =
        targets.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
    let targets: Vec<&[Option<bool>]> = targets.iter().map(Vec::as_slice).collect();
    let a: Vec<&[f64]> = a.iter().map(Vec::as_slice).collect();
    let b: Vec<&[f64]> = b.iter().map(Vec::as_slice).collect();
    let labels = Labels { targets: &targets, groups: None };
    let config = AucBootstrapConfig { n_resamples, seed: 1, strata: Strata::One };
    let (cpu, wall) = (cpu_of_process()?, Instant::now());
    let boot = macro_auc_bootstrap(&[&a, &b], &labels, &config).map_err(said)?;
    let diff = boot.difference(0, 1).ok_or("there are two models")?;
    let interval = diff.interval(0.05, Alternative::TwoSided);
    let (cpu, wall) = (cpu_of_process()? - cpu, wall.elapsed().as_secs_f64());
    Ok(json!({
        "cpu": cpu, "wall": wall, "estimates": boot.estimates, "diff": diff.estimate, "se": diff.se(),
        "interval": [interval.low, interval.high], "undefined": boot.n_undefined,
    }))
}

/// Interquartile means of all models and the probability of improvement of all pairs.
fn time_improvement(folder: &Path, shape: [usize; 3], reps: usize) -> Result<Value, Failure> {
    const BATCHES: usize = 9;
    const REPEATS: usize = 10;
    let [n_models, n_tasks, n_runs] = shape;
    let flat = numbers(&folder.join("grid.bin"), n_runs)?;
    assert_eq!(flat.len(), n_models * n_tasks);
    let scores = Scores::new(flat.chunks(n_tasks).map(<[Vec<f64>]>::to_vec).collect()).map_err(said)?;
    let config = AggregateConfig { holes: Holes::Refuse, reps, seed: 1, alpha: 0.05 };
    let pairs: Vec<(usize, usize)> =
        (0..n_models).flat_map(|a| (a + 1..n_models).map(move |b| (a, b))).collect();
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    let (mut iqm, mut improvement) = (Vec::new(), Vec::new());
    for _ in 0..BATCHES {
        let (cpu_before, start) = (cpu_of_process()?, Instant::now());
        for _ in 1..REPEATS {
            aggregate(&scores, &[Statistic::Iqm], &config).map_err(said)?;
            probability_of_improvement(&scores, &pairs, &config).map_err(said)?;
        }
        let aggregates = aggregate(&scores, &[Statistic::Iqm], &config).map_err(said)?;
        let improvements = probability_of_improvement(&scores, &pairs, &config).map_err(said)?;
        cpu.push((cpu_of_process()? - cpu_before) / REPEATS as f64);
        wall.push(start.elapsed().as_secs_f64() / REPEATS as f64);
        let numbers = |estimate: f64, low: Option<f64>, high: Option<f64>| json!([estimate, low, high]);
        iqm.clear();
        for found in &aggregates[0].models {
            let found = found.as_ref().map_err(|why| said(why.clone()))?;
            let interval = found.interval.as_ref().map_err(|why| said(why.clone()))?;
            iqm.push(numbers(found.estimate, interval.low, interval.high));
        }
        improvement.clear();
        for pair in &improvements.pairs {
            let found = pair.result.as_ref().map_err(|why| said(why.clone()))?;
            let interval = found.interval.as_ref().map_err(|why| said(why.clone()))?;
            improvement.push(numbers(found.estimate, interval.low, interval.high));
        }
    }
    Ok(json!({ "cpu": cpu, "wall": wall, "iqm": iqm, "improvement": improvement }))
}
