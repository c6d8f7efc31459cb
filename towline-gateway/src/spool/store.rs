//! A spool in use: its directory, and what clients do with the uploads in it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use super::destination::Destination;
use super::error::SpoolError;
use super::journal::{Journal, Renamed};
use super::pause::Pause;
use super::private::{make_private, private_file};
use super::upload::{SpoolState, Spooled};
use crate::lock::lock;
use crate::paths::{join, plain};

const LOCK: &str = "lock";
const JOURNAL: &str = "journal.db";
/// The time between two looks whether another process has changed the journal.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// Uploads that are whole.
pub(super) const FILES: &str = "files";
/// Uploads that arrive.
pub(super) const INCOMING: &str = "incoming";

/// Returns what waits in the spool `directory`, in the order of delivery. A gateway may use it at
/// the same time. Blocks.
///
/// # Errors
///
/// [`SpoolError`] if there is no spool, or if it cannot be read.
pub fn spooled(directory: &Path) -> Result<Vec<Spooled>, SpoolError> {
    Journal::read(&directory.join(JOURNAL))?.all()
}

/// Requests the immediate delivery of the uploads with these numbers, or of all if there are none:
/// those that were set aside, and those that wait for their next attempt. A gateway that uses the
/// spool notices within a second or two. Returns how many there are. Blocks.
///
/// # Errors
///
/// [`SpoolError`] if there is no spool, or if it cannot be written.
pub fn retry(directory: &Path, uploads: &[i64]) -> Result<usize, SpoolError> {
    let journal = Journal::read(&directory.join(JOURNAL))?;
    if uploads.is_empty() {
        return journal.retry(None);
    }
    let counts = uploads.iter().map(|id| journal.retry(Some(*id)));
    counts.sum()
}

/// A spool in use.
#[derive(Debug)]
pub(crate) struct Spool {
    pub(super) directory: PathBuf,
    pub(super) journal: Journal,
    /// The login directory at the server, once a session has told it.
    home: Mutex<Option<RemotePath>>,
    destination: Mutex<Option<Arc<Destination>>>,
    /// Whether it had a route, and has none any more.
    abandoned: AtomicBool,
    /// Why the server could not be reached, and until when nobody tries again.
    pause: Pause,
    /// Held while a file gets its name at the server, by a delivery or by a client, so that neither
    /// replaces the newer file of the other.
    pub(super) naming: tokio::sync::Mutex<()>,
    /// The bytes of all uploads in it, those that arrive included.
    used: AtomicU64,
    /// How often an immediate retry was requested.
    hurries: AtomicU64,
    /// Changes when there may be something to do.
    pub(super) changes: watch::Sender<u64>,
    started: AtomicBool,
    pub(super) closed: AtomicBool,
    _lock: File,
}

