//! An open data connection, watched together with its control connection.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::failure::{OpenError, ReadError, lost, not_reused, refused, reuse_required};
use super::limit::Limit;
use super::policy::{Admission, Purpose};
use crate::boxed::boxed;
use crate::config::SessionReuse;
use crate::control::{Control, Link};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::server::{Evidence, Shared, is_reuse_refusal};
use crate::tls::{DataStream, End};
use crate::verdict::{DataConnection, ProtocolVersion};

/// How long bytes, or the end of the server's direction, may take after the final reply.
pub(crate) const LAST_BYTES: Duration = Duration::from_secs(2);

/// How long the next byte may take after the final reply, if more may be on its way.
pub(crate) const STRAGGLERS: Duration = Duration::from_secs(3);

/// How long a server may take to say why a data connection broke. Some never do (libunftp 0.23).
pub(crate) const EXPLANATION: Duration = Duration::from_secs(5);

/// How long a server may take to notice that a data connection was closed, and then to answer
/// `ABOR`.
const TURNED_AWAY: Duration = Duration::from_secs(1);

/// An open data connection that may carry data.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) stream: DataStream,
    pub(crate) verdict: DataConnection,
    /// The final reply, if it has arrived.
    pub(crate) reply: Option<Reply>,
    /// The loss of the control connection after the data had ended in order. The final reply is lost
    /// with it.
    lost: Option<Error>,
    /// Whether the outcome shows if the server requires session reuse.
    on_trial: bool,
}

impl Data {
    pub(super) fn new(stream: DataStream, verdict: DataConnection, reply: Option<Reply>) -> Self {
        Self {
            stream,
            verdict,
            reply,
            lost: None,
            on_trial: false,
        }
    }

    /// From now on, the outcome shows whether the server requires session reuse.
    pub(super) fn put_on_trial(&mut self) {
        self.on_trial = true;
    }

    /// Waits until the server has sent data or a refusal. A refusal may follow a successful
    /// handshake.
    pub(super) async fn wait_for_first_byte(
        &mut self,
        link: &mut Link,
        shared: &Shared,
        path: &RemotePath,
    ) -> Result<(), OpenError> {
        let mut broken = None;
        let limit = shared.config().timeout;
        let waiting = timeout(limit, async {
            match poll_fn(|cx| self.poll_arrived(&mut link.control, cx)).await {
                Ok(true) => return Ok(()),
                Err(ReadError::Control(error)) => return Err(error),
                Ok(false) if self.reply.is_some() => return Ok(()),
                Err(ReadError::Data(error)) if self.reply.is_some() => return Err(lost(error)),
                Ok(false) => {}
                Err(ReadError::Data(error)) => broken = Some(error),
            }
            // No byte at all: an empty file, or a refusal. Some servers reply only after the
            // client's close_notify (pyftpdlib 2.2).
            match self.end(&mut link.control, limit).await {
                Ok((_, reply)) => self.reply = Some(reply),
                // The end of an empty file is no refusal. The caller knows what else can show that.
                Err(error) if error.is_lost() && self.is_proven_empty() => self.lost = Some(error),
                Err(error) => return Err(error),
            }
            Ok(())
        });
        match waiting.await {
            Ok(arrived) => arrived?,
            Err(_) => {
                link.control.mark_broken();
                // No refusal explains why the connection broke.
                if let Some(error) = broken {
                    return Err(lost(error).into());
                }
                let what = "the server sends nothing";
                return Err(Error::timeout(ErrorDetail::DataTimedOut, what).into());
            }
        }
        match &self.reply {
            Some(reply) if reply.class() != ReplyClass::Completion => {
                let (reply, verdict) = (reply.clone(), self.verdict.clone());
                Err(refused(Purpose::Retrieve, path, reply, Some(verdict)))
            }
            _ => Ok(()),
        }
    }

    /// Passes arriving bytes to `take` until the data ends, the server refuses the transfer, or
    /// `take` returns false. Fails after `limit` without progress, and sooner after the final reply.
    pub(crate) async fn read_to_end(
        &mut self,
        control: &mut Control,
        limit: Duration,
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), Error> {
        let mut wants_more = true;
        let mut wait = Limit::new(limit);
        let mut last = Limit::new(limit.min(STRAGGLERS));
        while wants_more {
            let chunk = poll_fn(|cx| match self.stream.poll_fill(cx) {
                Poll::Ready(Ok(bytes)) => {
                    wants_more = take(bytes);
                    Poll::Ready(Ok(bytes.len()))
                }
                Poll::Ready(Err(error)) => Poll::Ready(Err(Error::from(ReadError::Data(error)))),
                Poll::Pending => match self.poll_refusal(control, cx) {
                    Poll::Ready(refused) => Poll::Ready(refused.map(|()| 0).map_err(Error::from)),
                    Poll::Pending => {
                        match self.reply {
                            Some(_) => ready!(last.poll_expired(cx)),
                            None => ready!(wait.poll_expired(cx)),
                        }
                        let what = "the data connection has stalled";
                        Poll::Ready(Err(Error::timeout(ErrorDetail::DataTimedOut, what)))
                    }
                },
            });
            let len = chunk.await?;
            if len == 0 {
                return Ok(());
            }
            self.stream.consume(len);
            wait.moved();
            last.moved();
        }
        Ok(())
    }

