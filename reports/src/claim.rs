//! Claims: sentences whose condition is evaluated on the very comparisons that the tables show.
//!
//! In: a ` ```claim ` block (TOML: sentence, condition, expect, options). Out: [`Claim`]: what was found, with the numbers
//! behind it. Logic is Kleene's with three values: what cannot be decided stays undecided unless the rest settles it.
//!
//! `better(a, b)` is supported by the verdict better, refuted by worse and equivalent; `worse` the other way round;
//! `different` is supported by better and worse, refuted by equivalent; `not_different` is supported where the test declares
//! no difference, refuted by better and worse; `equivalent` is supported where the interval lies inside the margin, refuted
//! where it lies wholly outside. `a` may be a list or `family("ssl")`, and without `task=` all tasks are meant: then `all`,
//! `any` or `count(...) >= k` say what is asked, or `all_tasks`, `any_task` and `count_tasks` ask it task by task. A model
//! without a result on a task is passed over there.

use std::collections::BTreeMap;

use analysis::tidy::{ComparisonRow, Pairs, Verdict};

use crate::context::{Context, Selection, unique};
use crate::describe;
use crate::error::{Error, Result};
use crate::expr::{self, Arg, Call, Expr, Op};
use crate::near;
use crate::notebook::{Fence, Notebook};
use crate::options::{Options, Setting, default_keys};

/// A claim, evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Line of its block in the notebook.
    pub line: usize,
    /// What is claimed.
    pub sentence: String,
    /// The verdict that the notebook declares.
    pub declared: String,
    /// The verdict that was found.
    pub found: String,
    /// The numbers behind it, one comparison each.
    pub evidence: Vec<String>,
    /// Test, sides, adjustment.
    pub basis: String,
}

/// Three truth values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// Holds.
    True,
    /// Does not hold.
    False,
    /// Cannot be told.
    Unknown,
}

const VERDICTS: [&str; 3] = ["supported", "not supported", "undecided"];
const PREDICATES: [&str; 5] = ["better", "worse", "different", "not_different", "equivalent"];
const FUNCTIONS: [&str; 11] = [
    "better",
    "worse",
    "different",
    "not_different",
    "equivalent",
    "all",
    "any",
    "count",
    "all_tasks",
    "any_task",
    "count_tasks",
];

impl Truth {
    fn of(truth: bool) -> Truth {
        if truth { Truth::True } else { Truth::False }
    }

    fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    fn all(values: &[Truth]) -> Truth {
        if values.contains(&Truth::False) {
            Truth::False
        } else if values.contains(&Truth::Unknown) {
            Truth::Unknown
        } else {
            Truth::True
        }
    }

    fn any(values: &[Truth]) -> Truth {
        Truth::all(&values.iter().map(|v| v.not()).collect::<Vec<_>>()).not()
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Truth::True => "supported",
            Truth::False => "not supported",
            Truth::Unknown => "undecided",
        }
    }
}

impl Claim {
    /// Whether the verdict found is the one declared.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.declared == self.found
    }
}

