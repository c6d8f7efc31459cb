//! Listings and trees without async.

use std::sync::Arc;

use tokio::runtime::Runtime;
use towline_proto::listing::{Entry, Modified};

use crate::error::Error;
use crate::session::{ListingSummary, WalkEntry};
use crate::verdict::DataConnection;

/// A listing in progress. Read its entries to the last one, then [`finish`](Self::finish) it. See
/// [`crate::ListingStream`].
#[derive(Debug)]
#[must_use = "a listing has to be finished or stopped"]
pub struct ListingStream<'s> {
    // Before the runtime, so that it is dropped first.
    listing: crate::ListingStream<'s>,
    runtime: Arc<Runtime>,
}

impl<'s> ListingStream<'s> {
    pub(super) fn new(listing: crate::ListingStream<'s>, runtime: Arc<Runtime>) -> Self {
        Self { listing, runtime }
    }
}

impl ListingStream<'_> {
    /// Returns the summary of the listing. See [`crate::ListingStream::finish`].
    ///
    /// # Errors
    ///
    /// As for [`crate::ListingStream::finish`].
    pub fn finish(self) -> Result<ListingSummary, Error> {
        self.runtime.block_on(self.listing.finish())
    }

    /// Stops the listing in order. See [`crate::ListingStream::stop`].
    ///
    /// # Errors
    ///
    /// As for [`crate::ListingStream::stop`].
    pub fn stop(self) -> Result<(), Error> {
        self.runtime.block_on(self.listing.stop())
    }

    /// The verdict on the data connection.
    #[must_use]
    pub fn data_connection(&self) -> &DataConnection {
        self.listing.data_connection()
    }

    /// Converts a listed time to UTC. See [`crate::ListingStream::in_utc`].
    #[must_use]
    pub fn in_utc(&self, listed: Modified) -> Modified {
        self.listing.in_utc(listed)
    }
}

/// Ends after an error.
impl Iterator for ListingStream<'_> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.runtime.block_on(self.listing.next())
    }
}

/// The bytes of a listing as they arrive. See [`crate::RawListing`].
#[derive(Debug)]
#[must_use = "a listing has to be read to its end"]
pub struct RawListing<'s> {
    // Before the runtime, so that it is dropped first.
    listing: crate::RawListing<'s>,
    runtime: Arc<Runtime>,
}

impl<'s> RawListing<'s> {
    pub(super) fn new(listing: crate::RawListing<'s>, runtime: Arc<Runtime>) -> Self {
        Self { listing, runtime }
    }
}

impl RawListing<'_> {
    /// Adds the next bytes to `bytes`. Returns `false` at the end. See [`crate::RawListing::read`].
    ///
    /// # Errors
    ///
    /// As for [`crate::RawListing::read`].
    pub fn read(&mut self, bytes: &mut Vec<u8>) -> Result<bool, Error> {
        self.runtime.block_on(self.listing.read(bytes))
    }
}

/// The entries of a tree. See [`crate::Walk`].
#[derive(Debug)]
#[must_use = "a walk does nothing until it is asked for entries"]
pub struct Walk<'s> {
    // Before the runtime, so that it is dropped first.
    walk: crate::Walk<'s>,
    runtime: Arc<Runtime>,
}

impl<'s> Walk<'s> {
    pub(super) fn new(walk: crate::Walk<'s>, runtime: Arc<Runtime>) -> Self {
        Self { walk, runtime }
    }
}

impl Walk<'_> {
    /// Whether the walk is over and has shown everything. See [`crate::Walk::is_complete`].
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.walk.is_complete()
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<WalkEntry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.runtime.block_on(self.walk.next())
    }
}
