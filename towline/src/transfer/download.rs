//! A file on its way from the server.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Instant;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::lease::Lease;
use super::{Outcome, Transferred};
use crate::data::{Data, ReadError};
use crate::error::{Error, ErrorKind};
use crate::observer::Event;
use crate::session::Session;
use crate::tls::End;
use crate::verdict::DataConnection;

/// A download that has begun. Read it to its end, then [`finish`](Self::finish) it; or
/// [`abort`](Self::abort) it. Dropped before that, it closes its connection, and the session opens
/// a new control connection for the next operation.
#[derive(Debug)]
#[must_use = "a download has to be finished or aborted"]
pub struct Download<'s> {
    lease: Lease<'s>,
    data: Data,
    path: RemotePath,
    size: Option<u64>,
    received: u64,
    began: Instant,
}

impl Session {
    /// Begins to download a file (`SIZE`, then `RETR`).
    ///
    /// # Errors
    ///
    /// If the server refuses, or the data connection may not carry anything.
    pub async fn download(&mut self, path: &RemotePath) -> Result<Download<'_>, Error> {
        let began = Instant::now();
        let size = self.size(path).await;
        let size = size.map_err(|error| error.with_path(path))?;
        let command = Command::Retr(path.clone());
        let data = self.open_retrieval(&command, path).await?;
        let total = size;
        self.link
            .control
            .observe(&Event::TransferStarted { path, total });
        Ok(Download {
            lease: Lease::new(self),
            data,
            path: path.clone(),
            size,
            received: 0,
            began,
        })
    }
}

impl Download<'_> {
    /// The size that the server gave before the transfer, if it gave one.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The verdict on the data connection.
    pub fn data_connection(&self) -> &DataConnection {
        &self.data.verdict
    }

    /// Reads into `buffer`. Zero bytes mean the end, which only [`finish`](Self::finish) confirms.
    ///
    /// # Errors
    ///
    /// If the connection breaks, nothing comes for the configured time, or the server gives up.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let control = &mut self.lease.session.link.control;
        let data = &mut self.data;
        let arrival = poll_fn(|cx| match data.stream.poll_fill(cx) {
            Poll::Ready(Ok(bytes)) => {
                let len = bytes.len().min(buffer.len());
                buffer[..len].copy_from_slice(&bytes[..len]);
                data.stream.consume(len);
                Poll::Ready(Ok(len))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(ReadError::Data(error))),
            Poll::Pending => data
                .poll_refusal(control, cx)
                .map(|refused| refused.map(|()| 0)),
        });
        let limit = self.lease.session.shared.config.timeout;
        let arrived = timeout(limit, arrival).await;
        let arrived =
            arrived.map_err(|_| self.failed(Error::timeout("the download stands still")))?;
        let len = match arrived {
            Ok(len) => len,
            Err(ReadError::Data(error)) => {
                // The server may have said why.
                let control = &mut self.lease.session.link.control;
                let why = self.data.final_reply(control).await.ok();
                let mut error = Error::from(ReadError::Data(error));
                if let Some(reply) = why {
                    error = error.with_reply(reply);
                }
                return Err(self.failed(error));
            }
            Err(ReadError::Control(error)) => return Err(self.failed(error)),
        };
        self.received += len as u64;
        self.lease.session.link.control.observe(&Event::Progress {
            path: &self.path,
            bytes: self.received,
            total: self.size,
        });
        Ok(len)
    }

    /// Confirms that the whole file has come: the server's final reply is positive, and the number
    /// of bytes is the size that the server gives. Without a size the end of TLS has to be clean.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] in every other case.
    pub async fn finish(mut self) -> Result<Transferred, Error> {
        let refused = |reply: &Reply| reply.class() != ReplyClass::Completion;
        let is_refused = self.data.reply.as_ref().is_some_and(refused);
        if self.data.stream.end().is_none() && !is_refused {
            let what = "the download was finished before its end";
            let error = self.failed(Error::new(ErrorKind::Usage, what));
            // The caller's error is the one to tell.
            let _ = self.abort().await;
            return Err(error);
        }
        let limit = self.lease.session.shared.config.timeout;
        let end = match is_refused {
            true => End::Cut,
            false => self.data.close(limit).await.unwrap_or(End::Cut),
        };
        let control = &mut self.lease.session.link.control;
        let reply = self.data.final_reply(control).await;
        let reply = reply.map_err(|error| self.failed(error))?;
        self.lease.settle();
        if reply.class() != ReplyClass::Completion {
            return Err(self.refused(reply));
        }
        let mut size = self.size;
        if size.is_some_and(|size| size != self.received) {
            // It may have grown or shrunk meanwhile.
            size = self.lease.session.size(&self.path).await?.or(size);
        }
        let outcome = match size {
            Some(size) if size == self.received => Outcome::Verified,
            Some(size) => {
                let what = format!("{} of {size} bytes have come", self.received);
                return Err(self.incomplete(what, Some(reply)));
            }
            None if end == End::Cut => {
                let what =
                    "the data connection ended without close_notify, and the server gives no size";
                return Err(self.incomplete(what.to_owned(), Some(reply)));
            }
            None => Outcome::Complete,
        };
        self.data
            .completed(&self.lease.session.link, &self.lease.session.shared);
        Ok(Transferred {
            bytes: self.received,
            outcome,
            elapsed: self.began.elapsed(),
        })
    }

    /// Stops the download in order (`ABOR`). The session stays usable, unless the server does not
    /// answer as it should; then the next operation opens a new control connection.
    ///
    /// # Errors
    ///
    /// If the control connection breaks.
    pub async fn abort(self) -> Result<(), Error> {
        let Self { lease, data, .. } = self;
        lease.stop(data).await
    }

    fn refused(&self, reply: Reply) -> Error {
        let shared = &self.lease.session.shared;
        let what = "the server broke the download off";
        let error = self.data.broken_off(shared, reply, what);
        error.with_path(&self.path)
    }

    fn incomplete(&self, what: String, reply: Option<Reply>) -> Error {
        let mut error = Error::new(ErrorKind::Incomplete, what);
        if let Some(reply) = reply {
            error = error.with_reply(reply);
        }
        self.failed(error)
    }

    fn failed(&self, error: Error) -> Error {
        let verdict = self.data.verdict.clone();
        error.with_path(&self.path).with_data_connection(verdict)
    }
}
