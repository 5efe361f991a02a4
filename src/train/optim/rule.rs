//! The update rules: stochastic gradient descent, Adam, AdamW and LARS on the flat buffer.
//!
//! Comes in: values and gradient as vectors (shared with the network) and a learning rate. Goes out: changed values. The formulas are
//! those of PyTorch 2.11 (`torch.optim.SGD`, `Adam`, `AdamW`, single-tensor form), rearranged where the bindings lack a
//! scale argument; the tests compare with numbers from Python torch.

use std::fmt;

use tch::Tensor;

use crate::{Error, Result};

/// An update rule and its constants. The learning rate comes with every step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Stochastic gradient descent; weight decay is added to the gradient.
    Sgd {
        /// Share of the last direction that is kept, in [0, 1).
        momentum: f64,
        /// Factor of the values in the gradient.
        weight_decay: f64,
    },
    /// Adam (Kingma and Ba 2015): betas 0.9 and 0.999, epsilon 1e-8; weight decay is added to the gradient.
    Adam {
        /// Factor of the values in the gradient.
        weight_decay: f64,
    },
    /// AdamW (Loshchilov and Hutter 2019): as Adam, but weight decay shrinks the values directly.
    AdamW {
        /// Share of the values, times the learning rate, taken off at every step.
        weight_decay: f64,
    },
    /// LARS (You, Gitman, Ginsburg 2017) as used by SimCLR: SGD with a step per tensor of length
    /// trust |w| / |g + wd w|; biases and scales (tensors with one dimension) take plain steps without decay.
    Lars {
        /// Share of the last direction that is kept.
        momentum: f64,
        /// Factor of the values in the gradient.
        weight_decay: f64,
        /// The trust coefficient, 0.001 in the paper.
        trust: f64,
    },
}

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sgd { momentum, weight_decay } => write!(f, "sgd(momentum={momentum}, wd={weight_decay})"),
            Self::Adam { weight_decay } => write!(f, "adam(wd={weight_decay})"),
            Self::AdamW { weight_decay } => write!(f, "adamw(wd={weight_decay})"),
            Self::Lars { momentum, weight_decay, trust } => {
                write!(f, "lars(momentum={momentum}, wd={weight_decay}, trust={trust})")
            }
        }
    }
}

impl std::str::FromStr for Rule {
    type Err = Error;

    /// Reads "sgd", "adam", "adamw" or "lars", with the usual constants.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "sgd" => Ok(Self::Sgd { momentum: 0.9, weight_decay: 1e-4 }),
            "adam" => Ok(Self::Adam { weight_decay: 0.0 }),
            "adamw" => Ok(Self::AdamW { weight_decay: 0.01 }),
            "lars" => Ok(Self::Lars { momentum: 0.9, weight_decay: 1e-6, trust: 0.001 }),
            _ => Err(Error::input(format!("unknown optimizer {text:?}: use sgd, adam, adamw or lars"))),
        }
    }
}

/// One tensor within the flat buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Index of its first element.
    pub start: i64,
    /// Number of its elements.
    pub length: i64,
    /// Whether it has more than one dimension: a weight, not a bias or the scale of a normalisation.
    pub is_weight: bool,
}

/// A rule with its state, on the flat buffers that it trains.
#[derive(Debug)]
pub struct Optimizer {
    rule: Rule,
    values: Tensor,   // [n], shared with the network
    gradient: Tensor, // [n], shared with autograd
    segments: Vec<Segment>,
    first: Tensor,   // [n]: momentum, or Adam's mean of gradients
    second: Tensor,  // [n]: Adam's mean of squared gradients, divided by (1 - beta2); empty for the others
    scratch: Tensor, // [n]
    steps: i64,
}

impl Optimizer {
    /// An optimiser before its first step. `values` and `gradient` are `[n]`, fp32 and shared with the network;
    /// `segments` divides them into tensors (only LARS minds).
    pub fn new(rule: Rule, values: Tensor, gradient: Tensor, segments: Vec<Segment>) -> Self {
        let adaptive = matches!(rule, Rule::Adam { .. } | Rule::AdamW { .. });
        let second = if adaptive { values.zeros_like() } else { values.zeros_like().narrow(0, 0, 0) };
        let (first, scratch) = (values.zeros_like(), values.zeros_like());
        Self { rule, values, gradient, segments, first, second, scratch, steps: 0 }
    }

