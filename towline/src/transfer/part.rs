//! Records what an upload has left at the server.

use std::sync::{Arc, Mutex};

use towline_proto::path::RemotePath;

use crate::lock::lock;

/// What an upload has stored at the server and has neither published nor removed so far. Clones
/// share one record: one clone goes with the transfer, which may be dropped half way, and one stays
/// with the caller, which reports what may remain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part(Arc<Mutex<Option<RemotePath>>>);

impl Part {
    /// Records that something may be at `path` from now on. Returns the previous path.
    pub(crate) fn set(&self, path: &RemotePath) -> Option<RemotePath> {
        lock(&self.0).replace(path.clone())
    }

    /// Restores the path that [`Self::set`] returned.
    pub(crate) fn restore(&self, before: Option<RemotePath>) {
        *lock(&self.0) = before;
    }

    /// Records that nothing is left, or that the file is no longer a part.
    pub(crate) fn clear(&self) {
        *lock(&self.0) = None;
    }

    /// Returns the path and clears the record.
    pub(crate) fn take(&self) -> Option<RemotePath> {
        lock(&self.0).take()
    }

    /// Returns the path.
    pub(crate) fn path(&self) -> Option<RemotePath> {
        lock(&self.0).clone()
    }

    /// Whether something may remain at the server.
    pub(crate) fn is_there(&self) -> bool {
        lock(&self.0).is_some()
    }
}
