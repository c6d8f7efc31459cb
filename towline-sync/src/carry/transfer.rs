//! Downloads and uploads over a pool of sessions.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::tz::Offset;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use towline::{
    Cancel, DownloadOptions, Entry, EntryKind, ErrorDetail, Job, JobResult, Modified, Outcome,
    Pool, Precision, Queue, RemotePath, UploadOptions, Zone,
};
use towline_proto::name::local_name;

use super::{Cargo, Carried, Carrier};
use crate::error::{Error, NameProblem};
use crate::lock::lock;
use crate::path::TreePath;
use crate::stamp::{self, ClockFace};
use crate::tree::{LocalTree, RemoteTree, Tree as _};
use crate::watch::Copied;

/// Copies from a server to this machine.
#[derive(Clone, Debug)]
pub struct DownloadCarrier {
    source: Arc<RemoteTree>,
    destination: Arc<LocalTree>,
    options: DownloadOptions,
    cancel: Cancel,
}

/// Copies from this machine to a server.
#[derive(Clone, Debug)]
pub struct UploadCarrier {
    source: Arc<LocalTree>,
    destination: Arc<RemoteTree>,
    options: UploadOptions,
    cancel: Cancel,
}

impl DownloadCarrier {
    /// Copies from `source` to `destination`. `cancel` ends copies that have begun.
    #[must_use]
    pub fn new(
        source: RemoteTree,
        destination: LocalTree,
        options: DownloadOptions,
        cancel: &Cancel,
    ) -> Self {
        Self {
            source: Arc::new(source),
            destination: Arc::new(destination),
            options: options.cancel(cancel),
            cancel: cancel.clone(),
        }
    }

    fn job(&self, cargo: &Cargo) -> Result<Job, NameProblem> {
        self.destination.admits(cargo.path.name())?;
        let remote = self.source.path_of(&cargo.path)?;
        let at = cargo.staged.as_ref().unwrap_or(&cargo.path);
        let local = self.destination.path_of(at)?;
        // A file that has appeared since is not replaced.
        let replaces = cargo.replaces || cargo.staged.is_some();
        let options = self.options.clone().overwrite(replaces);
        Ok(Job::download(remote, local, options).listed(&entry(cargo)))
    }
}

impl UploadCarrier {
    /// Copies from `source` to `destination`. `cancel` ends copies that have begun.
    #[must_use]
    pub fn new(
        source: LocalTree,
        destination: RemoteTree,
        options: UploadOptions,
        cancel: &Cancel,
    ) -> Self {
        Self {
            source: Arc::new(source),
            destination: Arc::new(destination),
            options: options.cancel(cancel),
            cancel: cancel.clone(),
        }
    }

    fn job(&self, cargo: &Cargo) -> Result<Job, NameProblem> {
        self.destination.admits(cargo.path.name())?;
        let local = self.source.path_of_existing(&cargo.path)?;
        let remote = self.destination.path_of(&cargo.path)?;
        let job = Job::upload(local, remote, self.options.clone());
        Ok(match cargo.version.size {
            Some(size) => job.sized(size),
            None => job,
        })
    }
}

/// What is known of the source, as a listing would have it.
fn entry(cargo: &Cargo) -> Entry {
    let mut entry = Entry::new(cargo.path.name(), EntryKind::File);
    entry.size = cargo.version.size;
    entry.modified = cargo.version.modified.and_then(|modified| {
        let time = jiff::Timestamp::from_second(modified.seconds).ok()?;
        Some(Modified {
            time: Offset::UTC.to_datetime(time),
            precision: match modified.precision {
                stamp::Precision::Day => Precision::Day,
                stamp::Precision::Minute => Precision::Minute,
                stamp::Precision::Second | stamp::Precision::Nanosecond => Precision::Second,
            },
            zone: match modified.clock {
                ClockFace::Utc => Zone::Utc,
                ClockFace::Server => Zone::Server,
            },
        })
    });
    entry
}

impl Carrier for DownloadCarrier {
    type Source = RemoteTree;
    type Destination = LocalTree;

    fn source(&self) -> &Arc<RemoteTree> {
        &self.source
    }

    fn destination(&self) -> &Arc<LocalTree> {
        &self.destination
    }

    async fn carry(
        &self,
        files: UnboundedReceiver<Cargo>,
        done: UnboundedSender<Carried>,
        stop: &Cancel,
    ) {
        let job = |cargo: &Cargo| self.job(cargo);
        carry(self.source.pool(), job, files, done, stop, &self.cancel).await;
    }

    async fn same_contents(&self, path: &TreePath) -> Result<Option<bool>, Error> {
        same_contents(&self.source, &self.destination, path).await
    }

    fn cancel(&self) -> &Cancel {
        &self.cancel
    }
}

