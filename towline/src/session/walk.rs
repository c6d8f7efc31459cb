//! All entries of a tree.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use futures_core::Stream;
use towline_proto::listing::{Entry, EntryKind};
use towline_proto::name::{check_entry_name, escape};
use towline_proto::path::RemotePath;

use super::patience::Patience;
use super::{Lease, Listing, Session};
use crate::error::{Error, ErrorDetail, ErrorKind};

/// How far a [`Session::walk`] goes.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    depth: usize,
    entries: u64,
}

impl WalkOptions {
    /// How many directories deep it goes below the one that it begins with. One that lies deeper is
    /// given as an entry, and reported as not entered. Default: 100. Links that a server shows as the
    /// directories that they point to may lead in a circle, which ends here at the latest.
    #[must_use]
    pub fn depth(mut self, directories: usize) -> Self {
        self.depth = directories;
        self
    }

    /// How many entries it gives at most. Where there are more, it ends with an error. Default: 1,000,000.
    #[must_use]
    pub fn entries(mut self, entries: u64) -> Self {
        self.entries = entries;
        self
    }
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            depth: 100,
            entries: 1_000_000,
        }
    }
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WalkEntry {
    /// Where it is: the path that the walk began with, and the names below that.
    pub path: RemotePath,
    /// How many directories lie between it and the one that the walk began with: 0 for what is in
    /// that directory itself.
    pub depth: usize,
    /// What the listing of its directory says of it.
    pub entry: Entry,
}

/// The entries of a tree, one after the other: ask for them with [`next`](Self::next). It is a
/// [`Stream`], too. See [`Session::walk`].
#[must_use = "a walk does nothing until it is asked for entries"]
pub struct Walk<'s> {
    stage: Stage<'s>,
    options: WalkOptions,
    /// Directories to be listed, the next one last.
    pending: Vec<Directory>,
    current: Option<Current>,
    /// Entries so far.
    count: u64,
    has_failed: bool,
    patience: Patience,
}

struct Directory {
    path: RemotePath,
    depth: usize,
}

/// A directory that has been listed.
struct Current {
    directory: Directory,
    entries: vec::IntoIter<Entry>,
    /// Directories in it, in its order.
    below: Vec<Directory>,
    /// Why more may be in it, or below it.
    doubts: VecDeque<Error>,
}

type Listed<'s> = Pin<Box<dyn Future<Output = (Lease<'s>, Result<Listing, Error>)> + Send + 's>>;

enum Stage<'s> {
    Idle(Lease<'s>),
    Listing(Directory, Listed<'s>),
    Over,
}

impl Session {
    /// Walks through the tree below the directory `path`: every entry of a directory, then its
    /// directories one by one, each in the server's order. Nothing is sent before the first entry is
    /// asked for, and each directory is listed as by [`Self::list`].
    ///
    /// Links are given as entries, and never followed. A name that could lead elsewhere, such as
    /// `../x`, is an error, and is not followed either.
    ///
    /// What goes wrong with one directory is an item of the walk, and does not end it. Where nothing is
    /// known to be left out, [`Walk::is_complete`] says so at the end.
    ///
    /// ```no_run
    /// use towline::{RemotePath, Session, WalkOptions};
    ///
    /// # async fn example(session: &mut Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut walk = session.walk(&RemotePath::new("out")?, &WalkOptions::default());
    /// while let Some(found) = walk.next().await {
    ///     match found {
    ///         Ok(found) => println!("{} {:?}", found.path, found.entry.size),
    ///         Err(error) => eprintln!("{error}"),
    ///     }
    /// }
    /// println!("complete: {}", walk.is_complete());
    /// # Ok(())
    /// # }
    /// ```
    pub fn walk(&mut self, path: &RemotePath, options: &WalkOptions) -> Walk<'_> {
        Walk::over(Lease::settled(self), path.clone(), options.clone())
    }
}

impl<'s> Walk<'s> {
    /// The tree below `path`, over a session that owes nothing.
    fn over(lease: Lease<'s>, path: RemotePath, options: WalkOptions) -> Self {
        Self {
            stage: Stage::Idle(lease),
            options,
            pending: vec![Directory { path, depth: 0 }],
            current: None,
            count: 0,
            has_failed: false,
            patience: Patience::default(),
        }
    }
}

