//! Directory listings: from lines to entries.
//!
//! ```text
//! bytes -> LineSplitter -> ListingParser -> Line::{Entry, Ignored, Unknown}
//! ```
//!
//! `MLSD` (RFC 3659, section 7) is exact. `LIST` (RFC 959) is whatever the
//! server prints for people; the forms in use are those of `ls -l` and of `DIR`,
//! told apart line by line. No line is lost in silence: what is not understood
//! comes back as [`Line::Unknown`].
//!
//! A name is what the server wrote, byte for byte. See [`name`](crate::name)
//! before it becomes a path.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::reply::{Reply, ReplyClass};

mod clock;
mod dos;
mod lines;
mod mlsx;
mod unix;

pub use lines::{LineSplitter, LineTooLong};

/// What a line of a listing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A file, a directory or something else in the directory.
    Entry(Entry),
    /// Nothing that is in the directory: an empty line, `total 12`, the directory
    /// itself or its parent.
    Ignored,
    /// Not understood. To be counted and reported.
    Unknown,
}

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
    /// of the target's name.
    pub size: Option<u64>,
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
    /// The whole line.
    pub raw: Vec<u8>,
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
    /// A device, a pipe, a socket, or something that the server did not name.
    Other,
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

/// Which command gave the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `MLSD`.
    Mlsd,
    /// `LIST`.
    List,
}

/// Reads the lines of one listing.
#[derive(Clone, Copy, Debug)]
pub struct ListingParser {
    dialect: Dialect,
    now: DateTime,
}

impl ListingParser {
    /// A parser for a listing taken at `now`, best given in the server's zone (a
    /// day off does no harm). `LIST` leaves out the year of recent times; it is
    /// worked out so that no time lies more than a day ahead of `now`.
    #[must_use]
    pub fn new(dialect: Dialect, now: DateTime) -> Self {
        Self { dialect, now }
    }

    /// Reads one line, given without its line break.
    #[must_use]
    pub fn line(&self, line: &[u8]) -> Line {
        let entry = match self.dialect {
            Dialect::Mlsd => mlsx::parse(line),
            Dialect::List => unix::parse(line, self.now).or_else(|| dos::parse(line)),
        };
        match entry {
            Some(entry) if entry.is_directory_reference() => Line::Ignored,
            Some(entry) => Line::Entry(entry),
            None if line.trim_ascii().is_empty() => Line::Ignored,
            None if self.dialect == Dialect::List && unix::is_total(line) => Line::Ignored,
            None => Line::Unknown,
        }
    }
}

/// The entry in a reply to MLST (RFC 3659, section 7.2), whose name may be a
/// whole path. `None` where the reply is a refusal or not understood.
#[must_use]
pub fn parse_mlst(reply: &Reply) -> Option<Entry> {
    if reply.class() != ReplyClass::Completion {
        return None;
    }
    reply
        .inner_lines()
        .iter()
        .find_map(|line| mlsx::parse(line.strip_prefix(b" ").unwrap_or(line)))
}

impl Entry {
    /// An entry of which nothing else is known.
    #[must_use]
    pub fn new(name: impl Into<Vec<u8>>, kind: EntryKind) -> Self {
        Self {
            name: name.into(),
            kind,
            size: None,
            modified: None,
            permissions: None,
            owner: None,
            group: None,
            link_target: None,
            raw: Vec::new(),
        }
    }

    /// Whether this is the directory itself or its parent. A file or a link of such
    /// a name is a lie, to be refused aloud by whoever uses the name.
    fn is_directory_reference(&self) -> bool {
        match self.kind {
            EntryKind::CurrentDirectory | EntryKind::ParentDirectory => true,
            EntryKind::Directory | EntryKind::Other => matches!(self.name.as_slice(), b"." | b".."),
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
fn text(column: &[u8]) -> String {
    String::from_utf8_lossy(column).into_owned()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::reply::ReplyCode;

    fn parser(dialect: Dialect) -> ListingParser {
        ListingParser::new(dialect, date(2026, 11, 21).at(12, 0, 0, 0))
    }

    #[test]
    fn tells_entries_from_what_is_none() {
        let list = parser(Dialect::List);
        for line in [
            "",
            "  ",
            "total 12",
            "drwxr-xr-x 2 0 0 0 Nov 20 22:57 .",
            "drwxr-xr-x 2 0 0 0 Nov 20 22:57 ..",
            "10-23-26  03:25PM  <DIR>  ..",
        ] {
            assert_eq!(list.line(line.as_bytes()), Line::Ignored, "{line:?}");
        }
        for line in [
            "-rw-r--r-- 1 0 0 0 Nov 20 22:57 ..",
            "lrwxrwxrwx 1 0 0 9 Nov 20 22:57 . -> a -> b",
        ] {
            assert!(
                matches!(list.line(line.as_bytes()), Line::Entry(_)),
                "{line:?}"
            );
        }
        assert_eq!(list.line(b"what is this?"), Line::Unknown);
        assert_eq!(list.line(b"type=file; a"), Line::Unknown);

        let mlsd = parser(Dialect::Mlsd);
        for line in ["", "type=cdir; /a/b", "type=pdir; ..", "type=dir; .", " .."] {
            assert_eq!(mlsd.line(line.as_bytes()), Line::Ignored, "{line:?}");
        }
        assert_eq!(mlsd.line(b"total 12"), Line::Unknown);
        assert!(matches!(mlsd.line(b"type=file; a"), Line::Entry(_)));
    }

    #[test]
    fn gives_the_line_along_with_the_entry() {
        for (dialect, line) in [
            (Dialect::List, "-rw-r--r-- 1 0 0 5 Nov 20 22:57 name"),
            (Dialect::List, "10-23-26  03:25PM  5 name"),
            (Dialect::Mlsd, "type=file;size=5; name"),
        ] {
            let Line::Entry(entry) = parser(dialect).line(line.as_bytes()) else {
                panic!("no entry: {line}")
            };
            assert_eq!(
                (entry.raw.as_slice(), entry.size),
                (line.as_bytes(), Some(5))
            );
        }
    }

    #[test]
    fn reads_the_entry_of_an_mlst_reply() {
        let mlst = |text: &str| parse_mlst(&Reply::new(ReplyCode::FILE_ACTION_DONE, text));
        let entry = mlst("Begin\n type=cdir;modify=20261120225741; /a b\nEnd").expect("an entry");
        assert_eq!(
            (entry.name.as_slice(), entry.kind),
            (b"/a b".as_slice(), EntryKind::CurrentDirectory)
        );
        assert_eq!(
            mlst("Begin\ntype=file; no space ahead\nEnd").map(|entry| entry.name),
            Some(b"no space ahead".to_vec())
        );
        assert_eq!(
            mlst("Begin\n  no facts\nEnd").map(|entry| entry.name),
            Some(b"no facts".to_vec())
        );
        assert_eq!(mlst("type=file; a"), None);
        assert_eq!(mlst("Begin\nEnd"), None);
        let refusal = Reply::new(ReplyCode::FILE_UNAVAILABLE, "Begin\n type=file; a\nEnd");
        assert_eq!(parse_mlst(&refusal), None);
    }
}
