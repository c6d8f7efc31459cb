//! One of many files to be moved.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use towline_proto::listing::{Entry, Modified, Precision, Zone};
use towline_proto::path::RemotePath;

use super::local::is_special;
use super::mark::Source;
use super::queue::Claim;
use super::{DownloadOptions, Transferred, UploadOptions};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::session::Session;

/// A file to be moved, as a [`Queue`](crate::Queue) holds it.
///
/// ```
/// use towline::{DownloadOptions, Job, RemotePath};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let remote = RemotePath::new("out/july.csv")?;
/// let job = Job::download(remote, "in/july.csv".into(), DownloadOptions::default());
/// # let _ = job;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Job {
    pub(super) remote: RemotePath,
    pub(super) local: PathBuf,
    pub(super) way: Way,
    /// What is known of the file to be read.
    pub(super) known: Source,
    /// While it is under way for a queue.
    pub(super) claim: Option<Arc<Claim>>,
}

/// Which way a file goes.
#[derive(Clone, Debug)]
pub(super) enum Way {
    Download(DownloadOptions),
    Upload(UploadOptions),
}

/// Where a file goes, by the look of its path alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Destination {
    Local(PathBuf),
    Remote(RemotePath),
}

impl Job {
    /// A download, as [`Session::download_file`] makes it.
    #[must_use]
    pub fn download(remote: RemotePath, local: PathBuf, options: DownloadOptions) -> Self {
        let way = Way::Download(options);
        Self::new(remote, local, way)
    }

    /// An upload, as [`Session::upload_file`] makes it.
    #[must_use]
    pub fn upload(local: PathBuf, remote: RemotePath, options: UploadOptions) -> Self {
        let way = Way::Upload(options);
        Self::new(remote, local, way)
    }

    fn new(remote: RemotePath, local: PathBuf, way: Way) -> Self {
        let known = Source {
            size: None,
            modified: None,
        };
        Self {
            remote,
            local,
            way,
            known,
            claim: None,
        }
    }

    /// Says what a listing said of the file that is downloaded, so that it need not be asked for again.
    /// A time counts only if it is exact, as in `MLSD`.
    #[must_use]
    pub fn listed(mut self, entry: &Entry) -> Self {
        self.known = Source {
            size: entry.size,
            modified: entry.modified.as_ref().and_then(exact),
        };
        self
    }

    /// Says how many bytes the file has: [`Queue`](crate::Queue)s give out the largest first.
    #[must_use]
    pub fn sized(mut self, size: u64) -> Self {
        self.known.size = Some(size);
        self
    }

    /// The path on the server.
    pub fn remote(&self) -> &RemotePath {
        &self.remote
    }

    /// The local path.
    pub fn local(&self) -> &Path {
        &self.local
    }

    /// Whether the file goes to the server.
    pub fn is_upload(&self) -> bool {
        matches!(self.way, Way::Upload(_))
    }

    /// The size in bytes, where it is known.
    pub fn size(&self) -> Option<u64> {
        self.known.size
    }

    /// What stops it.
    pub(crate) fn cancel(&self) -> &Cancel {
        match &self.way {
            Way::Download(options) => &options.cancel,
            Way::Upload(options) => &options.cancel,
        }
    }

    pub(super) fn destination(&self) -> Destination {
        match self.way {
            Way::Download(_) => {
                // Only an empty path has no absolute one.
                let local = std::path::absolute(&self.local);
                Destination::Local(local.unwrap_or_else(|_| self.local.clone()))
            }
            Way::Upload(_) => Destination::Remote(self.remote.clone()),
        }
    }

    /// Whether another session may do all of it again once this one has begun. What is appended, or has gone
    /// through a pipe, cannot be taken back, and what must not exist would be found to exist. A part may
    /// remain.
    pub(super) fn may_be_started_over(&self) -> bool {
        let is_plain = match &self.way {
            Way::Download(options) => options.temporary_name || options.overwrite,
            Way::Upload(options) => !options.append && options.overwrite,
        };
        is_plain && !is_special(&self.local)
    }

    /// Takes out what keeps its destination to itself.
    pub(crate) fn release(&mut self) -> Option<Arc<Claim>> {
        self.claim.take()
    }
}

fn exact(modified: &Modified) -> Option<Timestamp> {
    let is_exact = modified.zone == Zone::Utc && modified.precision == Precision::Second;
    let time = jiff::tz::Offset::UTC.to_timestamp(modified.time);
    time.ok().filter(|_| is_exact)
}

/// What has become of a [`Job`].
#[derive(Debug)]
pub struct Done {
    /// As it was put into the queue.
    pub job: Job,
    /// The file is moved and has its name, or why it is not.
    pub outcome: Result<Transferred, Error>,
}

impl Session {
    /// Moves the file of `job` by itself: nothing of another file is under way meanwhile. A data
    /// connection may still be opened while its command is on its way, see
    /// [`Pipelining::connect_early`](crate::Pipelining::connect_early).
    ///
    /// # Errors
    ///
    /// Those of [`Self::download_file`] and [`Self::upload_file`].
    pub async fn perform(&mut self, job: &Job) -> Result<Transferred, Error> {
        let Job {
            remote, local, way, ..
        } = job;
        match way {
            Way::Download(options) => self.download_file(remote, local, options).await,
            Way::Upload(options) => self.upload_file(local, remote, options).await,
        }
    }
}
