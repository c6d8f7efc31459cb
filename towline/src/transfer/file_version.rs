//! Distinguishes one version of a file from another.

use jiff::Timestamp;

/// The size and time of the file that a transfer reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileVersion {
    pub(crate) size: Option<u64>,
    pub(crate) modified: Option<Timestamp>,
}

impl FileVersion {
    /// Whether both have the same time, to the second, which is the precision of every server.
    pub(crate) fn is_as_old_as(&self, other: &Self) -> bool {
        let second = |source: &Self| source.modified.map(Timestamp::as_second);
        second(self).is_some() && second(self) == second(other)
    }
}

/// How many bytes at the end of a part are compared with the file before the transfer resumes.
const TAIL: u64 = 64 * 1024;

/// Returns where the tail of a part of `len` bytes begins.
pub(crate) fn tail_start(len: u64) -> u64 {
    len.saturating_sub(TAIL)
}
