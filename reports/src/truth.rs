//! Kleene's logic of three values, and counts of which some cases are open.
//!
//! In: truths. Out: truths. It knows no comparison.

use crate::expr::Op;

/// Three truth values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// Holds.
    True,
    /// Does not hold.
    False,
    /// Cannot be told.
    Unknown,
}

impl Truth {
    /// Of a plain truth.
    pub(crate) fn of(truth: bool) -> Truth {
        if truth { Truth::True } else { Truth::False }
    }

    /// The opposite.
    pub(crate) fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    /// Whether all hold; true of none.
    pub(crate) fn all(values: &[Truth]) -> Truth {
        if values.contains(&Truth::False) {
            Truth::False
        } else if values.contains(&Truth::Unknown) {
            Truth::Unknown
        } else {
            Truth::True
        }
    }

    /// Whether one holds; false of none.
    pub(crate) fn any(values: &[Truth]) -> Truth {
        Truth::all(&values.iter().map(|v| v.not()).collect::<Vec<_>>()).not()
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Truth::True => "supported",
            Truth::False => "not supported",
            Truth::Unknown => "undecided",
        }
    }
}

/// A count known only to lie between two numbers, against a number.
pub(crate) fn compare_count(low: usize, high: usize, op: Op, right: f64) -> Truth {
    let holds = |n: usize| {
        let order = (n as f64).total_cmp(&right);
        match op {
            Op::AtLeast => order.is_ge(),
            Op::AtMost => order.is_le(),
            Op::More => order.is_gt(),
            Op::Less => order.is_lt(),
            Op::Equal => order.is_eq(),
            Op::Unequal => order.is_ne(),
        }
    };
    let all: Vec<bool> = (low..=high).map(holds).collect();
    match (all.iter().all(|h| *h), all.iter().any(|h| *h)) {
        (true, _) => Truth::True,
        (false, true) => Truth::Unknown,
        (false, false) => Truth::of(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Truth::{False, True, Unknown};

    #[test]
    fn kleene() {
        let all = [True, Unknown, False];
        let table: Vec<[Truth; 2]> =
            all.iter().flat_map(|a| all.map(|b| [Truth::all(&[*a, b]), Truth::any(&[*a, b])])).collect();
        let expected = [
            [True, True],
            [Unknown, True],
            [False, True],
            [Unknown, True],
            [Unknown, Unknown],
            [False, Unknown],
            [False, True],
            [False, Unknown],
            [False, False],
        ];
        assert_eq!(table, expected);
    }

    #[test]
    fn counts_with_open_cases() {
        assert_eq!(compare_count(3, 5, Op::AtLeast, 3.0), True);
        assert_eq!(compare_count(2, 5, Op::AtLeast, 3.0), Unknown);
        assert_eq!(compare_count(0, 2, Op::AtLeast, 3.0), False);
        assert_eq!(compare_count(2, 2, Op::Equal, 2.0), True);
        assert_eq!(compare_count(0, 4, Op::Unequal, 2.0), Unknown);
    }
}
