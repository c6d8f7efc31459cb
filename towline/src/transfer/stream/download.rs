//! A download in progress.

use std::future::{pending, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use tokio::task::spawn_blocking;
use tokio::time::{self, Sleep, sleep_until};
use towline_proto::command::Command;
use towline_proto::reply::{Reply, ReplyClass};

use super::byte_range::ByteRange;
use crate::boxed::boxed;
use crate::data::{Data, LAST_BYTES, Limit, Purpose, ReadError, lost};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::Event;
use crate::session::{Lease, Session};
use crate::tls::{Collected, DataStream, End};
use crate::transfer::check::{Comparison, compare};
use crate::transfer::local::{Burst, FileWriter};
use crate::transfer::options::check_size;
use crate::transfer::outcome::{Outcome, Transferred};
use crate::verdict::DataConnection;

/// How many bytes more than announced may arrive, because a file may grow meanwhile.
const MARGIN: u64 = 1024 * 1024;
/// This share of the announced size may arrive in addition.
const MARGIN_SHARE: u64 = 8;

/// A download in progress. Read it to its end, then [`finish`](Self::finish) it; or
/// [`abort`](Self::abort) it. If it is dropped before that, it closes its connection, and the
/// session opens a new control connection for the next operation.
///
/// It borrows its session, or owns it ([`Session::into_download`],
/// [`PooledSession::into_download`](crate::PooledSession::into_download)). It implements tokio's
/// `AsyncRead`.
#[derive(Debug)]
#[must_use = "a download has to be finished or aborted"]
pub struct Download<'s> {
    lease: Lease<'s>,
    data: Data,
    range: ByteRange,
    received: u64,
    is_announced: bool,
    /// The server has sent nothing since the last byte.
    is_silent: bool,
    /// Everything has arrived, and the server has not closed the data connection.
    is_left_open: bool,
    /// A wait without progress.
    limit: Limit,
    /// The wait for the end of the data after the final reply.
    last: Limit,
    /// A wait because of a rate limit.
    pause: Option<Pin<Box<Sleep>>>,
    /// The data connection broke, and the server has not given a reason yet.
    broken: Option<io::Error>,
}

/// Opens the data connection for `range`.
#[boxed]
pub(crate) async fn open_download(session: &mut Session, range: &ByteRange) -> Result<Data, Error> {
    let command = Command::Retr(range.path.clone());
    let opened = match range.text {
        true => {
            let purpose = Purpose::Retrieve;
            session.open_text_data(purpose, &command, &range.path).await
        }
        false => {
            let offset = range.offset;
            session.open_retrieval(&command, offset, &range.path).await
        }
    };
    opened.map_err(Error::of_transfer)
}

/// Begins to download `range`. The observer hears nothing of it before [`Download::announce`].
pub(crate) async fn begin_download(
    session: &mut Session,
    range: ByteRange,
) -> Result<Download<'_>, Error> {
    let data = open_download(session, &range).await?;
    Ok(Download::over(Lease::new(session), data, range))
}

impl<'s> Download<'s> {
    /// Returns the download of `range`, over a data connection that is open.
    pub(crate) fn over(lease: Lease<'s>, data: Data, range: ByteRange) -> Self {
        let limit = lease.session().config().timeout;
        Self {
            lease,
            data,
            range,
            received: 0,
            is_announced: false,
            is_silent: false,
            is_left_open: false,
            limit: Limit::new(limit),
            last: Limit::new(limit.min(LAST_BYTES)),
            pause: None,
            broken: None,
        }
    }
}

