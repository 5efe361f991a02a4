//! The rendered prose as events that every target can trust.
//!
//! In: Markdown with tokens. Out: [`Node`]s: raw HTML has become text, links with a dangerous scheme and pictures from outside
//! are gone, tables, figures and claims stand on their own. It writes no target.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, TextMergeStream};

use crate::error::{Error, Result};
use crate::notebook::Notebook;
use crate::prose::{Insert, Piece, Rendered, pieces};

/// One step through the document.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    /// An event of Markdown.
    Event(Event<'a>),
    /// Text or a reference within a line.
    Inline(usize),
    /// A table, figure or claim between paragraphs.
    Block(usize),
}

/// Markdown as it is understood here and on GitHub. Listed one by one: `Options::all()` changes the meaning of quotes.
#[must_use]
pub fn flavor() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_HEADING_ATTRIBUTES
}

/// Steps through the document; warnings name what was left out.
///
/// # Errors
/// When a table, figure or claim stands inside a line.
pub fn nodes<'a>(book: &Notebook, rendered: &'a Rendered) -> Result<(Vec<Node<'a>>, Vec<String>)> {
    let mut out: Vec<Node<'a>> = Vec::new();
    let mut warnings = Vec::new();
    let mut dropped_links = 0_usize;
    let mut in_picture = 0_usize;
    for event in TextMergeStream::new(Parser::new_ext(&rendered.markdown, flavor())) {
        match event {
            Event::Html(raw) | Event::InlineHtml(raw) | Event::Text(raw) => push_text(&raw, &mut out),
            Event::Start(Tag::HtmlBlock) => out.push(Node::Event(Event::Start(Tag::Paragraph))),
            Event::End(TagEnd::HtmlBlock) => out.push(Node::Event(Event::End(TagEnd::Paragraph))),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let url = plain(&dest_url, rendered);
                if allowed(&url) {
                    let title = CowStr::from(plain(&title, rendered));
                    let link = Tag::Link { link_type, dest_url: url.into(), title, id };
                    out.push(Node::Event(Event::Start(link)));
                } else {
                    dropped_links += 1;
                    warnings.push(format!("a link to `{url}` was dropped: its text stays"));
                }
            }
            Event::End(TagEnd::Link) if 0 < dropped_links => dropped_links -= 1,
            Event::Start(Tag::Image { dest_url, .. }) => {
                in_picture += 1;
                let url = plain(&dest_url, rendered);
                warnings.push(format!("the picture `{url}` was left out: a report shows its own figures only"));
                out.push(Node::Event(Event::Text("[".into())));
            }
            Event::End(TagEnd::Image) if 0 < in_picture => {
                in_picture -= 1;
                out.push(Node::Event(Event::Text("]".into())));
            }
            other => out.push(Node::Event(other)),
        }
    }
    Ok((lift_blocks(book, rendered, out)?, warnings))
}

/// Text with its tokens as nodes of their own.
fn push_text<'a>(text: &CowStr<'a>, out: &mut Vec<Node<'a>>) {
    if !text.contains(crate::prose::OPEN) {
        out.push(Node::Event(Event::Text(text.clone())));
        return;
    }
    for piece in pieces(text) {
        out.push(match piece {
            Piece::Text(text) => Node::Event(Event::Text(CowStr::from(text.to_owned()))),
            Piece::Token(number) => Node::Inline(number),
        });
    }
}

