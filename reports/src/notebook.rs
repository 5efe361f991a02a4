//! A notebook file taken apart: front matter, prose and code.
//!
//! In: one Markdown file with TOML front matter between `+++` lines. Out: [`Notebook`]: what the front matter says, checked
//! key by key, and the body cut into prose (templated later) and code (fences and inline code, never templated). It opens
//! no other file, runs nothing, and renders nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::near;

/// A notebook, taken apart.
#[derive(Debug, Clone)]
pub struct Notebook {
    /// The file as it was named.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
    /// What stands between the `+++` lines.
    pub front: Front,
    /// The body in its order.
    pub parts: Vec<Part>,
    /// Line of the body's first line in the file, from 1.
    pub body_line: usize,
}

/// The front matter.
#[derive(Debug, Clone, Default)]
pub struct Front {
    /// Title of the document.
    pub title: String,
    /// A line below it.
    pub subtitle: Option<String>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// BCP 47 tag of the prose.
    pub lang: String,
    /// Results store, CSV or Parquet, relative to the notebook.
    pub store: Option<PathBuf>,
    /// Published results, relative to the notebook.
    pub source: Option<PathBuf>,
    /// Whether the values of the store are percentages (`unit = "percent"`).
    pub percent: bool,
    /// Names in the store's file: ours and theirs.
    pub columns: BTreeMap<String, String>,
    /// Parameters and their defaults.
    pub parameters: BTreeMap<String, toml::Value>,
    /// Options that every function of the notebook starts from.
    pub defaults: toml::Table,
    /// What the notebook knows of each task.
    pub tasks: BTreeMap<String, TaskCard>,
    /// Shown names of models.
    pub models: BTreeMap<String, String>,
    /// Shown names of families.
    pub families: BTreeMap<String, String>,
}

/// What the notebook knows of a task.
#[derive(Debug, Clone, Default)]
pub struct TaskCard {
    /// Shown name.
    pub label: Option<String>,
    /// Name of its data as it would stand in `pretrained_on`: a model pre-trained on it has no result here.
    pub data: Option<String>,
}

/// A piece of the body.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text with `{{ }}` and `{% %}` in it.
    Prose(String),
    /// Inline code, with its backticks: shown as it is.
    Code(String),
    /// A fenced block.
    Fence(Fence),
}

/// A fenced block.
#[derive(Debug, Clone, PartialEq)]
pub struct Fence {
    /// Line of the opening fence in the file, from 1.
    pub line: usize,
    /// What stands behind the opening fence.
    pub info: String,
    /// The lines between, each with its line break.
    pub body: String,
    /// The block as written.
    pub raw: String,
}

const FRONT_KEYS: [&str; 13] = [
    "title",
    "subtitle",
    "authors",
    "lang",
    "store",
    "source",
    "unit",
    "columns",
    "parameters",
    "defaults",
    "tasks",
    "models",
    "families",
];

impl Notebook {
    /// Reads and takes apart a notebook.
    ///
    /// # Errors
    /// When the file cannot be read, has no front matter, or says something there that is not known.
    pub fn read(path: &Path) -> Result<Notebook> {
        Notebook::parse(path, &crate::error::read_text(path)?)
    }

    /// Takes apart the text of a notebook.
    ///
    /// # Errors
    /// As [`Notebook::read`].
    pub fn parse(path: &Path, text: &str) -> Result<Notebook> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let text = text.replace("\r\n", "\n").replace(['\u{E000}', '\u{E001}'], "\u{FFFD}");
        let missing =
            || Error::at(path, 1, "a notebook begins with front matter: TOML between two lines `+++`");
        let rest = text.strip_prefix("+++\n").ok_or_else(missing)?;
        let end = if rest.starts_with("+++") { Some(0) } else { rest.find("\n+++").map(|e| e + 1) };
        let end = end.ok_or_else(|| Error::at(path, 1, "the front matter is not closed by a line `+++`"))?;
        let head = &rest[..end];
        let body = rest[end..].split_once('\n').map_or("", |(_, body)| body);
        let body_line = 3 + head.matches('\n').count();
        let front = front(path, head)?;
        let parts = parts(path, body, body_line)?;
        Ok(Notebook { path: path.to_path_buf(), text: text.clone(), front, parts, body_line })
    }

    /// The line where a text first stands in the file, else 1: for errors that are found after rendering.
    #[must_use]
    pub fn line_of(&self, needle: &str) -> usize {
        self.text.find(needle).map_or(1, |at| 1 + self.text[..at].matches('\n').count())
    }

    /// A path of the front matter, seen from the folder of the notebook.
    #[must_use]
    pub fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// The front matter as a table with lines for its errors.
