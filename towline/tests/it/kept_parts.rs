//! Which partial file is taken up, by whom, and who can read it.

use std::path::Path;

use towline::{Cancel, DownloadOptions, ErrorKind, Remains, Session, TlsVersion, UploadOptions};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Bench, answer, contents, path, session};

const SIZE: usize = 300_000;
const HELD: usize = 200_000;
const SECOND: i64 = 1_500_000_000;

/// A server that sends only a part of the file the first time.
async fn cutting() -> Bench {
    let builder = Server::builder(Personality::ProFtpd138);
    let bench = Bench::build(builder.fault(Fault::CutDownload(HELD as u64).nth(1))).await;
    bench.write("a", contents(SIZE));
    bench.touch("a", SECOND);
    bench
}

fn resuming() -> DownloadOptions {
    DownloadOptions::default().resume(true)
}

/// Equal in name, size, time and in the tail that is compared, but not in its beginning.
#[tokio::test]
async fn a_part_of_another_server_is_not_taken_up() {
    let (one, other) = (cutting().await, Bench::start(Personality::ProFtpd138).await);
    let local = one.local("a");
    let mut session = one.connect(TlsVersion::Tls13).await;
    let cut = session.download_file(&path("a"), &local, &resuming()).await;
    cut.unwrap_err();
    assert_eq!(one.local_names().len(), 1, "a part");

    let mut theirs = contents(SIZE);
    theirs[0] ^= 1;
    other.write("a", &theirs);
    other.touch("a", SECOND);
    let mut session = other.connect(TlsVersion::Tls13).await;
    let done = session.download_file(&path("a"), &local, &resuming()).await;
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(std::fs::read(&local).unwrap(), theirs);
}

#[tokio::test]
async fn a_part_of_another_path_is_not_taken_up() {
    let bench = cutting().await;
    std::fs::create_dir(bench.server.root().join("b")).unwrap();
    let mut theirs = contents(SIZE);
    theirs[0] ^= 1;
    bench.write("b/a", &theirs);
    bench.touch("b/a", SECOND);
    let local = bench.local("a");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let cut = session.download_file(&path("a"), &local, &resuming()).await;
    cut.unwrap_err();
    let done = session
        .download_file(&path("b/a"), &local, &resuming())
        .await;
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(std::fs::read(&local).unwrap(), theirs);
}

