//! Many files at once: queues and their results.

use std::future::Future;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;
use towline::{
    Cancel, Client, Config, DownloadOptions, ErrorKind, Job, JobResult, Pool, Queue, RemotePath,
    UploadOptions,
};
use towline_testkit::{ControlReport, Personality};

use crate::support::{Bench, contents, path};

/// The servers that are known to queue commands.
pub(crate) const QUEUEING: [Personality; 5] = [
    Personality::VsFtpd,
    Personality::ProFtpd138,
    Personality::ProFtpd1310,
    Personality::PureFtpd,
    Personality::FileZilla1,
];

/// What is noted when pipelined commands are given up.
pub(crate) const ONE_BY_ONE: &str = "one command at a time from now on";

/// The servers that may get an early `close_notify`.
pub(crate) const CLOSED_EARLY: [Personality; 4] = [
    Personality::VsFtpd,
    Personality::ProFtpd138,
    Personality::PureFtpd,
    Personality::FileZilla1,
];

/// The modification time of the local files for uploads.
pub(crate) const SECOND: i64 = 1_700_000_000;

/// No run takes nearly this long unless it hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// The direction of transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Down,
    Up,
}

pub(crate) const BOTH_WAYS: [Direction; 2] = [Direction::Down, Direction::Up];

impl Direction {
    /// The command that moves a file.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Down => "RETR",
            Self::Up => "STOR",
        }
    }

    /// A file of `bench` at its source, and the job that moves it.
    pub(crate) fn job(self, bench: &Bench, name: &str, contents: &[u8]) -> Job {
        match self {
            Self::Down => {
                bench.write(name, contents);
                bench.touch(name, SECOND);
                let local = bench.local(name);
                Job::download(path(name), local, DownloadOptions::default())
            }
            Self::Up => {
                let local = bench.write_local(name, contents, SECOND);
                let job = Job::upload(local, path(name), UploadOptions::default());
                job.sized(contents.len() as u64)
            }
        }
    }

    /// The same, with `cancel` to stop it.
    pub(crate) fn stoppable(
        self,
        bench: &Bench,
        name: &str,
        contents: &[u8],
        cancel: &Cancel,
    ) -> Job {
        let job = self.job(bench, name, contents);
        let (remote, local) = (job.remote().clone(), job.local().to_owned());
        match self {
            Self::Down => Job::download(remote, local, DownloadOptions::default().cancel(cancel)),
            Self::Up => Job::upload(local, remote, UploadOptions::default().cancel(cancel))
                .sized(contents.len() as u64),
        }
    }

    /// Files named `NAME-000` and so on, each 100 bytes longer than the previous one.
    pub(crate) fn jobs(self, bench: &Bench, name: &str, count: usize) -> Vec<Job> {
        let job = |n| self.job(bench, &numbered(name, n), &contents(100 * n));
        (0..count).map(job).collect()
    }

    /// The file at its destination; `None` if it does not exist.
    pub(crate) fn arrived(self, bench: &Bench, name: &str) -> Option<Vec<u8>> {
        match self {
            Self::Down => std::fs::read(bench.local(name)).ok(),
            Self::Up => bench.read(name),
        }
    }

    /// The names at the destination.
    pub(crate) fn names(self, bench: &Bench) -> Vec<String> {
        match self {
            Self::Down => bench.local_names(),
            Self::Up => bench.names(),
        }
    }

    /// Checks that all of [`Self::jobs`] arrived complete, and nothing else did.
    pub(crate) fn assert_arrived(self, bench: &Bench, name: &str, count: usize, what: &str) {
        let names: Vec<_> = (0..count).map(|n| numbered(name, n)).collect();
        assert_eq!(self.names(bench), names, "{what}");
        for (n, name) in names.iter().enumerate() {
            let arrived = self.arrived(bench, name);
            assert_eq!(arrived.unwrap(), contents(100 * n), "{what}: {name}");
        }
    }
}

pub(crate) fn numbered(name: &str, n: usize) -> String {
    format!("{name}-{n:03}")
}

pub(crate) fn pool(config: Config, connections: u32) -> Pool {
    let connections = NonZeroU32::new(connections).unwrap();
    Pool::new(Client::new(config).unwrap(), connections)
}

/// Moves the files of `jobs`, and checks that each is reported exactly once.
pub(crate) async fn run(pool: &Pool, jobs: Vec<Job>) -> Vec<JobResult> {
    Running::start(pool, jobs).end().await
}

