//! Many small files over one session, the next one prepared while this one moves.
//!
//! ```text
//! download   C: RETR a          upload   C: MFMT, RNFR, RNTO of the file before
//!            C: SIZE b                   C: STOR a.part
//!            C: MDTM b                   C: SIZE a.part
//!            C: EPSV                     C: EPSV
//! ```
//!
//! Each column goes out in one piece, while the data connection for `a` is being opened; what is known
//! of `b` already is not asked. Servers that queue commands answer in order, so that three round trips are
//! left for each file: connect, TLS, data. Successes are reported from here, and what doing it again would
//! not mend: a whole file that gets no name at the server or no place on the disk, and a cancelled one of
//! which something may remain at the server. Whatever else does not go smoothly is given back, to be done
//! one command at a time, which also finds the words for what is wrong.

mod download;
mod upload;

use std::collections::VecDeque;

use tokio::time::Instant;
use towline_proto::command::Command;
use towline_proto::reply::{Reply, ReplyClass};

use super::Transferred;
use super::job::{Done, Job, Way};
use super::landing::{Landing, Report};
use super::queue::Queue;
use crate::attempt::retrying;
use crate::channel::Channel;
use crate::config::DataMode;
use crate::data::OpenError;
use crate::error::{Error, ErrorKind};
use crate::session::Session;

/// A larger file gains little from what goes on around it, and would keep the next one waiting that
/// another session could move.
const SMALL: u64 = 256 * 1024;

/// So many files that did not go smoothly are done before others are begun.
const SETBACKS: usize = 16;

/// What a session at work takes files from, and whom it tells what became of them.
pub(crate) struct Work<'a> {
    pub(crate) queue: &'a Queue,
    pub(crate) landing: &'a Landing,
    pub(crate) report: &'a Report,
    /// Whether somebody else waits for the session.
    pub(crate) is_wanted: &'a (dyn Fn() -> bool + Send + Sync),
    /// Leaves the files to other sessions, if there are any, by giving up this one's place.
    pub(crate) leave: &'a (dyn Fn() -> bool + Send + Sync),
}

/// Why a session no longer takes files from a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// There are none.
    Empty,
    /// Somebody else waits for the session.
    Wanted,
    /// The server has no room for it. What it had taken and not begun is in the queue again.
    NoRoom,
}

impl Session {
    /// Moves files until none is waiting.
    pub(crate) async fn work(&mut self, work: &Work<'_>) -> Stopped {
        while let Some(job) = work.queue.take() {
            // One that the server has closed meanwhile would be taken for a surprise.
            let is_usable = job.cancel().or(self.ensure_usable()).await;
            let left = match &job.way {
                _ if !matches!(is_usable, Ok(Ok(()))) => vec![job],
                Way::Download(_) if self.may_queue_download(&job) => {
                    self.download_ahead(job, work).await
                }
                Way::Upload(_) if self.may_queue_upload(&job) => self.upload_ahead(job, work).await,
                _ => vec![job],
            };
            let mut left = left.into_iter();
            while let Some(job) = left.next() {
                let reached = self.reach(&job).await;
                let has_begun = reached.is_ok();
                let outcome = match reached {
                    Ok(()) => self.perform(&job).await,
                    Err(error) => Err(error.with_path(&job.remote)),
                };
                if let Err(error) = &outcome
                    && error.kind() == ErrorKind::Unavailable
                    && self.is_turned_away
                    && (!has_begun || job.may_be_started_over())
                    && (work.leave)()
                {
                    // Where something may remain is said nowhere else.
                    self.note(&format!("left to another connection: {error}"));
                    work.queue.give_back(job);
                    left.for_each(|job| work.queue.give_back(job));
                    return Stopped::NoRoom;
                }
                (work.report)(Done { job, outcome });
                if (work.is_wanted)() {
                    left.for_each(|job| work.queue.give_back(job));
                    return Stopped::Wanted;
                }
            }
            if (work.is_wanted)() {
                return Stopped::Wanted;
            }
        }
        Stopped::Empty
    }

    /// Makes sure that a command can be sent, before anything of `job` has begun.
    async fn reach(&mut self, job: &Job) -> Result<(), Error> {
        let cancel = job.cancel();
        let reaching = async { retrying!(self, self.ensure_usable(), unless cancel) };
        cancel.or(reaching).await?
    }

    /// Whether what the next file needs may be sent behind the command for this one.
    fn may_queue(&self) -> bool {
        matches!(self.shared.config.data_mode, DataMode::Passive)
            && !self.shared.memory().needs_pret
            && self.shared.pipelining.queues_commands(&self.link.server)
    }

    /// Asks the server to listen, with nothing else under way.
    async fn ask_to_listen(&mut self) -> Result<Channel, Error> {
        let command = self.link.passive_command(&self.shared);
        let reply = self.link.control.expect(&command).await?;
        self.offered(&command, reply).await
    }

