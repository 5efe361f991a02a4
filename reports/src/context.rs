//! What a notebook computes with: its inputs, read once, and the part of them that a table, figure, value or claim asks for.
//!
//! In: a notebook, perhaps another store, parameters. Out: selections with shown names, summaries and comparisons. All
//! statistics are `analysis`'s; nothing here becomes text but names and messages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use analysis::input::{self, Group, ReadOptions, Results, Spread};
use analysis::record::PublishedRow;
use analysis::tidy::{CompareConfig, ComparisonRow, Pairs, SummaryRow};

use crate::error::{Error, Result};
use crate::figure::theme::FAMILIES;
use crate::near;
use crate::notebook::Notebook;
use crate::options::{Options, Setting, default_keys};
use crate::provenance::{Input, digest};

/// Inputs, parameters and defaults of one notebook.
#[derive(Debug)]
pub struct Context {
    /// Parameters with the values of this build.
    pub params: BTreeMap<String, Setting>,
    /// What every function starts from.
    pub defaults: Options,
    /// Files that were read.
    pub inputs: Vec<Input>,
    /// What a reader of the results should know.
    pub warnings: Vec<String>,
    store: Option<Results>,
    published: Option<Vec<PublishedRow>>,
    front: crate::notebook::Front,
}

/// The part of the results that is asked for, in the order asked for.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The groups.
    pub results: Results,
    /// Columns.
    pub tasks: Vec<Task>,
    /// Rows.
    pub models: Vec<Model>,
    /// The count of runs is an assumption of the notebook, not a fact of the source.
    pub assumed_n: bool,
}

/// A task with one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Name in the results.
    pub name: String,
    /// Metric in the results.
    pub metric: String,
    /// Shown name.
    pub label: String,
    /// Name of its data in `pretrained_on`.
    pub data: Option<String>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Name in the results.
    pub name: String,
    /// Shown name.
    pub label: String,
    /// Family in the results.
    pub family: String,
    /// Data its weights saw before.
    pub pretrained_on: String,
}

impl Context {
    /// Reads the inputs of a notebook and settles its parameters.
    ///
    /// # Errors
    /// Unknown parameters, unknown defaults, inputs that cannot be read.
    pub fn new(book: &Notebook, store: Option<&Path>, params: &[(String, String)]) -> Result<Context> {
        let params = parameters(book, params)?;
        let defaults = defaults(book, &params)?;
        let mut inputs = Vec::new();
        let mut warnings = Vec::new();
        let path: Option<PathBuf> =
            store.map(Path::to_path_buf).or_else(|| book.front.store.as_ref().map(|p| book.beside(p)));
        let store = match path {
            None => None,
            Some(path) => {
                let columns = book.front.columns.clone().into_iter().collect();
                let (percent, n, ddof) = (book.front.percent, defaults.n, defaults.ddof);
                let read = ReadOptions { columns, percent, n, ddof, ..ReadOptions::default() };
                let results = input::read(&path, &read)?;
                let rows = results.groups.iter().map(n_rows).sum();
                inputs.push(Input { name: shown(&path), sha256: digest(&path)?, rows });
                warnings.extend(results.warnings.iter().cloned());
                Some(results)
            }
        };
        let published = match book.front.source.as_ref().map(|p| book.beside(p)) {
            None => None,
            Some(path) => {
                let rows = input::read_published(&path, &ReadOptions::default())?;
                inputs.push(Input { name: shown(&path), sha256: digest(&path)?, rows: rows.len() });
                Some(rows)
            }
        };
        Ok(Context { params, defaults, inputs, warnings, store, published, front: book.front.clone() })
    }

    /// Whether any task or pre-training set that was read is made: the names of made sets, and only they, begin with `phantom-`.
    #[must_use]
    pub fn holds_made_data(&self) -> bool {
        let made = |name: &str| name.split('>').any(|part| part.starts_with("phantom-"));
        let mut groups = self.store.iter().flat_map(|store| &store.groups);
        groups.any(|group| made(&group.task) || made(&group.pretrained_on))
    }

    /// The groups that the options ask for; `with` is a model that must be among them (a baseline).
    ///
    /// # Errors
    /// Unknown source, task, model or metric, with a near name.
    pub fn select(&self, options: &Options, with: &[&str]) -> std::result::Result<Selection, String> {
        let (mut groups, assumed_n) = self.groups(options)?;
        if groups.is_empty() {
            return Err("the input holds no result".to_owned());
        }
        self.check_names(&groups, options, with)?;
        if let Some(metric) = &options.metric {
            let known: Vec<String> = groups.iter().map(|g| g.metric.clone()).collect();
            groups.retain(|g| g.metric == *metric);
            if groups.is_empty() {
                return Err(format!("no metric `{metric}`{}", near::hint(metric, unique(&known))));
            }
        } else {
            // The mean over images is a second reading of the same masks: shown when asked for.
            let tasks: Vec<String> =
                groups.iter().filter(|g| !g.metric.ends_with("_per_image")).map(|g| g.task.clone()).collect();
            groups.retain(|g| !g.metric.ends_with("_per_image") || !tasks.contains(&g.task));
        }
        if let Some(tasks) = &options.tasks {
            groups.retain(|g| tasks.contains(&g.task));
        }
        if let Some(models) = &options.models {
            groups.retain(|g| models.contains(&g.model) || with.contains(&g.model.as_str()));
        }
        let tasks = self.tasks(&groups, options);
        let models = self.models(&groups, options);
        Ok(Selection { results: Results { groups, ..Results::default() }, tasks, models, assumed_n })
    }

