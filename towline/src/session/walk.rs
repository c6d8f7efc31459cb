//! Walking through a directory tree.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use futures_core::Stream;
use towline_proto::listing::{DuplicateNames, Entry, EntryKind};
use towline_proto::name::{check_entry_name, escape};
use towline_proto::path::RemotePath;

use super::error_budget::ErrorBudget;
use super::{DirectoryMark, Lease, Listing, Session, Trail};
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};

/// The limits of a [`Session::walk`], and whether it follows links.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    depth: usize,
    entries: u64,
    follow_links: bool,
}

impl WalkOptions {
    /// Sets how many levels of directories to enter below the starting directory. A deeper
    /// directory is returned as an entry, and reported as not entered. Default: 100.
    #[must_use]
    pub fn depth(mut self, directories: usize) -> Self {
        self.depth = directories;
        self
    }

    /// Sets the maximum number of entries. If there are more, the walk ends with an error. Default:
    /// 1,000,000.
    #[must_use]
    pub fn entries(mut self, entries: u64) -> Self {
        self.entries = entries;
        self
    }

    /// Sets whether links to directories are entered. Such a link is returned as a directory, and a
    /// link to anything else as a file without a size. Default: false.
    #[must_use]
    pub fn follow_links(mut self, follow: bool) -> Self {
        self.follow_links = follow;
        self
    }
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            depth: 100,
            entries: 1_000_000,
            follow_links: false,
        }
    }
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WalkEntry {
    /// The full path: the path that the walk started with, and the names below it.
    pub path: RemotePath,
    /// The number of directories between the entry and the starting directory: 0 for an entry of
    /// the starting directory itself.
    pub depth: usize,
    /// The entry as its directory's listing describes it.
    pub entry: Entry,
}

/// The entries of a tree, one after the other. Read them with [`next`](Self::next). It also
/// implements [`Stream`]. See [`Session::walk`].
#[must_use = "a walk does nothing until it is asked for entries"]
pub struct Walk<'s> {
    stage: Stage<'s>,
    options: WalkOptions,
    /// Directories still to list, the next one last.
    pending: Vec<Directory>,
    current: Option<Current>,
    /// The number of entries so far.
    count: u64,
    has_failed: bool,
    error_budget: ErrorBudget,
}

struct Directory {
    path: RemotePath,
    depth: usize,
    /// The directories above it.
    trail: Trail,
    mark: DirectoryMark,
}

/// A listed directory.
struct Current {
    directory: Directory,
    entries: vec::IntoIter<Entry>,
    /// The directories down to this one.
    trail: Trail,
    names: DuplicateNames,
    /// Its subdirectories, in its order.
    below: Vec<Directory>,
    /// Reasons why the directory, or one below it, may contain more.
    doubts: VecDeque<Error>,
}

