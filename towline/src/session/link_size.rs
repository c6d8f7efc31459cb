//! The size behind a link, for servers whose `SIZE` gives the length of the link itself.

use towline_proto::features::Feature;
use towline_proto::listing::{Dialect, Entry, EntryKind, Line, ListingParser};
use towline_proto::path::RemotePath;

use super::links::{Links, ListedLink};
use super::{ListFlags, ListingCommand, Session};
use crate::boxed::boxed;
use crate::error::Error;

/// No link is longer than a path.
pub(super) const LONGEST_LINK: u64 = 4096;

/// The most links to follow, one after the other.
const MOST_LINKS: usize = 8;

impl Session {
    /// Returns the size that a download of `path` should have, if the server gives it.
    pub(crate) async fn size_to_download(
        &mut self,
        path: &RemotePath,
    ) -> Result<Option<u64>, Error> {
        let given = self.ask_size(path).await?;
        match given {
            Some(size) if self.shared.lessons().may_size_links() => {
                let behind = self.size_behind(path, size).await?;
                Ok(behind.unwrap_or(given))
            }
            _ => Ok(given),
        }
    }

    /// Records that a download brings more than `given`, the server's answer to `SIZE`.
    pub(crate) fn note_excess(&self, given: u64) {
        if given <= LONGEST_LINK {
            self.shared.lessons().learned_that_sizes_may_be_of_links();
        }
    }

    /// If `given`, the size of `path` before a download, is the length of a link, returns the size
    /// of what the link leads to, as far as the server gives it. Returns `None` if `path` is no
    /// link, if its size has changed, or if the server does not show it.
    pub(crate) async fn size_behind_link(
        &mut self,
        path: &RemotePath,
        given: u64,
    ) -> Result<Option<Option<u64>>, Error> {
        if given > LONGEST_LINK {
            return Ok(None);
        }
        let now = match self.ask_size(path).await {
            Err(error) if error.is_lost() => return Err(error),
            asked => asked.unwrap_or_default(),
        };
        match now {
            Some(now) if now != given => Ok(None),
            // Without an answer, the size is that of a listing.
            _ => self.size_behind_new_link(path, given).await,
        }
    }

    /// As [`Self::size_behind_link`], for an answer that the server has just given.
    pub(crate) async fn size_behind_new_link(
        &mut self,
        path: &RemotePath,
        given: u64,
    ) -> Result<Option<Option<u64>>, Error> {
        // What is known of the links in its directory may be older.
        self.links = None;
        self.size_behind(path, given).await
    }

    #[boxed]
    async fn size_behind(
        &mut self,
        path: &RemotePath,
        given: u64,
    ) -> Result<Option<Option<u64>>, Error> {
        if given > LONGEST_LINK {
            return Ok(None);
        }
        let looked = Box::pin(self.look_behind_link(path, given)).await;
        let behind = match looked {
            Err(error) if error.is_lost() => return Err(error),
            looked => looked.unwrap_or_default(),
        };
        if behind.is_some() {
            self.shared.lessons().learned_that_sizes_may_be_of_links();
            let text = "a link; the server gives the length of the link as its size";
            self.note(&format!("{path}: {text}"));
        }
        Ok(behind)
    }

    async fn look_behind_link(
        &mut self,
        path: &RemotePath,
        given: u64,
    ) -> Result<Option<Option<u64>>, Error> {
        let Some(mut target) = self.link_target(path, given).await? else {
            return Ok(None);
        };
        for _ in 0..MOST_LINKS {
            let Some(at) = target else { break };
            let next = async {
                let size = self.ask_size(&at).await?;
                match size {
                    Some(len) => Ok((size, self.link_target(&at, len).await?)),
                    None => Ok((None, None)),
                }
            };
            target = match next.await {
                Ok((size, None)) => return Ok(Some(size)),
                Ok((_, Some(next))) => next,
                Err(error) if Error::is_lost(&error) => return Err(error),
                Err(_) => break,
            };
        }
        Ok(Some(None))
    }

