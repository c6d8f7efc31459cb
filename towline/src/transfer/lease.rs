//! The session while a transfer has it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::reply::ReplyClass;

use crate::control::Control;
use crate::data::Data;
use crate::error::Error;
use crate::session::Session;

/// How long a server may take to stop sending after an `ABOR`.
const STOPPING: Duration = Duration::from_secs(3);

/// A session that a transfer has borrowed. Unless the transfer is settled, its replies are still
/// owed when the session is given back, so that its control connection cannot be used again.
#[derive(Debug)]
pub(super) struct Lease<'s> {
    pub(super) session: &'s mut Session,
    is_settled: bool,
}

impl<'s> Lease<'s> {
    pub(super) fn new(session: &'s mut Session) -> Self {
        Self {
            session,
            is_settled: false,
        }
    }

    /// All replies have come.
    pub(super) fn settle(&mut self) {
        self.is_settled = true;
    }

    pub(super) fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// The session for other commands. If replies are still owed its control connection is given up.
    pub(super) fn release(&mut self) -> &mut Session {
        if !self.is_settled {
            self.session.link.control.mark_broken();
            self.settle();
        }
        self.session
    }

    /// Stops a download: `close_notify`, `ABOR`, the end of the data connection, and the replies to
    /// both commands, in whatever order. A server that does not answer both costs the control
    /// connection.
    ///
    /// The order is the one that the observed servers bear: without the `close_notify` ProFTPD 1.3.8
    /// drops the control connection, and so it does at a reset, which an early close would cause.
    /// vsftpd 3.0.3 reads the `ABOR` only when it can send no more.
    pub(super) async fn stop(mut self, mut data: Data) -> Result<(), Error> {
        let limit = self.session.shared.config.timeout.min(STOPPING);
        let control = &mut self.session.link.control;
        let _ = timeout(limit, poll_fn(|cx| data.stream.poll_close(cx))).await;
        control.send(&Command::Abor).await?;
        let stopped = poll_fn(|cx| {
            if data.stream.poll_drain(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            match control.poll_reply(cx) {
                Poll::Ready(Ok(reply)) if reply.class() == ReplyClass::Preliminary => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                Poll::Ready(Ok(_)) => Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                Poll::Pending => Poll::Pending,
            }
        });
        if let Ok(Err(error)) = timeout(limit, stopped).await {
            return Err(error);
        }
        drop(data);
        if let Ok(settled) = timeout(limit, settle(control)).await {
            settled?;
            self.settle();
        }
        Ok(())
    }
}

/// Reads the replies that are still owed.
async fn settle(control: &mut Control) -> Result<(), Error> {
    while !control.is_usable() {
        control.reply("the end of an aborted transfer").await?;
    }
    Ok(())
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.session.link.control.mark_broken();
        }
    }
}
