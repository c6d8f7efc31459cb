//! The directories between the root and the entry that a plan is at.

use crate::path::TreePath;

use super::value::{Action, Plan, Reason, Step};

/// The directories of the source above the current entry.
#[derive(Debug, Default)]
pub(super) struct SourceDirectories {
    above: Vec<SourceDirectory>,
}

#[derive(Debug)]
struct SourceDirectory {
    path: TreePath,
    state: SourceState,
    clashes: bool,
}

/// What is at the destination of a directory of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceState {
    /// The directory.
    Exists,
    /// Nothing yet.
    Missing,
    /// Something else, so that nothing below can be copied.
    Blocked,
}

impl SourceDirectories {
    /// Leaves the directories that `path` is not in.
    pub(super) fn leave_for(&mut self, path: &TreePath) {
        while self
            .above
            .last()
            .is_some_and(|last| !path.is_below(&last.path))
        {
            self.above.pop();
        }
    }

    pub(super) fn enter(&mut self, path: TreePath, state: SourceState, clashes: bool) {
        self.above.push(SourceDirectory {
            path,
            state,
            clashes,
        });
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.above
            .iter()
            .any(|directory| directory.state == SourceState::Blocked)
    }

    /// Creates the directories that are missing.
    pub(super) fn create(&mut self, plan: &mut Plan) {
        for directory in &mut self.above {
            if directory.state == SourceState::Missing {
                directory.state = SourceState::Exists;
                plan.actions.push(Action {
                    step: Step::CreateDirectory,
                    path: directory.path.clone(),
                    reason: Reason::Missing,
                    source: None,
                    destination: None,
                    clashes: directory.clashes,
                });
            }
        }
    }
}

/// The directories above the current entry that only the destination has.
#[derive(Debug, Default)]
pub(super) struct Extraneous {
    above: Vec<(TreePath, bool)>,
}

impl Extraneous {
    /// Leaves the directories that `path` is not in, or all of them. Those in which nothing stays
    /// are passed to `remove`, the deepest first.
    pub(super) fn leave_for(&mut self, path: Option<&TreePath>, mut remove: impl FnMut(TreePath)) {
        while self
            .above
            .last()
            .is_some_and(|(last, _)| !path.is_some_and(|path| path.is_below(last)))
        {
            let Some((path, stays)) = self.above.pop() else {
                return;
            };
            match (stays, self.above.last_mut()) {
                (true, Some((_, above))) => *above = true,
                (true, None) => {}
                (false, _) => remove(path),
            }
        }
    }

    /// Enters a directory, which `stays` in any case.
    pub(super) fn enter(&mut self, path: TreePath, stays: bool) {
        self.above.push((path, stays));
    }

    /// Something in the current directory stays.
    pub(super) fn keep(&mut self) {
        if let Some((_, stays)) = self.above.last_mut() {
            *stays = true;
        }
    }
}
