//! The failures that users of FTPS clients report most, with the servers' exact texts, and how
//! Towline handles them.

use std::sync::Arc;

use towline::{ErrorKind, SessionReuse, TlsVersion};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{BOTH, Bench, Notebook, answer, download, list, session, upload};

/// What servers say when a data connection did not resume the control connection's session.
const REUSE_REFUSALS: [&str; 6] = [
    "522 SSL connection failed; session reuse required: see require_ssl_reuse option in vsftpd.conf man page",
    "522 Data connection must use cached TLS session",
    "425 Unable to build data connection: Operation not permitted",
    "425 Unable to build data connection: TLS session of data connection not resumed.",
    "450 TLS session of data connection has not resumed or the session does not match the control connection",
    "425 Cannot secure data connection - TLS session resumption required.",
];

fn final_reply(verb: &'static str, reply: &str) -> Fault {
    Fault::At(Point::FinalReply(verb), Action::Reply(reply.to_owned()))
}

#[tokio::test]
async fn a_refusal_for_want_of_reuse_is_recovered_from() {
    for refusal in REUSE_REFUSALS {
        let bench = Bench::start(Personality::ProFtpd138).await;
        bench.server.arm(answer("RETR", refusal).nth(1));
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        assert_eq!(
            download(&mut session, "a").await.unwrap(),
            b"x",
            "{refusal}"
        );
    }
}

#[tokio::test]
async fn a_refusal_that_stays_because_reuse_is_required_is_told_in_the_servers_words() {
    for refusal in REUSE_REFUSALS {
        let bench = Bench::with_fault(Personality::ProFtpd138, answer("MLSD", refusal)).await;
        let mut session = session(bench.open_config()).await.unwrap();
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionReuseRefused, "{refusal}");
        let expected = format!(
            "the server refuses the data connection because session reuse is required: {refusal}"
        );
        assert_eq!(error.to_string(), expected);
        assert!(!error.is_transient(), "trying the same again cannot help");
    }
}

/// FileZilla Server requires ALPN on data connections exactly if a protocol was negotiated on the
/// control connection. Towline never offers one.
#[tokio::test]
async fn no_protocol_name_is_missing_on_a_data_connection() {
    for version in BOTH {
        let bench = Bench::start(Personality::FileZilla1).await;
        let mut session = bench.connect(version).await;
        list(&mut session).await.unwrap();
    }
    let refusal = "425 Unable to build data connection: No or wrong ALPN on data connection";
    let bench = Bench::with_fault(Personality::FileZilla1, answer("MLSD", refusal)).await;
    let mut session = session(bench.open_config()).await.unwrap();
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().ends_with(refusal), "{error}");
}

