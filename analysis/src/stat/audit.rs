//! Audit of a published table: do its marks of significance follow from its means and standard deviations?
//!
//! Comes in: printed rows (task, model, mean, sd, unit of the last digit) and marks about pairs of them. Goes out: for every
//! assumption that a reader could make (number of runs, divisor of the sd, sides, variance, adjustment) the marks it does
//! not reproduce, which of these rounding could explain, and the marks that nothing explains. Reads no file, accuses nobody:
//! authors tested raw values, and a mark that does not follow may rest on a number that was not printed.
//!
//! The idea is statcheck's (Nuijten et al. 2016) and GRIM's (Brown & Heathers 2017), for tables of benchmarks.

mod assume;
mod claim;
mod rounding;

use std::collections::BTreeMap;

pub use assume::{Assumption, Assumptions, Family, Sides, Variance};
pub use claim::{Claim, Stars, parse_mark, printed_unit};
pub use rounding::{PInterval, p_interval, p_printed};

use super::adjust::{Adjust, adjust};
use crate::error::{Error, Result};

/// A row of the published table.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// Task, as in the marks.
    pub task: String,
    /// Model, as in the marks.
    pub model: String,
    /// Mean, as printed.
    pub mean: f64,
    /// Standard deviation, as printed.
    pub sd: f64,
    /// What one step of the last printed digit is worth: 0.01 for "81.70" (see [`printed_unit`]). The true mean and sd lie
    /// within half a unit of what is printed; 0 where they are exact.
    pub unit: f64,
    /// Number of runs, where it is printed; `None` lets the audit try several.
    pub n: Option<i64>,
}

/// Which way a one-sided test would have looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The way the difference turned out: the one-sided p is half the two-sided one.
    Observed,
    /// Model a is claimed to be higher.
    Higher,
    /// Model a is claimed to be lower.
    Lower,
}

/// A published statement about two models on a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Task of both rows.
    pub task: String,
    /// The model that carries the mark.
    pub model_a: String,
    /// The model it is compared with.
    pub model_b: String,
    /// What is said; `None` for a comparison without a mark, which counts in its family of adjusted p-values only.
    pub claim: Option<Claim>,
    /// Direction of a one-sided test.
    pub direction: Direction,
}

/// How a mark fares under an assumption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// The printed figures as they stand give it.
    Reproduced,
    /// They do not, but figures that round to the printed ones may.
    WithinRounding,
    /// No figures that round to the printed ones give it.
    Contradicted,
}

/// A claimed mark under an assumption.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Index of the mark.
    pub mark: usize,
    /// Adjusted p-value of the printed figures; `None` where they admit no test (neither group varies).
    pub p: Option<f64>,
    /// Where the adjusted p-value lies for all figures that round to the printed ones. With an adjustment each mark of the
    /// family is rounded on its own, so the interval may be too wide, never too narrow: a contradiction is certain.
    pub interval: PInterval,
    /// The judgment.
    pub agreement: Agreement,
}

/// One assumption and what it makes of the marks.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// What was assumed.
    pub assumption: Assumption,
    /// Claimed marks.
    pub n_marks: usize,
    /// Marks that the printed figures do not give: those of the next two counts.
    pub n_mismatch: usize,
    /// Mismatches that rounding could explain.
    pub n_rounding: usize,
    /// Mismatches that it could not.
    pub n_contradicted: usize,
    /// Indices of the mismatches, ascending.
    pub mismatches: Vec<usize>,
    /// All claimed marks.
    pub judged: Vec<Judged>,
}

/// A mark that no assumption looked at explains.
#[derive(Debug, Clone, PartialEq)]
pub struct Hopeless {
    /// Index of the mark.
    pub mark: usize,
    /// The number of runs for which nothing explains it; `None`: for all that were tried.
    pub n: Option<i64>,
    /// All p-values that any of the assumptions and any rounding gives.
    pub interval: PInterval,
    /// A lower-case sentence without a full stop.
    pub reason: String,
}

/// The audit of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// One row an assumption: fewest mismatches first, then fewest contradictions, then the plainer assumption (order of
    /// [`Assumptions`]).
    pub rows: Vec<AuditRow>,
    /// Marks that no assumption explains: first those for any number of runs, then for each number of runs.
    pub hopeless: Vec<Hopeless>,
    claims: Vec<Option<Claim>>,
}

