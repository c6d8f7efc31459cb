//! Moving files: streams, local files, and how a finished file gets its name.

mod append;
mod conclude;
mod digest;
mod disk;
mod download;
mod job;
mod landing;
mod lease;
mod local;
mod mark;
mod options;
mod origin;
mod pipeline;
mod progress;
mod publish;
mod pump;
mod queue;
mod receive;
mod send;
mod tail;
mod times;
mod upload;

use std::time::{Duration, Instant};

use towline_proto::digest::DigestAlgorithm;
use towline_proto::path::RemotePath;

pub use self::download::Download;
pub use self::job::{Done, Job};
pub(crate) use self::landing::{Landing, Report};
pub use self::options::{DownloadOptions, UploadOptions};
pub(crate) use self::pipeline::{Stopped, Work};
pub use self::queue::Queue;
pub use self::upload::Upload;
use crate::cancel::cancelled;
use crate::error::Error;
use crate::session::Session;

/// What a finished transfer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transferred {
    /// Bytes moved, those compared before going on not counted.
    pub bytes: u64,
    /// How many bytes were there already, where the transfer went on from a part: the file has that
    /// many more than `bytes`.
    pub resumed_at: Option<u64>,
    /// How sure it is that these are all.
    pub outcome: Outcome,
    /// By which algorithm the contents at both ends were compared, if they were.
    pub digest: Option<DigestAlgorithm>,
    /// From the first command to the last reply.
    pub elapsed: Duration,
}

/// How sure it is that a file is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The size that the server gives is the right one. The server called the transfer complete; or
    /// its last word was lost, and the size was asked for over a new connection.
    Verified,
    /// The server called it complete, but gives no size to check.
    Complete,
}

impl Session {
    /// When a transfer begins, of which nothing is at the server yet.
    fn begin(&mut self) -> Instant {
        self.unfinished = None;
        Instant::now()
    }

    /// What a transfer of `remote` that `began` then has come to. `None`: it was cancelled, did not end
    /// in time, and was dropped.
    fn ended(
        &mut self,
        outcome: Option<Result<Transferred, Error>>,
        remote: &RemotePath,
        began: Instant,
    ) -> Result<Transferred, Error> {
        let outcome = outcome.unwrap_or_else(|| {
            self.link.control.mark_broken();
            Err(match self.unfinished.take() {
                Some(part) => cancelled().with_note(format!("a part may remain at {part}")),
                None => cancelled(),
            })
        });
        match outcome {
            Ok(transferred) => Ok(Transferred {
                elapsed: began.elapsed(),
                ..transferred
            }),
            Err(error) => Err(error.with_path(remote)),
        }
    }
}
