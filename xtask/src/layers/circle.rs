//! Circles of files that use each other.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

type Graph = BTreeMap<usize, BTreeSet<usize>>;

/// Finds circles that share no edge, the shortest first; without their edges there would be none.
/// Each is the list of its files in order.
pub(super) fn all(edges: impl IntoIterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut graph = Graph::new();
    for (from, to) in edges {
        graph.entry(from).or_default().insert(to);
    }
    let mut circles = Vec::new();
    while let Some(circle) = shortest(&graph) {
        for (from, to) in steps(&circle) {
            graph.entry(from).or_default().remove(&to);
        }
        circles.push(circle);
    }
    circles
}

/// The edges of a circle.
pub(super) fn steps(circle: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    let next = circle.iter().cycle().skip(1);
    circle.iter().copied().zip(next.copied())
}

fn shortest(graph: &Graph) -> Option<Vec<usize>> {
    graph
        .keys()
        .filter_map(|&start| way_back(graph, start))
        .min_by_key(Vec::len)
}

/// The shortest path from a file back to itself.
fn way_back(graph: &Graph, start: usize) -> Option<Vec<usize>> {
    let mut came_from = BTreeMap::new();
    let mut reached = VecDeque::from([start]);
    while let Some(file) = reached.pop_front() {
        for &next in graph.get(&file).into_iter().flatten() {
            if next == start {
                let before = |file: &usize| came_from.get(file).copied();
                let mut way: Vec<_> = std::iter::successors(Some(file), before).collect();
                way.reverse();
                return Some(way);
            }
            if let Entry::Vacant(unseen) = came_from.entry(next) {
                unseen.insert(file);
                reached.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_no_circle_where_everything_runs_one_way() {
        assert!(all([(0, 1), (0, 2), (1, 2)]).is_empty());
    }

    #[test]
    fn finds_the_shortest_circle_first_and_then_what_is_left() {
        let circles = all([(0, 1), (1, 2), (2, 0), (2, 3), (3, 2), (3, 4)]);
        assert_eq!(circles, [vec![2, 3], vec![0, 1, 2]]);
        let edges: Vec<_> = steps(&circles[1]).collect();
        assert_eq!(edges, [(0, 1), (1, 2), (2, 0)]);
    }
}
