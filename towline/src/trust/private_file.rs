//! Files that only their owner should be able to lock or change.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::own_file::{for_owner_alone, open_regular};

const BETWEEN_TRIES: Duration = Duration::from_millis(5);

/// Reads a text file. Fails if `path` is a symbolic link, or not a regular file.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let mut file = open_regular(OpenOptions::new().read(true), path)?;
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Locks the file at `path`, which is created if necessary, until the result is dropped. Fails if
/// `path` is a symbolic link. Only the owner can open the file, and so lock it.
///
/// The system's own wait for a lock has no timeout.
pub(super) fn lock(path: &Path, limit: Duration) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).write(true);
    let file = open_regular(for_owner_alone(options), path)?;
    restrict(&file)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < limit => {
                thread::sleep(BETWEEN_TRIES);
            }
            Err(TryLockError::WouldBlock) => {
                let what = format!("another process holds the lock {}", path.display());
                return Err(io::Error::new(io::ErrorKind::WouldBlock, what));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes the access of others away from a file that existed.
#[cfg(unix)]
fn restrict(file: &File) -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    match file.metadata()?.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => file.set_permissions(Permissions::from_mode(0o600)),
    }
}

#[cfg(not(unix))]
fn restrict(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_can_hold_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        drop(lock(&path, Duration::ZERO).unwrap());
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        drop(lock(&path, Duration::ZERO).unwrap());
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        symlink(&victim, &link).unwrap();
        lock(&link, Duration::ZERO).unwrap_err();
        assert!(!victim.exists());
        fs::write(&victim, "text").unwrap();
        let error = read(&link).unwrap_err();
        assert!(error.to_string().contains("a symbolic link"), "{error}");
        assert_eq!(read(&victim).unwrap(), "text");
    }
}
