//! The report as GitHub Markdown.
//!
//! In: [`Page`]. Out: text of `report.md`, which links the pictures under `figures/`. The notebook's own Markdown is kept
//! as written; raw HTML in it is escaped, dangerous links lose their target, heading attributes become anchors.

use std::fmt::Write;
use std::ops::Range;

use minijinja::value::Value;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::claim::Claim;
use crate::document::{allowed, flavor, inline_text, plain};
use crate::error::Result;
use crate::escape;
use crate::page::{MADE, Page, fill, template};
use crate::prose::{Insert, Piece, Rendered, pieces};
use crate::table;

const SHELL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/report.md"));
/// Comparisons listed below a claim; a page that cannot fold shows no more.
const LISTED: usize = 12;

/// Writes the report.
///
/// # Errors
/// When the template cannot be read or filled.
pub fn markdown(page: &Page<'_>) -> Result<String> {
    let front = &page.book.front;
    let escaped = |text: &str| Value::from(escape::markdown(text));
    let facts: Vec<Value> = page
        .facts
        .iter()
        .map(|(k, v)| Value::from_iter([escape::markdown(k), escape::markdown(v)]))
        .collect();
    let values = vec![
        ("title", escaped(&front.title)),
        ("subtitle", escaped(front.subtitle.as_deref().unwrap_or(""))),
        ("authors", escaped(&front.authors.join(", "))),
        ("made", escaped(if page.made_data { MADE } else { "" })),
        ("body", Value::from(body(page.rendered))),
        ("facts", Value::from_iter(facts)),
        ("warnings", Value::from_iter(page.warnings.iter().map(|w| escape::markdown(w)))),
    ];
    fill("report.md", &template(page, "report.md", SHELL)?, values)
}

fn body(rendered: &Rendered) -> String {
    let source = &rendered.markdown;
    let mut text = source.clone();
    let mut edits = edits(source, rendered);
    edits.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
    let mut kept = source.len() + 1;
    for (range, replacement) in edits {
        // From the end to the start, so that earlier places stay where they are; edits never nest.
        if range.end <= kept {
            text.replace_range(range.clone(), &replacement);
            kept = range.start;
        }
    }
    let mut out = String::new();
    for piece in pieces(&text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Token(number) => out.push_str(&insert(number, rendered)),
        }
    }
    out
}

/// What has to change in the notebook's own Markdown.
fn edits(source: &str, rendered: &Rendered) -> Vec<(Range<usize>, String)> {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut link: Option<(Range<usize>, Option<String>)> = None;
    let mut inner = String::new();
    for (event, range) in Parser::new_ext(source, flavor()).into_offset_iter() {
        if let Some((_, _)) = &link {
            match &event {
                Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) => {
                    inner.push_str(&escaped_around_tokens(text));
                }
                Event::SoftBreak | Event::HardBreak => inner.push(' '),
                _ => {}
            }
        }
        match event {
            Event::Start(Tag::Link { dest_url, .. }) if link.is_none() => {
                let url = plain(&dest_url, rendered);
                let rebuilt = dest_url.contains(crate::prose::OPEN) || !allowed(&url);
                if rebuilt {
                    link = Some((range, allowed(&url).then(|| percent(&url))));
                    inner.clear();
                }
            }
            Event::Start(Tag::Image { .. }) if link.is_none() => {
                link = Some((range, None));
                inner.clear();
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if let Some((start, url)) = link.take_if(|(start, _)| start.end == range.end) {
                    let text = std::mem::take(&mut inner);
                    edits.push((start, url.map_or(text.clone(), |url| format!("[{text}](<{url}>)"))));
                }
            }
            Event::Html(_) | Event::InlineHtml(_) if link.is_none() => {
                let raw = source.get(range.clone()).unwrap_or("");
                edits.push((range, raw.replace('<', "&lt;")));
            }
            Event::Start(Tag::Heading { id: Some(id), .. }) => {
                let raw = source.get(range.clone()).unwrap_or("");
                if let Some(at) = raw.rfind('{') {
                    let end = raw[at..].find('}').map_or(raw.len(), |e| at + e + 1);
                    let start = range.start + at;
                    edits.push((start..range.start + end, String::new()));
                    let safe: String = id.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect();
                    edits.push((range.start..range.start, format!("<a id=\"{safe}\"></a>\n\n")));
                }
            }
            _ => {}
        }
    }
    edits
}

/// Text escaped, its tokens left for later.
fn escaped_around_tokens(text: &str) -> String {
    let piece = |p: Piece<'_>| match p {
        Piece::Text(text) => escape::markdown(text),
        Piece::Token(number) => format!("{}{number}{}", crate::prose::OPEN, crate::prose::CLOSE),
    };
    pieces(text).into_iter().map(piece).collect()
}

/// An address that cannot leave its angle brackets.
fn percent(url: &str) -> String {
    let mut out = String::new();
    for byte in url.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn insert(number: usize, rendered: &Rendered) -> String {
    let text = escape::markdown(&inline_text(number, rendered));
    match rendered.inserts.get(number) {
        Some(Insert::Ref(target)) => format!("[{text}](#{})", target.replace(':', "-")),
        Some(Insert::Table(i)) => {
            rendered.tables.get(*i).map_or_else(String::new, |t| table::markdown::markdown(t, i + 1))
        }
        Some(Insert::Figure(i)) => figure(*i, rendered),
        Some(Insert::Claim(i)) => rendered.claims.get(*i).map_or_else(String::new, |c| claim(c, i + 1)),
        _ => text,
    }
}

fn figure(i: usize, rendered: &Rendered) -> String {
    let Some(figure) = rendered.figures.get(i) else { return String::new() };
    let notes: String = figure.notes.iter().map(|n| format!(" {}", escape::markdown(n))).collect();
    format!(
        "<a id=\"fig-{id}\"></a>\n\n![{}](figures/{id}.svg)\n\n**Figure {}.** {}{notes}\n",
        escape::markdown(&figure.alt),
        i + 1,
        escape::markdown(&figure.caption),
        id = figure.id
    )
}

fn claim(claim: &Claim, number: usize) -> String {
    let mut out = format!(
        "> **Claim {number} ({}).** {}\n>\n",
        escape::markdown(&claim.found),
        escape::markdown(&claim.sentence)
    );
    if !claim.holds() {
        let _ = writeln!(out, "> The notebook declares this claim {}.\n>", escape::markdown(&claim.declared));
    }
    for evidence in claim.evidence.iter().take(LISTED) {
        let _ = writeln!(out, "> - {}", escape::markdown(evidence));
    }
    if LISTED < claim.evidence.len() {
        let _ = writeln!(out, "> - and {} more comparisons", claim.evidence.len() - LISTED);
    }
    let _ = writeln!(out, ">\n> {}.", escape::markdown(&claim.basis));
    out
}
