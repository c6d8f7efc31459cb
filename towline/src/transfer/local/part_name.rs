//! The names of local parts, and how renames are made durable.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::system::sync_directory;

/// Returns `.NAME.MARK.part`, beside `local`.
pub(super) fn marked_name(local: &Path, mark: &str) -> PathBuf {
    let mut name = hidden_prefix(local);
    name.push(format!("{mark}.part"));
    directory_of(local).join(name)
}

/// Returns `.NAME.`, leaving room for more within the 255 bytes of a name.
fn hidden_prefix(local: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(local.file_name().unwrap_or_default());
    prefix.push(".");
    match prefix.len() < 230 {
        true => prefix,
        false => ".towline.".into(),
    }
}

fn directory_of(local: &Path) -> &Path {
    match local.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Creates a file beside `local` that its owner alone can use, and that is removed unless it is
/// renamed.
pub(super) fn temporary(local: &Path) -> io::Result<tempfile::NamedTempFile> {
    let prefix = hidden_prefix(local);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    builder.tempfile_in(directory_of(local))
}

/// Makes the names of `files` durable, syncing each directory once. Blocks.
pub(crate) fn sync_directories<'a>(files: impl IntoIterator<Item = &'a Path>) {
    let directories: BTreeSet<_> = files.into_iter().map(directory_of).collect();
    for directory in directories {
        // Some file systems cannot sync a directory, and some directories cannot be opened. The
        // contents of the files are safe in any case.
        let _ = sync_directory(directory);
    }
}