/// Evaluates a claim block.
///
/// # Errors
/// At the block's line: bad TOML, an unknown key, a condition that does not parse or names what is not there.
pub fn evaluate(context: &Context, book: &Notebook, fence: &Fence) -> Result<Claim> {
    let at = |message: String| Error::at(&book.path, fence.line, format!("claim: {message}"));
    let table: toml::Table = fence.body.parse().map_err(|e: toml::de::Error| {
        let line = e.span().map_or(0, |s| fence.body[..s.start.min(fence.body.len())].matches('\n').count());
        Error::at(&book.path, fence.line + 1 + line, format!("claim: {}", e.message().replace('\n', ", ")))
    })?;
    let text = |key: &str| match table.get(key) {
        Some(toml::Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(at(format!("`{key}` is a string"))),
        None => Err(at(format!("`{key}` is missing; a claim has sentence, condition and expect"))),
    };
    let (sentence, condition, declared) = (text("sentence")?, text("condition")?, text("expect")?);
    if !VERDICTS.contains(&declared.as_str()) {
        return Err(at(format!("`expect` cannot be `{declared}`{}", near::hint(&declared, VERDICTS))));
    }
    let mut options = context.defaults.clone();
    let allowed = [&["sentence", "condition", "expect"][..], &default_keys()].concat();
    for (key, value) in &table {
        if ["sentence", "condition", "expect"].contains(&key.as_str()) {
            continue;
        }
        let setting = Setting::from_toml(value, &context.params);
        setting.and_then(|s| options.set(key, &s, "a claim", &allowed)).map_err(at)?;
    }
    let expr = expr::parse(&condition).map_err(|e| at(format!("condition: {e}")))?;
    let mut judge = Judge { context, options: &options, evidence: BTreeMap::new() };
    let found = judge.truth(&expr, None).map_err(|e| at(format!("condition: {e}")))?;
    Ok(Claim {
        line: fence.line,
        sentence,
        declared,
        found: found.as_str().to_owned(),
        evidence: judge.evidence.into_values().collect(),
        basis: describe::test(&options),
    })
}

/// What an expression comes to.
enum Outcome {
    /// One truth a comparison.
    Truths(Vec<Truth>),
    /// At least and at most so many hold.
    Count(usize, usize),
}

struct Judge<'a> {
    context: &'a Context,
    options: &'a Options,
    /// Lines by order of appearance, once each.
    evidence: BTreeMap<(usize, String), String>,
}

type Judged<T> = std::result::Result<T, String>;