/// Without this machine's secret, nobody can tell the name of a part.
#[tokio::test]
async fn a_part_of_another_machine_is_not_taken_up() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let local = bench.write_local("a", &contents(SIZE), SECOND);
    let options = UploadOptions::default().resume(true);
    bench.server.arm(Fault::LoseUpload(HELD as u64).nth(1));
    bench
        .server
        .arm(Fault::At(Point::FinalReply("STOR"), Action::Close).nth(1));
    let mut mine = bench.connect(TlsVersion::Tls13).await;
    let cut = mine.upload_file(&local, &path("a"), &options).await;
    cut.unwrap_err();
    let other_key = bench.local("other-key.pem");
    let config = bench.open_config().part_key_file(other_key);
    let mut theirs = session(config).await.unwrap();
    let done = theirs.upload_file(&local, &path("a"), &options).await;
    assert_eq!(done.unwrap().resumed_at, None);
    let names = bench.names();
    assert_eq!(
        names.len(),
        2,
        "the part of the first machine stays: {names:?}"
    );
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_told_and_nothing_is_kept() {
    let bench = cutting().await;
    let key = bench.local("key.pem");
    std::fs::write(&key, "not a key").unwrap();
    let notebook = std::sync::Arc::new(crate::support::Notebook::default());
    let config = bench.open_config().part_key_file(key);
    let mut session = session(config.observer(notebook.clone())).await.unwrap();
    let local = bench.local("a");
    let cut = session.download_file(&path("a"), &local, &resuming()).await;
    assert!(cut.unwrap_err().remains().is_empty());
    assert_eq!(bench.local_names(), [""; 0]);
    assert!(notebook.has("warning: no partial file is kept"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    fn mode(bench: &Bench, name: &str) -> u32 {
        let metadata = std::fs::metadata(bench.local(name)).unwrap();
        metadata.permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn a_part_with_another_name_is_not_written_through() {
        let bench = cutting().await;
        let local = bench.local("a");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let cut = session.download_file(&path("a"), &local, &resuming()).await;
        cut.unwrap_err();
        let part = bench.local(&bench.local_names()[0]);
        let victim = bench.local("victim");
        std::fs::hard_link(&part, &victim).unwrap();
        let before = std::fs::read(&victim).unwrap();
        let done = session.download_file(&path("a"), &local, &resuming()).await;
        assert_eq!(done.unwrap().resumed_at, None);
        assert_eq!(std::fs::read(&victim).unwrap(), before);
        assert_eq!(std::fs::read(&local).unwrap(), contents(SIZE));
        assert_eq!(bench.local_names(), ["a", "victim"]);
        assert_eq!(std::fs::metadata(&local).unwrap().nlink(), 1);
    }

    #[tokio::test]
    async fn a_file_is_its_owners_alone_until_it_is_complete() {
        for resume in [false, true] {
            let gate = Gate::new();
            let at = Point::Transfer {
                command: "RETR",
                after: HELD as u64,
            };
            let hold = Fault::At(at, Action::Hold(gate.clone()));
            let bench = Bench::with_fault(Personality::ProFtpd138, hold).await;
            bench.write("a", contents(SIZE));
            // What is replaced lends its permissions, and only at the end.
            let local = bench.write_local("a", b"old", 0);
            std::fs::set_permissions(&local, PermissionsExt::from_mode(0o644)).unwrap();
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let options = DownloadOptions::default().resume(resume);
            let remote = path("a");
            let (done, ()) =
                tokio::join!(session.download_file(&remote, &local, &options), async {
                    gate.reached().await;
                    let names = bench.local_names();
                    let part = names.iter().find(|name| name.ends_with(".part")).unwrap();
                    assert_eq!(mode(&bench, part), 0o600);
                    gate.open();
                });
            done.unwrap();
            assert_eq!(mode(&bench, "a"), 0o644);
        }
    }

    #[tokio::test]
    async fn a_new_file_gets_the_permissions_of_any_new_file() {
        let bench = Bench::start(Personality::ProFtpd138).await;
        bench.write("a", "x");
        bench.write_local("usual", b"x", 0);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for resume in [false, true] {
            let local = bench.local("a");
            let options = DownloadOptions::default().resume(resume);
            session
                .download_file(&path("a"), &local, &options)
                .await
                .unwrap();
            assert_eq!(mode(&bench, "a"), mode(&bench, "usual"));
            std::fs::remove_file(&local).unwrap();
        }
    }
}

/// Downloads a file twice. The second time, it is compared and not fetched.
async fn assert_fetched_once(session: &mut Session, local: &Path) {
    let (remote, options) = (path("a"), resuming());
    session
        .download_file(&remote, local, &options)
        .await
        .unwrap();
    let done = session.download_file(&remote, local, &options).await;
    let done = done.unwrap();
    assert_eq!((done.bytes, done.resumed_at), (0, Some(SIZE as u64)));
}

#[tokio::test]
async fn a_file_that_is_whole_already_is_compared_and_not_fetched() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", contents(SIZE));
    bench.touch("a", SECOND);
    let local = bench.local("a");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_fetched_once(&mut session, &local).await;
    // Another time, or another end, is another file.
    let mut other = contents(SIZE);
    other[SIZE - 1] ^= 1;
    bench.write_local("a", &other, SECOND);
    let done = session.download_file(&path("a"), &local, &resuming()).await;
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(std::fs::read(&local).unwrap(), contents(SIZE));
    bench.write_local("a", &contents(SIZE), SECOND + 1);
    let done = session.download_file(&path("a"), &local, &resuming()).await;
    assert_eq!(done.unwrap().resumed_at, None);
}

#[tokio::test]
async fn a_file_that_is_whole_at_the_server_is_compared_and_not_sent() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let local = bench.write_local("a", &contents(SIZE), SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = UploadOptions::default().resume(true);
    session
        .upload_file(&local, &path("a"), &options)
        .await
        .unwrap();
    let done = session
        .upload_file(&local, &path("a"), &options)
        .await
        .unwrap();
    assert_eq!((done.bytes, done.resumed_at), (0, Some(SIZE as u64)));
    assert_eq!(bench.count("STOR"), 1);
    let mut other = contents(SIZE);
    other[SIZE - 1] ^= 1;
    bench.write("a", &other);
    bench.touch("a", SECOND);
    let done = session
        .upload_file(&local, &path("a"), &options)
        .await
        .unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

/// Without `SIZE` and `MDTM`, a listing shows the size.
#[tokio::test]
async fn a_file_that_is_whole_is_compared_at_a_server_without_features() {
    let what = "500 What?";
    let builder = ["FEAT", "SIZE", "MDTM", "MFMT", "MLST", "MLSD"].into_iter();
    let builder = builder.fold(Server::builder(Personality::VsFtpd), |builder, verb| {
        builder.fault(answer(verb, what))
    });
    let bench = Bench::build(builder).await;
    bench.write("a", contents(SIZE));
    bench.touch("a", SECOND);
    let local = bench.local("a");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_fetched_once(&mut session, &local).await;
    // Nothing shows when the file there was changed, so its size and its end decide.
    let options = UploadOptions::default();
    let resuming_upload = options.clone().resume(true);
    let remote = path("a");
    let sent = session.upload_file(&local, &remote, &resuming_upload).await;
    assert_eq!(sent.unwrap().bytes, 0);
    let sent = session.upload_file(&local, &remote, &options).await;
    assert_eq!(sent.unwrap().bytes, SIZE as u64);
    // The file there may be newer.
    let done = session.download_file(&path("a"), &local, &resuming()).await;
    assert_eq!(done.unwrap().resumed_at, None);
    let done = session.download_file(&path("a"), &local, &resuming()).await;
    assert_eq!(done.unwrap().resumed_at, None);
    // Another end is another file.
    let mut other = contents(SIZE);
    other[SIZE - 1] ^= 1;
    std::fs::write(&local, &other).unwrap();
    let done = session.download_file(&path("a"), &local, &resuming()).await;
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(std::fs::read(&local).unwrap(), contents(SIZE));
}

/// Nothing is written through it, and what is wrong is said.
#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_place_of_a_part_is_named_as_such() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", contents(SIZE));
    let cut = Fault::CutDownload(1000);
    bench.server.arm(cut.nth(1));
    let local = bench.local("a");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let cut = session.download_file(&path("a"), &local, &resuming()).await;
    assert_eq!(cut.unwrap_err().kind(), ErrorKind::Incomplete);
    let [part] = bench.local_names().try_into().unwrap();
    let victim = bench.local("victim");
    std::fs::rename(bench.local(&part), &victim).unwrap();
    std::os::unix::fs::symlink(&victim, bench.local(&part)).unwrap();
    let error = session.download_file(&path("a"), &local, &resuming()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local, "{error}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("is not a regular file"), "{cause}");
    assert!(error.to_string().contains(&part), "{error}");
}

#[tokio::test]
async fn a_cancelled_download_keeps_its_part_on_request() {
    let gate = Gate::new();
    let at = Point::Transfer {
        command: "RETR",
        after: HELD as u64,
    };
    let hold = Fault::At(at, Action::Hold(gate.clone())).nth(1);
    let bench = Bench::with_fault(Personality::ProFtpd138, hold).await;
    bench.write("a", contents(SIZE));
    bench.touch("a", SECOND);
    let (cancel, local, remote) = (Cancel::new(), bench.local("a"), path("a"));
    let options = DownloadOptions::default().keep_part(true).cancel(&cancel);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let (done, ()) = tokio::join!(session.download_file(&remote, &local, &options), async {
        gate.reached().await;
        cancel.cancel();
    });
    let error = done.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let names = bench.local_names();
    let [part] = names.as_slice() else {
        panic!("{names:?}");
    };
    let at = bench.local(part);
    assert_eq!(error.remains(), [Remains::LocalPart { at }]);
    gate.open();
    let done = session.download_file(&remote, &local, &resuming()).await;
    assert!(done.unwrap().resumed_at.is_some());
    assert_eq!(std::fs::read(&local).unwrap(), contents(SIZE));
    assert_eq!(bench.local_names(), ["a"]);
}

#[tokio::test]
async fn a_cancelled_upload_keeps_its_part_on_request() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let large = contents(3_000_000);
    let local = bench.write_local("a", &large, SECOND);
    let slow = Fault::Pace {
        command: "STOR",
        bytes_per_second: 1_000_000,
    };
    bench.server.arm(slow.nth(1));
    let cancel = Cancel::new();
    let options = UploadOptions::default().keep_part(true).cancel(&cancel);
    let config = bench.open_config().retry(crate::support::quick_retry());
    let mut session = session(config).await.unwrap();
    let remote = path("a");
    let (done, ()) = tokio::join!(session.upload_file(&local, &remote, &options), async {
        crate::support::until(|| !bench.names().is_empty()).await;
        let has_some = || {
            let part = bench.names().pop().unwrap();
            bench.read(&part).unwrap().len() > 100_000
        };
        crate::support::until(has_some).await;
        cancel.cancel();
    });
    let error = done.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let names = bench.names();
    let [part] = names.as_slice() else {
        panic!("{names:?}");
    };
    // If the server was too slow to rename it, the part may still have its first name.
    let remains = error.remains().to_vec();
    if remains == [Remains::ResumablePart { at: path(part) }] {
        let resume = UploadOptions::default().resume(true);
        let done = session.upload_file(&local, &remote, &resume).await.unwrap();
        assert!(done.resumed_at.is_some());
        assert_eq!(bench.read("a").unwrap(), large);
    } else {
        assert_eq!(remains, [Remains::Part { at: path(part) }]);
    }
}

/// Its target is neither the old file nor the new one.
#[tokio::test]
async fn a_cancelled_upload_without_a_temporary_name_says_what_it_leaves() {
    let gate = Gate::new();
    let bench = Bench::start(Personality::ProFtpd138).await;
    let at = Point::Transfer {
        command: "STOR",
        after: 100_000,
    };
    bench.server.arm(Fault::At(at, Action::Hold(gate.clone())));
    let local = bench.write_local("a", &contents(20_000_000), SECOND);
    let cancel = Cancel::new();
    let options = UploadOptions::default()
        .use_temporary_name(false)
        .cancel(&cancel);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let remote = path("a");
    let (done, ()) = tokio::join!(session.upload_file(&local, &remote, &options), async {
        gate.reached().await;
        cancel.cancel();
        gate.open();
    });
    let error = done.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(error.remains(), [Remains::PartAtTarget], "{error}");
}

#[tokio::test]
async fn a_rename_that_is_cancelled_says_where_the_whole_upload_is() {
    for (verb, is_whole) in [("MFMT", true), ("RNTO", false)] {
        let gate = Gate::new();
        let hold = Fault::At(Point::Command(verb), Action::Hold(gate.clone()));
        let bench = Bench::with_fault(Personality::ProFtpd138, hold).await;
        let local = bench.write_local("a", &contents(1000), SECOND);
        let cancel = Cancel::new();
        let options = UploadOptions::default().cancel(&cancel);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let remote = path("a");
        let (done, ()) = tokio::join!(session.upload_file(&local, &remote, &options), async {
            gate.reached().await;
            cancel.cancel();
        });
        let error = done.unwrap_err();
        let at = path(&bench.names()[0]);
        let remains = match is_whole {
            true => Remains::WholeUpload { at },
            false => Remains::WholeUploadInDoubt { at },
        };
        assert_eq!(error.remains(), [remains], "{verb}: {error}");
        gate.open();
    }
}
