//! Writes, syncs and renames small downloads in groups.
//!
//! If each file were synced alone, its connection would wait for the disk every time. Here, all
//! files that arrived while the disk was busy are written, then all are synced, and only then does
//! each get its name.

use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use super::queue::Claim;
use crate::error::Error;
use crate::transfer::{
    DownloadOptions, FileVersion, Target, Transferred, check_target, sync_directories,
};

/// How many files may wait for the disk; a further download waits until there is room.
const WAITING: usize = 16;

/// How many files are synced at a time. The file system then writes their metadata together.
const SYNCS: usize = 4;

/// Receives the result of each file.
pub(crate) type Report = Arc<dyn Fn(Claim, Result<Transferred, Error>) + Send + Sync>;

/// Where the contents of small downloads go.
#[derive(Debug)]
pub(crate) struct Landing {
    parcels: mpsc::Sender<Parcel>,
    task: JoinHandle<Result<(), JoinError>>,
}

/// A complete file that was received.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) claim: Claim,
    pub(crate) options: DownloadOptions,
    pub(crate) version: FileVersion,
    pub(crate) contents: Vec<u8>,
    pub(crate) transferred: Transferred,
}

impl Landing {
    /// Starts the task, which passes the result of each file to `report` on a thread that may
    /// block.
    pub(crate) fn new(report: Report) -> Self {
        let (parcels, waiting) = mpsc::channel(WAITING);
        let task = tokio::spawn(land(waiting, report));
        Self { parcels, task }
    }

    /// Hands over a file.
    pub(crate) async fn take(&self, parcel: Parcel) -> Result<(), Parcel> {
        self.parcels.send(parcel).await.map_err(|error| error.0)
    }

    /// Waits until every file has been dealt with. Resumes a panic of `report`, after which the
    /// results of the remaining files are not reported.
    pub(crate) async fn end(self) {
        drop(self.parcels);
        if let Err(failed) | Ok(Err(failed)) = self.task.await
            && let Ok(panic) = failed.try_into_panic()
        {
            resume_unwind(panic);
        }
    }
}

async fn land(mut waiting: mpsc::Receiver<Parcel>, report: Report) -> Result<(), JoinError> {
    let mut group = Vec::new();
    while waiting.recv_many(&mut group, WAITING).await > 0 {
        let (group, report) = (std::mem::take(&mut group), Arc::clone(&report));
        spawn_blocking(move || write_group(group, &report)).await?;
    }
    Ok(())
}

/// Writes all files, syncs all, names all.
fn write_group(group: Vec<Parcel>, report: &Report) {
    let mut written = Vec::new();
    for parcel in group {
        match write(&parcel) {
            Ok(target) => written.push((target, parcel)),
            Err(error) => tell(report, parcel, Err(error)),
        }
    }
    let synced = sync(&written);
    let mut named = Vec::new();
    for ((target, parcel), synced) in written.into_iter().zip(synced) {
        match synced {
            Ok(()) => named.push((target, parcel)),
            Err(error) => tell(report, parcel, Err(error)),
        }
    }
    let named: Vec<_> = named
        .into_iter()
        .map(|(target, parcel)| {
            let modified = parcel.version.modified;
            let modified = modified.filter(|_| parcel.options.preserve_time);
            (target.publish(modified), parcel)
        })
        .collect();
    sync_directories(named.iter().map(|(_, parcel)| parcel.claim.job().local()));
    for (outcome, parcel) in named {
        tell(report, parcel, outcome);
    }
}

/// Syncs the files, several at a time. Returns the results in their order.
fn sync(written: &[(Target, Parcel)]) -> Vec<Result<(), Error>> {
    fn each(share: &[(Target, Parcel)]) -> Vec<Result<(), Error>> {
        share.iter().map(|(target, _)| target.sync()).collect()
    }
    let mut shares = written.chunks(written.len().div_ceil(SYNCS).max(1));
    let first = shares.next().unwrap_or_default();
    thread::scope(|scope| {
        let rest: Vec<_> = shares
            .map(|share| {
                let syncing = thread::Builder::new().spawn_scoped(scope, move || each(share));
                (share, syncing)
            })
            .collect();
        let mut synced = each(first);
        for (share, syncing) in rest {
            synced.extend(match syncing {
                Ok(syncing) => syncing.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // The system has no further thread.
                Err(_) => each(share),
            });
        }
        synced
    })
}

fn write(parcel: &Parcel) -> Result<Target, Error> {
    let Parcel {
        claim,
        options,
        version,
        contents,
        ..
    } = parcel;
    let local = claim.job().local();
    check_target(local, options)?;
    let target = Target::create(local, *version, None, options)?;
    target.write(contents)?;
    Ok(target)
}

fn tell(report: &Report, parcel: Parcel, outcome: Result<(), Error>) {
    let Parcel {
        claim, transferred, ..
    } = parcel;
    let outcome = outcome.map(|()| transferred);
    let outcome = outcome.map_err(|error| error.with_path(claim.job().remote()));
    report(claim, outcome);
}

/// Returns the error for a file that can no longer be written.
pub(crate) fn nowhere_to_land() -> Error {
    let gone = io::Error::other("the task that writes files has ended");
    Error::local("it cannot be written", gone)
}
