//! A tree in memory, for tests of plans and of their execution.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use towline_proto::name::check_entry_name;

use super::{Child, Contents, Incompleteness, Kept, Tree, TreeTraits};
use crate::error::{Error, NameProblem};
use crate::lock::lock;
use crate::node::{Node, NodeKind, Version};
use crate::path::TreePath;
use crate::stamp::Stamp;

/// A tree in memory. Clones share it.
///
/// ```
/// use towline_sync::{MemoryTree, TreePath};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tree = MemoryTree::new();
/// tree.write("a/b.txt", b"hello", 1_700_000_000);
/// assert_eq!(tree.read("a/b.txt").map(|file| file.contents), Some(b"hello".to_vec()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MemoryTree {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    /// Files and directories. The root always exists.
    entries: BTreeMap<TreePath, Option<MemoryFile>>,
    traits: TreeTraits,
    incomplete: BTreeMap<TreePath, Incompleteness>,
    exists: bool,
    /// What was put into the backup directory.
    kept: Vec<(TreePath, MemoryFile)>,
}

/// A file in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryFile {
    /// Its bytes.
    pub contents: Vec<u8>,
    /// Its time.
    pub modified: Option<Stamp>,
}

impl Default for MemoryTree {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryTree {
    /// Creates an empty tree that keeps times.
    #[must_use]
    pub fn new() -> Self {
        Self::with_traits(TreeTraits {
            keeps_times: true,
            has_exact_times: true,
            lists_exact_times: true,
            is_local: true,
        })
    }

    /// Creates an empty tree that keeps no times.
    #[must_use]
    pub fn without_times() -> Self {
        Self::with_traits(TreeTraits {
            keeps_times: false,
            has_exact_times: false,
            lists_exact_times: false,
            is_local: true,
        })
    }

    fn with_traits(traits: TreeTraits) -> Self {
        let inner = Inner {
            entries: BTreeMap::new(),
            traits,
            incomplete: BTreeMap::new(),
            exists: true,
            kept: Vec::new(),
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Writes a file, changed at `second`, and creates its directories. Ignores a path that leads
    /// elsewhere.
    pub fn write(&self, path: &str, contents: &[u8], second: i64) {
        let file = MemoryFile {
            contents: contents.to_vec(),
            modified: Some(Stamp::second(second)),
        };
        if let Ok(path) = TreePath::new(path.as_bytes()) {
            self.put(&path, file);
        }
    }

    /// Writes a file, and creates its directories.
    pub fn put(&self, path: &TreePath, file: MemoryFile) {
        let mut inner = self.lock();
        let mut above = path.parent();
        while let Some(directory) = above.filter(|directory| !directory.is_root()) {
            above = directory.parent();
            inner.entries.entry(directory).or_insert(None);
        }
        inner.entries.insert(path.clone(), Some(file));
    }

    /// Returns a file.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<MemoryFile> {
        let path = TreePath::new(path.as_bytes()).ok()?;
        self.file(&path)
    }

    /// Returns the file at `path`.
    #[must_use]
    pub fn file(&self, path: &TreePath) -> Option<MemoryFile> {
        self.lock().entries.get(path).cloned().flatten()
    }

    /// Removes a file, or a directory with everything in it.
    pub fn remove(&self, path: &TreePath) {
        let mut inner = self.lock();
        inner
            .entries
            .retain(|at, _| at != path && !at.is_below(path));
    }

    /// Returns the paths of all files, in tree order.
    #[must_use]
    pub fn files(&self) -> Vec<TreePath> {
        let inner = self.lock();
        let files = inner.entries.iter().filter(|(_, file)| file.is_some());
        files.map(|(path, _)| path.clone()).collect()
    }

    /// Returns the paths of all directories below the root, in tree order.
    #[must_use]
    pub fn directories(&self) -> Vec<TreePath> {
        let inner = self.lock();
        let directories = inner.entries.iter().filter(|(_, file)| file.is_none());
        directories.map(|(path, _)| path.clone()).collect()
    }

    /// Returns what was put into the backup directory.
    #[must_use]
    pub fn kept(&self) -> Vec<(TreePath, MemoryFile)> {
        self.lock().kept.clone()
    }

    /// Makes the listing of a directory incomplete. With [`Incompleteness::Failed`], the directory
    /// cannot be listed, and nothing in it can be looked at.
    pub fn make_incomplete(&self, directory: &TreePath, why: Incompleteness) {
        self.lock().incomplete.insert(directory.clone(), why);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }
}

fn failed(path: &TreePath, kind: io::ErrorKind) -> Error {
    Error::local(&PathBuf::from(path.to_string()), kind.into())
}

impl Inner {
    fn is_directory(&self, path: &TreePath) -> bool {
        (path.is_root() && self.exists) || matches!(self.entries.get(path), Some(None))
    }

