//! The control connection while it is idle.

use std::time::Duration;

use towline_testkit::{Action, Fault, Personality, Point};

use crate::support::{BOTH, Bench, answer, list, session, until, upload};

const INTERVAL: Duration = Duration::from_millis(5);

/// Waits until the server has received this many `NOOP`s.
async fn noops(bench: &Bench, count: usize) {
    until(|| bench.count("NOOP") >= count).await;
}

#[tokio::test]
async fn local_work_is_accompanied_by_noops() {
    for personality in Personality::ALL {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            let config = bench.config(version).keep_alive(INTERVAL);
            let mut session = session(config).await.unwrap();
            upload(&mut session, "a", b"x").await.unwrap();
            session.keep_alive_while(noops(&bench, 3)).await;
            // The replies have not shifted.
            assert!(session.is_usable());
            upload(&mut session, "b", b"x").await.unwrap();
            assert_eq!(list(&mut session).await.unwrap(), ["a", "b"]);
            let report = bench.server.report();
            let noops = report.control[0].noops;
            assert!(noops >= 3, "{}: {noops}", personality.name());
            assert_eq!(report.control[0].noops_in_transfer, 0);
            assert_eq!(bench.logins(), 1);
        }
    }
}

#[tokio::test]
async fn short_work_needs_none() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut session = session(bench.open_config()).await.unwrap();
    assert_eq!(session.keep_alive_while(async { 7 }).await, 7);
    assert_eq!(bench.count("NOOP"), 0);
}

#[tokio::test]
async fn a_server_that_refuses_noops_keeps_its_session() {
    let refusal = answer("NOOP", "500 What?");
    let bench = Bench::with_fault(Personality::ProFtpd138, refusal).await;
    let mut session = session(bench.open_config().keep_alive(INTERVAL))
        .await
        .unwrap();
    session.keep_alive_while(noops(&bench, 2)).await;
    assert_eq!(list(&mut session).await.unwrap(), [""; 0]);
    assert_eq!(bench.logins(), 1);
}

#[tokio::test]
async fn work_goes_on_when_the_server_does_not() {
    let gone = Fault::At(Point::Command("NOOP"), Action::Close).nth(1);
    let bench = Bench::with_fault(Personality::ProFtpd138, gone).await;
    let mut session = session(bench.open_config().keep_alive(INTERVAL))
        .await
        .unwrap();
    let work = async {
        noops(&bench, 1).await;
        until(|| bench.server.report().control[0].ended.is_some()).await;
        "done"
    };
    assert_eq!(session.keep_alive_while(work).await, "done");
    assert_eq!(list(&mut session).await.unwrap(), [""; 0]);
    assert_eq!(bench.logins(), 2);
}

#[tokio::test]
async fn a_sequence_of_the_caller_is_not_interrupted() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "x");
    let config = bench.open_config().keep_alive(INTERVAL);
    let mut session = session(config).await.unwrap();
    session.raw("RNFR a").await.unwrap();
    session
        .keep_alive_while(tokio::time::sleep(INTERVAL * 5))
        .await;
    let renamed = session.raw("RNTO b").await.unwrap();
    assert_eq!(renamed.code().as_u16(), 250);
    assert_eq!(bench.count("NOOP"), 0);
    session.keep_alive_while(noops(&bench, 2)).await;
}
