//! What the values of a group repeat.
//!
//! Comes in: the names of a source's columns. Goes out: [`Unit`]. Judges no test.

use crate::named::named_cell;

/// The unit that a test takes as independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Nobody said.
    #[default]
    Run,
    /// Training seeds on one fixed split: what varies is the training.
    Seed,
    /// Folds of a cross-validation: their training sets overlap.
    Fold,
    /// Cases of one test set: they repeat neither training nor, where a patient has several, the patient.
    Case,
    /// Patients of one test set.
    Patient,
}
named_cell!(Unit, "unit", Run => "run", Seed => "seed", Fold => "fold", Case => "case", Patient => "patient");

/// True for a column's name that says folds.
pub(super) fn says_folds(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["fold", "cv_", "split"].iter().any(|word| lower.contains(word)) || lower == "cv"
}
