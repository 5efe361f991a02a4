//! The prose of a notebook, its expressions evaluated.
//!
//! In: a notebook and its context. Out: Markdown in which everything an expression printed is a numbered token, and the
//! things that the tokens stand for. So no text that comes from data, parameters or captions is ever read as Markdown,
//! HTML or LaTeX: each target writes it in its own way. Code is taken out before and put back after.

use std::sync::{Arc, Mutex, MutexGuard};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Object, Value, ValueKind};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use crate::claim::{self, Claim};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::figure::model::Figure;
use crate::near;
use crate::notebook::{Notebook, Part};
use crate::options::{LOOK, Options, ROWS, Setting, TESTING};
use crate::table::model::Table;

/// What a token stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Insert {
    /// Text from data or parameters.
    Text(String),
    /// A table, by its place in [`Rendered::tables`].
    Table(usize),
    /// A figure, by its place in [`Rendered::figures`].
    Figure(usize),
    /// A claim, by its place in [`Rendered::claims`].
    Claim(usize),
    /// A cross reference such as `tab:one`.
    Ref(String),
}

/// A notebook after its expressions ran.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    /// Markdown with tokens.
    pub markdown: String,
    /// What tokens stand for, by number.
    pub inserts: Vec<Insert>,
    /// Tables in their order.
    pub tables: Vec<Table>,
    /// Figures in their order.
    pub figures: Vec<Figure>,
    /// Claims in their order.
    pub claims: Vec<Claim>,
}

/// Opens a token; the notebook's own text cannot hold it.
pub const OPEN: char = '\u{E000}';
/// Closes a token.
pub const CLOSE: char = '\u{E001}';

const FUNCTIONS: [&str; 6] = ["value", "table", "figure", "param", "ref", "family"];

impl Rendered {
    fn token(&mut self, insert: Insert) -> String {
        self.inserts.push(insert);
        format!("{OPEN}{}{CLOSE}", self.inserts.len() - 1)
    }
}

/// A text cut at its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text between tokens.
    Text(&'a str),
    /// A token's number.
    Token(usize),
}

/// Cuts a text at its tokens.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(OPEN) {
        let (before, token) = rest.split_at(at);
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        let token = &token[OPEN.len_utf8()..];
        let end = token.find(CLOSE).unwrap_or(token.len());
        if let Ok(number) = token[..end].parse() {
            out.push(Piece::Token(number));
        }
        rest = token.get(end + CLOSE.len_utf8()..).unwrap_or("");
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

/// Runs the expressions of a notebook.
///
/// # Errors
/// At the line in the notebook: an unknown function, option, name or a condition that cannot be evaluated.
pub fn render(book: &Notebook, context: &Arc<Context>) -> Result<Rendered> {
    let state = Arc::new(Mutex::new(Rendered::default()));
    let mut source = String::new();
    let mut code: Vec<&str> = Vec::new();
    for part in &book.parts {
        match part {
            Part::Prose(text) => source.push_str(text),
            Part::Code(raw) => {
                source.push_str(&keep(&mut code, raw));
                source.push_str(&"\n".repeat(raw.matches('\n').count()));
            }
            Part::Fence(fence) if fence.info.split_whitespace().next() == Some("claim") => {
                let claim = claim::evaluate(context, book, fence)?;
                let mut state = lock(&state);
                state.claims.push(claim);
                let insert = Insert::Claim(state.claims.len() - 1);
                let token = state.token(insert);
                source.push_str(&format!(
                    "\n{token}\n{}",
                    "\n".repeat(fence.raw.matches('\n').count().saturating_sub(2))
                ));
            }
            Part::Fence(fence) => {
                source.push_str(&keep(&mut code, &fence.raw));
                source.push_str(&"\n".repeat(fence.raw.matches('\n').count()));
            }
        }
    }
    let env = environment(context, &state).map_err(|e| Error::at(&book.path, 1, e.to_string()))?;
    let mut markdown = env.render_str(&source, ()).map_err(|e| explain(&e, &source, book))?;
    for (i, raw) in code.iter().enumerate() {
        markdown = markdown.replace(&format!("{OPEN}c{i}{CLOSE}"), raw);
    }
    let mut rendered = std::mem::take(&mut *lock(&state));
    rendered.markdown = markdown;
    check_ids(book, &rendered)?;
    Ok(rendered)
}

/// A stand-in for code while templates run.
fn keep<'a>(code: &mut Vec<&'a str>, raw: &'a str) -> String {
    code.push(raw);
    format!("{OPEN}c{}{CLOSE}", code.len() - 1)
}

fn lock(state: &Mutex<Rendered>) -> MutexGuard<'_, Rendered> {
    // A panic while the lock is held cannot leave a half-made list behind: every change is one push.
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// An insertion as a value of a template: printed as its token.
#[derive(Debug)]
struct Handle(String);

impl Object for Handle {}

