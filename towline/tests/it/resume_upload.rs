//! Uploads that resume where an earlier one stopped, and uploads that must not.

use std::path::Path;
use std::sync::Arc;

use towline::{Error, ErrorKind, Session, TlsVersion, Transferred, UploadOptions};
use towline_testkit::{Action, DigestCommand, Fault, Personality, Point, Server};

use crate::support::{BOTH, Bench, Notebook, answer, contents, path, session};

const SIZE: usize = 300_000;
const SECOND: i64 = 1_500_000_000;

/// A server with a partial file of `held` bytes from an interrupted upload, and the local file.
async fn bench(personality: Personality, held: usize) -> (Bench, std::path::PathBuf) {
    let bench = Bench::start(personality).await;
    let local = bench.write_local("a", &contents(SIZE), SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    bench.server.arm(broken_off());
    let error = resume(&mut session, &local).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error:?}");
    bench.server.disarm();
    let part = part(&bench);
    assert!(error.to_string().contains(&part), "{error}");
    bench.write(&part, &contents(SIZE)[..held]);
    (bench, local)
}

fn broken_off() -> Fault {
    let point = Point::Transfer {
        command: "STOR",
        after: 100_000,
    };
    Fault::At(point, Action::Reply("426 Connection closed.".to_owned()))
}

fn part(bench: &Bench) -> String {
    let names = bench.names();
    let [part] = names.as_slice() else {
        panic!("{names:?}");
    };
    assert!(part.starts_with("a.") && part.ends_with(".part"), "{part}");
    part.clone()
}

async fn resume(session: &mut Session, local: &Path) -> Result<Transferred, Error> {
    let options = UploadOptions::default().resume(true);
    session.upload_file(local, &path("a"), &options).await
}

#[tokio::test]
async fn a_part_is_taken_up_where_it_ends() {
    for personality in Personality::ALL {
        for version in BOTH {
            let (bench, local) = bench(personality, 200_000).await;
            let mut session = bench.connect(version).await;
            let done = resume(&mut session, &local).await.unwrap();
            assert_eq!(done.resumed_at, Some(200_000), "{}", personality.name());
            assert_eq!(done.bytes, 100_000);
            assert_eq!(bench.read("a").unwrap(), contents(SIZE));
            assert_eq!(bench.names(), ["a"]);
            assert_eq!(bench.count("REST 200000"), 1);
            assert_eq!(
                bench.modified("a") == SECOND,
                personality != Personality::VsFtpd
            );
        }
    }
}

#[tokio::test]
async fn a_part_of_another_file_is_not_taken_up() {
    let (bench, local) = bench(Personality::ProFtpd138, 200_000).await;
    let part = part(&bench);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    bench.write_local("a", &contents(SIZE), SECOND + 1);
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
    assert_eq!(bench.names(), ["a", &part]);
}

#[tokio::test]
async fn a_part_with_another_end_is_not_taken_up() {
    let (bench, local) = bench(Personality::ProFtpd138, 200_000).await;
    let mut changed = contents(200_000);
    changed[199_999] ^= 1;
    bench.write(&part(&bench), &changed);
    let notebook = Arc::new(Notebook::default());
    let config = bench.config(TlsVersion::Tls13).observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
    assert_eq!(bench.names(), ["a"]);
    assert!(
        notebook.has(
            "warning: a: the partial file cannot be resumed, so the transfer starts over: its last \
             bytes differ from the file"
        ),
        "{notebook:?}"
    );
}

