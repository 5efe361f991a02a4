//! The JSON files of a cache: `cases.json` and `cache.json`.
//!
//! Comes in: core types, or bytes. Goes out: the other. These structs are the files' form and serve nothing else.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Fingerprint;
use crate::dataset::{CaseInfo, TaskSpec};

/// `cache.json`: how a cache was made and what it must hold.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CacheJson {
    /// Version of the layout.
    pub format: u32,
    /// Rules and libraries of decoding.
    pub decoder: String,
    /// Size, channels, source and whatever else changes the content.
    pub options: OptionsJson,
    /// Digests of the parts and of the whole.
    pub digests: DigestsJson,
    /// When the records were written.
    pub modified: ModifiedJson,
    /// The files it was made from.
    pub files: Vec<Fingerprint>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionsJson {
    /// Edge in pixels.
    pub size: usize,
    /// Planes an image.
    pub channels: usize,
    /// How mask values are read.
    pub mask_bits: Option<u8>,
}

/// SHA-256 in hex.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DigestsJson {
    /// Of everything: `Cache::digest`.
    pub content: String,
    /// Of `cases.json`.
    pub cases: String,
    /// Of the image records.
    pub images: String,
    /// Of the mask records.
    pub masks: Option<String>,
}

/// Times in nanoseconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModifiedJson {
    /// Of `images.u8`.
    pub images: u64,
    /// Of `masks.u8`.
    pub masks: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CasesJson {
    name: String,
    kind: String,
    labels: Vec<String>,
    metric: String,
    made: bool,
    cases: Vec<CaseJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseJson {
    id: String,
    group: String,
    split: String,
    target: Vec<f32>,
}

/// The bytes of `cases.json`; a case a line, so that two of them can be compared by eye.
pub(crate) fn cases_bytes<'a>(spec: &TaskSpec, cases: impl IntoIterator<Item = &'a CaseInfo>) -> Vec<u8> {
    let head = serde_json::json!({
        "name": spec.name, "kind": spec.kind.as_str(), "labels": spec.labels, "metric": spec.metric, "made": spec.made,
    });
    let mut text = head.to_string();
    text.truncate(text.len() - 1);
    text.push_str(",\"cases\":[");
    for (i, case) in cases.into_iter().enumerate() {
        let line = serde_json::json!({
            "id": case.id, "group": case.group, "split": case.split.as_str(), "target": case.target,
        });
        text.push_str(if i == 0 { "\n" } else { ",\n" });
        text.push_str(&line.to_string());
    }
    text.push_str("\n]}\n");
    text.into_bytes()
}

/// Reads `cases.json` back.
pub(crate) fn parse_cases(bytes: &[u8]) -> Result<(TaskSpec, Vec<CaseInfo>), String> {
    let json: CasesJson =
        serde_json::from_slice(bytes).map_err(|e| format!("cases.json does not parse: {e}"))?;
    let CasesJson { name, kind, labels, metric, made, cases } = json;
    let kind = kind.parse().map_err(|e: crate::Error| e.to_string())?;
    let cases = cases.into_iter().map(|CaseJson { id, group, split, target }| {
        let split = split.parse().map_err(|e: crate::Error| e.to_string())?;
        Ok(CaseInfo { id, group, split, target })
    });
    Ok((TaskSpec { name, kind, labels, metric, made }, cases.collect::<Result<_, String>>()?))
}

/// What makes two caches of one source the same: everything of `cache.json` that is known before decoding.
pub(crate) struct Wanted<'a> {
    /// Rules and libraries of decoding.
    pub decoder: &'a str,
    /// What is asked for.
    pub options: &'a OptionsJson,
    /// Digest of `cases.json`.
    pub cases: &'a str,
    /// The files as they are now.
    pub files: &'a [Fingerprint],
}

impl Wanted<'_> {
    /// Why a cache does not serve; `None` where it does.
    pub(crate) fn differs_from(&self, old: &CacheJson) -> Option<String> {
        if old.decoder != self.decoder {
            return Some(format!("the decoder changed from {} to {}", old.decoder, self.decoder));
        }
        if old.options != *self.options {
            let size = |o: &OptionsJson| {
                format!("{} px, {} channels, mask bits {:?}", o.size, o.channels, o.mask_bits)
            };
            return Some(format!(
                "the options changed from {} to {}",
                size(&old.options),
                size(self.options)
            ));
        }
        let path = |file: Option<&Fingerprint>| file.map_or(PathBuf::new(), |f| f.path.clone());
        let first = old.files.iter().zip(self.files).find(|(a, b)| a != b);
        match first {
            Some((a, b)) if a.path == b.path => return Some(format!("{} changed", b.path.display())),
            Some((a, b)) => {
                return Some(format!("{} stands where {} stood", b.path.display(), a.path.display()));
            }
            None if old.files.len() < self.files.len() => {
                return Some(format!("{} is new", path(self.files.get(old.files.len())).display()));
            }
            None if self.files.len() < old.files.len() => {
                return Some(format!("{} is gone", path(old.files.get(self.files.len())).display()));
            }
            None => {}
        }
        (old.digests.cases != self.cases).then(|| "the task, its labels or its splits changed".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Split, TaskKind};

    #[test]
    fn cases_survive_a_round_trip() {
        let spec = TaskSpec {
            name: "chest \"x\"".into(),
            kind: TaskKind::MultiLabel,
            labels: vec!["a".into(), "b\n".into()],
            metric: "auc".into(),
            made: true,
        };
        let case =
            |id: &str, split| CaseInfo { id: id.into(), group: "p".into(), split, target: vec![0.0, 1.0] };
        let cases = vec![case("1.png", Split::Train), case("2.png", Split::Test)];
        let bytes = cases_bytes(&spec, &cases);
        assert_eq!(parse_cases(&bytes).unwrap(), (spec, cases));
        assert_eq!(bytes.iter().filter(|&&b| b == b'\n').count(), 4);
        assert!(parse_cases(b"{}").is_err());
    }
}
