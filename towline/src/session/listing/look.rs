//! One look at a directory, which may have to be repeated.

use towline_proto::listing::Entry;
use towline_proto::path::RemotePath;

use super::sight::Sight;
use super::summary::ListingSummary;
use crate::session::clock::Samples;

/// How the server is told which directory to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// By the path in the command.
    ByPath,
    /// By entering it. The command has no path.
    Entered,
}

/// What a look at a directory shows, beside its entries.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) summary: ListingSummary,
    pub(super) sight: Sight,
    /// It shows the directory itself, or its parent.
    pub(super) shows_itself: bool,
    pub(super) samples: Samples,
}

/// One look at a directory.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) entries: Vec<Entry>,
    pub(super) seen: Seen,
}

impl Look {
    /// Creates a look at an empty directory.
    pub(super) fn empty(path: &RemotePath) -> Self {
        Self {
            entries: Vec::new(),
            seen: Seen {
                summary: ListingSummary::default(),
                sight: Sight::of(path),
                shows_itself: false,
                samples: Samples::default(),
            },
        }
    }
}
