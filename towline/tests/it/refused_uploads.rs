//! Uploads that the server refuses late, or refuses to continue.

use towline::{ErrorDetail, ErrorKind, Remains, TlsVersion, UploadOptions};
use towline_testkit::{Action, Fault, Personality, Point};

use crate::support::{BOTH, Bench, answer, contents, path, quick_retry, session, upload};

const SIZE: usize = 300_000;
const HELD: u64 = 200_000;
const SECOND: i64 = 1_500_000_000;

fn ends_with(verb: &'static str, reply: &str) -> Fault {
    let reply = Action::Reply(reply.to_owned());
    Fault::At(Point::FinalReply(verb), reply)
}

#[tokio::test]
async fn a_550_behind_a_150_is_a_refusal() {
    for version in BOTH {
        let bench = Bench::start(Personality::ProFtpd138).await;
        bench.server.arm(ends_with("STOR", "550 Not permitted."));
        let mut session = bench.connect(version).await;
        let error = upload(&mut session, "a", b"new").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert!(!error.is_transient());
        assert!(session.is_usable(), "{error}");

        bench.server.arm(ends_with("RETR", "550 Not permitted."));
        bench.write("empty", "");
        let error = session.download(&path("empty")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    }
}

#[tokio::test]
async fn a_quota_that_is_exceeded_is_a_refusal_too() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.server.arm(ends_with("STOR", "552 Quota exceeded."));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", b"new").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert_eq!(error.detail(), Some(&ErrorDetail::NoSpaceAtServer));
}

/// What may pass is still tried again.
#[tokio::test]
async fn a_426_behind_a_150_is_not_a_refusal() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench
        .server
        .arm(ends_with("STOR", "426 Connection closed."));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", b"new").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
    assert!(error.is_transient());
}

/// The server accepts `REST`, and then refuses the command that it is for, in various ways.
#[tokio::test]
async fn a_server_that_refuses_to_continue_gets_the_whole_file() {
    for refusal in [
        "550 No such file or directory.",
        "550 Operation not permitted.",
        "451 Append/Restart not permitted, try again",
        "504 Not implemented for that parameter.",
    ] {
        let bench = Bench::start(Personality::ProFtpd138).await;
        let local = bench.write_local("a", &contents(SIZE), SECOND);
        bench.server.arm(Fault::LoseUpload(HELD).nth(1));
        let gone = Fault::At(Point::FinalReply("STOR"), Action::Close);
        bench.server.arm(gone.nth(1));
        let config = bench.open_config();
        let mut session = session(config.retry(quick_retry())).await.unwrap();
        bench.server.arm(answer("STOR", refusal).nth(2));
        bench.server.arm(answer("APPE", refusal));
        let options = UploadOptions::default().resume(true);
        let done = session.upload_file(&local, &path("a"), &options).await;
        assert_eq!(done.unwrap().resumed_at, None, "{refusal}");
        assert_eq!(bench.read("a").unwrap(), contents(SIZE), "{refusal}");
    }
}

/// The refusal comes behind the 150, as with servers that open the file late.
#[tokio::test]
async fn a_server_that_refuses_late_to_continue_gets_the_whole_file() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let local = bench.write_local("a", &contents(SIZE), SECOND);
    bench.server.arm(Fault::LoseUpload(HELD).nth(1));
    let gone = Fault::At(Point::FinalReply("STOR"), Action::Close);
    bench.server.arm(gone.nth(1));
    bench
        .server
        .arm(ends_with("STOR", "550 Cannot restart.").nth(2));
    let config = bench.open_config();
    let mut session = session(config.retry(quick_retry())).await.unwrap();
    let options = UploadOptions::default().resume(true);
    let done = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

/// The server has removed the part meanwhile.
#[tokio::test]
async fn a_part_that_is_gone_is_not_said_to_remain() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let local = bench.write_local("a", &contents(SIZE), SECOND);
    bench.server.arm(Fault::LoseUpload(HELD).nth(1));
    bench
        .server
        .arm(ends_with("STOR", "426 Connection closed.").nth(1));
    let options = UploadOptions::default().resume(true);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.upload_file(&local, &path("a"), &options).await;
    let error = error.unwrap_err();
    let at = path(&bench.names()[0]);
    assert_eq!(error.remains(), [Remains::ResumablePart { at: at.clone() }]);

    bench.server.arm(answer("SIZE", "550 No such file."));
    bench.server.arm(answer("MLST", "550 No such file."));
    bench.server.arm(Fault::ListingLines(Vec::new()));
    std::fs::remove_file(bench.server.root().join(at.to_string())).unwrap();
    bench.server.arm(answer("STOR", "426 Connection closed."));
    let error = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(error.unwrap_err().remains(), []);
}

#[tokio::test]
async fn an_append_that_fails_again_still_says_what_it_may_leave() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "old");
    let local = bench.write_local("b", &contents(SIZE), SECOND);
    let at = Point::Transfer {
        command: "APPE",
        after: 100_000,
    };
    bench.server.arm(Fault::At(at, Action::Close).nth(1));
    for nth in 2..10 {
        let closed = Fault::At(Point::Greeting, Action::Close);
        bench.server.arm(closed.nth(nth));
    }
    let config = bench.open_config();
    let mut session = session(config.retry(quick_retry())).await.unwrap();
    let options = UploadOptions::default().append(true);
    let error = session.upload_file(&local, &path("a"), &options).await;
    let error = error.unwrap_err();
    assert_eq!(error.remains(), [Remains::AppendedPart], "{error}");
}
