//! The range of a remote file that is downloaded.

use std::time::Instant;

use towline_proto::path::RemotePath;

use crate::transfer::check::Hasher;

/// The range of a remote file that is downloaded: from an offset to another one, or to the end.
#[derive(Debug)]
pub(crate) struct ByteRange {
    pub(crate) path: RemotePath,
    /// The size of the whole file, if it is known.
    pub(crate) size: Option<u64>,
    /// Where the range begins in the file.
    pub(crate) offset: u64,
    /// The byte after the last one; `None` for everything up to the end of the file.
    pub(crate) end: Option<u64>,
    /// The size beyond which the file is not downloaded.
    pub(crate) most: Option<u64>,
    /// The file is transferred as text (`TYPE A`), so its size says nothing.
    pub(crate) text: bool,
    /// Has been updated with the bytes before the range.
    pub(crate) hasher: Option<Hasher>,
    pub(crate) began: Instant,
}

impl ByteRange {
    /// Returns the range of a whole file of `size` bytes.
    pub(crate) fn whole(path: &RemotePath, size: Option<u64>) -> Self {
        Self::from(path, size, 0)
    }

    /// Returns the range of a file of `size` bytes from byte `offset` on.
    pub(crate) fn from(path: &RemotePath, size: Option<u64>, offset: u64) -> Self {
        Self {
            path: path.clone(),
            size,
            offset,
            end: None,
            most: None,
            text: false,
            hasher: None,
            began: Instant::now(),
        }
    }
}
