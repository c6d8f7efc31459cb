//! Every wait watches the control connection, and no wait lasts longer than it should.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use towline::{Active, Config, DataMode, Error, ErrorDetail, ErrorKind, Session, SessionReuse};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{BOTH, Bench, answer, download, list, path, session, upload};

/// A timeout that no test waits for.
const ENDLESS: Duration = Duration::from_secs(600);

/// Long enough for a busy machine, and much shorter than [`ENDLESS`].
const SOON: Duration = Duration::from_secs(60);

async fn soon<T>(work: impl Future<Output = T>) -> T {
    timeout(SOON, work).await.expect("it waits too long")
}

fn active() -> DataMode {
    DataMode::Active(Active::default())
}

fn modes() -> [DataMode; 2] {
    [DataMode::Passive, active()]
}

fn unopened(command: &'static str, reply: &'static str) -> Fault {
    Fault::DataNotOpened { command, reply }
}

async fn patient(bench: &Bench, mode: DataMode) -> Session {
    let config = bench.open_config().data_mode(mode).timeout(ENDLESS);
    session(config).await.unwrap()
}

#[tokio::test]
async fn a_refusal_after_the_150_ends_the_wait_for_the_data_connection() {
    for mode in modes() {
        for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
            let reply = "425 Can't open data connection.";
            let bench = Bench::with_fault(personality, unopened("*", reply)).await;
            bench.write("a", "x");
            // No upload waits for a trial here.
            let config = bench.open_config().session_reuse(SessionReuse::Require);
            let config = config.data_mode(mode.clone()).timeout(ENDLESS);
            let mut session = session(config).await.unwrap();
            for error in [
                soon(list(&mut session)).await.unwrap_err(),
                soon(download(&mut session, "a")).await.unwrap_err(),
                soon(upload(&mut session, "b", b"x")).await.unwrap_err(),
            ] {
                assert!(error.to_string().ends_with(reply), "{mode:?} {error}");
                assert_ne!(error.kind(), ErrorKind::Timeout);
            }
            assert!(
                session.is_usable(),
                "nothing is owed: {mode:?} {personality:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_goodbye_and_a_lost_control_connection_end_the_wait_for_the_data_connection() {
    for mode in modes() {
        let bench =
            Bench::with_fault(Personality::VsFtpd, unopened("*", "421 Shutting down.")).await;
        let mut session = patient(&bench, mode.clone()).await;
        let error = soon(list(&mut session)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");

        let lost = Fault::At(Point::DataTls("*"), Action::Close);
        let bench = Bench::with_fault(Personality::ProFtpd138, lost).await;
        let mut session = patient(&bench, mode).await;
        let error = soon(list(&mut session)).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_goodbye_ends_the_wait_for_a_port() {
    let builder = Server::builder(Personality::VsFtpd)
        .fault(Fault::PassivePortBlocked)
        .idle_timeout(Duration::from_secs(1));
    let bench = Bench::build(builder).await;
    let mut session = patient(&bench, DataMode::Passive).await;
    let began = Instant::now();
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    // PASV would be tried after ten seconds.
    assert!(began.elapsed() < Duration::from_secs(9));
}

/// Servers that say nothing more, at each point of a transfer.
#[tokio::test]
async fn no_wait_takes_the_timeout_twice() {
    const LIMIT: Duration = Duration::from_secs(3);
    let silence = |point| Fault::At(point, Action::Silence);
    let transfer = |command, after| Point::Transfer { command, after };
    let mut cases = Vec::new();
    for fault in [
        unopened("RETR", ""),
        silence(Point::DataTls("RETR")),
        silence(transfer("RETR", 0)),
        silence(transfer("RETR", 1)),
        silence(Point::FinalReply("RETR")),
        silence(Point::Command("RETR")),
    ] {
        for mode in modes() {
            cases.push((fault.clone(), mode));
        }
    }
    crate::many::for_each(cases, async |(fault, mode)| {
        let what = format!("{fault:?} {mode:?}");
        let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
        bench.write("a", "xyz");
        let config = bench.open_config().data_mode(mode).timeout(LIMIT);
        let mut session = session(config).await.unwrap();
        let began = Instant::now();
        // A download whose final reply is lost may succeed, over a new connection.
        let _ = download(&mut session, "a").await;
        let took = began.elapsed();
        assert!(took < LIMIT * 2 - LIMIT / 6, "{what}: {took:?}");
    })
    .await;
}

#[tokio::test]
async fn a_missing_connection_a_missing_handshake_and_a_missing_reply_are_told_apart() {
    let hasty = |config: Config| config.timeout(Duration::from_millis(500));
    for (fault, mode, detail) in [
        (unopened("MLSD", ""), active(), ErrorDetail::AcceptTimedOut),
        (
            unopened("MLSD", ""),
            DataMode::Passive,
            ErrorDetail::HandshakeTimedOut,
        ),
        (
            Fault::At(Point::Command("MLSD"), Action::Silence),
            active(),
            ErrorDetail::ReplyTimedOut,
        ),
    ] {
        let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
        let config = hasty(bench.open_config()).data_mode(mode);
        let mut session = session(config).await.unwrap();
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.detail(), Some(&detail), "{error}");
        assert!(!session.is_usable(), "the server owes a reply");
    }
}

/// A session without a trial before its uploads, and with a timeout that nobody waits for.
async fn hasty(bench: &Bench, mode: &DataMode) -> Session {
    let config = bench.open_config().session_reuse(SessionReuse::Off);
    session(config.data_mode(mode.clone()).timeout(ENDLESS))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_transfer_that_is_called_complete_without_a_data_connection_is_told_at_once() {
    const REPLY: &str = "226 Transfer complete.";
    let mut cases = Vec::new();
    for what in ["list", "download", "upload"] {
        for mode in modes() {
            cases.push((what, mode));
        }
    }
    crate::many::for_each(cases, async |(what, mode)| {
        let missing = match mode {
            DataMode::Passive => "without TLS on its data connection",
            _ => "without a data connection",
        };
        let bench = Bench::with_fault(Personality::ProFtpd138, unopened("*", REPLY)).await;
        bench.write("a", "x");
        let mut session = hasty(&bench, &mode).await;
        let error = match what {
            "list" => soon(list(&mut session)).await.unwrap_err(),
            "download" => soon(download(&mut session, "a")).await.unwrap_err(),
            _ => soon(upload(&mut session, "b", b"x")).await.unwrap_err(),
        };
        let text = error.to_string();
        assert!(text.contains(missing) && text.ends_with(REPLY), "{text}");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{text}");
        let detail = Some(&ErrorDetail::CompleteWithoutData);
        assert_eq!(error.detail(), detail, "{text}");
        assert!(!error.is_transient(), "{text}");
        assert!(session.is_usable(), "nothing is owed: {what} {mode:?}");
        assert_eq!(bench.logins(), 1, "{what} {mode:?}");
    })
    .await;
}

/// Its bytes have arrived with the final reply, or they are lost.
#[tokio::test]
async fn a_connection_left_open_after_the_final_reply_is_closed_here() {
    let left_open = || Server::builder(Personality::VsFtpd).fault(Fault::LeaveDataOpen);
    let no_size = answer("SIZE", "550 Could not get file size.");
    let wrong = ErrorDetail::WrongSize {
        expected: 5,
        actual: 3,
    };
    let cases = vec![
        (left_open(), "", None),
        (left_open(), "xyz", None),
        (
            left_open().fault(no_size),
            "xyz",
            Some(ErrorDetail::EndUnproven),
        ),
        (left_open().fault(Fault::WrongSize(2)), "xyz", Some(wrong)),
    ];
    crate::many::for_each(cases, async |(builder, contents, detail)| {
        let bench = Bench::build(builder).await;
        bench.write("a", contents);
        let mut session = patient(&bench, DataMode::Passive).await;
        let outcome = soon(download(&mut session, "a")).await;
        match (outcome, detail) {
            (Ok(got), None) => assert_eq!(got, contents.as_bytes()),
            (Err(error), Some(detail)) => {
                assert_eq!(error.detail(), Some(&detail), "{error}");
                assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
                let text = "left the data connection open";
                assert!(error.to_string().contains(text), "{error}");
            }
            (outcome, detail) => panic!("{outcome:?} {detail:?}"),
        }
        assert_eq!(bench.logins(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_listing_left_open_after_the_final_reply_is_shown_and_doubted() {
    let bench = Bench::with_fault(Personality::VsFtpd, Fault::LeaveDataOpen).await;
    bench.write("a", "x");
    let mut session = patient(&bench, DataMode::Passive).await;
    let root = towline::RemotePath::login_directory();
    let listing = soon(session.list(&root)).await.unwrap();
    assert_eq!(listing.entries.len(), 1);
    assert!(listing.summary.cut);
    assert_eq!(bench.logins(), 1);
}

/// IIS does so after uploads.
#[tokio::test]
async fn a_download_is_complete_although_the_server_leaves_its_connection_open() {
    for version in BOTH {
        let bench = Bench::with_fault(Personality::VsFtpd, Fault::LeaveDataOpen).await;
        bench.write("a", [7; 100_000]);
        let mut session = session(bench.config(version).timeout(ENDLESS))
            .await
            .unwrap();
        let name = path("a");
        let mut download = soon(session.download(&name)).await.unwrap();
        let mut contents = Vec::new();
        let mut chunk = [0; 10_000];
        loop {
            match soon(download.read(&mut chunk)).await.unwrap() {
                0 => break,
                len => contents.extend_from_slice(&chunk[..len]),
            }
        }
        let done = soon(download.finish()).await.unwrap();
        assert_eq!(
            (contents.len(), done.outcome),
            (100_000, towline::Outcome::Verified)
        );
        assert_eq!(bench.logins(), 1);
    }
}

/// The server does not notice that the client has closed the data connection, or notices only the
/// `ABOR`.
#[tokio::test]
async fn nobody_waits_for_a_connection_that_was_turned_away() {
    for version in BOTH {
        for point in [
            Point::Transfer {
                command: "RETR",
                after: 0,
            },
            Point::FinalReply("RETR"),
        ] {
            let builder = Server::builder(Personality::PyFtpdlib)
                .fault(Fault::RefuseSessions)
                .fault(Fault::At(point, Action::Silence));
            let bench = Bench::build(builder).await;
            bench.write("a", [7; 300_000]);
            let config = bench.config(version).timeout(ENDLESS);
            let config = config.session_reuse(SessionReuse::Require);
            let mut session = session(config).await.unwrap();
            let error: Error = soon(download(&mut session, "a")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SessionReuseRefused, "{error}");
            assert_eq!(error.detail(), Some(&ErrorDetail::ReuseRequiredByPolicy));
        }
    }
}

#[tokio::test]
async fn a_connection_that_was_turned_away_in_order_costs_no_control_connection() {
    let builder = Server::builder(Personality::ProFtpd138)
        .require_reuse(false)
        .fault(Fault::RefuseSessions.nth(1));
    let bench = Bench::build(builder).await;
    let config = bench.open_config().session_reuse(SessionReuse::Require);
    let mut session = session(config).await.unwrap();
    soon(list(&mut session)).await.unwrap();
    assert_eq!(bench.logins(), 1);
}

#[tokio::test]
async fn a_refusal_before_the_150_is_still_the_reason() {
    let reply = "550 Not today.";
    let bench = Bench::with_fault(Personality::VsFtpd, answer("LIST", reply)).await;
    for mode in modes() {
        let mut session = patient(&bench, mode).await;
        let error = soon(list(&mut session)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.to_string().ends_with(reply), "{error}");
    }
}
