//! Early stopping on the validation loss, and which epoch was the best.
//!
//! Comes in: one validation loss an epoch. Goes out: is it a new best, and is it time to stop. Decides nothing else.

/// Watches the validation loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStop {
    /// Stop after this many epochs without a lower loss; none never stops.
    pub patience: Option<usize>,
    /// The lowest loss so far and its epoch (1 is the first).
    pub best: Option<(f64, usize)>,
    /// Epochs since the best.
    pub bad_epochs: usize,
}

impl EarlyStop {
    /// Before the first epoch.
    pub fn new(patience: Option<usize>) -> Self {
        Self { patience, best: None, bad_epochs: 0 }
    }

    /// Takes note of the loss of `epoch` (1 is the first) and says whether it is the lowest so far; a tie is not.
    pub fn observe(&mut self, epoch: usize, loss: f64) -> bool {
        let better = self.best.is_none_or(|(best, _)| loss < best);
        if better {
            self.best = Some((loss, epoch));
            self.bad_epochs = 0;
        } else {
            self.bad_epochs += 1;
        }
        better
    }

    /// Whether patience has run out.
    pub fn is_over(&self) -> bool {
        self.patience.is_some_and(|patience| self.bad_epochs >= patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_after_patience_and_keeps_the_first_of_equals() {
        let mut stop = EarlyStop::new(Some(2));
        assert!(stop.observe(1, 0.5));
        assert!(!stop.observe(2, 0.5));
        assert!(!stop.is_over());
        assert!(!stop.observe(3, 0.6));
        assert!(stop.is_over());
        assert_eq!(stop.best, Some((0.5, 1)));
        assert!(!EarlyStop::new(None).is_over());
    }
}
