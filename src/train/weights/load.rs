//! Weights files back into memory and into a network.
//!
//! Comes in: a safetensors file with torchvision's names. Goes out: [`Weights`], or a network whose encoder holds them.
//! Loading is strict: only the head may be missing, and nothing may be left over; a published file goes through
//! [`convert()`](super::convert()) first.

use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use tch::{Kind, Tensor};

use super::save::{KEY, with_dot};
use super::shape::{Differences, Shapes, first_few, is_encoder, is_head, looks_like};
use super::{Array, Lineage, Values, Weights};
use crate::train::param::{Param, ParamStore, torch};
use crate::{At, Error, Result};

/// Reads a weights file.
///
/// # Errors
/// When the file is missing, is no safetensors file, is damaged, or holds another dtype than fp32 (int64 for counters).
pub fn read(path: &Path) -> Result<Weights> {
    let bytes = std::fs::read(path).at("read", path)?;
    let file = parse(path, &bytes)?;
    let mut tensors = std::collections::BTreeMap::new();
    for (name, view) in file.iter() {
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F32 => Values::F32(data.chunks_exact(4).map(|b| f32::from_le_bytes(four(b))).collect()),
            Dtype::I64 => Values::I64(data.chunks_exact(8).map(|b| i64::from_le_bytes(eight(b))).collect()),
            other => {
                return Err(Error::input(format!(
                    "{}: {name} is {other:?}, weights files hold F32; hint: run `medtransfer weights convert` on it",
                    path.display()
                )));
            }
        };
        let shape = view.shape().iter().map(|&n| n as i64).collect();
        tensors.insert(name.to_owned(), Array { shape, values });
    }
    Ok(Weights { source: path.display().to_string(), tensors, lineage: lineage(path, &bytes)? })
}

pub(super) fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<SafeTensors<'a>> {
    SafeTensors::deserialize(bytes).map_err(|error| {
        Error::input(format!("{} is no safetensors file or is damaged: {error}", path.display()))
    })
}

/// The lineage in the metadata, if there is one.
pub(super) fn lineage(path: &Path, bytes: &[u8]) -> Result<Option<Lineage>> {
    let wrong = |text: &str| Error::input(format!("the lineage in {} is damaged: {text}", path.display()));
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| wrong(&error.to_string()))?;
    let json = metadata.metadata().as_ref().and_then(|entries| entries.get(KEY));
    json.map(|json| Lineage::from_json(json).map_err(|error| wrong(&error))).transpose()
}

fn four(bytes: &[u8]) -> [u8; 4] {
    bytes.try_into().expect("chunks of four")
}

fn eight(bytes: &[u8]) -> [u8; 8] {
    bytes.try_into().expect("chunks of eight")
}

/// What [`load_encoder`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// Number of encoder tensors that were loaded: all of them.
    pub n_tensors: usize,
    /// Number of values in them.
    pub n_values: usize,
    /// Names of the network's tensors that keep their fresh values: heads and decoders.
    pub fresh: Vec<String>,
    /// Names of the file's classifying layer, which were left out.
    pub dropped: Vec<String>,
}

/// Copies the weights into the encoder under `prefix` (`""` for a classifier, `encoder` for a U-Net).
///
/// Every tensor of the encoder must be in the weights, in the same shape and dtype and finite; of the weights only the
/// classifying layer may be left over. Nothing is copied unless all of it fits.
///
/// # Errors
/// One error that says which network the file looks like, which was asked for, and the first names that differ.
pub fn load_encoder(store: &ParamStore, prefix: &str, weights: &Weights) -> Result<Matched> {
    let prefix = with_dot(prefix);
    let own = |p: &Param| p.name.strip_prefix(&prefix).is_some_and(is_encoder);
    let (targets, others): (Vec<Param>, Vec<Param>) = store.params().into_iter().partition(own);
    let expected: Shapes =
        targets.iter().map(|p| (p.name[prefix.len()..].to_owned(), p.tensor.size())).collect();
    let (dropped, kept): (Vec<_>, Vec<_>) = weights.tensors.iter().partition(|(name, _)| is_head(name));
    let found: Shapes = kept.iter().map(|(name, array)| ((*name).clone(), array.shape.clone())).collect();

    let differences = Differences::between(&expected, &found);
    if !differences.is_empty() || expected.is_empty() {
        return Err(Error::input(format!(
            "{} does not fit the network: it {}, the network {}; {}",
            weights.source,
            looks_like(&found),
            looks_like(&expected),
            differences.text()
        )));
    }
    check_values(weights, &targets, &prefix)?;

    let _guard = tch::no_grad_guard();
    let mut n_values = 0;
    for Param { name, mut tensor, .. } in targets {
        let array = &weights.tensors[&name[prefix.len()..]];
        let source = match &array.values {
            Values::F32(values) => Tensor::f_from_slice(values),
            Values::I64(values) => Tensor::f_from_slice(values),
        };
        let source = torch("load a tensor", source.and_then(|t| t.f_view(array.shape.as_slice())))?;
        torch("load a tensor", tensor.f_copy_(&source))?;
        n_values += array.len();
    }
    Ok(Matched {
        n_tensors: kept.len(),
        n_values,
        fresh: others.into_iter().map(|p| p.name).collect(),
        dropped: dropped.into_iter().map(|(name, _)| name.clone()).collect(),
    })
}

fn check_values(weights: &Weights, targets: &[Param], prefix: &str) -> Result<()> {
    let mut wrong = Vec::new();
    for param in targets {
        let name = &param.name[prefix.len()..];
        let array = &weights.tensors[name];
        let (kind, n_bad) = match array.values {
            Values::F32(_) => (Kind::Float, array.n_non_finite()),
            Values::I64(_) => (Kind::Int64, 0),
        };
        if kind != param.tensor.kind() {
            wrong.push(format!("{name} is {kind:?} and should be {:?}", param.tensor.kind()));
        } else if n_bad > 0 {
            wrong.push(format!("{name} has {n_bad} values that are not finite"));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::input(format!("{} cannot be loaded: {}", weights.source, first_few(&wrong))))
}
