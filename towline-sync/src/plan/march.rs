//! Walks both sides and the journal in lock step.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::error::{Error, NameProblem};
use crate::node::Node;
use crate::path::TreePath;
use crate::record::Record;
use crate::scan::Snapshot;
use crate::tree::TreeTraits;

/// What the digests of both sides say of files of equal size.
#[derive(Clone, Debug, Default)]
pub struct Digests {
    equal: BTreeMap<TreePath, bool>,
    unavailable: bool,
}

impl Digests {
    /// Notes whether the contents of a file are equal on both sides.
    pub fn compared(&mut self, path: TreePath, is_equal: bool) {
        self.equal.insert(path, is_equal);
    }

    /// Notes that the server offers no digests.
    pub fn unavailable(&mut self) {
        self.unavailable = true;
    }

    pub(super) fn are_unavailable(&self) -> bool {
        self.unavailable
    }

    pub(super) fn of(&self, path: &TreePath) -> Option<bool> {
        self.equal.get(path).copied()
    }
}

/// What a plan is made of.
#[derive(Clone, Copy)]
pub struct Materials<'a> {
    /// The source.
    pub source: &'a Snapshot,
    /// The destination.
    pub destination: &'a Snapshot,
    /// What the source can do.
    pub source_traits: &'a TreeTraits,
    /// What the destination can do.
    pub destination_traits: &'a TreeTraits,
    /// Whether the destination can have a name.
    pub admits: &'a dyn Fn(&[u8]) -> Result<(), NameProblem>,
    /// What the digests of both sides say, for [`Method::Hash`](crate::Method::Hash).
    pub digests: &'a Digests,
    /// What earlier runs have noted, in tree order. Called twice.
    pub records: &'a dyn Fn() -> Box<dyn Iterator<Item = Result<Record, Error>> + 'a>,
    /// The present time, for ages.
    pub now: Timestamp,
}

impl std::fmt::Debug for Materials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Materials")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// What there is at one path.
pub(super) struct Place<'a> {
    pub(super) path: &'a TreePath,
    pub(super) source: Option<&'a Node>,
    pub(super) destination: Option<&'a Node>,
    pub(super) record: Option<Record>,
}

/// Walks both sides and the journal in lock step.
pub(super) fn each(
    materials: &Materials<'_>,
    mut take: impl FnMut(Place<'_>),
) -> Result<(), Error> {
    let mut source = materials.source.nodes.iter().peekable();
    let mut destination = materials.destination.nodes.iter().peekable();
    let mut records = (materials.records)().peekable();
    loop {
        let mut next: Option<TreePath> = None;
        let mut lower = |path: &TreePath| {
            if next.as_ref().is_none_or(|next| path < next) {
                next = Some(path.clone());
            }
        };
        if let Some(node) = source.peek() {
            lower(&node.path);
        }
        if let Some(node) = destination.peek() {
            lower(&node.path);
        }
        match records.peek() {
            Some(Ok(record)) => lower(&record.path),
            Some(Err(_)) => {
                return match records.next() {
                    Some(Err(error)) => Err(error),
                    _ => Ok(()),
                };
            }
            None => {}
        }
        let Some(path) = next else { return Ok(()) };
        let record = records.next_if(|next| next.as_ref().is_ok_and(|next| next.path == path));
        take(Place {
            path: &path,
            source: source.next_if(|node| node.path == path),
            destination: destination.next_if(|node| node.path == path),
            record: record.and_then(Result::ok),
        });
    }
}
