//! What an attacker on the path changes decides nothing inside TLS: neither clear text, nor the
//! version of TLS without a warning.

use std::ffi::OsString;
use std::ops::Range;
use std::os::unix::ffi::OsStringExt as _;
use std::sync::Arc;

use towline::{
    Config, Error, ErrorKind, KnownServers, RemotePath, Session, Software, TlsVersion,
    UploadOptions,
};
use towline_testkit::{Personality, Proxy, Relay, Server};

use crate::support::{Bench, Notebook, list, path, session, upload};

/// A session by way of an attacker who replaces the greeting.
async fn greeted(bench: &Bench, greeting: &'static str) -> (Relay, Session) {
    let change = move |line: &str| match line.starts_with("220") {
        true => format!("{}{greeting}", &line[..4]),
        false => line.to_owned(),
    };
    let relay = Relay::start(bench.server.address(), change).await.unwrap();
    let config = bench.config_for("localhost", relay.address().port());
    let session = session(config).await.unwrap();
    (relay, session)
}

#[tokio::test]
async fn a_changed_greeting_hides_no_files() {
    for greeting in ["ready", "ProFTPD Server", "pyftpdlib 2.2.0 ready."] {
        let bench = Bench::start(Personality::VsFtpd).await;
        bench.write(".hidden", "");
        let (_relay, mut session) = greeted(&bench, greeting).await;
        assert_eq!(session.server(), Software::VsFtpd, "{greeting}");
        assert_eq!(list(&mut session).await.unwrap(), [".hidden"], "{greeting}");
    }
}

#[tokio::test]
async fn a_changed_greeting_changes_no_names() {
    let name = b"\xff\xfda".to_vec();
    let path = RemotePath::new(name.clone()).unwrap();
    for personality in [
        Personality::VsFtpd,
        Personality::ProFtpd138,
        Personality::FileZilla1,
        Personality::PureFtpd,
    ] {
        for greeting in ["ready", "ProFTPD Server", "(vsFTPd 3.0.3)"] {
            let bench = Bench::start(personality).await;
            let (_relay, mut session) = greeted(&bench, greeting).await;
            session.create_dir(&path).await.unwrap();
            let made = std::fs::read_dir(bench.server.root()).unwrap();
            let made: Vec<_> = made.map(|entry| entry.unwrap().file_name()).collect();
            let expected = OsString::from_vec(name.clone());
            assert_eq!(made, [expected], "{personality:?} {greeting}");
        }
    }
}

#[tokio::test]
async fn a_changed_greeting_puts_no_command_behind_a_transfer() {
    let bench = Bench::start(Personality::PyFtpdlib).await;
    bench.write("a", "contents");
    let (_relay, mut session) = greeted(&bench, "(vsFTPd 3.0.3)").await;
    assert_eq!(session.server(), Software::PyFtpdlib);
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn a_changed_greeting_sends_no_upload_before_the_trial() {
    for greeting in ["Welcome to Pure-FTPd", "pyftpdlib 2.2.0 ready.", "ready"] {
        let builder = Server::builder(Personality::ProFtpd138).control_tickets(0);
        let bench = Bench::build(builder).await;
        bench.write("a", "old");
        let change = move |line: &str| match line.starts_with("220") {
            true => format!("220 {greeting}"),
            false => line.to_owned(),
        };
        let relay = Relay::start(bench.server.address(), change).await.unwrap();
        let config = bench.config_for("localhost", relay.address().port());
        let version = TlsVersion::Tls13;
        let mut session = session(config.tls_versions(version, version))
            .await
            .unwrap();
        let options = UploadOptions::default().use_temporary_name(false);
        let target = path("a");
        let upload = session.upload_from(&b"new"[..], &target, &options);
        let error = upload.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionReuseRefused, "{greeting}");
        assert_eq!(bench.read("a").unwrap(), b"old", "{greeting}");
    }
}

/// A session by way of an attacker who answers `AUTH` in the server's place with `reply`.
async fn answered(bench: &Bench, reply: &'static str) -> (Relay, Result<Session, Error>) {
    let change = move |line: &str| match line.starts_with("234") {
        true => reply.to_owned(),
        false => line.to_owned(),
    };
    let relay = Relay::start(bench.server.address(), change).await.unwrap();
    let config = bench.config_for("localhost", relay.address().port());
    let session = session(config).await;
    (relay, session)
}

