//! What an upload has left at the server.

use std::sync::{Arc, Mutex};

use towline_proto::path::RemotePath;

use crate::lock::lock;

/// What an upload has stored at the server and neither published nor removed so far. Clones are about
/// the same upload: one goes with the transfer, which may be dropped half way, and one stays with
/// whoever has to say what may remain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part(Arc<Mutex<Option<RemotePath>>>);

impl Part {
    /// Something may be at `path` from now on. Returns where it was before.
    pub(crate) fn set(&self, path: &RemotePath) -> Option<RemotePath> {
        lock(&self.0).replace(path.clone())
    }

    /// Goes back to what [`Self::set`] returned.
    pub(crate) fn restore(&self, before: Option<RemotePath>) {
        *lock(&self.0) = before;
    }

    /// Nothing is left, or it is no part any more.
    pub(crate) fn clear(&self) {
        *lock(&self.0) = None;
    }

    /// Where it is, and from now on nothing is.
    pub(crate) fn take(&self) -> Option<RemotePath> {
        lock(&self.0).take()
    }

    /// Where it is.
    pub(crate) fn path(&self) -> Option<RemotePath> {
        lock(&self.0).clone()
    }

    /// Whether something may be there.
    pub(crate) fn is_there(&self) -> bool {
        lock(&self.0).is_some()
    }
}
