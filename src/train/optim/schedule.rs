//! Learning-rate schedules as pure functions of the epoch, and the plateau rule as a pure function of the loss.
//!
//! Comes in: base rate, epoch (with fraction), total epochs, validation losses. Goes out: a rate. Holds no tensor.

use std::f64::consts::PI;
use std::fmt;

use crate::{Error, Result};

/// How the learning rate goes with the epochs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Schedule {
    /// Always the base rate.
    Constant,
    /// From the base rate to 0 in a straight line.
    Linear,
    /// From the base rate to 0 along half a cosine (Loshchilov and Hutter 2017, without restarts).
    Cosine {
        /// The quirk of the paper's released code: the rate is set after an epoch with that epoch's own number, so the
        /// first two epochs run at the base rate and every later one lags by one.
        lagged: bool,
    },
    /// Multiplied by `factor` whenever the validation loss has not improved for more than `patience` epochs
    /// (PyTorch's `ReduceLROnPlateau`, mode min, relative threshold 1e-4).
    Plateau {
        /// In (0, 1).
        factor: f64,
        /// Epochs without improvement that are borne.
        patience: usize,
    },
}

/// Relative improvement that counts, as PyTorch's default.
const THRESHOLD: f64 = 1e-4;

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Linear => f.write_str("linear"),
            Self::Cosine { lagged: false } => f.write_str("cosine"),
            Self::Cosine { lagged: true } => f.write_str("cosine-lagged"),
            Self::Plateau { factor, patience } => write!(f, "plateau(x{factor}, patience={patience})"),
        }
    }
}

impl std::str::FromStr for Schedule {
    type Err = Error;

    /// Reads "constant", "linear", "cosine", "cosine-lagged" or "plateau" (x0.5 after 5 epochs).
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "constant" => Ok(Self::Constant),
            "linear" => Ok(Self::Linear),
            "cosine" => Ok(Self::Cosine { lagged: false }),
            "cosine-lagged" => Ok(Self::Cosine { lagged: true }),
            "plateau" => Ok(Self::Plateau { factor: 0.5, patience: 5 }),
            _ => Err(Error::input(format!(
                "unknown schedule {text:?}: use constant, linear, cosine, cosine-lagged or plateau"
            ))),
        }
    }
}

/// Half a cosine: 1 at `at` = 0, 0 at `at` = `total`; both in epochs.
pub fn cosine(at: f64, total: f64) -> f64 {
    0.5 * (1.0 + (PI * share(at, total)).cos())
}

/// A straight line: 1 at `at` = 0, 0 at `at` = `total`; both in epochs.
pub fn linear(at: f64, total: f64) -> f64 {
    1.0 - share(at, total)
}

/// The warm-up factor: rises in a straight line from near 0 to 1 over `epochs`, then stays 1. `at` is the middle of the
/// step in epochs, so that the first step is not lost to a rate of 0.
pub fn warm_up(at: f64, epochs: f64) -> f64 {
    if at < epochs { at / epochs } else { 1.0 }
}

fn share(at: f64, total: f64) -> f64 {
    if total > 0.0 { (at / total).clamp(0.0, 1.0) } else { 0.0 }
}

/// What the plateau rule remembers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlateauState {
    /// Product of all reductions so far, in (0, 1].
    pub factor: f64,
    /// The lowest loss so far; none before the first epoch.
    pub best: Option<f64>,
    /// Epochs since `best`, or since the last reduction.
    pub bad_epochs: usize,
}

impl PlateauState {
    /// Before the first epoch.
    pub const START: Self = Self { factor: 1.0, best: None, bad_epochs: 0 };
}

/// The state after an epoch with validation loss `loss` (`ReduceLROnPlateau.step` of PyTorch 2.11).
pub fn plateau(state: PlateauState, loss: f64, factor: f64, patience: usize) -> PlateauState {
    let better = state.best.is_none_or(|best| loss < best * (1.0 - THRESHOLD));
    if better {
        return PlateauState { best: Some(loss), bad_epochs: 0, ..state };
    }
    if state.bad_epochs + 1 > patience {
        PlateauState { factor: state.factor * factor, bad_epochs: 0, ..state }
    } else {
        PlateauState { bad_epochs: state.bad_epochs + 1, ..state }
    }
}