#[tokio::test]
async fn what_is_injected_with_the_reply_to_auth_is_read_by_nobody() {
    for reply in [
        "234 go\r\n230 Logged in.",
        "234 go\r\n211-Features:\r\n MLSD\r\n211 End",
        "234 go\r\n234 go",
        "234-go\r\n230 Logged in.\r\n234 go\r\n230 Logged in.",
    ] {
        let bench = Bench::start(Personality::VsFtpd).await;
        let (_relay, session) = answered(&bench, reply).await;
        assert!(session.is_err(), "{reply:?}");
        assert_eq!(bench.logins(), 0, "{reply:?}");
        let report = bench.server.report();
        assert!(!report.control.iter().any(|it| it.credentials_in_clear));
    }
}

#[tokio::test]
async fn a_changed_reply_to_auth_costs_the_connection_at_the_most() {
    for reply in [
        "234 ",
        "234-go\r\n and\r\n234 go",
        "235 Other words",
        "299 go",
    ] {
        let bench = Bench::start(Personality::VsFtpd).await;
        let (_relay, session) = answered(&bench, reply).await;
        let mut session = session.unwrap();
        upload(&mut session, "a", b"contents").await.unwrap();
        assert_eq!(session.server(), Software::VsFtpd, "{reply:?}");
        assert_eq!(protocols(&bench), ["TLSv1.3"], "{reply:?}");
    }
    for reply in [
        "334 more", "421 no", "431 no", "500 no", "534 no", "garbage",
    ] {
        let bench = Bench::start(Personality::VsFtpd).await;
        let (_relay, session) = answered(&bench, reply).await;
        assert!(session.is_err(), "{reply:?}");
        assert_eq!(bench.logins(), 0, "{reply:?}");
        let report = bench.server.report();
        assert!(!report.control.iter().any(|it| it.credentials_in_clear));
    }
}

/// A way to the server on which a bit of these `ClientHello`s of data connections is changed.
async fn damaging(bench: &Bench, hellos: Range<usize>) -> (Proxy, Config) {
    let proxy = Proxy::socks5().damage_hellos(hellos).start().await.unwrap();
    let uri = format!("socks5://{}", proxy.address()).parse::<towline::Proxy>();
    let config = bench.open_config().proxy(uri.unwrap());
    (proxy, config)
}

fn protocols(bench: &Bench) -> Vec<&'static str> {
    let report = bench.server.report();
    let controls = report.control.iter();
    controls.filter_map(|control| control.protocol).collect()
}

#[tokio::test]
async fn damaged_data_handshakes_bring_no_silent_downgrade() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        for count in 1..=3 {
            let bench = Bench::start(personality).await;
            bench.write("a", "x");
            let (_proxy, config) = damaging(&bench, 0..count).await;
            let notebook = Arc::new(Notebook::default());
            let mut session = session(config.observer(notebook.clone())).await.unwrap();
            let listed = list(&mut session).await;
            let has_tls12 = protocols(&bench).contains(&"TLSv1.2");
            let warned = notebook.all("Downgrading").len();
            let what = format!("{personality:?} {count}: {listed:?}");
            assert_eq!(usize::from(has_tls12), warned, "{what}");
            assert!(listed.is_err() || listed.unwrap() == ["a"], "{what}");
        }
    }
}

#[tokio::test]
async fn damaged_data_handshakes_bring_no_downgrade_where_tls_13_has_resumed() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        bench.write("a", "x");
        let known = KnownServers::at(bench.local("known-servers"));
        let (_proxy, config) = damaging(&bench, 1..100).await;
        let notebook = Arc::new(Notebook::default());
        let config = config.observer(notebook.clone()).known_servers(known);
        let mut first = session(config).await.unwrap();
        assert_eq!(list(&mut first).await.unwrap(), ["a"]);
        list(&mut first).await.unwrap_err();

        // Another run remembers it.
        let known = KnownServers::at(bench.local("known-servers"));
        let (_proxy, config) = damaging(&bench, 0..100).await;
        let config = config.observer(notebook.clone()).known_servers(known);
        let mut second = session(config).await.unwrap();
        list(&mut second).await.unwrap_err();
        assert!(!protocols(&bench).contains(&"TLSv1.2"), "{personality:?}");
        assert!(!notebook.has("Downgrading"), "{personality:?}");
    }
}
