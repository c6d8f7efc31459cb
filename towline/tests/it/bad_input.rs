//! Servers that misbehave: a clear error, no data loss, and no endless wait.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use towline::{Client, ErrorKind, RemotePath, TlsVersion, UploadOptions};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{Bench, answer, download, list, path, quick_retry, session, upload};

const EITHER: [Personality; 2] = [Personality::VsFtpd, Personality::ProFtpd138];

fn at(point: Point, action: Action) -> Fault {
    Fault::At(point, action)
}

#[tokio::test]
async fn a_reply_smuggled_behind_the_234_ends_the_connection() {
    let smuggled = Fault::PlaintextBehindAuth(b"230 Welcome, no password needed.\r\n".to_vec());
    let bench = Bench::with_fault(Personality::VsFtpd, smuggled).await;
    let error = session(bench.open_config()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert_eq!(bench.logins(), 0);
}

#[tokio::test]
async fn a_refused_auth_sends_no_password() {
    let refusal = answer("AUTH", "502 AUTH not implemented.");
    let bench = Bench::with_fault(Personality::VsFtpd, refusal).await;
    let error = session(bench.open_config()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    let report = bench.server.report();
    let sent = report.control[0].commands.iter();
    assert!(
        !sent
            .clone()
            .any(|line| line.starts_with("USER") || line.starts_with("PASS"))
    );
}

#[tokio::test]
async fn a_refused_prot_p_is_not_answered_with_clear_data() {
    let refusal = answer("PROT", "536 No protection here.");
    let bench = Bench::with_fault(Personality::VsFtpd, refusal).await;
    let error = session(bench.open_config()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert_eq!(error.reply().unwrap().code().as_u16(), 536);
}

#[tokio::test]
async fn a_refused_password_is_a_refused_login() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let config = bench.open_config().password(towline::Secret::new("wrong"));
    let error = session(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused);
    assert!(!format!("{error:?} {error}").contains("wrong"));
}

#[tokio::test]
async fn silence_while_logging_in_ends_in_time() {
    let points = [
        Point::Greeting,
        Point::ControlTls,
        Point::Command("AUTH"),
        Point::Command("USER"),
        Point::Command("PASS"),
        Point::Command("PBSZ"),
        Point::Command("PROT"),
        Point::Command("FEAT"),
        Point::Command("TYPE"),
    ];
    for point in points {
        let silence = at(point.clone(), Action::Silence);
        let bench = Bench::with_fault(Personality::VsFtpd, silence).await;
        let began = Instant::now();
        let error = bench.hasty().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{point:?}: {error}");
        assert!(began.elapsed() < Duration::from_secs(5), "{point:?}");
    }
}

#[tokio::test]
async fn silence_in_an_operation_ends_in_time_and_the_next_one_works() {
    let points = [
        Point::Command("SIZE"),
        Point::Command("EPSV"),
        Point::Command("RETR"),
        Point::DataTls("RETR"),
        Point::Transfer {
            command: "RETR",
            after: 100_000,
        },
    ];
    for personality in EITHER {
        for point in &points {
            let silence = at(point.clone(), Action::Silence).nth(1);
            let bench = Bench::with_fault(personality, silence).await;
            bench.write("a", vec![7; 300_000]);
            let mut session = bench.hasty().await.unwrap();
            let error = download(&mut session, "a").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{point:?}: {error:?}");
            assert_eq!(
                download(&mut session, "a").await.unwrap().len(),
                300_000,
                "{point:?}"
            );
        }
    }
}

#[tokio::test]
async fn silence_in_an_upload_ends_in_time() {
    for point in [Point::Command("STOR"), Point::DataTls("STOR")] {
        let silence = at(point.clone(), Action::Silence).nth(1);
        let bench = Bench::with_fault(Personality::ProFtpd138, silence).await;
        bench.write("a", "old");
        let mut session = bench.hasty().await.unwrap();
        let error = upload(&mut session, "a", b"new").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{point:?}: {error}");
        assert_eq!(bench.read("a").unwrap(), b"old", "{point:?}");
        upload(&mut session, "a", b"new").await.unwrap();
        assert_eq!(bench.read("a").unwrap(), b"new");
    }
}

#[tokio::test]
async fn broken_replies_are_protocol_errors_and_the_session_recovers() {
    for action in [
        Action::EndlessReply,
        Action::HugeReply(10 << 20),
        Action::BinaryReply,
    ] {
        let fault = at(Point::Command("EPSV"), action.clone()).nth(1);
        let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{action:?}: {error}");
        assert_eq!(list(&mut session).await.unwrap(), ["a"], "{action:?}");
    }
}

#[tokio::test]
async fn replies_split_at_every_byte_are_understood() {
    for personality in Personality::ALL {
        let bench = Bench::with_fault(personality, Fault::SplitReplies).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        upload(&mut session, "a", b"x").await.unwrap();
        assert_eq!(list(&mut session).await.unwrap(), ["a"]);
        assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
    }
}

#[tokio::test]
async fn a_passive_reply_never_leads_to_another_host() {
    let elsewhere = Fault::PasvAddress(Ipv4Addr::new(192, 0, 2, 1));
    let builder = Server::builder(Personality::VsFtpd).fault(elsewhere);
    let bench = Bench::build(builder.fault(answer("EPSV", "502 No."))).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn passive_replies_that_name_no_port_are_errors() {
    for fault in [
        Fault::PassivePortZero,
        answer("EPSV", "229 Entering somewhere"),
        answer("EPSV", "229 Entering Extended Passive Mode (|||99999|)"),
        answer("EPSV", "229 Entering Extended Passive Mode (|||x|)"),
    ] {
        let builder = Server::builder(Personality::ProFtpd138).fault(fault);
        let bench = Bench::build(builder.fault(answer("PASV", "227 Entering somewhere"))).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(error.reply().is_some());
        assert!(session.is_usable());
    }
}

#[tokio::test]
async fn a_421_in_the_middle_is_told_and_the_next_operation_works() {
    for point in [
        Point::Command("EPSV"),
        Point::Command("MLSD"),
        Point::FinalReply("MLSD"),
    ] {
        let fault = at(point.clone(), Action::Goodbye).nth(1);
        let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{point:?}: {error}");
        assert_eq!(error.reply().unwrap().code().as_u16(), 421);
        assert_eq!(list(&mut session).await.unwrap(), ["a"]);
    }
}

/// vsftpd reports a fatal error in clear text inside the TLS stream.
#[tokio::test]
async fn plaintext_inside_the_tls_stream_is_shown() {
    let words = "500 OOPS: priv_sock_get_cmd";
    let fault = at(Point::Command("EPSV"), Action::Plaintext(words.to_owned())).nth(1);
    let bench = Bench::with_fault(Personality::VsFtpd, fault).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = list(&mut session).await.unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    list(&mut session).await.unwrap();
}

/// A process of vsftpd that dies takes the session with it.
#[tokio::test]
async fn a_transfer_is_made_again_where_the_session_died_in_plain_text() {
    let words = "500 OOPS: priv_sock_get_int\r\n500 OOPS: child died";
    let fault = at(
        Point::FinalReply("STOR"),
        Action::Plaintext(words.to_owned()),
    )
    .nth(1);
    let bench = Bench::with_fault(Personality::VsFtpd, fault).await;
    let config = bench.config(TlsVersion::Tls13).retry(quick_retry());
    let mut session = Client::new(config).unwrap().connect().await.unwrap();
    let local = bench.write_local("a", b"contents", 1_700_000_000);
    let (remote, options) = (path("a"), UploadOptions::default());
    let sent = session.upload_file(&local, &remote, &options).await;
    sent.unwrap();
    assert_eq!(bench.names(), ["a"]);
    assert_eq!(bench.read("a").unwrap(), b"contents");
}

#[tokio::test]
async fn a_control_connection_closed_without_a_word_is_told() {
    let fault = at(Point::Command("EPSV"), Action::Close).nth(1);
    let bench = Bench::with_fault(Personality::PureFtpd, fault).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    list(&mut session).await.unwrap();
}

/// A client that waits for the data connection alone would hang.
#[tokio::test]
async fn a_refusal_with_the_data_connection_left_open_is_no_hang() {
    for personality in Personality::ALL {
        let fault = Fault::KeepDataOpen { command: "RETR" };
        let bench = Bench::with_fault(personality, fault).await;
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let began = Instant::now();
        let error = download(&mut session, "a").await.unwrap_err();
        assert_eq!(error.reply().unwrap().code().as_u16(), 550, "{error}");
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_eq!(list(&mut session).await.unwrap(), ["a"]);
        assert_eq!(bench.logins(), 1);
    }
}

#[tokio::test]
async fn a_refusal_costs_no_ticket_for_good() {
    for personality in Personality::ALL {
        let bench = Bench::start(personality).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for _ in 0..20 {
            let error = download(&mut session, "missing").await.unwrap_err();
            let kind = error.kind();
            assert!(
                matches!(kind, ErrorKind::NotFound | ErrorKind::Refused),
                "{error}"
            );
        }
        upload(&mut session, "a", b"x").await.unwrap();
        assert_eq!(bench.logins(), 1, "{}", personality.name());
    }
}

#[tokio::test]
async fn names_in_a_listing_come_as_they_are_and_go_nowhere() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::hostile_names()).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let listing = session.list(&RemotePath::login_directory()).await.unwrap();
    let directory = path("/in");
    for entry in &listing.entries {
        if let Ok(joined) = directory.join(&entry.name) {
            assert_eq!(joined.parent().unwrap(), directory);
        }
    }
    let refused = |name: &&[u8]| directory.join(name).is_err();
    let names: Vec<_> = listing
        .entries
        .iter()
        .map(|entry| entry.name.as_slice())
        .collect();
    for name in [&b"../escape"[..], b"/etc/passwd", b"a/b", b"nul\0byte"] {
        assert!(names.iter().any(|listed| listed == &name), "{names:?}");
        assert!(refused(&name));
    }
}

#[tokio::test]
async fn lines_not_understood_are_counted_and_kept() {
    let lines = [&b"what is this?"[..], b"\x01\x02"]
        .map(<[u8]>::to_vec)
        .to_vec();
    let bench = Bench::with_fault(Personality::VsFtpd, Fault::ListingLines(lines.clone())).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let listing = session.list(&RemotePath::login_directory()).await.unwrap();
    assert_eq!(listing.entries.len(), 1);
    assert_eq!(listing.summary.unknown, 2);
    assert_eq!(listing.summary.unknown_lines, lines);
}

#[tokio::test]
async fn a_huge_listing_is_streamed_or_refused_but_never_collected() {
    const ENTRIES: u64 = 100_000;
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::HugeListing(ENTRIES)).await;
    let mut session = session(bench.open_config().listing_limit(1 << 20))
        .await
        .unwrap();
    let mut seen = 0;
    let root = RemotePath::login_directory();
    let summary = session.list_each(&root, |_| seen += 1).await.unwrap();
    assert_eq!((summary.entries, seen), (ENTRIES, ENTRIES));
    let error = session.list(&root).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

#[tokio::test]
async fn a_missing_close_notify_is_forgiven_only_with_the_right_size() {
    let bench = Bench::with_fault(Personality::VsFtpd, Fault::NoCloseNotify).await;
    bench.write("a", vec![7; 100_000]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_eq!(download(&mut session, "a").await.unwrap().len(), 100_000);
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);

    bench.server.arm(answer("SIZE", "502 No."));
    let error = download(&mut session, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
}

#[tokio::test]
async fn a_short_download_is_an_error_even_with_a_226() {
    for personality in Personality::ALL {
        let bench = Bench::with_fault(personality, Fault::CutDownload(50_000)).await;
        bench.write("a", vec![7; 100_000]);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = download(&mut session, "a").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
        assert_eq!(list(&mut session).await.unwrap(), ["a"]);
    }
}

#[tokio::test]
async fn an_upload_that_the_server_lost_is_an_error_even_with_a_226() {
    let bench = Bench::with_fault(Personality::PyFtpdlib, Fault::LoseUpload(50_000)).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", &[7; 100_000]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
    assert!(error.to_string().contains("50000"), "{error}");
    assert_eq!(bench.read("a").unwrap(), b"old");
    assert_eq!(bench.names(), ["a"]);
}

#[tokio::test]
async fn a_size_that_does_not_fit_is_an_error() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::WrongSize(1)).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", b"x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
}

