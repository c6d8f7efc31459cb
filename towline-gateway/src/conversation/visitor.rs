//! Who the client is.

use crate::behind::Behind;

/// Who the client is.
#[derive(Default)]
pub(super) struct Visitor {
    /// What came with USER.
    pub(super) user: Option<String>,
    pub(super) behind: Option<Behind>,
    /// Wrong passwords so far.
    pub(super) failures: u32,
}

impl Visitor {
    pub(super) fn behind(&self) -> Option<&Behind> {
        self.behind.as_ref()
    }

    pub(super) fn behind_mut(&mut self) -> Option<&mut Behind> {
        self.behind.as_mut()
    }

    /// Returns the session, which the client has no use for any more.
    pub(super) fn leave(&mut self) -> Option<Behind> {
        self.user = None;
        self.behind.take()
    }
}
