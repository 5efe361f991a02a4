//! Collects everything that is wrong with a source, so that one run tells it all.
//!
//! Comes in: sentences, one a problem. Goes out: one input error (exit code 2) with the count and the first of them.

use crate::dataset::Result;
use crate::error::Error;

/// How many problems an error spells out; the rest is a count. Twenty fill a screen.
pub(crate) const SHOWN: usize = 20;

/// What went wrong so far. Only the first [`SHOWN`] sentences are kept, so memory stays flat.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    shown: Vec<String>,
    count: usize,
}

impl Problems {
    /// Adds one.
    pub(crate) fn push(&mut self, sentence: impl Into<String>) {
        self.count += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(sentence.into());
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// `value` if nothing went wrong; a lone problem is the whole error; several are listed after `about`.
    pub(crate) fn or<T>(self, about: &str, value: T) -> Result<T> {
        match self.count {
            0 => Ok(value),
            1 => Err(Error::input(self.shown.concat())),
            n if n <= SHOWN => {
                Err(Error::input(format!("{about}: {n} problems\n  {}", self.shown.join("\n  "))))
            }
            n => Err(Error::input(format!(
                "{about}: {n} problems, the first {SHOWN}:\n  {}",
                self.shown.join("\n  ")
            ))),
        }
    }
}

/// The first few of `names` and how many more there are: `a, b, c and 4 more`.
pub(crate) fn first_few(names: &[String]) -> String {
    const FEW: usize = 5;
    match names.len().checked_sub(FEW) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..FEW].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_problem_is_the_whole_error_and_many_are_counted() {
        let with = |n: usize| {
            let mut problems = Problems::default();
            (0..n).for_each(|i| problems.push(format!("p{i}")));
            problems.or("chest", ())
        };
        assert!(with(0).is_ok());
        assert_eq!(with(1).unwrap_err().to_string(), "p0");
        assert_eq!(with(2).unwrap_err().to_string(), "chest: 2 problems\n  p0\n  p1");
        let many = with(25).unwrap_err().to_string();
        assert!(many.starts_with("chest: 25 problems, the first 20:\n  p0\n"), "{many}");
        assert!(many.ends_with("p19"), "{many}");
    }

    #[test]
    fn first_few_counts_the_rest() {
        let names: Vec<String> = (0..7).map(|i| format!("n{i}")).collect();
        assert_eq!(first_few(&names[..5]), "n0, n1, n2, n3, n4");
        assert_eq!(first_few(&names), "n0, n1, n2, n3, n4 and 2 more");
    }
}