impl Carrier for UploadCarrier {
    type Source = LocalTree;
    type Destination = RemoteTree;

    fn source(&self) -> &Arc<LocalTree> {
        &self.source
    }

    fn destination(&self) -> &Arc<RemoteTree> {
        &self.destination
    }

    async fn carry(
        &self,
        files: UnboundedReceiver<Cargo>,
        done: UnboundedSender<Carried>,
        stop: &Cancel,
    ) {
        let job = |cargo: &Cargo| self.job(cargo);
        carry(
            self.destination.pool(),
            job,
            files,
            done,
            stop,
            &self.cancel,
        )
        .await;
    }

    async fn same_contents(&self, path: &TreePath) -> Result<Option<bool>, Error> {
        same_contents(&self.destination, &self.source, path).await
    }

    fn cancel(&self) -> &Cancel {
        &self.cancel
    }
}

/// Compares the digests of a file on a server and here.
async fn same_contents(
    remote: &RemoteTree,
    local: &LocalTree,
    path: &TreePath,
) -> Result<Option<bool>, Error> {
    let name = |source| Error::Name {
        path: path.clone(),
        source,
    };
    let there = remote.path_of(path).map_err(name)?;
    let here = local.path_of_existing(path).map_err(name)?;
    let mut session = remote.pool().session().await?;
    match session.has_same_contents(&there, &here).await {
        Err(error) if error.detail() == Some(&ErrorDetail::NoDigest) => Ok(None),
        compared => Ok(Some(compared?)),
    }
}

/// The files under way, by their paths on the server.
#[derive(Clone, Debug, Default)]
struct UnderWay(Arc<Mutex<HashMap<RemotePath, TreePath>>>);

impl UnderWay {
    fn lock(&self) -> MutexGuard<'_, HashMap<RemotePath, TreePath>> {
        lock(&self.0)
    }

    fn take(&self, remote: &RemotePath) -> Option<TreePath> {
        self.lock().remove(remote)
    }
}

async fn carry(
    pool: &Pool,
    job: impl Fn(&Cargo) -> Result<Job, NameProblem> + Send + Sync,
    mut files: UnboundedReceiver<Cargo>,
    done: UnboundedSender<Carried>,
    stop: &Cancel,
    cancel: &Cancel,
) {
    let queue = Arc::new(Queue::new());
    let under_way = UnderWay::default();
    let report = {
        let (under_way, done) = (under_way.clone(), done.clone());
        move |result: JobResult| {
            if let Some(path) = under_way.take(result.job.remote()) {
                // The receiver is gone only if the run is.
                let _ = done.send(carried(path, result));
            }
        }
    };
    let feed = async {
        loop {
            let cargo = tokio::select! {
                biased;
                () = ended(stop, cancel) => break,
                cargo = files.recv() => cargo,
            };
            let Some(Cargo { path, .. }) = &cargo else {
                break;
            };
            let path = path.clone();
            match cargo.as_ref().map(&job) {
                Some(Ok(job)) => {
                    under_way.lock().insert(job.remote().clone(), path);
                    queue.push(job);
                }
                Some(Err(source)) => {
                    let outcome = Err(Error::Name {
                        path: path.clone(),
                        source,
                    });
                    let _ = done.send(Carried { path, outcome });
                }
                None => {}
            }
        }
        queue.close();
        ended(stop, cancel).await;
        let cancelled = |path| Carried {
            path,
            outcome: Err(Error::Cancelled),
        };
        let waiting = queue.clear().into_iter();
        let waiting = waiting.filter_map(|job| under_way.take(job.remote()));
        waiting.for_each(|path| drop(done.send(cancelled(path))));
        files.close();
        while let Some(cargo) = files.recv().await {
            let _ = done.send(cancelled(cargo.path));
        }
    };
    let mut run = pin!(pool.run(&queue, report));
    tokio::select! {
        () = &mut run => {}
        () = feed => run.await,
    }
}

/// Waits until nothing new may begin.
async fn ended(stop: &Cancel, cancel: &Cancel) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = cancel.cancelled() => {}
    }
}

fn carried(path: TreePath, result: JobResult) -> Carried {
    let JobResult { job, outcome } = result;
    // A copy that is staged gets its name later.
    let name = local_name(path.name()).ok();
    let local = name.map_or_else(
        || job.local().to_owned(),
        |name| job.local().with_file_name(name),
    );
    let outcome = outcome.map(|transferred| Copied {
        bytes: transferred.bytes,
        is_verified: transferred.outcome == Outcome::Verified,
        transferred: Some(transferred),
        remote: Some(job.remote().clone()),
        local: Some(local),
    });
    Carried {
        path,
        outcome: outcome.map_err(Error::from),
    }
}
