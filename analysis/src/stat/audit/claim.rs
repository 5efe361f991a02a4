//! What a mark says about a p-value.
//!
//! Comes in: the text of a mark. Goes out: a [`Claim`], which holds of a p-value or does not. Computes no p-value.

use super::rounding::PInterval;
use crate::error::{Error, Result};

/// Stars, with the usual bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stars {
    /// "n.s.": p is .05 or more.
    None,
    /// "*": p is below .05, not below .01.
    One,
    /// "**": below .01, not below .001.
    Two,
    /// "***": below .001, not below .0001.
    Three,
    /// ">***" or "****": below .0001.
    More,
}

/// What is claimed of a p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Claim {
    /// p < alpha.
    Significant {
        /// The level.
        alpha: f64,
    },
    /// p >= alpha.
    NotSignificant {
        /// The level.
        alpha: f64,
    },
    /// p lies in the stars' band.
    Stars(Stars),
    /// p is printed, with what a step of its last digit is worth.
    Equals {
        /// As printed.
        p: f64,
        /// 0.01 for "0.19" and for "1.9e-1".
        unit: f64,
    },
    /// "p < 0.001".
    Below(f64),
    /// "p > 0.05".
    Above(f64),
}

impl Claim {
    /// The p-values that the claim allows: from, to, and whether "to" belongs to them.
    fn range(self) -> (f64, f64, bool) {
        match self {
            Self::Significant { alpha } | Self::Below(alpha) => (0.0, alpha, false),
            Self::NotSignificant { alpha } | Self::Above(alpha) => (alpha, 1.0, true),
            Self::Stars(Stars::None) => (0.05, 1.0, true),
            Self::Stars(Stars::One) => (0.01, 0.05, false),
            Self::Stars(Stars::Two) => (0.001, 0.01, false),
            Self::Stars(Stars::Three) => (0.0001, 0.001, false),
            Self::Stars(Stars::More) => (0.0, 0.0001, false),
            // A hair wider, for halves that doubles cannot hold.
            Self::Equals { p, unit } => (p - 0.5 * unit * (1.0 + 1e-9), p + 0.5 * unit * (1.0 + 1e-9), true),
        }
    }

    /// True when the claim holds of `p`.
    pub fn holds(self, p: f64) -> bool {
        self.is_possible(&PInterval { low: p, high: p })
    }

    /// True when it holds of some p-value of the interval.
    pub fn is_possible(self, p: &PInterval) -> bool {
        let (from, to, to_belongs) = self.range();
        from <= p.high && (p.low < to || (to_belongs && p.low <= to))
    }

    /// The claim as part of a sentence.
    pub fn explain(self) -> String {
        match self {
            Self::Significant { alpha } => format!("as significant at {alpha}"),
            Self::NotSignificant { alpha } => format!("as not significant at {alpha}"),
            Self::Stars(Stars::None) => "as n.s.".to_owned(),
            Self::Stars(Stars::One) => "with *".to_owned(),
            Self::Stars(Stars::Two) => "with **".to_owned(),
            Self::Stars(Stars::Three) => "with ***".to_owned(),
            Self::Stars(Stars::More) => "with more than ***".to_owned(),
            Self::Equals { p, .. } => format!("as p = {p}"),
            Self::Below(p) => format!("as p < {p}"),
            Self::Above(p) => format!("as p > {p}"),
        }
    }
}

/// Reads a mark as papers print it: `green` (not significantly different at `alpha`), `not green`, `n.s.`, `*`, `**`, `***`,
/// `>***` or `****`, `p=0.03`, `p = 1.9e-1`, `0.03`, `<0.001`, `p<.05`, `p>0.05`. `Ok(None)` is a comparison without a
/// claim: empty text, a dash, `(no mark printed)`, `BEST`, `BEST (bold)`.
///
/// # Errors
/// Any other text, and a p-value or `alpha` outside [0, 1].
///
/// # Example
/// ```
/// use analysis::stat::audit::{Claim, Stars, parse_mark};
///
/// assert_eq!(parse_mark("**", 0.05)?, Some(Claim::Stars(Stars::Two)));
/// assert_eq!(parse_mark("p=1.9e-1", 0.05)?, Some(Claim::Equals { p: 0.19, unit: 0.01 }));
/// assert_eq!(parse_mark("(no mark printed)", 0.05)?, None);
/// # Ok::<(), analysis::Error>(())
/// ```
pub fn parse_mark(text: &str, alpha: f64) -> Result<Option<Claim>> {
    if !(0.0 < alpha && alpha < 1.0) {
        return Err(Error::argument(format!("alpha is {alpha}; expected a number between 0 and 1")));
    }
    let lower = text.trim().to_ascii_lowercase();
    let claim = match lower.as_str() {
        "" | "-" | "--" | "–" | "—" | "best" | "best (bold)" | "(no mark printed)" => return Ok(None),
        "green" => Claim::NotSignificant { alpha },
        "not green" => Claim::Significant { alpha },
        "n.s." | "n.s" | "ns" => Claim::Stars(Stars::None),
        "*" => Claim::Stars(Stars::One),
        "**" => Claim::Stars(Stars::Two),
        "***" => Claim::Stars(Stars::Three),
        ">***" | "****" => Claim::Stars(Stars::More),
        other => return p_claim(other, text).map(Some),
    };
    Ok(Some(claim))
}

