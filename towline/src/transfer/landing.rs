//! Small downloads on their way to the disk: written, synced and named in groups.
//!
//! To sync each file alone would make its connection wait for the disk every time. Here a thread
//! takes all files that have come while it was busy with the ones before, writes them, syncs them,
//! and only then gives each its name.

use std::io;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::job::{Done, Job};
use super::local::{Target, check_target, sync_directories};
use super::mark::Source;
use super::{DownloadOptions, Transferred};
use crate::error::Error;

/// Files that may wait for the disk; a download that comes on top of them waits itself.
const WAITING: usize = 16;

/// Who is told what has become of each file.
pub(crate) type Report = Arc<dyn Fn(Done) + Send + Sync>;

/// Where the bytes of small downloads go.
#[derive(Debug)]
pub(crate) struct Landing {
    parcels: mpsc::Sender<Parcel>,
    thread: JoinHandle<()>,
}

/// A whole file that has come.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) job: Job,
    pub(super) options: DownloadOptions,
    pub(super) source: Source,
    pub(super) contents: Vec<u8>,
    pub(super) transferred: Transferred,
}

impl Landing {
    /// Starts the thread, which tells `report` of each file.
    pub(crate) fn new(report: Report) -> Self {
        let (parcels, waiting) = mpsc::channel(WAITING);
        let thread = tokio::task::spawn_blocking(move || land(waiting, &report));
        Self { parcels, thread }
    }

    /// Hands a file over.
    pub(super) async fn take(&self, parcel: Parcel) -> Result<(), Parcel> {
        self.parcels.send(parcel).await.map_err(|error| error.0)
    }

    /// Waits until every file has been dealt with.
    pub(crate) async fn end(self) {
        drop(self.parcels);
        // A panic of the thread has nobody else to be told to.
        let _ = self.thread.await;
    }
}

fn land(mut waiting: mpsc::Receiver<Parcel>, report: &Report) {
    let mut group = Vec::new();
    while let Some(first) = waiting.blocking_recv() {
        group.push(first);
        while group.len() < WAITING
            && let Ok(next) = waiting.try_recv()
        {
            group.push(next);
        }
        settle(group.drain(..), report);
    }
}

/// Writes all files, syncs all, names all.
fn settle(group: impl Iterator<Item = Parcel>, report: &Report) {
    let mut written = Vec::new();
    for parcel in group {
        match write(&parcel) {
            Ok(target) => written.push((target, parcel)),
            Err(error) => tell(report, parcel, Err(error)),
        }
    }
    let mut named = Vec::new();
    for (target, parcel) in written {
        match target.sync() {
            Ok(()) => named.push((target, parcel)),
            Err(error) => tell(report, parcel, Err(error)),
        }
    }
    let named: Vec<_> = named
        .into_iter()
        .map(|(target, parcel)| {
            let modified = parcel.source.modified;
            let modified = modified.filter(|_| parcel.options.preserve_time);
            (target.publish(modified), parcel)
        })
        .collect();
    sync_directories(named.iter().map(|(_, parcel)| parcel.job.local.as_path()));
    for (outcome, parcel) in named {
        tell(report, parcel, outcome);
    }
}

fn write(parcel: &Parcel) -> Result<Target, Error> {
    let Parcel {
        job,
        options,
        source,
        contents,
        ..
    } = parcel;
    check_target(&job.local, options)?;
    let target = Target::create(&job.local, *source, options)?;
    target.write(contents)?;
    Ok(target)
}

fn tell(report: &Report, parcel: Parcel, outcome: Result<(), Error>) {
    let Parcel {
        job, transferred, ..
    } = parcel;
    let outcome = outcome.map(|()| transferred);
    let outcome = outcome.map_err(|error| error.with_path(&job.remote));
    report(Done { job, outcome });
}

/// What is told of a file whose thread is gone.
pub(super) fn nowhere_to_land() -> Error {
    let gone = io::Error::other("the thread that writes files has ended");
    Error::local("it cannot be written", gone)
}
