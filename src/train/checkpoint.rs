//! The file that makes an interrupted run resumable.
//!
//! Comes in: named tensors and a state as JSON text. Goes out: one safetensors file that appears whole or not at all,
//! with the state and the configuration's hash in its metadata. It does not know what the tensors mean.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use tch::{Kind, Tensor};

use crate::{At, Error, Result};

/// What a checkpoint holds.
#[derive(Debug)]
pub struct Checkpoint {
    /// State of the run as JSON text.
    pub state: String,
    /// Tensors by name, on the CPU; sorted by name when read.
    pub tensors: Vec<(String, Tensor)>,
}

/// What lies at a checkpoint's path.
#[derive(Debug)]
pub enum Found {
    /// No file: start anew.
    Nothing,
    /// A file of another configuration: start anew, with this warning.
    Foreign(String),
    /// A checkpoint of this very run.
    Resumable(Checkpoint),
}

/// The checkpoint file of a run.
pub fn path(folder: &Path, run_id: &str) -> PathBuf {
    folder.join(format!("{run_id}.checkpoint.safetensors"))
}

/// Writes a checkpoint: beside its place, then renamed.
///
/// # Errors
/// When the folder cannot be made or the file cannot be written.
pub fn write(path: &Path, config_hash: &str, checkpoint: &Checkpoint) -> Result<()> {
    let bytes: Vec<(Dtype, Vec<usize>, Vec<u8>)> =
        checkpoint.tensors.iter().map(|(name, tensor)| bytes_of(name, tensor)).collect::<Result<_>>()?;
    let views = checkpoint.tensors.iter().zip(&bytes).map(|((name, _), (dtype, shape, data))| {
        let view = TensorView::new(*dtype, shape.clone(), data);
        view.map(|view| (name.as_str(), view))
            .map_err(|e| Error::failed(format!("cannot write tensor {name}: {e}")))
    });
    let views = views.collect::<Result<Vec<_>>>()?;
    // One entry only: the map's order is random. The hash is the state's first line.
    let state = format!("{config_hash}\n{}", checkpoint.state);
    let metadata = std::iter::once(("medtransfer".to_owned(), state)).collect();
    let bytes = serialize(views, Some(metadata))
        .map_err(|e| Error::failed(format!("cannot write checkpoint {}: {e}", path.display())))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).at("make folder", folder)?;
    }
    analysis::atomic::write(path, &bytes).at("write checkpoint", path)
}

/// Reads the checkpoint of the run whose configuration hashes to `config_hash`.
///
/// # Errors
/// An input error when there is a file that is not a whole checkpoint, with the advice to delete it.
pub fn read(path: &Path, config_hash: &str) -> Result<Found> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error).at("read checkpoint", path),
    };
    let broken = |why: &dyn std::fmt::Display| {
        Error::input(format!(
            "{} is not a checkpoint of this program ({why}); delete it to start the run anew",
            path.display()
        ))
    };
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|e| broken(&e))?;
    let state = metadata.metadata().as_ref().and_then(|map| map.get("medtransfer"));
    let (hash, state) =
        state.and_then(|text| text.split_once('\n')).ok_or_else(|| broken(&"it has no state"))?;
    if hash != config_hash {
        return Ok(Found::Foreign(format!(
            "ignored the checkpoint {}: it is of another configuration ({} instead of {})",
            path.display(),
            hash.get(..12).unwrap_or(hash),
            config_hash.get(..12).unwrap_or(config_hash),
        )));
    }
    let file = SafeTensors::deserialize(&bytes).map_err(|e| broken(&e))?;
    let mut tensors = Vec::new();
    for name in file.names() {
        let view = file.tensor(name).map_err(|e| broken(&e))?;
        tensors.push((
            name.to_owned(),
            tensor_of(&view).ok_or_else(|| broken(&"it has tensors of unknown type"))?,
        ));
    }
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Found::Resumable(Checkpoint { state: state.to_owned(), tensors }))
}

/// Removes a run's checkpoint, once the run is in the store. A missing file is no error.
///
/// # Errors
/// When there is a file that cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).at("remove checkpoint", path)
        }
        _ => Ok(()),
    }
}

