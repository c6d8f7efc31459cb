//! The spools that a configuration file has had routes to.
//!
//! A route may lose its spool while uploads wait in it. The list keeps such a spool in sight until
//! it is empty.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use towline_gateway::{Spooled, spooled};

use crate::settings::gateway::GatewaySettings;
use crate::settings::paths;

const FILE: &str = "spools.json";

/// How long another process may hold the lock.
const LOCK_LIMIT: Duration = Duration::from_secs(5);

const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// The spools of each configuration file.
type Known = BTreeMap<String, BTreeSet<PathBuf>>;

/// The list of spools, for one configuration file.
pub(crate) struct SpoolList {
    file: PathBuf,
    configuration: String,
}

impl SpoolList {
    /// Returns the list for the file `configuration`, or for the usual one. Returns `None` if the
    /// system has no place for it.
    pub(crate) fn of(configuration: Option<&Path>) -> Option<Self> {
        let configuration = configuration.map(Path::to_owned);
        let configuration = configuration.or_else(paths::config_file)?;
        let configuration = fs::canonicalize(&configuration).unwrap_or(configuration);
        Some(Self {
            file: paths::gateway()?.join(FILE),
            configuration: configuration.to_string_lossy().into_owned(),
        })
    }

    /// Notes the spools that have routes now. One that has none any more stays while something
    /// waits in it. Takes the lock only if there is something to change.
    ///
    /// # Errors
    /// Those of the disk; [`io::ErrorKind::WouldBlock`] if another process does not give up the lock.
    pub(super) fn note(&self, settings: &GatewaySettings) -> io::Result<()> {
        let routed: BTreeSet<_> = routed(settings).map(Path::to_owned).collect();
        let known = self.read()?;
        let before = known.get(&self.configuration).cloned();
        let before = before.unwrap_or_default();
        if with_waiting(&routed, &before) == before {
            return Ok(());
        }
        self.change(|before| with_waiting(&routed, before))
    }

    /// Changes the spools of this configuration file under a lock, so that no other gateway's are
    /// lost.
    fn change(
        &self,
        change: impl FnOnce(&BTreeSet<PathBuf>) -> BTreeSet<PathBuf>,
    ) -> io::Result<()> {
        let _lock = self.lock()?;
        let mut known = self.read()?;
        let before = known.remove(&self.configuration).unwrap_or_default();
        let now = change(&before);
        if !now.is_empty() {
            known.insert(self.configuration.clone(), now);
        }
        self.write(&known)
    }

    /// Locks the list. The lock is a separate file, because the list itself is replaced.
    fn lock(&self) -> io::Result<File> {
        create_private_directory(self.directory())?;
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let path = self.file.with_extension("json.lock");
        let file = options.open(&path)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_LIMIT => {
                    thread::sleep(BETWEEN_TRIES);
                }
                Err(TryLockError::WouldBlock) => {
                    let what = format!("another process holds the lock {}", path.display());
                    return Err(io::Error::new(io::ErrorKind::WouldBlock, what));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    fn directory(&self) -> &Path {
        self.file.parent().unwrap_or_else(|| Path::new("."))
    }

    /// Returns the spools that have no route any more, with what waits in them.
    pub(super) fn without_route(&self, settings: &GatewaySettings) -> Vec<(PathBuf, Vec<Spooled>)> {
        let known = self.read().unwrap_or_default();
        let of_this = known.get(&self.configuration).into_iter().flatten();
        let lost = of_this.filter(|spool| routed(settings).all(|routed| routed != *spool));
        let lost = lost.filter_map(|spool| Some((spool.clone(), waits(spool)?)));
        lost.filter(|(_, waiting)| !waiting.is_empty()).collect()
    }

    fn read(&self) -> io::Result<Known> {
        match fs::read(&self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Known::new()),
            Err(error) => Err(error),
        }
    }

    fn write(&self, known: &Known) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(self.directory())?;
        serde_json::to_writer(&mut file, known)?;
        file.as_file().sync_all()?;
        file.persist(&self.file)?;
        Ok(())
    }
}

fn create_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

/// The spools with routes, and those of `before` in which something may wait.
fn with_waiting(routed: &BTreeSet<PathBuf>, before: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let left = before
        .iter()
        .filter(|spool| waits(spool).is_none_or(|waiting| !waiting.is_empty()));
    routed.iter().chain(left).cloned().collect()
}

fn routed(settings: &GatewaySettings) -> impl Iterator<Item = &Path> {
    let routes = settings.routes.values();
    routes.filter_map(|route| route.spool.as_deref())
}

/// Returns what waits in a spool; `None` if that cannot be read.
fn waits(spool: &Path) -> Option<Vec<Spooled>> {
    match spool.exists() {
        true => spooled(spool).ok(),
        false => Some(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(directory: &Path, configuration: &str) -> SpoolList {
        SpoolList {
            file: directory.join("state").join(FILE),
            configuration: configuration.to_owned(),
        }
    }

    #[test]
    fn gateways_that_start_at_once_lose_no_entry_of_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path();
        thread::scope(|scope| {
            for gateway in 0..8 {
                scope.spawn(move || {
                    let list = list(place, &format!("{gateway}.toml"));
                    for spool in 0..10 {
                        let add = |before: &BTreeSet<PathBuf>| {
                            let mut now = before.clone();
                            now.insert(PathBuf::from(format!("spool{spool}")));
                            now
                        };
                        list.change(add).unwrap();
                    }
                });
            }
        });
        let known = list(place, "").read().unwrap();
        assert_eq!(known.len(), 8, "{known:?}");
        assert!(known.values().all(|spools| spools.len() == 10), "{known:?}");
    }
}
