//! The files of one mirror in the state directory: its journal, and the lock that keeps two runs of
//! it apart.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// The files of one mirror: a pair of a source and a destination.
#[derive(Clone, Debug)]
pub(crate) struct StateFiles {
    stem: PathBuf,
}

impl StateFiles {
    /// Returns the files in `directory` for this pair.
    pub(crate) fn new(directory: &Path, source: &str, destination: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(source.len().to_le_bytes())
            .chain_update(source)
            .chain_update(destination)
            .finalize();
        let name: String = digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            stem: directory.join(name),
        }
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.stem.with_extension("db")
    }

    /// Takes the lock. Waits for it if `wait`. Blocks.
    ///
    /// # Errors
    ///
    /// [`Error::Running`] if another run has it.
    pub(crate) fn lock(&self, wait: bool) -> Result<Lock, Error> {
        let path = self.stem.with_extension("lock");
        let failed = |error| Error::local(&path, error);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut open = File::options();
        let file = open
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        if wait {
            file.lock().map_err(failed)?;
            return Ok(Lock { _file: file });
        }
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Running),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// Keeps other runs of the same mirror away for as long as it lives. The system releases it if the
/// process is killed.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_of_one_mirror_exclude_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let files = StateFiles::new(directory.path(), "a", "b");
        let lock = files.lock(false).unwrap();
        assert!(matches!(files.lock(false), Err(Error::Running)));
        let other = StateFiles::new(directory.path(), "ab", "");
        assert!(other.lock(false).is_ok(), "another pair");
        drop(lock);
        assert!(files.lock(false).is_ok());
    }
}
