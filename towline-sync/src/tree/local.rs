//! A directory on this machine.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};

use tokio::task::spawn_blocking;
use towline_proto::name::{NameError, check_entry_name, local_name};

use super::{
    Child, Contents, EntryProblem, Incompleteness, Kept, Staged, Tree, TreeTraits, links, publish,
};
use crate::error::{Error, NameProblem};
use crate::node::{Node, NodeKind, Version};
use crate::path::TreePath;
use crate::stamp::Stamp;

/// File systems allow this many bytes in a name.
const LONGEST_NAME: usize = 255;

/// A directory on this machine.
#[derive(Clone, Debug)]
pub struct LocalTree {
    root: PathBuf,
    backup: Option<PathBuf>,
    keeps_times: bool,
    follows_links: bool,
}

impl LocalTree {
    /// Creates the tree below `root`, which need not exist yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            backup: None,
            keeps_times: true,
            follows_links: false,
        }
    }

    /// Sets whether what a link leads to takes its place, also on another file system. A link to a
    /// directory above it is reported. Default: no.
    #[must_use]
    pub fn follow_links(mut self, follow: bool) -> Self {
        self.follows_links = follow;
        self
    }

    /// Sets the directory for files that would otherwise be overwritten or removed. If it is inside
    /// the tree, it is not listed as part of the tree.
    #[must_use]
    pub fn backup(mut self, directory: impl Into<PathBuf>) -> Self {
        self.backup = Some(directory.into());
        self
    }

    /// Sets whether files get the times of their sources. Default: yes.
    #[must_use]
    pub fn keeps_times(mut self, keeps_times: bool) -> Self {
        self.keeps_times = keeps_times;
        self
    }

    /// Returns the root.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path of an entry on this machine.
    ///
    /// # Errors
    ///
    /// A [`NameProblem`] if this system cannot have the name.
    pub fn path_of(&self, path: &TreePath) -> Result<PathBuf, NameProblem> {
        below(&self.root, path)
    }

    /// Returns the path of an entry that exists, whatever its name.
    ///
    /// # Errors
    ///
    /// A [`NameProblem`] if this system cannot have the name.
    pub(crate) fn path_of_existing(&self, path: &TreePath) -> Result<PathBuf, NameProblem> {
        let mut below = self.root.clone();
        for name in path.names() {
            below.push(existing_name(name)?);
        }
        Ok(below)
    }

    fn at(&self, path: &TreePath) -> Result<PathBuf, Error> {
        self.path_of_existing(path).map_err(|source| Error::Name {
            path: path.clone(),
            source,
        })
    }

    /// Runs `work` where it may block, on the entry at `path`.
    async fn blocking<T: Send + 'static>(
        &self,
        path: &TreePath,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let at = self.at(path)?;
        let done = spawn_blocking(move || work(&at).map_err(|error| Error::local(&at, error)));
        done.await
            .unwrap_or_else(|error| Err(Error::local(&self.root, error.into())))
    }
}

fn below(root: &Path, path: &TreePath) -> Result<PathBuf, NameProblem> {
    let mut below = root.to_owned();
    for name in path.names() {
        if name.len() > LONGEST_NAME {
            return Err(NameProblem::TooLong);
        }
        below.push(local_name_or_part(name)?);
    }
    Ok(below)
}

/// The name of an entry that exists. It need not be one that would be created.
#[cfg(unix)]
fn existing_name(name: &[u8]) -> Result<OsString, NameError> {
    Ok(std::os::unix::ffi::OsStringExt::from_vec(name.to_vec()))
}

#[cfg(not(unix))]
fn existing_name(name: &[u8]) -> Result<OsString, NameError> {
    local_name_or_part(name)
}

/// The name of a local file, which may be that of a part, because the parts of killed runs are
/// removed.
fn local_name_or_part(name: &[u8]) -> Result<OsString, NameError> {
    const ENDING: &str = ".part";
    let Some(front) = name.strip_suffix(ENDING.as_bytes()) else {
        return local_name(name);
    };
    let mut whole = local_name(front)?;
    whole.push(ENDING);
    Ok(whole)
}