    fn is_closed(&self, directory: &TreePath) -> bool {
        matches!(
            self.incomplete.get(directory),
            Some(Incompleteness::Failed { .. })
        )
    }
}

fn version(file: Option<&MemoryFile>) -> Version {
    Version {
        size: file.map(|file| file.contents.len() as u64),
        modified: file.and_then(|file| file.modified),
    }
}

fn kind(file: Option<&MemoryFile>) -> NodeKind {
    match file {
        Some(_) => NodeKind::File,
        None => NodeKind::Directory,
    }
}

impl Tree for MemoryTree {
    async fn traits(&self) -> Result<TreeTraits, Error> {
        Ok(self.lock().traits.clone())
    }

    async fn list(&self, directory: &TreePath) -> Result<Contents, Error> {
        let inner = self.lock();
        if !inner.is_directory(directory) {
            return Err(failed(directory, io::ErrorKind::NotFound));
        }
        if inner.is_closed(directory) {
            return Err(failed(directory, io::ErrorKind::PermissionDenied));
        }
        let depth = directory.depth() + 1;
        let below = inner
            .entries
            .range(directory..)
            .skip(usize::from(!directory.is_root()));
        let below = below.take_while(|(path, _)| path.is_below(directory));
        let here = below.filter(|(path, _)| path.depth() == depth);
        let entries = here.map(|(path, file)| Child {
            name: path.name().to_vec(),
            kind: kind(file.as_ref()),
            version: version(file.as_ref()),
        });
        Ok(Contents {
            entries: entries.collect(),
            incompleteness: inner
                .incomplete
                .get(directory)
                .cloned()
                .into_iter()
                .collect(),
        })
    }

    async fn look(&self, path: &TreePath) -> Result<Option<Node>, Error> {
        let inner = self.lock();
        if path.is_root() {
            return Ok(inner.exists.then(|| Node {
                path: path.clone(),
                kind: NodeKind::Directory,
                version: Version::default(),
            }));
        }
        if path.parent().is_some_and(|parent| inner.is_closed(&parent)) {
            return Err(failed(path, io::ErrorKind::PermissionDenied));
        }
        Ok(inner.entries.get(path).map(|file| Node {
            path: path.clone(),
            kind: kind(file.as_ref()),
            version: version(file.as_ref()),
        }))
    }

    async fn create_dir(&self, path: &TreePath) -> Result<(), Error> {
        let mut inner = self.lock();
        if path.is_root() {
            inner.exists = true;
            return Ok(());
        }
        match inner.entries.get(path) {
            Some(Some(_)) => return Err(failed(path, io::ErrorKind::AlreadyExists)),
            Some(None) => return Ok(()),
            None => {}
        }
        if !path
            .parent()
            .is_some_and(|parent| inner.is_directory(&parent))
        {
            return Err(failed(path, io::ErrorKind::NotFound));
        }
        inner.entries.insert(path.clone(), None);
        Ok(())
    }

    async fn remove_file(&self, path: &TreePath) -> Result<(), Error> {
        let mut inner = self.lock();
        match inner.entries.get(path) {
            Some(Some(_)) => {
                inner.entries.remove(path);
                Ok(())
            }
            Some(None) => Err(failed(path, io::ErrorKind::IsADirectory)),
            None => Err(failed(path, io::ErrorKind::NotFound)),
        }
    }

    async fn remove_dir(&self, path: &TreePath) -> Result<(), Error> {
        let mut inner = self.lock();
        if path.is_root() || !inner.is_directory(path) {
            return Err(failed(path, io::ErrorKind::NotFound));
        }
        if inner.entries.keys().any(|at| at.is_below(path)) {
            return Err(failed(path, io::ErrorKind::DirectoryNotEmpty));
        }
        inner.entries.remove(path);
        Ok(())
    }

    async fn keep(&self, path: &TreePath) -> Result<Kept, Error> {
        let mut inner = self.lock();
        let file = inner.entries.remove(path).flatten();
        let file = file.ok_or_else(|| failed(path, io::ErrorKind::NotFound))?;
        inner.kept.push((path.clone(), file));
        Ok(Kept {
            name: path.clone(),
            is_moved: true,
        })
    }

    async fn put_back(&self, path: &TreePath, kept: &Kept) -> Result<(), Error> {
        let mut inner = self.lock();
        let at = inner.kept.iter().rposition(|(name, _)| *name == kept.name);
        let at = at.ok_or_else(|| failed(path, io::ErrorKind::NotFound))?;
        let (_, file) = inner.kept.remove(at);
        inner.entries.insert(path.clone(), Some(file));
        Ok(())
    }

    fn root_names(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    fn admits(&self, name: &[u8]) -> Result<(), NameProblem> {
        Ok(check_entry_name(name)?)
    }
}
