//! A directory with all that is in it.
//!
//! Links are never followed. Listings cannot be trusted to show them: some servers describe a link by
//! what it points to. So whatever looks like a directory is first removed as if it were a file, which
//! takes a link away, and which a real directory refuses.

use std::error::Error as StdError;
use std::fmt;

use towline_proto::listing::EntryKind;
use towline_proto::path::RemotePath;

use super::Session;
use super::patience::Patience;
use super::walk::join;
use crate::error::{Error, ErrorDetail, ErrorKind};

/// No deeper than this below the directory that is removed.
const DEEPEST: usize = 100;
/// No more entries than this.
const MOST_ENTRIES: u64 = 1_000_000;
/// Failures are all counted; so many are kept.
const KEPT_FAILURES: usize = 1000;

/// What has been removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Files, links, and whatever else is no directory.
    pub files: u64,
    /// Directories.
    pub directories: u64,
}

/// Not all of a directory could be removed. The source of the [`Error`] of
/// [`Session::remove_dir_all`].
#[derive(Debug)]
#[non_exhaustive]
pub struct NotRemoved {
    /// What is gone all the same.
    pub removed: Removed,
    /// What could not be removed, each with its path; the first thousand. A directory in which
    /// something is left is not among them.
    pub failures: Vec<Error>,
    /// How many there were.
    pub failed: u64,
}

impl fmt::Display for NotRemoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.failures.first(), self.failed) {
            (Some(first), 2..) => write!(f, "{first} (the first of {} failures)", self.failed),
            (Some(first), _) => first.fmt(f),
            (None, _) => f.write_str("something is left"),
        }
    }
}

impl StdError for NotRemoved {}

impl Session {
    /// Removes a directory with all that is in it. A link is removed, and never followed: neither one in
    /// the directory nor `path` itself.
    ///
    /// It goes on where something cannot be removed, and tells of it at the end. Nothing in a directory is
    /// removed unless its listing is known to be [complete](crate::Completeness), nor what lies more than
    /// 100 directories deep, nor more than 1,000,000 entries, nor what has a name that could lead
    /// elsewhere.
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
    /// [`ErrorKind::Usage`] for the root, the login directory, and what ends in `.` or `..`;
    /// [`ErrorKind::NotFound`] if there is nothing at `path`, and [`ErrorKind::Refused`] if that is not a
    /// directory. If something is left, the kind of the first failure, with a [`NotRemoved`] as the source.
    pub async fn remove_dir_all(&mut self, path: &RemotePath) -> Result<Removed, Error> {
        if path.file_name().is_none() {
            let what = "the root, the login directory, and what ends in . or .. are never removed";
            return Err(Error::new(ErrorKind::Usage, what).with_path(path));
        }
        match self.stat(path).await?.kind {
            EntryKind::File | EntryKind::Other => {
                let error = Error::new(ErrorKind::Refused, "is not a directory");
                return Err(error
                    .with_detail(ErrorDetail::NotADirectory)
                    .with_path(path));
            }
            _ => {}
        }
        let mut removing = Removing::new(self);
        removing.run(path.clone()).await;
        removing.outcome(path)
    }
}

/// A tree that is being removed.
struct Removing<'s> {
    session: &'s mut Session,
    /// What is left to do, last things first.
    steps: Vec<Step>,
    entries: u64,
    patience: Patience,
    /// The server can no longer be reached, or too much has been found.
    is_over: bool,
    result: NotRemoved,
}

enum Step {
    /// Remove what is in a directory, unless it is a link.
    Enter(Directory),
    /// Remove an emptied directory, unless more has failed meanwhile than that.
    Remove(RemotePath, u64),
}

struct Directory {
    path: RemotePath,
    depth: usize,
}

impl<'s> Removing<'s> {
    fn new(session: &'s mut Session) -> Self {
        Self {
            session,
            steps: Vec::new(),
            entries: 0,
            patience: Patience::default(),
            is_over: false,
            result: NotRemoved {
                removed: Removed::default(),
                failures: Vec::new(),
                failed: 0,
            },
        }
    }

    async fn run(&mut self, path: RemotePath) {
        self.steps.push(Step::Enter(Directory { path, depth: 0 }));
        while let Some(step) = self.steps.pop() {
            let outcome = match step {
                Step::Enter(directory) => self.enter(directory).await,
                Step::Remove(path, failed) if self.result.failed == failed => {
                    let removed = self.session.remove_dir(&path).await;
                    removed.map(|()| self.result.removed.directories += 1)
                }
                // Something is left in it.
                Step::Remove(..) => Ok(()),
            };
            self.note(outcome);
            if self.is_over {
                return;
            }
        }
    }

    /// Removes a link, or the files of a directory, whose directories and itself come next.
    async fn enter(&mut self, directory: Directory) -> Result<(), Error> {
        let Directory { path, depth } = directory;
        match self.session.remove_file(&path).await {
            Ok(()) => {
                self.result.removed.files += 1;
                return Ok(());
            }
            Err(error) if is_refusal(&error) => {}
            Err(error) => return Err(error),
        }
        if depth > DEEPEST {
            let what = format!("lies more than {DEEPEST} directories deep");
            let error = Error::new(ErrorKind::Incomplete, what).with_path(&path);
            return Err(error.with_detail(ErrorDetail::TreeTooLarge));
        }
        let listing = self.session.list(&path).await;
        let listing = listing.map_err(|error| error.with_path(&path))?;
        let completeness = listing.summary.completeness();
        if !completeness.is_complete() {
            let what = format!("{completeness}, so nothing in it is removed");
            let error = Error::new(ErrorKind::Incomplete, what).with_path(&path);
            return Err(error.with_detail(ErrorDetail::ListingIncomplete));
        }
        self.steps
            .push(Step::Remove(path.clone(), self.result.failed));
        let mut below = Vec::new();
        for entry in listing.entries {
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                self.is_over = true;
                let what = format!("there are more than {MOST_ENTRIES} entries");
                let error = Error::new(ErrorKind::Incomplete, what).with_path(&path);
                return Err(error.with_detail(ErrorDetail::TreeTooLarge));
            }
            let outcome = match join(&path, &entry.name) {
                Ok(path) if entry.kind == EntryKind::Directory => {
                    let depth = depth + 1;
                    below.push(Step::Enter(Directory { path, depth }));
                    Ok(())
                }
                Ok(path) => {
                    let removed = self.session.remove_file(&path).await;
                    removed.map(|()| self.result.removed.files += 1)
                }
                Err(error) => Err(error),
            };
            self.note(outcome);
            if self.is_over {
                return Ok(());
            }
        }
        self.steps.extend(below.into_iter().rev());
        Ok(())
    }

    fn note(&mut self, outcome: Result<(), Error>) {
        let Err(error) = outcome else {
            return self.patience.restore();
        };
        self.is_over |= self.patience.ends_with(&error);
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

fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound)
}