/// Files that are being moved.
#[derive(Debug)]
pub(crate) struct Running {
    expected: Vec<Key>,
    done: Arc<Mutex<Vec<JobResult>>>,
    run: JoinSet<()>,
}

/// The identity of a job.
type Key = (bool, RemotePath, PathBuf);

fn key(job: &Job) -> Key {
    (
        job.is_upload(),
        job.remote().clone(),
        job.local().to_owned(),
    )
}

impl Running {
    pub(crate) fn start(pool: &Pool, jobs: Vec<Job>) -> Self {
        let mut expected: Vec<_> = jobs.iter().map(key).collect();
        expected.sort();
        let queue = Arc::new(Queue::new());
        jobs.into_iter().for_each(|job| queue.push(job));
        queue.close();
        let done = Arc::new(Mutex::new(Vec::new()));
        let report = {
            let done = Arc::clone(&done);
            move |one| done.lock().unwrap().push(one)
        };
        let pool = pool.clone();
        let mut run = JoinSet::new();
        run.spawn(async move { pool.run(&queue, report).await });
        Self {
            expected,
            done,
            run,
        }
    }

    /// How many files have been reported.
    pub(crate) fn count(&self) -> usize {
        self.done.lock().unwrap().len()
    }

    /// Waits for the end, and checks that each file was reported exactly once.
    pub(crate) async fn end(mut self) -> Vec<JobResult> {
        let ended = timeout(DEADLINE, self.run.join_next()).await;
        let ended = ended.unwrap_or_else(|_| {
            panic!(
                "the run hangs with {} of {} told of",
                self.count(),
                self.expected.len()
            )
        });
        ended.unwrap().unwrap();
        let done = std::mem::take(&mut *self.done.lock().unwrap());
        let mut told: Vec<_> = done.iter().map(|done| key(&done.job)).collect();
        told.sort();
        assert_eq!(told, self.expected, "each file is told of once");
        done
    }
}

pub(crate) fn assert_all_done(done: &[JobResult], what: &str) {
    for JobResult { job, outcome } in done {
        assert!(outcome.is_ok(), "{what}: {}: {outcome:?}", job.remote());
    }
}

/// The result of the file called `name`.
pub(crate) fn outcome<'a>(done: &'a [JobResult], name: &str) -> Result<(), &'a towline::Error> {
    let remote = path(name);
    let one = done.iter().find(|done| *done.job.remote() == remote);
    one.unwrap().outcome.as_ref().map(drop)
}

/// The error kinds of the failures.
pub(crate) fn failures(done: &[JobResult]) -> Vec<ErrorKind> {
    let failures = done.iter().filter_map(|done| done.outcome.as_ref().err());
    failures.map(towline::Error::kind).collect()
}

/// Checks that every data connection resumed its own control connection's session, except on
/// Pure-FTPd, which issues nothing to resume in TLS 1.3.
pub(crate) fn assert_resumed(control: &ControlReport, personality: Personality) {
    if personality != Personality::PureFtpd {
        assert_eq!(control.resumed(), control.data.len(), "{personality:?}");
        let bound = control.data.iter().all(|data| data.bound_to_this_control);
        assert!(bound, "{personality:?}");
    }
}

/// How many commands arrived during a transfer.
pub(crate) fn early(bench: &Bench) -> usize {
    let report = bench.server.report();
    report
        .control
        .iter()
        .map(|control| control.early.len())
        .sum()
}

/// How many downloads received the client's `close_notify` before their data.
pub(crate) fn early_closes(bench: &Bench) -> usize {
    let report = bench.server.report();
    report.data().filter(|data| data.early_close_notify).count()
}

/// Few enough concurrent cases that each gets the time it needs.
const AT_A_TIME: usize = 12;

/// Runs `case` for each of `cases`, several at a time.
pub(crate) async fn for_each<T, F>(cases: Vec<T>, case: impl Fn(T) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    let mut failed = 0;
    for one in cases {
        if running.len() == AT_A_TIME {
            let ended = running.join_next().await;
            failed += usize::from(ended.is_some_and(|ended| ended.is_err()));
        }
        running.spawn(case(one));
    }
    while let Some(ended) = running.join_next().await {
        failed += usize::from(ended.is_err());
    }
    assert_eq!(failed, 0, "cases have failed, as said above");
}
