//! The parameter store: every tensor of a network by its torchvision name, in the order of creation.
//!
//! Comes in: shapes and initialisations, asked for by the layers through a [`Scope`]. Goes out: leaf tensors, one flat
//! view over all of them for the optimiser, and bit-exact copies for checkpoints. It does not touch torch's global random
//! state: each tensor is drawn from ChaCha8 keyed by (seed, name), so neither the order nor the number of other tensors
//! matters. `tch::nn::VarStore` is not used: it initialises batch norm wrongly and changes dtypes on load.
//!
//! A store and the layers built on it are `Send` but not `Sync`: build them inside the thread that computes the run.

use std::cell::{OnceCell, RefCell};
use std::fmt::Display;

use tch::{Device, Kind, TchError, Tensor};

use crate::{Error, Result};

mod init;

pub use init::{Init, keyed_rng};

/// Whether batch norm uses (and updates) the statistics of the batch or the running ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics; running statistics are updated.
    Train,
    /// Running statistics; nothing is updated.
    Eval,
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A leaf that gets gradients, fp32.
    Trainable,
    /// State without gradient: running statistics (fp32) and counters (int64).
    Buffer,
}

/// One named tensor. The handle is shared with the layer: what is written into it, the layer sees.
#[derive(Debug)]
pub struct Param {
    /// torchvision's name with dots, e.g. `layer1.0.conv1.weight`.
    pub name: String,
    /// The shared handle.
    pub tensor: Tensor,
    /// Trainable or buffer.
    pub role: Role,
}

/// Where one trainable lies in [`ParamStore::flat`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Name of the trainable.
    pub name: String,
    /// Index of its first element.
    pub start: i64,
    /// Its shape; the product is the number of elements.
    pub shape: Vec<i64>,
}

/// Turns libtorch's error into ours: its first line, without the C++ backtrace.
///
/// # Errors
/// Whenever `result` is an error.
pub fn torch<T>(what: &str, result: std::result::Result<T, TchError>) -> Result<T> {
    result.map_err(|error| {
        let text = error.to_string();
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("unknown error").trim();
        Error::failed(format!("libtorch cannot {what}: {line}"))
    })
}

/// All tensors of a network.
#[derive(Debug)]
pub struct ParamStore {
    /// Where the tensors live.
    pub device: Device,
    /// Key of the initial draws; `None` leaves everything zero (names and shapes only).
    seed: Option<u64>,
    params: RefCell<Vec<Param>>,
    flat: OnceCell<Flat>,
}

#[derive(Debug)]
struct Flat {
    values: Tensor, // [n]
    grads: Tensor,  // [n]
}

impl ParamStore {
    /// An empty store whose tensors will be drawn with `seed` and live on `device`.
    pub fn new(device: Device, seed: u64) -> Self {
        Self { device, seed: Some(seed), params: RefCell::default(), flat: OnceCell::new() }
    }

    /// A store on the CPU that draws nothing: for the names and shapes of a network.
    pub fn outline() -> Self {
        Self { device: Device::Cpu, seed: None, params: RefCell::default(), flat: OnceCell::new() }
    }