    /// One step with learning rate `lr` down the gradient that lies in the buffer (which is changed on the way).
    pub fn step(&mut self, lr: f64) {
        let _guard = tch::no_grad_guard();
        self.steps += 1;
        match self.rule {
            Rule::Sgd { momentum, weight_decay } => {
                decay_into(&mut self.gradient, &self.values, weight_decay);
                self.momentum_step(momentum, lr);
            }
            Rule::Adam { weight_decay } => {
                decay_into(&mut self.gradient, &self.values, weight_decay);
                self.adam_step(lr);
            }
            Rule::AdamW { weight_decay } => {
                let _ = self.values.g_mul_scalar_(1.0 - lr * weight_decay);
                self.adam_step(lr);
            }
            Rule::Lars { momentum, weight_decay, trust } => {
                for segment in self.segments.iter().filter(|segment| segment.is_weight) {
                    let part = |whole: &Tensor| whole.narrow(0, segment.start, segment.length);
                    trust_scale(&part(&self.values), &mut part(&self.gradient), weight_decay, trust);
                }
                self.momentum_step(momentum, lr);
            }
        }
    }

    /// b = momentum b + g; w -= lr b.
    fn momentum_step(&mut self, momentum: f64, lr: f64) {
        let _ = self.first.g_mul_scalar_(momentum).g_add_(&self.gradient);
        let _ = self.first.mul_scalar_out(&self.scratch, -lr);
        let _ = self.values.g_add_(&self.scratch);
    }

    /// Adam's step. PyTorch: m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; w -= lr / c1 * m / (sqrt(v / c2) + eps), with
    /// ck = 1 - bk^t. The bindings have no scale in `addcmul_` and `addcdiv_`, so u = v / (1-b2) is kept instead of v
    /// (u = b2 u + g^2), and the step's factor goes into the denominator: w += m / (-(sqrt(u) a + eps) c1 / lr) with
    /// a = sqrt((1-b2) / c2).
    fn adam_step(&mut self, lr: f64) {
        let _ = self.first.lerp_(&self.gradient, 1.0 - BETA1);
        let _ = self.second.g_mul_scalar_(BETA2).addcmul_(&self.gradient, &self.gradient);
        if lr == 0.0 {
            return; // the factor below would be infinite
        }
        let t = i32::try_from(self.steps).unwrap_or(i32::MAX); // both corrections are 1 long before
        let (c1, c2) = (1.0 - BETA1.powi(t), 1.0 - BETA2.powi(t));
        let factor = -c1 / lr;
        let _ = self.second.sqrt_out(&self.scratch);
        let root = factor * ((1.0 - BETA2) / c2).sqrt();
        let _ = self.scratch.g_mul_scalar_(root).g_add_scalar_(factor * EPSILON);
        let _ = self.values.addcdiv_(&self.first, &self.scratch);
    }

    /// Number of steps taken.
    pub fn steps(&self) -> i64 {
        self.steps
    }

    /// The tensors that, with [`Optimizer::steps`] and the trained values, make an exact resume possible.
    pub fn state(&self) -> [&Tensor; 2] {
        [&self.first, &self.second]
    }

    /// Takes up the state of another optimiser of the same rule and network.
    ///
    /// # Errors
    /// When the lengths differ.
    pub fn restore(&mut self, steps: i64, [first, second]: [&Tensor; 2]) -> Result<()> {
        if first.size() != self.first.size() || second.size() != self.second.size() {
            return Err(Error::input("the checkpoint's optimizer state is of another network"));
        }
        let _guard = tch::no_grad_guard();
        self.first.copy_(first);
        self.second.copy_(second);
        self.steps = steps;
        Ok(())
    }
}

/// LARS: adds the decay to the gradient `g` of one tensor `w` and scales it by trust |w| / |g + wd w|. A tensor that is
/// all 0, or has no gradient, keeps its plain gradient, as in the reference implementations.
fn trust_scale(w: &Tensor, g: &mut Tensor, weight_decay: f64, trust: f64) {
    decay_into(g, w, weight_decay);
    let (w_norm, g_norm) = (w.norm(), g.norm());
    let plain = w_norm.eq(0.0).logical_or(&g_norm.eq(0.0));
    let _ = g.g_mul_(&(w_norm * trust / g_norm).masked_fill(&plain, 1.0));
}

/// `gradient += weight_decay * values`.
fn decay_into(gradient: &mut Tensor, values: &Tensor, weight_decay: f64) {
    if weight_decay != 0.0 {
        let _ = gradient.g_add_(&(values * weight_decay));
    }
}
