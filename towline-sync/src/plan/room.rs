//! Deletions that make room: a file where the source has a directory, or the reverse.

use std::collections::BTreeSet;

use super::value::{Action, Plan, Reason};
use crate::path::TreePath;

/// The paths of what is in the way of something.
pub(crate) struct Obstacles(BTreeSet<TreePath>);

impl Obstacles {
    pub(crate) fn of(plan: &Plan) -> Self {
        let in_the_way = |action: &&Action| action.reason == Reason::InTheWay;
        let obstacles = plan.deletions.iter().filter(in_the_way);
        Self(obstacles.map(|action| action.path.clone()).collect())
    }

    /// Whether `path` is one of them, or below one.
    pub(crate) fn contain(&self, path: &TreePath) -> bool {
        self.above(path).is_some()
    }

    fn above(&self, path: &TreePath) -> Option<TreePath> {
        let mut at = (!self.0.is_empty()).then(|| path.clone());
        while let Some(path) = at {
            if self.0.contains(&path) {
                return Some(path);
            }
            at = path.parent();
        }
        None
    }
}

impl Plan {
    /// Returns the deletions of what the source does not have, and those that make room.
    pub(crate) fn deletions_by_purpose(&self) -> (Vec<Action>, Vec<Action>) {
        let obstacles = Obstacles::of(self);
        let deletions = self.deletions.iter().cloned();
        deletions.partition(|action| !obstacles.contain(&action.path))
    }

    /// Leaves out the deletions that make room for nothing, because what needed it is left out.
    pub(crate) fn keep_needless_room(&mut self) {
        let mut needless = Obstacles::of(self);
        for action in &self.late {
            if let Some(needed) = needless.above(&action.path) {
                needless.0.remove(&needed);
            }
        }
        let counts = &mut self.counts;
        self.deletions.retain(|action| {
            let is_needless = needless.contain(&action.path);
            if is_needless {
                counts.leave_out(action);
            }
            !is_needless
        });
    }
}
