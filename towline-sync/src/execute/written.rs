//! What a run has written, and whether the destination shows it.
//!
//! Some destinations take several names for one, as Windows and macOS do with the case of letters,
//! and some change or shorten the names that they get. What only the destination seems to have may
//! then be what was just written, so a directory is listed before anything in it is deleted.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::path::TreePath;
use crate::plan::Plan;
use crate::tree::{Incompleteness, Tree};

type Names = BTreeSet<Vec<u8>>;

/// The names that a run has written, in the directories above what it is to delete.
#[derive(Debug, Default)]
pub(super) struct Written(BTreeMap<TreePath, Names>);

/// What a listing shows of something that is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The listing shows it, and everything that was written beside it.
    Apart,
    /// The listing no longer shows it.
    Gone,
    /// Something that was written does not show, and this may be it.
    Doubtful,
}

/// What directories of the destination show after copies. `None` if they may have more.
#[derive(Debug, Default)]
pub(super) struct Shown(BTreeMap<TreePath, Option<Names>>);

impl Written {
    pub(super) fn before(plan: &Plan) -> Self {
        let mut names: BTreeMap<TreePath, Names> = BTreeMap::new();
        for deletion in &plan.deletions {
            let mut at = deletion.path.parent();
            while let Some(directory) = at.take_if(|at| !names.contains_key(at)) {
                at = directory.parent();
                names.insert(directory, Names::new());
            }
        }
        Self(names)
    }

    /// Records that the run has written `path`.
    pub(super) fn wrote(&mut self, path: &TreePath) {
        if self.0.is_empty() {
            return;
        }
        let directory = path.parent();
        if let Some(names) = directory.and_then(|directory| self.0.get_mut(&directory)) {
            names.insert(path.name().to_vec());
        }
    }
}

impl Shown {
    /// Looks at `path` in the listings of the directories above it that something was written in.
    pub(super) async fn standing(
        &mut self,
        tree: &impl Tree,
        written: &Written,
        path: &TreePath,
    ) -> Result<Standing, Error> {
        let mut at = path.clone();
        while let Some(directory) = at.parent() {
            let expected = written.0.get(&directory);
            if let Some(expected) = expected.filter(|expected| !expected.is_empty()) {
                let Some(names) = self.names(tree, &directory).await? else {
                    return Ok(Standing::Doubtful);
                };
                if !expected.is_subset(names) {
                    return Ok(Standing::Doubtful);
                }
                if !names.contains(at.name()) {
                    return Ok(Standing::Gone);
                }
            }
            at = directory;
        }
        Ok(Standing::Apart)
    }

    async fn names(
        &mut self,
        tree: &impl Tree,
        directory: &TreePath,
    ) -> Result<Option<&Names>, Error> {
        if !self.0.contains_key(directory) {
            let contents = tree.list(directory).await?;
            let mut names: Names = contents.entries.into_iter().map(|it| it.name).collect();
            let mut is_complete = true;
            for why in contents.incompleteness {
                match why {
                    Incompleteness::Name { name, .. } => drop(names.insert(name)),
                    _ => is_complete = false,
                }
            }
            self.0
                .insert(directory.clone(), is_complete.then_some(names));
        }
        Ok(self.0.get(directory).and_then(Option::as_ref))
    }
}
