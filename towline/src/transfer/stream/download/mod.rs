//! A download in progress.

mod arrival;
mod end;

use std::future::{pending, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio::task::spawn_blocking;
use tokio::time::{self, Sleep, sleep_until};
use towline_proto::command::Command;

use super::byte_range::ByteRange;
use crate::boxed::boxed;
use crate::data::{Data, EXPLANATION, LAST_BYTES, Limit, Purpose, STRAGGLERS, lost};
use crate::direction::Direction;
use crate::error::Error;
use crate::observer::Event;
use crate::session::{Lease, Session};
use crate::tls::Collected;
use crate::transfer::local::{Burst, FileWriter};
use crate::verdict::DataConnection;

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
    /// The server has called the transfer complete, and has not closed the data connection.
    is_left_open: bool,
    /// A wait without progress.
    limit: Limit,
    /// The wait for the end of the data after the final reply.
    last: Limit,
    /// The wait for bytes after the final reply.
    stragglers: Limit,
    /// A wait because of a rate limit.
    pause: Option<Pin<Box<Sleep>>>,
    /// The data connection broke, and the server has not given a reason yet.
    broken: Option<io::Error>,
    /// The wait for that reason.
    reason: Limit,
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
            stragglers: Limit::new(limit.min(STRAGGLERS)),
            pause: None,
            broken: None,
            reason: Limit::new(limit.min(EXPLANATION)),
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
            direction: Direction::Download,
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
    /// [`ErrorKind::Network`](crate::ErrorKind::Network) if the connection breaks,
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if nothing arrives for the configured
    /// time, and the error of the server's reply if the server ends the transfer.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        poll_fn(|cx| self.poll_some(cx, buffer)).await
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

    fn observe(&self, event: &Event<'_>) {
        self.lease.session().observe(event);
    }

    /// Returns the position in the file that the download has reached.
    fn total(&self) -> u64 {
        self.range.offset + self.received
    }

    fn failed(&self, error: Error) -> Error {
        let verdict = self.data.verdict.clone();
        error
            .with_path(&self.range.path)
            .with_data_connection(verdict)
    }
}