#[tokio::test]
async fn an_upload_that_the_server_could_not_finish_reading_is_no_success() {
    for reply in [
        "450 Transfer aborted. Link to file server lost",
        "426 Failure reading network stream.",
        "426 Transfer failed (unable to close data connection gracefully)",
    ] {
        let bench = Bench::with_fault(Personality::ProFtpd138, final_reply("STOR", reply)).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = upload(&mut session, "a", &[7; 50_000]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{reply}");
        assert!(error.to_string().ends_with(reply), "{error}");
        assert_eq!(bench.read("a"), None, "nothing under the final name");
    }
}

#[tokio::test]
async fn a_download_that_the_server_calls_failed_is_no_success() {
    let reply = "426 Transfer failed (unable to close data connection gracefully)";
    let bench = Bench::with_fault(Personality::PureFtpd, final_reply("RETR", reply)).await;
    bench.write("a", "contents");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = download(&mut session, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(error.to_string().ends_with(reply), "{error}");
}

/// `426 Failure reading network stream.` is vsftpd's reply to clients that close without it.
#[tokio::test]
async fn every_data_connection_ends_with_close_notify() {
    for version in BOTH {
        let bench = Bench::start(Personality::VsFtpd).await;
        bench.write("a", [7; 300_000]);
        let mut session = bench.connect(version).await;
        list(&mut session).await.unwrap();
        upload(&mut session, "b", &[7; 300_000]).await.unwrap();
        upload(&mut session, "empty", b"").await.unwrap();
        download(&mut session, "a").await.unwrap();
        let path = crate::support::path("a");
        session
            .download(&path)
            .await
            .unwrap()
            .abort()
            .await
            .unwrap();
        session.quit().await;
        let report = bench.server.report();
        assert_eq!(report.data().count(), 5);
        assert!(report.data().all(|data| data.close_notify), "{report:?}");
    }
}

/// `The TLS connection was non-properly terminated.`, as GnuTLS reports it.
#[tokio::test]
async fn a_connection_that_ends_without_close_notify_is_no_success_without_a_size() {
    let builder = Server::builder(Personality::VsFtpd)
        .fault(Fault::NoCloseNotify)
        .fault(answer("SIZE", "550 Could not get file size."));
    let bench = Bench::build(builder).await;
    bench.write("a", "contents");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = download(&mut session, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(error.to_string().contains("close_notify"), "{error}");
}

#[tokio::test]
async fn empty_files_travel_both_ways_on_every_server() {
    for personality in [
        Personality::VsFtpd,
        Personality::ProFtpd138,
        Personality::ProFtpd1310,
        Personality::FileZilla1,
        Personality::PureFtpd,
        Personality::PyFtpdlib,
    ] {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            let mut session = bench.connect(version).await;
            for name in ["a", "b"] {
                upload(&mut session, name, b"").await.unwrap();
                assert_eq!(bench.read(name).unwrap(), b"");
                assert_eq!(download(&mut session, name).await.unwrap(), b"");
            }
        }
    }
}

#[tokio::test]
async fn a_data_connection_that_cannot_be_opened_is_told_in_the_servers_words() {
    for reply in [
        "425 Can't open data connection.",
        "425 You cannot use PASV on IPv6 connections. Use EPSV instead.",
    ] {
        let builder = Server::builder(Personality::PureFtpd)
            .fault(answer("EPSV", "500 This is not a passive server."))
            .fault(answer("PASV", reply));
        let bench = Bench::build(builder).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = list(&mut session).await.unwrap_err();
        assert!(error.to_string().contains(reply), "{error}");
        assert!(error.is_transient());
    }
    let refusal = "500 Illegal PORT command.";
    let builder = Server::builder(Personality::VsFtpd)
        .fault(answer("PORT", refusal))
        .fault(answer("EPRT", refusal));
    let bench = Bench::build(builder).await;
    let mode = towline::DataMode::Active(towline::Active::default());
    let mut session = session(bench.open_config().data_mode(mode)).await.unwrap();
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().ends_with(refusal), "{error}");
}

#[tokio::test]
async fn a_malformed_reply_to_epsv_is_understood_where_it_names_a_port() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let gate = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = gate.local_addr().unwrap().port();
    bench.server.arm(answer(
        "EPSV",
        &format!("229 Entering Extended Passive Mode (||{port}|)"),
    ));
    let reached = std::thread::spawn(move || gate.accept().unwrap().1);
    let mut session = session(bench.open_config()).await.unwrap();
    // That port does not speak TLS; what counts is that it was found.
    list(&mut session).await.unwrap_err();
    assert!(reached.join().unwrap().ip().is_loopback());
}

#[tokio::test]
async fn a_policy_against_clear_text_is_told_in_the_servers_words() {
    for (verb, reply) in [
        ("USER", "534 Policy requires SSL."),
        (
            "USER",
            "421-Sorry, cleartext sessions and weak ciphers are not accepted on this server.\n421 Please reconnect using TLS security mechanisms.",
        ),
        ("LIST", "550 SSL/TLS required on the data channel"),
        (
            "LIST",
            "521 Data connection cannot be opened with this PROT setting.",
        ),
    ] {
        let builder = Server::builder(Personality::VsFtpd).fault(answer(verb, reply));
        let bench = Bench::build(builder).await;
        let error = match session(bench.open_config()).await {
            Ok(mut session) => list(&mut session).await.unwrap_err(),
            Err(error) => error,
        };
        let words = reply.lines().next().unwrap();
        let words = words.get(4..).unwrap();
        assert!(error.to_string().contains(words), "{error}");
        let reply = error.reply().unwrap();
        assert!(reply.class() != towline::ReplyClass::Completion);
    }
}

