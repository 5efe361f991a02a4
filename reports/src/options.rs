//! The options of tables, figures, values and claims: one set of names, checked the same way wherever they are written.
//!
//! In: a key and a [`Setting`], from an expression (`table("main", n=5)`), from `[defaults]` or from a claim. Out:
//! [`Options`], or a message with a near name. It reads no data: whether a task exists is `context`'s question.

use std::collections::BTreeMap;

use analysis::stat::{Adjust, Alternative};
use analysis::tidy::{AdjustOver, Test};

use crate::near;

/// A value as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// A string.
    Text(String),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// Strings.
    List(Vec<String>),
    /// Names to shown names.
    Map(BTreeMap<String, String>),
}

/// What a table, figure, value or claim is made from and how it looks.
#[derive(Debug, Clone)]
pub struct Options {
    /// Source of published rows, such as `table2`.
    pub source: Option<String>,
    /// Tasks, in this order.
    pub tasks: Option<Vec<String>>,
    /// Models, in this order.
    pub models: Option<Vec<String>>,
    /// Only this metric.
    pub metric: Option<String>,
    /// Runs behind a published mean that states none.
    pub n: Option<i64>,
    /// Divisor n - ddof of a published standard deviation.
    pub ddof: Option<i64>,
    /// What others are compared with.
    pub baseline: Option<String>,
    /// Two-sample test.
    pub test: Test,
    /// Adjustment for many tests.
    pub adjust: Adjust,
    /// Which tests are adjusted together.
    pub adjust_over: AdjustOver,
    /// Direction of the test.
    pub alternative: Alternative,
    /// Level.
    pub alpha: f64,
    /// Equivalence margin, in shown units.
    pub margin: Option<f64>,
    /// Show fractions as percent.
    pub percent: bool,
    /// Decimals; by the size of the uncertainty where not given.
    pub decimals: Option<usize>,
    /// Shown names.
    pub labels: BTreeMap<String, String>,
    /// What stands behind the mean.
    pub spread: Spread,
    /// Name for cross references.
    pub id: Option<String>,
    /// Caption.
    pub caption: Option<String>,
    /// Description for those who do not see a figure.
    pub alt: Option<String>,
    /// Heading rows for families.
    pub groups: bool,
    /// Two models that a bracket compares.
    pub bracket: Vec<String>,
    /// Bars from zero.
    pub zero: bool,
    /// Compare all pairs.
    pub all_pairs: bool,
    /// One task, for a value.
    pub task: Option<String>,
    /// One model, for a value.
    pub model: Option<String>,
    /// Which number, for a value.
    pub what: Option<String>,
}

/// What stands behind a mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Standard deviation over runs.
    Sd,
    /// t interval of the mean.
    Ci,
}

/// Options that say which rows are used.
pub const ROWS: &[&str] = &["source", "tasks", "models", "metric", "n", "ddof"];
/// Options that say how differences are tested.
pub const TESTING: &[&str] = &["test", "adjust", "adjust_over", "alternative", "alpha", "baseline", "margin"];
/// Options that say how numbers look.
pub const LOOK: &[&str] = &["percent", "decimals", "labels", "spread"];

/// Options that `[defaults]` may set.
#[must_use]
pub fn default_keys() -> Vec<&'static str> {
    [ROWS, TESTING, LOOK, &["groups"]].concat()
}

impl Options {
    /// What holds where nothing is said.
    #[must_use]
    pub fn new() -> Options {
        Options {
            source: None,
            tasks: None,
            models: None,
            metric: None,
            n: None,
            ddof: None,
            baseline: None,
            test: Test::Welch,
            adjust: Adjust::Holm,
            adjust_over: AdjustOver::Task,
            alternative: Alternative::TwoSided,
            alpha: 0.05,
            margin: None,
            percent: true,
            decimals: None,
            labels: BTreeMap::new(),
            spread: Spread::Sd,
            id: None,
            caption: None,
            alt: None,
            groups: true,
            bracket: Vec::new(),
            zero: false,
            all_pairs: false,
            task: None,
            model: None,
            what: None,
        }
    }

