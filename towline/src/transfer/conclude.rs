//! What an upload is to come to, and how it is found out that it has.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::time::sleep;
use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use super::digest::{Comparison, Hasher};
use super::publish::{kept, temporary_name};
use super::{Outcome, Transferred, UploadOptions};
use crate::error::{Error, ErrorKind};
use crate::session::Session;

/// How long a file has to keep its size until it counts as no longer growing.
const STANDSTILL: Duration = Duration::from_millis(300);

/// What is to be said of a file to which an upload was appended that failed.
pub(super) const MAY_END_IN_A_PART: &str = "the file at the server may end in a part of it now";

/// What an upload is to come to.
#[derive(Debug)]
pub(super) struct Plan {
    /// The name that the file gets.
    pub(super) target: RemotePath,
    /// Where the bytes go: a temporary name, or the target itself.
    pub(super) stored_as: RemotePath,
    pub(super) how: How,
    /// How many bytes are there already.
    pub(super) offset: u64,
    /// The size of the whole file, where it is known.
    pub(super) total: Option<u64>,
    pub(super) overwrite: bool,
    /// Whether a part is worth something later.
    pub(super) keep_part: bool,
    /// The time that the file is still to get.
    pub(super) modified: Option<Timestamp>,
    /// Has seen the bytes that are there already.
    pub(super) hasher: Option<Hasher>,
    pub(super) began: Instant,
}

/// By which command the bytes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// `STOR`.
    Store,
    /// `REST` and `STOR`.
    Restart,
    /// `APPE`.
    Append,
}

impl Plan {
    /// A whole file, to a name that `options` ask for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if `target` cannot be a file or `options` contradict each other.
    pub(super) fn new(target: &RemotePath, options: &UploadOptions) -> Result<Self, Error> {
        if options.append && (options.resume || options.verify) {
            let what = "appending goes with neither resuming nor verifying";
            return Err(Error::new(ErrorKind::Usage, what).with_path(target));
        }
        let stored_as = match options.temporary_name && !options.append {
            true => temporary_name(target)?,
            false => target.clone(),
        };
        Ok(Self {
            target: target.clone(),
            stored_as,
            how: match options.append {
                true => How::Append,
                false => How::Store,
            },
            offset: 0,
            total: None,
            overwrite: options.overwrite,
            keep_part: false,
            modified: None,
            hasher: None,
            began: Instant::now(),
        })
    }

    /// Whether the bytes go to the target itself.
    pub(super) fn is_direct(&self) -> bool {
        self.stored_as == self.target
    }

    /// Whether what has been stored is of no use to anybody.
    pub(super) fn may_be_removed(&self) -> bool {
        !self.keep_part && !self.is_direct()
    }
}

impl Session {
    /// Checks an upload, `sent` bytes of which went out now, against the size that the server gives,
    /// and its digest if that is wanted; then gives it its time and its name. `reply` said that the
    /// transfer is complete.
    pub(super) async fn conclude(
        &mut self,
        plan: Plan,
        sent: u64,
        reply: Option<Reply>,
    ) -> Result<Transferred, Error> {
        let size = self.ask_size(&plan.stored_as).await.map_err(|error| {
            let error = error.with_path(&plan.target);
            error.with_note(format!(
                "the upload may remain at {}, its size unchecked",
                plan.stored_as
            ))
        })?;
        let expected = plan.offset + sent;
        if let Some(size) = size.filter(|size| *size != expected) {
            let what = format!("{expected} bytes were sent, but the server has {size}");
            return Err(self.reject(plan, what, reply).await);
        }
        self.complete(plan, sent, size, reply).await
    }

