//! Many small files, the next one prepared while one moves.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use towline::{Client, Config, Done, DownloadOptions, Job, Pool, Queue, UploadOptions};
use towline_testkit::{ControlReport, Personality};

use crate::support::{BOTH, Bench, contents, path};

/// The servers that are known to queue commands.
const QUEUEING: [Personality; 5] = [
    Personality::VsFtpd,
    Personality::ProFtpd138,
    Personality::ProFtpd1310,
    Personality::PureFtpd,
    Personality::FileZilla1,
];

fn pool(config: Config, connections: u32) -> Pool {
    let connections = NonZeroU32::new(connections).unwrap();
    Pool::new(Client::new(config).unwrap(), connections)
}

async fn run(pool: &Pool, jobs: Vec<Job>) -> Vec<Done> {
    let queue = Arc::new(Queue::new());
    jobs.into_iter().for_each(|job| queue.push(job));
    queue.close();
    let done = Arc::new(Mutex::new(Vec::new()));
    let report = Arc::clone(&done);
    pool.run(&queue, move |done| report.lock().unwrap().push(done))
        .await;
    std::mem::take(&mut *done.lock().unwrap())
}

fn assert_all_done(done: &[Done], count: usize) {
    assert_eq!(done.len(), count);
    for Done { job, outcome } in done {
        assert!(outcome.is_ok(), "{}: {outcome:?}", job.remote());
    }
}

/// Downloads of `count` files, which are written at the server.
fn downloads(bench: &Bench, count: usize) -> Vec<Job> {
    let job = |n: usize| {
        let name = format!("file-{n:03}");
        bench.write(&name, contents(100 * n));
        let local = bench.local(&name);
        Job::download(path(&name), local, DownloadOptions::default())
    };
    (0..count).map(job).collect()
}

fn uploads(bench: &Bench, count: usize) -> Vec<Job> {
    let job = |n: usize| {
        let name = format!("file-{n:03}");
        let local = bench.write_local(&name, &contents(100 * n), 1_700_000_000);
        Job::upload(local, path(&name), UploadOptions::default()).sized(100 * n as u64)
    };
    (0..count).map(job).collect()
}

/// Every data connection has resumed, and its own control connection's session, but on Pure-FTPd, which
/// gives nothing to resume with in TLS 1.3.
fn assert_resumed(control: &ControlReport, personality: Personality) {
    if personality != Personality::PureFtpd {
        assert_eq!(control.resumed(), control.data.len(), "{personality:?}");
        let bound = control.data.iter().all(|data| data.bound_to_this_control);
        assert!(bound, "{personality:?}");
    }
}

/// The commands behind `line`.
fn behind<'a>(commands: &'a [String], line: &str) -> &'a [String] {
    let at = commands.iter().position(|command| command == line);
    &commands[at.unwrap() + 1..]
}

fn assert_downloaded(bench: &Bench, count: usize) {
    for n in 0..count {
        let local = std::fs::read(bench.local(&format!("file-{n:03}"))).unwrap();
        assert_eq!(local, contents(100 * n), "file {n}");
    }
}

fn assert_uploaded(bench: &Bench, count: usize) {
    let names: Vec<_> = (0..count).map(|n| format!("file-{n:03}")).collect();
    assert_eq!(bench.names(), names);
    for (n, name) in names.iter().enumerate() {
        assert_eq!(bench.read(name).unwrap(), contents(100 * n), "{name}");
    }
}

#[tokio::test]
async fn downloads_come_whole_with_the_next_one_asked_for_ahead() {
    for personality in QUEUEING {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            let pool = pool(bench.config(version), 1);
            let jobs = downloads(&bench, 30);
            let done = run(&pool, jobs).await;
            assert_all_done(&done, 30);
            assert_downloaded(&bench, 30);
            let report = bench.server.report();
            let [control] = report.control.as_slice() else {
                panic!(
                    "{personality:?} {version}: {} connections",
                    report.control.len()
                );
            };
            assert_resumed(control, personality);
            let ahead = behind(&control.commands, "RETR file-027");
            let expected = ["SIZE file-028", "MDTM file-028", "EPSV", "RETR file-028"];
            assert_eq!(ahead[..4], expected, "{personality:?} {version}");
        }
    }
}

#[tokio::test]
async fn uploads_arrive_whole_and_get_their_names_with_the_next_one() {
    for personality in QUEUEING {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            let pool = pool(bench.config(version), 1);
            let jobs = uploads(&bench, 30);
            let done = run(&pool, jobs).await;
            assert_all_done(&done, 30);
            assert_uploaded(&bench, 30);
            let report = bench.server.report();
            let [control] = report.control.as_slice() else {
                panic!(
                    "{personality:?} {version}: {} connections",
                    report.control.len()
                );
            };
            assert_resumed(control, personality);
            let ahead = behind(&control.commands, "RNTO file-010");
            let verbs: Vec<_> = ahead.iter().map(|line| &line[..4]).take(3).collect();
            assert_eq!(verbs, ["STOR", "SIZE", "EPSV"], "{personality:?} {version}");
            assert!(ahead[0].starts_with("STOR file-009."), "{}", ahead[0]);
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_known_to_queue_gets_one_command_at_a_time() {
    let bench = Bench::start(Personality::PyFtpdlib).await;
    let pool = pool(bench.open_config(), 1);
    let done = run(&pool, downloads(&bench, 5)).await;
    assert_all_done(&done, 5);
    assert_downloaded(&bench, 5);
}

#[tokio::test]
async fn each_of_many_connections_has_a_tether_of_its_own() {
    for personality in QUEUEING {
        let bench = Bench::start(personality).await;
        let pool = pool(bench.open_config(), 8);
        let done = run(&pool, downloads(&bench, 100)).await;
        assert_all_done(&done, 100);
        assert_downloaded(&bench, 100);
        pool.quit().await;
        let report = bench.server.report();
        assert!(
            report.control.len() > 1 && report.control.len() <= 8,
            "{personality:?}"
        );
        for control in &report.control {
            assert_resumed(control, personality);
        }
    }
}

#[tokio::test]
async fn settles_below_the_number_of_connections_that_the_server_allows() {
    let builder = towline_testkit::Server::builder(Personality::ProFtpd138).max_connections(2);
    let bench = Bench::build(builder).await;
    let pool = pool(bench.open_config(), 8);
    let done = run(&pool, downloads(&bench, 100)).await;
    assert_all_done(&done, 100);
    assert_downloaded(&bench, 100);
    assert_eq!(bench.logins(), 2);
}
