//! Transfers from start to end, and aborted transfers.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use towline::{
    DownloadOptions, ErrorKind, Outcome, SessionReuse, TlsMode, TlsVersion, UploadOptions,
};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{BOTH, Bench, answer, download, list, path, session, upload};

const MEGABYTE: usize = 1 << 20;

#[tokio::test]
async fn contents_survive_the_round_trip() {
    for personality in Personality::ALL {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            let mut session = bench.connect(version).await;
            for len in [0, 1, 16_384, 16_385, 3 * MEGABYTE] {
                let contents: Vec<u8> = (0..len).map(|n| (n * 31 % 251) as u8).collect();
                let done = upload(&mut session, "file", &contents).await.unwrap();
                assert_eq!(done.bytes, len as u64);
                assert_eq!(done.outcome, Outcome::Verified, "{}", personality.name());
                assert_eq!(bench.read("file").unwrap(), contents);
                assert_eq!(download(&mut session, "file").await.unwrap(), contents);
            }
        }
    }
}

#[tokio::test]
async fn implicit_tls_works_like_explicit() {
    for version in BOTH {
        let builder = Server::builder(Personality::VsFtpd).tls(towline_testkit::TlsMode::Implicit);
        let bench = Bench::build(builder).await;
        let config = bench.config(version).tls_mode(TlsMode::Implicit);
        let mut session = session(config).await.unwrap();
        upload(&mut session, "a", b"x").await.unwrap();
        assert_eq!(list(&mut session).await.unwrap(), ["a"]);
    }
}

#[tokio::test]
async fn ipv6_works_like_ipv4() {
    let bench = Bench::build(Server::builder(Personality::ProFtpd138).ipv6(true)).await;
    let address = bench.server.address_v6().unwrap();
    let ca = towline::Trust::CaFile(bench.local("ca.pem"));
    let config = towline::Config::new("::1")
        .port(address.port())
        .user("user")
        .password(towline::Secret::new("secret"))
        .trust(ca);
    let mut session = session(config).await.unwrap();
    upload(&mut session, "a", b"x").await.unwrap();
    assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
}

#[tokio::test]
async fn pasv_serves_where_epsv_is_refused() {
    let refusal = answer("EPSV", "500 EPSV not understood");
    let bench = Bench::with_fault(Personality::VsFtpd, refusal).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    upload(&mut session, "a", b"x").await.unwrap();
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
    let report = bench.server.report();
    let commands = &report.control[0].commands;
    let count = |verb: &str| {
        commands
            .iter()
            .filter(|line| line.starts_with(verb))
            .count()
    };
    assert_eq!(
        (count("EPSV"), count("PASV")),
        (1, 3),
        "the refusal is remembered"
    );
}

#[tokio::test]
async fn an_upload_without_a_size_at_the_server_is_complete() {
    let no_size = answer("SIZE", "502 SIZE not implemented.");
    let bench = Bench::with_fault(Personality::VsFtpd, no_size).await;
    bench.server.arm(answer("LIST", "550 Permission denied."));
    // No listing can show that sessions are resumed.
    let config = bench.open_config().session_reuse(SessionReuse::Require);
    let mut session = session(config).await.unwrap();
    let done = upload(&mut session, "a", b"x").await.unwrap();
    assert_eq!(done.outcome, Outcome::Complete);
}

