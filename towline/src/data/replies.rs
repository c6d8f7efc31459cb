//! The replies to a transfer command while its data connection is being opened.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::connection::EXPLANATION;
use super::failure::{OpenError, refused};
use super::limit::deadline;
use super::policy::Purpose;
use crate::control::Control;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::server::{is_reuse_refusal, says_empty};
use crate::tls::DataStream;
use crate::verdict::DataConnection;

/// How long to wait for a reply that the server has already sent.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// How long a data connection may still take after its final reply.
const AFTER_THE_END: Duration = Duration::from_secs(3);

/// The same after a reply that calls the directory empty: there may be no data connection.
const WITHOUT_DATA: Duration = Duration::from_millis(300);

/// What a data connection still lacks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Missing {
    Connection,
    Handshake,
}

impl Missing {
    /// Returns the error for a server that calls the transfer complete nevertheless.
    fn although_complete(self, reply: Reply) -> Error {
        let what = match self {
            Self::Connection => "the server calls the transfer complete without a data connection",
            Self::Handshake => {
                "the server calls the transfer complete without TLS on its data connection"
            }
        };
        Error::protocol(ErrorDetail::CompleteWithoutData, what).with_reply(reply)
    }

    /// Returns the error for a wait that was too long.
    fn late(self) -> Error {
        let (detail, what) = match self {
            Self::Connection => (
                ErrorDetail::AcceptTimedOut,
                "the server does not open the data connection",
            ),
            Self::Handshake => (
                ErrorDetail::HandshakeTimedOut,
                "the data connection's TLS handshake took too long",
            ),
        };
        Error::timeout(detail, what)
    }
}

const WAITING: &str = "opening a data connection";

/// The result of opening a data connection: the stream, its verdict, and a final reply that arrived
/// early.
pub(super) type Handshaken = (DataStream, DataConnection, Option<Reply>);

/// How a wait for the data connection ended.
pub(super) enum Waited<T> {
    /// The work is done.
    Done(T),
    /// The server refused the command.
    Refused(Reply),
    /// The control connection is lost.
    Lost(Error),
    /// The time limit has passed since the command, or since its last reply.
    Late,
}

/// The replies to a transfer command.
pub(super) struct Replies<'a> {
    control: &'a mut Control,
    limit: Duration,
    deadline: Instant,
    /// The server has accepted the command.
    pub(super) has_begun: bool,
    /// The final reply, if it has arrived.
    pub(super) reply: Option<Reply>,
}

impl<'a> Replies<'a> {
    /// The replies to a command that was just sent. `limit` bounds each wait.
    pub(super) fn new(control: &'a mut Control, limit: Duration) -> Self {
        Self {
            control,
            limit,
            deadline: deadline(limit),
            has_begun: false,
            reply: None,
        }
    }

    /// Waits for `work`, and reads the replies that arrive meanwhile. Safe to continue.
    pub(super) async fn read_during<T>(
        &mut self,
        mut work: Pin<&mut impl Future<Output = T>>,
    ) -> Waited<T> {
        loop {
            let received = tokio::select! {
                biased;
                received = poll_fn(|cx| self.control.poll_reply(cx)), if self.reply.is_none() => {
                    received
                }
                done = &mut work => return Waited::Done(done),
                () = sleep_until(self.deadline) => return Waited::Late,
            };
            match received {
                Ok(reply) => match reply.class() {
                    ReplyClass::Preliminary => {
                        self.has_begun = true;
                        self.deadline = deadline(self.limit);
                    }
                    ReplyClass::Completion => {
                        self.has_begun = true;
                        let rest = match says_empty(&reply) {
                            true => WITHOUT_DATA,
                            false => AFTER_THE_END,
                        };
                        self.reply = Some(reply);
                        self.deadline = deadline(self.limit.min(rest));
                    }
                    _ => return Waited::Refused(reply),
                },
                Err(error) => return Waited::Lost(error),
            }
        }
    }

