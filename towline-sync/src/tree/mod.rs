//! Trees: what can be mirrored. [`LocalTree`] is a directory here, [`RemoteTree`] one on a server,
//! [`MemoryTree`] one in memory for tests.

mod incompleteness;
mod links;
mod local;
mod memory;
mod part;
mod publish;
mod remote;
mod remote_entry;
mod trails;

use std::future::Future;

use crate::error::{Error, NameProblem};
use crate::node::{Node, NodeKind, Version};
use crate::path::TreePath;
use crate::stamp::Stamp;

pub use self::incompleteness::{EntryProblem, Incompleteness};
pub use self::local::LocalTree;
pub use self::memory::{MemoryFile, MemoryTree};
pub use self::part::is_part_of_transfer;
pub(crate) use self::part::{staged, stem_of_part};
pub use self::remote::RemoteTree;

/// The beginning of the names of directories that a run creates to find out whether two trees are
/// one. They belong to neither tree. A run that is killed may leave one, and the next run removes
/// it.
pub(crate) const PROBE: &[u8] = b".towline.probe";

/// Whether a directory of this name was created for that. Some servers shorten names, or change
/// their case.
pub(crate) fn is_probe(name: &[u8]) -> bool {
    const DIGITS: usize = 16;
    let Some((start, rest)) = name.split_at_checked(PROBE.len()) else {
        return false;
    };
    let digits = rest.strip_prefix(b".").unwrap_or_default();
    start.eq_ignore_ascii_case(PROBE)
        && (rest.is_empty() || rest.starts_with(b"."))
        && digits.len() <= DIGITS
        && digits.iter().all(u8::is_ascii_hexdigit)
}

