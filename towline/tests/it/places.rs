//! How a pool handles lost connections, refusals, and failing files.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::timeout;
use towline::{
    Client, DownloadOptions, ErrorKind, Job, Pipelining, PipeliningSteps, Pool, Queue, Retry,
    Secret, UploadOptions,
};
use towline_testkit::{Action, Fault, Gate, Personality, Point};

use crate::many::{Direction, Running, assert_all_done, failures, numbered, pool, run};
use crate::support::{Bench, Notebook, answer, contents, path, quick_retry, until};

/// A hang takes longer than this.
const LONG: Duration = Duration::from_secs(20);

/// Opens `count` sessions.
async fn open(pool: &Pool, count: u32) {
    let mut sessions = Vec::new();
    for _ in 0..count {
        sessions.push(timeout(LONG, pool.session()).await.unwrap().unwrap());
    }
    assert_eq!(pool.open(), count);
}

/// The server ends a session instead of sending a transfer's final reply, and accepts no new login.
fn lose(bench: &Bench, command: &'static str) {
    let goodbye = Fault::At(Point::FinalReply(command), Action::Goodbye);
    bench.server.arm(goodbye.nth(1));
    bench
        .server
        .arm(Fault::At(Point::Greeting, Action::Goodbye));
}

#[tokio::test]
async fn what_was_appended_is_not_appended_again_by_another_session() {
    for retry in [Retry::none(), quick_retry()] {
        let bench = Bench::start(Personality::ProFtpd138).await;
        let pool = pool(bench.open_config().retry(retry), 2);
        open(&pool, 2).await;
        lose(&bench, "APPE");
        let local = bench.write_local("line", b"one more line\n", 1);
        let options = UploadOptions::default().append(true);
        let done = run(&pool, vec![Job::upload(local, path("log"), options)]).await;
        assert_eq!(failures(&done), [ErrorKind::Unavailable], "{retry:?}");
        assert_eq!(bench.read("log").unwrap(), b"one more line\n");
        assert_eq!(bench.count("APPE"), 1);
    }
}

/// The second session would find the first one's leftover and take it for another client's file.
#[tokio::test]
async fn what_must_not_exist_is_not_begun_again_by_another_session() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let pool = pool(bench.open_config().retry(quick_retry()), 2);
    open(&pool, 2).await;
    let cut = Point::Transfer {
        command: "RETR",
        after: 1000,
    };
    bench.server.arm(Fault::At(cut, Action::Close).nth(1));
    bench
        .server
        .arm(Fault::At(Point::Greeting, Action::Goodbye));
    bench.write("new", contents(300_000));
    let options = DownloadOptions::default()
        .use_temporary_name(false)
        .overwrite(false);
    let job = Job::download(path("new"), bench.local("new"), options);
    let done = run(&pool, vec![job]).await;
    assert_eq!(failures(&done), [ErrorKind::Unavailable]);
}

/// What was written to a pipe cannot be taken back.
#[cfg(unix)]
#[tokio::test]
async fn what_goes_into_a_pipe_is_not_begun_again_by_another_session() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let pool = pool(bench.open_config().retry(quick_retry()), 2);
    open(&pool, 2).await;
    lose(&bench, "RETR");
    bench.write("file", contents(1000));
    let pipe = bench.local("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    // Both ends stay open, so that neither open blocks.
    let mut ends = std::fs::OpenOptions::new();
    let ends = ends.read(true).write(true).open(&pipe).unwrap();
    let job = Job::download(path("file"), pipe, DownloadOptions::default());
    let done = run(&pool, vec![job]).await;
    drop(ends);
    assert_eq!(failures(&done), [ErrorKind::Unavailable]);
    assert_eq!(bench.count("RETR"), 1);
}

/// Each data connection is opened before its command is sent, so that none delays a refusal.
fn queueing() -> PipeliningSteps {
    PipeliningSteps {
        queue_commands: true,
        ..PipeliningSteps::default()
    }
}

/// Failed files are reported before many more are started.
#[tokio::test]
async fn files_that_are_refused_are_told_of_while_others_wait() {
    let refuse = answer("RETR", "550 No.").from_nth(2);
    let bench = Bench::with_fault(Personality::VsFtpd, refuse).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().pipelining_steps(queueing());
    let pool = pool(config.observer(notebook.clone()), 1);
    let queue = Arc::new(Queue::new());
    for job in Direction::Down.jobs(&bench, "file", 100) {
        queue.push(job);
    }
    queue.close();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let report = {
        let asked = Arc::clone(&asked);
        move |_| asked.lock().unwrap().push(notebook.all("C: RETR").len())
    };
    pool.run(&queue, report).await;
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 100);
    // The first one succeeds and shows that the server can be reached; the others are pipelined.
    assert!(asked[1] <= 20, "{asked:?}");
}