type Listed<'s> =
    Pin<Box<dyn Future<Output = (Lease<'s>, Result<(Listing, Trail), Error>)> + Send + 's>>;

enum Stage<'s> {
    Idle(Lease<'s>),
    Listing(Directory, Listed<'s>),
    Over,
}

impl Session {
    /// Walks through the tree below the directory `path`: returns every entry of a directory, then
    /// enters its subdirectories one by one, each in the server's order. Nothing is sent before the
    /// first entry is requested. Each directory is listed as by [`Self::list`].
    ///
    /// Links are returned as entries and followed only with [`WalkOptions::follow_links`]. A name
    /// that could lead elsewhere, such as `../x`, is an error and is not followed. So is a second
    /// entry with the same name, and a directory that is one of those above it, because the server
    /// or the walk followed a link. Where a listing does not say what an entry is, the walk asks.
    ///
    /// An error in one directory is an item of the walk, and does not end it. At the end,
    /// [`Walk::is_complete`] returns true if nothing is known to be missing.
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
        Walk::over(Lease::idle(self), path.clone(), options.clone())
    }
}

impl<'s> Walk<'s> {
    /// Creates a walk below `path`, over a session that is owed no replies.
    fn over(lease: Lease<'s>, path: RemotePath, options: WalkOptions) -> Self {
        Self {
            stage: Stage::Idle(lease),
            options,
            pending: vec![Directory {
                path,
                depth: 0,
                trail: Trail::default(),
                mark: DirectoryMark::default(),
            }],
            current: None,
            count: 0,
            has_failed: false,
            error_budget: ErrorBudget::default(),
        }
    }
}

impl Walk<'_> {
    /// Returns the next entry, or `None` at the end. The future may be dropped at any time without
    /// losing an entry. The walk itself may also be dropped; the control connection is lost only if
    /// a call was in progress.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] or [`ErrorKind::NotFound`] if the server does not list a directory.
    /// [`ErrorKind::Protocol`] for a name that is not followed. [`ErrorKind::Incomplete`] if a
    /// directory may contain more than its listing shows, if a directory lies too deep, or if there
    /// are more entries than allowed. Too many entries end the walk, as does a server that can no
    /// longer be reached.
    pub async fn next(&mut self) -> Option<Result<WalkEntry, Error>> {
        poll_fn(|cx| self.poll_next_item(cx)).await
    }

    /// Returns whether the walk is over without an error. It has then shown everything except what
    /// is behind links.
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
                        let listed = list(
                            lease,
                            directory.path.clone(),
                            directory.trail.clone(),
                            directory.mark.clone(),
                            self.options.follow_links,
                        );
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
                        Ok((listing, trail)) => self.begin(directory, listing, trail),
                        Err(error) => {
                            let error = error.with_path(&directory.path);
                            if self.error_budget.ends_with(&error) {
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

    fn begin(&mut self, directory: Directory, listing: Listing, trail: Trail) {
        self.error_budget.restore();
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
            trail,
            names: DuplicateNames::new(),
            below: Vec::new(),
            doubts,
        });
    }

    /// Returns the next item of the last listed directory.
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
            let error = error.with_detail(ErrorDetail::TreeTooLarge);
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
        let Directory { path, depth, .. } = &self.directory;
        let path = join(path, &entry.name)?;
        if self.names.is_duplicate(&entry.name) {
            return Err(duplicate(&path));
        }
        if entry.kind == EntryKind::Directory {
            if *depth == options.depth {
                // After the entry itself, which exists nevertheless.
                let what = format!("directories more than {depth} deep are not entered");
                let error = Error::new(ErrorKind::Incomplete, what).with_path(&path);
                let error = error.with_detail(ErrorDetail::TreeTooLarge);
                self.doubts.push_back(error);
            } else {
                self.below.push(Directory {
                    path: path.clone(),
                    depth: depth + 1,
                    trail: self.trail.clone(),
                    mark: DirectoryMark::of(&entry),
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

/// Returns the error for the second entry of a name.
pub(super) fn duplicate(path: &RemotePath) -> Error {
    let what = "the listing has another entry of this name";
    let error = Error::new(ErrorKind::Incomplete, what).with_path(path);
    error.with_detail(ErrorDetail::DuplicateName)
}

/// Returns the path of the entry `name` in `directory`.
///
/// # Errors
///
/// [`ErrorKind::Protocol`], with the [`NameError`](crate::NameError) as its source, if `name` is
/// not a valid entry name.
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

async fn list<'s>(
    mut lease: Lease<'s>,
    path: RemotePath,
    trail: Trail,
    mark: DirectoryMark,
    follow_links: bool,
) -> (Lease<'s>, Result<(Listing, Trail), Error>) {
    let session = lease.session_mut();
    let listed = session.list_below(&path, &trail, mark, follow_links).await;
    (lease, listed)
}

impl Session {
    /// Lists the directory `path` below the directories of `trail`, and finds out what the entries
    /// are whose kind the listing does not say.
    ///
    /// # Errors
    ///
    /// The errors of [`Self::list`] and [`Self::descend`].
    #[boxed]
    pub(super) async fn list_below(
        &mut self,
        path: &RemotePath,
        trail: &Trail,
        mark: DirectoryMark,
        follow_links: bool,
    ) -> Result<(Listing, Trail), Error> {
        let mut listing = self.list(path).await?;
        let trail = self
            .descend(trail, path, mark.with(&listing.entries))
            .await?;
        if follow_links {
            let entries = &mut listing.entries;
            self.reveal_links(path, entries, EntryKind::File).await?;
        }
        for entry in &mut listing.entries {
            let is_open = match entry.kind {
                EntryKind::Unknown => true,
                EntryKind::Link => follow_links,
                _ => false,
            };
            // A name that is not followed is reported later.
            let Some(path) = is_open.then(|| join(path, &entry.name).ok()).flatten() else {
                continue;
            };
            match self.follow(&path).await {
                Ok(followed) => {
                    entry.kind = followed.kind;
                    entry.size = followed.size;
                }
                Err(error) if error.is_negative_answer() => {}
                Err(error) => return Err(error),
            }
        }
        Ok((listing, trail))
    }
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
