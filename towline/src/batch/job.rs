//! A file to be moved, one of many.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use towline_proto::listing::{Entry, Modified, Precision, Zone};
use towline_proto::path::RemotePath;

use crate::cancel::Cancel;
use crate::direction::Direction;
use crate::error::Error;
use crate::session::Session;
use crate::transfer::{DownloadOptions, FileVersion, Transferred, UploadOptions, is_special};

/// A file to be moved, as it is added to a [`Queue`](crate::Queue).
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
    pub(crate) options: JobOptions,
    /// What is known of the source file.
    pub(crate) known: FileVersion,
}

/// The options of a transfer in its direction.
#[derive(Clone, Debug)]
pub(crate) enum JobOptions {
    Download(DownloadOptions),
    Upload(UploadOptions),
}

/// The destination of a file, compared by its path alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Destination {
    Local(PathBuf),
    Remote(RemotePath),
}

impl Job {
    /// Creates a job that downloads, as [`Session::download_file`] does.
    #[must_use]
    pub fn download(remote: RemotePath, local: PathBuf, options: DownloadOptions) -> Self {
        Self::new(remote, local, JobOptions::Download(options))
    }

    /// Creates a job that uploads, as [`Session::upload_file`] does.
    #[must_use]
    pub fn upload(local: PathBuf, remote: RemotePath, options: UploadOptions) -> Self {
        Self::new(remote, local, JobOptions::Upload(options))
    }

    fn new(remote: RemotePath, local: PathBuf, options: JobOptions) -> Self {
        let known = FileVersion {
            size: None,
            modified: None,
        };
        Self {
            remote,
            local,
            options,
            known,
        }
    }

    /// Takes the size and time of the source from a listing, so that the server need not be asked
    /// again. A time is used only if it is exact, as in `MLSD`.
    #[must_use]
    pub fn listed(mut self, entry: &Entry) -> Self {
        self.known = FileVersion {
            size: entry.size,
            modified: entry.modified.as_ref().and_then(exact),
        };
        self
    }

    /// Sets the size of the file in bytes: a [`Queue`](crate::Queue) starts the largest files
    /// first.
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

    /// The direction.
    pub fn direction(&self) -> Direction {
        match self.options {
            JobOptions::Download(_) => Direction::Download,
            JobOptions::Upload(_) => Direction::Upload,
        }
    }

    /// Whether the job is an upload.
    pub fn is_upload(&self) -> bool {
        self.direction() == Direction::Upload
    }

    /// The size in bytes, if it is known.
    pub fn size(&self) -> Option<u64> {
        self.known.size
    }

    /// What can cancel the job.
    pub(crate) fn cancel(&self) -> &Cancel {
        match &self.options {
            JobOptions::Download(options) => &options.cancel,
            JobOptions::Upload(options) => &options.cancel,
        }
    }

    pub(crate) fn destination(&self) -> Destination {
        match self.options {
            JobOptions::Download(_) => {
                // Only an empty path has no absolute form.
                let local = std::path::absolute(&self.local);
                Destination::Local(local.unwrap_or_else(|_| self.local.clone()))
            }
            JobOptions::Upload(_) => Destination::Remote(self.remote.clone()),
        }
    }

    /// Whether another session may start over after this job has begun. Appended bytes and bytes
    /// sent through a pipe cannot be taken back, and a target that must not exist would be found to
    /// exist. A part may remain.
    pub(crate) fn may_be_started_over(&self) -> bool {
        let is_plain = match &self.options {
            JobOptions::Download(options) => options.temporary_name || options.overwrite,
            JobOptions::Upload(options) => !options.append && options.overwrite,
        };
        is_plain && !is_special(&self.local)
    }
}

fn exact(modified: &Modified) -> Option<Timestamp> {
    let is_exact = modified.zone == Zone::Utc && modified.precision == Precision::Second;
    let time = jiff::tz::Offset::UTC.to_timestamp(modified.time);
    time.ok().filter(|_| is_exact)
}

/// The result of a [`Job`].
#[derive(Debug)]
pub struct JobResult {
    /// The job as it was added to the queue.
    pub job: Job,
    /// The result of the transfer, or the reason why the file was not moved.
    pub outcome: Result<Transferred, Error>,
}

/// Serializes `remote`, `local` and `direction` of the job, then `transferred` and `error`, one of
/// which is `null`.
#[cfg(feature = "serde")]
impl serde::Serialize for JobResult {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;

        let Job { remote, local, .. } = &self.job;
        let mut result = serializer.serialize_struct("JobResult", 5)?;
        result.serialize_field("remote", remote)?;
        result.serialize_field("local", &local.to_string_lossy())?;
        result.serialize_field("direction", &self.job.direction())?;
        result.serialize_field("transferred", &self.outcome.as_ref().ok())?;
        result.serialize_field("error", &self.outcome.as_ref().err())?;
        result.end()
    }
}

impl Session {
    /// Moves the file of `job`. No other file is in progress meanwhile. A data connection may still
    /// be opened before the reply to its command arrives, see
    /// [`Pipelining::Auto`](crate::Pipelining::Auto).
    ///
    /// # Errors
    ///
    /// As for [`Self::download_file`] and [`Self::upload_file`].
    pub async fn perform(&mut self, job: &Job) -> Result<Transferred, Error> {
        let Job {
            remote,
            local,
            options,
            ..
        } = job;
        match options {
            JobOptions::Download(options) => self.download_file(remote, local, options).await,
            JobOptions::Upload(options) => self.upload_file(local, remote, options).await,
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