struct Head<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Head<'_> {
    fn error(&self, key: &str, message: String) -> Error {
        let is_key = |line: &&str| line.trim_start_matches(['[', ' ']).starts_with(key);
        let line = self.text.lines().take_while(|l| !is_key(l)).count();
        let line = if line == self.text.lines().count() { 1 } else { line + 2 };
        Error::at(self.path, line, message)
    }

    fn text(&self, table: &toml::Table, key: &str) -> Result<Option<String>> {
        match table.get(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.error(key, format!("`{key}` is a string, found {}", other.type_str()))),
        }
    }

    fn table(&self, table: &toml::Table, key: &str) -> Result<toml::Table> {
        match table.get(key) {
            None => Ok(toml::Table::new()),
            Some(toml::Value::Table(inner)) => Ok(inner.clone()),
            Some(other) => Err(self.error(key, format!("`{key}` is a table, found {}", other.type_str()))),
        }
    }

    fn names(&self, table: &toml::Table, key: &str) -> Result<BTreeMap<String, String>> {
        let inner = self.table(table, key)?;
        let pair = |(name, value): (&String, &toml::Value)| match value {
            toml::Value::String(label) => Ok((name.clone(), label.clone())),
            other => {
                let found = other.type_str();
                Err(self.error(name, format!("`{key}.{name}` is the shown name, a string; found {found}")))
            }
        };
        inner.iter().map(pair).collect()
    }

    fn unknown(&self, key: &str, what: &str, known: &[&str]) -> Error {
        self.error(key, format!("unknown {what} `{key}`{}", near::hint(key, known.iter().copied())))
    }
}

fn front(path: &Path, text: &str) -> Result<Front> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        let line = e.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count());
        Error::at(path, line + 2, format!("front matter: {}", e.message().replace('\n', ", ")))
    })?;
    let head = Head { path, text };
    if let Some(key) = table.keys().find(|k| !FRONT_KEYS.contains(&k.as_str())) {
        return Err(head.unknown(key, "key of the front matter", &FRONT_KEYS));
    }
    let title = head.text(&table, "title")?;
    let authors = match table.get("authors") {
        None => Vec::new(),
        Some(toml::Value::Array(all)) if all.iter().all(toml::Value::is_str) => {
            all.iter().filter_map(|a| a.as_str().map(str::to_owned)).collect()
        }
        Some(_) => return Err(head.error("authors", "`authors` is a list of strings".to_owned())),
    };
    let simple = |v: &toml::Value| v.is_str() || v.is_integer() || v.is_float() || v.is_bool();
    let parameters: BTreeMap<String, toml::Value> = head.table(&table, "parameters")?.into_iter().collect();
    if let Some((name, _)) = parameters.iter().find(|(_, v)| !simple(v)) {
        return Err(head.error(name, format!("parameter `{name}` is a string, a number or a boolean")));
    }
    let percent = match head.text(&table, "unit")?.as_deref() {
        None | Some("fraction") => false,
        Some("percent") => true,
        Some(other) => {
            return Err(head.error("unit", format!("`unit` is fraction or percent, found `{other}`")));
        }
    };
    Ok(Front {
        percent,
        columns: head.names(&table, "columns")?,
        title: title.ok_or_else(|| Error::at(path, 1, "the front matter has no `title`"))?,
        subtitle: head.text(&table, "subtitle")?,
        authors,
        lang: head.text(&table, "lang")?.unwrap_or_else(|| "en".to_owned()),
        store: head.text(&table, "store")?.map(PathBuf::from),
        source: head.text(&table, "source")?.map(PathBuf::from),
        parameters,
        defaults: head.table(&table, "defaults")?,
        tasks: task_cards(&head, &table)?,
        models: head.names(&table, "models")?,
        families: head.names(&table, "families")?,
    })
}

fn task_cards(head: &Head<'_>, table: &toml::Table) -> Result<BTreeMap<String, TaskCard>> {
    let mut cards = BTreeMap::new();
    for (name, value) in head.table(table, "tasks")? {
        let card = match value {
            toml::Value::String(label) => TaskCard { label: Some(label), data: None },
            toml::Value::Table(inner) => {
                if let Some(key) = inner.keys().find(|k| !["label", "data"].contains(&k.as_str())) {
                    return Err(head.unknown(key, &format!("key of task `{name}`"), &["label", "data"]));
                }
                TaskCard { label: head.text(&inner, "label")?, data: head.text(&inner, "data")? }
            }
            _ => {
                return Err(
                    head.error(&name, format!("`tasks.{name}` is a name or a table with label, data"))
                );
            }
        };
        cards.insert(name, card);
    }
    Ok(cards)
}

/// Cuts the body at fences (by line) and, between them, at inline code.
fn parts(path: &Path, body: &str, first_line: usize) -> Result<Vec<Part>> {
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    let mut parts = Vec::new();
    let mut prose = String::new();
    let mut i = 0;
    while i < lines.len() {
        let Some((mark, count, info)) = opening(lines[i]) else {
            prose.push_str(lines[i]);
            i += 1;
            continue;
        };
        let closes = |line: &&str| {
            let line = line.trim();
            count <= line.len() && line.chars().all(|c| c == mark)
        };
        let Some(length) = lines[i + 1..].iter().position(closes) else {
            return Err(Error::at(path, first_line + i, "this fenced block is not closed"));
        };
        split_inline(&std::mem::take(&mut prose), &mut parts);
        parts.push(Part::Fence(Fence {
            line: first_line + i,
            info: info.to_owned(),
            body: lines[i + 1..=i + length].concat(),
            raw: lines[i..=i + 1 + length].concat(),
        }));
        i += length + 2;
    }
    split_inline(&prose, &mut parts);
    Ok(parts)
}