impl Audit {
    /// The assumptions that reproduce every mark from the printed figures as they stand.
    pub fn fits(&self) -> impl Iterator<Item = &Assumption> {
        self.rows.iter().filter(|row| row.n_mismatch == 0).map(|row| &row.assumption)
    }

    /// The marks that all assumptions which `keep` lets through contradict; none if it lets none through. `n` is what to
    /// say about the number of runs.
    pub fn hopeless_where(&self, n: Option<i64>, keep: impl Fn(&Assumption) -> bool) -> Vec<Hopeless> {
        let mut open: BTreeMap<usize, PInterval> = BTreeMap::new();
        let kept = || self.rows.iter().filter(|row| keep(&row.assumption));
        for judged in kept().flat_map(|row| &row.judged) {
            open.entry(judged.mark)
                .and_modify(|all| *all = all.hull(&judged.interval))
                .or_insert(judged.interval);
        }
        let explained = kept().flat_map(|row| &row.judged).filter(|j| j.agreement != Agreement::Contradicted);
        for judged in explained {
            open.remove(&judged.mark);
        }
        let named = |(mark, interval): (usize, PInterval)| {
            let claim = self.claims.get(mark).copied().flatten()?;
            let runs = n.map_or("whatever the number of runs".to_owned(), |n| format!("with {n} runs"));
            let PInterval { low, high } = interval;
            let said = claim.explain();
            let reason = format!(
                "printed {said}; p lies between {low:.4} and {high:.4} {runs}, by every test tried and any rounding"
            );
            Some(Hopeless { mark, n, interval, reason })
        };
        open.into_iter().filter_map(named).collect()
    }
}

/// Tries every assumption on every mark.
///
/// The p-values are those of [`student`](crate::stat::student) and [`welch`](crate::stat::welch). An adjustment's family
/// is the marks of a task or all marks, also those without a claim.
///
/// # Errors
/// A row whose mean, sd, unit or n is impossible; a (task, model) that is there twice; a mark about a row that is not there
/// or about a model and itself; an empty or impossible list of assumptions.
///
/// # Example
/// ```
/// use analysis::stat::audit::{Assumptions, Direction, Mark, Printed, audit, parse_mark};
///
/// let row = |model: &str, mean, sd| Printed {
///     task: "LXS".into(), model: model.into(), mean, sd, unit: 0.01, n: None,
/// };
/// let rows = [row("ImageNet", 98.19, 0.13), row("CheXpert", 98.31, 0.05)];
/// let mark = Mark {
///     task: "LXS".into(),
///     model_a: "ImageNet".into(),
///     model_b: "CheXpert".into(),
///     claim: parse_mark("green", 0.05)?,
///     direction: Direction::Observed,
/// };
/// let audit = audit(&rows, &[mark], &Assumptions { n: vec![5, 10], ..Assumptions::plain() })?;
/// assert_eq!(audit.fits().filter_map(|fit| fit.n).collect::<Vec<_>>(), [5, 5]);
/// assert_eq!(audit.hopeless[0].n, Some(10));
/// # Ok::<(), analysis::Error>(())
/// ```
pub fn audit(rows: &[Printed], marks: &[Mark], assumptions: &Assumptions) -> Result<Audit> {
    let pairs = pairs(rows, marks)?;
    assumptions.check()?;
    let has_n = pairs.iter().all(|(a, b)| a.n.is_some() && b.n.is_some());
    let runs: Vec<Option<i64>> =
        if has_n { vec![None] } else { assumptions.n.iter().copied().map(Some).collect() };
    let mut out = Vec::new();
    for test in assumptions.tests(&runs) {
        let raw: Vec<Raw> = pairs
            .iter()
            .zip(marks)
            .map(|((a, b), mark)| {
                (p_printed(a, b, &test, mark.direction), p_interval(a, b, &test, mark.direction))
            })
            .collect();
        for (adjust, over) in &assumptions.adjust {
            out.push(judge(Assumption { adjust: *adjust, over: *over, ..test }, marks, &raw));
        }
    }
    out.sort_by_key(|row| (row.n_mismatch, row.n_contradicted));
    let claims = marks.iter().map(|mark| mark.claim).collect();
    let mut audit = Audit { rows: out, hopeless: vec![], claims };
    audit.hopeless = audit.hopeless_where(None, |_| true);
    for n in runs.into_iter().flatten() {
        audit.hopeless.extend(audit.hopeless_where(Some(n), |assumption| assumption.n == Some(n)));
    }
    Ok(audit)
}

