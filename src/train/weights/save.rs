//! Our weights files: safetensors with one metadata entry, `lineage`, that holds JSON.
//!
//! Comes in: named tensors and their lineage. Goes out: a file that appears whole; equal weights give equal bytes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use safetensors::tensor::{Dtype, View};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::shape::is_encoder;
use super::{Array, Lineage, Values};
use crate::train::param::{ParamStore, torch};
use crate::{At, Error, Result};

/// Key of the metadata entry.
pub(super) const KEY: &str = "lineage";

/// What wrote the file.
const TOOL: &str = concat!("medtransfer ", env!("CARGO_PKG_VERSION"));

/// [`Lineage`] as it stands in the file.
#[derive(Serialize, Deserialize)]
struct Metadata {
    model: String,
    family: String,
    pretrained_on: String,
    arch: String,
    #[serde(default)]
    source_sha256: Option<String>,
    normalize: String,
    made: bool,
    #[serde(default)]
    tool: String,
}

/// Writes tensors (fp32, or int64 counters) with their lineage.
///
/// # Errors
/// When a name comes twice, a tensor has another dtype or a value that is not finite, or the file cannot be written.
pub fn save(path: &Path, params: &[(String, Tensor)], lineage: &Lineage) -> Result<()> {
    let mut arrays = Vec::with_capacity(params.len());
    for (name, tensor) in params {
        arrays.push((name.clone(), to_array(name, tensor)?));
    }
    write(path, &arrays, lineage)
}

/// The encoder's tensors of a store, without `prefix` (`""` for a classifier, `encoder` for a U-Net) and without heads:
/// what a weights file holds.
pub fn encoder_tensors(store: &ParamStore, prefix: &str) -> Vec<(String, Tensor)> {
    let prefix = with_dot(prefix);
    let own = |name: &str| name.strip_prefix(&prefix).filter(|rest| is_encoder(rest)).map(str::to_owned);
    store.params().into_iter().filter_map(|p| own(&p.name).map(|name| (name, p.tensor))).collect()
}

/// `encoder` and `encoder.` to `encoder.`; nothing to nothing.
pub(super) fn with_dot(prefix: &str) -> String {
    if prefix.is_empty() || prefix.ends_with('.') { prefix.to_owned() } else { format!("{prefix}.") }
}

pub(super) fn write(path: &Path, arrays: &[(String, Array)], lineage: &Lineage) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (name, array) in arrays {
        if !seen.insert(name) {
            return Err(Error::failed(format!("two tensors are called {name}")));
        }
        let n_bad = array.n_non_finite();
        if n_bad > 0 {
            return Err(Error::failed(format!(
                "{n_bad} of {} values of {name} are not finite: {} is not written",
                array.len(),
                path.display()
            )));
        }
    }
    let metadata = [(KEY.to_owned(), lineage.to_json())].into();
    let tensors = arrays.iter().map(|(name, array)| (name, Bytes::from(array)));
    let bytes = safetensors::serialize(tensors, Some(metadata))
        .map_err(|error| Error::failed(format!("cannot make {}: {error}", path.display())))?;
    analysis::atomic::write(path, &bytes).at("write", path)
}

pub(super) fn to_array(name: &str, tensor: &Tensor) -> Result<Array> {
    let flat = tensor.detach().to_device(tch::Device::Cpu).contiguous().flatten(0, -1);
    let values = match tensor.kind() {
        Kind::Float => Values::F32(torch("copy a tensor", Vec::try_from(flat))?),
        Kind::Int64 => Values::I64(torch("copy a tensor", Vec::try_from(flat))?),
        kind => return Err(Error::failed(format!("{name} is {kind:?}: weights files hold fp32"))),
    };
    Ok(Array { shape: tensor.size(), values })
}

impl Array {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::F32(values) => values.len(),
            Values::I64(values) => values.len(),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of NaN and infinite values.
    pub fn n_non_finite(&self) -> usize {
        match &self.values {
            Values::F32(values) => values.iter().filter(|x| !x.is_finite()).count(),
            Values::I64(_) => 0,
        }
    }
}

/// What safetensors asks of a tensor to be written: bytes are little-endian.
pub(super) struct Bytes<'a> {
    array: &'a Array,
    shape: Vec<usize>,
}

impl<'a> From<&'a Array> for Bytes<'a> {
    fn from(array: &'a Array) -> Self {
        Self { array, shape: array.shape.iter().map(|&n| n as usize).collect() }
    }
}

impl View for Bytes<'_> {
    fn dtype(&self) -> Dtype {
        match self.array.values {
            Values::F32(_) => Dtype::F32,
            Values::I64(_) => Dtype::I64,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(match &self.array.values {
            Values::F32(values) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Values::I64(values) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        })
    }

    fn data_len(&self) -> usize {
        self.array.len() * self.dtype().bitsize() / 8
    }
}

impl Lineage {
    pub(super) fn to_json(&self) -> String {
        let Self { model, family, pretrained_on, arch, source_sha256, normalize, made } = self.clone();
        let tool = TOOL.to_owned();
        let metadata = Metadata { model, family, pretrained_on, arch, source_sha256, normalize, made, tool };
        serde_json::to_string(&metadata).expect("strings and a bool become JSON")
    }

    pub(super) fn from_json(json: &str) -> std::result::Result<Self, String> {
        let metadata: Metadata = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let Metadata { model, family, pretrained_on, arch, source_sha256, normalize, made, tool: _ } =
            metadata;
        Ok(Self { model, family, pretrained_on, arch, source_sha256, normalize, made })
    }
}
