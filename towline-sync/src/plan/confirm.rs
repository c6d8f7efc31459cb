//! Checks a saved plan against what there is now.

use super::room::Obstacles;
use super::value::{Action, Plan, Problem, ProblemKind, Reason, Step};
use crate::node::{Node, Version};
use crate::scan::Snapshot;

impl Plan {
    /// Leaves out every action whose file has changed since the plan was made, on either side. Each
    /// becomes a problem. If a file is not copied, nothing is deleted, not even what is in its way.
    pub fn confirm(&mut self, source: &Snapshot, destination: &Snapshot) {
        let mut changed = Vec::new();
        let mut counts = self.counts;
        let mut check = |action: &Action, is_cleared| {
            let Some(what) = change(action, source, destination, is_cleared) else {
                return true;
            };
            counts.leave_out(action);
            changed.push(Problem {
                path: action.path.clone(),
                kind: ProblemKind::Changed,
                what: what.to_owned(),
            });
            false
        };
        let copies = self.all().filter(|action| action.is_copy()).count();
        self.actions.retain(|action| check(action, false));
        self.deletions.retain(|action| check(action, false));
        let cleared = Obstacles::of(self);
        self.late
            .retain(|action| check(action, cleared.contain(&action.path)));
        self.counts = counts;
        self.problems.append(&mut changed);
        self.keep_needless_room();
        let rest = self.all().filter(|action| action.is_copy()).count();
        if rest < copies && !self.deletions.is_empty() {
            self.withheld_deletions = Some(self.counts.deletions);
            self.withhold_deletions();
        }
    }
}

/// Says what has changed, if anything. What is at the destination of a path that `is_cleared` is
/// checked when it is deleted.
fn change(
    action: &Action,
    source: &Snapshot,
    destination: &Snapshot,
    is_cleared: bool,
) -> Option<&'static str> {
    const SOURCE: &str = "the source has changed since the plan was made";
    const DESTINATION: &str = "the destination has changed since the plan was made";
    let ours = source.node(&action.path);
    let theirs = destination.node(&action.path);
    let as_planned = |node: Option<&Node>, planned: Option<&Version>| match (node, planned) {
        (Some(node), Some(planned)) => node.is_file() && is_same(&node.version, planned),
        (None, None) => true,
        _ => false,
    };
    let (source_is, destination_is) = match action.step {
        Step::CreateDirectory => (
            action.path.is_root() || ours.is_some_and(Node::is_directory),
            is_cleared || theirs.is_none_or(Node::is_directory),
        ),
        Step::Copy | Step::Replace | Step::RemoveSource => (
            as_planned(ours, action.source.as_ref()),
            is_cleared || as_planned(theirs, action.destination.as_ref()),
        ),
        Step::Delete => {
            let parent = action.path.parent().unwrap_or_default();
            let is_gone = is_gone(ours, theirs, action) && source.is_complete(&parent);
            let is_there = theirs.is_some_and(|node| {
                !node.is_directory()
                    && action
                        .destination
                        .is_some_and(|planned| is_same(&node.version, &planned))
            });
            (is_gone, is_there)
        }
        Step::DeleteDirectory => {
            let parent = action.path.parent().unwrap_or_default();
            let is_gone = is_gone(ours, theirs, action) && source.is_complete(&parent);
            (is_gone, theirs.is_some_and(Node::is_directory))
        }
    };
    match (source_is, destination_is) {
        (false, _) => Some(SOURCE),
        (_, false) => Some(DESTINATION),
        _ => None,
    }
}

/// Whether the source still lacks what is deleted, or still has something else of that name.
fn is_gone(ours: Option<&Node>, theirs: Option<&Node>, action: &Action) -> bool {
    match action.reason {
        Reason::InTheWay => ours.is_some_and(|ours| match action.step {
            // A link is in the way of a file too.
            Step::Delete => {
                ours.is_directory() || ours.is_file() && !theirs.is_some_and(Node::is_file)
            }
            _ => ours.is_file(),
        }),
        _ => ours.is_none(),
    }
}

fn is_same(now: &Version, planned: &Version) -> bool {
    now == planned || now.agrees(planned)
}
