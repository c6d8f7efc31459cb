//! Many files that the caller stops while the server does not answer any more.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use towline::{Cancel, ErrorKind, Job, JobResult, Pipelining, Queue};
use towline_testkit::{Action, Fault, Gate, Personality, Point};

use crate::many::{BOTH_WAYS, Direction, Running, failures, numbered, outcome, pool};
use crate::support::{Bench, contents, path, until};

const TWO_SECONDS: Duration = Duration::from_secs(2);

/// More than are in progress at a time.
const FILES: usize = 40;

fn jobs(bench: &Bench, direction: Direction, cancel: &Cancel) -> Vec<Job> {
    let job = |n| direction.stoppable(bench, &numbered("file", n), &contents(100 * n), cancel);
    (0..FILES).map(job).collect()
}

/// Some files have arrived, the others were cancelled, and nothing else has a final name.
fn assert_stopped(bench: &Bench, direction: Direction, done: &[JobResult], what: &str) {
    let mut cancelled = 0;
    for n in 0..FILES {
        let name = numbered("file", n);
        let arrived = direction.arrived(bench, &name);
        match outcome(done, &name) {
            Ok(()) => assert_eq!(arrived.unwrap(), contents(100 * n), "{what}: {name}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{what}: {error}");
                let is_whole = arrived.is_none_or(|arrived| arrived == contents(100 * n));
                assert!(is_whole, "{what}: {name}");
                cancelled += 1;
            }
        }
    }
    assert!(cancelled > 0, "{what}");
    for name in direction.names(bench) {
        // A part stored at the timeout cannot be removed over any connection; its error says so.
        if let Some(part) = name.strip_suffix(".part") {
            assert_eq!(direction, Direction::Up, "{what}: {name}");
            let stem = part.rsplit_once('.').unwrap().0;
            let error = outcome(done, stem).unwrap_err().to_string();
            assert!(error.contains(&name), "{what}: {error}");
        }
    }
}

/// The direction, the number of connections, and the point and occasion at which the server falls
/// silent.
type Case = (Direction, u32, Point, usize);

/// `ready` keeps the work of other cases out of the measured time.
async fn stop((direction, connections, point, from): Case, ready: Arc<Barrier>) {
    let what = format!("{direction:?} {connections} {point:?} {from}");
    let gate = Gate::new();
    let hold = Fault::At(point, Action::Hold(gate.clone())).from_nth(from);
    let bench = Bench::with_fault(Personality::ProFtpd138, hold).await;
    let cancel = Cancel::new();
    let pool = pool(bench.open_config(), connections);
    let running = Running::start(&pool, jobs(&bench, direction, &cancel));
    gate.reached().await;
    ready.wait().await;
    let began = Instant::now();
    cancel.cancel();
    let done = running.end().await;
    let elapsed = began.elapsed();
    assert!(elapsed < TWO_SECONDS, "{what}: {elapsed:?}");
    ready.wait().await;
    assert_stopped(&bench, direction, &done, &what);
}

fn points(direction: Direction) -> Vec<Point> {
    let command = direction.verb();
    let after = 50;
    let mut points = vec![
        Point::Command("EPSV"),
        Point::Command("SIZE"),
        Point::Command(command),
        Point::DataTls(command),
        Point::Transfer { command, after },
        Point::FinalReply(command),
    ];
    match direction {
        Direction::Down => points.push(Point::Command("MDTM")),
        Direction::Up => points.extend(["MFMT", "RNFR", "RNTO"].map(Point::Command)),
    }
    points
}

#[tokio::test]
async fn a_silent_server_keeps_no_run_for_longer_than_two_seconds() {
    let mut cases = Vec::new();
    for direction in BOTH_WAYS {
        for connections in [1, 8] {
            for point in points(direction) {
                // In the middle of the pipeline.
                cases.push((direction, connections, point.clone(), 15));
            }
        }
        // The last file, with nothing after it.
        let last = Point::FinalReply(direction.verb());
        cases.push((direction, 1, last, FILES));
    }
    cases.push((Direction::Up, 1, Point::Command("RNTO"), FILES));
    // The first connection, and those opened after it.
    for nth in [1, 2] {
        for point in [Point::Greeting, Point::ControlTls, Point::Command("PASS")] {
            cases.push((Direction::Down, 8, point, nth));
        }
    }
    for cases in cases.chunks(10) {
        let ready = Arc::new(Barrier::new(cases.len()));
        let mut running = JoinSet::new();
        for case in cases {
            running.spawn(stop(case.clone(), Arc::clone(&ready)));
        }
        running.join_all().await;
    }
}

