//! Removing a directory with everything in it.
//!
//! Links are never followed. Listings are no reliable source for links: some servers describe a
//! link as what it points to. So anything that looks like a directory is first removed like a file.
//! This removes a link; a real directory refuses it. Then it is removed like an empty directory: a
//! server that refuses because it is not a directory (ftp-srv 4.6) shows that it is a link.
//!
//! The whole tree is listed before the first file of it is removed, because a link that looks like
//! a directory may lead to what must stay.

use std::error::Error as StdError;
use std::fmt;

use towline_proto::listing::{DuplicateNames, EntryKind};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::error_budget::ErrorBudget;
use super::listing::no_directory;
use super::walk::{duplicate, join};
use super::{DirectoryMark, Session, Trail};
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};

/// The maximum depth below the directory to remove.
const DEEPEST: usize = 100;
/// The maximum number of entries.
const MOST_ENTRIES: u64 = 1_000_000;
/// All failures are counted; only this many are kept.
const KEPT_FAILURES: usize = 1000;

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Removed {
    /// Files, links, and anything else that is not a directory.
    pub files: u64,
    /// Directories.
    pub directories: u64,
}

/// The error for a directory that could not be removed completely. It is the source of the
/// [`Error`] of [`Session::remove_dir_all`].
#[derive(Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NotRemoved {
    /// What was removed nevertheless.
    pub removed: Removed,
    /// The first 1,000 failures, each with its path. A directory that still has contents is not
    /// among them.
    pub failures: Vec<Error>,
    /// The number of failures.
    pub failed: u64,
}

impl fmt::Display for NotRemoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.failures.first(), self.failed) {
            (Some(first), 2..) => write!(f, "{first} (the first of {} failures)", self.failed),
            (Some(first), _) => first.fmt(f),
            (None, _) => f.write_str("not everything was removed"),
        }
    }
}

impl StdError for NotRemoved {}

impl Session {
    /// Removes a directory with everything in it. Links are removed and never followed: neither
    /// links in the directory nor `path` itself. If a server lists a link as a directory, and
    /// refuses to remove it, only the number of hard links of the directory around it may show it
    /// ([`Self::check_for_hidden_links`]). Nothing shows that `path` itself is such a link.
    ///
    /// If something cannot be removed, the operation continues and reports the failure at the end.
    /// It removes nothing from a directory whose listing is not known to be
    /// [complete](crate::Completeness), nothing more than 100 directories deep, no second entry of
    /// a name, and nothing whose name could lead elsewhere. If a directory is one of those above
    /// it, through a link, or if there are more than 1,000,000 entries, it removes nothing but
    /// links and empty directories.
    ///
    /// ```no_run
    /// use towline::{NotRemoved, RemotePath, Session};
    ///
    /// # async fn example(session: &mut Session) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::error::Error as _;
    ///
    /// let Err(error) = session.remove_dir_all(&RemotePath::new("out/old")?).await else {
    ///     return Ok(());
    /// };
    /// if let Some(left) = error.source().and_then(|source| source.downcast_ref::<NotRemoved>()) {
    ///     left.failures.iter().for_each(|failure| eprintln!("{failure}"));
    /// }
    /// # Err(error.into())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] for the root, the login directory, and paths that end in `.` or `..`.
    /// [`ErrorKind::NotFound`] if there is nothing at `path`. [`ErrorKind::Refused`] if it is not a
    /// directory. If something remains, the kind of the first failure, with a [`NotRemoved`] as the
    /// source.
    pub async fn remove_dir_all(&mut self, path: &RemotePath) -> Result<Removed, Error> {
        if path.file_name().is_none() {
            let what = "the root, the login directory, and what ends in . or .. are never removed";
            return Err(Error::new(ErrorKind::Usage, what).with_path(path));
        }
        let kind = self.stat(path).await?.kind;
        if matches!(kind, EntryKind::File | EntryKind::Other) {
            return Err(no_directory(path));
        }
        let is_link = kind == EntryKind::Link || self.is_listed_as_link(path).await?;
        let mut removing = Removing::new(self);
        removing.run(path.clone(), is_link).await;
        removing.outcome(path)
    }
}

