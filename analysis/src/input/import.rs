//! Results of another trainer to rows of a store.
//!
//! Comes in: [`Results`] and the name of the experiment they become. Goes out: a [`Plan`] of rows that a store lacks, then
//! the store with them. The same results twice change nothing; other values for a run that is there are refused before
//! anything is written.
//!
//! What another trainer does not say is empty (text), null (times) or 0 (`n_cases`, `epochs`, `best_epoch`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Group, ReadOptions, Results, Spread, read_published};
use crate::error::{At, Error, Result, listed};
use crate::record::{PublishedRow, RunRecord, RunRow};
use crate::store::{Store, is_store};
use crate::table::{Row, Tidy};

/// Digits of a hash in a run id: 2^-32 for a clash among 65,536 runs.
const HASH_DIGITS: usize = 24;

/// What an import would write.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Runs that the store lacks.
    pub runs: Vec<RunRow>,
    /// Rows of means that the store lacks.
    pub published: Vec<PublishedRow>,
    /// Rows that are there already, with the same values.
    pub n_present: usize,
}

/// Compares results with what a store holds. `families` maps models to families, over what the source says. The store
/// need not be there.
///
/// # Errors
/// When the store holds another value for a run (experiment, model, task, metric, seed), or a family is given for a
/// model that is not in the results, or the experiment's name cannot name a file.
pub fn plan(
    results: &Results,
    experiment: &str,
    families: &[(String, String)],
    store: &Path,
) -> Result<Plan> {
    check_names(results, experiment, families)?;
    let is_open = is_store(store);
    let there = if is_open { Store::open(store)?.runs()? } else { Vec::new() };
    let there: BTreeMap<_, &RunRow> =
        there.iter().filter(|row| row.experiment == experiment).map(|row| (run_key(row), row)).collect();
    let file = published_file(store, experiment);
    let published =
        if is_open && file.is_file() { read_published(&file, &ReadOptions::default())? } else { Vec::new() };
    let mut plan = Plan::default();
    for group in &results.groups {
        let family = families.iter().find(|(model, _)| *model == group.model).map(|(_, family)| family);
        let family = family.unwrap_or(&group.family);
        for row in runs(group, experiment, family) {
            match there.get(&run_key(&row)) {
                None => plan.runs.push(row),
                Some(old) if bits(old.value) == bits(row.value) => plan.n_present += 1,
                Some(old) => return Err(differs(store, &row, old)),
            }
        }
        let Some(row) = summary(group, experiment, family) else { continue };
        let key = |row: &PublishedRow| (row.task.clone(), row.metric.clone(), row.model.clone());
        match published.iter().find(|old| key(old) == key(&row)) {
            None => plan.published.push(row),
            Some(old) if *old == row => plan.n_present += 1,
            Some(_) => {
                let what = format!("{} on {} ({})", row.model, row.task, row.metric);
                return Err(Error::file(
                    &file,
                    format!("holds another mean for {what}; hint: import under another --experiment"),
                ));
            }
        }
    }
    Ok(plan)
}

/// Writes a plan into a store, which is made where there is none: the runs, then `published/EXPERIMENT.parquet`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(plan: &Plan, experiment: &str, root: &Path) -> Result<()> {
    let store = Store::create(root)?;
    for row in &plan.runs {
        store.write_run(&RunRecord { runs: vec![row.clone()], ..RunRecord::default() })?;
    }
    if plan.published.is_empty() {
        return Ok(());
    }
    let file = published_file(root, experiment);
    let mut rows = if file.is_file() { read_published(&file, &ReadOptions::default())? } else { Vec::new() };
    rows.extend(plan.published.iter().cloned());
    let key = |row: &PublishedRow| (row.task.clone(), row.metric.clone(), row.model.clone());
    rows.sort_by_key(key);
    let folder = root.join(PublishedRow::TABLE);
    std::fs::create_dir_all(&folder).at("create", &folder)?;
    Tidy::from_published(&rows).write_parquet(&file)
}

