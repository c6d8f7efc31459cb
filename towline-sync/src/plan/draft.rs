//! What the steps of making a plan share.

use super::clash::Clashes;
use super::decide::Basis;
use super::directories::{Extraneous, SourceDirectories};
use super::march::Materials;
use super::rules::Rules;
use super::value::{Action, Plan, Problem, ProblemKind, Reason, Step};
use crate::node::Node;
use crate::path::TreePath;
use crate::record::Record;

/// A plan in the making, and where in the trees it is.
pub(super) struct Draft<'m, 'd> {
    pub(super) materials: &'m Materials<'d>,
    pub(super) rules: &'m Rules,
    pub(super) basis: Basis,
    pub(super) clashes: Clashes,
    pub(super) plan: Plan,
    pub(super) directories: SourceDirectories,
    pub(super) extraneous: Extraneous,
    /// A file of the source that is copied once the directory of its name is deleted.
    pub(super) awaited: Option<Action>,
    /// Something of the source cannot be copied, so that nothing may be deleted.
    pub(super) lacks_copies: bool,
    /// Files that an earlier run was copying when it ended.
    pub(super) claimed: Vec<Record>,
}

impl Draft<'_, '_> {
    /// Reports something of the source that cannot be copied.
    pub(super) fn problem(&mut self, path: &TreePath, kind: ProblemKind, what: impl Into<String>) {
        self.lacks_copies = true;
        self.report(path, kind, what.into());
    }

    pub(super) fn report(&mut self, path: &TreePath, kind: ProblemKind, what: String) {
        self.plan.problems.push(Problem {
            path: path.clone(),
            kind,
            what,
        });
    }

    /// Whether the destination can have the name. Reports if not.
    pub(super) fn admits(&mut self, path: &TreePath) -> bool {
        match (self.materials.admits)(path.name()) {
            Ok(()) => true,
            Err(problem) => {
                self.problem(path, ProblemKind::Name, problem.to_string());
                false
            }
        }
    }

    pub(super) fn push(
        &mut self,
        step: Step,
        source: &Node,
        destination: Option<&Node>,
        reason: Reason,
    ) {
        let action = Action {
            step,
            path: source.path.clone(),
            reason,
            source: Some(source.version),
            destination: destination.map(|destination| destination.version),
            clashes: self.clashes.has(&source.path),
            meets: self.clashes.meets(&source.path),
        };
        match self.directories.is_late() {
            true => self.plan.late.push(action),
            false => self.plan.actions.push(action),
        }
    }
}
