//! Directories of a tree, and the paths of their entries.

use towline::{DirectoryMark, ErrorKind, RemotePath, Trail};
use towline_proto::name::escape;

use crate::error::Error;

/// A remote directory, and what a command keeps for it.
#[derive(Debug)]
pub(crate) struct Directory<T> {
    pub(crate) path: RemotePath,
    pub(crate) state: T,
    /// The directories above it, and itself once it has been listed.
    pub(crate) trail: Trail,
    /// What its entry says, to recognise it elsewhere.
    pub(crate) mark: DirectoryMark,
    /// The number of directories above it, up to the top.
    pub(super) depth: usize,
}

impl<T> Directory<T> {
    pub(crate) fn top(path: RemotePath, state: T) -> Self {
        Self {
            path,
            state,
            trail: Trail::default(),
            mark: DirectoryMark::default(),
            depth: 0,
        }
    }
}

/// The path of the entry `name` in a directory. Checks all names from servers and of local files.
///
/// # Errors
/// If the name cannot be part of a path.
pub(crate) fn join(directory: &RemotePath, name: &[u8]) -> Result<RemotePath, Error> {
    directory.join(name).map_err(|error| {
        let reason = format!("has an entry named \"{}\": {error}", escape(name));
        Error::remote(ErrorKind::Protocol, directory, reason)
    })
}

/// The error for an entry whose name an earlier entry of the listing has.
pub(crate) fn duplicate(path: &RemotePath) -> Error {
    let reason = "skipped, because another entry has this name";
    Error::remote(ErrorKind::Incomplete, path, reason).explained_by("dangerous-name")
}
