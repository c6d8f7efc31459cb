//! Listings: entries as they come (`stream`), over bytes as they come (`bytes`), or all at once.

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
    /// Lists a directory: `MLSD` where the server has it, else `LIST`.
    ///
    /// `LIST` tells times on the server's clock. Where `MDTM` tells that of one listed file as well, in
    /// UTC, the difference is worked out, once a session, and all times are given in UTC. What the
    /// server's zone was at another time of year it does not tell.
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
    /// If the server refuses, or the listing takes more memory than
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
        // It may have been worked out from this very listing.
        entries
            .iter_mut()
            .for_each(|entry| self.clock.read_entry(entry));
        Ok(Listing { entries, summary })
    }

    /// Lists a directory of any size: `each` gets every entry as it arrives, and memory stays flat.
    /// [`Self::listing`] is the same for those who want to stop, or to wait between two entries.
    ///
    /// With `LIST`, times are on the server's clock until an earlier listing of the session has shown
    /// how that is set; [`Self::in_utc`] puts them right afterwards.
    ///
    /// # Errors
    ///
    /// If the server refuses, or the listing breaks off; `each` may have had entries by then, so it is
    /// never tried again.
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

    /// Begins to list a directory of any size. The entries come one by one, and memory stays flat.
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
    /// If the server refuses. Never tried again.
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

    /// A listed time in UTC, where the session has learnt how the server's clock is set; else as it
    /// is. For entries of [`Self::listing`] and [`Self::list_each`], which come before the clock is known.
    #[must_use]
    pub fn in_utc(&self, listed: Modified) -> Modified {
        self.clock.read(listed)
    }

    /// Works the server's clock out from files in `directory`, unless it is known: what `LIST` says
    /// against what `MDTM` says.
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
                // The listing is complete; another one will tell.
                Err(_) => return,
            }
        }
        self.clock = Clock::Unknowable;
    }
}