fn kind(metadata: &Metadata) -> NodeKind {
    let kind = metadata.file_type();
    match () {
        () if kind.is_file() => NodeKind::File,
        () if kind.is_dir() => NodeKind::Directory,
        () if kind.is_symlink() => NodeKind::Link,
        () => NodeKind::Other,
    }
}

fn version(metadata: &Metadata) -> Version {
    match metadata.is_file() {
        true => Version {
            size: Some(metadata.len()),
            modified: metadata.modified().ok().and_then(Stamp::local),
        },
        false => Version::default(),
    }
}

#[cfg(unix)]
fn device(metadata: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::dev(metadata))
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> Option<u64> {
    None
}

#[cfg(unix)]
fn bytes_of(name: OsString) -> Result<Vec<u8>, OsString> {
    Ok(std::os::unix::ffi::OsStringExt::into_vec(name))
}

#[cfg(not(unix))]
fn bytes_of(name: OsString) -> Result<Vec<u8>, OsString> {
    name.into_string().map(String::into_bytes)
}

/// Lists `directory`, which must not be a link unless it is the root of the tree, or links are
/// followed.
fn contents(directory: &Path, tree: &LocalTree) -> io::Result<Contents> {
    let (root, apart) = (&*tree.root, tree.backup.as_deref());
    let follows = tree.follows_links;
    let here = match follows || directory == root {
        true => fs::metadata(directory)?,
        false => fs::symlink_metadata(directory)?,
    };
    if !here.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    let mut contents = Contents {
        entries: Vec::new(),
        incompleteness: Vec::new(),
    };
    let is_linked = follows && links::refuse_circle(directory, root)?;
    if !is_linked && device(&here) != device(&fs::metadata(root)?) {
        contents
            .incompleteness
            .push(Incompleteness::OtherFileSystem);
        return Ok(contents);
    }
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = match links::metadata(&entry.path(), follows) {
            Ok(metadata) => metadata,
            // It was removed since.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let name = match bytes_of(entry.file_name()) {
            Ok(name) => name,
            Err(name) => {
                let name = name.to_string_lossy().into_owned().into_bytes();
                contents.refuse(name, EntryProblem::NotUnicode);
                continue;
            }
        };
        if apart == Some(&*entry.path()) {
            continue;
        }
        if let Err(problem) = check_entry_name(&name) {
            contents.refuse(name, problem);
            continue;
        }
        contents.entries.push(Child {
            name,
            kind: kind(&metadata),
            version: version(&metadata),
        });
    }
    Ok(contents)
}

impl Tree for LocalTree {
    async fn traits(&self) -> Result<TreeTraits, Error> {
        Ok(TreeTraits {
            keeps_times: self.keeps_times,
            has_exact_times: true,
            lists_exact_times: true,
            is_local: true,
        })
    }

    async fn list(&self, directory: &TreePath) -> Result<Contents, Error> {
        let tree = self.clone();
        self.blocking(directory, move |at| contents(at, &tree))
            .await
    }

