//! Gives complete copies on this machine their names, and removes parts that nobody writes to.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempPath;

use super::Staged;
use crate::error::{Error, NameProblem};
use crate::path::TreePath;

/// Gives each copy its name, and then syncs the directories. `path_of` returns where a path is on
/// this machine. Blocks.
pub(super) fn publish(
    path_of: impl Fn(&TreePath) -> Result<PathBuf, NameProblem>,
    copies: &[Staged],
) -> Vec<Result<(), Error>> {
    let mut directories = BTreeSet::new();
    let results = copies
        .iter()
        .map(|copy| {
            let name = |path: &TreePath| {
                path_of(path).map_err(|source| Error::Name {
                    path: copy.path.clone(),
                    source,
                })
            };
            let (from, to) = (name(&copy.at)?, name(&copy.path)?);
            rename(&from, &to, copy.replaces).map_err(|error| Error::local(&to, error))?;
            directories.extend(to.parent().map(Path::to_owned));
            Ok(())
        })
        .collect();
    for directory in directories {
        sync(directory);
    }
    results
}

fn rename(from: &Path, to: &Path, replaces: bool) -> io::Result<()> {
    if replaces {
        return fs::rename(from, to);
    }
    let mut from = TempPath::try_from_path(from)?;
    from.disable_cleanup(true);
    from.persist_noclobber(to).map_err(|error| error.error)
}

/// Some file systems cannot sync a directory. The contents of its files are safe in any case.
fn sync(directory: PathBuf) {
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
}

/// Removes a part. A transfer has a lock on the part that it writes to. Blocks.
pub(super) fn remove_stray(part: &Path, second: i64) -> io::Result<()> {
    if !fs::symlink_metadata(part)?.is_file() {
        return Ok(());
    }
    let file = File::options().read(true).write(true).open(part)?;
    let began = UNIX_EPOCH + Duration::from_secs(u64::try_from(second).unwrap_or(0));
    let is_older = file.metadata()?.modified()? < began;
    match is_older && file.try_lock().is_ok() {
        true => fs::remove_file(part),
        false => Ok(()),
    }
}
