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

/// Refuses a part of another user, which a directory that others may write to can contain. That
/// user could have written bytes that a comparison of its end does not show.
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

/// Whether `file` has more than one name, so that writing to it may change a file that is none of
/// ours.
#[cfg(unix)]
pub(super) fn has_other_names(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink() > 1)
}

#[cfg(not(unix))]
pub(super) fn has_other_names(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Returns the permissions that this process gives a new file; `None` if the system has none.
#[cfg(unix)]
pub(super) fn of_new_file() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::OnceLock;
    static MASK: OnceLock<u32> = OnceLock::new();
    let mask = MASK.get_or_init(|| told_mask().unwrap_or_else(mask_by_setting_it));
    Some(Permissions::from_mode(0o666 & !mask))
}

#[cfg(not(unix))]
pub(super) fn of_new_file() -> Option<Permissions> {
    None
}

/// Returns the file mode creation mask that Linux shows.
#[cfg(unix)]
fn told_mask() -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(mask.trim(), 8).ok()
}

/// Returns the mask by setting another one for a moment. Only its owner can use a file that another
/// thread creates in that moment.
#[cfg(unix)]
fn mask_by_setting_it() -> u32 {
    use rustix::fs::Mode;
    use rustix::process::umask;
    let mask = umask(Mode::from_raw_mode(0o077));
    umask(mask);
    #[expect(clippy::useless_conversion, reason = "the type depends on the system")]
    u32::from(mask.bits())
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

#[cfg(unix)]
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
