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
    /// It can be created only after the deletions.
    is_late: bool,
}

/// What is at the destination of a directory of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceState {
    /// The directory.
    Exists,
    /// Nothing yet.
    Missing,
    /// Something that is deleted first.
    Cleared,
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
        let is_late = state == SourceState::Cleared || self.is_late();
        self.above.push(SourceDirectory {
            path,
            state,
            clashes,
            is_late,
        });
    }

    /// Whether nothing can be copied into the current directory before the deletions.
    pub(super) fn is_late(&self) -> bool {
        self.above.last().is_some_and(|last| last.is_late)
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.above
            .iter()
            .any(|directory| directory.state == SourceState::Blocked)
    }

    /// Creates the directories that are missing.
    pub(super) fn create(&mut self, plan: &mut Plan) {
        for directory in &mut self.above {
            if matches!(directory.state, SourceState::Missing | SourceState::Cleared) {
                directory.state = SourceState::Exists;
                let actions = match directory.is_late {
                    true => &mut plan.late,
                    false => &mut plan.actions,
                };
                actions.push(Action {
                    step: Step::CreateDirectory,
                    path: directory.path.clone(),
                    reason: Reason::Missing,
                    source: None,
                    destination: None,
                    clashes: directory.clashes,
                    meets: false,
                });
            }
        }
    }
}

/// The directories above the current entry that only the destination has.
#[derive(Debug, Default)]
pub(super) struct Extraneous {
    above: Vec<Above>,
}

#[derive(Debug)]
struct Above {
    cleared: Cleared,
    /// Nothing in it is deleted.
    is_left_alone: bool,
}

/// A directory of the destination that was left.
#[derive(Debug)]
pub(super) struct Cleared {
    pub(super) path: TreePath,
    /// Something in it stays, and so does the directory.
    pub(super) stays: bool,
    /// A file that takes its place once it is gone.
    pub(super) awaits: Option<Action>,
}

impl Extraneous {
    /// Leaves the directories that `path` is not in, or all of them. They are passed to `left`, the
    /// deepest first.
    pub(super) fn leave_for(&mut self, path: Option<&TreePath>, mut left: impl FnMut(Cleared)) {
        while self
            .above
            .last()
            .is_some_and(|last| !path.is_some_and(|path| path.is_below(&last.cleared.path)))
        {
            let Some(Above { cleared, .. }) = self.above.pop() else {
                return;
            };
            if let (true, Some(above)) = (cleared.stays, self.above.last_mut()) {
                above.cleared.stays = true;
            }
            left(cleared);
        }
    }

    /// Enters a directory, which `stays` in any case.
    pub(super) fn enter(&mut self, path: TreePath, stays: bool, awaits: Option<Action>) {
        let is_left_alone = self.is_left_alone();
        self.above.push(Above {
            cleared: Cleared {
                path,
                stays: stays || is_left_alone,
                awaits,
            },
            is_left_alone,
        });
    }

    /// Enters a directory that stays, with everything in it.
    pub(super) fn enter_left_alone(&mut self, path: TreePath) {
        self.enter(path, true, None);
        if let Some(last) = self.above.last_mut() {
            last.is_left_alone = true;
        }
    }

    /// Whether the current entry is in a directory that is passed over.
    pub(super) fn is_left_alone(&self) -> bool {
        self.above.last().is_some_and(|last| last.is_left_alone)
    }

    /// Something in the current directory stays.
    pub(super) fn keep(&mut self) {
        if let Some(last) = self.above.last_mut() {
            last.cleared.stays = true;
        }
    }
}
