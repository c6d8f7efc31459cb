//! The session while a transfer has it.

use std::future::poll_fn;

use tokio::time::timeout;
use towline_proto::command::Command;

use crate::data::Data;
use crate::error::Error;
use crate::session::Session;

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

    /// Stops a transfer: `close_notify`, `ABOR`, the end of the data connection, and the replies to
    /// both commands, in whatever order.
    pub(super) async fn stop(mut self, mut data: Data) -> Result<Self, Error> {
        let limit = self.session.shared.config.timeout;
        // Without the close_notify ProFTPD 1.3.8 drops the control connection too.
        let _ = timeout(limit, poll_fn(|cx| data.stream.poll_close(cx))).await;
        let control = &mut self.session.link.control;
        control.send(&Command::Abor).await?;
        // vsftpd reads the ABOR only when it can send no more.
        drop(data);
        while !control.is_usable() {
            control
                .final_reply("the end of an aborted transfer")
                .await?;
        }
        self.settle();
        Ok(self)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.session.link.control.mark_broken();
        }
    }
}
