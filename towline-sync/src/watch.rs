//! What a run reports while it works.

use std::sync::Arc;

use crate::compare::Comparison;
use crate::error::Error;
use crate::path::TreePath;
use crate::plan::{Action, Plan};

/// Receives what happens during a run. It is called from several tasks, and must not block.
pub trait Watch: Send + Sync + 'static {
    /// Something has happened.
    fn event(&self, event: Event<'_>);
}

/// What happens during a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// How files are compared. Comes before anything is moved.
    Comparison(&'a Comparison),
    /// The plan is made. Comes before anything is moved.
    Planned(&'a Arc<Plan>),
    /// A file was copied.
    Copied {
        /// The action.
        action: &'a Action,
        /// The copy.
        copy: &'a Copied,
    },
    /// An action other than a copy was done.
    Done {
        /// The action.
        action: &'a Action,
    },
    /// An action failed.
    Failed {
        /// The action.
        action: &'a Action,
        /// Why.
        error: Error,
    },
    /// A source file is not removed, or a file at the destination is not deleted, to be safe; or an
    /// entry of the source is not copied.
    Kept {
        /// The file.
        path: &'a TreePath,
        /// Why.
        why: &'a str,
    },
    /// A note for the user.
    Note {
        /// The text.
        text: &'a str,
    },
}

/// A completed copy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Bytes that were moved.
    pub bytes: u64,
    /// The size of the copy was compared with that of its source, at both ends.
    pub is_verified: bool,
    /// The result of the transfer, if there was one.
    pub transferred: Option<towline::Transferred>,
    /// The path on the server, if one is involved.
    pub remote: Option<towline::RemotePath>,
    /// The path on this machine, if one is involved.
    pub local: Option<std::path::PathBuf>,
}

impl Copied {
    /// A copy of `bytes` bytes that involved no server.
    #[must_use]
    pub fn new(bytes: u64, is_verified: bool) -> Self {
        Self {
            bytes,
            is_verified,
            transferred: None,
            remote: None,
            local: None,
        }
    }
}

/// Ignores everything.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    fn event(&self, _: Event<'_>) {}
}
