//! What a directory contains, as far as its listing shows.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// One item in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The name as the server wrote it. It is not checked and may contain any byte except a line
    /// feed.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// The size in bytes. `None` for a link, because a listing gives the length of the target's
    /// name instead. `None` also where the server counts something else: blocks (VMS), tracks or
    /// records (z/OS).
    pub size: Option<u64>,
    /// The total size in bytes of the blocks that the contents fill, if the server lists blocks
    /// instead of a size (VMS). It is at least the size of the contents, and less than one block
    /// more.
    pub allocated: Option<u64>,
    /// When the contents last changed.
    pub modified: Option<Modified>,
    /// `drwxr-xr-x` from a `LIST`. From MLSx, the `perm` fact, or `UNIX.mode` if there is no
    /// `perm`.
    pub permissions: Option<String>,
    /// The owner's name or number.
    pub owner: Option<String>,
    /// The group's name or number.
    pub group: Option<String>,
    /// The target of a link, if the server gives it.
    pub link_target: Option<Vec<u8>>,
    /// The whole line. If the entry takes two lines, both, with a line feed between them.
    pub raw: Vec<u8>,
    /// The length of the MLSx facts in `raw`.
    pub(super) facts_len: usize,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, or a junction.
    Link,
    /// The directory that the client asked for (only in a reply to MLST).
    CurrentDirectory,
    /// The parent of the directory that the client asked for (only in a reply to MLST).
    ParentDirectory,
    /// A device, a pipe, a socket, or something else that is none of these.
    Other,
    /// The server does not say: MLSx without the fact `type` or with a type of its own, or a bare
    /// name. It may be any of these. To find out, ask the server about it by name.
    Unknown,
}

/// A time of change, as exact as the server gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modified {
    /// Date and time of day.
    pub time: DateTime,
    /// How exact `time` is. The parts that the server did not give are zero.
    pub precision: Precision,
    /// Whose clock it is.
    pub zone: Zone,
}

/// How exact a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// To the day.
    Day,
    /// To the minute.
    Minute,
    /// To the second or finer.
    Second,
}

/// The time zone of a listed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// UTC, as in MLSx.
    Utc,
    /// The server's own zone, which it does not state, as in `LIST`.
    Server,
}

impl Entry {
    /// Creates an entry with only a name and a kind.
    #[must_use]
    pub fn new(name: impl Into<Vec<u8>>, kind: EntryKind) -> Self {
        Self {
            name: name.into(),
            kind,
            size: None,
            allocated: None,
            modified: None,
            permissions: None,
            owner: None,
            group: None,
            link_target: None,
            raw: Vec::new(),
            facts_len: 0,
        }
    }

    /// Returns whether this is the directory itself or its parent. A file or a link cannot have
    /// such a name. It stays in the listing, and whoever uses the name must refuse it.
    pub(super) fn is_directory_reference(&self) -> bool {
        match self.kind {
            EntryKind::CurrentDirectory | EntryKind::ParentDirectory => true,
            EntryKind::Directory | EntryKind::Other | EntryKind::Unknown => {
                matches!(self.name.as_slice(), b"." | b"..")
            }
            EntryKind::File | EntryKind::Link => false,
        }
    }
}

impl Modified {
    /// Returns the instant, if the zone is known.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        match self.zone {
            Zone::Utc => Offset::UTC.to_timestamp(self.time).ok(),
            Zone::Server => None,
        }
    }
}

/// Converts a column of the listing to text.
pub(super) fn text(column: &[u8]) -> String {
    String::from_utf8_lossy(column).into_owned()
}