    fn groups(&self, options: &Options) -> std::result::Result<(Vec<Group>, bool), String> {
        match (&self.published, &options.source, &self.store) {
            (Some(rows), Some(source), _) => published_groups(rows, source, options),
            (None, Some(source), _) => {
                Err(format!("`source = \"{source}\"` needs published results: name them in the front matter"))
            }
            (_, None, Some(results)) => Ok((results.groups.clone(), false)),
            (Some(rows), None, None) => {
                let sources: Vec<String> = rows.iter().map(|r| r.source.clone()).collect();
                let sources: Vec<&str> = unique(&sources).collect();
                Err(format!("say which published rows are meant: source = one of {}", sources.join(", ")))
            }
            (None, None, None) => {
                Err("the notebook has no data: name a store in its front matter or give one".to_owned())
            }
        }
    }

    fn check_names(
        &self,
        groups: &[Group],
        options: &Options,
        with: &[&str],
    ) -> std::result::Result<(), String> {
        let tasks: Vec<String> = groups.iter().map(|g| g.task.clone()).collect();
        let models: Vec<String> = groups.iter().map(|g| g.model.clone()).collect();
        for task in options.tasks.iter().flatten().chain(&options.task) {
            if !tasks.contains(task) {
                return Err(format!("no task `{task}` in the input{}", near::hint(task, unique(&tasks))));
            }
        }
        let asked = options.models.iter().flatten().chain(&options.model).chain(&options.bracket);
        for model in asked.map(String::as_str).chain(with.iter().copied()) {
            if !models.iter().any(|m| m == model) {
                return Err(format!("no model `{model}` in the input{}", near::hint(model, unique(&models))));
            }
        }
        Ok(())
    }

    fn tasks(&self, groups: &[Group], options: &Options) -> Vec<Task> {
        let mut found: Vec<Task> = Vec::new();
        for group in groups {
            if found.iter().any(|t| t.name == group.task && t.metric == group.metric) {
                continue;
            }
            let card = self.front.tasks.get(&group.task);
            let label =
                options.labels.get(&group.task).cloned().or_else(|| card.and_then(|c| c.label.clone()));
            found.push(Task {
                name: group.task.clone(),
                metric: group.metric.clone(),
                label: label.unwrap_or_else(|| group.task.clone()),
                data: card.and_then(|c| c.data.clone()),
            });
        }
        if let Some(order) = &options.tasks {
            found.sort_by_key(|t| order.iter().position(|o| *o == t.name));
        }
        found
    }

    fn models(&self, groups: &[Group], options: &Options) -> Vec<Model> {
        let mut found: BTreeMap<&str, Model> = BTreeMap::new();
        for group in groups {
            let label = options.labels.get(&group.model).or_else(|| self.front.models.get(&group.model));
            found.entry(&group.model).or_insert_with(|| Model {
                name: group.model.clone(),
                label: label.cloned().unwrap_or_else(|| group.model.clone()),
                family: group.family.clone(),
                pretrained_on: group.pretrained_on.clone(),
            });
        }
        let mut found: Vec<Model> = found.into_values().collect();
        let family = |m: &Model| FAMILIES.iter().position(|(n, _)| *n == m.family).unwrap_or(FAMILIES.len());
        match &options.models {
            Some(order) => found.sort_by_key(|m| order.iter().position(|o| *o == m.name)),
            None => found.sort_by_key(|m| (family(m), m.family.clone(), m.name.clone())),
        }
        found
    }

    /// The shown name of a family.
    #[must_use]
    pub fn family(&self, name: &str) -> String {
        let known = FAMILIES.iter().find(|(n, _)| *n == name).map(|(_, shown)| (*shown).to_owned());
        self.front.families.get(name).cloned().or(known).unwrap_or_else(|| name.to_owned())
    }

    /// Models of some families.
    ///
    /// # Errors
    /// A family without models.
    pub fn of_family(
        &self,
        families: &[String],
        options: &Options,
    ) -> std::result::Result<Vec<String>, String> {
        let (groups, _) = self.groups(options)?;
        let known: Vec<String> = groups.iter().map(|g| g.family.clone()).collect();
        if let Some(family) = families.iter().find(|f| !known.contains(f)) {
            return Err(format!("no family `{family}` in the input{}", near::hint(family, unique(&known))));
        }
        let members: Vec<String> =
            groups.iter().filter(|g| families.contains(&g.family)).map(|g| g.model.clone()).collect();
        Ok(unique(&members).map(str::to_owned).collect())
    }
}

impl Selection {
    /// The group of a model on a task.
    #[must_use]
    pub fn group(&self, task: &Task, model: &str) -> Option<&Group> {
        let same = |g: &&Group| g.task == task.name && g.metric == task.metric && g.model == model;
        self.results.groups.iter().find(same)
    }

