//! The end of an upload: in order, or given up.

use std::future::poll_fn;
use std::io;
use std::task::{Poll, ready};
use std::time::Duration;

use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::{Upload, is_unreadable};
use crate::boxed::boxed;
use crate::data::{Data, ReadError};
use crate::error::{Error, ErrorDetail};
#[cfg(feature = "test-internals")]
use crate::transfer::outcome::Outcome;
use crate::transfer::outcome::Transferred;
use crate::transfer::plan::Plan;
#[cfg(feature = "test-internals")]
use crate::transfer::publish::publish;
use crate::transfer::publish::{clear_up, conclude, conclude_without_reply};
use crate::transfer::stream::progress::{Standstill, while_sending};

/// How long a server may take to answer an upload whose data connection was reset.
const TURNED_DOWN: Duration = Duration::from_secs(5);

impl Upload<'_> {
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

    /// Closes our direction, and waits for the final reply with the socket open. Closing it
    /// earlier, with unread tickets in it, makes the kernel reset the connection, which loses what
    /// the server has not read (seen on vsftpd and pyftpdlib). After TLS that cannot be read, the
    /// reply is awaited only briefly.
    #[boxed]
    async fn end(&mut self) -> Result<Reply, Error> {
        let Self {
            lease, data, last, ..
        } = self;
        let limit = lease.session().config().timeout;
        let addresses = data.stream.addresses();
        let mut is_closed = false;
        let mut unreadable = None;
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
            if let Poll::Ready(Err(error)) = data.stream.poll_drain(cx)
                && is_unreadable(&error)
            {
                unreadable.get_or_insert(error);
            }
            match lease.poll_refusal(data, cx) {
                Poll::Pending if is_closed && data.reply.is_some() => Poll::Ready(Ok(())),
                Poll::Pending if unreadable.is_some() => {
                    ready!(last.poll_expired(cx));
                    let error = unreadable
                        .take()
                        .unwrap_or_else(|| io::ErrorKind::NotConnected.into());
                    Poll::Ready(Err(ReadError::Data(error)))
                }
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
