//! Moving files: streams, local files, and how a finished file gets its name.

mod download;
mod file;
mod lease;
mod progress;
mod publish;
mod upload;

use std::time::Duration;

pub use self::download::Download;
pub use self::upload::Upload;

/// What a finished transfer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transferred {
    /// Bytes moved.
    pub bytes: u64,
    /// How sure it is that these are all.
    pub outcome: Outcome,
    /// From the first command to the last reply.
    pub elapsed: Duration,
}

/// How sure it is that a file is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The server called it complete, and the size that it gives is the number of bytes moved.
    Verified,
    /// The server called it complete, but gives no size to check.
    Complete,
}

/// How a download is made.
#[derive(Clone, Debug)]
pub struct DownloadOptions {
    pub(crate) temporary_name: bool,
    pub(crate) overwrite: bool,
}

/// How an upload is made.
///
/// By default the file goes to a temporary name beside its target and gets its own name when it is
/// whole, so that nobody ever sees a part of it, and so that a refused data connection, which
/// empties the file that it was for, empties none that matters.
///
/// Where a server does not rename over an existing file, the old one is renamed to a backup name,
/// the new one put in place, and the backup removed; if the middle step fails the old file gets its
/// name back. At no time is there neither.
#[derive(Clone, Debug)]
pub struct UploadOptions {
    pub(crate) temporary_name: bool,
    pub(crate) overwrite: bool,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        Self {
            temporary_name: true,
            overwrite: true,
        }
    }
}

impl DownloadOptions {
    /// Whether the local file gets its name only when it is whole. Default: yes.
    #[must_use]
    pub fn use_temporary_name(mut self, temporary_name: bool) -> Self {
        self.temporary_name = temporary_name;
        self
    }

    /// Whether an existing local file is replaced. Default: yes.
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            temporary_name: true,
            overwrite: true,
        }
    }
}

impl UploadOptions {
    /// Whether the remote file gets its name only when it is whole. Default: yes.
    #[must_use]
    pub fn use_temporary_name(mut self, temporary_name: bool) -> Self {
        self.temporary_name = temporary_name;
        self
    }

    /// Whether an existing remote file is replaced. Default: yes. With `false` it is looked for
    /// before the upload; FTP has no way to make the check and the upload one step.
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }
}
