//! Records what a transfer has left.

use std::sync::{Arc, Mutex};

use crate::error::Remains;
use crate::lock::lock;

/// What a transfer would leave if it ended now. Clones share one record: one clone goes with the
/// transfer, which may be dropped half way, and one stays with the caller, which reports what may
/// remain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part(Arc<Mutex<Option<Remains>>>);

impl Part {
    /// Records what may be left from now on. Returns the previous record.
    pub(crate) fn set(&self, remains: Remains) -> Option<Remains> {
        lock(&self.0).replace(remains)
    }

    /// Restores the record that [`Self::set`] returned.
    pub(crate) fn restore(&self, before: Option<Remains>) {
        *lock(&self.0) = before;
    }

    /// Records that nothing is left, or that the file has its name.
    pub(crate) fn clear(&self) {
        *lock(&self.0) = None;
    }

    /// Returns the record and clears it.
    pub(crate) fn take(&self) -> Option<Remains> {
        lock(&self.0).take()
    }

    /// Returns what may be left.
    pub(crate) fn remains(&self) -> Option<Remains> {
        lock(&self.0).clone()
    }

    /// Whether something may be left.
    pub(crate) fn is_there(&self) -> bool {
        lock(&self.0).is_some()
    }
}
