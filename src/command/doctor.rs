//! `medtransfer doctor`: what works on this machine, what is missing, how to get it.
//!
//! A line a thing: `ok`, `missing` (with the cure) or `off`. Missing things are no failure: most are optional.

use std::path::{Path, PathBuf};

use crate::command::repl;
use crate::{Result, output};

struct Finding {
    name: &'static str,
    state: &'static str,
    detail: String,
}

/// Looks at everything and prints what it found.
///
/// # Errors
/// When standard output cannot be written.
pub fn run() -> Result<()> {
    let mut findings =
        vec![Finding { name: "medtransfer", state: "ok", detail: env!("CARGO_PKG_VERSION").to_owned() }];
    findings.extend(torch());
    findings.push(tool(
        "rust",
        "cargo",
        "only needed to build, and for Rust cells of notebooks: https://rustup.rs",
    ));
    findings.push(evcxr());
    findings.push(tool(
        "latex",
        "pdflatex",
        "only to compile the LaTeX of a report: Debian's texlive-latex-recommended and texlive-pictures",
    ));
    findings.push(shared_data());
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| format!("{:<8} {:<12} {}", finding.state, finding.name, finding.detail))
        .collect();
    output::to_stdout(&lines.join("\n"))
}

#[cfg(feature = "torch")]
fn torch() -> Vec<Finding> {
    let found = crate::train::device::describe();
    let cuda = match &found.cuda {
        Ok(cuda) => {
            let names = if cuda.names.is_empty() { "unnamed".to_owned() } else { cuda.names.join(", ") };
            let cudnn = if cuda.cudnn { "with cuDNN" } else { "without cuDNN" };
            let detail =
                format!("{} devices ({names}) {cudnn}, from {}", cuda.n_devices, cuda.library.display());
            Finding { name: "cuda", state: "ok", detail }
        }
        Err(reason) => {
            Finding { name: "cuda", state: "missing", detail: format!("{reason}; training uses the CPU") }
        }
    };
    vec![
        Finding {
            name: "libtorch",
            state: "ok",
            detail: format!("{}, default device {}", found.torch_version, found.auto),
        },
        cuda,
    ]
}

#[cfg(not(feature = "torch"))]
fn torch() -> Vec<Finding> {
    let detail =
        "this build cannot train; build with `scripts/with-torch cargo build --features torch`".to_owned();
    vec![Finding { name: "libtorch", state: "off", detail }]
}

/// evcxr where `medtransfer repl` looks for it.
fn evcxr() -> Finding {
    let (state, detail) = match repl::evcxr() {
        Some(path) => ("ok", format!("{}, for `medtransfer repl`", path.display())),
        None => ("missing", format!("only for `medtransfer repl`: {}", repl::INSTALL)),
    };
    Finding { name: "evcxr", state, detail }
}

/// A program on the search path.
fn tool(name: &'static str, program: &str, cure: &str) -> Finding {
    match on_path(program) {
        Some(path) => Finding { name, state: "ok", detail: path.display().to_string() },
        None => Finding { name, state: "missing", detail: cure.to_owned() },
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn shared_data() -> Finding {
    let root = std::env::var("MEDTRANSFER_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let data = Path::new(&root).join("data");
    if data.is_dir() {
        return Finding { name: "real data", state: "ok", detail: data.display().to_string() };
    }
    let detail = format!(
        "{} not found: only `make real` and some tests want it; set MEDTRANSFER_SHARED",
        data.display()
    );
    Finding { name: "real data", state: "missing", detail }
}
