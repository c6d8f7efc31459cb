//! The directories above each directory on a server that is still to be listed, so that a circle of
//! links is recognised.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use towline::{DirectoryMark, Entry, EntryKind, Error, RemotePath, Session, Trail};

use crate::lock::lock;
use crate::path::TreePath;

/// What is known of directories that are still to be listed. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Trails(Arc<Mutex<HashMap<TreePath, (Trail, DirectoryMark)>>>);

impl Trails {
    fn lock(&self) -> MutexGuard<'_, HashMap<TreePath, (Trail, DirectoryMark)>> {
        lock(&self.0)
    }

    /// Checks that `directory` is none of those above it, and notes it for the directories in it,
    /// by their names in the tree. `listed` is its listing, and `entries` the same after links are
    /// followed. A directory that was listed before is not checked again.
    pub(super) async fn descend(
        &self,
        session: &mut Session,
        directory: &TreePath,
        at: &RemotePath,
        listed: &[Entry],
        entries: &[Entry],
        name: impl Fn(&Entry) -> Vec<u8>,
    ) -> Result<(), Error> {
        let known = self.lock().remove(directory);
        let (above, mark) = match known {
            Some(known) => known,
            None if directory.is_root() => Default::default(),
            None => return Ok(()),
        };
        let trail = session.descend(&above, at, mark.with(listed)).await?;
        let mut trails = self.lock();
        for entry in entries {
            if entry.kind == EntryKind::Directory
                && let Ok(path) = directory.join(&name(entry))
            {
                trails.insert(path, (trail.clone(), DirectoryMark::of(entry)));
            }
        }
        Ok(())
    }
}