    /// Waits until the server has accepted the command of a data connection that is open.
    pub(super) async fn accompany(
        &mut self,
        stream: DataStream,
        verdict: DataConnection,
        purpose: Purpose,
        path: &RemotePath,
    ) -> Result<Handshaken, OpenError> {
        if !self.has_begun {
            let received = self.control.reply_within(WAITING, self.left()).await?;
            match received.class() {
                ReplyClass::Preliminary => {}
                ReplyClass::Completion => self.reply = Some(received),
                _ => return Err(refused(purpose, path, received, Some(verdict))),
            }
        }
        Ok((stream, verdict, self.reply.take()))
    }

    /// Returns the error for a negative reply.
    pub(super) fn refused(
        &self,
        purpose: Purpose,
        path: &RemotePath,
        reply: Reply,
        verdict: Option<DataConnection>,
    ) -> OpenError {
        let error = refused(purpose, path, reply, verdict);
        match self.has_begun {
            true => error.after_acceptance(),
            false => error,
        }
    }

    /// Returns the error for a port that cannot be reached.
    pub(super) async fn unreachable(
        &mut self,
        failure: Error,
        purpose: Purpose,
        path: &RemotePath,
    ) -> OpenError {
        if let Some(reply) = self.reply.take() {
            return Missing::Connection.although_complete(reply).into();
        }
        if !self.has_begun
            && let Some(refusal) = refusal_on_its_way(self.control, self.limit).await
        {
            return refused(purpose, path, refusal, None);
        }
        // The server waits for the data connection longer than the client does.
        self.control.mark_broken();
        OpenError::Unreachable(failure)
    }

    /// Returns the error for a data connection that failed and has no `missing` part. The server's
    /// final reply may explain the failure; reading it also keeps the connection in step.
    pub(super) async fn explain(
        &mut self,
        failure: Error,
        missing: Missing,
        purpose: Purpose,
        path: &RemotePath,
    ) -> OpenError {
        let received = match self.reply.take() {
            Some(reply) => reply,
            None => {
                let limit = self.left().clamp(ON_ITS_WAY, EXPLANATION).min(self.limit);
                match self.control.final_reply_within(WAITING, limit).await {
                    Ok(received) => received,
                    Err(error) if error.reply().is_some() || error.kind() == ErrorKind::Tls => {
                        return error.into();
                    }
                    Err(_) => return failure.into(),
                }
            }
        };
        let was_not_begun = matches!(failure.kind(), ErrorKind::Network | ErrorKind::Timeout)
            || failure.detail() == Some(&ErrorDetail::ClosedDuringHandshake);
        if received.class() == ReplyClass::Completion && was_not_begun {
            return missing.although_complete(received).into();
        }
        let is_about_tls = matches!(
            received.code(),
            ReplyCode::NO_DATA_CONNECTION
                | ReplyCode::TRANSFER_ABORTED
                | ReplyCode::SESSION_REFUSED
        );
        if failure.kind() == ErrorKind::Certificate
            || received.class() == ReplyClass::Completion
            || is_about_tls && !is_reuse_refusal(&received, None)
        {
            return failure.with_reply(received).into();
        }
        self.refused(purpose, path, received, None)
    }

    /// Returns the error for a wait that was too long, for a part of the data connection that is
    /// `missing`.
    pub(super) fn late(&mut self, missing: Missing) -> Error {
        if let Some(reply) = self.reply.take() {
            return missing.although_complete(reply);
        }
        self.control.mark_broken();
        match self.has_begun {
            true => missing.late(),
            false => {
                let what = format!("no reply while {WAITING}");
                Error::timeout(ErrorDetail::ReplyTimedOut, what)
            }
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Returns the refusal that explains a closed port, if there is one. A server that refuses the
/// command closes the port that it announced; its refusal arrives before that.
pub(crate) async fn refusal_on_its_way(control: &mut Control, limit: Duration) -> Option<Reply> {
    let reply = control.final_reply(WAITING);
    let reply = timeout(limit.min(ON_ITS_WAY), reply).await.ok()?.ok()?;
    let is_about_the_port = reply.code() == ReplyCode::NO_DATA_CONNECTION;
    (reply.class() != ReplyClass::Completion && !is_about_the_port).then_some(reply)
}
