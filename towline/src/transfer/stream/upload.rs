//! An upload in progress.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::Sleep;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::progress::{SendQueue, Standstill, while_sending};
use crate::boxed::boxed;
use crate::data::{Data, ReadError, lost};
use crate::direction::Direction;
use crate::error::{Error, ErrorDetail, Remains};
use crate::observer::Event;
use crate::session::Lease;
use crate::transfer::local::FileReader;
use crate::transfer::options::check_size;
#[cfg(feature = "test-internals")]
use crate::transfer::outcome::Outcome;
use crate::transfer::outcome::Transferred;
use crate::transfer::part::Part;
use crate::transfer::plan::Plan;
#[cfg(feature = "test-internals")]
use crate::transfer::publish::publish;
use crate::transfer::publish::{clear_up, conclude, conclude_without_reply};
use crate::verdict::DataConnection;

/// How long a server may take to answer an upload whose data connection was reset.
const TURNED_DOWN: Duration = Duration::from_secs(5);

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

    /// Sends all of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Network`] if the connection breaks, [`Timeout`] if there is no progress for the configured
    /// time, and the error of the server's reply if the server ends the transfer.
    ///
    /// [`Network`]: crate::ErrorKind::Network
    /// [`Timeout`]: crate::ErrorKind::Timeout
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let len = poll_fn(|cx| self.poll_some(cx, bytes)).await?;
            bytes = &bytes[len..];
        }
        Ok(())
    }

    /// Sends some of `bytes`. The next poll continues a wait.
    pub(super) fn poll_some(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        let mut piece = bytes.len();
        if let Some(rate) = self.lease.session().rate() {
            ready!(rate.poll_ready(&mut self.pause, cx));
            piece = piece.min(rate.piece());
        }
        if piece == 0 {
            return Poll::Ready(Ok(0));
        }
        check_size(self.plan.max_size, self.sent + piece as u64)
            .map_err(|error| self.failed(error))?;
        let len = ready!(self.poll_write_piece(cx, &bytes[..piece]))?;
        if let Some(rate) = self.lease.session().rate() {
            rate.spend(len);
        }
        if let Some(hasher) = &mut self.plan.hasher {
            hasher.update(&bytes[..len]);
        }
        self.count(len);
        Poll::Ready(Ok(len))
    }

    /// Counts `len` sent bytes.
    fn count(&mut self, len: usize) {
        self.sent += len as u64;
        self.lease.session().observe(&Event::Progress {
            path: &self.plan.target,
            bytes: self.plan.offset + self.sent,
            total: self.plan.total,
        });
    }

    /// Whether bytes may be sent as fast as possible.
    pub(crate) fn may_burst(&self) -> bool {
        let session = self.lease.session();
        #[cfg(feature = "test-internals")]
        if session.config().sabotage.no_drain {
            return false;
        }
        session.rate().is_none()
    }

    /// Sends a burst from `source`, and returns its length. The inner error is that of the file.
    pub(crate) async fn burst(
        &mut self,
        mut source: FileReader,
    ) -> Result<io::Result<(FileReader, usize)>, Error> {
        let lent = self.data.stream.lend(true);
        let mut lent = lent.map_err(|error| self.failed(lost(error)))?;
        let mut hasher = self.plan.hasher.take();
        let work = spawn_blocking(move || {
            let given = source.send(&mut lent, hasher.as_mut());
            (lent, hasher, given.map(|len| (source, len)))
        });
        let (lent, hasher, given) = match work.await {
            Ok(done) => done,
            Err(error) => return Ok(Err(io::Error::other(error))),
        };
        self.plan.hasher = hasher;
        let given_back = self.data.stream.give_back(lent);
        given_back.map_err(|error| self.failed(lost(error)))?;
        if let Ok((_, len)) = &given
            && *len > 0
        {
            self.count(*len);
        }
        Ok(given)
    }

    /// Confirms that the whole file has arrived: ends TLS in order, keeps the socket open until the
    /// server's final reply, and compares the size that the server then gives. After that, the file
    /// gets its name.
    ///
    /// If the final reply is lost with its control connection, the size is queried over a new
    /// connection. Nothing is ever sent again on a guess.
    ///
    /// Do not drop the future once the file is being named: if the server does not rename over an
    /// existing file, the old one would stay at its backup name. [`Self::finishing`] shows whether
    /// it is.
    ///
    /// # Errors
    ///
    /// [`Incomplete`] if the server reports a failure or gives another size; [`Refused`] if it
    /// refuses the upload after it had begun; [`RenameRefused`] if the file is complete but does
    /// not get its final name.
    ///
    /// [`Incomplete`]: crate::ErrorKind::Incomplete
    /// [`Refused`]: crate::ErrorKind::Refused
    /// [`RenameRefused`]: crate::ErrorKind::RenameRefused
    pub async fn finish(mut self) -> Result<Transferred, Error> {
        #[cfg(feature = "test-internals")]
        if self.lease.session().config().sabotage.no_drain {
            return self.finish_without_drain().await;
        }
        let reply = match self.end().await {
            Ok(reply) if reply.class() == ReplyClass::Completion => Ok(reply),
            Ok(reply) => {
                let error = self.refused(reply);
                return Err(self.give_up(error).await);
            }
            Err(error) if error.is_lost() && error.reply().is_none_or(is_farewell) => Err(error),
            Err(error) => return Err(self.give_up(error).await),
        };
        if reply.is_ok() {
            self.lease.completed(&self.data);
        }
        let Self {
            mut lease,
            data,
            plan,
            sent,
            ..
        } = self;
        let verdict = data.verdict.clone();
        drop(data);
        let session = lease.release();
        let concluded = match reply {
            // Boxed, because this future is large and most uploads need little of it.
            Ok(reply) => Box::pin(conclude(session, plan, sent, Some(reply))).await,
            Err(lost) => Box::pin(conclude_without_reply(session, plan, sent, lost)).await,
        };
        concluded.map_err(|error| error.with_data_connection(verdict))
    }

    /// Waits for the server to confirm the upload. Sends no query, because other commands may be
    /// pending.
    pub(crate) async fn end_unasked(mut self) -> Result<(Plan, u64), Error> {
        let reply = self.end().await?;
        if reply.class() != ReplyClass::Completion {
            let what = "the server broke off the upload";
            return Err(self.lease.broken_off(&self.data, reply, what, true));
        }
        self.lease.completed(&self.data);
        Ok((self.plan, self.sent))
    }

    /// Stops the upload. Under a temporary name, it ends in order, so that the server replies and
    /// sessions go on resuming, and the file is removed. Without one, its data connection is reset,
    /// so that the server does not take the part that remains at the target for the whole.
    ///
    /// # Errors
    ///
    /// [`Network`] or [`Timeout`] if the server cannot be asked to remove the temporary file;
    /// [`Refused`] if it does not allow that.
    ///
    /// [`Network`]: crate::ErrorKind::Network
    /// [`Timeout`]: crate::ErrorKind::Timeout
    /// [`Refused`]: crate::ErrorKind::Refused
    pub async fn abort(mut self) -> Result<(), Error> {
        if !self.plan.is_direct() && !self.lease.is_answered() {
            self.end().await?;
            self.lease.mark_answered();
        }
        let Self {
            mut lease,
            mut data,
            plan,
            ..
        } = self;
        let reply = data.reply.take();
        reset(data);
        // A write may have received the final reply already.
        if !lease.is_answered() {
            let replied = match reply {
                Some(_) => true,
                None => lease.answered(TURNED_DOWN).await,
            };
            if replied {
                lease.mark_answered();
            }
        }
        // Without the reply, the file is removed over a new connection.
        let session = lease.release();
        if plan.may_be_removed() {
            session.remove_file(&plan.stored_as).await?;
            plan.part.clear();
        }
        Ok(())
    }

    /// Gives up the upload because of `error`, such as one from [`Self::write_all`]: resets its
    /// data connection, so that the server does not take the part for the whole. Removes the
    /// temporary file, if the server can still be asked to. Returns `error`, with a note if
    /// something may remain.
    pub async fn give_up(self, error: Error) -> Error {
        let Self {
            mut lease,
            data,
            plan,
            ..
        } = self;
        reset(data);
        clear_up(lease.release(), &plan, error).await
    }

    /// Sends what waits behind the last write.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let flushed = match self.data.stream.poll_flush(cx) {
            Poll::Ready(flushed) => flushed,
            Poll::Pending => {
                if let Poll::Ready(refused) = self.lease.poll_refusal(&mut self.data, cx) {
                    return Poll::Ready(Err(self.ended(refused)));
                }
                let Standstill = ready!(self.queue.poll_standstill(cx));
                let what = "the upload has stalled";
                let standstill = Error::timeout(ErrorDetail::DataTimedOut, what);
                return Poll::Ready(Err(self.failed(standstill)));
            }
        };
        self.queue.moved();
        Poll::Ready(flushed.map_err(|error| self.failed(lost(error))))
    }

    /// Sends some of `bytes`. Also reads whatever the server sends meanwhile: tickets, and a
    /// refusal.
    fn poll_write_piece(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        if self.broken.is_some() {
            return self.poll_broken(cx).map(Err);
        }
        #[cfg(feature = "test-internals")]
        let drains = !self.lease.session().config().sabotage.no_drain;
        #[cfg(not(feature = "test-internals"))]
        let drains = true;
        let Self { lease, data, .. } = self;
        let written = if let Poll::Ready(refused) = lease.poll_refusal(data, cx) {
            refused.map(|()| None)
        } else if drains && let Poll::Ready(Err(error)) = data.stream.poll_drain(cx) {
            Err(ReadError::Data(error))
        } else {
            match data.stream.poll_write(cx, bytes) {
                Poll::Ready(written) => written.map(Some).map_err(ReadError::Data),
                Poll::Pending => {
                    let Standstill = ready!(self.queue.poll_standstill(cx));
                    let what = "the upload has stalled";
                    let standstill = Error::timeout(ErrorDetail::DataTimedOut, what);
                    return Poll::Ready(Err(self.failed(standstill)));
                }
            }
        };
        self.queue.moved();
        match written {
            Ok(Some(len)) => Poll::Ready(Ok(len)),
            Ok(None) => Poll::Ready(Err(self.ended(Ok(())))),
            Err(ReadError::Data(error)) => {
                self.broken = Some(error);
                self.poll_broken(cx).map(Err)
            }
            Err(error) => Poll::Ready(Err(self.ended(Err(error)))),
        }
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
                ready!(self.queue.poll_standstill(cx));
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

    /// Closes our direction, and waits for the final reply with the socket open. Closing it
    /// earlier, with unread tickets in it, makes the kernel reset the connection, which loses what
    /// the server has not read (seen on vsftpd and pyftpdlib).
    #[boxed]
    async fn end(&mut self) -> Result<Reply, Error> {
        let Self { lease, data, .. } = self;
        let limit = lease.session().config().timeout;
        let addresses = data.stream.addresses();
        let mut is_closed = false;
        let ended = poll_fn(|cx| {
            if !is_closed {
                match data.stream.poll_close(cx) {
                    Poll::Ready(Ok(())) => {
                        is_closed = true;
                        data.stream.end_in_order();
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(ReadError::Data(error))),
                    Poll::Pending => {}
                }
            }
            // The end or the loss of the server's direction is not a final reply.
            let _ = data.stream.poll_drain(cx);
            match lease.poll_refusal(data, cx) {
                Poll::Pending if is_closed && data.reply.is_some() => Poll::Ready(Ok(())),
                outcome => outcome,
            }
        });
        match while_sending(addresses, limit, ended).await {
            Ok(Ok(())) => self.reply().await,
            Ok(Err(ReadError::Data(error))) => Err(self.broken(error).await),
            Ok(Err(ReadError::Control(error))) => Err(self.failed(error)),
            Err(Standstill) => {
                let what = "the server does not confirm that the upload is complete";
                Err(self.failed(Error::timeout(ErrorDetail::ReplyTimedOut, what)))
            }
        }
    }

    async fn reply(&mut self) -> Result<Reply, Error> {
        let reply = self.lease.final_reply(&mut self.data).await;
        reply.map_err(|error| self.failed(error))
    }

    /// Does what most clients do, for tests: closes at once, and believes the reply.
    #[cfg(feature = "test-internals")]
    async fn finish_without_drain(self) -> Result<Transferred, Error> {
        let Self {
            mut lease,
            mut data,
            plan,
            sent,
            ..
        } = self;
        let closed = poll_fn(|cx| data.stream.poll_close(cx)).await;
        closed.map_err(|error| Error::from(ReadError::Data(error)))?;
        data.stream.end_in_order();
        drop(data);
        let reply = lease.session_mut().answer().await?;
        lease.mark_answered();
        if reply.class() != ReplyClass::Completion {
            let what = "the server broke off the upload";
            let kind = crate::error::ErrorKind::Incomplete;
            return Err(Error::new(kind, what).with_reply(reply));
        }
        publish(lease.release(), &plan, None).await.map(drop)?;
        Ok(Transferred {
            bytes: sent,
            resumed_at: None,
            outcome: Outcome::Complete,
            digest: None,
            elapsed: plan.began.elapsed(),
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

/// A 421 in place of a final reply ends the session, and says nothing about the transfer.
fn is_farewell(reply: &Reply) -> bool {
    reply.code() == ReplyCode::SERVICE_UNAVAILABLE
}

/// Closes a data connection so that the server sees no end of the data.
fn reset(data: Data) {
    // If it fails, the connection closes without `close_notify`.
    let _ = data.stream.reset_unless_closed();
}
