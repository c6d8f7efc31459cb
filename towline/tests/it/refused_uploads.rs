//! Uploads that the server refuses late, or refuses to continue.

use towline::{
    DownloadOptions, Error, ErrorDetail, ErrorKind, Remains, Session, TlsVersion, Transferred,
    UploadOptions,
};
use towline_testkit::{Action, Fault, Personality, Point, Server};

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

/// Whatever the code and the words: what the server refuses for now is tried again, and is no
/// matter of session reuse.
#[tokio::test]
async fn a_transient_refusal_of_a_transfer_may_pass() {
    for reply in [
        "425 Can't open data connection.",
        "426 Try again.",
        "450 File busy.",
        "451 Local error in processing.",
    ] {
        for verb in ["RETR", "STOR", "APPE"] {
            for fault in [answer(verb, reply), ends_with(verb, reply)] {
                let bench = Bench::start(Personality::ProFtpd138).await;
                bench.write("empty", "");
                let config = bench.open_config().retry(quick_retry());
                let mut session = session(config).await.unwrap();
                // What has been appended without a known size is in doubt.
                if verb != "APPE" {
                    bench.server.arm(fault.clone().nth(1));
                    transfer(&bench, &mut session, verb).await.unwrap();
                }

                bench.server.arm(fault);
                let error = transfer(&bench, &mut session, verb).await.unwrap_err();
                let what = format!("{verb} {reply}: {error}");
                assert_eq!(error.kind(), ErrorKind::Incomplete, "{what}");
                assert!(error.is_transient(), "{what}");
                assert!(error.to_string().ends_with(reply), "{what}");
                assert!(session.is_usable(), "{what}");
            }
        }
    }
}

async fn transfer(bench: &Bench, session: &mut Session, verb: &str) -> Result<Transferred, Error> {
    if verb == "RETR" {
        let options = DownloadOptions::default();
        let sink = tokio::io::sink();
        return session.download_to(&path("empty"), sink, &options).await;
    }
    let options = UploadOptions::default().append(verb == "APPE");
    let local = bench.write_local("b", b"", SECOND);
    session.upload_file(&local, &path("a"), &options).await
}

/// A refusal that will not pass, before and behind the 150.
#[tokio::test]
async fn a_transient_code_for_what_will_not_pass_is_a_refusal() {
    for reply in ["452 Out of space.", "450 a: Permission denied"] {
        let bench = Bench::with_fault(Personality::ProFtpd138, answer("STOR", reply)).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = upload(&mut session, "a", b"new").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    }
}

/// The listing that shows whether uploads need session reuse is refused for now.
#[tokio::test]
async fn a_trial_that_is_refused_for_now_is_no_matter_of_session_reuse() {
    let builder = Server::builder(Personality::ProFtpd138)
        .require_reuse(false)
        .fault(Fault::RefuseSessions)
        .fault(answer("MLSD", "450 Busy."));
    let bench = Bench::build(builder).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", b"new").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
    assert_eq!(error.detail(), Some(&ErrorDetail::RefusedForNow));
    assert_eq!(bench.names(), [""; 0]);
}

/// The server has carried a transfer over a full handshake, so it does not require session reuse.
#[tokio::test]
async fn a_denied_data_connection_is_no_matter_of_reuse_where_a_full_handshake_is_welcome() {
    let builder = Server::builder(Personality::PyFtpdlib)
        .fault(Fault::HandshakeFirst)
        .fault(Fault::RefuseSessions);
    let bench = Bench::build(builder).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    upload(&mut session, "a", b"new").await.unwrap();
    let denial = answer("STOR", "425 Use PORT, PASV or EPSV first.");
    bench.server.arm(denial);
    let error = upload(&mut session, "b", b"new").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
    assert_eq!(bench.logins(), 1);
}
