//! A session reserved for one transfer.

use std::fmt;
use std::future::poll_fn;
use std::ops::DerefMut;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::reply::{Reply, ReplyClass};

use super::Session;
use crate::data::{Data, ReadError};
use crate::error::Error;
use crate::tls::End;

/// How long a server may take to stop sending after `ABOR`, and to answer all commands.
const STOPPING: Duration = Duration::from_secs(6);

/// A session reserved for one transfer. Until the transfer is [answered](Self::mark_answered), the
/// server owes replies. A session returned before that has lost its control connection.
#[derive(Debug)]
pub(crate) struct Lease<'s> {
    session: Held<'s>,
    is_answered: bool,
}

/// The session, borrowed or owned.
enum Held<'s> {
    Borrowed(&'s mut Session),
    Owned(Box<dyn DerefMut<Target = Session> + Send + Sync + 's>),
}

impl<'s> Lease<'s> {
    pub(crate) fn new(session: &'s mut Session) -> Self {
        Self {
            session: Held::Borrowed(session),
            is_answered: false,
        }
    }

    /// Creates a lease of a session that is owed no replies.
    pub(crate) fn idle(session: &'s mut Session) -> Self {
        Self {
            session: Held::Borrowed(session),
            is_answered: true,
        }
    }

    /// Creates a lease that keeps its session, such as a pooled one, until it is dropped.
    pub(crate) fn owning(session: impl DerefMut<Target = Session> + Send + Sync + 's) -> Self {
        Self {
            session: Held::Owned(Box::new(session)),
            is_answered: false,
        }
    }

    pub(crate) fn session(&self) -> &Session {
        match &self.session {
            Held::Borrowed(session) => session,
            Held::Owned(session) => session,
        }
    }

    pub(crate) fn session_mut(&mut self) -> &mut Session {
        match &mut self.session {
            Held::Borrowed(session) => session,
            Held::Owned(session) => session,
        }
    }

    /// Records that all replies have arrived.
    pub(crate) fn mark_answered(&mut self) {
        self.is_answered = true;
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.is_answered
    }

    /// Returns the session for other commands. Gives up its control connection if replies are still
    /// owed.
    pub(crate) fn release(&mut self) -> &mut Session {
        if !self.is_answered {
            self.session_mut().give_up();
            self.mark_answered();
        }
        self.session_mut()
    }

    /// Ready once the server has refused the transfer of `data`, or the control connection is lost.
    pub(crate) fn poll_refusal(
        &mut self,
        data: &mut Data,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ReadError>> {
        data.poll_refusal(self.session_mut().control(), cx)
    }

    /// Waits for the final reply to a transfer whose data connection is closed. Returns whether it
    /// has arrived within `limit`.
    pub(crate) async fn answered(&mut self, limit: Duration) -> bool {
        let control = self.session_mut().control();
        let end = control.final_reply("waiting for the end of a transfer");
        let reply = timeout(limit, end).await;
        reply.is_ok_and(|reply| reply.is_ok())
    }

    /// Waits for the final reply to the command of `data`, and returns it.
    pub(crate) async fn final_reply(&mut self, data: &mut Data) -> Result<Reply, Error> {
        data.final_reply(self.session_mut().control()).await
    }

    /// Closes the sending direction of `data`, and waits for the end of the server's and for the
    /// final reply.
    pub(crate) async fn end(&mut self, data: &mut Data) -> Result<(Option<End>, Reply), Error> {
        let session = self.session_mut();
        let limit = session.config().timeout;
        data.end(session.control(), limit).await
    }

    /// As [`Self::final_reply`], without a time limit.
    pub(crate) fn poll_final_reply(
        &mut self,
        data: &mut Data,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Reply, Error>> {
        data.poll_final_reply(self.session_mut().control(), cx)
    }

    /// Records what a successful transfer shows about the server, and that all replies have
    /// arrived.
    pub(crate) fn completed(&mut self, data: &Data) {
        self.mark_answered();
        let session = self.session();
        data.completed(&session.link, &session.shared);
    }

    /// Returns the error for a transfer that the server ended with a negative reply.
    pub(crate) fn broken_off(
        &self,
        data: &Data,
        reply: Reply,
        what: &str,
        may_refuse: bool,
    ) -> Error {
        data.broken_off(&self.session().shared, reply, what, may_refuse)
    }

    /// Stops a download: sends `close_notify` and `ABOR`, then awaits the end of the data
    /// connection and the replies to both commands, in any order. If the server does not answer
    /// both, the control connection is given up.
    ///
    /// The observed servers support this order. Without the `close_notify`, ProFTPD 1.3.8 drops the
    /// control connection; it also does so after a reset, which an early close would cause. vsftpd
    /// 3.0.3 reads the `ABOR` only when it cannot send any more.
    pub(crate) async fn stop(mut self, mut data: Data) -> Result<(), Error> {
        let limit = self.session().config().timeout.min(STOPPING) / 2;
        let control = self.session_mut().control();
        let stopping = async {
            // An error shows in what follows.
            let _ = poll_fn(|cx| data.stream.poll_close(cx)).await;
            control.send(&Command::Abor).await?;
            poll_fn(|cx| {
                if data.stream.poll_drain(cx).is_ready() {
                    return Poll::Ready(Ok(()));
                }
                match control.poll_reply(cx) {
                    Poll::Ready(Ok(reply)) if reply.class() == ReplyClass::Preliminary => {
                        cx.waker().wake_by_ref();
                        Poll::Pending
                    }
                    reply => reply.map(|reply| reply.map(drop)),
                }
            })
            .await
        };
        if let Ok(Err(error)) = timeout(limit, stopping).await {
            return Err(error);
        }
        drop(data);
        control.await_due_replies(limit).await?;
        if control.is_usable() {
            self.mark_answered();
        }
        Ok(())
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.session_mut().give_up();
        }
    }
}

impl fmt::Debug for Held<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Borrowed(session) => f.debug_tuple("Borrowed").field(session).finish(),
            Self::Owned(session) => f.debug_tuple("Owned").field(&***session).finish(),
        }
    }
}
