//! The report as one HTML file: no request, no script needed to read it, light and dark, phone and print.
//!
//! In: [`Page`]. Out: bytes of `report.html`. Style and script are inlined; a content security policy forbids every request
//! and every script but ours, by its hash.

use minijinja::value::Value;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Tag, TagEnd};

use crate::claim::Claim;
use crate::document::{Node, inline_text};
use crate::error::Result;
use crate::escape;
use crate::figure::svg::{Setting, svg};
use crate::figure::{layout, theme};
use crate::page::{MADE, Page, fill, template};
use crate::prose::{Insert, Rendered};
use crate::provenance::digest_base64;
use crate::table;

const SHELL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/report.html"));
const STYLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/report.css"));
const SCRIPT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/report.js"));

/// Writes the report.
///
/// # Errors
/// When a template cannot be read or filled.
pub fn html(page: &Page<'_>) -> Result<String> {
    let (body, contents) = body(page);
    let style = template(page, "report.css", STYLE)?;
    let script = template(page, "report.js", SCRIPT)?;
    let front = &page.book.front;
    let contents: Vec<Value> = contents
        .into_iter()
        .map(|h| Value::from_pairs([("id", h.id), ("text", h.text), ("level", h.level.to_string())]))
        .collect();
    let facts: Vec<Value> = page.facts.iter().map(|(k, v)| Value::from_iter([k.clone(), v.clone()])).collect();
    let values = vec![
        ("lang", Value::from(front.lang.clone())),
        ("title", Value::from(front.title.clone())),
        ("subtitle", Value::from(front.subtitle.clone().unwrap_or_default())),
        ("authors", Value::from(front.authors.join(", "))),
        ("made", Value::from(if page.made_data { MADE } else { "" })),
        ("contents", Value::from_iter(contents)),
        ("body", Value::from_safe_string(body)),
        ("facts", Value::from_iter(facts)),
        ("warnings", Value::from_iter(page.warnings.iter().cloned())),
        ("style", Value::from_safe_string(style)),
        ("script_hash", Value::from_safe_string(digest_base64(&script))),
        ("script", Value::from_safe_string(script)),
    ];
    fill("report.html", &template(page, "report.html", SHELL)?, values)
}

/// A heading of the contents list.
struct Heading {
    id: String,
    text: String,
    level: usize,
}

/// The prose as HTML, and its headings.
fn body(page: &Page<'_>) -> (String, Vec<Heading>) {
    let highest = page.nodes.iter().filter_map(heading_level).min().unwrap_or(1);
    let mut headings: Vec<Heading> = Vec::new();
    let mut events: Vec<Event<'_>> = Vec::new();
    for (i, node) in page.nodes.iter().enumerate() {
        match node {
            Node::Inline(number) => events.push(Event::InlineHtml(inline(*number, page.rendered).into())),
            Node::Block(number) => events.push(Event::Html(block(*number, page.rendered).into())),
            Node::Event(Event::Start(Tag::Heading { level, id, .. })) => {
                let text = heading_text(&page.nodes[i + 1..], page.rendered);
                let id = free_id(id.as_deref().unwrap_or(&text), &headings);
                // The title is the only h1; the notebook's highest headings come below it.
                let level = *level as usize - highest + 2;
                let tag = Tag::Heading {
                    level: HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6),
                    id: Some(CowStr::from(id.clone())),
                    classes: Vec::new(),
                    attrs: Vec::new(),
                };
                headings.push(Heading { id, text, level });
                events.push(Event::Start(tag));
            }
            Node::Event(Event::End(TagEnd::Heading(level))) => {
                let level = HeadingLevel::try_from(*level as usize - highest + 2).unwrap_or(HeadingLevel::H6);
                events.push(Event::End(TagEnd::Heading(level)));
            }
            Node::Event(Event::Start(Tag::Table(alignments))) => {
                let wrap = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">";
                events.push(Event::Html(wrap.into()));
                events.push(Event::Start(Tag::Table(alignments.clone())));
            }
            Node::Event(Event::End(TagEnd::Table)) => {
                events.push(Event::End(TagEnd::Table));
                events.push(Event::Html("</div>\n".into()));
            }
            Node::Event(other) => events.push(other.clone()),
        }
    }
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events.into_iter());
    headings.retain(|h| h.level <= 3);
    (out, headings)
}

fn heading_level(node: &Node<'_>) -> Option<usize> {
    match node {
        Node::Event(Event::Start(Tag::Heading { level, .. })) => Some(*level as usize),
        _ => None,
    }
}