/// Takes tables, figures and claims out of the paragraph that holds them alone.
fn lift_blocks<'a>(book: &Notebook, rendered: &Rendered, nodes: Vec<Node<'a>>) -> Result<Vec<Node<'a>>> {
    let is_block = |n: usize| {
        matches!(rendered.inserts.get(n), Some(Insert::Table(_) | Insert::Figure(_) | Insert::Claim(_)))
    };
    let mut out: Vec<Node<'a>> = Vec::with_capacity(nodes.len());
    let mut i = 0;
    while i < nodes.len() {
        match &nodes[i] {
            Node::Event(Event::Start(Tag::Paragraph)) => {
                let end = nodes[i..].iter().position(|n| *n == Node::Event(Event::End(TagEnd::Paragraph)));
                let end = end.map_or(nodes.len(), |e| i + e);
                let inner = &nodes[(i + 1).min(end)..end];
                let breaks = |n: &&Node<'_>| {
                    !matches!(n, Node::Event(Event::SoftBreak))
                        && !matches!(n, Node::Event(Event::Text(t)) if t.trim().is_empty())
                };
                let solid: Vec<&Node<'_>> = inner.iter().filter(breaks).collect();
                let blocks: Vec<usize> = solid
                    .iter()
                    .filter_map(|n| if let Node::Inline(k) = n { is_block(*k).then_some(*k) } else { None })
                    .collect();
                if !blocks.is_empty() && blocks.len() == solid.len() {
                    out.extend(blocks.into_iter().map(Node::Block));
                    i = end + 1;
                    continue;
                }
                out.push(nodes[i].clone());
            }
            // In a tight list an item's text has no paragraph around it.
            Node::Inline(number) if is_block(*number) => {
                if !matches!(nodes.get(i.wrapping_sub(1)), Some(Node::Event(Event::Start(Tag::Item)))) {
                    return Err(inside_a_line(book, rendered, *number));
                }
                out.push(Node::Block(*number));
            }
            other => out.push(other.clone()),
        }
        i += 1;
    }
    Ok(out)
}

fn inside_a_line(book: &Notebook, rendered: &Rendered, number: usize) -> Error {
    let (what, id) = match rendered.inserts.get(number) {
        Some(Insert::Table(t)) => ("table", rendered.tables.get(*t).map(|t| t.id.as_str())),
        Some(Insert::Figure(f)) => ("figure", rendered.figures.get(*f).map(|f| f.id.as_str())),
        _ => ("claim", None),
    };
    let id = id.unwrap_or("");
    let line = match book.line_of(&format!("\"{id}\"")) {
        1 => book.line_of(&format!("{what}(")),
        line => line,
    };
    Error::at(&book.path, line, format!("the {what} `{id}` stands inside a line: put it on a line of its own, with empty lines around it"))
}

/// A text with its tokens as plain text.
#[must_use]
pub fn plain(text: &str, rendered: &Rendered) -> String {
    let piece = |p: Piece<'_>| match p {
        Piece::Text(text) => text.to_owned(),
        Piece::Token(number) => inline_text(number, rendered),
    };
    pieces(text).into_iter().map(piece).collect()
}

/// An insertion as plain text.
#[must_use]
pub fn inline_text(number: usize, rendered: &Rendered) -> String {
    match rendered.inserts.get(number) {
        Some(Insert::Text(text)) => text.clone(),
        Some(Insert::Ref(target)) => reference(target, rendered),
        _ => String::new(),
    }
}

/// `Table 1` for `tab:one`.
#[must_use]
pub fn reference(target: &str, rendered: &Rendered) -> String {
    let place = |found: Option<usize>| found.map_or(0, |i| i + 1);
    match target.split_once(':') {
        Some(("tab", id)) => format!("Table {}", place(rendered.tables.iter().position(|t| t.id == id))),
        Some((_, id)) => format!("Figure {}", place(rendered.figures.iter().position(|f| f.id == id))),
        None => target.to_owned(),
    }
}

/// Links may go to a place in the report, beside it, to the web or to a mailbox, and nowhere else.
#[must_use]
pub fn allowed(url: &str) -> bool {
    let scheme = url.find(':').filter(|colon| !url[..*colon].contains(['/', '?', '#']));
    match scheme {
        None => !url.chars().any(char::is_control),
        Some(colon) => ["http", "https", "mailto"].contains(&url[..colon].to_ascii_lowercase().as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_links() {
        let good = ["#tab-one", "figures/a.svg", "https://arxiv.org", "HTTP://x", "mailto:a@b", "a/b:c"];
        let bad = ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", "vbscript:x", " javascript:x", "java\nscript"];
        assert!(good.iter().all(|u| allowed(u)));
        assert!(bad.iter().all(|u| !allowed(u)), "{:?}", bad.map(allowed));
    }
}