impl Judge<'_> {
    fn truth(&mut self, expr: &Expr, task: Option<&str>) -> Judged<Truth> {
        match self.outcome(expr, task)? {
            Outcome::Truths(all) => match all[..] {
                [one] => Ok(one),
                [] => Err("no such comparison in the input".to_owned()),
                _ => Err(format!(
                    "{} comparisons are meant; say task=, or wrap it in all(...), any(...) or count(...) >= k",
                    all.len()
                )),
            },
            Outcome::Count(..) => Err("compare the count with a number: count(...) >= 3".to_owned()),
        }
    }

    fn outcome(&mut self, expr: &Expr, task: Option<&str>) -> Judged<Outcome> {
        let one = |t: Truth| Ok(Outcome::Truths(vec![t]));
        match expr {
            Expr::And(all) => one(Truth::all(&self.truths(all, task)?)),
            Expr::Or(all) => one(Truth::any(&self.truths(all, task)?)),
            Expr::Not(inner) => match self.outcome(inner, task)? {
                Outcome::Truths(all) => Ok(Outcome::Truths(all.into_iter().map(Truth::not).collect())),
                Outcome::Count(..) => Err("`not` takes a condition, not a count".to_owned()),
            },
            Expr::Compare { left, op, right } => match self.outcome(left, task)? {
                Outcome::Count(low, high) => one(compare_count(low, high, *op, *right)),
                Outcome::Truths(_) => Err("only a count is compared with a number".to_owned()),
            },
            Expr::Call(call) => self.call(call, task),
        }
    }

    fn truths(&mut self, all: &[Expr], task: Option<&str>) -> Judged<Vec<Truth>> {
        all.iter().map(|e| self.truth(e, task)).collect()
    }

    fn call(&mut self, call: &Call, task: Option<&str>) -> Judged<Outcome> {
        if PREDICATES.contains(&call.name.as_str()) {
            return self.predicate(call, task).map(Outcome::Truths);
        }
        if !FUNCTIONS.contains(&call.name.as_str()) {
            return Err(format!("`{}` is unknown{}", call.name, near::hint(&call.name, FUNCTIONS)));
        }
        let ([Arg::Expr(inner)], true) = (&call.args[..], call.named.is_empty()) else {
            return Err(format!("{}(...) takes one condition", call.name));
        };
        let truths = if call.name.contains("task") {
            if task.is_some() {
                return Err(format!("{}(...) cannot stand inside another walk over tasks", call.name));
            }
            let mut found = Vec::new();
            let selection = self.context.select(self.options, &[])?;
            let names: Vec<String> = selection.tasks.iter().map(|t| t.name.clone()).collect();
            for name in unique(&names) {
                match self.outcome(inner, Some(name))? {
                    Outcome::Truths(here) if here.is_empty() => {}
                    Outcome::Truths(here) if here.len() == 1 => found.extend(here),
                    _ => return Err("say all(...), any(...) or count(...) >= k inside, for each task".to_owned()),
                }
            }
            found
        } else {
            match self.outcome(inner, task)? {
                Outcome::Truths(all) => all,
                Outcome::Count(..) => return Err(format!("{}(...) takes a condition, not a count", call.name)),
            }
        };
        if truths.is_empty() && task.is_none() {
            return Err("no such comparison in the input".to_owned());
        }
        let sure = truths.iter().filter(|t| **t == Truth::True).count();
        let open = truths.iter().filter(|t| **t == Truth::Unknown).count();
        Ok(match call.name.as_str() {
            "count" | "count_tasks" => Outcome::Count(sure, sure + open),
            _ if truths.is_empty() => Outcome::Truths(Vec::new()),
            "all" | "all_tasks" => Outcome::Truths(vec![Truth::all(&truths)]),
            _ => Outcome::Truths(vec![Truth::any(&truths)]),
        })
    }

    fn predicate(&mut self, call: &Call, task: Option<&str>) -> Judged<Vec<Truth>> {
        let mut options = self.options.clone();
        let allowed = [&["task"][..], &default_keys()].concat();
        for (key, value) in &call.named {
            options.set(key, &setting(value)?, &format!("{}(...)", call.name), &allowed)?;
        }
        let (models, baseline) = match &call.args[..] {
            [a, b] => (self.models(a, &options)?, text(b)?),
            [a] => {
                let baseline = options.baseline.clone();
                (self.models(a, &options)?, baseline.ok_or("say against which model: better(\"a\", \"b\")")?)
            }
            _ => return Err(format!("{}(a, b) takes two models", call.name)),
        };
        if models.contains(&baseline) {
            return Err(format!("`{baseline}` cannot be compared with itself"));
        }
        if call.name == "equivalent" && options.margin.is_none() {
            return Err("equivalent(...) needs a margin, such as margin=0.5".to_owned());
        }
        let with: Vec<&str> = models.iter().map(String::as_str).chain([baseline.as_str()]).collect();
        let selection = self.context.select(&options, &with)?;
        let rows = selection.compare(Pairs::Baseline(baseline), &options)?;
        let named = task.map(str::to_owned).or_else(|| options.task.clone());
        let asked = |r: &&ComparisonRow| models.contains(&r.model_a) && named.as_ref().is_none_or(|t| *t == r.task);
        let mut truths = Vec::new();
        for row in rows.iter().filter(asked) {
            truths.push(judge(&call.name, row, &options));
            self.note(row, &selection, &options)?;
        }
        if truths.is_empty() && task.is_none() {
            return Err(format!("no result of {} to compare{}", models.join(", "), on(&options)));
        }
        Ok(truths)
    }

    fn models(&self, arg: &Arg, options: &Options) -> Judged<Vec<String>> {
        match arg {
            Arg::Text(one) => Ok(vec![one.clone()]),
            Arg::List(all) => all.iter().map(text).collect(),
            Arg::Expr(Expr::Call(call)) if call.name == "family" => {
                let families: Judged<Vec<String>> = call.args.iter().map(text).collect();
                self.context.of_family(&families?, options)
            }
            _ => Err("models are a name in quotes, a list of them or family(\"...\")".to_owned()),
        }
    }

    fn note(&mut self, row: &ComparisonRow, selection: &Selection, options: &Options) -> Judged<()> {
        let summaries = selection.summaries(options)?;
        let here: Vec<_> = summaries.iter().filter(|r| r.task == row.task && r.metric == row.metric).collect();
        let task = selection.tasks.iter().find(|t| t.name == row.task && t.metric == row.metric);
        let printed = task.and_then(|t| describe::printed(selection, t));
        let scale = describe::scale(&here, printed, options);
        let model = |name: &str| {
            let model = selection.models.iter().find(|m| m.name == name);
            model.map_or_else(|| name.to_owned(), |m| m.label.clone())
        };
        let names = (task.map_or_else(|| row.task.clone(), |t| t.label.clone()), model(&row.model_a), model(&row.model_b));
        let line = describe::evidence(row, (&names.0, &names.1, &names.2), scale, options);
        if !self.evidence.values().any(|l| *l == line) {
            self.evidence.insert((self.evidence.len(), line.clone()), line);
        }
        Ok(())
    }
}

