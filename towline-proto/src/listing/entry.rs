//! What is in a directory, as far as its listing tells.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// One thing in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The name as the server wrote it. Not checked: it may hold anything but a
    /// line feed.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Its size in bytes. `None` for a link, whose number in a listing is the length
    /// of the target's name, and where the server counts something else: blocks
    /// (VMS), tracks or records (z/OS).
    pub size: Option<u64>,
    /// The bytes of the blocks that its contents fill, where the server tells those
    /// and no size (VMS): at least its size, and less than a block more.
    pub allocated: Option<u64>,
    /// When its contents were changed last.
    pub modified: Option<Modified>,
    /// `drwxr-xr-x` from a `LIST`; the `perm` fact (else `UNIX.mode`) from MLSx.
    pub permissions: Option<String>,
    /// The owner's name or number.
    pub owner: Option<String>,
    /// The group's name or number.
    pub group: Option<String>,
    /// Where a link points to, as far as the server says.
    pub link_target: Option<Vec<u8>>,
    /// The whole line; both lines, with a line feed between, where the entry takes two.
    pub raw: Vec<u8>,
    /// How much of `raw` is facts of MLSx.
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
    /// The directory that was asked for (only in a reply to MLST).
    CurrentDirectory,
    /// The parent of the directory that was asked for (only in a reply to MLST).
    ParentDirectory,
    /// A device, a pipe, a socket, or something else that is none of these.
    Other,
    /// The server does not tell: MLSx without the fact `type`, or a name and nothing
    /// else. It may be any of these; to know, one has to ask for it by name.
    Unknown,
}

/// A time of change, as exactly as the server told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modified {
    /// Date and time of day.
    pub time: DateTime,
    /// How much of `time` was told; the rest is zero.
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
    /// The server's own, which it does not tell, as in `LIST`.
    Server,
}

impl Entry {
    /// An entry of which nothing else is known.
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

    /// Whether this is the directory itself or its parent. A file or a link of such
    /// a name is a lie, to be refused aloud by whoever uses the name.
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
    /// The instant, where the zone is known.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        match self.zone {
            Zone::Utc => Offset::UTC.to_timestamp(self.time).ok(),
            Zone::Server => None,
        }
    }
}

/// A column of the listing as text.
pub(super) fn text(column: &[u8]) -> String {
    String::from_utf8_lossy(column).into_owned()
}
