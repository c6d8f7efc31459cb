//! What arrives on the data connection of a download, and how long it may take.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use super::Download;
use crate::data::{ReadError, lost};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::Event;
use crate::tls::DataStream;
use crate::transfer::options::check_size;

/// How many bytes more than announced may arrive, because a file may grow meanwhile.
const MARGIN: u64 = 1024 * 1024;
/// This share of the announced size may arrive in addition.
const MARGIN_SHARE: u64 = 8;

impl Download<'_> {
    /// Polls [`Self::read`]. The next poll continues a wait.
    pub(in crate::transfer::stream) fn poll_some(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, Error>> {
        let mut most = match self.range.end {
            Some(end) => usize::try_from(end.saturating_sub(self.total())).unwrap_or(usize::MAX),
            None => usize::MAX,
        };
        // Reading less makes TCP slow the server down.
        if let Some(rate) = self.lease.session().rate() {
            ready!(rate.poll_ready(&mut self.pause, cx));
            most = most.min(rate.piece());
        }
        let most = most.min(buffer.len());
        let buffer = &mut buffer[..most];
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let arrived = ready!(self.poll_arrival(cx, |stream, cx| {
            let bytes = ready!(stream.poll_fill(cx))?;
            let len = bytes.len().min(buffer.len());
            buffer[..len].copy_from_slice(&bytes[..len]);
            stream.consume(len);
            Poll::Ready(Ok(len))
        }));
        let len = arrived?.unwrap_or(0);
        if let Some(hasher) = &mut self.range.hasher {
            hasher.update(&buffer[..len]);
        }
        self.count(len);
        Poll::Ready(Ok(len))
    }

    /// Waits for `poll`, or for a refusal. Returns `None` if nothing more will come.
    pub(super) async fn arrival<T>(
        &mut self,
        mut poll: impl FnMut(&mut DataStream, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Result<Option<T>, Error> {
        poll_fn(|cx| self.poll_arrival(cx, &mut poll)).await
    }

    fn poll_arrival<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut poll: impl FnMut(&mut DataStream, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<Result<Option<T>, Error>> {
        if self.broken.is_some() {
            return self.poll_broken(cx).map(Err);
        }
        self.check_amount()?;
        let Self { lease, data, .. } = self;
        let arrived = match poll(&mut data.stream, cx) {
            Poll::Ready(Ok(arrived)) => Ok(Some(arrived)),
            Poll::Ready(Err(error)) => Err(ReadError::Data(error)),
            Poll::Pending => match lease.poll_refusal(data, cx) {
                Poll::Ready(refused) => refused.map(|()| None),
                Poll::Pending => {
                    let is_whole = self.range.size == Some(self.total());
                    if self.data.reply.is_some() {
                        // Some servers leave the end to the client.
                        match is_whole {
                            true => ready!(self.last.poll_expired(cx)),
                            false => ready!(self.stragglers.poll_expired(cx)),
                        }
                        self.is_left_open = true;
                        return Poll::Ready(Ok(None));
                    }
                    ready!(self.limit.poll_expired(cx));
                    // Everything has arrived except the final reply; finish() handles that.
                    if is_whole {
                        self.is_silent = true;
                        return Poll::Ready(Ok(None));
                    }
                    return Poll::Ready(Err(self.failed(stands_still())));
                }
            },
        };
        self.limit.moved();
        self.stragglers.moved();
        match arrived {
            Ok(arrived) => Poll::Ready(Ok(arrived)),
            Err(ReadError::Control(error)) => Poll::Ready(Err(self.failed(error))),
            Err(ReadError::Data(error)) => {
                self.broken = Some(error);
                self.poll_broken(cx).map(Err)
            }
        }
    }

    /// Handles a broken data connection. The server may give the reason.
    fn poll_broken(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let why = match self.lease.poll_final_reply(&mut self.data, cx) {
            Poll::Ready(reply) => reply.ok(),
            Poll::Pending => {
                ready!(self.reason.poll_expired(cx));
                self.lease.session_mut().give_up();
                None
            }
        };
        let broken = self.broken.take();
        let broken = broken.unwrap_or_else(|| io::ErrorKind::NotConnected.into());
        let mut error = lost(broken);
        if let Some(reply) = why {
            error = error.with_reply(reply);
        }
        Poll::Ready(self.failed(error))
    }

    /// Fails if more has arrived than the server announced, with a margin for a file that grows
    /// meanwhile, or than the caller allows.
    pub(super) fn check_amount(&self) -> Result<(), Error> {
        let (total, range) = (self.total(), &self.range);
        check_size(range.most, total).map_err(|error| self.failed(error))?;
        let Some(expected) = range.size else {
            return Ok(());
        };
        let left = expected.saturating_sub(range.offset);
        let margin = MARGIN.saturating_add(left / MARGIN_SHARE);
        if total <= expected.saturating_add(margin) {
            return Ok(());
        }
        self.lease.session().note_excess(expected);
        let what = format!("the server sends more than the {expected} bytes that it announced");
        let error = Error::new(ErrorKind::Incomplete, what);
        Err(self.failed(error.with_detail(ErrorDetail::MoreThanAnnounced { expected })))
    }

    /// Counts `len` received bytes.
    pub(super) fn count(&mut self, len: usize) {
        if let Some(rate) = self.lease.session().rate() {
            rate.spend(len);
        }
        self.received += len as u64;
        if self.is_announced {
            self.observe(&Event::Progress {
                path: &self.range.path,
                bytes: self.total(),
                total: self.range.size,
            });
        }
    }
}

fn stands_still() -> Error {
    Error::timeout(ErrorDetail::DataTimedOut, "the download has stalled")
}