/// Steps that the template of one notebook may take: the shipped notebooks take a few hundred; a loop that runs away is stopped.
const FUEL: u64 = 1_000_000;

fn environment(
    context: &Arc<Context>,
    state: &Arc<Mutex<Rendered>>,
) -> std::result::Result<Environment<'static>, minijinja::Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    // Headings carry `{#id}`: a comment begins with two marks in a row, which no notebook holds.
    let syntax = SyntaxConfig::builder()
        .comment_delimiters("\u{E001}\u{E001}", "\u{E001}\u{E000}")
        .trim_blocks(true)
        .build()?;
    env.set_syntax(syntax);
    let printed = Arc::clone(state);
    env.set_formatter(move |out, _, value| {
        let text = match value.downcast_object_ref::<Handle>() {
            Some(handle) => handle.0.clone(),
            None => lock(&printed).token(Insert::Text(shown(value)?)),
        };
        out.write_str(&text).map_err(|_| fail("cannot write".to_owned()))
    });
    let ctx = Arc::clone(context);
    env.add_function("value", move |kind: Option<String>, kwargs: Kwargs| {
        let allowed = [ROWS, TESTING, LOOK, &["task", "model", "what"]].concat();
        let options = options(&ctx, &kwargs, "value(...)", &allowed)?;
        crate::value::value(&ctx, kind.as_deref().unwrap_or(""), &options).map(Value::from).map_err(fail)
    });
    let (ctx, made) = (Arc::clone(context), Arc::clone(state));
    env.add_function("table", move |kind: Option<String>, kwargs: Kwargs| table(&ctx, &made, kind, &kwargs));
    let (ctx, made) = (Arc::clone(context), Arc::clone(state));
    env.add_function("figure", move |kind: Option<String>, kwargs: Kwargs| {
        figure(&ctx, &made, kind, &kwargs)
    });
    let ctx = Arc::clone(context);
    env.add_function("param", move |name: String| {
        let known = ctx.params.keys().map(String::as_str);
        let missing = || fail(format!("no parameter `{name}`{}", near::hint(&name, known)));
        ctx.params.get(&name).map(to_value).ok_or_else(missing)
    });
    let ctx = Arc::clone(context);
    env.add_function("family", move |name: String, kwargs: Kwargs| {
        let options = options(&ctx, &kwargs, "family(...)", ROWS)?;
        ctx.of_family(&[name], &options).map(Value::from_iter).map_err(fail)
    });
    let made = Arc::clone(state);
    env.add_function("ref", move |target: String| {
        Ok::<_, minijinja::Error>(Value::from_object(Handle(lock(&made).token(Insert::Ref(target)))))
    });
    Ok(env)
}

fn table(
    context: &Context,
    made: &Mutex<Rendered>,
    kind: Option<String>,
    kwargs: &Kwargs,
) -> std::result::Result<Value, minijinja::Error> {
    let allowed = [ROWS, TESTING, LOOK, &["id", "caption", "groups", "all_pairs"]].concat();
    let options = options(context, kwargs, "table(...)", &allowed)?;
    let table = match kind.as_deref() {
        Some("main" | "summary") => crate::table::scores::scores(context, &options),
        Some("compare") => crate::table::comparisons::comparisons(context, &options),
        Some(other) => {
            let hint = near::hint(other, ["main", "compare"]);
            Err(format!("table(\"{other}\") is unknown{hint}"))
        }
        None => Err("say which table: table(\"main\") or table(\"compare\")".to_owned()),
    }
    .map_err(fail)?;
    let mut made = lock(made);
    made.tables.push(table);
    let insert = Insert::Table(made.tables.len() - 1);
    Ok(Value::from_object(Handle(made.token(insert))))
}

fn figure(
    context: &Context,
    made: &Mutex<Rendered>,
    kind: Option<String>,
    kwargs: &Kwargs,
) -> std::result::Result<Value, minijinja::Error> {
    let allowed = [ROWS, TESTING, LOOK, &["id", "caption", "alt", "bracket", "zero"]].concat();
    let options = options(context, kwargs, "figure(...)", &allowed)?;
    let figure = match kind.as_deref() {
        Some("bars") => crate::figure::bars::bars(context, &options),
        Some("points") => crate::figure::points::points(context, &options),
        Some(other) => {
            let hint = near::hint(other, ["bars", "points"]);
            Err(format!("figure(\"{other}\") is unknown{hint}"))
        }
        None => Err("say which figure: figure(\"bars\") or figure(\"points\")".to_owned()),
    }
    .map_err(fail)?;
    let mut made = lock(made);
    made.figures.push(figure);
    let insert = Insert::Figure(made.figures.len() - 1);
    Ok(Value::from_object(Handle(made.token(insert))))
}

fn fail(message: String) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, message)
}