/// The two rows of every mark.
fn pairs<'rows>(rows: &'rows [Printed], marks: &[Mark]) -> Result<Vec<(&'rows Printed, &'rows Printed)>> {
    let mut by_name: BTreeMap<(&str, &str), &Printed> = BTreeMap::new();
    for row in rows {
        let Printed { task, model, mean, sd, unit, n } = row;
        let is_number = |value: &f64| (0.0..f64::INFINITY).contains(value);
        if !mean.is_finite() || !is_number(sd) || !is_number(unit) || n.is_some_and(|n| n < 2) {
            return Err(Error::argument(format!(
                "row '{model}' on '{task}': mean {mean}, sd {sd}, unit {unit}, n {n:?}; expected a mean, an sd and a unit \
                 of 0 or more, and n of 2 or more"
            )));
        }
        if by_name.insert((task, model), row).is_some() {
            return Err(Error::argument(format!("row '{model}' on '{task}' is there twice")));
        }
    }
    let find = |task: &str, model: &str, idx: usize| {
        let missing = || Error::argument(format!("mark {idx}: no row '{model}' on '{task}'"));
        by_name.get(&(task, model)).copied().ok_or_else(missing)
    };
    let pair = |(idx, mark): (usize, &Mark)| {
        if mark.model_a == mark.model_b {
            return Err(Error::argument(format!("mark {idx} compares '{}' with itself", mark.model_a)));
        }
        Ok((find(&mark.task, &mark.model_a, idx)?, find(&mark.task, &mark.model_b, idx)?))
    };
    marks.iter().enumerate().map(pair).collect()
}

/// Unadjusted p-value of a mark, and where rounding lets it lie.
type Raw = (Option<f64>, PInterval);

/// Adjusts the p-values of all marks and judges the claimed ones.
fn judge(assumption: Assumption, marks: &[Mark], raw: &[Raw]) -> AuditRow {
    let adjusted = |value: &dyn Fn(&Raw) -> Option<f64>| {
        let p: Vec<Option<f64>> = raw.iter().map(value).collect();
        in_families(&p, marks, &assumption)
    };
    let points = adjusted(&|(p, _)| *p);
    // All adjustments rise with every p-value of the family.
    let (lows, highs) = (adjusted(&|(_, p)| Some(p.low)), adjusted(&|(_, p)| Some(p.high)));
    let mut judged = Vec::new();
    for (mark, ((p, low), high)) in points.into_iter().zip(lows).zip(highs).enumerate() {
        let Some(claim) = marks.get(mark).and_then(|mark| mark.claim) else { continue };
        let interval = PInterval { low: low.unwrap_or(0.0), high: high.unwrap_or(1.0) };
        let agreement = match p {
            Some(p) if claim.holds(p) => Agreement::Reproduced,
            _ if claim.is_possible(&interval) => Agreement::WithinRounding,
            _ => Agreement::Contradicted,
        };
        judged.push(Judged { mark, p, interval, agreement });
    }
    let count = |agreement| judged.iter().filter(|judged| judged.agreement == agreement).count();
    let (n_rounding, n_contradicted) = (count(Agreement::WithinRounding), count(Agreement::Contradicted));
    let mismatches: Vec<usize> = judged
        .iter()
        .filter(|judged| judged.agreement != Agreement::Reproduced)
        .map(|judged| judged.mark)
        .collect();
    let (n_marks, n_mismatch) = (judged.len(), mismatches.len());
    AuditRow { assumption, n_marks, n_mismatch, n_rounding, n_contradicted, mismatches, judged }
}

fn in_families(p: &[Option<f64>], marks: &[Mark], assumption: &Assumption) -> Vec<Option<f64>> {
    if assumption.adjust == Adjust::None || assumption.over == Family::All {
        return adjust(p, assumption.adjust);
    }
    let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (idx, mark) in marks.iter().enumerate() {
        families.entry(&mark.task).or_default().push(idx);
    }
    let mut out = vec![None; p.len()];
    for members in families.values() {
        let of_family: Vec<Option<f64>> = members.iter().map(|idx| p.get(*idx).copied().flatten()).collect();
        for (idx, value) in members.iter().zip(adjust(&of_family, assumption.adjust)) {
            if let Some(cell) = out.get_mut(*idx) {
                *cell = value;
            }
        }
    }
    out
}
