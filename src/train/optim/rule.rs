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

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;

    /// Values after 1, 2 and 12 steps, from `tests/golden/optim.py` (torch 2.11.0).
    fn check(rule: Rule, expected: [[f64; 4]; 3]) {
        for (kind, tolerance) in [(Kind::Double, 1e-9), (Kind::Float, 1e-6)] {
            let vector = |values: [f64; 4]| Tensor::from_slice(&values).to_kind(kind);
            let (a, c) = (vector([1.0, 2.0, 0.5, 4.0]), vector([0.3, -0.7, 1.5, 0.1]));
            let w = vector([1.0, -2.0, 0.5, 3.0]);
            let gradient = w.zeros_like();
            let whole = Segment { start: 0, length: 4, is_weight: true };
            let mut optimizer =
                Optimizer::new(rule, w.shallow_clone(), gradient.shallow_clone(), vec![whole]);
            for step in 1..=12 {
                let cross =
                    Tensor::cat(&[w.narrow(0, 1, 1), w.narrow(0, 0, 1), w.zeros_like().narrow(0, 0, 2)], 0);
                gradient.shallow_clone().copy_(&(&a * (&w - &c) + cross));
                optimizer.step(0.05);
                if let Some(place) = [1, 2, 12].iter().position(|&at| at == step) {
                    for (index, expected) in (0..).zip(expected[place]) {
                        let found = w.double_value(&[index]);
                        assert!(
                            (found - expected).abs() < tolerance,
                            "{rule} {kind:?} {step}: {found} {expected}"
                        );
                    }
                }
            }
            assert_eq!(optimizer.steps(), 12);
        }
    }

    #[test]
    fn sgd_equals_pytorch() {
        check(
            Rule::Sgd { momentum: 0.9, weight_decay: 1e-2 },
            [
                [1.0645, -1.919, 0.52475, 2.4185],
                [1.17974275, -1.7764655, 0.571143875, 1.43024075],
                [1.91230581622, -1.537118316257, 1.494889419418, 1.348927169958],
            ],
        );
    }

    #[test]
    fn adam_equals_pytorch() {
        check(
            Rule::Adam { weight_decay: 0.0 },
            [
                [1.049999999615, -1.950000000312, 0.549999999, 2.950000000043],
                [1.099855864138, -1.90018840192, 0.599916755173, 2.900024555391],
                [1.556926018248, -1.462945762136, 1.078242329626, 2.405492197271],
            ],
        );
    }

    #[test]
    fn adam_with_decay_equals_pytorch() {
        check(
            Rule::Adam { weight_decay: 1e-2 },
            [
                [1.049999999612, -1.950000000309, 0.54999999899, 2.950000000043],
                [1.09985341052, -1.900186050333, 0.599913640982, 2.900024553098],
                [1.555897531689, -1.461823059498, 1.077248556467, 2.405491649997],
            ],
        );
    }

    #[test]
    fn adamw_equals_pytorch() {
        check(
            Rule::AdamW { weight_decay: 1e-2 },
            [
                [1.049499999615, -1.949000000313, 0.549749999, 2.948500000043],
                [1.098830156962, -1.898216514237, 0.599392390514, 2.89705110754],
                [1.549113730009, -1.453596912357, 1.07385335193, 2.389361865939],
            ],
        );
    }

    /// Two tensors: a weight (3, 4) with gradient (0, 2) and a bias 1 with gradient 0.5; lr 0.1, no momentum yet.
    #[test]
    fn lars_trusts_weights_and_leaves_biases_plain() {
        let w = Tensor::from_slice(&[3f64, 4.0, 1.0]);
        let gradient = Tensor::from_slice(&[0f64, 2.0, 0.5]);
        let segments = vec![
            Segment { start: 0, length: 2, is_weight: true },
            Segment { start: 2, length: 1, is_weight: false },
        ];
        let rule = Rule::Lars { momentum: 0.9, weight_decay: 0.0, trust: 0.01 };
        Optimizer::new(rule, w.shallow_clone(), gradient, segments).step(0.1);
        // Trust 0.01 * 5 / 2 = 0.025: the step is 0.1 * 0.025 * 2 = 0.005.
        let found = Vec::<f64>::try_from(w).unwrap();
        for (found, expected) in found.iter().zip([3.0, 3.995, 0.95]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn a_rate_of_zero_moves_nothing() {
        let w = Tensor::from_slice(&[1f32, 2.0]);
        let rule = Rule::Adam { weight_decay: 0.0 };
        let mut optimizer =
            Optimizer::new(rule, w.shallow_clone(), Tensor::from_slice(&[1f32, 1.0]), Vec::new());
        optimizer.step(0.0);
        assert_eq!(Vec::<f32>::try_from(w).unwrap(), [1.0, 2.0]);
    }

    #[test]
    fn names_are_read() {
        assert_eq!("adamw".parse::<Rule>().unwrap(), Rule::AdamW { weight_decay: 0.01 });
        assert_eq!("rmsprop".parse::<Rule>().unwrap_err().exit_code(), 2);
    }
}