    /// Summaries with t intervals at 1 - alpha.
    ///
    /// # Errors
    /// What `analysis` refuses.
    pub fn summaries(&self, options: &Options) -> std::result::Result<Vec<SummaryRow>, String> {
        analysis::tidy::summarize(&self.results, options.alpha).map_err(|e| e.to_string())
    }

    /// Comparisons by the test of the options.
    ///
    /// # Errors
    /// What `analysis` refuses.
    pub fn compare(
        &self,
        pairs: Pairs,
        options: &Options,
    ) -> std::result::Result<Vec<ComparisonRow>, String> {
        let unit = if options.percent { 100.0 } else { 1.0 };
        let config = CompareConfig {
            test: options.test,
            adjust: options.adjust,
            adjust_over: options.adjust_over,
            alternative: options.alternative,
            alpha: options.alpha,
            margin: options.margin.map(|m| m / unit),
            ..CompareConfig::welch(pairs)
        };
        analysis::tidy::compare(&self.results, &config).map_err(|e| e.to_string())
    }

    /// The same selection with fewer models.
    #[must_use]
    pub fn only(&self, models: &[String]) -> Selection {
        let mut fewer = self.clone();
        fewer.results.groups.retain(|g| models.contains(&g.model));
        fewer.models.retain(|m| models.contains(&m.name));
        fewer
    }

    /// Whether a model cannot have a result on a task, since its weights come from the task's own data.
    #[must_use]
    pub fn is_hole(&self, task: &Task, model: &Model) -> bool {
        task.data.as_ref().is_some_and(|data| model.pretrained_on.split('>').any(|d| d == data))
    }
}

/// Values once each, in sorted order.
pub(crate) fn unique(all: &[String]) -> impl Iterator<Item = &str> {
    let set: std::collections::BTreeSet<&str> = all.iter().map(String::as_str).collect();
    set.into_iter()
}

pub(crate) fn n_rows(group: &Group) -> usize {
    match &group.spread {
        Spread::Values { values, n_missing, .. } => values.len() + n_missing,
        Spread::Summary { .. } => 1,
    }
}

/// A path as it is shown: the file's own name, since where it lies on this machine is nobody's business.
fn shown(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

/// One source of published rows, with the count of runs that the options assume where the source states none.
fn published_groups(
    rows: &[PublishedRow],
    source: &str,
    options: &Options,
) -> std::result::Result<(Vec<Group>, bool), String> {
    let sources: Vec<String> = rows.iter().map(|r| r.source.clone()).collect();
    if !sources.iter().any(|s| s == source) {
        return Err(format!(
            "no published rows of source `{source}`{}",
            near::hint(source, unique(&sources))
        ));
    }
    let assumed = rows.iter().any(|r| r.source == source && r.n.is_none());
    if let Some(n) = options.n {
        let ddof = options.ddof.unwrap_or(1);
        return Ok((input::from_published(rows, source, n, ddof).groups, assumed));
    }
    let mut groups = input::from_published(rows, source, 2, options.ddof.unwrap_or(1)).groups;
    for group in &mut groups {
        let row = rows.iter().find(|r| {
            (&r.source[..], &r.task, &r.metric, &r.model)
                == (source, &group.task, &group.metric, &group.model)
        });
        if let (Spread::Summary { n, .. }, Some(row)) = (&mut group.spread, row) {
            *n = row.n;
        }
    }
    Ok((groups, false))
}

fn parameters(book: &Notebook, given: &[(String, String)]) -> Result<BTreeMap<String, Setting>> {
    let none = BTreeMap::new();
    let mut params = BTreeMap::new();
    for (name, value) in &book.front.parameters {
        let setting = Setting::from_toml(value, &none).map_err(|e| Error::at(&book.path, 1, e))?;
        params.insert(name.clone(), setting);
    }
    for (name, text) in given {
        let known = params.keys().map(String::as_str);
        let Some(default) = params.get(name) else {
            let hint = near::hint(name, known);
            return Err(Error::Input(format!("the notebook has no parameter `{name}`{hint}")));
        };
        let wrong = |kind: &str| Error::Input(format!("parameter `{name}` is {kind}, found \"{text}\""));
        let setting = match default {
            Setting::Number(_) => Setting::Number(text.parse().map_err(|_| wrong("a number"))?),
            Setting::Bool(_) => Setting::Bool(text.parse().map_err(|_| wrong("true or false"))?),
            _ => Setting::Text(text.clone()),
        };
        params.insert(name.clone(), setting);
    }
    Ok(params)
}

fn defaults(book: &Notebook, params: &BTreeMap<String, Setting>) -> Result<Options> {
    let mut options = Options::new();
    for (key, value) in &book.front.defaults {
        let setting = Setting::from_toml(value, params);
        setting
            .and_then(|s| options.set(key, &s, "[defaults]", &default_keys()))
            .map_err(|e| Error::at(&book.path, book.line_of(&format!("\n{key}")) + 1, e))?;
    }
    Ok(options)
}
