//! A directory in which the server does not show what was stored.

use towline_proto::path::RemotePath;

/// After this many refused looks in a row, another one is not worth its time. A single refusal may
/// be transient.
const REFUSALS: u32 = 3;

/// A directory in which the server has not shown what was stored.
#[derive(Debug)]
pub(super) struct Hidden {
    directory: RemotePath,
    /// The looks in a row that were refused.
    refusals: u32,
}

impl Hidden {
    /// Returns the state after a refused look in `directory`.
    pub(super) fn refused(before: Option<Self>, directory: RemotePath) -> Self {
        let before = before.filter(|hidden| hidden.directory == directory);
        let refusals = 1 + before.map_or(0, |hidden| hidden.refusals);
        Self {
            directory,
            refusals,
        }
    }

    /// Returns the state after a look that proves further looks useless.
    pub(super) fn for_good(directory: RemotePath) -> Self {
        Self {
            directory,
            refusals: REFUSALS,
        }
    }

    /// Whether nothing can be seen in `directory`.
    pub(super) fn is(&self, directory: &RemotePath) -> bool {
        self.refusals >= REFUSALS && self.directory == *directory
    }
}
