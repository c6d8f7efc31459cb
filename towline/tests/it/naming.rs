//! Names and times of a run of uploads if the connection is lost during the renames.

use std::sync::Arc;
use std::time::Duration;

use towline::{Cancel, Config, ErrorDetail, ErrorKind, Job, JobResult};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::many::{
    Direction, QUEUEING, Running, SECOND, assert_all_done, numbered, outcome, pool, run,
};
use crate::support::{Bench, Notebook, answer, contents, quick_retry};

/// The third of eight files. The largest goes first; this one is renamed together with the fourth.
const THIRD: &str = "file-005";

/// If the server stops answering, a short timeout notices.
const SOON: Duration = Duration::from_secs(1);

fn closed(verb: &'static str) -> Fault {
    Fault::At(Point::Command(verb), Action::Close)
}

/// Refuses as many connections as one operation tries.
fn turn_away_three(bench: &Bench) {
    for nth in 2..=4 {
        let closed = Fault::At(Point::Greeting, Action::Close);
        bench.server.arm(closed.nth(nth));
    }
}

/// Uploads `jobs` until `verb` arrives for the third file. The test then renames that file, as the
/// server may have done; the client gets no reply.
async fn named_unheard(
    bench: &Bench,
    config: Config,
    verb: &'static str,
    jobs: Vec<Job>,
) -> Running {
    let gate = Gate::new();
    let hold = Fault::At(Point::Command(verb), Action::Hold(gate.clone()));
    bench.server.arm(hold.nth(3));
    let running = Running::start(&pool(config, 1), jobs);
    gate.reached().await;
    let names = bench.names();
    let part = names.iter().find(|name| name.starts_with(THIRD)).unwrap();
    let root = bench.server.root();
    std::fs::rename(root.join(part), root.join(THIRD)).unwrap();
    running
}

/// The third file may or may not have its name; all others have theirs, except `other`.
fn assert_in_doubt(bench: &Bench, done: &[JobResult], other: Option<usize>) {
    let error = outcome(done, THIRD).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RenameRefused, "{error}");
    assert_eq!(error.detail(), Some(&ErrorDetail::RenameInDoubt), "{error}");
    assert_eq!(bench.count(&format!("STOR {THIRD}.")), 1);
    for n in [0, 1, 2, 3, 4, 6, 7] {
        let name = numbered("file", n);
        if other != Some(n) {
            assert!(outcome(done, &name).is_ok(), "{name}");
            assert_eq!(bench.read(&name).unwrap(), contents(100 * n), "{name}");
        }
    }
}

fn parts(bench: &Bench) -> Vec<String> {
    let mut names = bench.names();
    names.retain(|name| name.ends_with(".part"));
    names
}

#[tokio::test]
async fn a_file_that_may_have_its_name_is_not_sent_again() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    turn_away_three(&bench);
    let config = bench.open_config().retry(quick_retry()).timeout(SOON);
    let jobs = Direction::Up.jobs(&bench, "file", 8);
    let running = named_unheard(&bench, config, "RNTO", jobs).await;
    assert_in_doubt(&bench, &running.end().await, None);
    assert_eq!(parts(&bench), [""; 0]);
}

/// The file after it is cancelled, and the timeout expires before the server answers.
#[tokio::test]
async fn a_file_that_may_have_its_name_and_is_not_cancelled_is_not_sent_again() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let cancels: Vec<_> = (0..8).map(|_| Cancel::new()).collect();
    let job = |(n, cancel)| {
        Direction::Up.stoppable(&bench, &numbered("file", n), &contents(100 * n), cancel)
    };
    let jobs = cancels.iter().enumerate().map(job).collect();
    let running = named_unheard(&bench, bench.open_config(), "RNTO", jobs).await;
    cancels[4].cancel();
    let done = running.end().await;
    assert_in_doubt(&bench, &done, Some(4));
    let error = outcome(&done, "file-004").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
}

/// The server refuses to rename the third file. A listing shows why, and uses up the data
/// connection of the fifth one, so the port for that is requested alone.
#[tokio::test]
async fn a_file_whose_name_has_not_been_asked_for_is_sent_again() {
    let builder = Server::builder(Personality::ProFtpd138).mlsd(false);
    let bench = Bench::build(builder.fault(Fault::RefuseReplace)).await;
    bench.write(THIRD, "old");
    bench.server.arm(closed("EPSV").nth(8));
    turn_away_three(&bench);
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let pool = pool(config.retry(quick_retry()), 1);
    let done = run(&pool, Direction::Up.jobs(&bench, "file", 8)).await;
    assert_all_done(&done, "");
    assert_eq!(bench.count("STOR file-004."), 2);
    let [part] = &parts(&bench)[..] else {
        panic!("{:?}", bench.names());
    };
    assert!(notebook.has(&format!("may remain at {part}")));
}

#[tokio::test]
async fn a_time_that_may_not_be_set_is_set_before_the_name_is_given() {
    for personality in QUEUEING {
        if personality == Personality::VsFtpd {
            continue; // It lacks MFMT.
        }
        for (verb, times) in [("MFMT", 9), ("RNFR", 8), ("RNTO", 8)] {
            let what = format!("{personality:?} {verb}");
            let bench = Bench::with_fault(personality, closed(verb).nth(3)).await;
            let pool = pool(bench.open_config().retry(quick_retry()), 1);
            let done = run(&pool, Direction::Up.jobs(&bench, "file", 8)).await;
            assert_all_done(&done, &what);
            Direction::Up.assert_arrived(&bench, "file", 8, &what);
            for name in bench.names() {
                assert_eq!(bench.modified(&name), SECOND, "{what}: {name}");
            }
            assert_eq!(bench.count("MFMT"), times, "{what}");
        }
    }
}

#[tokio::test]
async fn the_time_is_set_where_the_file_is() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let config = bench.open_config().retry(quick_retry()).timeout(SOON);
    let jobs = Direction::Up.jobs(&bench, "file", 8);
    let running = named_unheard(&bench, config, "MFMT", jobs).await;
    assert_all_done(&running.end().await, "");
    for name in bench.names() {
        assert_eq!(bench.modified(&name), SECOND, "{name}");
    }
    assert_eq!(bench.count(&format!("STOR {THIRD}.")), 1);
}

#[tokio::test]
async fn a_time_that_cannot_be_set_after_all_is_noted() {
    let bench = Bench::with_fault(Personality::ProFtpd138, closed("MFMT").nth(3)).await;
    let refusal = answer("MFMT", "550 Not today.");
    bench.server.arm(refusal.from_nth(4));
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let pool = pool(config.retry(quick_retry()), 1);
    let done = run(&pool, Direction::Up.jobs(&bench, "file", 8)).await;
    assert_all_done(&done, "");
    assert_ne!(bench.modified(THIRD), SECOND);
    let mut notes = notebook.all("note:");
    notes.retain(|note| note.contains("modification times"));
    assert_eq!(notes.len(), 1, "{notes:?}");
}