impl Spool {
    /// Opens a spool for this process alone, and tidies up what a crash has left. Blocks.
    pub(crate) fn open(directory: &Path) -> Result<Self, SpoolError> {
        make_private(directory)?;
        for below in [FILES, INCOMING] {
            make_private(&directory.join(below))?;
        }
        let path = directory.join(LOCK);
        let lock = private_file(&path).map_err(|error| SpoolError::File { path, error })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SpoolError::InUse(directory.to_owned())),
            Err(TryLockError::Error(error)) => {
                let path = directory.join(LOCK);
                return Err(SpoolError::File { path, error });
            }
        }
        let journal = Journal::open(&directory.join(JOURNAL))?;
        let spool = Self {
            home: Mutex::new(journal.home()?),
            journal,
            directory: directory.to_owned(),
            destination: Mutex::default(),
            abandoned: AtomicBool::new(false),
            pause: Pause::default(),
            naming: tokio::sync::Mutex::default(),
            used: AtomicU64::new(0),
            hurries: AtomicU64::new(0),
            changes: watch::Sender::new(0),
            started: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            _lock: lock,
        };
        spool.tidy()?;
        Ok(spool)
    }

    /// Removes files that nobody relies on.
    fn tidy(&self) -> Result<(), SpoolError> {
        let known = self.journal.all()?;
        let bytes = known.iter().map(|upload| upload.bytes).sum();
        self.used.store(bytes, Ordering::Relaxed);
        let known: Vec<_> = known.into_iter().map(|upload| upload.file).collect();
        for below in [FILES, INCOMING] {
            let directory = self.directory.join(below);
            let failed = |error| SpoolError::File {
                path: directory.clone(),
                error,
            };
            for entry in fs::read_dir(&directory).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let name = entry.file_name();
                let is_known = known.iter().any(|known| name == known.as_str());
                if below == INCOMING || !is_known {
                    fs::remove_file(entry.path()).map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether deliveries from this spool have not started yet; from now on, the caller makes them.
    pub(crate) fn starts(&self) -> bool {
        !self.started.swap(true, Ordering::Relaxed)
    }

    /// Says where uploads go from now on, and tries again what was refused. Returns how many
    /// uploads wait in a spool that has just lost its route.
    pub(crate) fn lead_to(
        &self,
        destination: Option<Arc<Destination>>,
    ) -> Result<Option<usize>, SpoolError> {
        self.journal.try_again()?;
        let mut current = self.lock_destination();
        let is_lost = current.is_some() && destination.is_none();
        self.abandoned
            .store(destination.is_none(), Ordering::Relaxed);
        *current = destination;
        drop(current);
        self.end_pause();
        self.changed();
        match is_lost {
            true => Ok(Some(self.journal.all()?.len())),
            false => Ok(None),
        }
    }

    /// Returns what a command is answered with that needs the server so soon after a failure.
    pub(crate) fn paused(&self) -> Option<Reply> {
        self.pause.reply()
    }

    /// Makes clients wait after an attempt to reach the server that was answered with `reply`.
    pub(crate) fn begin_pause(&self, reply: Reply, refused_login: bool) {
        if let Some(destination) = self.destination() {
            self.pause.begin(reply, refused_login, &destination);
        }
    }

    /// Lets the next command ask the server.
    pub(crate) fn end_pause(&self) {
        self.pause.end();
    }

    /// Whether nobody delivers what is stored here.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    /// Adds an upload, unless nobody would deliver it.
    pub(super) fn add(
        &self,
        file: &str,
        path: &RemotePath,
        bytes: u64,
        text: bool,
    ) -> Result<i64, SpoolError> {
        // The route cannot disappear meanwhile.
        let destination = self.lock_destination();
        if self.is_abandoned() {
            return Err(SpoolError::Abandoned(self.directory.clone()));
        }
        let added = self.journal.add(file, &self.whole(path), bytes, text);
        drop(destination);
        added
    }

    /// Ends the deliveries after the one that is being made.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.changed();
    }

    pub(super) fn changed(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    pub(super) fn destination(&self) -> Option<Arc<Destination>> {
        self.lock_destination().clone()
    }

    fn lock_destination(&self) -> std::sync::MutexGuard<'_, Option<Arc<Destination>>> {
        lock(&self.destination)
    }

    pub(super) fn file(&self, upload: &Spooled) -> PathBuf {
        self.directory.join(FILES).join(&upload.file)
    }

    /// Counts more bytes, unless that would exceed `limit`. Returns whether it has.
    pub(super) fn claim(&self, bytes: u64, limit: Option<u64>) -> bool {
        let limit = limit.unwrap_or(u64::MAX);
        let more = |used: u64| used.checked_add(bytes).filter(|used| *used <= limit);
        let claimed = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        claimed.is_ok()
    }

    /// No longer counts bytes.
    pub(super) fn release(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether nothing more may be stored.
    pub(super) fn is_full(&self, limit: Option<u64>) -> bool {
        limit.is_some_and(|limit| self.used.load(Ordering::Relaxed) >= limit)
    }

    /// How often an immediate retry was requested.
    pub(super) fn hurries(&self) -> u64 {
        self.hurries.load(Ordering::Relaxed)
    }

    /// Notices what other processes ask for, without end.
    pub(super) async fn watch(self: &Arc<Self>) {
        let mut seen = None;
        loop {
            let version = self.work(|spool| spool.journal.version_of_others()).await;
            if let Ok(version) = version
                && seen.replace(version).is_some_and(|seen| seen != version)
            {
                self.hurries.fetch_add(1, Ordering::Relaxed);
                self.end_pause();
                self.changed();
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Removes the file of an upload whose row is gone.
    pub(super) fn forget(&self, upload: &Spooled) {
        self.release(upload.bytes);
        // If it stays, the next start removes it.
        let _ = fs::remove_file(self.file(upload));
    }

    /// Returns the newest upload to `path`.
    pub(crate) async fn find(self: &Arc<Self>, path: &RemotePath) -> io::Result<Option<Spooled>> {
        let path = path.clone();
        let finding = self.work(move |spool| spool.journal.find(&spool.whole(&path)));
        finding.await
    }

    /// Gives the newest upload to `from` another path.
    pub(crate) async fn rename(
        self: &Arc<Self>,
        from: &RemotePath,
        to: &RemotePath,
    ) -> io::Result<Renamed> {
        let (from, to) = (from.clone(), to.clone());
        let renamed = self.work(move |spool| {
            let renamed = spool
                .journal
                .rename(&spool.whole(&from), &spool.whole(&to))?;
            if let Renamed::Done(gone) = &renamed {
                gone.iter().for_each(|upload| spool.forget(upload));
            }
            Ok(renamed)
        });
        let renamed = renamed.await?;
        self.changed();
        Ok(renamed)
    }

    /// Removes the uploads to `path`, but for one that is about to get its name at the server.
    /// Returns how many there were.
    pub(crate) async fn remove(self: &Arc<Self>, path: &RemotePath) -> io::Result<usize> {
        self.take_out(path, Journal::remove).await
    }

    /// Removes the uploads to `path` that were replaced.
    pub(crate) async fn remove_replaced(self: &Arc<Self>, path: &RemotePath) -> io::Result<usize> {
        self.take_out(path, Journal::remove_replaced).await
    }

    async fn take_out(
        self: &Arc<Self>,
        path: &RemotePath,
        which: impl FnOnce(&Journal, &RemotePath) -> Result<Vec<Spooled>, SpoolError> + Send + 'static,
    ) -> io::Result<usize> {
        let path = path.clone();
        let removed = self.work(move |spool| {
            let removed = which(&spool.journal, &spool.whole(&path))?;
            removed.iter().for_each(|upload| spool.forget(upload));
            Ok(removed.len())
        });
        let removed = removed.await?;
        self.changed();
        Ok(removed)
    }

    /// Lets a client give the name `path` to a file of the server, while no delivery gives names.
    /// Returns `None` if it has to wait longer than `limit`.
    pub(crate) async fn claim_name(
        self: &Arc<Self>,
        path: &RemotePath,
        limit: Duration,
    ) -> io::Result<Option<NameClaim<'_>>> {
        let Ok(guard) = tokio::time::timeout(limit, self.naming.lock()).await else {
            return Ok(None);
        };
        let path = self.whole(path);
        let wanted = path.clone();
        let looking = self.work(move |spool| {
            let is_naming = spool.journal.is_naming(&wanted)?;
            Ok((is_naming, spool.journal.last_turn()?))
        });
        let (is_naming, turn) = looking.await?;
        Ok((!is_naming).then_some(NameClaim {
            spool: self,
            path,
            turn,
            _guard: guard,
        }))
    }

    /// Waits until an upload is no longer about to get its name at the server, for at most `limit`.
    /// Returns whether it is so.
    pub(crate) async fn named(self: &Arc<Self>, id: i64, limit: Duration) -> bool {
        let mut changes = self.changes.subscribe();
        let ended = async {
            loop {
                changes.borrow_and_update();
                let state = self.work(move |spool| spool.journal.state(id)).await;
                match state {
                    Ok(Some(SpoolState::Naming)) => {}
                    _ => return,
                }
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(limit, ended).await.is_ok()
    }

    /// Returns a path without its dependence on the login directory, once that is known, and as
    /// every client spells it.
    pub(crate) fn whole(&self, path: &RemotePath) -> RemotePath {
        let home = lock(&self.home);
        let path = home
            .as_ref()
            .map_or_else(|| path.clone(), |home| join(home, path));
        plain(&path)
    }

    /// Keeps the login directory at the server. From now on, each upload has one path, whichever
    /// client names it.
    pub(crate) async fn keep_home(self: &Arc<Self>, home: &RemotePath) -> io::Result<()> {
        let is_new = {
            let known = lock(&self.home);
            known.as_ref() != Some(home)
        };
        if !is_new || !home.is_absolute() {
            return Ok(());
        }
        let home = home.clone();
        let keeping = self.work(move |spool| {
            // First, so that no upload with a relative path is added after the others have changed.
            let mut known = lock(&spool.home);
            *known = Some(home.clone());
            drop(known);
            spool.journal.keep_home(&home)
        });
        keeping.await
    }

    /// Runs `work`, which blocks, on a thread of its own.
    pub(super) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, SpoolError> + Send + 'static,
    ) -> io::Result<T> {
        let spool = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&spool)).await;
        done.map_err(io::Error::other)?.map_err(io::Error::other)
    }
}

/// The right to give a name to a file of the server.
pub(crate) struct NameClaim<'a> {
    spool: &'a Arc<Spool>,
    path: RemotePath,
    /// What was uploaded later is newer than the file of the server.
    turn: i64,
    _guard: tokio::sync::MutexGuard<'a, ()>,
}

impl NameClaim<'_> {
    /// Removes the uploads to this name, which the server's file has replaced.
    pub(crate) async fn made(self) -> io::Result<usize> {
        let turn = self.turn;
        let overtake = move |journal: &Journal, path: &RemotePath| journal.overtake(path, turn);
        self.spool.take_out(&self.path, overtake).await
    }
}
