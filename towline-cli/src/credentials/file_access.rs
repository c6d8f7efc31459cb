//! Warns about files that other users can read or change, although security depends on them.
//!
//! On systems without mode bits, nothing is checked.

use std::path::Path;

use crate::output::printer::Printer;

/// Warns about a file with a secret that other users can access.
#[cfg(unix)]
pub(crate) fn warn_if_others_can_read(path: &Path, printer: &Printer) {
    use std::os::unix::fs::PermissionsExt as _;
    // Other users cannot access a pipe, as in `--password-file <(...)`.
    let open_to_others = std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0);
    if open_to_others {
        let path = crate::error::escape_path(path);
        printer.warning(&format!(
            "{path} contains a password and is accessible to other users; run chmod 600"
        ));
    }
}

#[cfg(not(unix))]
pub(crate) fn warn_if_others_can_read(_: &Path, _: &Printer) {}

/// Warns about a file that other users can change or replace. `risk` is what they could do then.
#[cfg(unix)]
pub(crate) fn warn_if_others_can_write(path: &Path, risk: &str, printer: &Printer) {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    for path in [Some(path), folder].into_iter().flatten() {
        if let Some(advice) = weakness(path) {
            let path = crate::error::escape_path(path);
            printer.warning(&format!(
                "other users can change {path} and {risk}; {advice}"
            ));
            return;
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn warn_if_others_can_write(_: &Path, _: &str, _: &Printer) {}

/// Returns what to do about a file or directory that others can change, if they can.
#[cfg(unix)]
fn weakness(path: &Path) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt as _;
    const STICKY: u32 = 0o1000;
    // What does not exist yet is created for its owner alone.
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() && !metadata.is_dir() {
        return None;
    }
    let own = rustix::process::geteuid().as_raw();
    if ![own, 0].contains(&metadata.uid()) {
        return Some("it must belong to you");
    }
    // In a sticky directory, nobody can replace the files of others.
    let is_shared = metadata.is_dir() && metadata.mode() & STICKY != 0;
    // Many systems give each user a group of the same number, without other members.
    let is_private_group = metadata.gid() == metadata.uid();
    let writers = if is_private_group { 0o002 } else { 0o022 };
    (!is_shared && metadata.mode() & writers != 0).then_some("run chmod go-w")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_or_folder_that_others_can_write_is_weak() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let at = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
            weakness(path).is_some()
        };
        assert!(!at(&file, 0o600) && !at(&file, 0o644));
        assert!(at(&file, 0o646));
        assert!(!at(folder.path(), 0o755) && at(folder.path(), 0o757));
        assert!(!at(folder.path(), 0o1777));
        assert_eq!(weakness(&folder.path().join("missing")), None);
    }
}
