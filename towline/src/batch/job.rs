//! One of many files to be moved.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use towline_proto::listing::{Entry, Modified, Precision, Zone};
use towline_proto::path::RemotePath;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::session::Session;
use crate::transfer::{DownloadOptions, FileVersion, Transferred, UploadOptions, is_special};

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
    pub(crate) remote: RemotePath,
    pub(crate) local: PathBuf,
    pub(crate) direction: Direction,
    /// What is known of the file to be read.
    pub(crate) known: FileVersion,
}

/// Which way a file goes, and how.
#[derive(Clone, Debug)]
pub(crate) enum Direction {
    Download(DownloadOptions),
    Upload(UploadOptions),
}

/// Where a file goes, by the look of its path alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Destination {
    Local(PathBuf),
    Remote(RemotePath),
}

impl Job {
    /// A download, as [`Session::download_file`] makes it.
    #[must_use]
    pub fn download(remote: RemotePath, local: PathBuf, options: DownloadOptions) -> Self {
        let direction = Direction::Download(options);
        Self::new(remote, local, direction)
    }

    /// An upload, as [`Session::upload_file`] makes it.
    #[must_use]
    pub fn upload(local: PathBuf, remote: RemotePath, options: UploadOptions) -> Self {
        let direction = Direction::Upload(options);
        Self::new(remote, local, direction)
    }

    fn new(remote: RemotePath, local: PathBuf, direction: Direction) -> Self {
        let known = FileVersion {
            size: None,
            modified: None,
        };
        Self {
            remote,
            local,
            direction,
            known,
        }
    }

    /// Says what a listing said of the file that is downloaded, so that it need not be asked for again.
    /// A time counts only if it is exact, as in `MLSD`.
    #[must_use]
    pub fn listed(mut self, entry: &Entry) -> Self {
        self.known = FileVersion {
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
        matches!(self.direction, Direction::Upload(_))
    }

    /// The size in bytes, where it is known.
    pub fn size(&self) -> Option<u64> {
        self.known.size
    }

    /// What stops it.
    pub(crate) fn cancel(&self) -> &Cancel {
        match &self.direction {
            Direction::Download(options) => &options.cancel,
            Direction::Upload(options) => &options.cancel,
        }
    }

    pub(crate) fn destination(&self) -> Destination {
        match self.direction {
            Direction::Download(_) => {
                // Only an empty path has no absolute one.
                let local = std::path::absolute(&self.local);
                Destination::Local(local.unwrap_or_else(|_| self.local.clone()))
            }
            Direction::Upload(_) => Destination::Remote(self.remote.clone()),
        }
    }

    /// Whether another session may do all of it again once this one has begun. What is appended, or has gone
    /// through a pipe, cannot be taken back, and what must not exist would be found to exist. A part may
    /// remain.
    pub(crate) fn may_be_started_over(&self) -> bool {
        let is_plain = match &self.direction {
            Direction::Download(options) => options.temporary_name || options.overwrite,
            Direction::Upload(options) => !options.append && options.overwrite,
        };
        is_plain && !is_special(&self.local)
    }
}

fn exact(modified: &Modified) -> Option<Timestamp> {
    let is_exact = modified.zone == Zone::Utc && modified.precision == Precision::Second;
    let time = jiff::tz::Offset::UTC.to_timestamp(modified.time);
    time.ok().filter(|_| is_exact)
}

/// What has become of a [`Job`].
#[derive(Debug)]
pub struct JobResult {
    /// As it was put into the queue.
    pub job: Job,
    /// The file is moved and has its name, or why it is not.
    pub outcome: Result<Transferred, Error>,
}

/// `remote`, `local` and `direction` of the job; then `transferred` or `error`, the other one `null`.
#[cfg(feature = "serde")]
impl serde::Serialize for JobResult {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;

        let Job {
            remote,
            local,
            direction,
            ..
        } = &self.job;
        let direction = match direction {
            Direction::Download(_) => "download",
            Direction::Upload(_) => "upload",
        };
        let mut result = serializer.serialize_struct("JobResult", 5)?;
        result.serialize_field("remote", remote)?;
        result.serialize_field("local", &local.to_string_lossy())?;
        result.serialize_field("direction", direction)?;
        result.serialize_field("transferred", &self.outcome.as_ref().ok())?;
        result.serialize_field("error", &self.outcome.as_ref().err())?;
        result.end()
    }
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
            remote,
            local,
            direction,
            ..
        } = job;
        match direction {
            Direction::Download(options) => self.download_file(remote, local, options).await,
            Direction::Upload(options) => self.upload_file(local, remote, options).await,
        }
    }
}

#[cfg(feature = "serde")]
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::error::ErrorKind;
    use crate::transfer::Outcome;

    fn result(outcome: Result<Transferred, Error>) -> Value {
        let remote = RemotePath::new("out/a").unwrap();
        let job = Job::download(remote, "in/a".into(), DownloadOptions::default());
        serde_json::to_value(JobResult { job, outcome }).unwrap()
    }

    #[test]
    fn a_result_has_what_was_moved_or_why_it_was_not() {
        let moved = result(Ok(Transferred {
            bytes: 7,
            resumed_at: None,
            outcome: Outcome::Verified,
            digest: Some(towline_proto::digest::DigestAlgorithm::Sha256),
            elapsed: Duration::from_millis(500),
        }));
        let shape = json!({
            "remote": "out/a",
            "local": "in/a",
            "direction": "download",
            "transferred": {
                "bytes": 7,
                "resumed_at": null,
                "outcome": "verified",
                "digest": "SHA-256",
                "elapsed": 0.5,
            },
            "error": null,
        });
        assert_eq!(moved, shape);
        let failed = result(Err(Error::new(ErrorKind::Network, "it broke")));
        assert_eq!(failed["transferred"], Value::Null);
        assert_eq!(failed["error"]["kind"], "network");
    }
}