#[tokio::test]
async fn a_full_disk_at_the_server_is_told_in_its_words() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::DiskFull(100_000)).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", &vec![7; 20 << 20])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error:?}");
    let reply = error.reply().expect("the server's words");
    assert!(matches!(reply.code().as_u16(), 452 | 552), "{error}");
    assert_eq!(bench.read("a").unwrap(), b"old");
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn a_reset_in_a_transfer_is_an_error_and_the_session_goes_on() {
    for personality in EITHER {
        for command in ["RETR", "STOR"] {
            let point = Point::Transfer {
                command,
                after: 100_000,
            };
            let bench = Bench::with_fault(personality, at(point, Action::Reset).nth(1)).await;
            bench.write("a", vec![7; 2 << 20]);
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let outcome = match command {
                "RETR" => download(&mut session, "a").await.map(drop),
                _ => upload(&mut session, "a", &vec![8; 2 << 20]).await.map(drop),
            };
            outcome.unwrap_err();
            assert_eq!(bench.read("a").unwrap()[0], 7);
            assert_eq!(download(&mut session, "a").await.unwrap().len(), 2 << 20);
        }
    }
}

#[tokio::test]
async fn a_stray_reply_shifts_nothing() {
    let stray = answer("NOOP", "200 okay\n250 and one that nobody asked for").nth(1);
    let bench = Bench::with_fault(Personality::VsFtpd, stray).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    session.noop().await.unwrap();
    let error = session.remove_file(&path("missing")).await.unwrap_err();
    assert_eq!(error.reply().unwrap().code().as_u16(), 550, "{error}");
    assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
    assert_eq!(
        bench.logins(),
        2,
        "the connection that lost its step was given up"
    );
}

