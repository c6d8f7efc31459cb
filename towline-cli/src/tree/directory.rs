//! A directory of a tree, and the paths of what is in it.

use towline::{ErrorKind, RemotePath};
use towline_proto::name::escape;

use crate::error::Error;

/// A directory on the server, and what a command keeps for it.
#[derive(Debug)]
pub(crate) struct Directory<T> {
    pub(crate) path: RemotePath,
    pub(crate) state: T,
    /// How many directories lie between it and the top.
    pub(super) depth: usize,
}

impl<T> Directory<T> {
    pub(crate) fn top(path: RemotePath, state: T) -> Self {
        Self {
            path,
            state,
            depth: 0,
        }
    }
}

/// The path of the entry of this name in a directory. Names from servers and of local files come
/// through here.
///
/// # Errors
/// If the name cannot be part of a path.
pub(crate) fn join(directory: &RemotePath, name: &[u8]) -> Result<RemotePath, Error> {
    directory.join(name).map_err(|error| {
        let reason = format!("has an entry named \"{}\": {error}", escape(name));
        Error::remote(ErrorKind::Protocol, directory, reason)
    })
}
