//! The entries of a tree.

use serde::{Deserialize, Serialize};

use crate::path::TreePath;
use crate::stamp::Stamp;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A plain file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link. It is never followed.
    Link,
    /// A device, a pipe, or something else.
    Other,
}

/// The size and time of a file, which tell one version of it from another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Version {
    /// Its size in bytes, if it is known.
    pub size: Option<u64>,
    /// When its contents were changed last, if that is known.
    pub modified: Option<Stamp>,
}

impl Version {
    /// Whether `other` can be the same version: as far as both are known, size and time agree. A
    /// version without a size agrees with none.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        self.agrees_shifted(other, 0)
    }

    /// Whether this is newer than `other`; `None` if their times do not tell.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> Option<bool> {
        let (ours, theirs) = (self.modified?, other.modified?);
        match theirs.may_be_before(&ours) {
            false => Some(false),
            true => theirs.is_before(&ours).then_some(true),
        }
    }

    /// As [`agrees`](Self::agrees), with the time of `other` moved by `shift` seconds.
    #[must_use]
    pub fn agrees_shifted(&self, other: &Self, shift: i64) -> bool {
        let same_time = match (&self.modified, &other.modified) {
            (Some(ours), Some(theirs)) => ours.agrees(theirs, shift),
            (None, None) => true,
            _ => false,
        };
        self.size.is_some() && self.size == other.size && same_time
    }
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it is.
    pub path: TreePath,
    /// What it is.
    pub kind: NodeKind,
    /// Its size and time.
    pub version: Version,
}

impl Node {
    /// Whether this is a file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == NodeKind::File
    }

    /// Whether this is a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.kind == NodeKind::Directory
    }
}