#[tokio::test]
async fn appe_serves_where_rest_is_not_announced() {
    let (bench, local) = bench(Personality::ProFtpd138, 30_000).await;
    let feat = answer("FEAT", "211-Features:\n SIZE\n MDTM\n MFMT\n211 End");
    bench.server.arm(feat);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!(done.resumed_at, Some(30_000));
    assert_eq!((bench.count("APPE"), bench.count("REST")), (1, 0));
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

#[tokio::test]
async fn appe_serves_where_rest_is_refused() {
    let (bench, local) = bench(Personality::ProFtpd138, 30_000).await;
    let refusal = "451 a: Append/Restart not permitted, try again";
    bench.server.arm(answer("REST", refusal));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!(done.resumed_at, Some(30_000));
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

#[tokio::test]
async fn where_neither_is_permitted_everything_is_sent() {
    let (bench, local) = bench(Personality::ProFtpd138, 30_000).await;
    let refusal = "451 a: Append/Restart not permitted, try again";
    bench.server.arm(answer("REST", refusal));
    bench.server.arm(answer("APPE", refusal));
    let notebook = Arc::new(Notebook::default());
    let config = bench.config(TlsVersion::Tls13).observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
    assert!(notebook.has("Append/Restart not permitted"), "{notebook:?}");
}

/// The server replies 350, and then empties the file.
#[tokio::test]
async fn a_server_that_ignores_rest_gets_everything() {
    let (bench, local) = bench(Personality::ProFtpd138, 30_000).await;
    bench.server.arm(answer("REST", "350 Restarting, or so."));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
    assert_eq!(bench.names(), ["a"]);
}

#[tokio::test]
async fn a_part_that_nobody_may_read_is_sent_again() {
    let (bench, local) = bench(Personality::ProFtpd138, 200_000).await;
    bench.server.arm(answer("RETR", "550 Permission denied."));
    let notebook = Arc::new(Notebook::default());
    let config = bench.config(TlsVersion::Tls13).observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
    assert!(notebook.has("does not show how it ends"), "{notebook:?}");
}

/// ProFTPD's mod_digest takes the second number as the byte after the last one, the draft as the
/// last one itself.
#[tokio::test]
async fn a_digest_of_the_tail_saves_fetching_it() {
    // SHA-1 of bytes 134464..=199999, and ..=199998, of the contents.
    let all = contents(200_000);
    for tail in [&all[134_464..], &all[134_464..199_999]] {
        let (bench, local) = bench(Personality::ProFtpd138, 200_000).await;
        let feat = "211-Features:\n SIZE\n REST STREAM\n RANG STREAM\n HASH SHA-1*\n211 End";
        let digest = format!("213 SHA-1 134464-199999 {} a", sha1(tail));
        bench.server.arm(answer("FEAT", feat));
        bench.server.arm(answer("RANG", "350 Restarting there."));
        bench.server.arm(answer("HASH", &digest));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let done = resume(&mut session, &local).await.unwrap();
        assert_eq!(done.resumed_at, Some(200_000));
        assert_eq!(bench.count("RETR"), 0);
        assert_eq!(bench.count("RANG 134464 199999"), 1);
        assert_eq!(bench.count("RANG 1 0"), 1, "the range is taken back");
        assert_eq!(bench.read("a").unwrap(), contents(SIZE));
    }
}

/// ProFTPD's mod_digest returns the digest of the whole file, whatever the range.
#[tokio::test]
async fn a_digest_that_heeds_no_range_does_not_condemn_a_part() {
    let builder = Server::builder(Personality::ProFtpd138).digests([DigestCommand::Hash]);
    let bench = Bench::build(builder.fault(broken_off().nth(1))).await;
    let local = bench.write_local("a", &contents(SIZE), SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &local).await.unwrap_err();
    bench.write(&part(&bench), &contents(SIZE)[..200_000]);
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!(done.resumed_at, Some(200_000));
    assert_eq!(bench.count("HASH"), 1);
    assert_eq!(bench.count("RETR"), 1, "the tail was fetched");
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

fn sha1(bytes: &[u8]) -> String {
    use sha1::Digest;
    let digest = sha1::Sha1::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_whole_part_only_needs_its_name() {
    let (bench, local) = bench(Personality::ProFtpd138, SIZE).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let stored = bench.count("STOR");
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!((done.resumed_at, done.bytes), (Some(SIZE as u64), 0));
    assert_eq!(bench.count("STOR"), stored, "nothing is sent");
    assert_eq!(bench.names(), ["a"]);
    assert_eq!(bench.modified("a"), SECOND);
}

#[tokio::test]
async fn what_is_longer_than_the_file_is_no_part_of_it() {
    let (bench, local) = bench(Personality::ProFtpd138, 0).await;
    bench.write(&part(&bench), vec![1; SIZE + 1]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let done = resume(&mut session, &local).await.unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

/// Uploads `a` completely, and again after `change`. Returns the second result and what was warned
/// of.
async fn twice(
    bench: &Bench,
    options: &UploadOptions,
    change: impl FnOnce(),
) -> (Transferred, Arc<Notebook>) {
    let notebook = Arc::new(Notebook::default());
    let config = bench.config(TlsVersion::Tls13).observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    let local = bench.local("a");
    session
        .upload_file(&local, &path("a"), options)
        .await
        .unwrap();
    change();
    let done = session.upload_file(&local, &path("a"), options).await;
    (done.unwrap(), notebook)
}

/// vsftpd keeps no times, so that a copy has that of its upload. Some servers tell no time at all,
/// or neither that nor a size.
#[tokio::test]
async fn a_whole_file_is_not_sent_again_at_a_server_that_keeps_no_times() {
    let feats = [
        (None, "does not keep the times"),
        (
            Some("211-Features:\n SIZE\n REST STREAM\n211 End"),
            "tells no times",
        ),
        (
            Some("211-Features:\n REST STREAM\n211 End"),
            "tells no times",
        ),
        (
            Some("211-Features:\n REST STREAM\n MLST type*;size*;modify*;\n211 End"),
            "does not keep the times",
        ),
    ];
    for (feat, why) in feats {
        for temporary in [true, false] {
            let personality = match feat {
                Some(_) => Personality::ProFtpd138,
                None => Personality::VsFtpd,
            };
            let bench = Bench::start(personality).await;
            if let Some(feat) = feat {
                bench.server.arm(answer("FEAT", feat));
                for command in ["MDTM", "SIZE"] {
                    if !feat.contains(command) {
                        bench.server.arm(answer(command, "502 Unknown command."));
                    }
                }
            }
            bench.write_local("a", &contents(SIZE), SECOND);
            let options = UploadOptions::default()
                .resume(true)
                .use_temporary_name(temporary);
            let (done, notebook) = twice(&bench, &options, || ()).await;
            let case = format!("{feat:?}, {temporary}: {notebook:?}");
            assert_eq!(
                (done.resumed_at, done.bytes),
                (Some(SIZE as u64), 0),
                "{case}"
            );
            assert_eq!(bench.names(), ["a"], "{case}");
            assert!(
                notebook.has("files that are there already are skipped if"),
                "{case}"
            );
            if temporary {
                assert!(notebook.has(why), "{case}");
                assert_eq!(bench.count("STOR"), 1, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_file_that_changed_after_its_upload_is_sent_again() {
    let options = UploadOptions::default().resume(true);
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write_local("a", &contents(SIZE), SECOND);
    let mut changed = contents(SIZE);
    changed[0] ^= 1;
    let later = jiff::Timestamp::now().as_second() + 3600;
    let change = || drop(bench.write_local("a", &changed, later));
    let (done, _) = twice(&bench, &options, change).await;
    assert_eq!((done.resumed_at, done.bytes), (None, SIZE as u64));
    assert_eq!(bench.read("a").unwrap(), changed);
    // Of an older time, as from a backup, but with another end.
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write_local("a", &contents(SIZE), SECOND);
    let mut changed = contents(SIZE);
    changed[SIZE - 1] ^= 1;
    let change = || drop(bench.write_local("a", &changed, SECOND - 60));
    let (done, _) = twice(&bench, &options, change).await;
    assert_eq!((done.resumed_at, done.bytes), (None, SIZE as u64));
    assert_eq!(bench.read("a").unwrap(), changed);
}

/// A server that keeps times has one that differs.
#[tokio::test]
async fn a_later_copy_of_another_time_is_not_trusted_where_times_are_kept() {
    let options = UploadOptions::default().resume(true);
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write_local("a", &contents(SIZE), SECOND);
    let mut other = contents(SIZE);
    other[0] ^= 1;
    let (done, _) = twice(&bench, &options, || bench.write("a", &other)).await;
    assert_eq!((done.resumed_at, done.bytes), (None, SIZE as u64));
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

#[tokio::test]
async fn without_a_temporary_name_the_target_is_taken_up() {
    let bench = Bench::start(Personality::PureFtpd).await;
    let local = bench.write_local("a", &contents(SIZE), SECOND);
    bench.write("a", &contents(SIZE)[..100_000]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = UploadOptions::default()
        .use_temporary_name(false)
        .resume(true);
    let done = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(done.unwrap().resumed_at, Some(100_000));
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));

    // It is complete now, as its time shows.
    let done = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(done.unwrap().resumed_at, Some(SIZE as u64));
    // A file with another time is not, even if it ends alike.
    let mut older = contents(SIZE);
    older[0] ^= 1;
    bench.write("a", older);
    let done = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

#[tokio::test]
async fn without_resume_no_part_stays() {
    for personality in Personality::ALL {
        let bench = Bench::with_fault(personality, broken_off()).await;
        let local = bench.write_local("a", &contents(SIZE), SECOND);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = UploadOptions::default();
        let error = session.upload_file(&local, &path("a"), &options).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Incomplete);
        assert_eq!(bench.names(), [""; 0], "{}", personality.name());
    }
}

#[tokio::test]
async fn a_part_is_verified_with_the_rest() {
    let builder = Server::builder(Personality::ProFtpd138).digests([DigestCommand::XSha256]);
    let bench = Bench::build(builder.fault(broken_off().nth(1))).await;
    let local = bench.write_local("a", &contents(SIZE), SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &local).await.unwrap_err();
    // The tail is right, the beginning is not.
    let mut changed = contents(200_000);
    changed[0] ^= 1;
    bench.write(&part(&bench), &changed);
    let options = UploadOptions::default().resume(true).verify(true);
    let done = session.upload_file(&local, &path("a"), &options).await;
    let done = done.unwrap();
    assert_eq!(done.resumed_at, None, "the digests differed: sent again");
    assert!(done.digest.is_some());
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}
