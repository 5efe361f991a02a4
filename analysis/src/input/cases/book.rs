//! Cases under construction, and the finished book of a task.
//!
//! Comes in: one score of one case of one run at a time. Goes out: [`CaseBook`]s, sorted. Reads no file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// All runs of one task, aligned on its cases.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseBook {
    /// The task; empty where the file names none.
    pub task: String,
    /// The cases, sorted.
    pub cases: Vec<String>,
    /// The patient of each case, as an index below [`CaseBook::n_groups`].
    pub groups: Vec<usize>,
    /// Patients; as many as cases where nobody said.
    pub n_groups: usize,
    /// The labels, sorted; one, named like the score, where the file has none.
    pub labels: Vec<String>,
    /// `targets[label][case]`: true for positive; `None` for unknown.
    pub targets: Vec<Vec<Option<bool>>>,
    /// The runs, sorted by model, then seed.
    pub runs: Vec<CaseRun>,
}

/// What one run said about the cases.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRun {
    /// The model.
    pub model: String,
    /// Its training seed, where known.
    pub seed: Option<i64>,
    /// `scores[label][case]`; `None` where the run has none.
    pub scores: Vec<Vec<Option<f64>>>,
}

impl CaseBook {
    /// The models, sorted.
    pub fn models(&self) -> Vec<&str> {
        let mut models: Vec<&str> = self.runs.iter().map(|run| run.model.as_str()).collect();
        models.dedup();
        models
    }

    /// The runs of a model, by seed.
    pub fn runs_of(&self, model: &str) -> Vec<&CaseRun> {
        self.runs.iter().filter(|run| run.model == model).collect()
    }
}

/// Whose rows are added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) task: &'a str,
    pub(super) model: &'a str,
    pub(super) seed: Option<i64>,
}

/// A run under construction: the number of its task and its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunKey(usize, usize);

/// (label, case) and score.
type Scored = (usize, usize, Option<f64>);

#[derive(Debug, Default)]
struct Task {
    cases: BTreeMap<String, usize>,
    labels: BTreeMap<String, usize>,
    /// By case: the patient's name.
    groups: Vec<Option<String>>,
    /// By (label, case).
    targets: BTreeMap<(usize, usize), bool>,
    runs: BTreeMap<(String, Option<i64>), usize>,
    /// By run: (label, case) and score, in order of arrival.
    scores: Vec<Vec<Scored>>,
    /// (case, label) of the rows of the first run: the others mostly have the same order.
    order: Vec<(String, String, usize, usize)>,
}

/// Books under construction.
#[derive(Debug)]
pub(super) struct Builder {
    place: String,
    tasks: BTreeMap<String, usize>,
    books: Vec<Task>,
}

impl Builder {
    pub(super) fn new(place: String) -> Self {
        Self { place, tasks: BTreeMap::new(), books: Vec::new() }
    }

    /// The run that rows are added to.
    pub(super) fn run(&mut self, entry: &Entry<'_>, _place: &str) -> Result<RunKey> {
        let task = match self.tasks.get(entry.task) {
            Some(task) => *task,
            None => {
                self.books.push(Task::default());
                self.tasks.insert(entry.task.to_owned(), self.books.len() - 1);
                self.books.len() - 1
            }
        };
        let book = &mut self.books[task];
        let key = (entry.model.to_owned(), entry.seed);
        let next = book.scores.len();
        let run = *book.runs.entry(key).or_insert(next);
        if run == next {
            book.scores.push(Vec::new());
        }
        Ok(RunKey(task, run))
    }