    /// The scope with the empty prefix.
    pub fn root(&self) -> Scope<'_> {
        Scope { store: self, path: String::new() }
    }

    /// All tensors in the order of creation (shared handles).
    pub fn params(&self) -> Vec<Param> {
        let share =
            |p: &Param| Param { name: p.name.clone(), tensor: p.tensor.shallow_clone(), role: p.role };
        self.params.borrow().iter().map(share).collect()
    }

    /// The trainable tensors in the order of creation (shared handles).
    pub fn trainable(&self) -> Vec<Tensor> {
        self.params().into_iter().filter(|p| p.role == Role::Trainable).map(|p| p.tensor).collect()
    }

    /// The tensor of that name (shared handle).
    pub fn get(&self, name: &str) -> Option<Tensor> {
        self.params.borrow().iter().find(|p| p.name == name).map(|p| p.tensor.shallow_clone())
    }

    /// Number of trainable values.
    pub fn n_trainable(&self) -> i64 {
        self.spans().iter().map(|span| span.shape.iter().product::<i64>()).sum()
    }

    /// Where each trainable lies in [`Self::flat`], in the order of creation.
    pub fn spans(&self) -> Vec<Span> {
        let mut start = 0;
        let mut spans = Vec::new();
        for p in self.params.borrow().iter().filter(|p| p.role == Role::Trainable) {
            let shape = p.tensor.size();
            let len: i64 = shape.iter().product();
            spans.push(Span { name: p.name.clone(), start, shape });
            start += len;
        }
        spans
    }

    /// Moves all trainables into one buffer and their gradients into another, so that an optimiser step is a few
    /// operations on [`Self::flat`] and [`Self::flat_grad`]. The handles that layers hold stay valid. Nothing can be
    /// added afterwards; a second call does nothing.
    ///
    /// # Errors
    /// When libtorch has no memory for the two buffers.
    pub fn flatten(&self) -> Result<()> {
        if self.flat.get().is_none() {
            let flat = torch("put all parameters into one buffer", self.make_flat())?;
            self.flat.set(flat).expect("nothing else sets it");
        }
        Ok(())
    }

    /// A tensor's data and its gradient are re-homed with `set_data`: the variable that autograd and the layers know
    /// stays, its storage becomes a part of the buffer. Backward then adds into a defined gradient in place.
    fn make_flat(&self) -> std::result::Result<Flat, TchError> {
        let tensors = self.trainable();
        let parts: Vec<Tensor> = tensors.iter().map(|t| t.detach().reshape([-1])).collect();
        let values = if parts.is_empty() {
            Tensor::f_zeros([0], (Kind::Float, self.device))?
        } else {
            Tensor::f_cat(&parts, 0)?
        };
        let grads = values.f_zeros_like()?;
        let mut start = 0;
        for mut tensor in tensors {
            let (len, shape) = (tensor.numel() as i64, tensor.size());
            tensor.f_set_data(&values.f_narrow(0, start, len)?.f_view(shape.as_slice())?)?;
            let frozen = !tensor.requires_grad();
            let _ = tensor.f_set_requires_grad(true)?;
            tensor.f_sum(Kind::Float)?.f_backward()?; // the only way to make tch define `grad`
            let mut grad = tensor.f_grad()?;
            grad.f_set_data(&grads.f_narrow(0, start, len)?.f_view(shape.as_slice())?)?;
            if frozen {
                let _ = tensor.f_set_requires_grad(false)?;
            }
            start += len;
        }
        Ok(Flat { values, grads })
    }

    /// All trainables as one tensor `[n]` in the order of [`Self::spans`]; no gradient flows through it, so it may be
    /// changed in place without a guard.
    ///
    /// # Panics
    /// Before [`Self::flatten`].
    pub fn flat(&self) -> &Tensor {
        &self.flat.get().expect("flatten() was called after building the network").values
    }

    /// The gradients as one tensor `[n]`, in the order of [`Self::spans`]; zero where nothing has flowed.
    ///
    /// # Panics
    /// Before [`Self::flatten`].
    pub fn flat_grad(&self) -> &Tensor {
        &self.flat.get().expect("flatten() was called after building the network").grads
    }

    /// Sets every gradient to zero.
    pub fn zero_grad(&self) {
        if let Some(flat) = self.flat.get() {
            let _ = flat.grads.shallow_clone().zero_();
        } else {
            for mut tensor in self.trainable() {
                tensor.zero_grad();
            }
        }
    }

    /// Copies of all tensors, bit for bit, on the store's device.
    ///
    /// # Errors
    /// When libtorch has no memory for them.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let copy = |p: &Param| -> std::result::Result<_, TchError> {
            let mut copied = p.tensor.detach().f_empty_like()?;
            copied.f_copy_(&p.tensor.detach())?;
            Ok((p.name.clone(), copied))
        };
        let copies = self.params.borrow().iter().map(copy).collect::<std::result::Result<_, _>>();
        Ok(Snapshot { tensors: torch("copy the parameters", copies)? })
    }

    /// Writes a snapshot back, bit for bit.
    ///
    /// # Errors
    /// When names, shapes or dtypes differ from the store's; the store is then unchanged.
    pub fn restore(&self, snapshot: &Snapshot) -> Result<()> {
        let params = self.params();
        if params.len() != snapshot.tensors.len() {
            let (found, expected) = (snapshot.tensors.len(), params.len());
            return Err(Error::input(format!("the saved state has {found} tensors, the network {expected}")));
        }
        for (param, (name, tensor)) in params.iter().zip(&snapshot.tensors) {
            let (found, expected) = (describe(name, tensor), describe(&param.name, &param.tensor));
            if found != expected {
                return Err(Error::input(format!(
                    "the saved state has {found} where the network has {expected}"
                )));
            }
        }
        let _guard = tch::no_grad_guard();
        for (mut param, (_, tensor)) in params.into_iter().zip(&snapshot.tensors) {
            torch("restore a parameter", param.tensor.f_copy_(tensor))?;
        }
        Ok(())
    }

    fn add(&self, name: String, tensor: &Tensor, role: Role) -> Result<()> {
        if self.flat.get().is_some() {
            return Err(Error::failed(format!("parameter {name} comes after the store was flattened")));
        }
        let mut params = self.params.borrow_mut();
        if params.iter().any(|p| p.name == name) {
            return Err(Error::failed(format!("two parameters are called {name}")));
        }
        params.push(Param { name, tensor: tensor.shallow_clone(), role });
        Ok(())
    }
}