    /// The data connection that the server offers in answer to `command`, which was sent ahead.
    async fn answer_to_listen(&mut self, command: &Command) -> Result<Channel, Error> {
        let reply = self.answer().await?;
        if reply.class() != ReplyClass::Completion {
            return Err(out_of_step(reply));
        }
        self.offered(command, reply).await
    }

    /// The data connection of `reply`, open unless it may be opened behind the next command.
    async fn offered(&self, command: &Command, reply: Reply) -> Result<Channel, Error> {
        let channel = self.link.announced(command, reply)?;
        if self.shared.pipelining.connects_early(&self.link.server) {
            return Ok(channel);
        }
        let connecting = channel.connection(self.shared.config.timeout, None);
        connecting.await.map(Channel::Connected)
    }

    /// The answer to a question that was sent ahead, in which `parse` finds it. `None`: the server does
    /// not say. A reply that is neither answer nor refusal belongs to another command.
    async fn answer_to<T, E>(
        &mut self,
        parse: impl FnOnce(&Reply) -> Result<T, E>,
    ) -> Result<Option<T>, Error> {
        let reply = self.answer().await?;
        match parse(&reply) {
            Ok(answer) => Ok(Some(answer)),
            Err(_) if reply.class() == ReplyClass::Permanent => Ok(None),
            Err(_) => Err(out_of_step(reply)),
        }
    }

    async fn answer(&mut self) -> Result<Reply, Error> {
        self.link.control.final_reply("a queued command").await
    }
}

/// Files that a session has taken and not yet moved: the first is under way, the second may be prepared.
#[derive(Debug)]
struct Taken {
    jobs: VecDeque<Job>,
    /// Those that have to be done one command at a time.
    left: Vec<Job>,
}

impl Taken {
    fn new(first: Job) -> Self {
        Self {
            jobs: VecDeque::from([first]),
            left: Vec::new(),
        }
    }

    /// The file under way; takes one if there is none. `None`: nothing more is to begin.
    fn current(&mut self, work: &Work<'_>, fits: impl Fn(&Job) -> bool) -> Option<Job> {
        if self.jobs.is_empty() {
            self.take_next(work, fits);
        }
        self.jobs.front().cloned()
    }

    /// The file behind the one under way; takes one if there is none.
    fn following(&mut self, work: &Work<'_>, fits: impl Fn(&Job) -> bool) -> Option<Job> {
        if self.jobs.len() < 2 {
            self.take_next(work, fits);
        }
        self.jobs.get(1).cloned()
    }

    fn take_next(&mut self, work: &Work<'_>, fits: impl Fn(&Job) -> bool) {
        if self.left.len() < SETBACKS && !(work.is_wanted)() {
            // What is cancelled is told of without a word to the server.
            let fits = |job: &Job| fits(job) && !job.cancel().is_cancelled();
            self.jobs.extend(work.queue.take_if(fits));
        }
    }

    /// The file under way is done with.
    fn settle(&mut self) {
        self.jobs.pop_front();
    }

    /// The file under way has to be done again.
    fn set_back(&mut self) {
        self.left.extend(self.jobs.pop_front());
    }

    /// Everything that has been taken has to be done again.
    fn set_all_back(&mut self) {
        self.left.extend(self.jobs.drain(..));
    }
}

/// What went wrong while more than one command was under way.
#[derive(Debug)]
struct Surprise {
    error: Error,
    /// Our direction of the data connection had been ended early.
    closed_early: bool,
}

impl From<Error> for Surprise {
    fn from(error: Error) -> Self {
        Self {
            error,
            closed_early: false,
        }
    }
}

impl From<OpenError> for Surprise {
    fn from(error: OpenError) -> Self {
        Self::from(match error {
            OpenError::Failed(error)
            | OpenError::Unreachable(error)
            | OpenError::NotReused { error, .. } => error,
            OpenError::NeedsTrial => {
                let what = "there is nothing to resume with";
                Error::new(ErrorKind::SessionReuseRefused, what)
            }
        })
    }
}

fn out_of_step(reply: Reply) -> Error {
    let what = "the server does not answer a queued command as it should";
    Error::protocol(what).with_reply(reply)
}

/// Whether the server refused the transfer itself, so that its next answers are those to the commands
/// behind it.
fn is_plain_refusal(error: &OpenError) -> bool {
    match error {
        OpenError::Failed(error) => {
            matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound)
                && error.data_connection().is_none()
        }
        _ => false,
    }
}

/// A whole file that moved since `began`.
fn moved(bytes: u64, outcome: super::Outcome, began: Instant) -> Transferred {
    Transferred {
        bytes,
        resumed_at: None,
        outcome,
        digest: None,
        elapsed: began.elapsed(),
    }
}