/// The text of a heading, up to its end.
fn heading_text(nodes: &[Node<'_>], rendered: &Rendered) -> String {
    let mut text = String::new();
    for node in nodes {
        match node {
            Node::Event(Event::End(TagEnd::Heading(_))) => break,
            Node::Event(Event::Text(part) | Event::Code(part)) => text.push_str(part),
            Node::Inline(number) => text.push_str(&inline_text(*number, rendered)),
            _ => {}
        }
    }
    text
}

/// An anchor made of letters, digits and dashes that no heading has yet. Tables, figures and claims have prefixes.
fn free_id(wish: &str, taken: &[Heading]) -> String {
    let dashed: String =
        wish.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = dashed.split('-').filter(|w| !w.is_empty()).collect();
    let base = if words.is_empty() { "section".to_owned() } else { format!("s-{}", words.join("-")) };
    let mut id = base.clone();
    let mut n = 1;
    while taken.iter().any(|h| h.id == id) {
        n += 1;
        id = format!("{base}-{n}");
    }
    id
}

fn inline(number: usize, rendered: &Rendered) -> String {
    let text = escape::html(&inline_text(number, rendered));
    match rendered.inserts.get(number) {
        Some(Insert::Ref(target)) => format!("<a href=\"#{}\">{text}</a>", escape::html(&target.replace(':', "-"))),
        _ => text,
    }
}

fn block(number: usize, rendered: &Rendered) -> String {
    match rendered.inserts.get(number) {
        Some(Insert::Table(i)) => {
            rendered.tables.get(*i).map_or_else(String::new, |t| table::html::html(t, i + 1))
        }
        Some(Insert::Figure(i)) => figure(*i, rendered),
        Some(Insert::Claim(i)) => rendered.claims.get(*i).map_or_else(String::new, |c| claim(c, i + 1)),
        _ => String::new(),
    }
}

/// The figure twice: laid out for a page and for a phone; the style sheet shows one.
fn figure(i: usize, rendered: &Rendered) -> String {
    let Some(figure) = rendered.figures.get(i) else { return String::new() };
    let number = i + 1;
    let title = format!("Figure {number}. {}", figure.caption);
    let draw = |width: f64, which: &str| {
        let name = format!("fig-{}-{which}", figure.id);
        svg(&layout::scene(figure, width), Setting::Inline, &name, &title, &figure.alt)
    };
    let notes: String = figure.notes.iter().map(|n| format!(" {}", escape::html(n))).collect();
    format!(
        "<figure class=\"chart\" id=\"fig-{}\">\n<div class=\"wide\">{}</div>\n<div class=\"narrow\">{}</div>\n\
         <figcaption><b>Figure {number}.</b> {}<span class=\"note\">{notes}</span></figcaption>\n</figure>\n",
        escape::html(&figure.id),
        draw(theme::WIDE, "wide"),
        draw(theme::NARROW, "narrow"),
        escape::html(&figure.caption),
    )
}

fn claim(claim: &Claim, number: usize) -> String {
    let class = claim.found.replace(' ', "-");
    let sign = sign(&claim.found);
    let surprise = if claim.holds() {
        String::new()
    } else {
        format!("<p class=\"surprise\">The notebook declares this claim {}.</p>\n", escape::html(&claim.declared))
    };
    let evidence: String =
        claim.evidence.iter().map(|e| format!("<li>{}</li>\n", escape::html(e))).collect();
    let open = if claim.evidence.len() <= 3 { " open" } else { "" };
    let lines = if claim.evidence.len() == 1 { "1 comparison" } else { "comparisons" };
    let lines = if claim.evidence.len() == 1 { lines.to_owned() } else { format!("{} {lines}", claim.evidence.len()) };
    format!(
        "<section class=\"claim {class}\" id=\"claim-{number}\" aria-label=\"Claim {number}\">\n\
         <p><b>Claim {number}.</b> {} <span class=\"verdict\"><span aria-hidden=\"true\">{sign}</span> {}</span></p>\n{surprise}\
         <details{open}><summary>{lines} behind it</summary>\n<ul>\n{evidence}</ul>\n<p class=\"note\">{}.</p>\n</details>\n</section>\n",
        escape::html(&claim.sentence),
        escape::html(&claim.found),
        escape::html(&claim.basis),
    )
}

/// A sign beside the word, so that color is never needed.
fn sign(verdict: &str) -> &'static str {
    match verdict {
        "supported" => "✓",
        "not supported" => "✗",
        _ => "?",
    }
}
