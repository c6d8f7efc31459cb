//! Finds what a run that ended early has left at the destination.

use super::maker::Maker;
use super::value::Leftover;
use crate::tree::stem_of_part;

impl Maker<'_, '_> {
    /// Finds the parts of files that an earlier run was copying when it ended. Other parts belong to
    /// other transfers, which may be going on.
    pub(super) fn find_leftovers(&mut self) {
        let destination = self.materials.destination;
        for part in &destination.parts {
            let Some(stem) = stem_of_part(part.path.name()) else {
                continue;
            };
            let parent = part.path.parent();
            let mut claimed = self.claimed.iter();
            let file = claimed.find(|file| file.parent() == parent && stem.is_of(file.name()));
            if let Some(file) = file
                && part.is_file()
            {
                self.plan.leftovers.push(Leftover {
                    part: part.path.clone(),
                    file: file.clone(),
                    // It may be all that is left of the old file.
                    is_needed: stem.is_backup && destination.node(file).is_none(),
                });
            }
        }
    }
}