#[tokio::test]
async fn an_aborted_download_leaves_the_session_usable() {
    for personality in Personality::ALL {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            bench.write("big", vec![7; 20 * MEGABYTE]);
            let mut session = bench.connect(version).await;
            for _ in 0..5 {
                let big = path("big");
                let mut download = session.download(&big).await.unwrap();
                let mut chunk = vec![0; 100_000];
                assert!(download.read(&mut chunk).await.unwrap() > 0);
                download.abort().await.unwrap();
                assert!(session.is_usable(), "{}", personality.name());
            }
            assert_eq!(list(&mut session).await.unwrap(), ["big"]);
            assert_eq!(bench.logins(), 1, "{} {version}", personality.name());
        }
    }
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing_behind() {
    for personality in Personality::ALL {
        let bench = Bench::start(personality).await;
        bench.write("a", "old");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let target = path("a");
        let mut upload = session
            .upload(&target, &UploadOptions::default())
            .await
            .unwrap();
        upload.write_all(&[7; 100_000]).await.unwrap();
        upload.abort().await.unwrap();
        assert_eq!(bench.names(), ["a"], "{}", personality.name());
        assert_eq!(bench.read("a").unwrap(), b"old");
        assert_eq!(list(&mut session).await.unwrap(), ["a"]);
        assert_eq!(bench.logins(), 1, "{}", personality.name());
    }
}

#[tokio::test]
async fn a_dropped_transfer_costs_the_control_connection_but_not_the_session() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("big", vec![7; 20 * MEGABYTE]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let big = path("big");
    drop(session.download(&big).await.unwrap());
    assert!(!session.is_usable());
    assert_eq!(list(&mut session).await.unwrap(), ["big"]);
    assert_eq!(bench.logins(), 2);
}

#[tokio::test]
async fn a_download_finished_before_its_end_is_an_error() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("big", vec![7; MEGABYTE]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let big = path("big");
    let mut download = session.download(&big).await.unwrap();
    assert!(download.read(&mut [0; 10]).await.unwrap() > 0);
    assert_eq!(
        download.finish().await.unwrap_err().kind(),
        ErrorKind::Usage
    );
    assert_eq!(list(&mut session).await.unwrap(), ["big"]);
}

/// The socket stays open while the server delays the final reply.
#[tokio::test]
async fn an_upload_keeps_its_socket_until_the_final_reply() {
    let gate = Gate::new();
    let hold = Fault::At(Point::FinalReply("STOR"), Action::Hold(gate.clone()));
    let bench = Bench::with_fault(Personality::ProFtpd138, hold).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let (done, ()) = tokio::join!(upload(&mut session, "a", b"x"), async {
        gate.reached().await;
        gate.open();
    });
    done.unwrap();
    let report = bench.server.report();
    let data = report.data().next().unwrap();
    assert!(!data.closed_before_reply(), "{data:?}");
}

#[tokio::test]
async fn a_local_file_gets_its_name_and_time_when_it_is_whole() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "contents");
    let time = filetime::FileTime::from_unix_time(1_500_000_000, 0);
    filetime::set_file_mtime(bench.server.root().join("a"), time).unwrap();
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = bench.local("a");
    let options = DownloadOptions::default();
    let done = session
        .download_file(&path("a"), &local, &options)
        .await
        .unwrap();
    assert_eq!((done.bytes, done.outcome), (8, Outcome::Verified));
    assert_eq!(std::fs::read(&local).unwrap(), b"contents");
    let metadata = std::fs::metadata(&local).unwrap();
    assert_eq!(
        filetime::FileTime::from_last_modification_time(&metadata),
        time
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let new = bench.local("new");
        std::fs::write(&new, "").unwrap();
        let usual = std::fs::metadata(&new).unwrap().permissions().mode();
        assert_eq!(metadata.permissions().mode(), usual, "as any new file has");
    }
}

#[tokio::test]
async fn a_failed_download_leaves_the_local_file_alone() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::CutDownload(3)).await;
    bench.write("a", "contents");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = bench.local("a");
    std::fs::write(&local, "old").unwrap();
    let options = DownloadOptions::default();
    let error = session
        .download_file(&path("a"), &local, &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert_eq!(std::fs::read(&local).unwrap(), b"old");
    let mut left = std::fs::read_dir(local.parent().unwrap()).unwrap();
    assert!(left.all(|entry| {
        !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("part")
    }));
}

