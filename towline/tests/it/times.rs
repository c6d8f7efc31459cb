//! Files keep their modification times.

use std::sync::Arc;

use filetime::FileTime;
use towline::{DownloadOptions, TlsVersion, UploadOptions};
use towline_testkit::{Personality, Server};

use crate::support::{BOTH, Bench, Notebook, answer, path, session};

const SECOND: i64 = 1_500_000_000;

#[tokio::test]
async fn an_upload_has_its_time_before_it_has_its_name() {
    for personality in Personality::ALL {
        if personality == Personality::VsFtpd {
            continue; // It lacks MFMT.
        }
        let bench = Bench::start(personality).await;
        let local = bench.write_local("a", b"x", SECOND);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = UploadOptions::default();
        let sent = session.upload_file(&local, &path("a"), &options).await;
        sent.unwrap();
        assert_eq!(bench.modified("a"), SECOND, "{}", personality.name());
        let report = bench.server.report();
        let commands = &report.control[0].commands;
        let at = |verb: &str| commands.iter().position(|line| line.starts_with(verb));
        assert!(at("MFMT") < at("RNFR"), "{commands:?}");
    }
}

#[tokio::test]
async fn site_utime_serves_where_there_is_no_mfmt() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd).site_utime(true)).await;
    let local = bench.write_local("a", b"x", SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = UploadOptions::default();
    let sent = session.upload_file(&local, &path("a"), &options).await;
    sent.unwrap();
    assert_eq!(bench.modified("a"), SECOND);
    assert_eq!(bench.count("SITE UTIME 20170714024000 "), 1);
}

#[tokio::test]
async fn a_server_that_sets_no_times_is_noted_once() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        bench.server.arm(answer("MFMT", "550 Not today."));
        let local = bench.write_local("a", b"x", SECOND);
        let notebook = Arc::new(Notebook::default());
        let config = bench.config(TlsVersion::Tls13).observer(notebook.clone());
        let mut session = session(config).await.unwrap();
        for name in ["a", "b"] {
            let options = UploadOptions::default();
            let sent = session.upload_file(&local, &path(name), &options).await;
            sent.unwrap();
            assert_ne!(bench.modified(name), SECOND);
        }
        let mut notes = notebook.all("note:");
        notes.retain(|note| note.contains("modification times"));
        assert_eq!(notes.len(), 1, "{notes:?}");
    }
}

#[tokio::test]
async fn times_are_left_alone_on_request() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let local = bench.write_local("a", b"x", SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = UploadOptions::default().preserve_time(false);
    let sent = session.upload_file(&local, &path("a"), &options).await;
    sent.unwrap();
    assert_eq!(bench.count("MFMT"), 0);
    bench.touch("a", SECOND - 1);
    let options = DownloadOptions::default().preserve_time(false);
    let got = session.download_file(&path("a"), &local, &options).await;
    got.unwrap();
    let metadata = std::fs::metadata(&local).unwrap();
    let modified = FileTime::from_last_modification_time(&metadata);
    assert_ne!(modified.unix_seconds(), SECOND - 1);
}

#[tokio::test]
async fn a_time_is_set_on_its_own() {
    let time = jiff::Timestamp::from_second(SECOND).unwrap();
    for version in BOTH {
        for (server, sets) in [
            (Server::builder(Personality::ProFtpd138), true),
            (Server::builder(Personality::VsFtpd).site_utime(true), true),
            (Server::builder(Personality::VsFtpd), false),
        ] {
            let bench = Bench::build(server).await;
            bench.write("a", "x");
            let mut session = bench.connect(version).await;
            assert_eq!(session.set_modified(&path("a"), time).await.unwrap(), sets);
            assert_eq!(bench.modified("a") == SECOND, sets);
            match session.set_modified(&path("missing"), time).await {
                Ok(set) => assert!(!sets && !set),
                Err(error) => assert_eq!(error.path(), Some("missing"), "{error}"),
            }
            assert_eq!(bench.logins(), 1);
        }
    }
}

#[tokio::test]
async fn a_command_that_is_announced_and_not_known_sets_no_time() {
    let bench = Bench::with_fault(Personality::ProFtpd138, answer("MFMT", "502 No.")).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let time = jiff::Timestamp::from_second(SECOND).unwrap();
    assert!(!session.set_modified(&path("a"), time).await.unwrap());
}
