//! The secret of this machine that marks partial files.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use sha2::{Digest, Sha256};

use crate::own_file::open_regular;

const LENGTH: usize = 32;

/// The secret of this machine that marks partial files. So only this machine can tell under which
/// name it will look for the part of a file.
#[derive(Clone)]
pub(crate) struct PartKey([u8; LENGTH]);

impl PartKey {
    /// Returns the usual file of the key, if the system has a directory for the state of programs.
    pub(crate) fn usual_file() -> Option<PathBuf> {
        let strategy = etcetera::choose_base_strategy().ok()?;
        let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
        Some(state.join("towline").join("part-key"))
    }

    /// Reads the key from `file`, and creates it first if there is none. Blocks.
    pub(crate) fn load(file: &Path) -> io::Result<Self> {
        match read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(file)?;
                // Another process may have been first.
                read(file)
            }
            outcome => outcome,
        }
    }

    /// Returns eight hexadecimal digits that are the same for the same `fields`, and almost
    /// certainly different otherwise.
    pub(crate) fn mark(&self, fields: &[&[u8]]) -> String {
        let mut digest = Sha256::new().chain_update(self.0);
        for field in fields {
            // The lengths keep one field's end from being read as the next one's beginning.
            digest.update((field.len() as u64).to_le_bytes());
            digest.update(field);
        }
        let digest = digest.finalize();
        format!(
            "{:02x}{:02x}{:02x}{:02x}",
            digest[0], digest[1], digest[2], digest[3]
        )
    }
}

impl fmt::Debug for PartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartKey")
    }
}

fn read(file: &Path) -> io::Result<PartKey> {
    let mut bytes = Vec::new();
    open_regular(OpenOptions::new().read(true), file)?.read_to_end(&mut bytes)?;
    let key = bytes.try_into().map_err(|_| {
        let what = format!("it does not hold {LENGTH} bytes");
        io::Error::new(io::ErrorKind::InvalidData, what)
    });
    key.map(PartKey)
}

/// Creates the key, readable by its owner alone. Keeps a key that another process has created
/// meanwhile.
fn create(file: &Path) -> io::Result<()> {
    let directory = file.parent().unwrap_or_else(|| Path::new(""));
    create_private_directory(directory)?;
    let mut key = tempfile::Builder::new().tempfile_in(directory)?;
    key.write_all(&rand::random::<[u8; LENGTH]>())?;
    key.as_file().sync_all()?;
    match key.persist_noclobber(file) {
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome.map(drop).map_err(|failed| failed.error),
    }
}

fn create_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_created_once_and_stays() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("state/towline/part-key");
        let mark = |key: PartKey| key.mark(&[b"a"]);
        let first = mark(PartKey::load(&file).unwrap());
        assert_eq!(mark(PartKey::load(&file).unwrap()), first);
        let other = home.path().join("other");
        assert_ne!(mark(PartKey::load(&other).unwrap()), first);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_a_key() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("towline/part-key");
        PartKey::load(&file).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
    }

    #[test]
    fn two_that_create_it_at_once_get_the_same_key() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("part-key");
        let marks = std::thread::scope(|scope| {
            let load = || PartKey::load(&file).unwrap().mark(&[b"a"]);
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
            let marks = threads.into_iter().map(|thread| thread.join().unwrap());
            marks.collect::<std::collections::BTreeSet<_>>()
        });
        assert_eq!(marks.len(), 1);
    }

    #[test]
    fn a_file_that_holds_no_key_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("part-key");
        fs::write(&file, "short").unwrap();
        let error = PartKey::load(&file).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_mark_tells_where_one_field_ends() {
        let key = PartKey([7; LENGTH]);
        assert_eq!(key.mark(&[b"ab", b"c"]), key.mark(&[b"ab", b"c"]));
        assert_ne!(key.mark(&[b"ab", b"c"]), key.mark(&[b"a", b"bc"]));
    }

    /// Parts outlive the program that created them, so this must never change.
    #[test]
    fn a_mark_is_the_same_in_every_release() {
        let mark = PartKey([7; LENGTH]).mark(&[b"ftp.example.com", b"a"]);
        assert_eq!(mark, "07973699");
    }
}
