//! A listing's entries, as they come.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use towline_proto::listing::{Dialect, Entry, EntryKind, ListingParser, Modified};
use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use super::bytes::ListingBytes;
use super::reader::ListingReader;
use super::summary::ListingSummary;
use crate::data::Data;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::session::Lease;
use crate::session::clock::{Clock, Samples};
use crate::verdict::DataConnection;

/// A listing whose data connection is open.
#[derive(Debug)]
pub(super) struct OpenListing {
    pub(super) data: Data,
    pub(super) path: RemotePath,
    pub(super) dialect: Dialect,
    /// It was asked for with `LIST -a`.
    pub(super) shows_all: bool,
}

/// A listing that has begun: ask for its entries with [`next`](Self::next), then [`finish`](Self::finish)
/// it, or [`stop`](Self::stop) it. It is a [`Stream`], too.
///
/// Memory stays flat whatever the size of the directory. Times of a `LIST` are on the server's clock
/// until the session has learnt how that is set; [`Session::in_utc`](crate::Session::in_utc) puts them
/// right once the listing is finished.
///
/// Dropped before its last entry, it gives the control connection up, and the next operation opens a new
/// one.
#[derive(Debug)]
#[must_use = "a listing has to be finished or stopped"]
pub struct ListingStream<'s> {
    bytes: ListingBytes<'s>,
    reader: ListingReader,
    clock: Clock,
    samples: Samples,
    shows_all: bool,
    /// There was a directory with the name of the one that is listed.
    has_itself: bool,
    /// All bytes have come.
    is_whole: bool,
    /// There are no further entries.
    is_over: bool,
    failure: Option<Error>,
}

impl<'s> ListingStream<'s> {
    /// The entries of `listing`. `limit`: the bytes of memory that they may take altogether.
    pub(super) fn over(lease: Lease<'s>, listing: OpenListing, limit: u64) -> Self {
        let OpenListing {
            data,
            path,
            dialect,
            shows_all,
        } = listing;
        let clock = lease.session().clock;
        let parser = ListingParser::new(dialect, clock.now());
        Self {
            bytes: ListingBytes::new(lease, data, path),
            reader: ListingReader::new(parser, limit),
            clock,
            samples: Samples::default(),
            shows_all,
            has_itself: false,
            is_whole: false,
            is_over: false,
            failure: None,
        }
    }
}

impl ListingStream<'_> {
    /// The next entry. `None` after the last one, and after an error, which is the last item. May be
    /// dropped at any time without losing an entry.
    ///
    /// The last entry comes once the server has called the listing complete. Only
    /// [`finish`](Self::finish) says whether all of it was understood.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] if a connection breaks, [`ErrorKind::Timeout`] if nothing comes for the
    /// configured time, [`ErrorKind::Refused`] and [`ErrorKind::NotFound`] if the server breaks the
    /// listing off, or lists a directory itself in place of its contents, and [`ErrorKind::Protocol`] for a
    /// line without end.
    pub async fn next(&mut self) -> Option<Result<Entry, Error>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// Says what the listing came to, after its last entry.
    ///
    /// Where `LIST` and `MDTM` tell the time of one listed file, the session learns how the server's clock
    /// is set: this asks for a few times, once a session.
    ///
    /// # Errors
    ///
    /// The error that [`next`](Self::next) has given. [`ErrorKind::Usage`] if entries were left; the
    /// listing is stopped then.
    pub async fn finish(mut self) -> Result<ListingSummary, Error> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        if !self.is_over {
            let what = "the listing was finished before its last entry";
            let error = Error::new(ErrorKind::Usage, what).with_path(self.bytes.path());
            // The caller's error is the one to tell.
            let _ = self.stop().await;
            return Err(error);
        }
        let summary = std::mem::take(self.reader.summary());
        let path = self.bytes.path().clone();
        let mut lease = self.bytes.into_lease();
        lease.session_mut().set_clock(&path, self.samples).await;
        Ok(summary)
    }

    /// Stops the listing in order (`ABOR`). The session stays usable, unless the server does not answer
    /// as it should; then the next operation opens a new control connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] if the control connection breaks.
    pub async fn stop(self) -> Result<(), Error> {
        self.bytes.stop().await
    }

    /// The verdict on the data connection.
    pub fn data_connection(&self) -> &DataConnection {
        self.bytes.verdict()
    }

    /// As [`Session::in_utc`](crate::Session::in_utc), as far as is known by now.
    #[must_use]
    pub fn in_utc(&self, listed: Modified) -> Modified {
        self.clock.read(listed)
    }

    fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Entry, Error>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let next = ready!(self.poll_entry(cx));
        self.is_over = !matches!(next, Ok(Some(_)));
        Poll::Ready(match next {
            Ok(entry) => entry.map(Ok),
            Err(error) => {
                let error = error.with_path(self.bytes.path());
                self.failure = Some(error.clone());
                Some(Err(error))
            }
        })
    }

    fn poll_entry(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Entry>, Error>> {
        loop {
            if let Some(entry) = self.reader.next()? {
                return Poll::Ready(Ok(Some(self.seen(entry))));
            }
            if self.is_whole {
                return Poll::Ready(self.check_contents().map(|()| None));
            }
            let Self { bytes, reader, .. } = self;
            if !ready!(bytes.poll(cx, &mut |bytes| reader.push(bytes)))? {
                self.is_whole = true;
                self.reader.end();
                let reply = self.bytes.reply();
                let partial = reply.filter(|reply| is_partial(reply)).cloned();
                let cut = !self.bytes.is_cleanly_ended();
                let summary = self.reader.summary();
                (summary.cut, summary.partial) = (cut, partial);
            }
        }
    }

    fn seen(&mut self, mut entry: Entry) -> Entry {
        let own_name = self.bytes.path().file_name();
        self.has_itself |= entry.kind == EntryKind::Directory && own_name == Some(&entry.name[..]);
        self.samples.consider(&entry);
        self.clock.read_entry(&mut entry);
        entry
    }

    /// Fails if this is no listing of the directory's contents.
    fn check_contents(&mut self) -> Result<(), Error> {
        let has_dots = self.reader.has_ignored();
        let ListingSummary {
            entries, unknown, ..
        } = *self.reader.summary();
        if self.shows_all && !has_dots && self.has_itself && (entries, unknown) == (1, 0) {
            let what = "the server lists the directory itself in place of what is in it, as vsftpd does \
                        with one that it may not read";
            let error = Error::new(ErrorKind::Refused, what);
            return Err(error.with_detail(ErrorDetail::DirectoryListsItself));
        }
        Ok(())
    }
}

/// Ends after an error.
impl Stream for ListingStream<'_> {
    type Item = Result<Entry, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_next_entry(cx)
    }
}

/// Whether the final reply of a listing says that there is more: that of Pure-FTPd 1.0.50, or that of vsftpd
/// 3.0.3 for a directory that is not there or that it may not read.
fn is_partial(reply: &Reply) -> bool {
    let text = reply.text();
    text.contains("Output truncated") || text.contains("failed to open directory")
}
