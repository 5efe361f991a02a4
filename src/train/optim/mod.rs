//! Optimisers, learning-rate schedules and early stopping.
//!
//! Comes in: the parameter store's flat buffers of values and gradients, learning rates, validation losses. Goes out:
//! changed values. A step is a handful of kernels whatever the number of layers. Nothing here draws random numbers.

mod rule;
mod schedule;
mod stop;

pub use rule::{Optimizer, Rule, Segment};
pub use schedule::{LearningRate, PlateauState, Schedule, cosine, linear, plateau, warm_up};
pub use stop::EarlyStop;