/// Base rate, schedule, warm-up and what the plateau rule remembers: all that decides a learning rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningRate {
    /// The rate that the schedule's factor multiplies.
    pub base: f64,
    /// The schedule.
    pub schedule: Schedule,
    /// Epochs of linear warm-up, 0 for none.
    pub warm_up: f64,
    /// Epochs over which cosine and linear fall to 0.
    pub total: f64,
    /// State of the plateau rule; unused by the others.
    pub plateau: PlateauState,
}

impl LearningRate {
    /// The rate at `at` epochs after the start. Fine-tuning passes whole epochs (0, 1, ...), pre-training the middle of
    /// a step.
    pub fn at(&self, at: f64) -> f64 {
        let warm = if self.warm_up > 0.0 { warm_up(at, self.warm_up) } else { 1.0 };
        let (at, total) = ((at - self.warm_up).max(0.0), self.total - self.warm_up);
        let factor = match self.schedule {
            Schedule::Constant => 1.0,
            Schedule::Linear => linear(at, total),
            Schedule::Cosine { lagged: false } => cosine(at, total),
            Schedule::Cosine { lagged: true } => cosine((at - 1.0).max(0.0), total),
            Schedule::Plateau { .. } => self.plateau.factor,
        };
        self.base * warm * factor
    }

    /// Takes note of an epoch's validation loss; only the plateau rule minds.
    pub fn observe(&mut self, loss: f64) {
        if let Schedule::Plateau { factor, patience } = self.schedule {
            self.plateau = plateau(self.plateau, loss, factor, patience);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(schedule: Schedule, total: f64) -> LearningRate {
        LearningRate { base: 0.1, schedule, warm_up: 0.0, total, plateau: PlateauState::START }
    }

    #[test]
    fn cosine_and_linear_pass_their_known_points() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(rate(Schedule::Cosine { lagged: false }, 10.0).at(0.0), 0.1);
        close(rate(Schedule::Cosine { lagged: false }, 10.0).at(5.0), 0.05);
        close(rate(Schedule::Cosine { lagged: false }, 10.0).at(10.0), 0.0);
        close(rate(Schedule::Linear, 4.0).at(1.0), 0.075);
        close(rate(Schedule::Linear, 4.0).at(9.0), 0.0);
    }

    #[test]
    fn lagged_cosine_repeats_the_base_rate_once() {
        let (lagged, plain) =
            (rate(Schedule::Cosine { lagged: true }, 10.0), rate(Schedule::Cosine { lagged: false }, 10.0));
        assert_eq!(lagged.at(0.0).to_bits(), 0.1f64.to_bits());
        assert_eq!(lagged.at(1.0).to_bits(), 0.1f64.to_bits());
        assert_eq!(lagged.at(4.0).to_bits(), plain.at(3.0).to_bits());
    }

    #[test]
    fn warm_up_rises_then_hands_over() {
        let rate = LearningRate { warm_up: 2.0, ..rate(Schedule::Cosine { lagged: false }, 12.0) };
        assert!((rate.at(0.5) - 0.025).abs() < 1e-12 && (rate.at(2.0) - 0.1).abs() < 1e-12);
        assert!((rate.at(7.0) - 0.05).abs() < 1e-12);
    }

    /// Expected rates from torch 2.11: `tests/golden/optim.py`, section plateau.
    #[test]
    fn plateau_follows_pytorch() {
        let losses = [1.0, 0.9, 0.95, 0.91, 0.93, 0.92, 0.8999999, 0.95, 0.5, 0.6, 0.6, 0.6, 0.6];
        let expected = [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125];
        let mut state = PlateauState::START;
        for (loss, factor) in losses.into_iter().zip(expected) {
            state = plateau(state, loss, 0.5, 2);
            assert_eq!(state.factor.to_bits(), f64::to_bits(factor), "after {loss}");
        }
    }

    #[test]
    fn names_round_trip_or_fail() {
        assert_eq!("cosine-lagged".parse::<Schedule>().unwrap().to_string(), "cosine-lagged");
        assert_eq!("step".parse::<Schedule>().unwrap_err().exit_code(), 2);
    }
}