fn check_names(results: &Results, experiment: &str, families: &[(String, String)]) -> Result<()> {
    let is_plain = |name: &str| {
        !name.is_empty()
            && name.len() <= 100
            && !name.starts_with('.')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if !is_plain(experiment) {
        return Err(Error::argument(format!(
            "--experiment '{experiment}' cannot name a file: use letters, digits, '-', '_' and '.', at most 100 and no dot first"
        )));
    }
    let models: BTreeSet<&str> = results.groups.iter().map(|group| group.model.as_str()).collect();
    match families.iter().find(|(model, _)| !models.contains(model.as_str())) {
        Some((model, family)) => {
            let models = listed(&models.into_iter().collect::<Vec<_>>());
            Err(Error::argument(format!(
                "--family-map {model}={family}: no model '{model}'; the models are {models}"
            )))
        }
        None => Ok(()),
    }
}

type RunKey = (String, String, String, i64);

fn run_key(row: &RunRow) -> RunKey {
    (row.model.clone(), row.task.clone(), row.metric.clone(), row.seed)
}

fn bits(value: Option<f64>) -> Option<u64> {
    value.map(f64::to_bits)
}

fn differs(store: &Path, new: &RunRow, old: &RunRow) -> Error {
    let shown = |value: Option<f64>| value.map_or_else(|| "no value".to_owned(), |value| value.to_string());
    Error::file(
        store,
        format!(
            "run {} is {} on {} ({}) with seed {} and holds {}, the import {}; hint: import under another --experiment",
            old.run_id,
            old.model,
            old.task,
            old.metric,
            old.seed,
            shown(old.value),
            shown(new.value)
        ),
    )
}

/// The rows of a group of single values.
///
/// A run without a seed gets a negative one made of its content: no two models share it, so that nothing pairs what was
/// not paired.
fn runs(group: &Group, experiment: &str, family: &str) -> Vec<RunRow> {
    let Spread::Values { seeds, values, .. } = &group.spread else { return Vec::new() };
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    let mut rows = Vec::with_capacity(values.len());
    for (seed, value) in seeds.iter().zip(values) {
        let again = seen.entry(value.to_bits()).or_default();
        *again += 1;
        let said = seed.map_or_else(|| format!("none {again}"), |seed| seed.to_string());
        let hash = digest(&[
            experiment,
            &group.model,
            &group.task,
            &group.metric,
            &said,
            &value.to_bits().to_string(),
        ]);
        // 13 hexadecimal digits stay below 2^53: exact in every reader that makes doubles of whole numbers.
        let made = || i64::from_str_radix(hash.get(..13).unwrap_or("0"), 16).map_or(-1, |number| -1 - number);
        rows.push(RunRow {
            run_id: format!("import-{}", hash.get(..HASH_DIGITS).unwrap_or(&hash)),
            experiment: experiment.to_owned(),
            model: group.model.clone(),
            family: family.to_owned(),
            pretrained_on: group.pretrained_on.clone(),
            task: group.task.clone(),
            metric: group.metric.clone(),
            seed: seed.unwrap_or_else(made),
            value: Some(*value),
            n_cases: 0,
            epochs: 0,
            best_epoch: 0,
            seconds: None,
            images_per_second: None,
            device: String::new(),
            config_hash: format!("import:{hash}"),
            finished_at: String::new(),
        });
    }
    rows
}

fn summary(group: &Group, experiment: &str, family: &str) -> Option<PublishedRow> {
    let Spread::Summary { mean, sd, n, ddof, decimals } = group.spread else { return None };
    Some(PublishedRow {
        source: experiment.to_owned(),
        model: group.model.clone(),
        family: family.to_owned(),
        pretrained_on: group.pretrained_on.clone(),
        task: group.task.clone(),
        metric: group.metric.clone(),
        mean,
        sd,
        n,
        ddof,
        decimals: decimals.unwrap_or(2),
    })
}

fn published_file(store: &Path, experiment: &str) -> PathBuf {
    store.join(PublishedRow::TABLE).join(format!("{experiment}.parquet"))
}

/// SHA-256 over texts with their lengths, so that no two lists of texts run together.
fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
