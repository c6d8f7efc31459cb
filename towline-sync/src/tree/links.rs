//! Links on this machine, where they are followed.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

/// Returns what is at `path`. If `follows`, that is what a link leads to, unless it leads nowhere.
pub(super) fn metadata(path: &Path, follows: bool) -> io::Result<Metadata> {
    if follows && let Ok(metadata) = fs::metadata(path) {
        return Ok(metadata);
    }
    fs::symlink_metadata(path)
}

/// Fails if `directory` is one of the directories above it, up to `root`. Returns whether a link
/// leads to it.
pub(super) fn refuse_circle(directory: &Path, root: &Path) -> io::Result<bool> {
    let here = directory.canonicalize()?;
    let mut is_linked = false;
    let mut at = directory;
    while at != root {
        is_linked |= fs::symlink_metadata(at)?.is_symlink();
        let Some(above) = at.parent() else { break };
        at = above;
        if at.canonicalize()? == here {
            let what = format!(
                "leads back to the directory {}, so it is not entered",
                at.display()
            );
            return Err(io::Error::other(what));
        }
    }
    Ok(is_linked)
}
