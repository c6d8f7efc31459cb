//! A file on its way from the server.

use std::future::{pending, poll_fn};
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::task::spawn_blocking;
use tokio::time::{self, sleep_until, timeout};
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::digest::{Comparison, Hasher};
use super::disk::{Burst, FileWriter};
use super::lease::Lease;
use super::{Outcome, Transferred};
use crate::data::{Data, ReadError, lost};
use crate::error::{Error, ErrorKind};
use crate::observer::Event;
use crate::session::Session;
use crate::tls::{Collected, DataStream, End};
use crate::verdict::DataConnection;

/// A download that has begun. Read it to its end, then [`finish`](Self::finish) it; or
/// [`abort`](Self::abort) it. Dropped before that, it closes its connection, and the session opens
/// a new control connection for the next operation.
#[derive(Debug)]
#[must_use = "a download has to be finished or aborted"]
pub struct Download<'s> {
    lease: Lease<'s>,
    data: Data,
    stretch: Stretch,
    received: u64,
    is_announced: bool,
    /// The server said nothing more after the last byte.
    is_silent: bool,
}

/// What of a remote file is fetched: all from some byte on.
#[derive(Debug)]
pub(super) struct Stretch {
    path: RemotePath,
    /// That of the whole file.
    size: Option<u64>,
    /// Where in the file it begins.
    offset: u64,
    /// Has seen what comes before.
    pub(super) hasher: Option<Hasher>,
    began: Instant,
}

impl Stretch {
    /// All of a file of `size` bytes.
    pub(super) fn whole(path: &RemotePath, size: Option<u64>) -> Self {
        Self::from(path, size, 0)
    }

    /// A file of `size` bytes from byte `offset` on.
    pub(super) fn from(path: &RemotePath, size: Option<u64>, offset: u64) -> Self {
        Self {
            path: path.clone(),
            size,
            offset,
            hasher: None,
            began: Instant::now(),
        }
    }
}

impl Session {
    /// Begins to download a file (`SIZE`, then `RETR`).
    ///
    /// # Errors
    ///
    /// If the server refuses, or the data connection may not carry anything.
    pub async fn download(&mut self, path: &RemotePath) -> Result<Download<'_>, Error> {
        let mut whole = Stretch::whole(path, None);
        let size = self.ask_size(path).await;
        whole.size = size.map_err(|error| error.with_path(path))?;
        Ok(self.begin_download(whole).await?.announce())
    }

    /// Begins to download a file at byte `offset` (`REST`, RFC 3659 section 5).
    ///
    /// Whether the file is the same as the one whose first bytes are here already is for the caller
    /// to know; [`Self::download_file`] finds out.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), towline::Error> {
    /// # let path = towline::RemotePath::login_directory();
    /// let mut rest = session.download_from(&path, 1_000_000).await?;
    /// let mut chunk = vec![0; 64 * 1024];
    /// while rest.read(&mut chunk).await? > 0 {}
    /// assert_eq!(rest.finish().await?.resumed_at, Some(1_000_000));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::download`]; [`ErrorKind::Usage`] if the file is shorter, and
    /// [`ErrorKind::Refused`] if the server gives no size, without which nobody could tell where it
    /// really began.
    pub async fn download_from(
        &mut self,
        path: &RemotePath,
        offset: u64,
    ) -> Result<Download<'_>, Error> {
        let mut rest = Stretch::from(path, None, offset);
        let size = self.ask_size(path).await;
        rest.size = size.map_err(|error| error.with_path(path))?;
        let fault = match rest.size {
            _ if offset == 0 => None,
            Some(size) if size >= offset => None,
            Some(_) => Some((ErrorKind::Usage, "the file ends before that")),
            None => Some((
                ErrorKind::Refused,
                "the server gives no size to check where a download begins",
            )),
        };
        match fault {
            Some((kind, what)) => Err(Error::new(kind, what).with_path(path)),
            None => Ok(self.begin_download(rest).await?.announce()),
        }
    }

    /// Begins to download `stretch`. The observer hears nothing of it before
    /// [`Download::announce`].
    pub(super) async fn begin_download(&mut self, stretch: Stretch) -> Result<Download<'_>, Error> {
        let data = self.open_download(&stretch).await?;
        Ok(self.download_over(data, stretch))
    }

    /// Opens the data connection for `stretch`.
    pub(super) async fn open_download(&mut self, stretch: &Stretch) -> Result<Data, Error> {
        let Stretch { path, offset, .. } = stretch;
        let command = Command::Retr(path.clone());
        self.open_retrieval(&command, *offset, path).await
    }

    /// The download of `stretch`, over a data connection that is open.
    pub(super) fn download_over(&mut self, data: Data, stretch: Stretch) -> Download<'_> {
        Download {
            lease: Lease::new(self),
            data,
            stretch,
            received: 0,
            is_announced: false,
            is_silent: false,
        }
    }
}