/// It comes before the reply to a command that moves no data, in the same packet or after a while.
#[tokio::test]
async fn a_226_that_no_transfer_awaits_is_not_taken_for_another_reply() {
    let stray = "226 Transfer complete.";
    for (verb, own) in [
        ("NOOP", "200 okay"),
        ("DELE", "550 a: No such file or directory"),
        ("SIZE", "213 1"),
        ("MDTM", "213 20261121091011"),
    ] {
        let twice = answer(verb, &format!("{stray}\n{own}"));
        let bench = Bench::with_fault(Personality::VsFtpd, twice).await;
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for _ in 0..2 {
            match verb {
                "NOOP" => session.noop().await.unwrap(),
                "DELE" => {
                    let error = session.remove_file(&path("a")).await.unwrap_err();
                    assert_eq!(error.reply().unwrap().code().as_u16(), 550, "{error}");
                }
                "SIZE" => assert_eq!(session.size(&path("a")).await.unwrap(), Some(1)),
                _ => assert!(session.modified(&path("a")).await.unwrap().is_some()),
            }
            assert_eq!(download(&mut session, "a").await.unwrap(), b"x", "{verb}");
        }
        assert_eq!(bench.logins(), 1, "{verb}");
    }
}

/// A server may say so of a command.
#[tokio::test]
async fn a_226_that_nothing_follows_is_the_reply() {
    let bench = Bench::with_fault(Personality::VsFtpd, answer("NOOP", "226 okay")).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    session.noop().await.unwrap();
    session.noop().await.unwrap();
    assert_eq!(bench.logins(), 1);
}

