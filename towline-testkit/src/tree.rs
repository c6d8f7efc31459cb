//! The files of a server: a temporary directory that no path can leave.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::name_reading::NameReading;

/// A path as clients see it: the names below the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct VirtualPath(Vec<Vec<u8>>);

impl VirtualPath {
    /// Resolves an argument relative to this directory. `..` stops at the root.
    pub(crate) fn resolve(&self, argument: &[u8]) -> Self {
        let mut names = if argument.starts_with(b"/") {
            Vec::new()
        } else {
            self.0.clone()
        };
        for name in argument.split(|&byte| byte == b'/') {
            match name {
                b"" | b"." => {}
                b".." => {
                    names.pop();
                }
                _ => names.push(name.to_vec()),
            }
        }
        Self(names)
    }

    pub(crate) fn parent(&self) -> Self {
        self.resolve(b"..")
    }

    pub(crate) fn child(&self, name: &[u8]) -> Self {
        let mut names = self.0.clone();
        names.push(name.to_vec());
        Self(names)
    }

    /// Returns the number of names.
    pub(crate) fn depth(&self) -> usize {
        self.0.len()
    }

    /// Returns the last name.
    pub(crate) fn name(&self) -> Option<&[u8]> {
        self.0.last().map(Vec::as_slice)
    }

    /// Returns the path as `/a/b`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return b"/".to_vec();
        }
        let mut bytes = Vec::new();
        for name in &self.0 {
            bytes.push(b'/');
            bytes.extend_from_slice(name);
        }
        bytes
    }
}

/// The directory with a server's files. It is removed when the last connection
/// has released it.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    reading: NameReading,
    _directory: TempDir,
}

impl Tree {
    pub(crate) fn new(reading: NameReading) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("testkit-").tempdir()?;
        Ok(Self {
            root: directory.path().canonicalize()?,
            reading,
            _directory: directory,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the location of a path on disk. Symbolic links that lead out of the
    /// directory are refused.
    pub(crate) fn locate(&self, path: &VirtualPath) -> io::Result<PathBuf> {
        let mut located = self.root.clone();
        for name in &path.0 {
            let name = self.reading.read(name, || wire_names(&located));
            located.push(os_name(&name)?);
        }
        // The existing part may be a link, which decides where the rest is.
        let existing = located
            .ancestors()
            .find(|part| part.symlink_metadata().is_ok());
        match existing.map(Path::canonicalize) {
            Some(Ok(real)) if real.starts_with(&self.root) => Ok(located),
            _ => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }

    pub(crate) fn metadata(&self, path: &VirtualPath) -> io::Result<Metadata> {
        self.locate(path)?.metadata()
    }

    /// Returns what a link points to.
    pub(crate) fn link_target(&self, path: &VirtualPath) -> Option<Vec<u8>> {
        let target = self.locate(path).ok()?.read_link().ok()?;
        Some(wire_name(target.as_os_str()))
    }

    /// Returns how many hard links there are to what is at `path`, after links.
    pub(crate) fn hard_links(&self, path: &VirtualPath) -> Option<u64> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Some(self.metadata(path).ok()?.nlink())
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            None
        }
    }

    /// Returns the names in a directory, sorted.
    pub(crate) fn names(&self, path: &VirtualPath) -> io::Result<Vec<Vec<u8>>> {
        let mut names = Vec::new();
        for entry in self.locate(path)?.read_dir()? {
            names.push(wire_name(&entry?.file_name()));
        }
        names.sort();
        Ok(names)
    }

    pub(crate) fn set_modified(&self, path: &VirtualPath, time: SystemTime) -> io::Result<()> {
        let located = self.locate(path)?;
        let file = if located.is_dir() {
            File::open(located)?
        } else {
            File::options().append(true).open(located)?
        };
        file.set_modified(time)
    }

    pub(crate) fn create_directory(&self, path: &VirtualPath) -> io::Result<()> {
        std::fs::create_dir(self.locate(path)?)
    }

    pub(crate) fn remove_directory(&self, path: &VirtualPath) -> io::Result<()> {
        std::fs::remove_dir(self.locate(path)?)
    }

    /// Removes a file or a link, but not the link's target. A directory is refused with the same
    /// text on every system.
    pub(crate) fn remove_file(&self, path: &VirtualPath) -> io::Result<()> {
        let located = self.locate(path)?;
        if located.symlink_metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        std::fs::remove_file(located)
    }

    pub(crate) fn rename(&self, from: &VirtualPath, to: &VirtualPath) -> io::Result<()> {
        let located = self.locate(to)?;
        std::fs::rename(self.locate(from)?, &located)?;
        match to.name() {
            // The case of the new name counts.
            Some(name) if self.reading == NameReading::IgnoresCase => {
                let new = located.with_file_name(os_name(name)?);
                std::fs::rename(located, new)
            }
            _ => Ok(()),
        }
    }
}

/// Returns the names in a directory, in any order.
fn wire_names(directory: &Path) -> Vec<Vec<u8>> {
    let entries = directory.read_dir().into_iter().flatten().flatten();
    entries.map(|entry| wire_name(&entry.file_name())).collect()
}

/// Returns the system's text for an error, without its number.
pub(crate) fn error_words(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "No such file or directory",
        io::ErrorKind::AlreadyExists => "File exists",
        io::ErrorKind::IsADirectory => "Is a directory",
        io::ErrorKind::NotADirectory => "Not a directory",
        io::ErrorKind::DirectoryNotEmpty => "Directory not empty",
        io::ErrorKind::PermissionDenied => "Permission denied",
        io::ErrorKind::StorageFull => "No space left on device",
        io::ErrorKind::InvalidFilename => "File name too long",
        _ => "Operation not permitted",
    }
}

#[cfg(unix)]
fn os_name(name: &[u8]) -> io::Result<&std::ffi::OsStr> {
    use std::os::unix::ffi::OsStrExt;
    if name.contains(&0) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn os_name(name: &[u8]) -> io::Result<&std::ffi::OsStr> {
    let name = std::str::from_utf8(name).map_err(|_| io::ErrorKind::InvalidInput)?;
    if name.contains(['\0', '\\', ':']) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(std::ffi::OsStr::new(name))
}

#[cfg(unix)]
fn wire_name(name: &std::ffi::OsStr) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    name.as_bytes().to_vec()
}

#[cfg(not(unix))]
fn wire_name(name: &std::ffi::OsStr) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_stop_at_the_root() {
        let directory = VirtualPath::default().resolve(b"/a/b");
        for (argument, path) in [
            ("..", "/a"),
            ("../../../..", "/"),
            ("/../etc/passwd", "/etc/passwd"),
            ("./c//d/", "/a/b/c/d"),
            ("", "/a/b"),
        ] {
            let resolved = directory.resolve(argument.as_bytes());
            assert_eq!(resolved.to_bytes(), path.as_bytes(), "{argument}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_out_is_refused() {
        let tree = Tree::new(NameReading::Exact).unwrap();
        for (link, target) in [("out", "/"), ("dangling", "/nowhere/at/all")] {
            std::os::unix::fs::symlink(target, tree.root().join(link)).unwrap();
        }
        for path in ["out", "out/etc", "out/new/x", "dangling", "dangling/x"] {
            let error = tree
                .locate(&VirtualPath::default().resolve(path.as_bytes()))
                .unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{path}");
        }
    }

    #[test]
    fn the_directory_goes_with_the_tree() {
        let tree = Tree::new(NameReading::Exact).unwrap();
        let root = tree.root().to_path_buf();
        std::fs::write(root.join("x"), b"x").unwrap();
        drop(tree);
        assert!(!root.exists());
    }
}
