//! What of a remote file is fetched.

use std::time::Instant;

use towline_proto::path::RemotePath;

use crate::transfer::check::Hasher;

/// What of a remote file is fetched: everything from some byte on, or up to another one.
#[derive(Debug)]
pub(crate) struct ByteRange {
    pub(crate) path: RemotePath,
    /// That of the whole file.
    pub(crate) size: Option<u64>,
    /// Where in the file it begins.
    pub(crate) offset: u64,
    /// The byte behind the last one that is wanted; `None`: all to the end of the file.
    pub(crate) end: Option<u64>,
    /// Has seen what comes before.
    pub(crate) hasher: Option<Hasher>,
    pub(crate) began: Instant,
}

impl ByteRange {
    /// All of a file of `size` bytes.
    pub(crate) fn whole(path: &RemotePath, size: Option<u64>) -> Self {
        Self::from(path, size, 0)
    }

    /// A file of `size` bytes from byte `offset` on.
    pub(crate) fn from(path: &RemotePath, size: Option<u64>, offset: u64) -> Self {
        Self {
            path: path.clone(),
            size,
            offset,
            end: None,
            hasher: None,
            began: Instant::now(),
        }
    }
}
