//! What an attacker on the path changes in clear text decides nothing inside TLS.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use towline::{RemotePath, Session};
use towline_testkit::{Personality, Relay};

use crate::support::{Bench, list, session};

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
        assert_eq!(session.server(), "vsftpd", "{greeting}");
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
    assert_eq!(session.server(), "pyftpdlib");
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
}
