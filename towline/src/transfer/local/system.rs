//! What depends on the operating system for local files.

use std::fs::{self, File, Permissions};
use std::io;
use std::path::Path;

/// Whether `file` is the one that `name` refers to now, and `name` is not a link.
#[cfg(unix)]
pub(super) fn is_at(file: &File, name: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::symlink_metadata(name)) {
        (Ok(opened), Ok(named)) => identity(opened) == identity(named),
        _ => false,
    }
}

#[cfg(not(unix))]
pub(super) fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// In a directory that others may write to, a part may belong to another user, who could have
/// written to it what a comparison of its end does not show.
#[cfg(unix)]
pub(super) fn refuse_foreign(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    if file.metadata()?.uid() == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let what = "it belongs to another user";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, what))
}

#[cfg(not(unix))]
pub(super) fn refuse_foreign(_: &File) -> io::Result<()> {
    Ok(())
}

/// Returns the permissions without the bits that would run contents from a server as another user.
#[cfg(unix)]
pub(super) fn plain(permissions: Permissions) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(permissions.mode() & 0o777)
}

#[cfg(not(unix))]
pub(super) fn plain(permissions: Permissions) -> Permissions {
    permissions
}

/// Does the same for a file that its owner must be able to read and write.
#[cfg(unix)]
pub(super) fn writable(permissions: Permissions) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(permissions.mode() & 0o777 | 0o600)
}

#[cfg(not(unix))]
pub(super) fn writable(mut permissions: Permissions) -> Permissions {
    permissions.set_readonly(false);
    permissions
}

#[cfg(unix)]
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
