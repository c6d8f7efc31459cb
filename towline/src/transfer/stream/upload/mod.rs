//! An upload in progress.

mod end;
mod sending;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::Sleep;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::progress::SendQueue;
use crate::boxed::boxed;
use crate::data::{Data, LAST_BYTES, Limit, ReadError, lost};
use crate::direction::Direction;
use crate::error::{Error, Remains};
use crate::observer::Event;
use crate::session::Lease;
use crate::transfer::part::Part;
use crate::transfer::plan::Plan;
use crate::verdict::DataConnection;

/// An upload in progress. Write all of it, then [`finish`](Self::finish) it; or
/// [`abort`](Self::abort) it. If it is dropped before that, it resets its connection, the session
/// opens a new control connection for the next operation, and a temporary file may remain at the
/// server.
///
/// It borrows its session, or owns it ([`Session::into_upload`](crate::Session::into_upload),
/// [`PooledSession::into_upload`](crate::PooledSession::into_upload)). It implements tokio's
/// `AsyncWrite`.
#[derive(Debug)]
#[must_use = "an upload has to be finished or aborted"]
pub struct Upload<'s> {
    lease: Lease<'s>,
    data: Data,
    plan: Plan,
    sent: u64,
    queue: SendQueue,
    /// How long a reply is awaited after TLS that cannot be read.
    last: Limit,
    /// A wait because of a rate limit.
    pause: Option<Pin<Box<Sleep>>>,
    /// The data connection broke, and the server has not given a reason yet.
    broken: Option<io::Error>,
}

impl<'s> Upload<'s> {
    /// Returns the upload that `plan` describes, over a data connection that is open.
    pub(crate) fn over(lease: Lease<'s>, data: Data, plan: Plan) -> Self {
        lease.session().observe(&Event::TransferStarted {
            path: &plan.target,
            total: plan.total,
            offset: plan.offset,
            direction: Direction::Upload,
        });
        // Without the option, the server may take a part for the whole; then only the final name
        // tells.
        let _ = data.stream.reset_unless_closed();
        let limit = lease.session().config().timeout;
        Self {
            queue: SendQueue::new(data.stream.addresses(), limit),
            last: Limit::new(limit.min(LAST_BYTES)),
            lease,
            data,
            plan,
            sent: 0,
            pause: None,
            broken: None,
        }
    }
}

impl Upload<'_> {
    /// The verdict on the data connection.
    pub fn data_connection(&self) -> &DataConnection {
        &self.data.verdict
    }

    /// The name under which the bytes are stored until [`finish`](Self::finish).
    pub fn stored_as(&self) -> &RemotePath {
        &self.plan.stored_as
    }

    /// Whether it is stored under its final name.
    pub(crate) fn is_direct(&self) -> bool {
        self.plan.is_direct()
    }

    /// The record of what it leaves.
    pub(crate) fn part(&self) -> &Part {
        &self.plan.part
    }

    /// What the upload leaves if it ends before it is complete.
    pub(crate) fn unfinished(&self) -> Remains {
        self.plan.unfinished()
    }

    /// Returns the error for an upload that the server has refused, or whose control connection is
    /// lost.
    fn ended(&mut self, refused: Result<(), ReadError>) -> Error {
        match (refused, self.data.reply.take()) {
            (Ok(()), Some(reply)) => self.refused(reply),
            (Ok(()), None) => self.failed(lost(io::ErrorKind::WriteZero.into())),
            (Err(error), _) => self.failed(error.into()),
        }
    }

    /// Handles a broken data connection. The server may give the reason.
    fn poll_broken(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let why = match self.lease.poll_final_reply(&mut self.data, cx) {
            Poll::Ready(reply) => reply.ok(),
            Poll::Pending => {
                // A server that sends tickets without end sends no reason.
                match self.broken.as_ref().is_some_and(is_unreadable) {
                    true => ready!(self.last.poll_expired(cx)),
                    false => drop(ready!(self.queue.poll_standstill(cx))),
                }
                self.lease.session_mut().give_up();
                None
            }
        };
        let broken = self.broken.take();
        let error = broken.unwrap_or_else(|| io::ErrorKind::NotConnected.into());
        Poll::Ready(match why {
            Some(reply) if reply.class() != ReplyClass::Completion => self.refused(reply),
            Some(reply) => self.failed(lost(error).with_reply(reply)),
            None => self.failed(lost(error)),
        })
    }

    /// Handles a data connection that broke with `error`.
    #[boxed]
    async fn broken(&mut self, error: io::Error) -> Error {
        self.queue.moved();
        self.broken = Some(error);
        poll_fn(|cx| self.poll_broken(cx)).await
    }

    fn refused(&mut self, reply: Reply) -> Error {
        // That was the last reply owed.
        self.lease.mark_answered();
        let what = "the server broke off the upload";
        let error = self.lease.broken_off(&self.data, reply, what, true);
        error.with_path(&self.plan.target)
    }

    fn failed(&self, error: Error) -> Error {
        let verdict = self.data.verdict.clone();
        error
            .with_path(&self.plan.target)
            .with_data_connection(verdict)
    }
}

/// Whether what the server sends is no TLS that can be read, or without end.
fn is_unreadable(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}