fn on(options: &Options) -> String {
    options.task.as_ref().map_or_else(String::new, |t| format!(" on `{t}`"))
}

fn judge(predicate: &str, row: &ComparisonRow, options: &Options) -> Truth {
    let truth = |yes: &[Verdict], no: &[Verdict]| {
        if yes.contains(&row.verdict) {
            Truth::True
        } else if no.contains(&row.verdict) {
            Truth::False
        } else {
            Truth::Unknown
        }
    };
    match predicate {
        "better" => truth(&[Verdict::Better], &[Verdict::Worse, Verdict::Equivalent]),
        "worse" => truth(&[Verdict::Worse], &[Verdict::Better, Verdict::Equivalent]),
        "different" => truth(&[Verdict::Better, Verdict::Worse], &[Verdict::Equivalent]),
        "not_different" => {
            truth(&[Verdict::Inconclusive, Verdict::Equivalent], &[Verdict::Better, Verdict::Worse])
        }
        _ => equivalent(row, options),
    }
}

/// By the row's own verdict, or by its interval where the verdict speaks of a (small) difference.
fn equivalent(row: &ComparisonRow, options: &Options) -> Truth {
    if row.verdict == Verdict::Equivalent {
        return Truth::True;
    }
    let unit = if options.percent { 100.0 } else { 1.0 };
    match (row.conf_low, row.conf_high, options.margin.map(|m| m / unit)) {
        (Some(low), Some(high), Some(margin)) if -margin < low && high < margin => Truth::True,
        (Some(low), Some(high), Some(margin)) if margin <= low || high <= -margin => Truth::False,
        _ => Truth::Unknown,
    }
}

/// A count known only to lie between two numbers, against a number.
fn compare_count(low: usize, high: usize, op: Op, right: f64) -> Truth {
    let holds = |n: usize| {
        let order = (n as f64).total_cmp(&right);
        match op {
            Op::AtLeast => order.is_ge(),
            Op::AtMost => order.is_le(),
            Op::More => order.is_gt(),
            Op::Less => order.is_lt(),
            Op::Equal => order.is_eq(),
            Op::Unequal => order.is_ne(),
        }
    };
    let all: Vec<bool> = (low..=high).map(holds).collect();
    match (all.iter().all(|h| *h), all.iter().any(|h| *h)) {
        (true, _) => Truth::True,
        (false, true) => Truth::Unknown,
        (false, false) => Truth::of(false),
    }
}

fn text(arg: &Arg) -> Judged<String> {
    match arg {
        Arg::Text(text) => Ok(text.clone()),
        _ => Err("a name in quotes is expected".to_owned()),
    }
}

fn setting(arg: &Arg) -> Judged<Setting> {
    match arg {
        Arg::Text(text) => Ok(Setting::Text(text.clone())),
        Arg::Number(number) => Ok(Setting::Number(*number)),
        Arg::Bool(truth) => Ok(Setting::Bool(*truth)),
        Arg::List(all) => all.iter().map(text).collect::<Judged<Vec<_>>>().map(Setting::List),
        Arg::Expr(_) => Err("an option is a string, a number, true, false or a list".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Truth::{False, True, Unknown};

    #[test]
    fn kleene() {
        let all = [True, Unknown, False];
        let table: Vec<[Truth; 2]> =
            all.iter().flat_map(|a| all.map(|b| [Truth::all(&[*a, b]), Truth::any(&[*a, b])])).collect();
        let expected = [
            [True, True],
            [Unknown, True],
            [False, True],
            [Unknown, True],
            [Unknown, Unknown],
            [False, Unknown],
            [False, True],
            [False, Unknown],
            [False, False],
        ];
        assert_eq!(table, expected);
    }

    #[test]
    fn counts_with_open_cases() {
        assert_eq!(compare_count(3, 5, Op::AtLeast, 3.0), True);
        assert_eq!(compare_count(2, 5, Op::AtLeast, 3.0), Unknown);
        assert_eq!(compare_count(0, 2, Op::AtLeast, 3.0), False);
        assert_eq!(compare_count(2, 2, Op::Equal, 2.0), True);
        assert_eq!(compare_count(0, 4, Op::Unequal, 2.0), Unknown);
    }
}
