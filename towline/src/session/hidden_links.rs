//! Links that a server shows as what they lead to.
//!
//! `LIST` may show a link where `MLSD` shows a file (libunftp 0.23). Where neither does (aioftp
//! 0.28), the number of hard links of the directory around it may: each directory in it has a `..`,
//! a link has none.

use towline_proto::listing::{Entry, EntryKind};
use towline_proto::path::RemotePath;

use super::Session;
use super::link_size::LONGEST_LINK;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};

impl Session {
    /// Turns `entries` of `directory` that are shown as `kind`, but as links by `LIST`, into links.
    /// One listing serves for all of them. Nothing is sent to servers whose software is known to
    /// show links, or that have no `MLSD`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the connection fails.
    pub async fn reveal_links(
        &mut self,
        directory: &RemotePath,
        entries: &mut [Entry],
        kind: EntryKind,
    ) -> Result<(), Error> {
        self.reveal(directory, entries, kind).await
    }

    #[boxed]
    async fn reveal(
        &mut self,
        directory: &RemotePath,
        entries: &mut [Entry],
        kind: EntryKind,
    ) -> Result<(), Error> {
        let may_be_link = |entry: &Entry| entry.kind == kind && has_length_of_link(entry);
        if !self.may_show_links_otherwise() || !entries.iter().any(may_be_link) {
            return Ok(());
        }
        // What is known of the links may be older than the entries.
        self.links = None;
        let links = match Box::pin(self.links_in(directory)).await {
            Ok(links) => &links.by_name,
            Err(error) if error.is_lost() => return Err(error),
            Err(_) => return Ok(()),
        };
        for entry in entries.iter_mut().filter(|entry| may_be_link(entry)) {
            if let Some(link) = links.get(&entry.name) {
                entry.kind = EntryKind::Link;
                entry.size = None;
                entry.link_target.clone_from(&link.target);
            }
        }
        Ok(())
    }

    /// Returns whether `LIST` shows `entry`, which the server describes as a file, as a link.
    #[boxed]
    pub(super) async fn is_link_in_disguise(
        &mut self,
        path: &RemotePath,
        entry: &Entry,
    ) -> Result<bool, Error> {
        if !self.may_show_links_otherwise() || !has_length_of_link(entry) {
            return Ok(false);
        }
        match Box::pin(self.listed_link(path)).await {
            Err(error) if error.is_lost() => Err(error),
            link => Ok(link.ok().flatten().is_some()),
        }
    }

    fn may_show_links_otherwise(&self) -> bool {
        self.is_of_unknown_software() && self.lists_with_mlsd()
    }

    /// Fails if the listing `entries` of `directory` shows more directories than the hard links of
    /// `directory` allow, since one of them must be a link. To learn whether the server counts hard
    /// links at all, this creates a directory in `directory`, and removes it. Use it only if
    /// `directory`, or something in it, is about to be removed. A server that does not show hard
    /// links is not asked.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] if one of them is a link, or may be one. [`ErrorKind::Network`] or
    /// [`ErrorKind::Timeout`] if the connection fails. The error of the server's reply if it does
    /// not remove the directory that was created.
    pub async fn check_for_hidden_links(
        &mut self,
        directory: &RemotePath,
        entries: &[Entry],
    ) -> Result<(), Error> {
        self.check_links(directory, entries).await
    }

    #[boxed]
    async fn check_links(
        &mut self,
        directory: &RemotePath,
        entries: &[Entry],
    ) -> Result<(), Error> {
        let shown = entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Directory);
        let shown = u64::try_from(shown.count()).unwrap_or(u64::MAX);
        if shown == 0 || !self.is_of_unknown_software() || !self.shared.lessons().may_count_links()
        {
            return Ok(());
        }
        let Some(count) = self.link_count(directory).await? else {
            return Ok(());
        };
        // Each directory is counted for its own name and its `.`. Some file systems count nothing.
        if count < 2 || shown <= count - 2 {
            return Ok(());
        }
        let what = match self.is_counted(directory, count).await? {
            Some(false) => {
                self.shared.lessons().learned_that_link_counts_are_made_up();
                return Ok(());
            }
            Some(true) => {
                "contains a link to a directory, which the server does not show as a link, so \
                 nothing in it is removed"
            }
            None => {
                "may contain a link to a directory, which the server would not show as a link, so \
                 nothing in it is removed"
            }
        };
        let error = Error::new(ErrorKind::Incomplete, what).with_path(directory);
        Err(error.with_detail(ErrorDetail::ListingIncomplete))
    }

    /// Returns whether a new directory in `directory` adds to its number of hard links, which is
    /// `count` before; `None` if that cannot be found out.
    async fn is_counted(
        &mut self,
        directory: &RemotePath,
        count: u64,
    ) -> Result<Option<bool>, Error> {
        let random: u64 = rand::random();
        let probe = format!(".towline.probe.{random:016x}");
        let Ok(probe) = directory.join(probe.as_bytes()) else {
            return Ok(None);
        };
        let again = match self.create_dir(&probe).await {
            Ok(()) => self.link_count(directory).await,
            Err(error) if error.is_negative_answer() => return Ok(None),
            // It may have been created.
            Err(error) => Err(error),
        };
        let removed = self.remove_dir(&probe).await;
        let again = again?;
        removed?;
        Ok(match again {
            Some(again) if again == count => Some(false),
            Some(again) if again > count => Some(true),
            // Something else changes the directory.
            _ => None,
        })
    }

    /// Returns the number of hard links of `directory`, if `LIST` of the directory above shows it.
    async fn link_count(&mut self, directory: &RemotePath) -> Result<Option<u64>, Error> {
        let (Some(name), Some(parent)) = (directory.file_name(), directory.parent()) else {
            return Ok(None);
        };
        let listed = match self.listed_with_list(&parent).await {
            Err(error) if error.is_lost() => return Err(error),
            listed => listed.unwrap_or_default(),
        };
        let listed = listed.into_iter().find(|entry| entry.name == name);
        Ok(listed.and_then(|entry| links_of(&entry.raw)))
    }
}

/// Returns the number of hard links in a line of `ls -l`.
fn links_of(line: &[u8]) -> Option<u64> {
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    words.next().filter(|mode| mode.len() >= 10)?;
    std::str::from_utf8(words.next()?).ok()?.parse().ok()
}

/// Returns whether the size that `entry` is shown with may be the length of a link.
fn has_length_of_link(entry: &Entry) -> bool {
    let size = entry.size.filter(|_| entry.kind == EntryKind::File);
    size.is_none_or(|size| size <= LONGEST_LINK)
}