fn bytes_of(name: &str, tensor: &Tensor) -> Result<(Dtype, Vec<usize>, Vec<u8>)> {
    let (dtype, width) = match tensor.kind() {
        Kind::Float => (Dtype::F32, 4),
        Kind::Double => (Dtype::F64, 8),
        Kind::Int64 => (Dtype::I64, 8),
        kind => {
            return Err(Error::failed(format!(
                "tensor {name} of kind {kind:?} has no place in a checkpoint"
            )));
        }
    };
    let tensor = tensor.detach().to_device(tch::Device::Cpu).contiguous();
    let mut data = vec![0u8; tensor.numel() * width];
    tensor.copy_data_u8(&mut data, tensor.numel());
    let shape = tensor.size().iter().map(|&n| usize::try_from(n).expect("sizes are not negative")).collect();
    Ok((dtype, shape, data))
}

fn tensor_of(view: &TensorView<'_>) -> Option<Tensor> {
    let kind = match view.dtype() {
        Dtype::F32 => Kind::Float,
        Dtype::F64 => Kind::Double,
        Dtype::I64 => Kind::Int64,
        _ => return None,
    };
    let shape: Vec<i64> = view.shape().iter().map(|&n| i64::try_from(n).ok()).collect::<Option<_>>()?;
    Some(Tensor::from_data_size(view.data(), &shape, kind))
}

/// A float as its bits, so that JSON cannot round it. NaN survives too.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Bits(u64);

impl From<f64> for Bits {
    fn from(value: f64) -> Self {
        Self(value.to_bits())
    }
}

impl From<Bits> for f64 {
    fn from(bits: Bits) -> Self {
        Self::from_bits(bits.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Checkpoint {
        let tensors = vec![
            ("b".to_owned(), Tensor::from_slice(&[0.1f32, -2.5, f32::MIN_POSITIVE]).view([3, 1])),
            ("a".to_owned(), Tensor::from_slice(&[7i64]).view([0i64; 0])),
            ("c".to_owned(), Tensor::from_slice(&[1f64 / 3.0])),
        ];
        Checkpoint { state: "{\"epoch\":3}".to_owned(), tensors }
    }

    #[test]
    fn comes_back_bit_for_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(&dir.path().join("new"), "run-1");
        assert!(matches!(read(&path, "hash").unwrap(), Found::Nothing));
        write(&path, "hash", &example()).unwrap();
        let Found::Resumable(back) = read(&path, "hash").unwrap() else { panic!("not resumable") };
        assert_eq!(back.state, "{\"epoch\":3}");
        let names: Vec<&str> = back.tensors.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(back.tensors[0].1.size(), [0i64; 0]);
        assert_eq!(back.tensors[1].1.size(), [3, 1]);
        assert_eq!(
            Vec::<f32>::try_from(back.tensors[1].1.reshape([-1])).unwrap(),
            [0.1, -2.5, f32::MIN_POSITIVE]
        );
        assert_eq!(back.tensors[2].1.double_value(&[0]).to_bits(), (1f64 / 3.0).to_bits());
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(matches!(read(&path, "hash").unwrap(), Found::Nothing));
    }

    #[test]
    fn foreign_is_ignored_aloud_and_broken_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path(), "run-1");
        write(&path, "hash-one-long-enough", &example()).unwrap();
        let Found::Foreign(warning) = read(&path, "hash-two-long-enough").unwrap() else {
            panic!("not foreign")
        };
        assert!(warning.contains("hash-one-lon instead of hash-two-lon"), "{warning}");
        let whole = std::fs::read(&path).unwrap();
        for keep in [0, 5, whole.len() / 2, whole.len() - 1] {
            analysis::atomic::write(&path, &whole[..keep]).unwrap();
            let error = read(&path, "hash-one-long-enough").unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains("delete it to start the run anew"), "{error}");
        }
    }

    #[test]
    fn floats_survive_json() {
        let values = [0.1, f64::NAN, f64::INFINITY, -0.0, 5e-324];
        let json = serde_json::to_string(&values.map(Bits::from)).unwrap();
        let back: Vec<Bits> = serde_json::from_str(&json).unwrap();
        for (bits, value) in back.into_iter().zip(values) {
            assert_eq!(f64::from(bits).to_bits(), value.to_bits());
        }
    }
}
