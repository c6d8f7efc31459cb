//! Paths that some destinations do not tell apart: they differ only in the case of their letters,
//! or in `_` instead of a blank.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher as _};

use crate::node::Node;
use crate::path::TreePath;
use crate::scan::Snapshot;

/// The hashes of paths that some destinations take for another path.
#[derive(Debug)]
pub(super) struct Clashes {
    /// Paths that clash with another one of the source.
    source: HashSet<u64>,
    /// Paths of the source that clash with one that only the destination has.
    across: HashSet<u64>,
}

impl Clashes {
    pub(super) fn between(source: &Snapshot, destination: &[Node]) -> Self {
        let mut seen = HashSet::with_capacity(source.nodes.len());
        let mut clashing = HashSet::new();
        for node in &source.nodes {
            let folded = folded(&node.path);
            if !seen.insert(folded) {
                clashing.insert(folded);
            }
        }
        let only_there = |node: &&Node| source.node(&node.path).is_none();
        let there = destination.iter().filter(only_there);
        let across = there
            .map(|node| folded(&node.path))
            .filter(|folded| seen.contains(folded));
        Self {
            across: across.collect(),
            source: clashing,
        }
    }

    /// Whether another path of the source may be the same.
    pub(super) fn has(&self, path: &TreePath) -> bool {
        !self.source.is_empty() && self.source.contains(&folded(path))
    }

    /// Whether a path of the other side may be the same.
    pub(super) fn meets(&self, path: &TreePath) -> bool {
        !self.across.is_empty() && self.across.contains(&folded(path))
    }
}

fn folded(path: &TreePath) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut folded = match std::str::from_utf8(path.as_bytes()) {
        Ok(text) if !text.is_ascii() => text.to_lowercase().into_bytes(),
        _ => path.as_bytes().to_ascii_lowercase(),
    };
    for byte in folded.iter_mut().filter(|byte| **byte == b' ') {
        *byte = b'_';
    }
    hasher.write(&folded);
    hasher.finish()
}