/// `p=0.03`, `<0.001`, `0.2`.
fn p_claim(lower: &str, text: &str) -> Result<Claim> {
    let bare = lower.strip_prefix('p').unwrap_or(lower).trim_start();
    let (relation, number) = match bare.chars().next() {
        Some(sign @ ('=' | '<' | '>' | '≤' | '≥')) => (sign, bare.trim_start_matches(sign).trim_start()),
        _ => ('=', bare),
    };
    let unreadable = || {
        Error::argument(format!(
            "cannot read the mark '{text}'; expected green, not green, n.s., *, **, ***, >***, p=0.03, <0.001 or >0.05"
        ))
    };
    let p: f64 = number.parse().map_err(|_| unreadable())?;
    let unit = printed_unit(number).ok_or_else(unreadable)?;
    if !(0.0..=1.0).contains(&p) {
        return Err(Error::argument(format!("the mark '{text}' has a p-value outside 0 to 1")));
    }
    Ok(match relation {
        '<' | '≤' => Claim::Below(p),
        '>' | '≥' => Claim::Above(p),
        _ => Claim::Equals { p, unit },
    })
}

/// What a step of the last digit of a printed number is worth: 0.01 for "81.70", 1 for "12", 0.01 for "1.9e-1". `None` where
/// the text is not a number.
///
/// # Example
/// ```
/// assert_eq!(analysis::stat::audit::printed_unit("81.70"), Some(0.01));
/// ```
pub fn printed_unit(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    text.parse::<f64>().ok().filter(|value| value.is_finite())?;
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let power = exponent.parse::<i32>().ok()?.checked_sub(i32::try_from(decimals).ok()?)?;
    // Parsed, not computed: the double next to the decimal number.
    format!("1e{power}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_as_papers_print_them() {
        let claim = |text| parse_mark(text, 0.05).unwrap();
        assert_eq!(claim("green"), Some(Claim::NotSignificant { alpha: 0.05 }));
        assert_eq!(claim("not green"), Some(Claim::Significant { alpha: 0.05 }));
        assert_eq!(claim(" N.S. "), Some(Claim::Stars(Stars::None)));
        assert_eq!(claim("***"), Some(Claim::Stars(Stars::Three)));
        assert_eq!(claim(">***"), Some(Claim::Stars(Stars::More)));
        assert_eq!(claim("p=0.03"), Some(Claim::Equals { p: 0.03, unit: 0.01 }));
        assert_eq!(claim("P = .030"), Some(Claim::Equals { p: 0.03, unit: 0.001 }));
        assert_eq!(claim("1.7e-3"), Some(Claim::Equals { p: 0.0017, unit: 0.0001 }));
        assert_eq!(claim("<0.001"), Some(Claim::Below(0.001)));
        assert_eq!(claim("p>.05"), Some(Claim::Above(0.05)));
        for none in ["", "—", "BEST (bold)", "(no mark printed)"] {
            assert_eq!(claim(none), None);
        }
    }

    #[test]
    fn unreadable_marks_are_told() {
        let error = |text| parse_mark(text, 0.05).unwrap_err().to_string();
        let expected = "expected green, not green, n.s., *, **, ***, >***, p=0.03, <0.001 or >0.05";
        for text in ["blue", "p=", "p==", "p=nan", "p=inf", "p", "*****", "p=0.03*"] {
            assert_eq!(error(text), format!("cannot read the mark '{text}'; {expected}"));
        }
        assert_eq!(error("p=1.2"), "the mark 'p=1.2' has a p-value outside 0 to 1");
        assert_eq!(error("-0.1"), "the mark '-0.1' has a p-value outside 0 to 1");
        assert!(parse_mark("green", f64::NAN).is_err());
    }

    #[test]
    fn bands_meet_without_a_gap() {
        let stars = [Stars::None, Stars::One, Stars::Two, Stars::Three, Stars::More].map(Claim::Stars);
        for p in [0.0, 0.0001, 0.00099, 0.001, 0.01, 0.049, 0.05, 0.3, 1.0] {
            assert_eq!(stars.iter().filter(|claim| claim.holds(p)).count(), 1, "{p}");
        }
        let printed = Claim::Equals { p: 0.19, unit: 0.01 };
        assert!(
            printed.holds(0.185) && printed.holds(0.195) && !printed.holds(0.196) && !printed.holds(0.184)
        );
    }

    #[test]
    fn units_of_printed_numbers() {
        for (text, unit) in
            [("12", 1.0), ("0.190", 0.001), ("-3.5", 0.1), (" 1e2 ", 100.0), ("5.", 1.0), (".05", 0.01)]
        {
            assert_eq!(printed_unit(text), Some(unit), "{text}");
        }
        for text in ["", "x", "nan", "1e", "inf"] {
            assert_eq!(printed_unit(text), None);
        }
    }
}
