//! How a download ends: complete, or aborted in order.

use towline_proto::reply::{Reply, ReplyClass};

use super::Download;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::tls::End;
use crate::transfer::check::{Comparison, compare};
use crate::transfer::outcome::{Outcome, Transferred};
use crate::transfer::stream::byte_range::ByteRange;

impl Download<'_> {
    /// Confirms that the whole file has arrived: the server's final reply is positive, and the
    /// number of bytes is the size that the server gives. Without a size, TLS must have ended
    /// cleanly.
    ///
    /// If the final reply is lost with its control connection, the size is queried again over a new
    /// connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] if the file is not complete or its digest differs.
    /// [`ErrorKind::Usage`] if the download was not read to its end. [`ErrorKind::Network`] or
    /// [`ErrorKind::Timeout`] if the final reply is lost and a new connection does not show the
    /// size.
    pub async fn finish(mut self) -> Result<Transferred, Error> {
        if self.is_silent {
            let what = "the server does not confirm that the download is complete";
            let lost = Error::timeout(ErrorDetail::ReplyTimedOut, what);
            return self.finish_without_reply(lost).await;
        }
        let is_all_wanted = self.range.end.is_some_and(|end| self.total() >= end);
        if is_all_wanted && self.range.size != Some(self.total()) {
            return self.finish_range().await;
        }
        let refused = |reply: &Reply| reply.class() != ReplyClass::Completion;
        let is_refused = self.data.reply.as_ref().is_some_and(refused);
        let has_ended = self.data.stream.end().is_some() || self.is_left_open;
        if !is_all_wanted && !has_ended && !is_refused {
            let what = "the download was finished before its end";
            let error = Error::new(ErrorKind::Usage, what);
            let error = self.failed(error.with_detail(ErrorDetail::FinishedEarly));
            // The caller's mistake is the error to report.
            let _ = self.abort().await;
            return Err(error);
        }
        let (end, reply) = match self.lease.end(&mut self.data).await {
            Ok((end, reply)) => (end.unwrap_or(End::Cut), reply),
            Err(error) if error.is_lost() && self.range.size == Some(self.total()) => {
                return self.finish_without_reply(error).await;
            }
            Err(error) => return Err(self.failed(error)),
        };
        self.lease.mark_answered();
        if reply.class() != ReplyClass::Completion {
            return Err(self.refused(reply));
        }
        let mut size = self.range.size;
        if self.range.offset > 0 || size.is_some_and(|size| size != self.total()) {
            let total = self.total();
            let session = self.lease.session_mut();
            // The file may have grown or shrunk meanwhile.
            size = session.ask_size(&self.range.path).await?.or(size);
            if let Some(given) = size.filter(|size| *size != total) {
                let behind = session.size_behind_new_link(&self.range.path, given).await;
                size = behind?.unwrap_or(size);
            }
        }
        let outcome = match size {
            Some(size) if size == self.total() => Outcome::Verified,
            Some(size) => return Err(self.incomplete(self.wrong_size(size), Some(reply))),
            None if end == End::Cut => {
                let what = match self.is_left_open {
                    true => "the server left the data connection open, and gives no size",
                    false => {
                        "the data connection ended without close_notify, and the server gives no size"
                    }
                };
                let error = Error::new(ErrorKind::Incomplete, what);
                let error = error.with_detail(ErrorDetail::EndUnproven);
                return Err(self.incomplete(error, Some(reply)));
            }
            None => Outcome::Complete,
        };
        self.lease.completed(&self.data);
        self.compare(outcome, Some(reply)).await
    }

    /// Ends a download whose range has arrived, although the file continues.
    async fn finish_range(self) -> Result<Transferred, Error> {
        let Self {
            lease,
            data,
            range,
            received,
            ..
        } = self;
        let stopped = lease.stop(data).await;
        stopped.map_err(|error| error.with_path(&range.path))?;
        Ok(Transferred {
            bytes: received,
            resumed_at: (range.offset > 0).then_some(range.offset),
            // No size tells where in the file the server began.
            outcome: Outcome::Complete,
            digest: None,
            elapsed: range.began.elapsed(),
        })
    }

    /// Closes our direction before the data has arrived. The server's direction stays open.
    pub(crate) async fn close_early(&mut self) -> Result<(), Error> {
        let limit = self.lease.session().config().timeout;
        self.data.close_early(limit).await
    }

    /// Waits for the server to confirm a file whose size is right. Sends no query, because other
    /// commands may be pending.
    pub(crate) async fn end_unasked(mut self) -> Result<(), Error> {
        let (_, reply) = self.lease.end(&mut self.data).await?;
        if reply.class() != ReplyClass::Completion {
            return Err(self.refused(reply));
        }
        self.lease.completed(&self.data);
        Ok(())
    }

    /// Finishes a download whose bytes have all arrived, but whose final reply is lost.
    async fn finish_without_reply(mut self, lost: Error) -> Result<Transferred, Error> {
        let session = self.lease.release();
        session.note("the final reply is lost; a new connection shows whether the file is whole");
        match session.ask_size(&self.range.path).await {
            Ok(Some(size)) if size == self.total() => self.compare(Outcome::Verified, None).await,
            Ok(Some(size)) => Err(self.incomplete(self.wrong_size(size), None)),
            _ => Err(self.failed(lost)),
        }
    }

    /// Compares digests, if requested. `reply` is the reply that confirmed the transfer.
    async fn compare(
        mut self,
        outcome: Outcome,
        reply: Option<Reply>,
    ) -> Result<Transferred, Error> {
        let mut digest = None;
        if let Some(hasher) = self.range.hasher.take() {
            let (path, total) = (&self.range.path, self.total());
            match compare(self.lease.session_mut(), hasher, path, total).await? {
                Comparison::Equal(algorithm) => digest = Some(algorithm),
                Comparison::Different(error) => return Err(self.incomplete(error, reply)),
            }
        }
        Ok(Transferred {
            bytes: self.received,
            resumed_at: (self.range.offset > 0).then_some(self.range.offset),
            outcome,
            digest,
            elapsed: self.range.began.elapsed(),
        })
    }

    /// Stops the download in order (`ABOR`). The session stays usable, unless the server does not
    /// answer as expected; then the next operation opens a new control connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the control connection fails.
    pub async fn abort(self) -> Result<(), Error> {
        self.stop().await.map(drop)
    }

    /// Stops the download in order, and returns the range that has not arrived.
    pub(crate) async fn stop(self) -> Result<ByteRange, Error> {
        let offset = self.total();
        let Self {
            lease,
            data,
            mut range,
            ..
        } = self;
        lease.stop(data).await?;
        range.offset = offset;
        Ok(range)
    }

    fn refused(&self, reply: Reply) -> Error {
        let what = "the server broke off the download";
        let may_refuse = self.received == 0;
        let error = self.lease.broken_off(&self.data, reply, what, may_refuse);
        error.with_path(&self.range.path)
    }

    /// Returns the error if the server has `expected` bytes and a different number arrived.
    fn wrong_size(&self, expected: u64) -> Error {
        let actual = self.total();
        let what = match self.is_left_open {
            false => format!("{actual} of {expected} bytes have arrived"),
            true => format!(
                "{actual} of {expected} bytes have arrived, and the server left the data connection open"
            ),
        };
        let error = Error::new(ErrorKind::Incomplete, what);
        error.with_detail(ErrorDetail::WrongSize { expected, actual })
    }

    fn incomplete(&self, mut error: Error, reply: Option<Reply>) -> Error {
        if let Some(reply) = reply {
            error = error.with_reply(reply);
        }
        self.failed(error)
    }
}