/// A tree during its removal.
struct Removing<'s> {
    session: &'s mut Session,
    /// The remaining steps of the listing, in reverse order.
    steps: Vec<Step>,
    /// What was listed, the contents of a directory before the directory.
    doomed: Vec<Doomed>,
    entries: u64,
    error_budget: ErrorBudget,
    /// The server can no longer be reached, or there are too many entries.
    is_over: bool,
    /// A directory is one of those above it.
    has_circle: bool,
    result: NotRemoved,
}

enum Step {
    /// List a directory, unless it is a link.
    Enter(Directory),
    /// Everything below a directory is listed.
    Leave(Doomed),
}

enum Doomed {
    File(RemotePath),
    /// A directory, unless something from the position `contents` on has failed.
    Directory {
        path: RemotePath,
        contents: usize,
    },
    /// Something here has failed already.
    Failed,
}

struct Directory {
    path: RemotePath,
    depth: usize,
    /// The directories above it.
    trail: Trail,
    mark: DirectoryMark,
    /// The server says that it is a link, so it is never listed.
    is_link: bool,
}

impl<'s> Removing<'s> {
    fn new(session: &'s mut Session) -> Self {
        Self {
            session,
            steps: Vec::new(),
            doomed: Vec::new(),
            entries: 0,
            error_budget: ErrorBudget::default(),
            is_over: false,
            has_circle: false,
            result: NotRemoved {
                removed: Removed::default(),
                failures: Vec::new(),
                failed: 0,
            },
        }
    }

    #[boxed]
    async fn run(&mut self, path: RemotePath, is_link: bool) {
        self.steps.push(Step::Enter(Directory {
            path,
            depth: 0,
            trail: Trail::default(),
            mark: DirectoryMark::default(),
            is_link,
        }));
        while let Some(step) = self.steps.pop() {
            match step {
                Step::Enter(directory) => {
                    let entered = self.enter(directory).await;
                    self.note_listed(entered);
                }
                Step::Leave(doomed) => self.doomed.push(doomed),
            }
            if self.is_over {
                return;
            }
        }
        if !self.has_circle {
            self.remove().await;
        }
    }

    /// Removes what was listed.
    async fn remove(&mut self) {
        let mut last_failed = None;
        for (at, doomed) in std::mem::take(&mut self.doomed).into_iter().enumerate() {
            let outcome = match doomed {
                Doomed::File(path) => {
                    let removed = self.session.remove_file(&path).await;
                    removed.map(|()| self.result.removed.files += 1)
                }
                Doomed::Directory { contents, .. }
                    if last_failed.is_some_and(|failed| failed >= contents) =>
                {
                    continue;
                }
                Doomed::Directory { path, .. } => {
                    let removed = self.session.remove_dir(&path).await;
                    removed.map(|()| self.result.removed.directories += 1)
                }
                Doomed::Failed => {
                    last_failed = Some(at);
                    continue;
                }
            };
            if outcome.is_err() {
                last_failed = Some(at);
            }
            self.note(outcome);
            if self.is_over {
                return;
            }
        }
    }