fn describe(name: &str, tensor: &Tensor) -> String {
    format!("{name} {:?} {:?}", tensor.size(), tensor.kind())
}

/// Copies of all tensors of a store: the best epoch so far, or what a checkpoint holds.
#[derive(Debug)]
pub struct Snapshot {
    tensors: Vec<(String, Tensor)>,
}

impl Snapshot {
    /// A snapshot from what a checkpoint holds, in the order of creation.
    pub fn new(tensors: Vec<(String, Tensor)>) -> Self {
        Self { tensors }
    }

    /// Name and tensor, in the order of creation.
    pub fn tensors(&self) -> &[(String, Tensor)] {
        &self.tensors
    }
}

/// A prefix of names in a store: `store.root().sub("layer1").sub(0)` makes `layer1.0.*`.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    store: &'a ParamStore,
    path: String,
}

impl<'a> Scope<'a> {
    /// The scope one level below.
    pub fn sub(&self, name: impl Display) -> Scope<'a> {
        Scope { store: self.store, path: self.name(name) }
    }

    /// A new trainable of that shape.
    ///
    /// # Errors
    /// When the name is taken, the shape is not positive, the store is flattened or memory runs out.
    pub fn var(&self, name: &str, shape: &[i64], init: Init) -> Result<Tensor> {
        let name = self.name(name);
        check_shape(&name, shape)?;
        let values = match self.store.seed {
            Some(seed) => init::draw(&mut keyed_rng(seed, &["init", &name]), shape, init),
            None => vec![0.0; shape.iter().product::<i64>() as usize],
        };
        let make = || Tensor::f_from_slice(&values)?.f_view(shape)?.f_to_device(self.store.device);
        let tensor = torch("make a parameter", make())?;
        let tensor = torch("make a parameter", tensor.f_set_requires_grad(true))?;
        self.store.add(name, &tensor, Role::Trainable)?;
        Ok(tensor)
    }

    /// A new fp32 buffer of that shape, filled with `value`.
    ///
    /// # Errors
    /// As [`Self::var`].
    pub fn buffer(&self, name: &str, shape: &[i64], value: f64) -> Result<Tensor> {
        let name = self.name(name);
        check_shape(&name, shape)?;
        let tensor = torch("make a buffer", Tensor::f_full(shape, value, (Kind::Float, self.store.device)))?;
        self.store.add(name, &tensor, Role::Buffer)?;
        Ok(tensor)
    }

    /// A new int64 scalar that starts at zero, such as `num_batches_tracked`.
    ///
    /// # Errors
    /// As [`Self::var`].
    pub fn counter(&self, name: &str) -> Result<Tensor> {
        let tensor = torch("make a counter", Tensor::f_zeros([0_i64; 0], (Kind::Int64, self.store.device)))?;
        self.store.add(self.name(name), &tensor, Role::Buffer)?;
        Ok(tensor)
    }

    /// The device of the store.
    pub fn device(&self) -> Device {
        self.store.device
    }

    fn name(&self, name: impl Display) -> String {
        if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) }
    }
}

fn check_shape(name: &str, shape: &[i64]) -> Result<()> {
    if shape.iter().all(|&n| n > 0) {
        return Ok(());
    }
    Err(Error::failed(format!("parameter {name} would have the shape {shape:?}")))
}

#[cfg(test)]
mod tests;
