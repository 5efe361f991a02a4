//! The report as LaTeX: `main.tex` with its tables and figures beside it.
//!
//! In: [`Page`]. Out: text that compiles with pdfLaTeX without shell escape. Everything but our own
//! commands is escaped: the prose of a notebook is Markdown, not TeX.

use std::fmt::Write;

use minijinja::value::Value;
use pulldown_cmark::{Alignment, Event, Tag, TagEnd};

use crate::claim::Claim;
use crate::document::{Node, inline_text};
use crate::error::Result;
use crate::escape;
use crate::page::{MADE, Page, fill, template};
use crate::prose::{Insert, Rendered};

const SHELL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/main.tex"));
/// Comparisons listed below a claim.
const LISTED: usize = 12;

/// Writes the report.
///
/// # Errors
/// When the template cannot be read or filled.
pub fn latex(page: &Page<'_>) -> Result<String> {
    let front = &page.book.front;
    let escaped = |text: &str| Value::from(escape::latex(text));
    let facts: Vec<Value> = page
        .facts
        .iter()
        .map(|(k, v)| Value::from_iter([escape::latex(k), breakable(&escape::latex(v))]))
        .collect();
    let values = vec![
        ("title", escaped(&front.title)),
        ("subtitle", escaped(front.subtitle.as_deref().unwrap_or(""))),
        ("authors", escaped(&front.authors.join(", "))),
        ("made", escaped(if page.made_data { MADE } else { "" })),
        ("body", Value::from(Writer::new(page).run())),
        ("facts", Value::from_iter(facts)),
        ("warnings", Value::from_iter(page.warnings.iter().map(|w| escape::latex(w)))),
    ];
    fill("main.tex", &template(page, "main.tex", SHELL)?, values)
}

/// Long digests may break anywhere.
fn breakable(text: &str) -> String {
    let mut out = String::new();
    for (i, word) in text.split(' ').enumerate() {
        if 0 < i {
            out.push(' ');
        }
        let plain = word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit());
        if plain {
            let _ = write!(out, "\\texttt{{\\seqsplit{{{word}}}}}");
        } else {
            out.push_str(word);
        }
    }
    out
}

struct Writer<'a> {
    page: &'a Page<'a>,
    out: String,
    /// The highest heading of the notebook becomes a section.
    highest: usize,
    alignments: Vec<Alignment>,
    cell: usize,
}

impl<'a> Writer<'a> {
    fn new(page: &'a Page<'a>) -> Writer<'a> {
        let level = |n: &Node<'_>| match n {
            Node::Event(Event::Start(Tag::Heading { level, .. })) => Some(*level as usize),
            _ => None,
        };
        let highest = page.nodes.iter().filter_map(level).min().unwrap_or(1);
        Writer { page, out: String::new(), highest, alignments: Vec::new(), cell: 0 }
    }

    fn run(mut self) -> String {
        let nodes = self.page.nodes;
        let mut i = 0;
        while i < nodes.len() {
            match &nodes[i] {
                Node::Inline(number) => self.out.push_str(&inline(*number, self.page.rendered)),
                Node::Block(number) => self.out.push_str(&block(*number, self.page.rendered)),
                // Notes are written where they are called.
                Node::Event(Event::Start(Tag::FootnoteDefinition(_))) => {
                    i += length_of_note(&nodes[i..]);
                    continue;
                }
                Node::Event(Event::Start(Tag::CodeBlock(_))) => i += self.code(&nodes[i + 1..]),
                Node::Event(Event::FootnoteReference(label)) => self.note(label),
                Node::Event(event) => self.event(event),
            }
            i += 1;
        }
        self.out
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.out.push_str(&escape::latex(text));
            }
            Event::Code(text) => {
                let _ = write!(self.out, "\\texttt{{{}}}", escape::latex(text));
            }
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("\\newline\n"),
            Event::Rule => self.out.push_str("\n\\bigskip\\hrule\\bigskip\n\n"),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let text = match tag {
            Tag::Heading { level, .. } => match *level as usize - self.highest {
                0 => "\n\\section{",
                1 => "\n\\subsection{",
                2 => "\n\\subsubsection{",
                _ => "\n\\paragraph{",
            },
            Tag::BlockQuote(_) => "\\begin{quote}\n",
            Tag::List(Some(_)) => "\\begin{enumerate}\n",
            Tag::List(None) => "\\begin{itemize}\n",
            Tag::Item => "\\item{} ",
            Tag::Emphasis => "\\emph{",
            Tag::Strong => "\\textbf{",
            Tag::Strikethrough => "\\struck{",
            Tag::Link { dest_url, .. } => {
                let url = url(dest_url);
                // A place inside the report has other names in LaTeX; only its text remains.
                let open =
                    if dest_url.starts_with('#') { "{".to_owned() } else { format!("\\href{{{url}}}{{") };
                self.out.push_str(&open);
                return;
            }
            Tag::Table(alignments) => {
                let spec: String = alignments
                    .iter()
                    .map(|a| match a {
                        Alignment::Right => 'r',
                        Alignment::Center => 'c',
                        Alignment::Left | Alignment::None => 'l',
                    })
                    .collect();
                let _ = write!(self.out, "\\begin{{center}}\n\\begin{{tabular}}{{{spec}}}\n\\toprule\n");
                self.alignments.clone_from(alignments);
                return;
            }
            Tag::TableHead | Tag::TableRow => {
                self.cell = 0;
                return;
            }
            Tag::TableCell => {
                if 0 < self.cell {
                    self.out.push_str(" & ");
                }
                self.cell += 1;
                return;
            }
            _ => return,
        };
        self.out.push_str(text);
    }

    fn end(&mut self, tag: TagEnd) {
        let text = match tag {
            TagEnd::Paragraph => "\n\n",
            TagEnd::Heading(_) => "}\n\n",
            TagEnd::BlockQuote(_) => "\\end{quote}\n",
            TagEnd::List(true) => "\\end{enumerate}\n",
            TagEnd::List(false) => "\\end{itemize}\n",
            TagEnd::Item => "\n",
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => "}",
            TagEnd::TableHead => " \\\\\n\\midrule\n",
            TagEnd::TableRow => " \\\\\n",
            TagEnd::Table => "\\bottomrule\n\\end{tabular}\n\\end{center}\n\n",
            _ => "",
        };
        self.out.push_str(text);
    }

    /// A block of code line by line, so that nothing in it can end it; returns how many nodes it took.
    fn code(&mut self, nodes: &[Node<'_>]) -> usize {
        let mut text = String::new();
        let mut taken = 0;
        for node in nodes {
            taken += 1;
            match node {
                Node::Event(Event::Text(part)) => text.push_str(part),
                Node::Event(Event::End(TagEnd::CodeBlock)) => break,
                _ => {}
            }
        }
        self.out.push_str("\\begin{quote}\\ttfamily\\small\\raggedright\n");
        for line in text.lines() {
            let indent = line.len() - line.trim_start().len();
            let _ = writeln!(
                self.out,
                "\\mbox{{}}{}{}\\\\",
                "~".repeat(indent),
                escape::latex(line.trim_start())
            );
        }
        self.out.push_str("\\end{quote}\n\n");
        taken
    }

    fn note(&mut self, label: &str) {
        let nodes = self.page.nodes;
        let is_it = |n: &Node<'_>| matches!(n, Node::Event(Event::Start(Tag::FootnoteDefinition(l))) if **l == *label);
        let Some(at) = nodes.iter().position(is_it) else { return };
        let length = length_of_note(&nodes[at..]);
        self.out.push_str("\\footnote{");
        for node in &nodes[at + 1..at + length.max(1)] {
            match node {
                Node::Inline(number) => self.out.push_str(&inline(*number, self.page.rendered)),
                Node::Event(Event::FootnoteReference(_)) | Node::Block(_) => {}
                Node::Event(event) => self.event(event),
            }
        }
        let end = self.out.trim_end().len();
        self.out.truncate(end);
        self.out.push('}');
    }
}

