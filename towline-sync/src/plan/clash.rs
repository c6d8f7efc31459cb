//! Paths that differ only in the case of their letters, which some destinations do not tell apart.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher as _};

use crate::node::Node;
use crate::path::TreePath;

/// The paths that are the same as another one but for the case of their letters, as numbers.
#[derive(Debug)]
pub(super) struct Clashes(HashSet<u64>);

impl Clashes {
    pub(super) fn among(nodes: &[Node]) -> Self {
        let mut seen = HashSet::with_capacity(nodes.len());
        let mut clashing = HashSet::new();
        for node in nodes {
            let folded = folded(&node.path);
            if !seen.insert(folded) {
                clashing.insert(folded);
            }
        }
        Self(clashing)
    }

    pub(super) fn has(&self, path: &TreePath) -> bool {
        !self.0.is_empty() && self.0.contains(&folded(path))
    }
}

fn folded(path: &TreePath) -> u64 {
    let mut hasher = DefaultHasher::new();
    match std::str::from_utf8(path.as_bytes()) {
        Ok(text) if !text.is_ascii() => hasher.write(text.to_lowercase().as_bytes()),
        _ => hasher.write(&path.as_bytes().to_ascii_lowercase()),
    }
    hasher.finish()
}
