//! Files that go on where they stopped, that are appended to, and that keep their times.

use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use towline::{Cancel, DownloadOptions, Error, ErrorKind, RemotePath, Session, UploadOptions};
use towline_interop::{Kind, servers};

use crate::support::{config, connect_with, directory, versions};

const SIZE: usize = 3 << 20;
const HELD: usize = 1 << 20;
const SECOND: i64 = 1_500_000_000;

macro_rules! on {
    ($($name:ident: $server:literal;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                everything($server).await;
            }
        )*
    };
}

on! {
    vsftpd: "vsftpd";
    proftpd: "proftpd";
    proftpd_tls12: "proftpd-tls12";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

fn contents() -> Vec<u8> {
    (0..SIZE as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

async fn everything(name: &str) {
    let server = servers::by_name(name);
    for version in versions(server) {
        let account = server.account();
        let (mut session, _) = connect_with(config(&account, version)).await;
        let (remote, at_server) = directory(&account, &mut session).await;
        let scratch = tempfile::tempdir().unwrap();
        let what = format!("{name} TLS {version}");

        let local = scratch.path().join("up");
        std::fs::write(&local, contents()).unwrap();
        let time = filetime::FileTime::from_unix_time(SECOND, 0);
        filetime::set_file_mtime(&local, time).unwrap();
        let target = remote.join(b"up").unwrap();
        let options = UploadOptions::default().resume(true);
        let slow = NonZeroU64::new(1 << 20).unwrap();
        let (slow, _) = connect_with(config(&account, version).limit_rate(slow)).await;
        stop_upload(slow, &local, &target, &options, &at_server).await;
        let part = only_name(&at_server);
        std::fs::write(at_server.join(&part), &contents()[..HELD]).unwrap();
        let done = session.upload_file(&local, &target, &options).await;
        let done = done.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(only_name(&at_server), "up", "{what}");
        let stored = at_server.join("up");
        assert!(std::fs::read(&stored).unwrap() == contents(), "{what}");
        assert_eq!(done.resumed_at, Some(HELD as u64), "{what}");
        if server.kind != Kind::VsFtpd {
            let metadata = std::fs::metadata(&stored).unwrap();
            let kept = filetime::FileTime::from_last_modification_time(&metadata);
            assert_eq!(kept.unix_seconds(), SECOND, "{what}");
        }

        let local = scratch.path().join("down");
        std::fs::write(&local, &contents()[..HELD]).unwrap();
        let options = DownloadOptions::default()
            .use_temporary_name(false)
            .resume(true);
        let done = session.download_file(&target, &local, &options).await;
        let done = done.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(done.resumed_at, Some(HELD as u64), "{what}");
        assert!(std::fs::read(&local).unwrap() == contents(), "{what}");

        let options = UploadOptions::default().append(true);
        let done = session.upload_from(&b"more"[..], &target, &options).await;
        let done = done.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(done.resumed_at, Some(SIZE as u64), "{what}");
        let expected = [&contents()[..], b"more"].concat();
        assert!(std::fs::read(&stored).unwrap() == expected, "{what}");
    }
}

/// Leaves a part at the server.
async fn stop_upload(
    mut session: Session,
    local: &Path,
    target: &RemotePath,
    options: &UploadOptions,
    at_server: &Path,
) {
    let cancel = Cancel::new();
    let options = options.clone().cancel(&cancel);
    let upload = session.upload_file(local, target, &options);
    let stopped = async {
        while std::fs::read_dir(at_server).unwrap().next().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(upload, stopped);
    let error: Error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    session.quit().await;
}

fn only_name(directory: &Path) -> String {
    let entries = std::fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: Vec<_> = names.collect();
    let [name] = names.as_slice() else {
        panic!("{names:?}");
    };
    name.clone()
}