/// Nodes from the start of a footnote's definition to its end.
fn length_of_note(nodes: &[Node<'_>]) -> usize {
    let end = nodes.iter().position(|n| *n == Node::Event(Event::End(TagEnd::FootnoteDefinition)));
    end.map_or(nodes.len(), |e| e + 1)
}

/// An address for `\href`: everything that TeX would read is percent-encoded.
fn url(address: &str) -> String {
    let mut out = String::new();
    for byte in address.bytes() {
        match byte {
            b'%' => out.push_str("\\%"),
            b'#' => out.push_str("\\#"),
            b'&' => out.push_str("\\&"),
            b'_' => out.push_str("\\_"),
            _ if byte.is_ascii_alphanumeric() || b"-.:/?@!'()*+,;=".contains(&byte) => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "\\%{byte:02X}");
            }
        }
    }
    out
}

fn inline(number: usize, rendered: &Rendered) -> String {
    match rendered.inserts.get(number) {
        // Checked when the notebook was rendered: letters, digits, `-`, `_`.
        Some(Insert::Ref(target)) if target.starts_with("tab:") => format!("Table~\\ref{{{target}}}"),
        Some(Insert::Ref(target)) => format!("Figure~\\ref{{{target}}}"),
        _ => escape::latex(&inline_text(number, rendered)),
    }
}

fn block(number: usize, rendered: &Rendered) -> String {
    match rendered.inserts.get(number) {
        Some(Insert::Table(i)) => {
            rendered.tables.get(*i).map_or_else(String::new, |t| format!("\\input{{tables/{}.tex}}\n\n", t.id))
        }
        Some(Insert::Figure(i)) => rendered.figures.get(*i).map_or_else(String::new, |f| {
            let notes: Vec<String> = f.notes.iter().map(|n| escape::latex(n)).collect();
            format!(
                "\\begin{{figure}}[tbp]\n\\centering\n\\input{{figures/{id}.pgf}}\n\\caption[{short}]{{{short} {}}}\n\
                 \\label{{fig:{id}}}\n\\end{{figure}}\n\n",
                notes.join(" "),
                id = f.id,
                short = escape::latex(&f.caption)
            )
        }),
        Some(Insert::Claim(i)) => rendered.claims.get(*i).map_or_else(String::new, |c| claim(c, i + 1)),
        _ => String::new(),
    }
}

fn claim(claim: &Claim, number: usize) -> String {
    let mut out = format!(
        "\\begin{{quote}}\n\\textbf{{Claim {number} ({}).}} {}\n",
        escape::latex(&claim.found),
        escape::latex(&claim.sentence)
    );
    if !claim.holds() {
        let _ =
            writeln!(out, "\\emph{{The notebook declares this claim {}.}}", escape::latex(&claim.declared));
    }
    out.push_str("\\par\\footnotesize\\raggedright\n");
    for evidence in claim.evidence.iter().take(LISTED) {
        let _ = writeln!(out, "{}.\\par", escape::latex(evidence));
    }
    if LISTED < claim.evidence.len() {
        let _ = writeln!(out, "And {} more comparisons.\\par", claim.evidence.len() - LISTED);
    }
    let _ = writeln!(out, "{}.\n\\end{{quote}}\n", escape::latex(&claim.basis));
    out
}