impl Walk<'_> {
    /// The next entry; `None` at the end. May be dropped at any time without losing an entry. The walk can
    /// be dropped as well; only in the middle of this call does that cost the control connection.
    ///
    /// # Errors
    ///
    /// Those of [`Session::list`], for one directory. [`ErrorKind::Protocol`] for a name that is not
    /// followed. [`ErrorKind::Incomplete`] where more may be in a directory than its listing shows, for a
    /// directory that lies too deep, and for entries beyond the number that is allowed; the last one ends
    /// the walk, as does a server that can no longer be reached.
    pub async fn next(&mut self) -> Option<Result<WalkEntry, Error>> {
        poll_fn(|cx| self.poll_next_item(cx)).await
    }

    /// Whether the walk is over and there was no error, so that it has shown everything but what is
    /// behind links.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.stage, Stage::Over) && !self.has_failed
    }

    fn poll_next_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<WalkEntry, Error>>> {
        let item = loop {
            if let Some(item) = self.next_of_current() {
                break item;
            }
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Over => return Poll::Ready(None),
                Stage::Idle(lease) => {
                    if let Some(directory) = self.pending.pop() {
                        let listed = list(lease, directory.path.clone());
                        self.stage = Stage::Listing(directory, Box::pin(listed));
                    }
                }
                Stage::Listing(directory, mut listed) => {
                    let Poll::Ready((lease, listing)) = listed.as_mut().poll(cx) else {
                        self.stage = Stage::Listing(directory, listed);
                        return Poll::Pending;
                    };
                    self.stage = Stage::Idle(lease);
                    match listing {
                        Ok(listing) => self.begin(directory, listing),
                        Err(error) => {
                            let error = error.with_path(&directory.path);
                            if self.patience.ends_with(&error) {
                                self.stage = Stage::Over;
                            }
                            break Err(error);
                        }
                    }
                }
            }
        };
        self.has_failed |= item.is_err();
        Poll::Ready(Some(item))
    }

    fn begin(&mut self, directory: Directory, listing: Listing) {
        self.patience.restore();
        let completeness = listing.summary.completeness();
        let mut doubts = VecDeque::new();
        if !completeness.is_complete() {
            let error = Error::new(ErrorKind::Incomplete, completeness.to_string());
            let error = error.with_detail(ErrorDetail::ListingIncomplete);
            doubts.push_back(error.with_path(&directory.path));
        }
        self.current = Some(Current {
            directory,
            entries: listing.entries.into_iter(),
            below: Vec::new(),
            doubts,
        });
    }

    /// The next item of the directory that was listed last.
    fn next_of_current(&mut self) -> Option<Result<WalkEntry, Error>> {
        let current = self.current.as_mut()?;
        let Some(entry) = current.entries.next() else {
            if let Some(doubt) = current.doubts.pop_front() {
                return Some(Err(doubt));
            }
            let below = std::mem::take(&mut current.below);
            self.pending.extend(below.into_iter().rev());
            self.current = None;
            return None;
        };
        if self.count == self.options.entries {
            let what = format!("there are more than {} entries", self.options.entries);
            let error = Error::new(ErrorKind::Incomplete, what);
            let error = error.with_path(&current.directory.path);
            (self.current, self.stage) = (None, Stage::Over);
            return Some(Err(error));
        }
        self.count += 1;
        Some(current.item(entry, &self.options))
    }
}

impl Current {
    fn item(&mut self, entry: Entry, options: &WalkOptions) -> Result<WalkEntry, Error> {
        let Directory { path, depth } = &self.directory;
        let path = join(path, &entry.name)?;
        if entry.kind == EntryKind::Directory {
            if *depth == options.depth {
                // Behind the entry itself, which is there all the same.
                let what = format!("directories more than {depth} deep are not entered");
                let error = Error::new(ErrorKind::Incomplete, what).with_path(&path);
                let error = error.with_detail(ErrorDetail::TreeTooLarge);
                self.doubts.push_back(error);
            } else {
                self.below.push(Directory {
                    path: path.clone(),
                    depth: depth + 1,
                });
            }
        }
        Ok(WalkEntry {
            path,
            depth: *depth,
            entry,
        })
    }
}

/// The path of the entry `name` in `directory`.
///
/// # Errors
///
/// [`ErrorKind::Protocol`], with the [`NameError`](crate::NameError) as its source, for a name that is
/// not that of an entry.
pub(super) fn join(directory: &RemotePath, name: &[u8]) -> Result<RemotePath, Error> {
    let refused = |source: Box<dyn std::error::Error + Send + Sync>| {
        let what = format!(
            "has an entry named \"{}\", which is not followed",
            escape(name)
        );
        Error::protocol(ErrorDetail::EntryNameRefused, what)
            .with_source(source)
            .with_path(directory)
    };
    check_entry_name(name).map_err(|error| refused(error.into()))?;
    directory.join(name).map_err(|error| refused(error.into()))
}

async fn list<'s>(mut lease: Lease<'s>, path: RemotePath) -> (Lease<'s>, Result<Listing, Error>) {
    let listing = lease.session_mut().list(&path).await;
    (lease, listing)
}

impl Stream for Walk<'_> {
    type Item = Result<WalkEntry, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_next_item(cx)
    }
}

impl fmt::Debug for Walk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk")
            .field("options", &self.options)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
