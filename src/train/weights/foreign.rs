//! Any checkpoint file as named tensors, without executing it.
//!
//! Comes in: a zip or legacy `.pth`, a `.tar` of early PyTorch, a plain pickle or a `.safetensors` file. Goes out: names
//! (dots through nested dictionaries), dtypes and shapes; elements on demand. Objects other than tensors are not built:
//! `pytorch-reader` interprets the pickle's opcodes and keeps them as opaque values.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use pytorch_reader::{DType, PickleValue, PytorchReader};
use safetensors::Dtype;
use sha2::{Digest, Sha256};

use super::shape::{Shapes, clean};
use super::{Array, Lineage, Values, load};
use crate::{At, Error, Result};

/// A file whose tensors would take more than this many times its own bytes is refused: a view with stride 0 can claim
/// any size, while real checkpoints share a few storages at most.
const LARGEST_EXPANSION: u64 = 16;

/// Functions that a checkpoint has no use for (a trailing dot: any of the module): a pickle that names one is meant to
/// do harm. The list is a courtesy that makes the error clear: what is not listed is not executed either.
const HARMFUL: [&str; 12] = [
    "os.",
    "posix.",
    "nt.",
    "subprocess.",
    "socket.",
    "shutil.",
    "runpy.",
    "pty.",
    "eval",
    "exec",
    "compile",
    "__import__",
];

/// A checkpoint, its elements not yet read.
#[derive(Debug)]
pub(super) struct Foreign {
    /// `safetensors`, `zip`, `legacy`, `tar` or `pickle`.
    pub(super) format: &'static str,
    /// Hash of the whole file.
    pub(super) sha256: String,
    /// Tensors by their path through the file's dictionaries.
    pub(super) tensors: BTreeMap<String, Entry>,
    /// Only in our own files.
    pub(super) lineage: Option<Lineage>,
}

/// A tensor of a checkpoint.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) dtype: DType,
    pub(super) shape: Vec<i64>,
    elements: Elements,
}

#[derive(Debug)]
enum Elements {
    File(Box<pytorch_reader::Tensor>),
    Memory(Vec<u8>),
}

impl Foreign {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let sha256 = hash(path)?;
        let foreign =
            if is_safetensors(path)? { Self::safetensors(path, sha256) } else { Self::torch(path, sha256) }?;
        if foreign.tensors.is_empty() {
            return Err(Error::input(format!("there are no tensors in {}", path.display())));
        }
        let claimed: u64 = foreign.tensors.values().map(Entry::n_bytes).fold(0, u64::saturating_add);
        let held = std::fs::metadata(path).at("read", path)?.len();
        if claimed > held.saturating_mul(LARGEST_EXPANSION) {
            let path = path.display();
            return Err(Error::input(format!(
                "{path} has {held} bytes but claims {claimed} bytes of tensors"
            )));
        }
        Ok(foreign)
    }

    /// Names and shapes of the tensors under the prefix, without it.
    pub(super) fn shapes(&self, place: &str) -> Shapes {
        let own = |(name, entry): (&String, &Entry)| {
            Some((name.strip_prefix(place)?.to_owned(), entry.shape.clone()))
        };
        self.tensors.iter().filter_map(own).collect()
    }

    fn torch(path: &Path, sha256: String) -> Result<Self> {
        let shown = path.display();
        let wrong = |error: pytorch_reader::PytorchError| {
            let reason = clean(&error.to_string());
            Error::input(format!(
                "cannot read {shown}: {reason}; hint: is the file whole? (nothing in it was executed)"
            ))
        };
        let calls = harmful_calls(&PytorchReader::read_pickle_data(path, None).map_err(wrong)?);
        if let Some(call) = calls.first() {
            return Err(Error::input(format!(
                "{shown} is refused: unpickling it would call {} (nothing in it was executed)",
                clean(call)
            )));
        }
        let reader = PytorchReader::new(path).map_err(wrong)?;
        let format = match reader.metadata().format_type {
            pytorch_reader::FileFormat::Zip => "zip",
            pytorch_reader::FileFormat::Tar => "tar",
            pytorch_reader::FileFormat::Legacy => "legacy",
            pytorch_reader::FileFormat::Pickle => "pickle",
        };
        let entry = |tensor: pytorch_reader::Tensor| Entry {
            dtype: tensor.dtype(),
            shape: tensor.shape().iter().map(|&n| n as i64).collect(),
            elements: Elements::File(Box::new(tensor)),
        };
        let tensors = reader.into_tensors().into_iter().map(|(name, tensor)| (name, entry(tensor))).collect();
        Ok(Self { format, sha256, tensors, lineage: None })
    }

    fn safetensors(path: &Path, sha256: String) -> Result<Self> {
        let bytes = std::fs::read(path).at("read", path)?;
        let file = load::parse(path, &bytes)?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            let dtype = dtype(view.dtype()).ok_or_else(|| {
                Error::input(format!(
                    "{}: {name} is {:?}, which is not known here",
                    path.display(),
                    view.dtype()
                ))
            })?;
            let shape = view.shape().iter().map(|&n| n as i64).collect();
            tensors.insert(
                name.to_owned(),
                Entry { dtype, shape, elements: Elements::Memory(view.data().to_vec()) },
            );
        }
        Ok(Self { format: "safetensors", sha256, tensors, lineage: load::lineage(path, &bytes)? })
    }
}