/// The mark, its count and the info of a line that opens a fence.
fn opening(line: &str) -> Option<(char, usize, &str)> {
    let line = line.trim();
    let mark = line.chars().next().filter(|c| *c == '`' || *c == '~')?;
    let count = line.chars().take_while(|c| *c == mark).count();
    let info = line[count..].trim();
    (3 <= count && !(mark == '`' && info.contains('`'))).then_some((mark, count, info))
}

/// Cuts prose at inline code; what stands in `{{ }}` and `{% %}` is passed over.
fn split_inline(prose: &str, parts: &mut Vec<Part>) {
    let mut start = 0;
    let mut at = 0;
    while at < prose.len() {
        let rest = &prose[at..];
        if rest.starts_with("{{") || rest.starts_with("{%") {
            at += template_length(rest);
        } else if let Some(escaped) = rest.strip_prefix('\\') {
            at += 1 + escaped.chars().next().map_or(0, char::len_utf8);
        } else if rest.starts_with('`') {
            let run = rest.bytes().take_while(|b| *b == b'`').count();
            match code_length(rest, run) {
                Some(length) => {
                    parts.push(Part::Prose(prose[start..at].to_owned()));
                    parts.push(Part::Code(rest[..length].to_owned()));
                    at += length;
                    start = at;
                }
                None => at += run,
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    if start < prose.len() {
        parts.push(Part::Prose(prose[start..].to_owned()));
    }
}

/// Bytes of an expression or a block tag, quotes respected.
fn template_length(rest: &str) -> usize {
    let close = if rest.starts_with("{{") { "}}" } else { "%}" };
    let mut quote = None;
    for (i, c) in rest.char_indices().skip(2) {
        match quote {
            Some(q) if q == c => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if rest[i..].starts_with(close) => return i + 2,
            None => {}
        }
    }
    2
}

/// Bytes of inline code that opens with `run` backticks and closes with as many in the same paragraph.
fn code_length(rest: &str, run: usize) -> Option<usize> {
    let paragraph = &rest[..rest.find("\n\n").unwrap_or(rest.len())];
    let mut at = run;
    while let Some(next) = paragraph[at..].find('`') {
        let found = paragraph[at + next..].bytes().take_while(|b| *b == b'`').count();
        if found == run {
            return Some(at + next + run);
        }
        at += next + found;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Notebook> {
        Notebook::parse(Path::new("a.md"), text)
    }

    #[test]
    fn code_is_cut_from_prose() {
        let book =
            parse("+++\ntitle='t'\n+++\na `{{b}}` {{ c(\"`\") }}\n```rust {#x}\n{{ d }}\n```\n`e\n").unwrap();
        let fence = Fence {
            line: 5,
            info: "rust {#x}".to_owned(),
            body: "{{ d }}\n".to_owned(),
            raw: "```rust {#x}\n{{ d }}\n```\n".to_owned(),
        };
        let prose = |t: &str| Part::Prose(t.to_owned());
        let expected = [
            prose("a "),
            Part::Code("`{{b}}`".to_owned()),
            prose(" {{ c(\"`\") }}\n"),
            Part::Fence(fence),
            prose("`e\n"),
        ];
        assert_eq!(book.parts, expected);
    }

    #[test]
    fn errors_name_the_line() {
        let all: Vec<_> = [
            "# no front matter",
            "+++\ntitle = 't'\n",
            "+++\ntitle = 't'\n\nautors = ['x']\n+++\n",
            "+++\ntitle = 't'\nlang = 3\n+++\n",
            "+++\ntitle = 't'\nlang = \n+++\n",
            "+++\nlang = 'en'\n+++\n",
            "+++\ntitle = 't'\n[tasks.a]\nlable = 'x'\n+++\n",
            "+++\ntitle = 't'\n[parameters]\nn = [1]\n+++\n",
            "+++\ntitle = 't'\n+++\ntext\n```claim\nx\n",
        ]
        .iter()
        .map(|text| parse(text).unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(all.join("\n"), @r"
a.md:1: a notebook begins with front matter: TOML between two lines `+++`
a.md:1: the front matter is not closed by a line `+++`
a.md:4: unknown key of the front matter `autors`; did you mean `authors`?
a.md:3: `lang` is a string, found integer
a.md:3: front matter: string values must be quoted, expected literal string
a.md:1: the front matter has no `title`
a.md:4: unknown key of task `a` `lable`; did you mean `label`?
a.md:4: parameter `n` is a string, a number or a boolean
a.md:5: this fenced block is not closed
    ");
    }
}
