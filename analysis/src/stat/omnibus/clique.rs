//! Groups of treatments that do not differ from each other.
//!
//! Comes in: which pairs differ significantly. Goes out: groups, none of which holds a pair that differs. Draws nothing.

use std::collections::BTreeSet;

use crate::stat::reason::Untestable;

/// The bars of a critical-difference diagram: all maximal runs, in the order of mean ranks, of at least two treatments of
/// which no two differ. Each bar lists treatments from the best mean rank on (equal ones by column); bars are in the order
/// of their first treatments.
///
/// No bar may join models that differ (maximtrp/scikit-posthocs#82), even if their mean ranks lie between two that do not,
/// as happens with p-values of pairs. A pair differs when `differ` says so in either direction. A group that is no run
/// cannot be drawn as a bar: see [`maximal_cliques`].
///
/// # Example
/// ```
/// use analysis::stat::interval_cliques;
///
/// let ranks = [3.5, 1.0, 2.0, 3.4];
/// let bars = interval_cliques(&ranks, |a, b| f64::abs(ranks[a] - ranks[b]) > 1.6);
/// assert_eq!(bars, [vec![1, 2], vec![2, 3, 0]]);
/// ```
pub fn interval_cliques(mean_ranks: &[f64], differ: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..mean_ranks.len()).collect();
    order.sort_by(|a, b| mean_ranks[*a].total_cmp(&mean_ranks[*b]));
    let mut bars: Vec<Vec<usize>> = Vec::new();
    let mut last_end = 0;
    for start in 0..order.len() {
        let mut end = start + 1;
        while order
            .get(end)
            .is_some_and(|next| order[start..end].iter().all(|one| !either(&differ, *one, *next)))
        {
            end += 1;
        }
        if end > last_end && end - start >= 2 {
            bars.push(order[start..end].to_vec());
        }
        last_end = last_end.max(end);
    }
    bars
}

/// All maximal groups of the treatments 0..k of which no two differ, single treatments included: every treatment is in at
/// least one. Each is ascending, and so is their list.
///
/// Bron and Kerbosch's algorithm (1973) with the pivot of Tomita, Tanaka & Takahashi (2006).
///
/// # Errors
/// There are more than 100,000 groups: a graph can have 3^(k/3).
///
/// # Example
/// ```
/// // 0 and 2 differ; 1 differs from neither.
/// let groups = analysis::stat::maximal_cliques(3, |a, b| a + 2 == b || b + 2 == a).unwrap();
/// assert_eq!(groups, [vec![0, 1], vec![1, 2]]);
/// ```
pub fn maximal_cliques(
    k: usize,
    differ: impl Fn(usize, usize) -> bool,
) -> Result<Vec<Vec<usize>>, Untestable> {
    const MOST_GROUPS: usize = 100_000;
    let alike: Vec<BTreeSet<usize>> =
        (0..k).map(|a| (0..k).filter(|b| a != *b && !either(&differ, a, *b)).collect()).collect();
    let mut groups = Vec::new();
    // Group so far, candidates, and what would only repeat a group already found.
    let mut open = vec![(Vec::new(), (0..k).collect::<BTreeSet<usize>>(), BTreeSet::new())];
    while let Some((group, mut candidates, mut done)) = open.pop() {
        let reach = |vertex: &&usize| alike[**vertex].intersection(&candidates).count();
        let Some(pivot) = candidates.iter().chain(&done).max_by_key(reach).copied() else {
            if !group.is_empty() {
                groups.push(group);
            }
            if groups.len() > MOST_GROUPS {
                return Err(Untestable::Because(format!(
                    "more than {MOST_GROUPS} groups of alike treatments"
                )));
            }
            continue;
        };
        for vertex in candidates.difference(&alike[pivot]).copied().collect::<Vec<_>>() {
            let near = &alike[vertex];
            let mut larger = group.clone();
            larger.push(vertex);
            open.push((
                larger,
                candidates.intersection(near).copied().collect(),
                done.intersection(near).copied().collect(),
            ));
            candidates.remove(&vertex);
            done.insert(vertex);
        }
    }
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort_unstable();
    Ok(groups)
}

fn either(differ: &impl Fn(usize, usize) -> bool, a: usize, b: usize) -> bool {
    differ(a, b) || differ(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bar_joins_what_differs() {
        // maximtrp/scikit-posthocs#82: 0 and 3 do not differ, but 1 and 2 between them do.
        let differ = |a, b| (a, b) == (1, 2);
        let bars = interval_cliques(&[1.0, 2.0, 3.0, 4.0], differ);
        assert_eq!(bars, [vec![0, 1], vec![2, 3]]);
        assert_eq!(maximal_cliques(4, differ).unwrap(), [vec![0, 1, 3], vec![0, 2, 3]]);
    }

    #[test]
    fn ends() {
        assert_eq!(interval_cliques(&[], |_, _| false), Vec::<Vec<usize>>::new());
        assert_eq!(interval_cliques(&[1.0, 2.0], |_, _| true), Vec::<Vec<usize>>::new());
        assert_eq!(interval_cliques(&[2.0, 1.0, 3.0], |_, _| false), [vec![1, 0, 2]]);
        assert_eq!(maximal_cliques(0, |_, _| false).unwrap(), Vec::<Vec<usize>>::new());
        assert_eq!(maximal_cliques(2, |_, _| true).unwrap(), [[0], [1]]);
        // Ten triples of which any three of different triples are alike: 3^10 groups; 3^11 are too many.
        assert_eq!(maximal_cliques(30, |a, b| a / 3 == b / 3).unwrap().len(), 59_049);
        assert!(maximal_cliques(33, |a, b| a / 3 == b / 3).is_err());
    }
}