impl Entry {
    pub(super) fn n_values(&self) -> u64 {
        self.shape.iter().fold(1, |n: u64, &extent| n.saturating_mul(extent as u64))
    }

    fn n_bytes(&self) -> u64 {
        self.n_values().saturating_mul(self.dtype.size() as u64)
    }

    pub(super) fn is_float(&self) -> bool {
        matches!(self.dtype, DType::F64 | DType::F32 | DType::F16 | DType::BF16)
    }

    /// The elements as fp32 (any float) or int64 (any integer).
    pub(super) fn read(&self, name: &str, path: &Path) -> Result<Array> {
        let bytes = match &self.elements {
            Elements::File(tensor) => tensor.read().map_err(|error| {
                Error::input(format!("cannot read {name} of {}: {error}", path.display()))
            })?,
            Elements::Memory(bytes) => bytes.clone(),
        };
        let values = match self.dtype {
            DType::F32 => Values::F32(chunks(&bytes, f32::from_le_bytes)),
            DType::F64 => Values::F32(chunks(&bytes, |b| f64::from_le_bytes(b) as f32)),
            DType::F16 => Values::F32(chunks(&bytes, |b| half(u16::from_le_bytes(b)))),
            DType::BF16 => {
                Values::F32(chunks(&bytes, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)))
            }
            DType::I64 | DType::U64 => Values::I64(chunks(&bytes, i64::from_le_bytes)),
            DType::I32 => Values::I64(chunks(&bytes, |b| i64::from(i32::from_le_bytes(b)))),
            DType::U32 => Values::I64(chunks(&bytes, |b| i64::from(u32::from_le_bytes(b)))),
            DType::I16 => Values::I64(chunks(&bytes, |b| i64::from(i16::from_le_bytes(b)))),
            DType::U16 => Values::I64(chunks(&bytes, |b| i64::from(u16::from_le_bytes(b)))),
            DType::I8 => Values::I64(chunks(&bytes, |b| i64::from(i8::from_le_bytes(b)))),
            DType::U8 | DType::Bool => Values::I64(bytes.iter().map(|&b| i64::from(b)).collect()),
        };
        Ok(Array { shape: self.shape.clone(), values })
    }
}

fn chunks<const N: usize, T>(bytes: &[u8], decode: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.chunks_exact(N).map(|chunk| decode(chunk.try_into().expect("chunks of N"))).collect()
}

/// IEEE 754 binary16 to binary32, exactly.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    match exponent {
        0 => sign * fraction * 2_f32.powi(-24),
        31 if fraction > 0.0 => f32::NAN,
        31 => sign * f32::INFINITY,
        _ => sign * (1.0 + fraction / 1024.0) * 2_f32.powi(exponent - 15),
    }
}

fn dtype(dtype: Dtype) -> Option<DType> {
    Some(match dtype {
        Dtype::F64 => DType::F64,
        Dtype::F32 => DType::F32,
        Dtype::F16 => DType::F16,
        Dtype::BF16 => DType::BF16,
        Dtype::I64 => DType::I64,
        Dtype::I32 => DType::I32,
        Dtype::I16 => DType::I16,
        Dtype::I8 => DType::I8,
        Dtype::U64 => DType::U64,
        Dtype::U32 => DType::U32,
        Dtype::U16 => DType::U16,
        Dtype::U8 => DType::U8,
        Dtype::BOOL => DType::Bool,
        _ => return None,
    })
}

/// Whether the file says so by its name or opens like one: a length, then the brace of its JSON header.
fn is_safetensors(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    File::open(path).at("read", path)?.take(9).read_to_end(&mut start).at("read", path)?;
    Ok(path.extension().is_some_and(|e| e == "safetensors") || (start.len() == 9 && start[6..] == *b"\0\0{"))
}

fn hash(path: &Path) -> Result<String> {
    let mut file = File::open(path).at("read", path)?;
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash).at("read", path)?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Names of functions that unpickling would call and that no checkpoint needs, in order.
fn harmful_calls(value: &PickleValue) -> Vec<String> {
    let is_harmful = |name: &str| {
        let name = name.strip_prefix("builtins.").or(name.strip_prefix("__builtin__.")).unwrap_or(name);
        HARMFUL.iter().any(|&own| if own.ends_with('.') { name.starts_with(own) } else { name == own })
    };
    let mut calls = match value {
        PickleValue::Unsupported(name) if is_harmful(name) => vec![name.clone()],
        PickleValue::List(items) => items.iter().flat_map(harmful_calls).collect(),
        PickleValue::Dict(entries) => entries.values().flat_map(harmful_calls).collect(),
        _ => Vec::new(),
    };
    calls.sort();
    calls
}