/// A caller that asks for a session does not wait for the retries of all refused files.
#[tokio::test]
async fn a_session_is_had_while_refused_files_are_done_again() {
    let gate = Gate::new();
    let refuse = answer("RETR", "550 No.").from_nth(2);
    let bench = Bench::with_fault(Personality::VsFtpd, refuse).await;
    let pool = pool(bench.open_config().pipelining_steps(queueing()), 1);
    // The pipeline asks for each time once; this is one of the retries.
    let hold = Fault::At(Point::Command("MDTM"), Action::Hold(gate.clone()));
    bench.server.arm(hold.nth(20));
    let running = Running::start(&pool, Direction::Down.jobs(&bench, "file", 100));
    gate.reached().await;
    let before = running.count();
    let asked = pool.session();
    let mut asked = std::pin::pin!(asked);
    tokio::select! {
        biased;
        _ = &mut asked => panic!("the session is at work"),
        () = tokio::task::yield_now() => {}
    }
    gate.open();
    let session = asked.await.unwrap();
    assert!(
        running.count() <= before + 2,
        "{} {before}",
        running.count()
    );
    drop(session);
    assert_eq!(failures(&running.end().await).len(), 99);
}

/// The server is not out of room.
#[tokio::test]
async fn a_transfer_that_is_met_with_a_farewell_costs_no_place() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let pool = pool(bench.open_config().retry(Retry::none()), 2);
    open(&pool, 2).await;
    bench
        .server
        .arm(Fault::At(Point::Command("RETR"), Action::Goodbye).nth(1));
    let done = run(&pool, Direction::Down.jobs(&bench, "file", 1)).await;
    assert_eq!(failures(&done), [ErrorKind::Unavailable]);
    open(&pool, 2).await;
}

#[tokio::test]
async fn an_outage_costs_places_for_one_run_alone() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let pool = pool(config.retry(quick_retry()), 4);
    drop(pool.session().await.unwrap());
    let hold = |gate: &Gate| {
        let hold = Fault::At(Point::Command("RETR"), Action::Hold(gate.clone()));
        bench.server.arm(hold);
    };
    bench.server.arm(Fault::At(Point::Greeting, Action::Close));
    let gate = Gate::new();
    hold(&gate);
    let running = Running::start(&pool, Direction::Down.jobs(&bench, "file", 40));
    gate.reached().await;
    until(|| {
        notebook
            .all("note: another connection cannot be opened")
            .len()
            == 3
    })
    .await;
    gate.open();
    assert_all_done(&running.end().await, "");
    let met = bench.server.report().control.len();
    assert_eq!(met, 4, "each place is tried once");

    bench.server.disarm();
    let gate = Gate::new();
    hold(&gate);
    let running = Running::start(&pool, Direction::Down.jobs(&bench, "more", 40));
    timeout(LONG, gate.reached_times(4)).await.unwrap();
    gate.open();
    assert_all_done(&running.end().await, "");
    assert_eq!(bench.logins(), 4);
}

/// Otherwise the account gets locked.
#[tokio::test]
async fn a_password_that_is_refused_once_is_not_tried_again_for_a_further_session() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let pool = pool(bench.open_config().retry(quick_retry()), 2);
    drop(pool.session().await.unwrap());
    bench.server.arm(answer("PASS", "530 Login incorrect."));
    let first = timeout(LONG, pool.session()).await.unwrap().unwrap();
    let second = tokio::spawn({
        let pool = pool.clone();
        async move { pool.session().await.map(drop) }
    });
    until(|| bench.count("PASS") == 2).await;
    drop(first);
    timeout(LONG, second).await.unwrap().unwrap().unwrap();
    // The next caller has no place left to try from.
    let _first = timeout(LONG, pool.session()).await.unwrap().unwrap();
    assert!(format!("{pool:?}").contains("free: 0"), "{pool:?}");
}

/// All callers that find the password wrong get the server's reply.
#[tokio::test]
async fn whoever_is_told_of_a_refused_login_is_told_the_reply() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let config = bench.open_config().password(Secret::new("wrong"));
    let pool = pool(config, 2);
    let done = run(&pool, Direction::Down.jobs(&bench, "file", 3)).await;
    for done in done {
        let error = done.outcome.unwrap_err();
        let code = error.reply().map(|reply| reply.code().as_u16());
        assert_eq!(code, Some(530), "{error}");
        assert_eq!(error.to_string().matches("530").count(), 1, "{error}");
    }
}

#[tokio::test]
async fn a_panic_of_the_one_who_is_told_is_passed_on() {
    for wish in [Pipelining::Off, Pipelining::Auto] {
        let bench = Bench::start(Personality::VsFtpd).await;
        let pool = pool(bench.open_config().pipelining(wish), 2);
        let queue = Arc::new(Queue::new());
        for job in Direction::Down.jobs(&bench, "file", 3) {
            queue.push(job);
        }
        queue.close();
        let run = tokio::spawn(async move {
            pool.run(&queue, |_| panic!("on purpose")).await;
        });
        let ended = timeout(LONG, run).await.unwrap();
        assert!(ended.unwrap_err().is_panic(), "{wish:?}");
    }
}

#[tokio::test]
async fn as_many_connections_as_can_be_said_are_no_more_than_are_needed() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let client = Client::new(bench.open_config()).unwrap();
    let pool = Pool::new(client, NonZeroU32::MAX);
    let done = run(&pool, Direction::Down.jobs(&bench, "file", 3)).await;
    assert_all_done(&done, "");
    assert_eq!(bench.logins(), 1);
    assert!(
        Direction::Down
            .arrived(&bench, &numbered("file", 2))
            .is_some()
    );
}
