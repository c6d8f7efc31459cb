//! The share of each directory in the deletions, which are done once everything was copied there.

use std::collections::BTreeMap;

use crate::path::TreePath;
use crate::plan::{Action, Plan};

/// The deletions of a plan, by the directories whose copies they wait for.
#[derive(Debug, Default)]
pub(super) struct Shares {
    waiting: BTreeMap<TreePath, Share>,
    due: Vec<Action>,
}

#[derive(Debug, Default)]
struct Share {
    /// How many files still have to be copied.
    copies: u64,
    deletions: Vec<Action>,
}

impl Shares {
    pub(super) fn of(plan: &Plan, deletions: Vec<Action>) -> Self {
        let mut waiting: BTreeMap<TreePath, Share> = BTreeMap::new();
        let mut due = Vec::new();
        for copy in plan.actions.iter().filter(|action| action.is_copy()) {
            let directory = copy.path.parent().unwrap_or_default();
            waiting.entry(directory).or_default().copies += 1;
        }
        for deletion in deletions {
            let mut at = deletion.path.parent();
            while let Some(directory) = at.take_if(|at| !waiting.contains_key(at)) {
                at = directory.parent();
            }
            match at.and_then(|at| waiting.get_mut(&at)) {
                Some(share) => share.deletions.push(deletion),
                None => due.push(deletion),
            }
        }
        Self { waiting, due }
    }

    /// A file was copied.
    pub(super) fn copied(&mut self, path: &TreePath) {
        if self.waiting.is_empty() {
            return;
        }
        let directory = path.parent().unwrap_or_default();
        if let Some(share) = self.waiting.get_mut(&directory) {
            share.copies = share.copies.saturating_sub(1);
            if share.copies == 0 {
                self.due.append(&mut share.deletions);
            }
        }
    }

    /// Takes the deletions of the directories in which everything was copied.
    pub(super) fn take_due(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.due)
    }

    /// Takes the deletions that were never due.
    pub(super) fn take_rest(&mut self) -> Vec<Action> {
        let rest = std::mem::take(&mut self.waiting).into_values();
        rest.flat_map(|share| share.deletions).collect()
    }
}
