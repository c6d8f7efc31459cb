//! Commands and listings in the caller's own words.

use std::sync::Arc;

use towline::{
    ErrorKind, ListingCommand, RawCommandError, RemotePath, ReplyClass, ReservedFor, TlsVersion,
};
use towline_testkit::{Fault, Personality, Server};

use crate::support::{BOTH, Bench, Notebook, answer, download, path, session};

#[tokio::test]
async fn a_reply_comes_as_it_is_whatever_its_class() {
    for version in BOTH {
        for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
            let bench = Bench::start(personality).await;
            bench.write("a", "x");
            let mut session = bench.connect(version).await;
            for (command, class) in [
                ("NOOP", ReplyClass::Completion),
                ("RNFR a", ReplyClass::Intermediate),
                ("SITE NONSENSE x", ReplyClass::Permanent),
            ] {
                let reply = session.raw(command).await.unwrap();
                assert_eq!(reply.class(), class, "{command}");
            }
            bench.server.arm(answer("XYZZY", "450 Nothing happens."));
            let reply = session.raw("XYZZY").await.unwrap();
            assert_eq!(reply.code().as_u16(), 450);
            assert_eq!(reply.text(), "Nothing happens.");
            assert_eq!(bench.count("SITE NONSENSE x"), 1);
            assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
            assert_eq!(bench.logins(), 1, "still in step");
        }
    }
}

#[tokio::test]
async fn the_observer_does_not_see_the_password_in_a_raw_command() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(Arc::clone(&notebook) as _);
    let mut session = session(config).await.unwrap();
    session.raw("SITE PSWD secret new").await.unwrap();
    assert!(
        notebook.has("C: SITE PSWD *** new"),
        "{:?}",
        notebook.lines()
    );
    assert_eq!(bench.count("SITE PSWD secret new"), 1);
}

#[tokio::test]
async fn a_path_may_hold_any_bytes() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let reply = session.raw(b"MKD caf\xe9").await.unwrap();
    assert_eq!(reply.class(), ReplyClass::Completion);
    let listing = session.list(&RemotePath::login_directory()).await.unwrap();
    assert_eq!(listing.entries[0].name, b"caf\xe9");
}

#[tokio::test]
async fn nothing_is_sent_that_would_break_what_is_promised() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let before = bench.server.report().control[0].commands.len();
    for (command, reason) in [
        ("PROT C", Some(ReservedFor::Protection)),
        ("QUIT", Some(ReservedFor::Login)),
        ("PASV", Some(ReservedFor::DataConnection)),
        ("STOR a", Some(ReservedFor::Transfer)),
        ("TYPE A", Some(ReservedFor::Representation)),
        ("CWD /", Some(ReservedFor::WorkingDirectory)),
        ("NOOP\r\nPROT C", None),
        (" PROT C", None),
    ] {
        let error = session.raw(command).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{command:?}");
        let source = std::error::Error::source(&error).unwrap();
        let told = match source.downcast_ref::<RawCommandError>().unwrap() {
            RawCommandError::Reserved { reason, .. } => Some(*reason),
            _ => None,
        };
        assert_eq!(told, reason, "{command:?}");
    }
    let report = bench.server.report();
    assert_eq!(report.control[0].commands.len(), before);
    assert!(session.is_usable());
}

#[tokio::test]
async fn a_listing_comes_as_the_server_sends_it() {
    for version in BOTH {
        let bench = Bench::start(Personality::ProFtpd138).await;
        bench.write("a", "x");
        bench.write("b", "y");
        let mut session = bench.connect(version).await;
        let top = RemotePath::login_directory();
        for (command, lines) in [
            (ListingCommand::Nlst(Default::default()), ["a", "b"]),
            (ListingCommand::List(Default::default()), [" a", " b"]),
            (ListingCommand::Mlsd, ["; a", "; b"]),
        ] {
            let bytes = session.raw_listing(&command, &top).await.unwrap();
            let text = String::from_utf8(bytes).unwrap();
            let listed: Vec<_> = text.lines().filter(|line| !line.ends_with('.')).collect();
            assert_eq!(listed.len(), 2, "{text}");
            for (line, end) in listed.into_iter().zip(lines) {
                assert!(line.ends_with(end), "{text}");
            }
        }
        bench.write(".hidden", "z");
        let all = ListingCommand::List("-a".parse().unwrap());
        let bytes = session.raw_listing(&all, &top).await.unwrap();
        assert!(String::from_utf8(bytes).unwrap().contains(" .hidden"));
        assert_eq!(bench.count("LIST -a"), 1);
        assert_eq!(bench.logins(), 1);
    }
}

#[tokio::test]
async fn a_listing_that_is_refused_or_too_large_or_cut_is_an_error() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut session = session(bench.open_config().listing_limit(10_000))
        .await
        .unwrap();
    let top = RemotePath::login_directory();
    let missing = path("missing");
    let refused = session.raw_listing(&ListingCommand::Mlsd, &missing);
    let error = refused.await.unwrap_err();
    assert!(error.reply().is_some(), "{error}");
    assert_eq!(bench.logins(), 1);

    bench.server.arm(Fault::HugeListing(10_000));
    let error = session.raw_listing(&ListingCommand::Mlsd, &top).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Protocol);
    bench.server.disarm();

    bench.server.arm(Fault::NoCloseNotify);
    let error = session.raw_listing(&ListingCommand::Mlsd, &top).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Incomplete);
    bench.server.disarm();
    let bytes = session.raw_listing(&ListingCommand::Mlsd, &top).await;
    assert!(bytes.is_ok());
}

#[tokio::test]
async fn a_server_that_wants_to_know_beforehand_hears_of_flags() {
    let server = Server::builder(Personality::ProFtpd138).requires_pret(true);
    let bench = Bench::build(server).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let flags = ListingCommand::List("-a".parse().unwrap());
    let top = RemotePath::login_directory();
    let bytes = session.raw_listing(&flags, &top).await.unwrap();
    assert!(!bytes.is_empty());
    assert_eq!(bench.count("PRET LIST -a"), 1);
}
