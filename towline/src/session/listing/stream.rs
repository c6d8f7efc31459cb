//! A listing's entries as they arrive.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use towline_proto::listing::{Dialect, Entry, ListingParser, Modified};
use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use super::bytes::ListingBytes;
use super::look::{Manner, Seen};
use super::reader::ListingReader;
use super::second_look::{Decision, of_another};
use super::sight::Sight;
use super::summary::ListingSummary;
use super::taker::Taker;
use crate::data::Data;
use crate::error::{Error, ErrorKind};
use crate::session::Lease;
use crate::session::clock::{Clock, Samples};
use crate::verdict::DataConnection;

/// A listing with an open data connection.
#[derive(Debug)]
pub(super) struct OpenListing {
    pub(super) data: Data,
    pub(super) path: RemotePath,
    pub(super) dialect: Dialect,
    pub(super) manner: Manner,
}

/// A listing whose entries have all been passed on.
#[derive(Debug)]
pub(super) struct Concluded<'s> {
    pub(super) lease: Lease<'s>,
    pub(super) manner: Manner,
    pub(super) seen: Seen,
}

/// A listing in progress. Read its entries with [`next`](Self::next), then [`finish`](Self::finish)
/// it, or [`stop`](Self::stop) it. It also implements [`Stream`].
///
/// Memory use stays constant for a directory of any size. Times of a `LIST` are on the server's
/// clock until the session knows its UTC offset. Use [`Session::in_utc`](crate::Session::in_utc) to
/// convert them once the listing is finished.
///
/// If the stream is dropped before its last entry, its control connection is given up, and the next
/// operation opens a new one.
#[derive(Debug)]
#[must_use = "a listing has to be finished or stopped"]
pub struct ListingStream<'s> {
    bytes: ListingBytes<'s>,
    reader: ListingReader,
    clock: Clock,
    samples: Samples,
    manner: Manner,
    sight: Sight,
    /// All bytes have arrived.
    is_whole: bool,
    /// There are no further entries.
    is_over: bool,
    failure: Option<Error>,
}

impl<'s> ListingStream<'s> {
    /// Creates the stream of `listing`. `limit` bounds the memory of all entries, in bytes.
    pub(super) fn over(lease: Lease<'s>, listing: OpenListing, limit: u64) -> Self {
        let OpenListing {
            data,
            path,
            dialect,
            manner,
        } = listing;
        let clock = lease.session().clock;
        let parser = ListingParser::new(dialect, clock.now());
        let parser = match path.file_name() {
            Some(name) => parser.of_directory(name),
            None => parser,
        };
        Self {
            sight: Sight::of(&path),
            bytes: ListingBytes::new(lease, data, path),
            reader: ListingReader::new(parser, limit),
            clock,
            samples: Samples::default(),
            manner,
            is_whole: false,
            is_over: false,
            failure: None,
        }
    }
}

impl<'s> ListingStream<'s> {
    /// Closes our direction before the data has arrived. The server's direction stays open.
    pub(super) async fn close_early(&mut self) -> Result<(), Error> {
        self.bytes.close_early().await
    }

    /// See [`ListingBytes::has_shown_enough`].
    pub(super) fn has_shown_enough(&self) {
        self.bytes.has_shown_enough();
    }

    /// Passes all entries to `taker`.
    pub(super) async fn pass_to(mut self, taker: &mut impl Taker) -> Result<Seen, Error> {
        while let Some(entry) = self.next().await {
            match entry {
                Ok(entry) => taker.take(entry),
                // `conclude` returns it again.
                Err(_) => break,
            }
        }
        self.conclude().await.map(|concluded| concluded.seen)
    }

    /// Returns the summary with what the entries show, and leaves an entered directory.
    pub(super) async fn conclude(mut self) -> Result<Concluded<'s>, Error> {
        if let Some(error) = self.failure.take() {
            self.bytes.into_lease().session_mut().go_back().await;
            return Err(error);
        }
        if !self.is_over {
            let what = "the listing was finished before its last entry";
            let error = Error::new(ErrorKind::Usage, what).with_path(self.bytes.path());
            // Report the caller's error, not that of the stop.
            let _ = self.stop().await;
            return Err(error);
        }
        let shows_itself = self.reader.shows_itself();
        let summary = std::mem::take(self.reader.summary());
        let mut lease = self.bytes.into_lease();
        lease.session_mut().go_back().await;
        Ok(Concluded {
            lease,
            manner: self.manner,
            seen: Seen {
                summary,
                sight: self.sight,
                shows_itself,
                samples: self.samples,
            },
        })
    }
}

impl ListingStream<'_> {
    /// Returns the next entry. Returns `None` after the last entry, and after an error, which is
    /// the last item. The future may be dropped at any time without losing an entry.
    ///
    /// The last entry arrives once the server has called the listing complete. Only
    /// [`finish`](Self::finish) says whether all of it was understood.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] if a connection breaks. [`ErrorKind::Timeout`] if nothing arrives
    /// within the configured time. [`ErrorKind::Refused`] or [`ErrorKind::NotFound`] if the server
    /// breaks off the listing.
    /// [`ErrorKind::Protocol`] if a line is too long.
    pub async fn next(&mut self) -> Option<Result<Entry, Error>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// Returns the summary, after the last entry.
    ///
    /// If `LIST` and `MDTM` both give the time of one listed file, the session determines the
    /// server's UTC offset. For this it requests a few times, once a session.
    ///
    /// # Errors
    ///
    /// The error that [`next`](Self::next) returned. [`ErrorKind::Usage`] if entries were left; the
    /// listing is then stopped. [`ErrorKind::NotFound`] or [`ErrorKind::Refused`] if there is no
    /// such directory although the server listed something: a file, with
    /// [`ErrorDetail::NotADirectory`](crate::ErrorDetail::NotADirectory). [`ErrorKind::Protocol`]
    /// if the server listed another directory; the next listing then enters the directory first.
    pub async fn finish(self) -> Result<ListingSummary, Error> {
        let path = self.bytes.path().clone();
        let Concluded {
            mut lease,
            manner,
            seen,
        } = self.conclude().await?;
        let session = lease.session_mut();
        match Box::pin(session.decide(&path, manner, Ok(&seen))).await? {
            Decision::First => {
                session.set_clock(&path, seen.samples).await;
                Ok(seen.summary)
            }
            Decision::Second(_) => Err(of_another(&path)),
        }
    }

    /// Stops the listing in order (`ABOR`). The session stays usable, unless the server does not
    /// answer correctly; then the next operation opens a new control connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] if the control connection breaks.
    pub async fn stop(self) -> Result<(), Error> {
        self.bytes.stop().await
    }

    /// Returns the verdict on the data connection.
    pub fn data_connection(&self) -> &DataConnection {
        self.bytes.verdict()
    }

    /// As [`Session::in_utc`](crate::Session::in_utc), with what was known when the listing
    /// started.
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
                return Poll::Ready(Ok(None));
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
        self.sight.saw(&entry);
        self.samples.consider(&entry);
        self.clock.read_entry(&mut entry);
        entry
    }
}

/// Ends after an error.
impl Stream for ListingStream<'_> {
    type Item = Result<Entry, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_next_entry(cx)
    }
}

/// Returns whether the final reply says that entries are missing: in the words of Pure-FTPd 1.0.50,
/// or of vsftpd 3.0.3 for a directory that does not exist or that it may not read.
fn is_partial(reply: &Reply) -> bool {
    reply.contains_any(&["output truncated", "failed to open directory"])
}
