//! Sends the bytes of an upload, and reads what the server says meanwhile.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use tokio::task::spawn_blocking;

use super::Upload;
use crate::data::{ReadError, lost};
use crate::error::{Error, ErrorDetail};
use crate::observer::Event;
use crate::transfer::local::FileReader;
use crate::transfer::options::check_size;
use crate::transfer::stream::progress::Standstill;

impl Upload<'_> {
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
    pub(in crate::transfer::stream) fn poll_some(
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
}
