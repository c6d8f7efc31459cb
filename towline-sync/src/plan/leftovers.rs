//! Finds what a run that ended early has left at the destination.

use super::draft::Draft;
use super::value::Leftover;
use crate::node::Node;
use crate::path::TreePath;
use crate::tree::stem_of_part;

impl Draft<'_, '_> {
    /// Finds the parts of files that an earlier run was copying when it ended. Other parts of the
    /// files of the source may belong to transfers in progress.
    pub(super) fn find_leftovers(&mut self) {
        let destination = self.materials.destination;
        for part in destination.parts.iter().filter(|part| part.is_file()) {
            let Some(stem) = stem_of_part(part.path.name()) else {
                continue;
            };
            let parent = part.path.parent();
            let mut claimed = self.claimed.iter();
            let found = claimed
                .find(|record| record.path.parent() == parent && stem.is_of(record.path.name()));
            if let Some(record) = found {
                self.plan.leftovers.push(Leftover {
                    part: part.path.clone(),
                    record: record.clone(),
                    // It may be all that is left of the old file.
                    is_needed: stem.is_backup && destination.node(&record.path).is_none(),
                });
            } else if stem.is_marked && self.has_source(parent.as_ref(), stem.name) {
                self.plan.strays.push(part.path.clone());
            }
        }
    }

    fn has_source(&self, parent: Option<&TreePath>, name: &[u8]) -> bool {
        let path = parent.and_then(|parent| parent.join(name).ok());
        path.is_some_and(|path| self.materials.source.node(&path).is_some_and(Node::is_file))
    }
}
