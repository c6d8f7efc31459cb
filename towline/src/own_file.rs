//! Opening files that belong to this user alone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes the files that are created accessible to their owner alone.
#[cfg(unix)]
pub(crate) fn for_owner_alone(open: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(open, 0o600)
}

#[cfg(not(unix))]
pub(crate) fn for_owner_alone(open: &mut OpenOptions) -> &mut OpenOptions {
    open
}

/// Opens the regular file at `path`. Never waits, as opening a named pipe would.
///
/// # Errors
///
/// Fails if `path` is a symbolic link, or anything other than a regular file.
pub(crate) fn open_regular(open: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let opened = at_once(open).open(path);
    let file = opened.map_err(|error| what_is_at(path).unwrap_or(error))?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(not_regular()),
    }
}

/// Returns the error for what is at `path`, if that is why it cannot be opened.
fn what_is_at(path: &Path) -> Option<io::Error> {
    let found = fs::symlink_metadata(path).ok()?.file_type();
    if found.is_symlink() {
        let what = "it is a symbolic link, which is not followed";
        return Some(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    (!found.is_file()).then(not_regular)
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

#[cfg(unix)]
fn at_once(open: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    // The flags are small; no system uses the sign bit.
    open.custom_flags(flags.bits().cast_signed())
}

#[cfg(not(unix))]
fn at_once(open: &mut OpenOptions) -> &mut OpenOptions {
    open
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_a_regular_file_is_opened_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "text").unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink(at("nothing"), at("dangling")).unwrap();
        let (pipe, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR);
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), pipe, mode, 0).unwrap();
        for (reads, writes) in [(true, false), (false, true)] {
            let open = |name: &str| {
                let mut options = OpenOptions::new();
                open_regular(options.read(reads).write(writes), &at(name))
            };
            open("file").unwrap();
            for (name, words) in [
                ("link", "a symbolic link"),
                ("dangling", "a symbolic link"),
                ("pipe", "not a regular file"),
            ] {
                let error = open(name).unwrap_err();
                assert!(error.to_string().contains(words), "{name}: {error}");
            }
            let missing = open("missing").unwrap_err();
            assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        }
        assert!(open_regular(OpenOptions::new().read(true), folder.path()).is_err());
    }
}