/// The server refuses a name and then stops answering: two files are in progress.
#[tokio::test]
async fn a_file_that_was_refused_its_name_is_told_of_too() {
    let gate = Gate::new();
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::RefuseReplace).await;
    for n in 0..FILES {
        bench.write(&numbered("file", n), contents(100 * n));
    }
    let point = Point::Transfer {
        command: "STOR",
        after: 0,
    };
    bench
        .server
        .arm(Fault::At(point, Action::Hold(gate.clone())).from_nth(3));
    let cancel = Cancel::new();
    let pool = pool(bench.open_config(), 1);
    let running = Running::start(&pool, jobs(&bench, Direction::Up, &cancel));
    gate.reached().await;
    let began = Instant::now();
    cancel.cancel();
    let done = running.end().await;
    assert!(began.elapsed() < TWO_SECONDS, "{:?}", began.elapsed());
    assert!(failures(&done).len() >= FILES - 2);
}

/// The report callback blocks the disk thread, so that complete files cannot be handed over.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_wait_for_the_disk_are_told_of_too() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let cancel = Cancel::new();
    let pool = pool(bench.open_config(), 1);
    let queue = Arc::new(Queue::new());
    for job in jobs(&bench, Direction::Down, &cancel) {
        queue.push(job);
    }
    queue.close();
    let (go, stopped) = std::sync::mpsc::channel::<()>();
    let told = Arc::new(Mutex::new(Vec::new()));
    let report = {
        let told = Arc::clone(&told);
        let stopped = Mutex::new(stopped);
        move |done: JobResult| {
            // The connection itself reports the first file and cancelled files.
            if done.outcome.is_ok() && told.lock().unwrap().len() == 1 {
                let _ = stopped.lock().unwrap().recv();
            }
            told.lock().unwrap().push(done.job.remote().clone());
        }
    };
    let run = {
        let (pool, queue) = (pool.clone(), Arc::clone(&queue));
        tokio::spawn(async move { pool.run(&queue, report).await })
    };
    // One file is at the disk, sixteen wait, and the next one has no room.
    until(|| bench.count("RETR") >= 18).await;
    cancel.cancel();
    until(|| queue.is_empty()).await;
    drop(go);
    tokio::time::timeout(Duration::from_secs(20), run)
        .await
        .unwrap()
        .unwrap();
    let mut told = told.lock().unwrap().clone();
    told.sort();
    let names: Vec<_> = (0..FILES).map(|n| path(&numbered("file", n))).collect();
    assert_eq!(told, names);
}

/// Each file has its own way to be stopped; the others continue.
#[tokio::test]
async fn what_stops_one_file_stops_no_other() {
    for direction in BOTH_WAYS {
        for stopped in [4, 5] {
            let gate = Gate::new();
            let point = Point::Transfer {
                command: direction.verb(),
                after: 0,
            };
            let hold = Fault::At(point, Action::Hold(gate.clone())).nth(6);
            let bench = Bench::with_fault(Personality::ProFtpd138, hold).await;
            let cancels: Vec<_> = (0..12).map(|_| Cancel::new()).collect();
            let job = |(n, cancel)| {
                direction.stoppable(&bench, &numbered("file", n), &contents(1000), cancel)
            };
            let jobs = cancels.iter().enumerate().map(job);
            let pool = pool(bench.open_config(), 1);
            let running = Running::start(&pool, jobs.collect());
            gate.reached().await;
            let began = Instant::now();
            cancels[stopped].cancel();
            if stopped == 5 {
                until(|| running.count() == 12).await;
                assert!(began.elapsed() < TWO_SECONDS + TWO_SECONDS);
            } else {
                gate.open();
            }
            let done = running.end().await;
            for n in 0..12 {
                let name = numbered("file", n);
                let outcome = outcome(&done, &name);
                if n == stopped {
                    // The file before the stalled one was complete when it was stopped.
                    let kind = outcome.err().map(towline::Error::kind);
                    assert!(kind.is_none_or(|kind| kind == ErrorKind::Cancelled));
                } else {
                    assert!(
                        outcome.is_ok(),
                        "{direction:?} {stopped} {name}: {outcome:?}"
                    );
                    let arrived = direction.arrived(&bench, &name);
                    assert_eq!(arrived.unwrap(), contents(1000), "{name}");
                }
            }
        }
    }
}

