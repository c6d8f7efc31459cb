//! One look at a directory, which may have to be repeated.

use towline_proto::path::RemotePath;

use super::sight::Sight;
use super::summary::Listing;
use crate::session::clock::Samples;

/// How the server is told which directory to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// By the path in the command.
    ByPath,
    /// By entering it. The command has no path.
    Entered,
}

/// One look at a directory.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) listing: Listing,
    pub(super) sight: Sight,
    /// It shows the directory itself, or its parent.
    pub(super) shows_itself: bool,
    pub(super) samples: Samples,
}

impl Look {
    /// Creates a look at an empty directory.
    pub(super) fn empty(path: &RemotePath) -> Self {
        Self {
            listing: Listing::default(),
            sight: Sight::of(path),
            shows_itself: false,
            samples: Samples::default(),
        }
    }
}
