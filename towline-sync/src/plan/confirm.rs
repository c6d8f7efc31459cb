//! Checks a saved plan against what there is now.

use super::value::{Action, Plan, Problem, ProblemKind, Step};
use crate::node::{Node, Version};
use crate::scan::Snapshot;

impl Plan {
    /// Leaves out every action whose file has changed since the plan was made, on either side. Each
    /// becomes a problem.
    pub fn confirm(&mut self, source: &Snapshot, destination: &Snapshot) {
        let mut changed = Vec::new();
        for actions in [&mut self.actions, &mut self.deletions] {
            actions.retain(|action| match change(action, source, destination) {
                None => true,
                Some(what) => {
                    changed.push(Problem {
                        path: action.path.clone(),
                        kind: ProblemKind::Changed,
                        what: what.to_owned(),
                    });
                    false
                }
            });
        }
        self.problems.append(&mut changed);
    }
}

/// Says what has changed, if anything.
fn change(action: &Action, source: &Snapshot, destination: &Snapshot) -> Option<&'static str> {
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
            theirs.is_none_or(Node::is_directory),
        ),
        Step::Copy | Step::Replace | Step::RemoveSource => (
            as_planned(ours, action.source.as_ref()),
            as_planned(theirs, action.destination.as_ref()),
        ),
        Step::Delete => {
            let parent = action.path.parent().unwrap_or_default();
            let is_gone = ours.is_none_or(Node::is_directory) && source.is_complete(&parent);
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
            let is_gone = ours.is_none() && source.is_complete(&parent);
            (is_gone, theirs.is_some_and(Node::is_directory))
        }
    };
    match (source_is, destination_is) {
        (false, _) => Some(SOURCE),
        (_, false) => Some(DESTINATION),
        _ => None,
    }
}

fn is_same(now: &Version, planned: &Version) -> bool {
    now == planned || now.agrees(planned)
}