impl Download<'_> {
    /// Tells the observer of the transfer, and from now on of its progress.
    pub(super) fn announce(mut self) -> Self {
        self.is_announced = true;
        self.observe(&Event::TransferStarted {
            path: &self.stretch.path,
            total: self.stretch.size,
            offset: self.total(),
            upload: false,
        });
        self
    }

    /// The size that the server gave before the transfer, if it gave one.
    pub fn size(&self) -> Option<u64> {
        self.stretch.size
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
    pub async fn read(&mut self, mut buffer: &mut [u8]) -> Result<usize, Error> {
        // Reading less makes TCP slow the server down.
        if let Some(rate) = &self.lease.session.shared.rate {
            rate.ready().await;
            let len = buffer.len().min(rate.piece());
            buffer = &mut buffer[..len];
        }
        let arrived = self.arrival(|stream, cx| {
            let bytes = ready!(stream.poll_fill(cx))?;
            let len = bytes.len().min(buffer.len());
            buffer[..len].copy_from_slice(&bytes[..len]);
            stream.consume(len);
            Poll::Ready(Ok(len))
        });
        let len = arrived.await?.unwrap_or(0);
        if let Some(hasher) = &mut self.stretch.hasher {
            hasher.update(&buffer[..len]);
        }
        self.count(len);
        Ok(len)
    }

    /// Waits for bytes to come, and adds them to the [`pieces`](Self::pieces). The end is what
    /// [`read`](Self::read) says it is. `None`: nothing has come by `deadline`, which is looked at only
    /// when there is nothing else to do.
    pub(super) async fn collect(
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
        if let Some(rate) = &self.lease.session.shared.rate {
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

    /// What has been collected.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.data.stream.pieces()
    }

    /// Marks what has been collected as used.
    pub(super) fn clear_pieces(&mut self) {
        if let Some(hasher) = &mut self.stretch.hasher {
            let pieces = self.data.stream.pieces();
            pieces.for_each(|piece| hasher.update(piece));
        }
        self.data.stream.clear_pieces();
    }

    /// Whether bytes may come as fast as they can.
    pub(super) fn may_burst(&self) -> bool {
        self.lease.session.shared.rate.is_none()
    }

    /// Writes what has been collected to `file`; with `bursts`, and what comes meanwhile. The inner
    /// error is the file's.
    pub(super) async fn write_to(
        &mut self,
        mut file: FileWriter,
        bursts: bool,
    ) -> Result<io::Result<(FileWriter, Burst)>, Error> {
        let lent = self.data.stream.lend(bursts);
        let mut lent = lent.map_err(|error| self.failed(lost(error)))?;
        let mut hasher = self.stretch.hasher.take();
        let work = spawn_blocking(move || {
            let written = file.write(&mut lent, hasher.as_mut());
            (lent, hasher, written.map(|burst| (file, burst)))
        });
        let (lent, hasher, written) = match work.await {
            Ok(done) => done,
            Err(error) => return Ok(Err(io::Error::other(error))),
        };
        self.stretch.hasher = hasher;
        let given_back = self.data.stream.give_back(lent);
        given_back.map_err(|error| self.failed(lost(error)))?;
        if let Ok((_, burst)) = &written
            && burst.bytes > 0
        {
            self.count(burst.bytes);
        }
        Ok(written)
    }

    /// Waits for what `poll` waits for, or for a refusal. `None` if no more will come.
    async fn arrival<T>(
        &mut self,
        mut poll: impl FnMut(&mut DataStream, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Result<Option<T>, Error> {
        let control = &mut self.lease.session.link.control;
        let data = &mut self.data;
        let arrival = poll_fn(|cx| match poll(&mut data.stream, cx) {
            Poll::Ready(Ok(arrived)) => Poll::Ready(Ok(Some(arrived))),
            Poll::Ready(Err(error)) => Poll::Ready(Err(ReadError::Data(error))),
            Poll::Pending => data
                .poll_refusal(control, cx)
                .map(|refused| refused.map(|()| None)),
        });
        let limit = self.lease.session.shared.config.timeout;
        match timeout(limit, arrival).await {
            Ok(Ok(arrived)) => Ok(arrived),
            Ok(Err(ReadError::Data(error))) => {
                // The server may have said why.
                let control = &mut self.lease.session.link.control;
                let why = self.data.final_reply(control).await.ok();
                let mut error = Error::from(ReadError::Data(error));
                if let Some(reply) = why {
                    error = error.with_reply(reply);
                }
                Err(self.failed(error))
            }
            Ok(Err(ReadError::Control(error))) => Err(self.failed(error)),
            // All is here but the server's last word, for which finish() makes up.
            Err(_) if self.stretch.size == Some(self.total()) => {
                self.is_silent = true;
                Ok(None)
            }
            Err(_) => Err(self.failed(Error::timeout("the download stands still"))),
        }
    }

    /// Books `len` bytes that have come.
    fn count(&mut self, len: usize) {
        if let Some(rate) = &self.lease.session.shared.rate {
            rate.spend(len);
        }
        self.received += len as u64;
        if self.is_announced {
            self.observe(&Event::Progress {
                path: &self.stretch.path,
                bytes: self.total(),
                total: self.stretch.size,
            });
        }
    }

    /// Confirms that the whole file has come: the server's final reply is positive, and the number
    /// of bytes is the size that the server gives. Without a size the end of TLS has to be clean.
    ///
    /// A final reply that is lost with its control connection is made up for: over a new one the
    /// server is asked for the size once more.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] in every other case.
    pub async fn finish(mut self) -> Result<Transferred, Error> {
        if self.is_silent {
            let lost = Error::timeout("the server does not say that the download is complete");
            return self.finish_without_reply(lost).await;
        }
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
        let reply = match self.data.final_reply(control).await {
            Ok(reply) => reply,
            Err(error) if error.is_lost() && self.stretch.size == Some(self.total()) => {
                return self.finish_without_reply(error).await;
            }
            Err(error) => return Err(self.failed(error)),
        };
        self.lease.settle();
        if reply.class() != ReplyClass::Completion {
            return Err(self.refused(reply));
        }
        let mut size = self.stretch.size;
        if self.stretch.offset > 0 || size.is_some_and(|size| size != self.total()) {
            // It may have grown or shrunk meanwhile.
            size = self
                .lease
                .session
                .ask_size(&self.stretch.path)
                .await?
                .or(size);
        }
        let outcome = match size {
            Some(size) if size == self.total() => Outcome::Verified,
            Some(size) => {
                let what = format!("{} of {size} bytes have come", self.total());
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
        self.compare(outcome, Some(reply)).await
    }

    /// Ends our direction before the data has come. The server's stays open.
    pub(super) async fn close_early(&mut self) -> Result<(), Error> {
        let limit = self.lease.session.shared.config.timeout;
        let closing = poll_fn(|cx| self.data.stream.poll_close_notify(cx));
        let closed = timeout(limit, closing).await;
        let closed = closed.map_err(|_| Error::timeout("the download stands still"))?;
        closed.map_err(|error| Error::from(ReadError::Data(error)))
    }

    /// Waits for the server's word that all of a file has come whose size is right. Asks nothing, since
    /// other commands may be under way.
    pub(super) async fn end_unasked(mut self) -> Result<(), Error> {
        let limit = self.lease.session.shared.config.timeout;
        self.data.close(limit).await;
        let control = &mut self.lease.session.link.control;
        let reply = self.data.final_reply(control).await?;
        if reply.class() != ReplyClass::Completion {
            return Err(self.refused(reply));
        }
        self.lease.settle();
        self.data
            .completed(&self.lease.session.link, &self.lease.session.shared);
        Ok(())
    }

    /// All bytes have come, but the server's last word on them is lost.
    async fn finish_without_reply(mut self, lost: Error) -> Result<Transferred, Error> {
        let session = self.lease.release();
        session.note(
            "the server's last reply is lost; a new connection shows whether the file is whole",
        );
        match session.ask_size(&self.stretch.path).await {
            Ok(Some(size)) if size == self.total() => self.compare(Outcome::Verified, None).await,
            Ok(Some(size)) => {
                let what = format!("{} of {size} bytes have come", self.total());
                Err(self.incomplete(what, None))
            }
            _ => Err(self.failed(lost)),
        }
    }

    /// Compares digests, if that is wanted. `reply` said that the transfer is complete.
    async fn compare(
        mut self,
        outcome: Outcome,
        reply: Option<Reply>,
    ) -> Result<Transferred, Error> {
        let mut digest = None;
        if let Some(hasher) = self.stretch.hasher.take() {
            let (path, total) = (&self.stretch.path, self.total());
            match self.lease.session.compare(hasher, path, total).await? {
                Comparison::Equal(algorithm) => digest = Some(algorithm),
                Comparison::Different(what) => return Err(self.incomplete(what, reply)),
            }
        }
        Ok(Transferred {
            bytes: self.received,
            resumed_at: (self.stretch.offset > 0).then_some(self.stretch.offset),
            outcome,
            digest,
            elapsed: self.stretch.began.elapsed(),
        })
    }

    fn observe(&self, event: &Event<'_>) {
        self.lease.session.link.control.observe(event);
    }

    /// How far into the file it has come.
    fn total(&self) -> u64 {
        self.stretch.offset + self.received
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
        error.with_path(&self.stretch.path)
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
        error
            .with_path(&self.stretch.path)
            .with_data_connection(verdict)
    }
}