    /// Removes a link or an empty directory, or notes the files of a directory, and queues its
    /// subdirectories and then the directory itself.
    async fn enter(&mut self, directory: Directory) -> Result<(), Error> {
        let Directory {
            path,
            depth,
            trail,
            mark,
            is_link,
        } = directory;
        let refusal = match self.session.remove_file(&path).await {
            Ok(()) => {
                self.result.removed.files += 1;
                return Ok(());
            }
            Err(error) if is_refusal(&error) => error,
            Err(error) => return Err(error),
        };
        // Removes an empty directory, and a junction, which only RMD removes (Windows).
        match self.session.remove_dir(&path).await {
            Ok(()) => {
                self.result.removed.directories += 1;
                return Ok(());
            }
            Err(_) if is_link => return Err(refusal),
            Err(error) if error.detail() == Some(&ErrorDetail::NotADirectory) => {
                return Err(error);
            }
            // aioftp 0.28 refuses a directory that is not empty with 451.
            Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) => {}
            Err(error) => return Err(error),
        }
        if depth > DEEPEST {
            let what = format!("lies more than {DEEPEST} directories deep");
            let error = Error::new(ErrorKind::Incomplete, what).with_path(&path);
            return Err(error.with_detail(ErrorDetail::TreeTooLarge));
        }
        let listed = self.session.list_below(&path, &trail, mark, false).await;
        let (mut listing, trail) = listed.map_err(|error| error.with_path(&path))?;
        let entries = &mut listing.entries;
        let kind = EntryKind::Directory;
        self.session.reveal_links(&path, entries, kind).await?;
        self.session.check_for_hidden_links(&path, entries).await?;
        let completeness = listing.summary.completeness();
        if !completeness.is_complete() {
            let what = format!("{completeness}, so nothing in it is removed");
            let error = Error::new(ErrorKind::Incomplete, what).with_path(&path);
            return Err(error.with_detail(ErrorDetail::ListingIncomplete));
        }
        self.steps.push(Step::Leave(Doomed::Directory {
            path: path.clone(),
            contents: self.doomed.len(),
        }));
        let mut below = Vec::new();
        let mut names = DuplicateNames::new();
        for entry in listing.entries {
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                self.is_over = true;
                let what = format!("there are more than {MOST_ENTRIES} entries");
                let error = Error::new(ErrorKind::Incomplete, what).with_path(&path);
                return Err(error.with_detail(ErrorDetail::TreeTooLarge));
            }
            let outcome = match join(&path, &entry.name) {
                Ok(path) if names.is_duplicate(&entry.name) => Err(duplicate(&path)),
                Ok(path) if entry.kind == EntryKind::Directory => {
                    below.push(Step::Enter(Directory {
                        path,
                        depth: depth + 1,
                        trail: trail.clone(),
                        mark: DirectoryMark::of(&entry),
                        is_link: false,
                    }));
                    Ok(())
                }
                Ok(path) => {
                    self.doomed.push(Doomed::File(path));
                    Ok(())
                }
                Err(error) => Err(error),
            };
            self.note_listed(outcome);
        }
        self.steps.extend(below.into_iter().rev());
        Ok(())
    }

    fn note_listed(&mut self, outcome: Result<(), Error>) {
        if let Err(error) = &outcome {
            self.has_circle |= error.detail() == Some(&ErrorDetail::LeadsBack);
            self.doomed.push(Doomed::Failed);
        }
        self.note(outcome);
    }

    fn note(&mut self, outcome: Result<(), Error>) {
        let Err(error) = outcome else {
            return self.error_budget.restore();
        };
        self.is_over |= self.error_budget.ends_with(&error);
        self.result.failed += 1;
        if self.result.failures.len() < KEPT_FAILURES {
            self.result.failures.push(error);
        }
    }

    fn outcome(self, path: &RemotePath) -> Result<Removed, Error> {
        let Some(first) = self.result.failures.first() else {
            return Ok(self.result.removed);
        };
        let mut error = Error::new(first.kind(), "not all of it could be removed");
        if let Some(detail) = first.detail() {
            error = error.with_detail(detail.clone());
        }
        Err(error.with_source(self.result).with_path(path))
    }
}

/// Whether the server refuses for good (5yz). After a transient refusal, nothing tells what is
/// there.
fn is_refusal(error: &Error) -> bool {
    let class = error.reply().map(Reply::class);
    matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound)
        && class == Some(ReplyClass::Permanent)
}
