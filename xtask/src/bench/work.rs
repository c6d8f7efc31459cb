//! The tasks that clients get.

use std::fmt;

/// A client's task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Moving a directory of files of `size` bytes each.
    Move {
        direction: Direction,
        files: u32,
        size: u64,
    },
    /// Bringing a local directory in step with a remote one of files of `size` bytes each.
    Mirror { start: Start, files: u32, size: u64 },
    /// Printing the names in a directory.
    List { entries: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Download,
    Upload,
}

/// What a mirror begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Nothing is there yet.
    Empty,
    /// The client has copied everything before.
    Same,
    /// The same, and one file in a hundred has changed since.
    Changed,
}

impl Work {
    /// The directory that is moved or listed.
    pub(crate) fn folder(self) -> String {
        match self {
            Self::Move { files, size, .. } => format!("{files}x{size}"),
            Self::Mirror { files, size, .. } => format!("mirror-{files}x{size}"),
            Self::List { entries } => format!("list-{entries}"),
        }
    }

    /// The total size of the files, in bytes.
    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::Move { files, size, .. } | Self::Mirror { files, size, .. } => {
                u64::from(files) * size
            }
            Self::List { .. } => 0,
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Move {
                direction,
                files,
                size,
            } => write!(formatter, "{files} × {} {direction}", Size(size)),
            Self::Mirror { start, files, size } => {
                write!(formatter, "mirror {files} × {}, {start}", Size(size))
            }
            Self::List { entries } => write!(formatter, "list {entries}"),
        }
    }
}

/// A size in bytes, for people.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            size if size % (1 << 30) == 0 => write!(formatter, "{} GiB", size >> 30),
            size if size % (1 << 20) == 0 => write!(formatter, "{} MiB", size >> 20),
            size => write!(formatter, "{} KiB", size >> 10),
        }
    }
}

impl Direction {
    pub(crate) const BOTH: [Self; 2] = [Self::Download, Self::Upload];
}

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Download => "down",
            Self::Upload => "up",
        })
    }
}

impl Start {
    pub(crate) const ALL: [Self; 3] = [Self::Empty, Self::Same, Self::Changed];
}

impl fmt::Display for Start {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "first",
            Self::Same => "unchanged",
            Self::Changed => "changed",
        })
    }
}