    async fn look(&self, path: &TreePath) -> Result<Option<Node>, Error> {
        let follows = self.follows_links || path.is_root();
        let found = self.blocking(path, move |at| {
            match links::metadata(at, follows) {
                Ok(metadata) => Ok(Some((kind(&metadata), version(&metadata)))),
                // In the second case, there is a file in the place of a directory above.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                    ) =>
                {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        });
        let node = |(kind, version)| Node {
            path: path.clone(),
            kind,
            version,
        };
        Ok(found.await?.map(node))
    }

    async fn create_dir(&self, path: &TreePath) -> Result<(), Error> {
        if let Err(source) = self.path_of(path) {
            let path = path.clone();
            return Err(Error::Name { path, source });
        }
        let is_root = path.is_root();
        let create = move |at: &Path| {
            if is_root {
                return fs::create_dir_all(at);
            }
            match fs::create_dir(at) {
                // A link could lead anywhere.
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists
                        && fs::symlink_metadata(at).is_ok_and(|found| found.is_dir()) =>
                {
                    Ok(())
                }
                created => created,
            }
        };
        self.blocking(path, create).await
    }

    async fn remove_file(&self, path: &TreePath) -> Result<(), Error> {
        self.blocking(path, |at| fs::remove_file(at)).await
    }

    async fn remove_dir(&self, path: &TreePath) -> Result<(), Error> {
        self.blocking(path, |at| fs::remove_dir(at)).await
    }

    async fn keep(&self, path: &TreePath) -> Result<Kept, Error> {
        let Some(backup) = self.backup.clone() else {
            return Err(Error::Usage("there is no backup directory".to_owned()));
        };
        let path = path.clone();
        let kept = {
            let path = path.clone();
            move |at: &Path| keep_in(&backup, at, &path)
        };
        self.blocking(&path, kept).await
    }

    async fn put_back(&self, _: &TreePath, _: &Kept) -> Result<(), Error> {
        // It still has its name.
        Ok(())
    }

    async fn made(&self, path: &TreePath) -> Option<i64> {
        let made = self.blocking(path, |at| fs::symlink_metadata(at)?.created());
        let made = Stamp::local(made.await.ok()?)?;
        Some(made.seconds)
    }

    fn stages(&self) -> bool {
        true
    }

    async fn publish(&self, copies: Vec<Staged>) -> Vec<Result<(), Error>> {
        let tree = self.clone();
        let count = copies.len();
        let published =
            spawn_blocking(move || publish::publish(|path| tree.path_of(path), &copies)).await;
        published.unwrap_or_else(|error| {
            let failed = || {
                Err(Error::local(
                    &self.root,
                    io::Error::other(error.to_string()),
                ))
            };
            (0..count).map(|_| failed()).collect()
        })
    }

    async fn remove_stray(&self, part: &TreePath, second: i64) -> Result<(), Error> {
        self.blocking(part, move |at| publish::remove_stray(at, second))
            .await
    }

    fn backup_inside(&self) -> Option<TreePath> {
        let below = self.backup.as_ref()?.strip_prefix(&self.root).ok()?;
        let names = below.components().map(|part| part.as_os_str().to_owned());
        let names: Option<Vec<_>> = names.map(|name| bytes_of(name).ok()).collect();
        TreePath::new(&names?.join(&b'/')).ok()
    }

    fn root_names(&self) -> Vec<Vec<u8>> {
        let names = self.root.components().filter_map(|part| match part {
            Component::Normal(name) => bytes_of(name.to_owned()).ok(),
            _ => None,
        });
        names.collect()
    }

    fn above(&self) -> Option<Self> {
        let above = match self.root.parent()? {
            empty if empty.as_os_str().is_empty() => Path::new("."),
            above => above,
        };
        Some(Self::new(above))
    }

    async fn changed(&self) -> Result<Option<Stamp>, Error> {
        let root = TreePath::root();
        let time = self.blocking(&root, |at| fs::metadata(at)?.modified());
        Ok(time.await.ok().and_then(Stamp::local))
    }

    fn admits(&self, name: &[u8]) -> Result<(), NameProblem> {
        match name.len() > LONGEST_NAME {
            true => Err(NameProblem::TooLong),
            false => Ok(local_name(name).map(drop)?),
        }
    }
}

/// Links or copies the file `at` into the backup directory. It keeps its own name.
fn keep_in(backup: &Path, at: &Path, path: &TreePath) -> io::Result<Kept> {
    const MOST_NUMBERS: u32 = 100_000;
    for number in 0..MOST_NUMBERS {
        let name = numbered(path, number).ok_or(io::ErrorKind::InvalidFilename)?;
        let kept = below(backup, &name).map_err(io::Error::other)?;
        if let Some(parent) = kept.parent() {
            fs::create_dir_all(parent)?;
        }
        let linked = match fs::hard_link(at, &kept) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
            // Another file system, or one without links.
            Err(_) => copy(at, &kept),
            Ok(()) => Ok(()),
        };
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => {
                let is_moved = false;
                return Ok(Kept { name, is_moved });
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Returns the path with a number at its end, or as it is for number 0.
pub(super) fn numbered(path: &TreePath, number: u32) -> Option<TreePath> {
    if number == 0 {
        return Some(path.clone());
    }
    let mut name = path.name().to_vec();
    name.extend_from_slice(format!(".~{number}~").as_bytes());
    path.parent()?.join(&name).ok()
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let metadata = source.metadata()?;
    let mut target = File::create_new(to)?;
    io::copy(&mut source, &mut target)?;
    if let Ok(modified) = metadata.modified() {
        target.set_modified(modified)?;
    }
    target.sync_all()
}
