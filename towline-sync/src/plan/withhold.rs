//! Leaves the deletions out of a plan.

use super::value::{Plan, Problem, ProblemKind, Reason};

pub(super) const IN_THE_WAY: &str = "the destination has something else of that name";

impl Plan {
    /// Takes out the deletions, and what needs the room that they would make. Each deletion that
    /// would make room becomes a problem.
    pub(super) fn withhold_deletions(&mut self) {
        self.counts.deletions = 0;
        self.relied_on.clear();
        for action in &self.late {
            self.counts.leave_out(action);
        }
        self.late.clear();
        let deletions = std::mem::take(&mut self.deletions).into_iter();
        for action in deletions.filter(|action| action.reason == Reason::InTheWay) {
            self.problems.push(Problem {
                path: action.path,
                kind: ProblemKind::InTheWay,
                what: IN_THE_WAY.to_owned(),
            });
        }
    }
}
