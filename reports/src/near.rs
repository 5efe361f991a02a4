//! "Did you mean": the known name that is nearest to a misspelt one.
//!
//! In: a name and the names that would have been right. Out: the tail of an error message. It never corrects anything.

/// How many known names are listed when none is near.
const LISTED: usize = 12;

/// The tail of a message about an unknown name: a near name if there is one, else the known names.
pub(crate) fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(name, &known) {
        return format!("; did you mean `{near}`?");
    }
    if known.is_empty() {
        return "; there are none".to_owned();
    }
    let listed: Vec<&str> = known.iter().copied().take(LISTED).collect();
    let more = if known.len() > LISTED { format!(" and {} more", known.len() - LISTED) } else { String::new() };
    format!("; known: {}{more}", listed.join(", "))
}

/// The known name with the fewest edits, if these are at most a third of its letters; case counts as no edit.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let (distance, best) = known.iter().map(|k| (edits(&lower, &k.to_lowercase()), *k)).min_by_key(|(d, _)| *d)?;
    let allowed = best.chars().count().max(3).div_ceil(3);
    (distance <= allowed).then_some(best)
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substitute = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substitute.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if 1 < i && 1 < j && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swaps_count_once() {
        assert_eq!(edits("chets", "chest"), 1);
        assert_eq!(edits("", "abc"), 3);
    }

    #[test]
    fn far_names_are_listed_instead() {
        assert_eq!(hint("chets", ["chest", "nodule"]), "; did you mean `chest`?");
        assert_eq!(hint("zebra", ["chest", "nodule"]), "; known: chest, nodule");
        assert_eq!(hint("zebra", []), "; there are none");
    }
}