    /// Ready with true if bytes have arrived, and with false at the end of the data or after the final
    /// reply, which sets `reply`.
    fn poll_arrived(
        &mut self,
        control: &mut Control,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, ReadError>> {
        match self.stream.poll_fill(cx) {
            Poll::Ready(Ok(bytes)) => return Poll::Ready(Ok(!bytes.is_empty())),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(ReadError::Data(error))),
            Poll::Pending => {}
        }
        match self.poll_refusal(control, cx) {
            Poll::Ready(refused) => Poll::Ready(refused.map(|()| false)),
            // The server calls the transfer complete: nothing will be refused any more.
            Poll::Pending if self.reply.is_some() => Poll::Ready(Ok(false)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Whether the server has ended the data in order, over a connection that it does not refuse.
    fn is_proven_empty(&self) -> bool {
        !self.on_trial && self.stream.end() == Some(End::Clean)
    }

    /// Records the final reply. Ready only if it is a refusal: no more data will arrive, even if
    /// the server leaves the data connection open.
    pub(crate) fn poll_refusal(
        &mut self,
        control: &mut Control,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ReadError>> {
        if let Some(lost) = self.lost.take() {
            return Poll::Ready(Err(ReadError::Control(lost)));
        }
        while self.reply.is_none() {
            match ready!(control.poll_reply(cx)) {
                Ok(reply) if reply.class() == ReplyClass::Preliminary => {}
                Ok(reply) => self.reply = Some(reply),
                Err(error) => return Poll::Ready(Err(ReadError::Control(error))),
            }
        }
        let refused = |reply: &Reply| reply.class() != ReplyClass::Completion;
        if self.reply.as_ref().is_some_and(refused) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    /// As [`Self::final_reply`], without a time limit.
    pub(crate) fn poll_final_reply(
        &mut self,
        control: &mut Control,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Reply, Error>> {
        loop {
            if let Some(reply) = self.reply.take() {
                return Poll::Ready(Ok(reply));
            }
            if let Some(lost) = self.lost.take() {
                return Poll::Ready(Err(lost));
            }
            let reply = ready!(control.poll_reply(cx))?;
            if reply.class() != ReplyClass::Preliminary {
                self.reply = Some(reply);
            }
        }
    }

    /// Closes the sending direction before the data has arrived, within `limit`. The server's
    /// direction stays open.
    pub(crate) async fn close_early(&mut self, limit: Duration) -> Result<(), Error> {
        let closing = poll_fn(|cx| self.stream.poll_close_notify(cx));
        match timeout(limit, closing).await {
            Ok(closed) => closed.map_err(lost),
            Err(_) => {
                let what = "the data connection has stalled";
                Err(Error::timeout(ErrorDetail::DataTimedOut, what))
            }
        }
    }

    /// Closes the sending direction, and waits for the end of the server's and for the final reply,
    /// in any order. Fails after `limit` without progress. Once the reply has arrived, the end of
    /// the server's direction is awaited only briefly, and not at all after a refusal. The reply is
    /// awaited only briefly after TLS that cannot be read, such as tickets without end. The result
    /// contains that end if it is known.
    #[boxed]
    pub(crate) async fn end(
        &mut self,
        control: &mut Control,
        limit: Duration,
    ) -> Result<(Option<End>, Reply), Error> {
        let mut wait = Limit::new(limit);
        let mut last = Limit::new(limit.min(LAST_BYTES));
        let (mut is_closed, mut has_ended, mut end) = (false, false, None);
        let mut unreadable = None;
        poll_fn(|cx| {
            if !is_closed {
                is_closed = self.stream.poll_close(cx).is_ready();
            }
            if is_closed
                && !has_ended
                && let Poll::Ready(drained) = self.stream.poll_drain(cx)
            {
                has_ended = true;
                match drained {
                    Ok(ended) => end = Some(ended),
                    Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                        unreadable = Some(error);
                    }
                    Err(_) => {}
                }
                wait.moved();
            }
            if let Poll::Ready(refused) = self.poll_refusal(control, cx) {
                refused?;
                has_ended = true;
            }
            match (&self.reply, has_ended) {
                (Some(_), true) => {}
                (Some(_), false) => ready!(last.poll_expired(cx)),
                (None, _) if unreadable.is_some() => {
                    ready!(last.poll_expired(cx));
                    control.mark_broken();
                    let error = unreadable.take().map(lost);
                    return Poll::Ready(Err(error.unwrap_or_else(unanswered)));
                }
                (None, _) => {
                    ready!(wait.poll_expired(cx));
                    control.mark_broken();
                    return Poll::Ready(Err(unanswered()));
                }
            }
            match self.reply.take() {
                Some(reply) => Poll::Ready(Ok((end, reply))),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Returns the final reply, and waits for it if necessary.
    pub(crate) async fn final_reply(&mut self, control: &mut Control) -> Result<Reply, Error> {
        match (self.reply.take(), self.lost.take()) {
            (Some(reply), _) => Ok(reply),
            (None, Some(lost)) => Err(lost),
            (None, None) => {
                control
                    .final_reply("waiting for the end of a transfer")
                    .await
            }
        }
    }

    /// Records what a successful transfer shows about the server, and keeps its session tickets.
    pub(crate) fn completed(&self, link: &Link, shared: &Shared) {
        if self.verdict.resumed {
            self.stream.hand_tickets_to(&link.tether);
            shared.lessons().learned_that_sessions_resume();
            if self.verdict.protocol == ProtocolVersion::Tls13 {
                shared.lessons().learned_that_tls13_resumes();
            }
        }
        if self.on_trial {
            shared.lessons().learned_that_reuse_is_not_demanded();
        }
    }

    /// Returns the error for a transfer that the server ended with a negative reply. If session
    /// reuse is required, the error says so and the requirement is remembered; otherwise its text
    /// is `what`. With `may_refuse`, a permanent reply (5yz) is a refusal. A download was not
    /// refused if some of its bytes have arrived.
    pub(crate) fn broken_off(
        &self,
        shared: &Shared,
        reply: Reply,
        what: &str,
        may_refuse: bool,
    ) -> Error {
        let verdict = self.verdict.clone();
        if is_reuse_refusal(&reply, Some(&verdict)) {
            shared
                .lessons()
                .learned_that_reuse_is_demanded(Evidence::Said);
            return reuse_required(reply, Some(verdict));
        }
        if may_refuse && reply.class() == ReplyClass::Permanent {
            let what = "the server refused it after it had begun";
            return Error::refused(what, reply).with_data_connection(verdict);
        }
        let error = Error::new(ErrorKind::Incomplete, what).with_reply(reply);
        let error = error.with_detail(ErrorDetail::TransferBrokenOff);
        error.with_data_connection(verdict)
    }

    /// Closes a connection that may not carry data, and reads the server's reply.
    #[boxed]
    pub(super) async fn turn_away(
        mut self,
        link: &mut Link,
        shared: &Shared,
        admission: Admission,
    ) -> OpenError {
        let limit = shared.config().timeout.min(TURNED_AWAY);
        // A large download is deliberately not read to its end. The close_notify keeps ProFTPD from
        // dropping the control connection.
        let _ = timeout(limit, poll_fn(|cx| self.stream.poll_close(cx))).await;
        let Self {
            stream,
            verdict,
            reply,
            ..
        } = self;
        drop(stream);
        let reply = match reply {
            Some(reply) => Some(reply),
            None => stop(&mut link.control, limit).await,
        };
        match admission {
            Admission::OtherCertificate => OpenError::Failed(
                Error::new(
                    ErrorKind::Certificate,
                    "the data connection shows another certificate than the control connection",
                )
                .with_detail(ErrorDetail::DataCertificateDiffers)
                .with_data_connection(verdict),
            ),
            Admission::NeedsTrial => OpenError::NeedsTrial { sent: true },
            _ => {
                let refusal = reply.filter(|reply| is_reuse_refusal(reply, Some(&verdict)));
                let what = match refusal {
                    Some(_) => DID_NOT_RESUME.to_owned(),
                    None => format!("{DID_NOT_RESUME}, so the client closed it"),
                };
                let detail = match shared.config().session_reuse {
                    SessionReuse::Require if refusal.is_none() => {
                        ErrorDetail::ReuseRequiredByPolicy
                    }
                    _ => ErrorDetail::ReuseRequiredByServer,
                };
                OpenError::NotReused {
                    evidence: refusal.is_some().then_some(Evidence::Said),
                    error: not_reused(detail, &what, refusal, Some(verdict)),
                }
            }
        }
    }
}

fn unanswered() -> Error {
    let what = "no reply while waiting for the end of a transfer";
    Error::timeout(ErrorDetail::ReplyTimedOut, what)
}

const DID_NOT_RESUME: &str =
    "the data connection did not resume the control connection's TLS session";

/// Returns the final reply to the command of a data connection that the client has closed. A server
/// that does not notice is asked to stop (`ABOR`); if it does not answer that either, the control
/// connection is given up. Each wait takes at most `limit`.
async fn stop(control: &mut Control, limit: Duration) -> Option<Reply> {
    let noticed = poll_fn(|cx| {
        loop {
            match ready!(control.poll_reply(cx)) {
                Ok(reply) if reply.class() == ReplyClass::Preliminary => {}
                received => return Poll::Ready(received),
            }
        }
    });
    if let Ok(noticed) = timeout(limit, noticed).await {
        return noticed.ok();
    }
    control.send(&Command::Abor).await.ok()?;
    control.await_due_replies(limit).await.ok()?
}