/// A tree of files and directories.
///
/// Paths never lead out of it. Links are entries, and are followed only if the tree is told to.
pub trait Tree: Send + Sync + 'static {
    /// Returns what this tree can do.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] if the server cannot be asked.
    fn traits(&self) -> impl Future<Output = Result<TreeTraits, Error>> + Send;

    /// Lists a directory.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if there is no such directory, or if it cannot be
    /// listed.
    fn list(&self, directory: &TreePath) -> impl Future<Output = Result<Contents, Error>> + Send;

    /// Looks at one entry, as exactly as the tree can say. `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if the tree cannot tell.
    fn look(&self, path: &TreePath) -> impl Future<Output = Result<Option<Node>, Error>> + Send;

    /// Looks at several entries, as [`look`](Self::look) does.
    ///
    /// # Errors
    ///
    /// The first error of a look.
    fn look_at_all(
        &self,
        paths: Vec<TreePath>,
    ) -> impl Future<Output = Result<Vec<Option<Node>>, Error>> + Send {
        async move {
            let mut seen = Vec::with_capacity(paths.len());
            for path in &paths {
                seen.push(self.look(path).await?);
            }
            Ok(seen)
        }
    }

    /// Creates a directory. Succeeds if it exists. Creates the parents of the root too.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if there is no such directory afterwards.
    fn create_dir(&self, path: &TreePath) -> impl Future<Output = Result<(), Error>> + Send;

    /// Removes a file or a link, but not what the link points to.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if it cannot be removed.
    fn remove_file(&self, path: &TreePath) -> impl Future<Output = Result<(), Error>> + Send;

    /// Removes an empty directory.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if it cannot be removed, for example because it is not
    /// empty.
    fn remove_dir(&self, path: &TreePath) -> impl Future<Output = Result<(), Error>> + Send;

    /// Keeps the file `path` in the backup directory of this tree, under its own path, with a
    /// number if that is taken.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if the file is not there afterwards. [`Error::Usage`]
    /// if the tree has no backup directory.
    fn keep(&self, path: &TreePath) -> impl Future<Output = Result<Kept, Error>> + Send;

    /// Gives a file that [`keep`](Self::keep) has moved away its name back.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if the file does not have its name afterwards.
    fn put_back(
        &self,
        path: &TreePath,
        kept: &Kept,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Checks that `directory` can be entered, if it exists. If it cannot, what is not found in it
    /// may exist all the same.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if it cannot be entered.
    fn check_entry(&self, _directory: &TreePath) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }

    /// Returns the names of those entries of `directory` that listings show as directories, and
    /// that are links or may be. What is behind a link does not belong to the tree.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if the tree cannot tell.
    fn disguised_links(
        &self,
        _directory: &TreePath,
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, Error>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Returns the second at which the file was made, whatever its time says. `None` if that is not
    /// known.
    fn made(&self, _path: &TreePath) -> impl Future<Output = Option<i64>> + Send {
        async { None }
    }

    /// Whether a complete copy can be without its name until [`publish`](Self::publish) gives it
    /// that name.
    fn stages(&self) -> bool {
        false
    }

    /// Gives complete copies their names, and makes the names durable. Returns the result of each.
    fn publish(&self, copies: Vec<Staged>) -> impl Future<Output = Vec<Result<(), Error>>> + Send {
        let refused = |_| Err(Error::Usage("copies have their names already".to_owned()));
        let results: Vec<Result<(), Error>> = copies.into_iter().map(refused).collect();
        async move { results }
    }

    /// Removes a part that no transfer is writing to and that has not been written to since
    /// `second`. Does nothing if this tree cannot tell.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if it cannot be removed.
    fn remove_stray(
        &self,
        _part: &TreePath,
        _second: i64,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }

    /// Returns the path of the backup directory, if it is inside this tree. It does not belong to
    /// it.
    fn backup_inside(&self) -> Option<TreePath> {
        None
    }

    /// Returns the names of the path of the root, as far as they are known.
    fn root_names(&self) -> Vec<Vec<u8>>;

    /// Returns the tree of the directory above the root. `None` if there is none, or it is not
    /// known.
    fn above(&self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// Returns the time of the root itself, if that can be had without listing anything.
    ///
    /// # Errors
    ///
    /// If the server cannot be asked any more.
    fn changed(&self) -> impl Future<Output = Result<Option<Stamp>, Error>> + Send {
        async { Ok(None) }
    }

    /// Checks that an entry can have this name.
    ///
    /// # Errors
    ///
    /// A [`NameProblem`] that says what is wrong with the name.
    fn admits(&self, name: &[u8]) -> Result<(), NameProblem>;
}

/// A complete copy that does not have its name yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Staged {
    /// Where it is.
    pub at: TreePath,
    /// Its name.
    pub path: TreePath,
    /// Whether it may take the place of a file.
    pub replaces: bool,
}

/// Where a file is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name in the backup directory.
    pub(crate) name: TreePath,
    /// It no longer has its old name.
    pub(crate) is_moved: bool,
}

impl Kept {
    /// A file that is kept as `name`; `is_moved` if it no longer has its old name.
    #[must_use]
    pub fn new(name: TreePath, is_moved: bool) -> Self {
        Self { name, is_moved }
    }
}

/// What a tree can do. Default: nothing of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeTraits {
    /// Files get the times of their sources.
    pub keeps_times: bool,
    /// [`Tree::look`] gives times that are exact to the second.
    pub has_exact_times: bool,
    /// The times of listings are exact to the second and in UTC.
    pub lists_exact_times: bool,
    /// [`Tree::look`] costs next to nothing.
    pub is_local: bool,
}

/// What is in a directory.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Its entries, in any order.
    pub entries: Vec<Child>,
    /// Why there may be more. Empty if the listing is known to be complete.
    pub incompleteness: Vec<Incompleteness>,
}

impl Contents {
    /// Records that the entry `name` cannot be used.
    pub(super) fn refuse(&mut self, name: Vec<u8>, problem: impl Into<EntryProblem>) {
        let problem = problem.into();
        self.incompleteness
            .push(Incompleteness::Name { name, problem });
    }
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its name, a single one.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: NodeKind,
    /// Its size and time.
    pub version: Version,
}
