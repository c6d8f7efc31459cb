//! Commands and listings in the caller's own words.

use std::sync::Arc;

use towline::{
    ErrorKind, ListingCommand, RawCommandError, RemotePath, ReplyClass, ReservedFor, TlsVersion,
};
use towline_testkit::{Action, Fault, Personality, Point, Server};

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
        notebook.all("C: SITE").contains(&"PSWD ***".to_owned()),
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

/// ProFTPD expects nothing but `RNTO` after `RNFR`.
#[tokio::test]
async fn a_sequence_goes_on_with_raw_commands_and_ends_with_any_other() {
    for personality in Personality::ALL {
        let bench = Bench::start(personality).await;
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let begun = session.raw("RNFR a").await.unwrap();
        assert_eq!(begun.class(), ReplyClass::Intermediate);
        let done = session.raw("RNTO b").await.unwrap();
        assert_eq!(done.class(), ReplyClass::Completion, "{personality:?}");
        assert_eq!(bench.names(), ["b"]);

        session.raw("RNFR b").await.unwrap();
        session.list(&RemotePath::login_directory()).await.unwrap();
        let report = bench.server.report();
        let commands = &report.control[0].commands;
        let place = commands.iter().rposition(|line| line == "RNFR b").unwrap();
        assert_eq!(commands[place + 1], "NOOP", "{personality:?}");
        assert_eq!(bench.logins(), 1);
    }
}

#[tokio::test]
async fn a_line_that_servers_do_not_read_as_one_is_not_sent() {
    let bench = Bench::start(Personality::PyFtpdlib).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let before = bench.server.report().control[0].commands.len();
    let long = "a".repeat(2042);
    let error = session.raw(format!("SITE {long}")).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().downcast_ref();
    assert_eq!(source, Some(&RawCommandError::TooLong));
    let flags = ListingCommand::List("-a".parse().unwrap());
    let listed = session.raw_listing(&flags, &path(&long)).await;
    assert_eq!(listed.unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(bench.server.report().control[0].commands.len(), before);
}

#[tokio::test]
async fn facts_that_the_caller_selects_are_not_those_of_listings() {
    for (personality, options) in [
        (Personality::ProFtpd138, "OPTS MLST modify;"),
        (Personality::ProFtpd138, "opts mlst modify;"),
        (Personality::PyFtpdlib, "OPTS MLST modify;"),
    ] {
        let bench = Bench::start(personality).await;
        bench.write("a", "12345");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let reply = session.raw(options).await.unwrap();
        assert_eq!(reply.class(), ReplyClass::Completion, "{personality:?}");
        let bare = ListingCommand::Mlsd;
        let top = RemotePath::login_directory();
        let bytes = session.raw_listing(&bare, &top).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!text.contains("size="), "{personality:?} {text}");
        let entry = session.stat(&path("a")).await.unwrap();
        assert_eq!(entry.size, Some(5), "{personality:?}");
        session.raw(options).await.unwrap();
        let listing = session.list(&top).await.unwrap();
        assert_eq!(listing.entries[0].size, Some(5), "{personality:?}");
        assert_eq!(bench.logins(), 1);
    }
}

/// Only a new connection has the facts of before.
#[tokio::test]
async fn facts_that_a_server_does_not_give_back_come_with_a_new_connection() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "12345");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    for looks in [false, true] {
        session.raw("OPTS MLST modify;").await.unwrap();
        let before = bench.logins();
        bench.server.arm(answer("OPTS", "501 No.").nth(1));
        let size = match looks {
            true => session.stat(&path("a")).await.unwrap().size,
            false => {
                let top = RemotePath::login_directory();
                session.list(&top).await.unwrap().entries[0].size
            }
        };
        assert_eq!(size, Some(5));
        assert_eq!(bench.logins(), before + 1);
        bench.server.disarm();
    }
    // A refused choice changes nothing.
    bench.server.arm(answer("OPTS", "501 No.").nth(1));
    let before = bench.logins();
    session.raw("OPTS MLST modify;").await.unwrap();
    assert_eq!(session.stat(&path("a")).await.unwrap().size, Some(5));
    assert_eq!(bench.logins(), before);
}

#[tokio::test]
async fn a_sequence_goes_on_in_the_same_directory_alone() {
    for personality in Personality::ALL {
        let bench = Bench::start(personality).await;
        std::fs::create_dir(bench.server.root().join("dir")).unwrap();
        bench.write("dir/a", "x");
        bench.write("a", "y");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let (top, dir) = (RemotePath::login_directory(), path("dir"));
        for place in [&dir, &top] {
            for (from, to) in [("a", "b"), ("b", "a")] {
                let begun = session.raw_at(place, format!("RNFR {from}")).await;
                assert_eq!(begun.unwrap().class(), ReplyClass::Intermediate);
                let done = session.raw_at(place, format!("RNTO {to}")).await.unwrap();
                let what = format!("{personality:?} {place} {done}");
                assert_eq!(done.class(), ReplyClass::Completion, "{what}");
            }
        }
        assert_eq!(bench.count("NOOP"), 0, "{personality:?}");
        session.raw_at(&dir, "RNFR a").await.unwrap();
        session.raw_at(&top, "STAT").await.unwrap();
        assert_eq!(bench.count("NOOP"), 1, "{personality:?}");
        // A sequence of the login directory goes on with either call.
        session.raw("RNFR a").await.unwrap();
        let done = session.raw_at(&top, "RNTO c").await.unwrap();
        assert_eq!(done.class(), ReplyClass::Completion, "{personality:?}");
        // Other operations end it, and refer to the login directory.
        session.raw_at(&dir, "RNFR a").await.unwrap();
        assert_eq!(download(&mut session, "c").await.unwrap(), b"y");
        assert_eq!(bench.logins(), 1, "{personality:?}");
    }
}

#[tokio::test]
async fn a_raw_command_without_a_reply_is_named() {
    let silence = Fault::At(Point::Command("SITE"), Action::Silence);
    let bench = Bench::with_fault(Personality::VsFtpd, silence).await;
    let mut session = bench.hasty().await.unwrap();
    let error = session.raw("SITE HELP").await.unwrap_err();
    assert!(error.to_string().ends_with("reply to SITE"), "{error}");
}
