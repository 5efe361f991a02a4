//! Sorted scores that tell at once how many of them lie below another score.
//!
//! Comes in: the scores of one class. Goes out: whole-number counts of how many are below a score, and of how many equal
//! it, in a handful of instructions. Knows nothing of classes or curves and gives no estimate.

/// Scores of one class: their distinct values in order, how often each occurs, and a table that maps a score to where
/// its search begins.
///
/// The table cuts the range into pieces by a function that never falls, so a score of one piece is above all values of
/// the pieces before it: only its own piece needs a look, and that holds one value or none for most scores. This is the
/// guide table of Chen & Asau (1974, AIIE Transactions 6), used for ranks.
#[derive(Debug, Clone)]
pub(crate) struct Sorted {
    /// Distinct values, ascending, and a stop above every score.
    values: Vec<Value>,
    /// First and last + 1 of the distinct values of each piece; empty pieces name the next value.
    table: Vec<[u32; 2]>,
    pieces: Pieces,
}

/// One distinct value.
#[derive(Debug, Clone, Copy)]
struct Value {
    /// See [`key_of`].
    key: i64,
    /// How many of the scores are below.
    below: u32,
    /// How many are below or equal.
    not_above: u32,
}

/// Where a score stands among the distinct values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    /// How many distinct values are below.
    pub(crate) below: usize,
    /// Whether one is equal.
    pub(crate) equal: bool,
}

/// A function from scores to pieces that never falls.
#[derive(Debug, Clone, Copy)]
enum Pieces {
    /// Equal steps of the value: scores of either sign.
    Linear { low: f64, per_unit: f64, last: u32 },
    /// Equal steps of the bit pattern, which is nearly the logarithm: probabilities crowd near 0.
    Bits { low: i64, high: i64, shift: u32 },
}