fn options(
    context: &Context,
    kwargs: &Kwargs,
    what: &str,
    allowed: &[&str],
) -> std::result::Result<Options, minijinja::Error> {
    let mut options = context.defaults.clone();
    let names: Vec<String> = kwargs.args().map(str::to_owned).collect();
    for name in names {
        let value: Value = kwargs.get(&name)?;
        if value.is_none() {
            continue;
        }
        let setting = from_value(&value).map_err(|kind| fail(format!("`{name}` cannot be {kind}")))?;
        options.set(&name, &setting, what, allowed).map_err(fail)?;
    }
    Ok(options)
}

/// A value of a template as a setting; the error names the kind.
fn from_value(value: &Value) -> std::result::Result<Setting, String> {
    let text = |v: &Value| v.as_str().map(str::to_owned);
    let kind = || format!("a {}", value.kind());
    match value.kind() {
        ValueKind::String => text(value).map(Setting::Text).ok_or_else(kind),
        ValueKind::Bool => Ok(Setting::Bool(value.is_true())),
        ValueKind::Number => f64::try_from(value.clone()).map(Setting::Number).map_err(|_| kind()),
        ValueKind::Seq | ValueKind::Iterable => {
            let all = value.try_iter().map_err(|_| kind())?;
            let all: Option<Vec<String>> = all.map(|v| text(&v)).collect();
            all.map(Setting::List).ok_or_else(|| "a list of anything but strings".to_owned())
        }
        ValueKind::Map => {
            let keys = value.try_iter().map_err(|_| kind())?;
            let pair = |k: Value| Some((text(&k)?, text(&value.get_item(&k).ok()?)?));
            let all: Option<std::collections::BTreeMap<_, _>> = keys.map(pair).collect();
            all.map(Setting::Map).ok_or_else(|| "a map of anything but strings".to_owned())
        }
        _ => Err(kind()),
    }
}

fn to_value(setting: &Setting) -> Value {
    match setting {
        Setting::Text(text) => Value::from(text.clone()),
        Setting::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Value::from(*number as i64)
        }
        Setting::Number(number) => Value::from(*number),
        Setting::Bool(truth) => Value::from(*truth),
        Setting::List(all) => Value::from_iter(all.iter().cloned()),
        Setting::Map(map) => Value::from_pairs(map.iter().map(|(k, v)| (k.clone(), v.clone()))),
    }
}

/// A plain value as it is printed.
fn shown(value: &Value) -> std::result::Result<String, minijinja::Error> {
    match value.kind() {
        ValueKind::Undefined => Err(minijinja::Error::from(ErrorKind::UndefinedError)),
        ValueKind::String | ValueKind::Bool => Ok(value.to_string()),
        ValueKind::Number => match f64::try_from(value.clone()) {
            Ok(number) => Ok(crate::format::plain(number)),
            Err(_) => Ok(value.to_string()),
        },
        other => Err(fail(format!("a {other} cannot be printed"))),
    }
}

/// An error of the template engine in the notebook's words and lines.
fn explain(error: &minijinja::Error, source: &str, book: &Notebook) -> Error {
    let line = book.body_line + error.line().unwrap_or(1) - 1;
    let excerpt = error.range().and_then(|r| source.get(r)).unwrap_or("");
    let end = excerpt.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(excerpt.len());
    let name = &excerpt[..end];
    let message = match error.kind() {
        ErrorKind::UnknownFunction => {
            format!("unknown function `{name}`{}", near::hint(name, FUNCTIONS))
        }
        ErrorKind::UndefinedError => {
            format!("`{}` is not defined{}", excerpt.trim(), near::hint(name, FUNCTIONS))
        }
        ErrorKind::InvalidOperation => error.detail().unwrap_or("this does not work").to_owned(),
        kind => match error.detail() {
            Some(detail) => format!("{kind}: {detail}"),
            None => format!("{kind} in `{excerpt}`"),
        },
    };
    Error::at(&book.path, line, message)
}

/// Ids are unique, and references have a target.
fn check_ids(book: &Notebook, rendered: &Rendered) -> Result<()> {
    let tables = rendered.tables.iter().map(|t| format!("tab:{}", t.id));
    let figures = rendered.figures.iter().map(|f| format!("fig:{}", f.id));
    let mut known: Vec<String> = Vec::new();
    for id in tables.chain(figures) {
        if known.contains(&id) {
            let short = &id[4..];
            let line = book.line_of(&format!("\"{short}\""));
            return Err(Error::at(&book.path, line, format!("`{id}` is there twice; give each its own id=")));
        }
        known.push(id);
    }
    for insert in &rendered.inserts {
        if let Insert::Ref(target) = insert
            && !known.contains(target)
        {
            let hint = near::hint(target, known.iter().map(String::as_str));
            let line = book.line_of(&format!("\"{target}\""));
            return Err(Error::at(&book.path, line, format!("nothing has the id `{target}`{hint}")));
        }
    }
    Ok(())
}
