//! Local files that block.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
use tokio::sync::Notify;
use towline::{Cancel, ConnectionId, DownloadOptions, ErrorKind, Event, Job, Observer};
use towline_testkit::Personality;

use crate::many::{Direction, Running, assert_all_done, pool};
use crate::support::{Bench, contents, path, session, until};

/// A pipe. Opening it for writing blocks until it is opened for reading.
fn pipe(bench: &Bench, name: &str) -> PathBuf {
    let local = bench.local(name);
    mknodat(CWD, &local, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    local
}

/// Keeps the pipe open for reading, whether or not anything is written.
fn read(pipe: &Path) -> File {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK;
    open(pipe, flags, Mode::empty()).unwrap().into()
}

/// Signals that a transfer has begun.
#[derive(Debug, Default)]
struct Begun(Notify);

impl Observer for Begun {
    fn event(&self, _: ConnectionId, event: &Event<'_>) {
        if let Event::TransferStarted { .. } = event {
            self.0.notify_one();
        }
    }
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_keeps_nobody_from_stopping() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "x");
    let local = pipe(&bench, "pipe");
    let begun = Arc::new(Begun::default());
    let config = bench.open_config().observer(begun.clone());
    let mut session = session(config).await.unwrap();
    let cancel = Cancel::new();
    let options = DownloadOptions::default().cancel(&cancel);
    let (name, stop) = (path("a"), async {
        begun.0.notified().await;
        cancel.cancel();
    });
    let downloading = session.download_file(&name, &local, &options);
    let (downloaded, ()) = tokio::join!(downloading, stop);
    assert_eq!(downloaded.unwrap_err().kind(), ErrorKind::Cancelled);
    // Release a writer that still waits.
    read(&local);
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_keeps_no_other_file_waiting() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let pool = pool(bench.open_config(), 2);
    let mut jobs = Direction::Down.jobs(&bench, "file", 12);
    bench.write("piped", contents(5000));
    let local = pipe(&bench, "pipe");
    let job = Job::download(path("piped"), local.clone(), DownloadOptions::default());
    jobs.push(job.sized(5000));
    let running = Running::start(&pool, jobs);
    until(|| running.count() == 12).await;
    let reading = tokio::task::spawn_blocking(|| std::fs::read(local).unwrap());
    assert_eq!(reading.await.unwrap(), contents(5000));
    assert_all_done(&running.end().await, "");
}
