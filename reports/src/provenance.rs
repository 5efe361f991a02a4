//! Where a report comes from: inputs by content, tool, command, parameters, time. All of it is given, nothing is looked up.
//!
//! In: paths and [`Provenance`]. Out: facts as (name, value) pairs for the three targets. It reads no clock and asks no
//! version control.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::options::Setting;

/// What only the caller knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Name and version of the program.
    pub tool: String,
    /// The command as typed.
    pub command: String,
    /// RFC 3339 time of the build.
    pub built_at: String,
    /// Commit of the code, if known.
    pub commit: Option<String>,
    /// Whether the data is made: shown as a banner.
    pub made_data: bool,
}

/// A file or store that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// SHA-256 of its content.
    pub sha256: String,
    /// Rows in it.
    pub rows: usize,
}

/// SHA-256 of a file, or of the files of a store's `runs` table in the order of their names, each with its name.
///
/// # Errors
/// When something cannot be read.
pub fn digest(path: &Path) -> Result<String> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })
    };
    let mut hash = Sha256::new();
    if path.is_dir() {
        let folder = path.join("runs");
        let unreadable = |source| Error::Read { path: folder.clone(), source };
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .map_err(unreadable)?
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .filter(|p| p.extension().is_some_and(|e| e == "parquet"))
            .collect();
        files.sort();
        for file in files {
            let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let bytes = read(&file)?;
            hash.update(format!("{name}\n{}\n", bytes.len()));
            hash.update(bytes);
        }
    } else {
        hash.update(read(path)?);
    }
    Ok(hex(&hash.finalize()))
}

/// SHA-256 of a text.
#[must_use]
pub fn digest_text(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// SHA-256 as a content security policy writes it: base 64.
#[must_use]
pub fn digest_base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in Sha256::digest(text.as_bytes()).chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The facts in the order they are shown.
#[must_use]
pub fn facts(
    provenance: &Provenance,
    notebook: (&str, &str),
    inputs: &[Input],
    params: &std::collections::BTreeMap<String, Setting>,
) -> Vec<(String, String)> {
    let mut facts = vec![
        ("Tool".to_owned(), provenance.tool.clone()),
        ("Command".to_owned(), provenance.command.clone()),
        ("Built at".to_owned(), provenance.built_at.clone()),
    ];
    if let Some(commit) = &provenance.commit {
        facts.push(("Commit".to_owned(), commit.clone()));
    }
    facts.push(("Notebook".to_owned(), format!("{}, sha256 {}", notebook.0, notebook.1)));
    for input in inputs {
        facts.push(("Input".to_owned(), format!("{}, {} rows, sha256 {}", input.name, input.rows, input.sha256)));
    }
    for (name, value) in params {
        let value = match value {
            Setting::Text(text) => text.clone(),
            Setting::Number(number) => crate::format::plain(*number),
            Setting::Bool(truth) => truth.to_string(),
            Setting::List(_) | Setting::Map(_) => continue,
        };
        facts.push((format!("Parameter {name}"), value));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digests() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest_text(""), empty);
        assert_eq!(digest_base64(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
