//! Listings: entries as they arrive (`stream`), over bytes as they arrive (`bytes`), or all at
//! once.

mod bytes;
mod completeness;
mod reader;
mod stream;
mod summary;

use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::listing::{Dialect, Entry, Modified, server_offset};
use towline_proto::path::RemotePath;

pub(super) use self::bytes::ListingBytes;
pub use self::completeness::Completeness;
pub(super) use self::reader::too_large;
pub use self::stream::ListingStream;
use self::stream::OpenListing;
pub use self::summary::{Listing, ListingSummary};
use super::attempts::retrying;
use super::clock::{Clock, Samples};
use super::{Lease, Session};
use crate::error::Error;
use crate::observer::Event;

impl Session {
    /// Lists a directory with `MLSD`, or with `LIST` if the server does not support `MLSD`.
    ///
    /// `LIST` gives times on the server's clock. If `MDTM` also gives the time of one listed file,
    /// in UTC, the session computes the difference once and gives all times in UTC. The server does
    /// not say what its UTC offset was at another time of the year.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), towline::Error> {
    /// # let path = towline::RemotePath::login_directory();
    /// let listing = session.list(&path).await?;
    /// let completeness = listing.summary.completeness();
    /// println!("{} entries; {completeness}", listing.entries.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) or
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the server refuses.
    /// [`ErrorKind::Protocol`](crate::ErrorKind::Protocol) if the listing takes more memory than
    /// [`Config::listing_limit`](crate::Config::listing_limit).
    pub async fn list(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        retrying!(self, self.collect_listing(path))
    }

    async fn collect_listing(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        let limit = self.config().listing_limit;
        let listing = self.open_listing(path).await?;
        let mut stream = ListingStream::over(Lease::new(self), listing, limit);
        let mut entries = Vec::new();
        while let Some(entry) = stream.next().await {
            entries.push(entry?);
        }
        let summary = stream.finish().await?;
        // The clock may have been determined from this listing.
        entries
            .iter_mut()
            .for_each(|entry| self.clock.read_entry(entry));
        Ok(Listing { entries, summary })
    }

    /// Lists a directory of any size. Calls `each` with every entry as it arrives; memory use stays
    /// constant. Use [`Self::listing`] to stop early, or to wait between entries.
    ///
    /// With `LIST`, times are on the server's clock until an earlier listing of the session has
    /// determined its UTC offset. Use [`Self::in_utc`] to convert them afterwards.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) or
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the server refuses. Also fails if the
    /// listing breaks off. The listing is never retried, because `each` may already have received
    /// entries.
    pub async fn list_each(
        &mut self,
        path: &RemotePath,
        mut each: impl FnMut(Entry) + Send,
    ) -> Result<ListingSummary, Error> {
        let mut stream = self.listing(path).await?;
        while let Some(entry) = stream.next().await {
            each(entry?);
        }
        stream.finish().await
    }

    /// Starts to list a directory of any size. Entries arrive one by one; memory use stays
    /// constant.
    ///
    /// ```no_run
    /// use towline::{EntryKind, RemotePath, Session};
    ///
    /// # async fn example(session: &mut Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut listing = session.listing(&RemotePath::new("out")?).await?;
    /// while let Some(entry) = listing.next().await {
    ///     let entry = entry?;
    ///     if entry.kind == EntryKind::Directory {
    ///         println!("{}", entry.name.escape_ascii());
    ///     }
    /// }
    /// let summary = listing.finish().await?;
    /// if !summary.completeness().is_complete() {
    ///     eprintln!("{}", summary.completeness());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) or
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the server refuses. The call is never
    /// retried.
    pub async fn listing(&mut self, path: &RemotePath) -> Result<ListingStream<'_>, Error> {
        let listing = self.open_listing(path).await?;
        Ok(ListingStream::over(Lease::new(self), listing, u64::MAX))
    }

    async fn open_listing(&mut self, path: &RemotePath) -> Result<OpenListing, Error> {
        self.ensure_usable().await?;
        self.observe(&Event::RetrievingListing { path });
        let operand = (!path.is_login_directory()).then(|| path.clone());
        let (command, dialect) = if self.link.features.has(Feature::Mlst) {
            (Command::Mlsd(operand), Dialect::Mlsd)
        } else if self.link.server.hides_dot_files {
            (Command::ListAll(operand), Dialect::List)
        } else {
            (Command::List(operand), Dialect::List)
        };
        Ok(OpenListing {
            data: self.open_retrieval(&command, 0, path).await?,
            path: path.clone(),
            dialect,
            shows_all: matches!(command, Command::ListAll(_)),
        })
    }

    /// Converts a listed time to UTC if the session knows the server's UTC offset; otherwise
    /// returns it unchanged. For entries of [`Self::listing`] and [`Self::list_each`], which may
    /// arrive before the offset is known.
    #[must_use]
    pub fn in_utc(&self, listed: Modified) -> Modified {
        self.clock.read(listed)
    }

    /// Determines the server's clock, unless it is known, from files in `directory`: compares the
    /// times from `LIST` and `MDTM`.
    async fn set_clock(&mut self, directory: &RemotePath, samples: Samples) {
        if self.clock != Clock::Unknown || samples.is_empty() || !self.features().has(Feature::Mdtm)
        {
            return;
        }
        for (name, listed) in samples {
            let Ok(path) = directory.join(&name) else {
                continue;
            };
            match self.ask_modified(&path).await {
                Ok(Some(exact)) => {
                    if let Some(offset) = server_offset(listed, exact) {
                        self.clock = Clock::Ahead(offset);
                        return;
                    }
                }
                Ok(None) => {}
                // The listing is complete; a later one can determine the clock.
                Err(_) => return,
            }
        }
        self.clock = Clock::Unknowable;
    }
}