#[tokio::test]
async fn local_targets_that_cannot_be_written_are_clear_errors() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "contents");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = DownloadOptions::default();
    let directory = bench.local("directory");
    std::fs::create_dir(&directory).unwrap();
    let error = session
        .download_file(&path("a"), &directory, &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    let nowhere = bench.local("missing/a");
    let error = session
        .download_file(&path("a"), &nowhere, &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    let existing = bench.local("existing");
    std::fs::write(&existing, "kept").unwrap();
    let careful = DownloadOptions::default().overwrite(false);
    let error = session
        .download_file(&path("a"), &existing, &careful)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    assert!(
        error
            .to_string()
            .ends_with("existing exists and is left alone"),
        "{error}"
    );
    assert_eq!(std::fs::read(&existing).unwrap(), b"kept");
    let error = session
        .upload_file(&directory, &path("b"), &UploadOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
    assert_eq!(bench.logins(), 1, "the session never broke");
}

/// A full disk: Linux has a device for that.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_local_disk_is_an_error_and_the_session_goes_on() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("big", vec![7; 5 * MEGABYTE]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = DownloadOptions::default().use_temporary_name(false);
    let full = std::path::Path::new("/dev/full");
    let error = session
        .download_file(&path("big"), full, &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local, "{error}");
    let text = error.to_string();
    assert!(text.contains("/dev/full cannot be written"), "{text}");
    assert_eq!(list(&mut session).await.unwrap(), ["big"]);
    assert_eq!(bench.logins(), 1);
}

/// A program may move its sessions from thread to thread while they work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_can_run_on_its_own_task() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let local = bench.write_local("a", b"x", 1_500_000_000);
    let config = bench.open_config();
    let work = tokio::spawn(async move {
        let client = towline::Client::new(config).unwrap();
        let mut session = client.connect().await.unwrap();
        let (remote, root) = (path("a"), towline::RemotePath::login_directory());
        let up = UploadOptions::default();
        session.upload_file(&local, &remote, &up).await.unwrap();
        let up = up.append(true);
        session.upload_file(&local, &remote, &up).await.unwrap();
        session.upload_from(&b"x"[..], &remote, &up).await.unwrap();
        let down = DownloadOptions::default();
        session.download_file(&remote, &local, &down).await.unwrap();
        let sink = tokio::io::sink();
        session.download_to(&remote, sink, &down).await.unwrap();
        session
            .download_from(&remote, 1)
            .await
            .unwrap()
            .abort()
            .await
            .unwrap();
        session.list(&root).await.unwrap();
        session.stat(&remote).await.unwrap();
        session.modified(&remote).await.unwrap();
        let size = session.keep_alive_while(async { 3 }).await;
        assert_eq!(session.size(&remote).await.unwrap(), Some(size));
    });
    work.await.unwrap();
}

#[tokio::test]
async fn what_has_come_is_handed_on_while_the_server_says_no_more() {
    let gate = Gate::new();
    let point = Point::Transfer {
        command: "RETR",
        after: 5,
    };
    let held = Fault::At(point, Action::Hold(gate.clone()));
    let bench = Bench::with_fault(Personality::ProFtpd138, held).await;
    bench.write("a", "hello, world");
    let limit = Duration::from_secs(60);
    let mut session = session(bench.open_config().timeout(limit)).await.unwrap();
    let (sink, mut reader) = tokio::io::duplex(1000);
    let (name, options) = (path("a"), DownloadOptions::default());
    let downloading = session.download_to(&name, sink, &options);
    let reading = async {
        let mut begin = [0; 5];
        let read = tokio::time::timeout(limit / 2, reader.read_exact(&mut begin));
        read.await.unwrap().unwrap();
        assert_eq!(begin, *b"hello");
        gate.open();
        let mut rest = String::new();
        reader.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, ", world");
    };
    let (downloaded, ()) = tokio::join!(downloading, reading);
    assert_eq!(downloaded.unwrap().bytes, 12);
}
