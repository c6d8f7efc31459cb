//! The calls of a program that passes on the transfers of another client.

use towline::{
    ErrorKind, ListFlags, ListingCommand, Remains, RemotePath, TlsMode, TlsVersion, Trust,
    UploadOptions,
};
use towline_testkit::{Personality, Server};

use crate::support::{BOTH, Bench, download, path, session, until};

fn direct() -> UploadOptions {
    UploadOptions::default()
        .use_temporary_name(false)
        .preserve_time(false)
}

#[tokio::test]
async fn a_text_goes_both_ways_in_type_a_and_everything_else_in_type_i() {
    for version in BOTH {
        for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
            let bench = Bench::start(personality).await;
            let mut session = bench.connect(version).await;
            let mut upload = session.upload_text(&path("a"), &direct()).await.unwrap();
            upload.write_all(b"one\r\n").await.unwrap();
            upload.finish().await.unwrap();
            let mut text = session.download_text(&path("a")).await.unwrap();
            let mut bytes = [0; 100];
            assert_eq!(text.read(&mut bytes).await.unwrap(), 5);
            assert_eq!(text.read(&mut bytes).await.unwrap(), 0);
            text.finish().await.unwrap();
            assert_eq!(download(&mut session, "a").await.unwrap(), b"one\r\n");
            let report = bench.server.report();
            let commands = &report.control.last().unwrap().commands;
            let types = commands.iter().filter(|line| line.starts_with("TYPE"));
            let types: Vec<_> = types.map(String::as_str).collect();
            assert_eq!(types.last(), Some(&"TYPE I"), "{types:?}");
            assert!(types.contains(&"TYPE A"), "{types:?}");
        }
    }
}

#[tokio::test]
async fn an_upload_may_begin_in_the_middle() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "0123456789");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let mut upload = session.upload_at(&path("a"), 5, &direct()).await.unwrap();
    upload.write_all(b"abcdef").await.unwrap();
    let done = upload.finish().await.unwrap();
    assert_eq!((done.bytes, done.resumed_at), (6, Some(5)));
    assert_eq!(bench.read("a").unwrap(), b"01234abcdef");
    let refused = session
        .upload_at(&path("a"), 5, &direct().append(true))
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Usage);
}

#[tokio::test]
async fn an_upload_that_is_broken_off_never_ends_in_order() {
    for temporary in [true, false] {
        let bench = Bench::start(Personality::ProFtpd138).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = direct().use_temporary_name(temporary);
        let mut upload = session.upload(&path("a"), &options).await.unwrap();
        upload.write_all(b"part").await.unwrap();
        let error = upload.break_off().await;
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        match temporary {
            true => assert_eq!(bench.names(), [""; 0], "{error}"),
            false => assert_eq!(error.remains(), [Remains::PartAtTarget]),
        }
        assert!(session.noop().await.is_ok());
        // The server notices at some time that the first control connection is closed.
        let ended = async {
            while bench.server.report().control[0].ended.is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), ended)
            .await
            .unwrap();
        let report = bench.server.report();
        let mut uploads = report.data().filter(|data| data.command == "STOR");
        assert!(uploads.all(|upload| !upload.close_notify));
    }
}

#[tokio::test]
async fn a_raw_command_and_a_raw_listing_may_have_a_directory() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        std::fs::create_dir(bench.server.root().join("in")).unwrap();
        bench.write("in/a", "12345");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let inside = path("in");
        let size = session.raw_at(&inside, "SIZE a").await.unwrap();
        assert_eq!(size.text(), "5");
        let names = ListingCommand::Nlst(ListFlags::default());
        let here = RemotePath::login_directory();
        let listing = session
            .raw_listing_at(&inside, &names, &here)
            .await
            .unwrap();
        assert_eq!(listing, b"a\r\n");
        assert_eq!(session.raw("SIZE in/a").await.unwrap().text(), "5");
        let missing = session.raw_at(&path("missing"), "NOOP").await;
        assert!(missing.unwrap_err().reply().is_some());
        let named = session.real_path(&inside).await.unwrap();
        assert_eq!(named, Some(path("/in")));
        assert_eq!(bench.logins(), 1, "still in step");
    }
}

/// Without TLS, only a reset tells a part from the whole.
#[tokio::test]
async fn an_upload_that_is_given_up_is_reset() {
    for how in ["abort", "break off", "drop"] {
        let builder = Server::builder(Personality::VsFtpd).clear(true);
        let bench = Bench::build(builder).await;
        let config = bench.open_config().trust(Trust::Platform);
        let mut session = session(config.tls_mode(TlsMode::Off)).await.unwrap();
        let mut upload = session.upload(&path("a"), &direct()).await.unwrap();
        upload.write_all(b"part").await.unwrap();
        match how {
            "abort" => upload.abort().await.unwrap(),
            "break off" => drop(upload.break_off().await),
            _ => drop(upload),
        }
        let reply = || {
            bench
                .server
                .report()
                .data()
                .last()
                .and_then(|data| data.reply)
        };
        until(|| reply().is_some()).await;
        assert_eq!(reply(), Some(426), "{how}");
        assert!(session.noop().await.is_ok());
    }
}