impl Download<'_> {
    /// Tells the observer of the transfer, and from now on of its progress.
    pub(crate) fn announce(mut self) -> Self {
        self.is_announced = true;
        self.observe(&Event::TransferStarted {
            path: &self.range.path,
            total: self.range.size,
            offset: self.total(),
            upload: false,
        });
        self
    }

    /// The size that the server gave before the transfer, if it gave one.
    pub fn size(&self) -> Option<u64> {
        self.range.size
    }

    /// The verdict on the data connection.
    pub fn data_connection(&self) -> &DataConnection {
        &self.data.verdict
    }

    /// Reads into `buffer`. Zero bytes mean the end, which only [`finish`](Self::finish) confirms.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] if the connection breaks, [`ErrorKind::Timeout`] if nothing arrives
    /// for the configured time, and the error of the server's reply if the server ends the
    /// transfer.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        poll_fn(|cx| self.poll_some(cx, buffer)).await
    }

    /// Polls [`Self::read`]. The next poll continues a wait.
    pub(super) fn poll_some(
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

    /// Waits for bytes, and adds them to the [`pieces`](Self::pieces). The end has the same meaning
    /// as for [`read`](Self::read). Returns `None` if nothing has arrived by `deadline`, which is
    /// checked only when no bytes are waiting.
    pub(crate) async fn collect(
        &mut self,
        deadline: Option<time::Instant>,
    ) -> Result<Option<Collected>, Error> {
        let mut late = pin!(async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => pending().await,
            }
        });
        let mut most = usize::MAX;
        if let Some(rate) = self.lease.session().rate() {
            tokio::select! {
                biased;
                () = rate.ready() => {}
                () = &mut late => return Ok(None),
            }
            most = rate.piece();
        }
        let arrived = self.arrival(|stream, cx| match stream.poll_collect(cx, most) {
            Poll::Ready(collected) => Poll::Ready(collected.map(Some)),
            Poll::Pending => late.as_mut().poll(cx).map(|()| Ok(None)),
        });
        let collected = arrived.await?.unwrap_or(Some(Collected::End));
        if let Some(Collected::More(len)) = collected {
            self.count(len);
        }
        Ok(collected)
    }

    /// Returns what has been collected.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.data.stream.pieces()
    }

    /// Marks what has been collected as used.
    pub(crate) fn clear_pieces(&mut self) {
        if let Some(hasher) = &mut self.range.hasher {
            let pieces = self.data.stream.pieces();
            pieces.for_each(|piece| hasher.update(piece));
        }
        self.data.stream.clear_pieces();
    }

    /// Whether bytes may be received as fast as possible.
    pub(crate) fn may_burst(&self) -> bool {
        self.lease.session().rate().is_none()
    }

    /// Writes what has been collected to `file`; with `bursts`, also what arrives meanwhile. The
    /// inner error is that of the file.
    pub(crate) async fn write_to(
        &mut self,
        mut file: FileWriter,
        bursts: bool,
    ) -> Result<io::Result<(FileWriter, Burst)>, Error> {
        self.check_amount()?;
        let lent = self.data.stream.lend(bursts);
        let mut lent = lent.map_err(|error| self.failed(lost(error)))?;
        let mut hasher = self.range.hasher.take();
        let work = spawn_blocking(move || {
            let written = file.write(&mut lent, hasher.as_mut());
            (lent, hasher, written.map(|burst| (file, burst)))
        });
        let (lent, hasher, written) = match work.await {
            Ok(done) => done,
            Err(error) => return Ok(Err(io::Error::other(error))),
        };
        self.range.hasher = hasher;
        let given_back = self.data.stream.give_back(lent);
        given_back.map_err(|error| self.failed(lost(error)))?;
        if let Ok((_, burst)) = &written
            && burst.bytes > 0
        {
            self.count(burst.bytes);
        }
        Ok(written)
    }

    /// Waits for `poll`, or for a refusal. Returns `None` if nothing more will come.
    async fn arrival<T>(
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
                    if is_whole && self.data.reply.is_some() {
                        // Some servers leave the end to the client.
                        ready!(self.last.poll_expired(cx));
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
                ready!(self.limit.poll_expired(cx));
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
    fn check_amount(&self) -> Result<(), Error> {
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
        let what = format!("the server sends on beyond the {expected} bytes that it announced");
        let error = Error::new(ErrorKind::Incomplete, what);
        Err(self.failed(error.with_detail(ErrorDetail::MoreThanAnnounced { expected })))
    }

    /// Counts `len` received bytes.
    fn count(&mut self, len: usize) {
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
        self.lease.settle();
        if reply.class() != ReplyClass::Completion {
            return Err(self.refused(reply));
        }
        let mut size = self.range.size;
        if self.range.offset > 0 || size.is_some_and(|size| size != self.total()) {
            let total = self.total();
            let session = self.lease.session_mut();
            // The file may have grown or shrunk meanwhile.
            let asked = session.ask_size(&self.range.path).await?;
            size = asked.or(size);
            if let Some(given) = asked.filter(|asked| *asked != total) {
                let behind = session.size_behind_new_link(&self.range.path, given).await;
                size = behind?.unwrap_or(size);
            }
        }
        let outcome = match size {
            Some(size) if size == self.total() => Outcome::Verified,
            Some(size) => return Err(self.incomplete(self.wrong_size(size), Some(reply))),
            None if end == End::Cut => {
                let what =
                    "the data connection ended without close_notify, and the server gives no size";
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

    fn observe(&self, event: &Event<'_>) {
        self.lease.session().observe(event);
    }

    /// Returns the position in the file that the download has reached.
    fn total(&self) -> u64 {
        self.range.offset + self.received
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
        let what = format!("{actual} of {expected} bytes have arrived");
        let error = Error::new(ErrorKind::Incomplete, what);
        error.with_detail(ErrorDetail::WrongSize { expected, actual })
    }

    fn incomplete(&self, mut error: Error, reply: Option<Reply>) -> Error {
        if let Some(reply) = reply {
            error = error.with_reply(reply);
        }
        self.failed(error)
    }

    fn failed(&self, error: Error) -> Error {
        let verdict = self.data.verdict.clone();
        error
            .with_path(&self.range.path)
            .with_data_connection(verdict)
    }
}

fn stands_still() -> Error {
    Error::timeout(ErrorDetail::DataTimedOut, "the download has stalled")
}