    /// All bytes went out, but the server's last word on them is `lost`: over a new connection the
    /// size shows what became of them.
    pub(super) async fn conclude_without_reply(
        &mut self,
        plan: Plan,
        sent: u64,
        lost: Error,
    ) -> Result<Transferred, Error> {
        let expected = plan.offset + sent;
        self.note("the server's last reply is lost; a new connection shows what has arrived");
        match self.settled_size(&plan.stored_as, expected).await {
            Ok(Some(size)) if size == expected => self.complete(plan, sent, Some(size), None).await,
            Ok(Some(size)) => {
                let what = format!("{size} of {expected} bytes have arrived");
                let error = Error::new(ErrorKind::Incomplete, what).with_source(lost);
                let error = error.with_path(&plan.target);
                Err(self.clear_up(&plan, error).await)
            }
            _ => Err(self.clear_up(&plan, lost.with_path(&plan.target)).await),
        }
    }

    /// The size of a file that the server may still be writing, once it is `expected` or more, or
    /// no longer changes.
    async fn settled_size(
        &mut self,
        path: &RemotePath,
        expected: u64,
    ) -> Result<Option<u64>, Error> {
        let mut before = None;
        loop {
            let size = self.ask_size(path).await?;
            let is_all = size.is_none_or(|size| size >= expected);
            if is_all || size == before {
                return Ok(size);
            }
            before = size;
            sleep(STANDSTILL).await;
        }
    }

    /// All bytes are there.
    async fn complete(
        &mut self,
        mut plan: Plan,
        sent: u64,
        size: Option<u64>,
        reply: Option<Reply>,
    ) -> Result<Transferred, Error> {
        let mut digest = None;
        if let Some(hasher) = plan.hasher.take() {
            let compared = self.compare(hasher, &plan.stored_as, plan.offset + sent);
            match compared.await {
                Ok(Comparison::Equal(algorithm)) => digest = Some(algorithm),
                Ok(Comparison::Different(what)) => {
                    return Err(self.reject(plan, what, reply).await);
                }
                Err(error) => return Err(self.clear_up(&plan, error).await),
            }
        }
        self.unfinished = None;
        if let Some(time) = plan.modified.take() {
            let set = self.set_time(&plan.stored_as, time).await;
            set.map_err(|error| kept(&plan, error))?;
        }
        self.publish(&plan, size).await?;
        Ok(Transferred {
            bytes: sent,
            resumed_at: (plan.offset > 0).then_some(plan.offset),
            outcome: match size {
                Some(_) => Outcome::Verified,
                None => Outcome::Complete,
            },
            digest,
            elapsed: plan.began.elapsed(),
        })
    }

    /// What is at the server is not what was sent, so it is of no use for going on either.
    async fn reject(&mut self, mut plan: Plan, what: String, reply: Option<Reply>) -> Error {
        let mut error = Error::new(ErrorKind::Incomplete, what).with_path(&plan.target);
        if let Some(reply) = reply {
            error = error.with_reply(reply);
        }
        plan.keep_part = false;
        self.clear_up(&plan, error).await
    }

    /// Removes what an upload that failed with `error` has left at the server, unless it is worth
    /// something, and says so where that does not work.
    pub(super) async fn clear_up(&mut self, plan: &Plan, error: Error) -> Error {
        match plan.keep_part {
            true => error,
            false => self.remove_part(plan, error).await,
        }
    }

    /// Removes what an upload that failed with `error` has left at the server, and says so where
    /// that does not work.
    pub(super) async fn remove_part(&mut self, plan: &Plan, error: Error) -> Error {
        let Plan { stored_as, how, .. } = plan;
        self.unfinished = None;
        match how {
            _ if !plan.is_direct() => {}
            How::Append => {
                return error.with_note(MAY_END_IN_A_PART);
            }
            _ => return error.with_note("the file at the server may be empty or a part now"),
        }
        if self.is_usable() || !error.is_lost() {
            match self.remove_file(stored_as).await {
                Ok(()) => return error,
                Err(refused) if refused.reply().is_some() => return error,
                Err(_) => {}
            }
        }
        error.with_note(format!("a part may remain at {stored_as}"))
    }
}