/// A number whose order is that of the scores; both zeros have the same. Not for NaN.
pub(crate) fn key_of(score: f64) -> i64 {
    // Adding 0 makes -0 a 0, which it equals.
    let bits = (score + 0.0).to_bits().cast_signed();
    // The larger the magnitude of a negative number, the lower it is: all bits but the sign turn.
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// The score of a key.
fn score_of(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

/// Sorts keys: first into pieces of equal width, about one a key, and then within each piece, where little is left to do.
/// Keys that crowd in one piece are sorted there, in no worse time than all at once.
fn ascending(keys: Vec<i64>) -> Vec<i64> {
    let (Some(low), Some(high)) = (keys.iter().min().copied(), keys.iter().max().copied()) else {
        return keys;
    };
    let n_pieces = keys.len().next_power_of_two() as u64;
    let range = high.wrapping_sub(low).cast_unsigned();
    // The bits of the range beyond those that number the pieces.
    let shift = (u64::BITS - range.leading_zeros()).saturating_sub(n_pieces.trailing_zeros());
    let piece_of = |key: i64| (key.wrapping_sub(low).cast_unsigned() >> shift) as usize;
    let mut ends = vec![0_u32; n_pieces as usize + 1];
    for key in &keys {
        ends[piece_of(*key) + 1] += 1;
    }
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    // Each start moves to the end of its piece while the keys are put down.
    let mut sorted = vec![0; keys.len()];
    for key in keys {
        let place = &mut ends[piece_of(key)];
        sorted[*place as usize] = key;
        *place += 1;
    }
    let mut start = 0;
    for end in ends {
        let end = end as usize;
        if end - start > 1 {
            sorted[start..end].sort_unstable();
        }
        start = end;
    }
    sorted
}

/// True when a score is NaN; looks at all of them, which the machine does four at a time.
pub(crate) fn any_nan(scores: &[f64]) -> bool {
    scores.iter().fold(false, |found, score| found | score.is_nan())
}

impl Sorted {
    /// Sorts `scores`, of which none may be NaN, and fewer than 2³² may be there.
    pub(crate) fn of(scores: impl Iterator<Item = f64>) -> Self {
        let keys = ascending(scores.map(key_of).collect());
        let mut values = Vec::with_capacity(keys.len() + 1);
        let mut below = 0_u32;
        for equal in keys.chunk_by(|a, b| a == b) {
            let not_above = below + equal.len() as u32;
            values.push(Value { key: equal[0], below, not_above });
            below = not_above;
        }
        let (pieces, n_pieces) = Pieces::of(&values);
        let mut table = vec![[0, 0]; n_pieces];
        for value in &values {
            table[pieces.at(score_of(value.key))][1] += 1;
        }
        let mut sum = 0;
        for [start, end] in &mut table {
            *start = sum;
            sum += *end;
            *end = sum;
        }
        // The key of no score: that of the highest NaN.
        values.push(Value { key: i64::MAX, below, not_above: below });
        Self { values, table, pieces }
    }

    /// How many distinct values there are.
    pub(crate) fn n_distinct(&self) -> usize {
        self.values.len() - 1
    }

    /// How many of the scores have the distinct value `idx`.
    pub(crate) fn count(&self, idx: usize) -> u32 {
        self.values[idx].not_above - self.values[idx].below
    }

    /// Σ over `scores` of twice the number of sorted scores below and the number equal, for fewer than 2³² scores.
    pub(crate) fn sum_twice_below(&self, scores: &[f64]) -> u64 {
        let mut sum = 0_u64;
        self.each_twice_below(scores, |_, twice| sum = sum.wrapping_add(twice));
        sum
    }

    /// Calls `each` with the number of every score of `scores`, and twice the number of sorted scores below it plus the
    /// number equal to it.
    #[inline(always)]
    pub(crate) fn each_twice_below(&self, scores: &[f64], mut each: impl FnMut(usize, u64)) {
        let values = &self.values[..];
        self.each_piece(scores, |idx, key, piece| {
            // Below the value, equal to it, or above it: the next value has as many below as this one has not above.
            let value = &values[near(values, piece, key)];
            let below = if value.key < key { value.not_above } else { value.below };
            let not_above = if value.key <= key { value.not_above } else { value.below };
            each(idx, u64::from(below) + u64::from(not_above));
        });
    }

    /// Calls `each` with the number and the position of every score of `scores`.
    #[inline(always)]
    pub(crate) fn each_position(&self, scores: &[f64], mut each: impl FnMut(usize, Position)) {
        let values = &self.values[..];
        self.each_piece(scores, |idx, key, piece| {
            let near = near(values, piece, key);
            let below = near.wrapping_add(usize::from(values[near].key < key));
            // The values are distinct: at most one equals the score.
            each(idx, Position { below, equal: values[below].key == key });
        });
    }

    /// Calls `each` with the number, the key and the piece of every score of `scores`.
    #[inline(always)]
    fn each_piece(&self, scores: &[f64], mut each: impl FnMut(usize, i64, [u32; 2])) {
        let table = &self.table[..];
        // One loop a kind of table: the choice is made once, not at every score.
        match self.pieces {
            Pieces::Linear { low, per_unit, last } => {
                for (idx, score) in scores.iter().enumerate() {
                    each(idx, key_of(*score), table[linear(*score, low, per_unit, last)]);
                }
            }
            Pieces::Bits { low, high, shift } => {
                for (idx, score) in scores.iter().enumerate() {
                    let key = key_of(*score);
                    each(idx, key, table[by_bits(key, low, high, shift)]);
                }
            }
        }
    }
}

/// The number of a value next to the key, where those from `start` to `end` are the ones of the key's piece: no other value
/// lies between the two.
#[inline(always)]
fn near(values: &[Value], [start, end]: [u32; 2], key: i64) -> usize {
    // With one value inside it is this one, and with none the next one, which is above the score.
    if end.wrapping_sub(start) > 1 {
        search(values, start as usize, end as usize, key)
    } else {
        start as usize
    }
}

/// The rarer way of [`near`], kept out of its loop.
#[inline(never)]
fn search(values: &[Value], start: usize, end: usize, key: i64) -> usize {
    start + values[start..end].partition_point(|value| value.key < key)
}

impl Pieces {
    /// The table for ascending `values`, and its number of pieces.
    fn of(values: &[Value]) -> (Self, usize) {
        /// Pieces a value: more make most of them empty, and the table still fits into the fastest cache.
        const PER_VALUE: usize = 8;
        /// The table's largest size, 512 KiB: beyond it lookups wait for memory.
        const MOST: usize = 1 << 16;
        let n_pieces = (PER_VALUE * values.len()).next_power_of_two().clamp(16, MOST);
        let (low, high) = match (values.first(), values.last()) {
            (Some(low), Some(high)) => (score_of(low.key), score_of(high.key)),
            _ => (0.0, 0.0),
        };
        if low < 0.0 && 0.0 < high && low.is_finite() && high.is_finite() {
            // An overflow of the range makes 0 pieces a unit: one piece holds all, and the search halves it.
            let per_unit = n_pieces as f64 / (high - low);
            return (Self::Linear { low, per_unit, last: n_pieces as u32 - 1 }, n_pieces);
        }
        let (low, high) = (key_of(low), key_of(high));
        let range = high.wrapping_sub(low).cast_unsigned();
        let mut shift = 0;
        while (range >> shift) >= n_pieces as u64 {
            shift += 1;
        }
        (Self::Bits { low, high, shift }, n_pieces)
    }

    fn at(self, score: f64) -> usize {
        match self {
            Self::Linear { low, per_unit, last } => linear(score, low, per_unit, last),
            Self::Bits { low, high, shift } => by_bits(key_of(score), low, high, shift),
        }
    }
}

fn linear(score: f64, low: f64, per_unit: f64, last: u32) -> usize {
    // The cast stops at both ends of u32, and differences and products round without turning an order.
    (((score - low) * per_unit) as u32).min(last) as usize
}

fn by_bits(key: i64, low: i64, high: i64, shift: u32) -> usize {
    (key.max(low).min(high).wrapping_sub(low).cast_unsigned().wrapping_shr(shift)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts by definition.
    fn check(scores: &[f64], others: &[f64]) {
        let sorted = Sorted::of(scores.iter().copied());
        let mut found = Vec::new();
        sorted.each_twice_below(others, |_, twice| found.push(twice));
        assert_eq!(sorted.sum_twice_below(others), found.iter().sum::<u64>());
        for (other, found) in others.iter().zip(found) {
            let below = scores.iter().filter(|score| *score < other).count();
            let equal = scores.iter().filter(|score| *score == other).count();
            assert_eq!(found, (2 * below + equal) as u64, "{other} in {scores:?}");
        }
    }

    #[test]
    fn counts_by_definition() {
        const INF: f64 = f64::INFINITY;
        let odd =
            [-INF, -1e308, -3.0, -1e-320, -0.0, 0.0, 1e-320, 0.1, 0.5, 0.5, 0.500_000_1, 3.0, 1e308, INF];
        check(&odd, &odd);
        for first in 0..odd.len() {
            for last in first..=odd.len() {
                check(&odd[first..last], &odd);
            }
        }
    }

    #[test]
    fn keys_are_sorted_whatever_their_range() {
        let mut mixed = 1_i64;
        for shift in [0, 1, 20, 40, 62] {
            for n in [0, 1, 2, 3, 100, 1000] {
                let keys: Vec<i64> = (0..n)
                    .map(|idx| {
                        mixed = mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(idx);
                        mixed >> shift
                    })
                    .chain([i64::MIN + 1, i64::MAX - 1].into_iter().filter(|_| n == 3))
                    .collect();
                let mut expected = keys.clone();
                expected.sort_unstable();
                assert_eq!(ascending(keys), expected, "{n} {shift}");
            }
        }
    }

    #[test]
    fn keys_keep_the_order() {
        let ascending = [f64::NEG_INFINITY, -2.0, -1e-310, 0.0, 1e-310, 0.7, f64::INFINITY];
        assert!(ascending.windows(2).all(|pair| key_of(pair[0]) < key_of(pair[1])));
        assert!(ascending.iter().all(|score| score_of(key_of(*score)) == *score));
        assert_eq!(key_of(-0.0), key_of(0.0));
    }
}