    /// Sets one option; `what` and `allowed` say for whom.
    ///
    /// # Errors
    /// An unknown key, or a value of the wrong kind, with a near name.
    pub fn set(&mut self, key: &str, value: &Setting, what: &str, allowed: &[&str]) -> Result<(), String> {
        if !allowed.contains(&key) {
            return Err(format!("{what} has no option `{key}`{}", near::hint(key, allowed.iter().copied())));
        }
        match key {
            "source" => self.source = Some(text(key, value)?),
            "tasks" => self.tasks = Some(list(key, value)?),
            "models" => self.models = Some(list(key, value)?),
            "metric" => self.metric = Some(text(key, value)?),
            "n" => self.n = Some(whole(key, value, 1)?),
            "ddof" => self.ddof = Some(whole(key, value, 0)?),
            "margin" => self.margin = Some(positive(key, value)?),
            "percent" => self.percent = truth(key, value)?,
            "decimals" => self.decimals = Some(whole(key, value, 0)?.unsigned_abs().min(9) as usize),
            "labels" => self.labels.extend(map(key, value)?),
            "id" => self.id = Some(identifier(key, value)?),
            "caption" => self.caption = Some(text(key, value)?),
            "alt" => self.alt = Some(text(key, value)?),
            "groups" => self.groups = truth(key, value)?,
            "bracket" => self.bracket = two(key, value)?,
            "zero" => self.zero = truth(key, value)?,
            "all_pairs" => self.all_pairs = truth(key, value)?,
            "task" => self.task = Some(text(key, value)?),
            "model" => self.model = Some(text(key, value)?),
            "what" => self.what = Some(text(key, value)?),
            _ => return self.set_test(key, value),
        }
        Ok(())
    }

    fn set_test(&mut self, key: &str, value: &Setting) -> Result<(), String> {
        let adjusts: Vec<(&str, Adjust)> = Adjust::ALL.iter().map(|a| (a.as_str(), *a)).collect();
        match key {
            "baseline" => self.baseline = Some(text(key, value)?),
            "test" => {
                let tests: Vec<(&str, Test)> = Test::ALL.iter().map(|test| (test.as_str(), *test)).collect();
                self.test = choice(key, value, &tests)?;
            }
            "adjust" => self.adjust = choice(key, value, &adjusts)?,
            "adjust_over" => {
                self.adjust_over =
                    choice(key, value, &[("task", AdjustOver::Task), ("all", AdjustOver::All)])?;
            }
            "alternative" => {
                let all = [
                    ("two-sided", Alternative::TwoSided),
                    ("greater", Alternative::Greater),
                    ("less", Alternative::Less),
                ];
                self.alternative = choice(key, value, &all)?;
            }
            "alpha" => {
                self.alpha = positive(key, value)?;
                if 0.5 <= self.alpha {
                    return Err(format!("`alpha` is a level such as 0.05, found {}", self.alpha));
                }
            }
            "spread" => self.spread = choice(key, value, &[("sd", Spread::Sd), ("ci", Spread::Ci)])?,
            _ => return Err(format!("`{key}` is no option")),
        }
        Ok(())
    }
}

impl Default for Options {
    fn default() -> Options {
        Options::new()
    }
}