#[tokio::test]
async fn auth_tls_comes_first_and_no_name_before_it() {
    for code in ["500 AUTH not understood", "504 Unknown security mechanism"] {
        let bench = Bench::with_fault(Personality::VsFtpd, answer("AUTH", code)).await;
        let notebook = Arc::new(Notebook::default());
        let config = bench.open_config().observer(notebook.clone());
        let error = session(config).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert!(error.to_string().ends_with(code), "{error}");
        assert_eq!(notebook.all("C:"), ["AUTH TLS", "AUTH SSL"]);
    }
}

/// `Interoperability failure - 200 Type set to ASCII`: a stray reply that was mistaken for the next
/// one.
#[tokio::test]
async fn a_failed_data_connection_leaves_no_reply_behind() {
    for reply in [
        "150 Here it comes.\n",
        "150 Here it comes.\n226 Transfer complete.",
        "150 Here it comes.\n425 Cannot open.\n226 Never mind.",
    ] {
        let bench = Bench::start(Personality::ProFtpd138).await;
        bench.write("a", "x");
        bench.server.arm(answer("RETR", reply.trim_end()).nth(1));
        let mut session = bench.hasty().await.unwrap();
        let _ = download(&mut session, "a").await;
        // Whatever the result, the next commands get their own replies.
        for _ in 0..3 {
            assert_eq!(download(&mut session, "a").await.unwrap(), b"x", "{reply}");
            assert_eq!(list(&mut session).await.unwrap(), ["a"]);
        }
    }
}

#[tokio::test]
async fn too_many_connections_are_told_from_a_wrong_password() {
    for (verb, reply, kind) in [
        (
            "PASS",
            "530 Sorry, the maximum number of clients (1) for this user are already connected.",
            ErrorKind::Unavailable,
        ),
        (
            "USER",
            "421 Too many connections (8) from this IP",
            ErrorKind::Unavailable,
        ),
        ("PASS", "530 Login incorrect.", ErrorKind::LoginRefused),
    ] {
        let bench = Bench::with_fault(Personality::ProFtpd138, answer(verb, reply)).await;
        let error = session(bench.open_config()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{reply}");
        assert!(error.to_string().ends_with(&reply[4..]), "{error}");
        assert_eq!(error.is_transient(), kind == ErrorKind::Unavailable);
        let report = bench.server.report();
        assert_eq!(
            report.control.len(),
            1,
            "nobody locks an account by trying again"
        );
    }
}

#[tokio::test]
async fn without_reuse_a_strict_server_says_so_and_nothing_is_lost() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "before");
    let config = bench.open_config().session_reuse(SessionReuse::Off);
    let mut session = session(config).await.unwrap();
    let error = upload(&mut session, "a", b"after").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionReuseRefused);
    assert_eq!(bench.read("a").unwrap(), b"before");
}

/// A firewall dropped the control connection during the transfer: the `226` never arrives.
#[tokio::test]
async fn a_final_reply_that_is_lost_is_made_up_for_and_nothing_is_sent_twice() {
    for lost in [
        Fault::At(Point::FinalReply("STOR"), Action::Close),
        final_reply("STOR", "421 No transfer timeout"),
        Fault::At(Point::FinalReply("STOR"), Action::Silence),
    ] {
        let bench = Bench::with_fault(Personality::ProFtpd138, lost.nth(1)).await;
        let mut session = bench.hasty().await.unwrap();
        let done = upload(&mut session, "a", &[7; 50_000]).await.unwrap();
        assert_eq!(done.outcome, towline::Outcome::Verified);
        assert_eq!(bench.read("a").unwrap(), [7; 50_000]);
        assert_eq!(bench.logins(), 2);
        let report = bench.server.report();
        let stored = report.data().filter(|data| data.command == "STOR");
        assert_eq!(stored.count(), 1);
    }
}

/// IIS closes the data connection of an upload only after the client has.
#[tokio::test]
async fn nobody_waits_for_a_server_that_ends_its_direction_late() {
    for version in BOTH {
        let bench = Bench::with_fault(Personality::VsFtpd, Fault::LeaveDataOpen).await;
        let config = bench
            .config(version)
            .timeout(std::time::Duration::from_secs(600));
        let mut session = session(config).await.unwrap();
        // Waiting for the server would take ten minutes.
        for name in ["a", "b", "c"] {
            upload(&mut session, name, &[7; 100_000]).await.unwrap();
        }
        assert_eq!(bench.read("c").unwrap().len(), 100_000);
    }
}
