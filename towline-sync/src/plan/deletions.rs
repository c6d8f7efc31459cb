//! Plans what is deleted at the destination.

use super::directories::Cleared;
use super::draft::Draft;
use super::march::Materials;
use super::rules::MaxDelete;
use super::value::{Action, ProblemKind, Reason, Step, TooManyDeletions};
use super::withhold::IN_THE_WAY;
use crate::node::{Node, NodeKind};
use crate::path::TreePath;

impl Draft<'_, '_> {
    pub(super) fn only_at_destination(&mut self, destination: &Node) {
        if destination.is_directory() {
            self.enter_extraneous(destination, None);
        } else if self.may_delete(destination) && !self.extraneous.is_left_alone() {
            self.delete(destination, Reason::Extraneous);
        } else {
            self.extraneous.keep();
        }
    }

    /// Enters a directory that the source does not have. `awaits` is a file of the source that
    /// takes its place once it is gone.
    pub(super) fn enter_extraneous(&mut self, destination: &Node, awaits: Option<Action>) {
        let path = &destination.path;
        let snapshot = self.materials.destination;
        let stays = !self.may_delete(destination)
            || snapshot.holds_more.contains(path)
            || !snapshot.is_complete(path);
        self.extraneous.enter(path.clone(), stays, awaits);
    }

    /// Passes over a directory, and everything in it, where the source has something that is not
    /// copied.
    pub(super) fn leave_alone(&mut self, destination: &Node) {
        self.extraneous.enter_left_alone(destination.path.clone());
    }

    /// Whether something at the destination may make room for what the source has.
    pub(super) fn may_clear(&self, destination: &Node) -> bool {
        let parent = destination.path.parent().unwrap_or_default();
        self.rules.delete.is_some()
            && matches!(destination.kind, NodeKind::File | NodeKind::Link)
            && self.materials.source.is_complete(&parent)
    }

    /// Whether the source is known not to have what the destination has.
    fn may_delete(&self, destination: &Node) -> bool {
        let Materials { source, now, .. } = self.materials;
        let parent = destination.path.parent().unwrap_or_default();
        let is_wanted = match destination.kind {
            NodeKind::File => {
                let filter = &self.rules.filter;
                filter.judge_version(&destination.version, *now).is_taken()
            }
            NodeKind::Directory | NodeKind::Link => true,
            NodeKind::Other => false,
        };
        self.rules.delete.is_some() && source.exists && is_wanted && source.is_complete(&parent)
    }

    /// Plans the deletion of a file or a link.
    pub(super) fn delete(&mut self, destination: &Node, reason: Reason) {
        self.plan.counts.deletions += 1;
        self.rely_on(&destination.path);
        self.plan.deletions.push(Action {
            step: Step::Delete,
            path: destination.path.clone(),
            reason,
            source: None,
            destination: Some(destination.version),
            clashes: false,
            meets: self.clashes.meets(&destination.path),
        });
    }

    /// Notes the directory of the source whose listing shows that `path` is not there.
    fn rely_on(&mut self, path: &TreePath) {
        let source = self.materials.source;
        let is_directory =
            |at: &TreePath| at.is_root() || source.node(at).is_some_and(Node::is_directory);
        let mut at = path.parent();
        while let Some(directory) = at {
            if is_directory(&directory) {
                self.plan.relied_on.insert(directory);
                return;
            }
            at = directory.parent();
        }
    }

    /// Leaves the directories that `path` is not in, or all of them, and plans the deletion of
    /// those in which nothing stays.
    pub(super) fn leave_extraneous(&mut self, path: Option<&TreePath>) {
        let mut left = Vec::new();
        self.extraneous
            .leave_for(path, |cleared| left.push(cleared));
        for Cleared {
            path,
            stays,
            awaits,
        } in left
        {
            if stays {
                if awaits.is_some() {
                    self.problem(&path, ProblemKind::InTheWay, IN_THE_WAY);
                }
                continue;
            }
            self.rely_on(&path);
            let meets = self.clashes.meets(&path);
            self.plan.deletions.push(Action {
                step: Step::DeleteDirectory,
                path,
                reason: match awaits {
                    Some(_) => Reason::InTheWay,
                    None => Reason::Extraneous,
                },
                source: None,
                destination: None,
                clashes: false,
                meets,
            });
            if let Some(copy) = awaits {
                self.count_copy(copy.source.as_ref());
                self.plan.late.push(copy);
            }
        }
    }

    /// Leaves the deletions out if they are too many, or if not everything can be copied.
    pub(super) fn limit_deletions(&mut self) {
        let Some(most) = self.rules.delete.filter(|_| !self.rules.only_compares) else {
            return;
        };
        let files = self.plan.counts.deletions;
        let allowed = self.allowed_deletions(most);
        if files > allowed {
            self.plan.too_many_deletions = Some(TooManyDeletions { files, allowed });
            self.plan.withhold_deletions();
        } else if self.lacks_copies && !self.plan.deletions.is_empty() {
            self.plan.withheld_deletions = Some(files);
            self.plan.withhold_deletions();
        }
    }

    /// Returns how many files may be deleted. A source without any file is more often a disk that
    /// is not mounted than a wish, so the default allows nothing then.
    fn allowed_deletions(&self, most: MaxDelete) -> u64 {
        let Materials {
            source,
            destination,
            ..
        } = self.materials;
        if most == MaxDelete::Default && !source.nodes.iter().any(Node::is_file) {
            return 0;
        }
        let files = destination.nodes.iter().filter(|node| !node.is_directory());
        most.of(u64::try_from(files.count()).unwrap_or(u64::MAX))
    }
}