    /// One score of one case.
    #[expect(clippy::too_many_arguments, reason = "a row has that many cells")]
    pub(super) fn add(
        &mut self,
        run: RunKey,
        case: Option<Cow<'_, str>>,
        group: Option<Cow<'_, str>>,
        label: &str,
        target: Option<bool>,
        score: Option<f64>,
        row: &dyn Fn() -> String,
    ) -> Result<()> {
        let RunKey(task, run) = run;
        let place = &self.place;
        let book = &mut self.books[task];
        let at = book.scores[run].len();
        // A case without a name is the next one of its run; only the runs of one file have an order in common.
        let case = case.unwrap_or_else(|| Cow::Owned(format!("{at:09}")));
        let (label_idx, case_idx) = match book.order.get(at) {
            Some((same_case, same_label, label_idx, case_idx))
                if *same_case == case && same_label == label =>
            {
                (*label_idx, *case_idx)
            }
            known => {
                let is_new = known.is_none() && run == 0;
                let next = book.labels.len();
                let label_idx = *book.labels.entry(label.to_owned()).or_insert(next);
                let next = book.cases.len();
                let case_idx = *book.cases.entry(case.clone().into_owned()).or_insert(next);
                if case_idx == book.groups.len() {
                    book.groups.push(None);
                }
                if is_new {
                    book.order.push((case.clone().into_owned(), label.to_owned(), label_idx, case_idx));
                }
                (label_idx, case_idx)
            }
        };
        let conflict = |what: &str, one: &str, two: &str| {
            Err(Error::File {
                path: place.into(),
                reason: format!(
                    "{}: case '{case}' has {what} '{two}', but '{one}' in an earlier row; runs of one task must share their test cases",
                    row()
                ),
            })
        };
        if let Some(group) = group {
            match &book.groups[case_idx] {
                None => book.groups[case_idx] = Some(group.into_owned()),
                Some(before) if *before != group => return conflict("the group", before, &group),
                Some(_) => {}
            }
        }
        if let Some(target) = target {
            let before = *book.targets.entry((label_idx, case_idx)).or_insert(target);
            if before != target {
                return conflict("the target", &u8::from(before).to_string(), &u8::from(target).to_string());
            }
        }
        book.scores[run].push((label_idx, case_idx, score));
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Vec<CaseBook>> {
        let mut books: Vec<Option<Task>> = self.books.into_iter().map(Some).collect();
        self.tasks
            .into_iter()
            .filter_map(|(name, idx)| Some((name, books.get_mut(idx)?.take()?)))
            .map(|(name, task)| finished(name, task, &self.place))
            .collect()
    }
}

/// Where each of the keys, numbered as they arrived, comes in their sorted order.
fn places(keys: &BTreeMap<String, usize>) -> Vec<usize> {
    let mut places = vec![0; keys.len()];
    for (place, arrived) in keys.values().enumerate() {
        places[*arrived] = place;
    }
    places
}

fn finished(name: String, task: Task, place: &str) -> Result<CaseBook> {
    let (case_place, label_place) = (places(&task.cases), places(&task.labels));
    let (n_cases, n_labels) = (task.cases.len(), task.labels.len());
    let mut targets = vec![vec![None; n_cases]; n_labels];
    for ((label, case), target) in task.targets {
        targets[label_place[label]][case_place[case]] = Some(target);
    }
    let cases: Vec<String> = task.cases.into_keys().collect();
    let mut names = vec![None; n_cases];
    for (case, group) in task.groups.into_iter().enumerate() {
        names[case_place[case]] = group;
    }
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let groups: Vec<usize> = names
        .into_iter()
        .zip(&cases)
        .map(|(group, case)| {
            let next = numbers.len();
            // A case without a patient is its own; the mark keeps it apart from a patient of that name.
            *numbers.entry(group.unwrap_or_else(|| format!("\u{0}{case}"))).or_insert(next)
        })
        .collect();
    let mut scores: Vec<Option<Vec<Scored>>> = task.scores.into_iter().map(Some).collect();
    let mut runs = Vec::new();
    for ((model, seed), idx) in task.runs {
        let mut filled = vec![vec![None; n_cases]; n_labels];
        let mut seen = vec![false; n_cases * n_labels];
        for (label, case, score) in scores.get_mut(idx).and_then(Option::take).unwrap_or_default() {
            let (label, case) = (label_place[label], case_place[case]);
            if std::mem::replace(&mut seen[label * n_cases + case], true) {
                let seed = seed.map_or(String::new(), |seed| format!(" (seed {seed})"));
                return Err(Error::File {
                    path: place.into(),
                    reason: format!("case '{}' stands twice for '{model}'{seed} on '{name}'", cases[case]),
                });
            }
            filled[label][case] = score;
        }
        runs.push(CaseRun { model, seed, scores: filled });
    }
    let labels = task.labels.into_keys().collect();
    Ok(CaseBook { task: name, cases, n_groups: numbers.len(), groups, labels, targets, runs })
}
