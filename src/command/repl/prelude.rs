//! What the prompt runs before the first line: the committed prelude, and the store that was named.
//!
//! In: the path as typed. Out: lines of Rust, and what to tell the user. The path is checked here, before anything slow.

use std::path::Path;

use analysis::input::{ReadOptions, read};
use analysis::store::Store;

use crate::{Error, Result};

/// The committed lines.
const INIT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/analysis/explore/init.evcxr"));
/// Where `train` puts its store unless told otherwise.
const USUAL_STORE: &str = "results";

/// A line for evcxr and what it means to the user.
pub(super) struct Line {
    code: String,
    pub(super) says: String,
}

/// `store` and `results` from the path, `results` alone from a file, nothing without a path and without the usual store.
pub(super) fn start_lines(typed: Option<&Path>) -> Result<Vec<Line>> {
    let usual = Path::new(USUAL_STORE);
    let Some(path) = typed.or_else(|| Store::open(usual).is_ok().then_some(usual)) else {
        let says = "no store given: open one with `let store: Store = open(\"results\")?;`".to_owned();
        return Ok(vec![Line { code: String::new(), says }]);
    };
    let n_groups = read(path, &ReadOptions::default())?.groups.len();
    let text =
        path.canonicalize().ok().and_then(|path| path.to_str().map(str::to_owned)).ok_or_else(|| {
            Error::input(format!("{}: the prompt needs a path that is UTF-8", path.display()))
        })?;
    let line = |name: &str, kind: &str, function: &str| {
        // Debug of a text is a Rust literal. `expect` and not `?`: evcxr compiles a line with its first `?` twice.
        let code =
            format!("let {name}: {kind} = {function}({text:?}).expect(\"the store was read before\");");
        Line { code, says: format!("`{name}: {kind}` of {}", path.display()) }
    };
    let mut lines = vec![line("results", "Results", "load")];
    lines[0].says += &format!(": {n_groups} groups (a model on a task and metric)");
    if path.is_dir() {
        lines.insert(0, line("store", "Store", "open"));
    }
    Ok(lines)
}

/// All that evcxr runs first.
pub(super) fn text(start: &[Line]) -> String {
    let code: String = start.iter().map(|line| format!("{}\n", line.code)).collect();
    format!("{INIT}{code}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_a_text() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a\"); panic!(\"\\.csv");
        #[expect(clippy::disallowed_methods, reason = "a test may write its own fixture in one go")]
        std::fs::write(&file, "task,model,seed,value\nx,a,0,0.5\n").unwrap();
        let lines = start_lines(Some(&file)).unwrap();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].code.contains(r#"a\"); panic!(\"\\.csv"#), "{}", lines[0].code);
    }

    #[test]
    fn what_is_no_result_is_refused_before_anything_slow() {
        let missing = start_lines(Some(Path::new("/nowhere/store"))).err().unwrap();
        assert_eq!(missing.exit_code(), 2, "{missing}");
    }
}