/// No file of a cancelled run reopens a lost connection or waits for one.
#[tokio::test]
async fn no_connection_is_opened_for_what_is_cancelled() {
    for is_cancelled_before in [true, false] {
        let (moving, greeting) = (Gate::new(), Gate::new());
        let point = Point::Transfer {
            command: "RETR",
            after: 0,
        };
        let bench = Bench::start(Personality::ProFtpd138).await;
        let config = bench.open_config().timeout(Duration::from_secs(1000));
        let pool = pool(config.pipelining(Pipelining::Off), 1);
        drop(pool.session().await.unwrap());
        bench
            .server
            .arm(Fault::At(point, Action::Hold(moving.clone())));
        bench
            .server
            .arm(Fault::At(Point::Greeting, Action::Hold(greeting.clone())));
        let (first, rest) = (Cancel::new(), Cancel::new());
        let mut jobs = vec![Direction::Down.stoppable(&bench, "first", b"first", &first)];
        for n in 0..5 {
            let name = numbered("file", n);
            jobs.push(Direction::Down.stoppable(&bench, &name, b"more", &rest));
        }
        let running = Running::start(&pool, jobs);
        moving.reached().await;
        first.cancel();
        if !is_cancelled_before {
            greeting.reached().await;
        }
        rest.cancel();
        let done = running.end().await;
        assert_eq!(failures(&done), [ErrorKind::Cancelled; 6]);
        let met = 1 + usize::from(!is_cancelled_before);
        assert_eq!(bench.server.report().control.len(), met);
    }
}

#[tokio::test]
async fn nothing_is_asked_of_a_file_that_is_cancelled_before_its_turn() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let cancel = Cancel::new();
    let mut jobs = Vec::new();
    for n in 0..6 {
        let name = numbered("file", n);
        let stop = if n == 3 {
            cancel.clone()
        } else {
            Cancel::new()
        };
        jobs.push(Direction::Down.stoppable(&bench, &name, b"file", &stop));
    }
    cancel.cancel();
    let pool = pool(bench.open_config(), 1);
    let done = Running::start(&pool, jobs).end().await;
    assert_eq!(failures(&done), [ErrorKind::Cancelled]);
    assert_eq!(bench.count("SIZE file-003"), 0);
    assert_eq!(bench.count("SIZE file-002"), 1);
}

/// The file is stopped after the client has asked about it, behind the file before it.
#[tokio::test]
async fn a_file_is_stopped_while_the_server_says_nothing_of_it() {
    for direction in BOTH_WAYS {
        let gate = Gate::new();
        let nth = match direction {
            Direction::Down => 3,
            // The first is that of the listing before uploads.
            Direction::Up => 4,
        };
        let hold = Fault::At(Point::Command("EPSV"), Action::Hold(gate.clone())).nth(nth);
        let bench = Bench::with_fault(Personality::ProFtpd138, hold).await;
        let cancels: Vec<_> = (0..6).map(|_| Cancel::new()).collect();
        let job = |(n, cancel)| {
            direction.stoppable(&bench, &numbered("file", n), &contents(1000), cancel)
        };
        let jobs = cancels.iter().enumerate().map(job);
        let pool = pool(bench.open_config().timeout(Duration::from_secs(1000)), 1);
        let running = Running::start(&pool, jobs.collect());
        gate.reached().await;
        cancels[2].cancel();
        let done = running.end().await;
        assert_eq!(failures(&done), [ErrorKind::Cancelled], "{direction:?}");
        assert!(outcome(&done, "file-002").is_err());
        for n in [0, 1, 3, 4, 5] {
            let arrived = direction.arrived(&bench, &numbered("file", n));
            assert_eq!(arrived.unwrap(), contents(1000), "{direction:?} {n}");
        }
    }
}
