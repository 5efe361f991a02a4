//! Notebook reports: one Markdown file with live expressions and checked claims to HTML, Markdown and LaTeX.
//!
//! In: a notebook, a results store or published table, parameters and provenance. Out: the bytes of every file, the verdicts
//! of all claims, warnings. Building is pure: no clock, no network, nothing is written. The same input gives the same bytes.
//!
//! ```text
//! notebook -> prose (values, tables, figures, claims) -> document -> html, markdown, latex
//!                 context -> analysis
//! ```

pub mod claim;
pub mod context;
pub mod describe;
pub mod document;
mod error;
pub mod escape;
pub mod expr;
pub mod figure;
pub mod format;
pub mod html;
pub mod latex;
pub mod markdown;
mod near;
pub mod notebook;
pub mod options;
pub mod page;
pub mod prose;
pub mod provenance;
pub mod table;
pub mod truth;
pub mod value;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::{Error, Result};
pub use provenance::Provenance;

use crate::context::Context;
use crate::figure::{layout, pgf, svg, theme};
use crate::notebook::Notebook;
use crate::page::Page;
use crate::prose::Rendered;

/// What a report is built from.
#[derive(Debug, Clone)]
pub struct BuildInput<'a> {
    /// The notebook.
    pub notebook: &'a Path,
    /// A store, CSV or Parquet file in place of the notebook's own.
    pub store: Option<&'a Path>,
    /// A folder whose `report.html`, `report.css`, `report.js`, `report.md` or `main.tex` stand in for ours.
    pub templates: Option<&'a Path>,
    /// Values of the notebook's parameters.
    pub params: &'a [(String, String)],
    /// What only the caller knows.
    pub provenance: Provenance,
}

/// A kind of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `report.html`, whole in one file.
    Html,
    /// `report.md` and `figures/*.svg`.
    Markdown,
    /// `main.tex`, `tables/*.tex` and `figures/*.pgf`.
    Latex,
}

/// What was built.
#[derive(Debug, Clone)]
pub struct Output {
    /// Files by path relative to the report's folder, sorted.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// Verdicts in the order of the notebook.
    pub claims: Vec<ClaimResult>,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimResult {
    /// Line of its block in the notebook, from 1.
    pub line: usize,
    /// What is claimed.
    pub sentence: String,
    /// The verdict the notebook declares.
    pub declared: String,
    /// supported, not supported or undecided.
    pub found: String,
    /// The comparisons behind it, separated by `; `.
    pub evidence: String,
}

impl ClaimResult {
    /// Whether the verdict found is the one declared.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.declared == self.found
    }
}

/// Builds a report for some targets.
///
/// Tables are also files of their own for every target: `tables/<id>.tex` and, in full precision, `tables/<id>.csv`.
///
/// # Errors
/// One that names the notebook and line: an unknown key, function, option, task, model or reference, a claim that cannot be
/// evaluated; or one of an input, a template or a parameter.
pub fn build(input: &BuildInput<'_>, targets: &[Target]) -> Result<Output> {
    let book = Notebook::read(input.notebook)?;
    let context = Arc::new(Context::new(&book, input.store, input.params)?);
    let mut rendered = prose::render(&book, &context)?;
    let made_data = input.provenance.made_data || context.holds_made_data();
    if made_data {
        label_as_made(&mut rendered);
    }
    let (nodes, left_out) = document::nodes(&book, &rendered)?;
    let mut warnings = context.warnings.clone();
    warnings.extend(left_out);
    let name = book.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let digest = provenance::digest_text(&book.text);
    let facts = provenance::facts(&input.provenance, (&name, &digest), &context.inputs, &context.params);
    let page = Page {
        book: &book,
        rendered: &rendered,
        nodes: &nodes,
        facts: &facts,
        warnings: &warnings,
        made_data,
        templates: input.templates,
    };
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for target in targets {
        match target {
            Target::Html => files.push(("report.html".into(), html::html(&page)?.into_bytes())),
            Target::Markdown => {
                files.push(("report.md".into(), markdown::markdown(&page)?.into_bytes()));
                files.extend(pictures(&rendered));
            }
            Target::Latex => {
                files.push(("main.tex".into(), latex::latex(&page)?.into_bytes()));
                files.extend(drawings(&rendered));
            }
        }
    }
    files.extend(tables(&rendered));
    files.sort();
    files.dedup();
    let claims = rendered.claims.iter().map(result).collect();
    Ok(Output { files, claims, warnings })
}

/// Tables and figures of made data say so themselves, since they also leave the report.
fn label_as_made(rendered: &mut Rendered) {
    for table in &mut rendered.tables {
        table.notes.push(page::MADE.to_owned());
    }
    for figure in &mut rendered.figures {
        figure.badge = Some(page::MADE_BADGE.to_owned());
        figure.alt = format!("Made data. {}", figure.alt);
    }
}

fn result(claim: &claim::Claim) -> ClaimResult {
    ClaimResult {
        line: claim.line,
        sentence: claim.sentence.clone(),
        declared: claim.declared.clone(),
        found: claim.found.clone(),
        evidence: claim.evidence.join("; "),
    }
}

fn tables(rendered: &Rendered) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    rendered.tables.iter().flat_map(|t| {
        let file = |ending: &str| PathBuf::from(format!("tables/{}.{ending}", t.id));
        [(file("tex"), table::latex::latex(t).into_bytes()), (file("csv"), t.csv.clone().into_bytes())]
    })
}

fn pictures(rendered: &Rendered) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    rendered.figures.iter().map(|f| {
        let scene = layout::scene(f, theme::WIDE);
        let svg = svg::svg(&scene, svg::Setting::File, &format!("fig-{}", f.id), &f.caption, &f.alt);
        (PathBuf::from(format!("figures/{}.svg", f.id)), svg.into_bytes())
    })
}

fn drawings(rendered: &Rendered) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    rendered.figures.iter().map(|f| {
        let tikz = pgf::pgf(&layout::scene(f, theme::PRINT), &f.id);
        (PathBuf::from(format!("figures/{}.pgf", f.id)), tikz.into_bytes())
    })
}
