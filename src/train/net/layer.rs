//! Convolution, batch norm and linear layers over tensors of a [`Scope`].
//!
//! Comes in: sizes. Goes out: layers whose parameters bear PyTorch's names (`weight`, `bias`, `running_mean`,
//! `running_var`, `num_batches_tracked`) and are initialised as the caller says. Padding is symmetric, as in PyTorch.

use tch::Tensor;

use crate::Result;
use crate::train::param::{Init, Mode, Scope};

/// Share of the new batch in the running statistics (PyTorch's default).
const BATCH_NORM_MOMENTUM: f64 = 0.1;
/// Added to the variance before the square root (PyTorch's default).
const BATCH_NORM_EPS: f64 = 1e-5;

/// Sizes of a square convolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvConfig {
    /// Channels in.
    pub n_in: i64,
    /// Channels out.
    pub n_out: i64,
    /// Side of the kernel in pixels; padding is half of it, so stride 1 keeps the size.
    pub kernel: i64,
    /// Step in pixels.
    pub stride: i64,
    /// Groups; `n_in` makes it depthwise.
    pub groups: i64,
    /// How the weight starts.
    pub init: Init,
    /// Whether there is a bias (it starts at zero).
    pub bias: bool,
}

/// A square convolution.
#[derive(Debug)]
pub struct Conv {
    weight: Tensor, // [n_out, n_in / groups, kernel, kernel]
    bias: Option<Tensor>,
    stride: i64,
    padding: i64,
    groups: i64,
}

impl Conv {
    /// A convolution of these sizes.
    ///
    /// # Errors
    /// When the store refuses a parameter.
    pub fn new(scope: &Scope<'_>, config: &ConvConfig) -> Result<Self> {
        let ConvConfig { n_in, n_out, kernel, stride, groups, init, bias } = *config;
        let weight = scope.var("weight", &[n_out, n_in / groups, kernel, kernel], init)?;
        let bias = if bias { Some(scope.var("bias", &[n_out], Init::Constant(0.0))?) } else { None };
        Ok(Self { weight, bias, stride, padding: kernel / 2, groups })
    }

    /// `[n, n_in, h, w]` to `[n, n_out, h / stride, w / stride]` (rounded up).
    pub fn forward(&self, xs: &Tensor) -> Tensor {
        let (stride, padding) = ([self.stride, self.stride], [self.padding, self.padding]);
        xs.conv2d(&self.weight, self.bias.as_ref(), stride, padding, [1, 1], self.groups)
    }
}

/// Batch normalisation over `[n, c, h, w]` (or `[n, c]`): weight 1 and bias 0 at the start, momentum 0.1, eps 1e-5.
#[derive(Debug)]
pub struct BatchNorm {
    weight: Tensor,
    bias: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    num_batches_tracked: Tensor,
}

impl BatchNorm {
    /// A batch norm over `n` channels.
    ///
    /// # Errors
    /// When the store refuses a parameter.
    pub fn new(scope: &Scope<'_>, n: i64) -> Result<Self> {
        Ok(Self {
            weight: scope.var("weight", &[n], Init::Constant(1.0))?,
            bias: scope.var("bias", &[n], Init::Constant(0.0))?,
            running_mean: scope.buffer("running_mean", &[n], 0.0)?,
            running_var: scope.buffer("running_var", &[n], 1.0)?,
            num_batches_tracked: scope.counter("num_batches_tracked")?,
        })
    }

    /// Same shape out. In [`Mode::Train`] the running statistics move towards those of the batch.
    pub fn forward(&self, xs: &Tensor, mode: Mode) -> Tensor {
        let train = mode == Mode::Train;
        if train {
            let _ = self.num_batches_tracked.shallow_clone().g_add_scalar_(1);
        }
        xs.batch_norm(
            Some(&self.weight),
            Some(&self.bias),
            Some(&self.running_mean),
            Some(&self.running_var),
            train,
            BATCH_NORM_MOMENTUM,
            BATCH_NORM_EPS,
            true,
        )
    }
}

/// A fully connected layer.
#[derive(Debug)]
pub struct Linear {
    weight: Tensor, // [n_out, n_in]
    bias: Option<Tensor>,
}

impl Linear {
    /// A layer with bias.
    ///
    /// # Errors
    /// When the store refuses a parameter.
    pub fn new(scope: &Scope<'_>, n_in: i64, n_out: i64, weight: Init, bias: Init) -> Result<Self> {
        Ok(Self {
            weight: scope.var("weight", &[n_out, n_in], weight)?,
            bias: Some(scope.var("bias", &[n_out], bias)?),
        })
    }

    /// A layer without bias, such as those before a batch norm in projection heads.
    ///
    /// # Errors
    /// When the store refuses a parameter.
    pub fn without_bias(scope: &Scope<'_>, n_in: i64, n_out: i64, weight: Init) -> Result<Self> {
        Ok(Self { weight: scope.var("weight", &[n_out, n_in], weight)?, bias: None })
    }

    /// `[n, n_in]` to `[n, n_out]`.
    pub fn forward(&self, xs: &Tensor) -> Tensor {
        xs.linear(&self.weight, self.bias.as_ref())
    }
}

/// PyTorch's default bounds of a bias: U(-b, b), b = 1 / sqrt fan-in.
pub fn default_bias(fan_in: i64) -> Init {
    let bound = 1.0 / (fan_in as f64).sqrt();
    Init::Uniform { lo: -bound, hi: bound }
}
