//! Where tensors live: the CPU or a CUDA device that is found when the program runs.
//!
//! Comes in: what the user asked for ("auto", "cpu", "cuda", "cuda:N"). Goes out: a `tch::Device`, or one clear error.
//! The binary is linked against the CPU libraries only; `libtorch_cuda.so` is opened here, before the first tensor is
//! made, because torch looks for its CUDA hooks once. This file changes no setting of the GPU.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use tch::{Cuda, Device};

use crate::{Error, Result};

/// The torch version that this program is built for; `torch-sys` refuses any other at build time.
pub const TORCH_VERSION: &str = "2.11.0";

/// What `doctor` says about torch and its devices.
#[derive(Debug, Clone)]
pub struct Description {
    /// The device that "auto" stands for: "cpu" or "cuda:0".
    pub auto: String,
    /// Version of the linked torch.
    pub torch_version: &'static str,
    /// The CUDA devices, or why there are none.
    pub cuda: std::result::Result<CudaDescription, String>,
}

/// The CUDA devices that torch sees.
#[derive(Debug, Clone)]
pub struct CudaDescription {
    /// The library that was opened.
    pub library: PathBuf,
    /// How many devices torch counts.
    pub n_devices: usize,
    /// Whether cuDNN is usable.
    pub cudnn: bool,
    /// Product names as the driver states them; empty where the driver does not say.
    pub names: Vec<String>,
}

/// Chooses a device. `wanted` is "auto" (the first CUDA device, else the CPU), "cpu", "cuda" (the first) or "cuda:N".
///
/// # Errors
/// An input error when `wanted` is none of these, or when a CUDA device is asked for that is not there.
pub fn choose(wanted: &str) -> Result<Device> {
    let index = match wanted {
        "cpu" => return Ok(Device::Cpu),
        "auto" => return Ok(if cuda().is_ok() { Device::Cuda(0) } else { Device::Cpu }),
        "cuda" => 0,
        _ => wanted.strip_prefix("cuda:").and_then(|n| n.parse::<usize>().ok()).ok_or_else(|| {
            Error::input(format!("unknown device {wanted:?}: use auto, cpu, cuda or cuda:N"))
        })?,
    };
    let found = cuda().map_err(|why| {
        Error::input(format!("no CUDA device: {why}; use --device cpu, or see `medtransfer doctor`"))
    })?;
    if index < found.n_devices {
        Ok(Device::Cuda(index))
    } else {
        Err(Error::input(format!("no device cuda:{index}: torch sees {} CUDA device(s)", found.n_devices)))
    }
}

/// The name of a device as it stands in the results store: "cpu" or "cuda:N".
pub fn name(device: Device) -> String {
    match device {
        Device::Cuda(index) => format!("cuda:{index}"),
        _ => "cpu".to_owned(),
    }
}

/// What is there, for `doctor`.
pub fn describe() -> Description {
    let cuda = cuda();
    let auto = if cuda.is_ok() { "cuda:0" } else { "cpu" };
    Description { auto: auto.to_owned(), torch_version: TORCH_VERSION, cuda }
}

/// Runs `work` and turns a panic inside torch (its calls panic on every C++ exception, such as a lack of memory) into
/// an error that names `what`.
///
/// # Errors
/// Those of `work`, and a failure for a panic.
pub(crate) fn guarded<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown panic");
        let first = text.lines().next().unwrap_or_default();
        Err(Error::failed(format!("{what} broke off inside torch: {first}")))
    })
}

/// The CUDA devices, looked for once in the life of the process.
fn cuda() -> std::result::Result<CudaDescription, String> {
    static FOUND: OnceLock<std::result::Result<CudaDescription, String>> = OnceLock::new();
    FOUND.get_or_init(find_cuda).clone()
}

fn find_cuda() -> std::result::Result<CudaDescription, String> {
    let library = open_cuda()?;
    if !Cuda::is_available() {
        return Err(format!("{} was opened, but torch finds no usable device or driver", library.display()));
    }
    let n_devices = usize::try_from(Cuda::device_count()).unwrap_or(0);
    Ok(CudaDescription { library, n_devices, cudnn: Cuda::cudnn_is_available(), names: driver_names() })
}

/// Opens the first `libtorch_cuda.so` beside the libtorch in use.
fn open_cuda() -> std::result::Result<PathBuf, String> {
    let mut reasons = Vec::new();
    for path in candidates() {
        // SAFETY: opening a library runs its initialisers; this is torch's own CUDA half, of the same folder as the CPU
        // half that is already loaded. It is never closed (the handle is forgotten), so no code of it can be unmapped.
        #[expect(unsafe_code, reason = "dlopen has no safe form")]
        let opened = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_GLOBAL) };
        match opened {
            Ok(library) => {
                std::mem::forget(library);
                return Ok(path);
            }
            Err(error) => reasons.push(format!("{}: {}", path.display(), root_cause(&error))),
        }
    }
    if reasons.is_empty() {
        return Err("there is no libtorch_cuda.so beside the libtorch in use".to_owned());
    }
    Err(reasons.join("; "))
}

fn root_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), root_cause)
}

/// Existing `libtorch_cuda.so` files: beside the loaded `libtorch_cpu.so`, on `LD_LIBRARY_PATH`, in `LIBTORCH/lib`.
fn candidates() -> Vec<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let loaded = maps.lines().filter_map(|line| {
        let path = Path::new(line.get(line.find('/')?..)?);
        (path.file_name()? == "libtorch_cpu.so").then(|| path.parent())?.map(Path::to_owned)
    });
    let listed = std::env::var_os("LD_LIBRARY_PATH");
    let listed = listed.iter().flat_map(std::env::split_paths);
    let configured = std::env::var_os("LIBTORCH").map(|folder| Path::new(&folder).join("lib"));
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in loaded.chain(listed).chain(configured) {
        let path = folder.join("libtorch_cuda.so");
        if path.is_file() && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// Product names from the driver's own files, sorted by their folder (the PCI address).
fn driver_names() -> Vec<String> {
    let Ok(folders) = std::fs::read_dir("/proc/driver/nvidia/gpus") else { return Vec::new() };
    let mut folders: Vec<PathBuf> = folders.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.sort();
    let names = folders.iter().filter_map(|folder| {
        let text = std::fs::read_to_string(folder.join("information")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Model:"))?;
        Some(line.trim().to_owned())
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_always_there() {
        assert_eq!(choose("cpu").unwrap(), Device::Cpu);
        assert_eq!(name(Device::Cpu), "cpu");
        assert_eq!(name(Device::Cuda(1)), "cuda:1");
    }

    #[test]
    fn misspelt_device_is_an_input_error() {
        let error = choose("gpu").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert_eq!(error.to_string(), "unknown device \"gpu\": use auto, cpu, cuda or cuda:N");
        assert_eq!(choose("cuda:x").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn asking_for_cuda_where_none_is_says_why() {
        match describe().cuda {
            Ok(found) => assert!(choose(&format!("cuda:{}", found.n_devices)).is_err()),
            Err(why) => {
                let text = choose("cuda").unwrap_err().to_string();
                assert!(text.contains(&why) && text.contains("--device cpu"), "{text}");
                assert_eq!(describe().auto, "cpu");
            }
        }
    }

    #[test]
    fn a_panic_of_torch_becomes_an_error() {
        let error = guarded("the test", || {
            let _ = tch::Tensor::zeros([2], (tch::Kind::Float, Device::Cpu)).reshape([3]);
            Ok(())
        });
        let error = error.unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().starts_with("the test broke off inside torch"), "{error}");
    }
}