impl Setting {
    /// A value of front matter or of a claim; `{ param = "name" }` stands for a parameter.
    ///
    /// # Errors
    /// A kind that no option has, or an unknown parameter.
    pub fn from_toml(value: &toml::Value, params: &BTreeMap<String, Setting>) -> Result<Setting, String> {
        let texts = |all: &Vec<toml::Value>| all.iter().map(|v| v.as_str().map(str::to_owned)).collect();
        match value {
            toml::Value::String(text) => Ok(Setting::Text(text.clone())),
            toml::Value::Integer(number) => Ok(Setting::Number(*number as f64)),
            toml::Value::Float(number) => Ok(Setting::Number(*number)),
            toml::Value::Boolean(truth) => Ok(Setting::Bool(*truth)),
            toml::Value::Array(all) => {
                let texts: Option<Vec<String>> = texts(all);
                texts.map(Setting::List).ok_or_else(|| "a list holds strings".to_owned())
            }
            toml::Value::Table(table) => {
                if let (1, Some(toml::Value::String(name))) = (table.len(), table.get("param")) {
                    let known = params.keys().map(String::as_str);
                    let missing = || format!("no parameter `{name}`{}", near::hint(name, known));
                    return params.get(name).cloned().ok_or_else(missing);
                }
                let pair = |(k, v): (&String, &toml::Value)| v.as_str().map(|v| (k.clone(), v.to_owned()));
                let pairs: Option<BTreeMap<_, _>> = table.iter().map(pair).collect();
                pairs.map(Setting::Map).ok_or_else(|| "a table maps names to shown names".to_owned())
            }
            toml::Value::Datetime(_) => Err("a date is no option; put it in quotes".to_owned()),
        }
    }

    /// The kind, for messages.
    fn kind(&self) -> String {
        match self {
            Setting::Text(text) => format!("the string \"{text}\""),
            Setting::Number(number) => format!("the number {number}"),
            Setting::Bool(truth) => format!("{truth}"),
            Setting::List(_) => "a list".to_owned(),
            Setting::Map(_) => "a table of names".to_owned(),
        }
    }
}

fn text(key: &str, value: &Setting) -> Result<String, String> {
    match value {
        Setting::Text(text) => Ok(text.clone()),
        other => Err(format!("`{key}` is a string, found {}", other.kind())),
    }
}

fn list(key: &str, value: &Setting) -> Result<Vec<String>, String> {
    match value {
        Setting::List(all) if !all.is_empty() => Ok(all.clone()),
        Setting::Text(one) => Ok(vec![one.clone()]),
        other => Err(format!("`{key}` is a list of names, found {}", other.kind())),
    }
}

fn two(key: &str, value: &Setting) -> Result<Vec<String>, String> {
    match value {
        Setting::List(all) if all.len() == 2 => Ok(all.clone()),
        other => Err(format!("`{key}` is a list of two models, found {}", other.kind())),
    }
}

fn map(key: &str, value: &Setting) -> Result<BTreeMap<String, String>, String> {
    match value {
        Setting::Map(map) => Ok(map.clone()),
        other => Err(format!("`{key}` maps names to shown names, found {}", other.kind())),
    }
}

fn truth(key: &str, value: &Setting) -> Result<bool, String> {
    match value {
        Setting::Bool(truth) => Ok(*truth),
        other => Err(format!("`{key}` is true or false, found {}", other.kind())),
    }
}

fn whole(key: &str, value: &Setting, least: i64) -> Result<i64, String> {
    match value {
        Setting::Number(x) if x.fract() == 0.0 && least as f64 <= *x && *x <= 1e9 => Ok(*x as i64),
        other => Err(format!("`{key}` is a whole number, {least} or more; found {}", other.kind())),
    }
}

fn positive(key: &str, value: &Setting) -> Result<f64, String> {
    match value {
        Setting::Number(x) if x.is_finite() && 0.0 < *x => Ok(*x),
        other => Err(format!("`{key}` is a number above 0, found {}", other.kind())),
    }
}

fn choice<T: Copy>(key: &str, value: &Setting, all: &[(&str, T)]) -> Result<T, String> {
    let name = text(key, value)?;
    let found = all.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    found.ok_or_else(|| {
        format!("`{key}` cannot be `{name}`{}", near::hint(&name, all.iter().map(|(n, _)| *n)))
    })
}

/// An id becomes a file name and an anchor: nothing but letters, digits, `-` and `_`.
fn identifier(key: &str, value: &Setting) -> Result<String, String> {
    let id = text(key, value)?;
    let id = id.strip_prefix("tab:").or_else(|| id.strip_prefix("fig:")).unwrap_or(&id).to_owned();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if id.is_empty() || 64 < id.len() || !id.chars().all(fits) {
        return Err(format!("`{key}` is up to 64 letters, digits, `-` or `_`; found \"{id}\""));
    }
    Ok(id)
}
