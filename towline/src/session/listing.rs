//! Listings.

use std::future::poll_fn;
use std::task::Poll;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::listing::{Dialect, Entry, EntryKind, ListingParser, Modified, server_offset};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::Session;
use super::attempts::retrying;
use super::clock::{Clock, Samples};
use super::listing_reader::ListingReader;
use super::listing_summary::{Listing, ListingSummary};
use crate::data::{Data, ReadError};
use crate::error::{Error, ErrorKind};
use crate::observer::Event;
use crate::tls::End;

impl Session {
    /// Lists a directory: `MLSD` where the server has it, else `LIST`.
    ///
    /// `LIST` tells times on the server's clock. Where `MDTM` tells that of one listed file as well, in
    /// UTC, the difference is worked out, once a session, and all times are given in UTC. What the
    /// server's zone was at another time of year it does not tell.
    ///
    /// # Errors
    ///
    /// If the server refuses, or the listing takes more memory than
    /// [`Config::listing_limit`](crate::Config::listing_limit).
    pub async fn list(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        retrying!(self, self.collect_listing(path))
    }

    async fn collect_listing(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        let limit = self.shared.config().listing_limit;
        let mut entries = Vec::new();
        let mut keep = |entry| entries.push(entry);
        let summary = self.retrieve_listing(path, limit, &mut keep).await?;
        // It may have been worked out from this very listing.
        entries
            .iter_mut()
            .for_each(|entry| self.clock.read_entry(entry));
        Ok(Listing { entries, summary })
    }

    /// Lists a directory of any size: `each` gets every entry as it arrives, and memory stays flat.
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
        self.retrieve_listing(path, u64::MAX, &mut each).await
    }

    async fn retrieve_listing(
        &mut self,
        path: &RemotePath,
        limit: u64,
        each: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<ListingSummary, Error> {
        self.ensure_usable().await?;
        self.link
            .control
            .observe(&Event::RetrievingListing { path });
        let operand = (!path.is_login_directory()).then(|| path.clone());
        let (command, dialect) = if self.link.features.has(Feature::Mlst) {
            (Command::Mlsd(operand), Dialect::Mlsd)
        } else if self.link.server.hides_dot_files {
            (Command::ListAll(operand), Dialect::List)
        } else {
            (Command::List(operand), Dialect::List)
        };
        let mut data = self.open_retrieval(&command, 0, path).await?;
        let clock = self.clock;
        let mut samples = Samples::default();
        let own_name = path.file_name();
        let mut has_itself = false;
        let mut each = |mut entry: Entry| {
            has_itself |= entry.kind == EntryKind::Directory && own_name == Some(&entry.name[..]);
            samples.consider(&entry);
            clock.read_entry(&mut entry);
            each(entry);
        };
        let parser = ListingParser::new(dialect, clock.now());
        let mut reader = ListingReader::new(parser, limit, &mut each);
        let read = self.read_listing(&mut data, &mut reader).await;
        let read = read.map_err(|error| error.with_path(path));
        if let Err(error) = read {
            self.link.control.mark_broken();
            return Err(error);
        }
        // A refusal may leave the data connection open.
        let end = match data.stream.end() {
            Some(_) => data.close(self.shared.config().timeout).await,
            None => None,
        };
        let reply = data.final_reply(&mut self.link.control).await?;
        if reply.class() != ReplyClass::Completion {
            return Err(Error::refused("the listing broke off", reply).with_path(path));
        }
        data.completed(&self.link, &self.shared);
        self.link
            .control
            .observe(&Event::ListingSuccessful { path });
        let has_dots = reader.has_ignored();
        let mut summary = reader.finish();
        summary.cut = end != Some(End::Clean);
        if matches!(command, Command::ListAll(_))
            && !has_dots
            && has_itself
            && (summary.entries, summary.unknown) == (1, 0)
        {
            let what = "the server lists the directory itself in place of what is in it, as vsftpd does \
                        with one that it may not read";
            return Err(Error::new(ErrorKind::Refused, what).with_path(path));
        }
        summary.partial = is_partial(&reply).then_some(reply);
        self.set_clock(path, samples).await;
        Ok(summary)
    }

    /// Reads to the end of the data, or to a refusal.
    async fn read_listing(
        &mut self,
        data: &mut Data,
        reader: &mut ListingReader<'_>,
    ) -> Result<(), Error> {
        loop {
            let control = &mut self.link.control;
            let chunk = poll_fn(|cx| match data.stream.poll_fill(cx) {
                Poll::Ready(Ok(bytes)) => Poll::Ready(Ok(reader.take(bytes).map(|()| bytes.len()))),
                Poll::Ready(Err(error)) => Poll::Ready(Err(ReadError::Data(error))),
                Poll::Pending => data
                    .poll_refusal(control, cx)
                    .map(|refused| refused.map(|()| Ok(0))),
            });
            let len = timeout(self.shared.config().timeout, chunk)
                .await
                .map_err(|_| Error::timeout("the listing stands still"))???;
            if len == 0 {
                return Ok(());
            }
            data.stream.consume(len);
        }
    }

    /// A listed time in UTC, where the session has learnt how the server's clock is set; else as it
    /// is. For entries of [`Self::list_each`], which come before the clock is known.
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

/// Whether the final reply of a listing says that there is more: that of Pure-FTPd 1.0.50, or that of vsftpd
/// 3.0.3 for a directory that is not there or that it may not read.
fn is_partial(reply: &Reply) -> bool {
    let text = reply.text();
    text.contains("Output truncated") || text.contains("failed to open directory")
}