    /// Returns where the link at `path` leads to, if that is known. Returns `None` if `path` is no
    /// link that is `len` bytes long.
    async fn link_target(
        &mut self,
        path: &RemotePath,
        len: u64,
    ) -> Result<Option<Option<RemotePath>>, Error> {
        if len > LONGEST_LINK {
            return Ok(None);
        }
        let entry = self.describe(path).await?;
        match entry.kind {
            EntryKind::Link => {
                let target = entry.link_target;
                Ok(Some(target.and_then(|target| resolve(path, &target))))
            }
            // MLST may follow links, or call them files (libunftp 0.23). LIST shows them.
            EntryKind::File if self.features().has(Feature::Mlst) => {
                let link = self.listed_link(path).await?;
                let link = link.filter(|link| link.has_length(len));
                let target = link.map(|link| link.target);
                Ok(target.map(|target| target.and_then(|target| resolve(path, &target))))
            }
            _ => Ok(None),
        }
    }

    /// Returns the link at `path`, as `LIST` shows it.
    pub(super) async fn listed_link(
        &mut self,
        path: &RemotePath,
    ) -> Result<Option<ListedLink>, Error> {
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
            return Ok(None);
        };
        let links = self.links_in(&parent).await?;
        Ok(links.by_name.get(name).cloned())
    }

    /// Returns the links in `directory`, as `LIST` shows them. One listing serves for all questions
    /// about a directory.
    pub(super) async fn links_in(&mut self, directory: &RemotePath) -> Result<&Links, Error> {
        let known = self.links.take();
        let known = known.filter(|links| links.parent == *directory);
        let links = match known {
            Some(links) => links,
            None => self.list_links(directory).await?,
        };
        Ok(self.links.insert(links))
    }

    async fn list_links(&mut self, directory: &RemotePath) -> Result<Links, Error> {
        let listed = self.listed_with_list(directory).await?;
        let links = listed.into_iter().filter_map(|entry| {
            let link = ListedLink {
                line: entry.raw,
                target: entry.link_target,
            };
            (entry.kind == EntryKind::Link).then_some((entry.name, link))
        });
        Ok(Links {
            parent: directory.clone(),
            by_name: links.collect(),
        })
    }

    /// Returns the entries that `LIST` shows in `directory`, as far as they are understood, even if
    /// other listings use `MLSD`.
    pub(super) async fn listed_with_list(
        &mut self,
        directory: &RemotePath,
    ) -> Result<Vec<Entry>, Error> {
        let command = ListingCommand::List(ListFlags::default());
        let listing = self.raw_listing(&command, directory).await?;
        let mut parser = ListingParser::new(Dialect::List, self.clock.now());
        let lines = listing.split(|byte| *byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let entries = lines.filter_map(|line| match parser.line(line) {
            Line::Entry(entry) => Some(entry),
            _ => None,
        });
        Ok(entries.collect())
    }
}

/// Returns the path that the link `path` points to with the text `target`.
fn resolve(path: &RemotePath, target: &[u8]) -> Option<RemotePath> {
    let parent = path.parent()?;
    let resolved = match (target, parent.as_bytes()) {
        ([b'/', ..], _) | (_, []) => target.to_vec(),
        (_, [.., b'/']) => [parent.as_bytes(), target].concat(),
        (_, _) => [parent.as_bytes(), b"/", target].concat(),
    };
    RemotePath::new(resolved).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_relative_to_the_directory_of_its_link() {
        for (link, target, expected) in [
            ("link", "a", "a"),
            ("sub/link", "a", "sub/a"),
            ("sub/link", "../a", "sub/../a"),
            ("/link", "a", "/a"),
            ("sub/link", "/a", "/a"),
        ] {
            let resolved = resolve(&RemotePath::new(link).unwrap(), target.as_bytes());
            assert_eq!(resolved, RemotePath::new(expected).ok(), "{link} {target}");
        }
    }
}