#[tokio::test]
async fn an_idle_connection_that_the_server_ended_is_replaced_at_once() {
    for action in [Action::Close, Action::Reset, Action::Goodbye] {
        let end = at(Point::Command("NOOP"), action.clone()).nth(1);
        let bench = Bench::with_fault(Personality::ProFtpd138, end).await;
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        session.noop().await.unwrap_err();
        assert_eq!(list(&mut session).await.unwrap(), ["a"], "{action:?}");
        assert_eq!(bench.logins(), 2);
    }
}

#[tokio::test]
async fn a_short_download_is_an_error_even_if_the_size_is_denied_afterwards() {
    let bench = Bench::with_fault(Personality::VsFtpd, Fault::CutDownload(50_000)).await;
    bench
        .server
        .arm(answer("SIZE", "550 It is gone.").from_nth(2));
    bench.write("a", vec![7; 100_000]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = download(&mut session, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
}

#[tokio::test]
async fn a_refusal_names_the_path_that_it_is_about() {
    let bench = Bench::with_fault(Personality::VsFtpd, answer("RETR", "451 Not now.")).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = download(&mut session, "a").await.unwrap_err();
    assert_eq!(error.path(), Some("a"));
    assert_eq!(
        error.to_string(),
        "a: the server refuses to send it: 451 Not now."
    );
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_listing_that_may_have_been_cut_says_so() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::NoCloseNotify.nth(2)).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let root = RemotePath::login_directory();
    for cut in [false, true, false] {
        assert_eq!(session.list(&root).await.unwrap().summary.cut, cut);
    }
}
