//! Downloads that resume where an earlier one stopped, and downloads that must not.

use std::sync::Arc;

use towline::{DownloadOptions, Error, ErrorKind, Session, SessionReuse, TlsVersion, Transferred};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{BOTH, Bench, Notebook, answer, contents, path, session};

const SIZE: usize = 300_000;
const HELD: usize = 200_000;
const TAIL: u64 = 64 * 1024;

/// A server that sends only a part of the file the first time.
async fn bench(personality: Personality) -> Bench {
    let builder = Server::builder(personality).fault(Fault::CutDownload(HELD as u64).nth(1));
    let bench = Bench::build(builder).await;
    bench.write("a", contents(SIZE));
    bench.touch("a", 1_500_000_000);
    bench
}

async fn resume(session: &mut Session, bench: &Bench) -> Result<Transferred, Error> {
    let options = DownloadOptions::default().resume(true);
    let local = bench.local("a");
    session.download_file(&path("a"), &local, &options).await
}

/// The only partial file beside the target, which holds as much as was sent.
fn part(bench: &Bench) -> String {
    let names = bench.local_names();
    let [part] = names.as_slice() else {
        panic!("{names:?}");
    };
    assert!(part.starts_with(".a.") && part.ends_with(".part"), "{part}");
    assert_eq!(
        std::fs::read(bench.local(part)).unwrap(),
        contents(SIZE)[..HELD]
    );
    part.clone()
}

/// Otherwise the next upload could begin in the middle of its file.
#[tokio::test]
async fn a_refused_data_connection_leaves_no_offset_behind() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::RefuseData).await;
    bench.write("a", contents(SIZE));
    let config = bench.open_config().session_reuse(SessionReuse::Off);
    let mut session = session(config).await.unwrap();
    let error = session.download_from(&path("a"), 1000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionReuseRefused);
    assert_eq!((bench.count("REST 1000"), bench.count("REST 0")), (1, 1));
}

#[tokio::test]
async fn a_file_that_changes_meanwhile_is_fetched_with_its_new_time() {
    let bench = bench(Personality::ProFtpd138).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &bench).await.unwrap_err();
    part(&bench);

    let gate = Gate::new();
    let held = Fault::At(Point::FinalReply("RETR"), Action::Hold(gate.clone()));
    bench.server.arm(held.nth(1));
    let mut changed = contents(SIZE);
    changed[0] ^= 1;
    let (done, ()) = tokio::join!(resume(&mut session, &bench), async {
        gate.reached().await;
        bench.write("a", &changed);
        bench.touch("a", 1_500_000_060);
        gate.open();
    });
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(std::fs::read(bench.local("a")).unwrap(), changed);
    let metadata = std::fs::metadata(bench.local("a")).unwrap();
    let time = filetime::FileTime::from_last_modification_time(&metadata);
    assert_eq!(time.unix_seconds(), 1_500_000_060);
    assert_eq!(bench.local_names(), ["a"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_part_of_a_file_that_is_read_only_can_be_written_on() {
    use std::os::unix::fs::PermissionsExt;
    let bench = bench(Personality::ProFtpd138).await;
    let local = bench.write_local("a", b"old", 0);
    std::fs::set_permissions(&local, PermissionsExt::from_mode(0o440)).unwrap();
    let mode = |name: &str| {
        let metadata = std::fs::metadata(bench.local(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &bench).await.unwrap_err();
    let names = bench.local_names();
    let part = names.iter().find(|name| name.ends_with(".part")).unwrap();
    assert_eq!(mode(part), 0o600);
    let done = resume(&mut session, &bench).await.unwrap();
    assert_eq!(done.resumed_at, Some(HELD as u64));
    assert_eq!(mode("a"), 0o440);
}

#[tokio::test]
async fn a_part_is_taken_up_where_it_ends() {
    for personality in Personality::ALL {
        for version in BOTH {
            let bench = bench(personality).await;
            let mut session = bench.connect(version).await;
            let error = resume(&mut session, &bench).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Incomplete);
            let part = part(&bench);
            assert!(error.to_string().contains(&part), "{error}");

            let done = resume(&mut session, &bench).await.unwrap();
            assert_eq!(done.resumed_at, Some(HELD as u64), "{}", personality.name());
            assert_eq!(done.bytes, (SIZE - HELD) as u64);
            assert_eq!(std::fs::read(bench.local("a")).unwrap(), contents(SIZE));
            assert_eq!(bench.local_names(), ["a"]);
            let report = bench.server.report();
            let last = report.data().last().unwrap();
            assert_eq!(
                last.bytes,
                (SIZE - HELD) as u64 + TAIL,
                "the tail and the rest"
            );
        }
    }
}

#[tokio::test]
async fn a_part_of_another_file_is_not_taken_up() {
    let bench = bench(Personality::ProFtpd138).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &bench).await.unwrap_err();
    let part = part(&bench);
    let mut changed = contents(SIZE);
    changed.reverse();
    bench.write("a", &changed);
    bench.touch("a", 1_500_000_001);
    let done = resume(&mut session, &bench).await.unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(std::fs::read(bench.local("a")).unwrap(), changed);
    assert_eq!(bench.local_names(), [part, "a".to_owned()]);
}

/// Size and time are the same, the contents are not.
#[tokio::test]
async fn a_part_with_another_end_is_not_taken_up() {
    let bench = bench(Personality::VsFtpd).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.config(TlsVersion::Tls13).observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    resume(&mut session, &bench).await.unwrap_err();
    let part = bench.local(&part(&bench));
    let mut changed = contents(SIZE);
    changed[HELD - 1] ^= 1;
    std::fs::write(&part, &changed[..HELD]).unwrap();
    let done = resume(&mut session, &bench).await.unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(std::fs::read(bench.local("a")).unwrap(), contents(SIZE));
    assert!(
        notebook.has(
            "warning: a: the partial file cannot be resumed, so the transfer starts over: its last \
             bytes differ from the file"
        ),
        "{notebook:?}"
    );
    assert_eq!(bench.logins(), 1, "the session never broke");
}

#[tokio::test]
async fn a_server_that_does_not_begin_in_the_middle_sends_everything() {
    // One refuses; the other accepts and starts at the beginning.
    for reply in ["502 REST not implemented.", "350 Restarting, or so."] {
        let bench = bench(Personality::ProFtpd138).await;
        bench.server.arm(answer("REST", reply));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        resume(&mut session, &bench).await.unwrap_err();
        let done = resume(&mut session, &bench).await.unwrap();
        assert_eq!(done.resumed_at, None, "{reply}");
        assert_eq!(std::fs::read(bench.local("a")).unwrap(), contents(SIZE));
        assert_eq!(bench.local_names(), ["a"]);
    }
}

/// The comparison cannot tell the beginning from the middle; the size can.
#[tokio::test]
async fn a_file_of_zeros_is_not_fooled_by_a_server_that_ignores_rest() {
    let bench = bench(Personality::ProFtpd138).await;
    bench.write("a", vec![0; SIZE]);
    bench.server.arm(answer("REST", "350 Restarting, or so."));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &bench).await.unwrap_err();
    let done = resume(&mut session, &bench).await.unwrap();
    assert_eq!(done.resumed_at, None);
    assert_eq!(std::fs::read(bench.local("a")).unwrap(), vec![0; SIZE]);
}

#[tokio::test]
async fn without_a_size_nothing_is_taken_up() {
    let bench = bench(Personality::ProFtpd138).await;
    bench
        .server
        .arm(answer("SIZE", "502 SIZE not implemented."));
    for verb in ["MLST", "MLSD", "LIST"] {
        bench.server.arm(answer(verb, "550 Permission denied."));
    }
    let mut session = bench.connect(TlsVersion::Tls13).await;
    // Nothing shows that this one is truncated, and no partial file has a mark.
    resume(&mut session, &bench).await.unwrap();
    assert_eq!(bench.count("REST"), 0);
    assert_eq!(bench.local_names(), ["a"]);
}

#[tokio::test]
async fn without_a_temporary_name_the_target_is_taken_up() {
    let bench = bench(Personality::FileZilla1).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = bench.local("a");
    let options = DownloadOptions::default()
        .use_temporary_name(false)
        .resume(true);
    let remote = path("a");
    let cut = session.download_file(&remote, &local, &options).await;
    assert_eq!(cut.unwrap_err().kind(), ErrorKind::Incomplete);
    let done = session.download_file(&remote, &local, &options).await;
    assert_eq!(done.unwrap().resumed_at, Some(HELD as u64));
    assert_eq!(std::fs::read(&local).unwrap(), contents(SIZE));

    // It is complete now, as its time shows.
    let done = session.download_file(&remote, &local, &options).await;
    assert_eq!(done.unwrap().resumed_at, Some(SIZE as u64));
    // A file with another time is not, even if it ends alike.
    let mut older = contents(SIZE);
    older[0] ^= 1;
    std::fs::write(&local, older).unwrap();
    let done = session.download_file(&remote, &local, &options).await;
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(std::fs::read(&local).unwrap(), contents(SIZE));

    // A partial file longer than the file is not part of it.
    std::fs::write(&local, vec![1; SIZE + 1]).unwrap();
    let done = session.download_file(&remote, &local, &options).await;
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(std::fs::read(&local).unwrap(), contents(SIZE));
}

#[tokio::test]
async fn a_whole_part_needs_only_its_tail() {
    let bench = bench(Personality::PureFtpd).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &bench).await.unwrap_err();
    std::fs::write(bench.local(&part(&bench)), contents(SIZE)).unwrap();
    let done = resume(&mut session, &bench).await.unwrap();
    assert_eq!((done.resumed_at, done.bytes), (Some(SIZE as u64), 0));
    assert_eq!(std::fs::read(bench.local("a")).unwrap(), contents(SIZE));
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_a_part_too() {
    for action in [Action::Close, Action::Goodbye] {
        let at = Point::Transfer {
            command: "RETR",
            after: HELD as u64,
        };
        let bench = Bench::with_fault(Personality::ProFtpd138, Fault::At(at, action).nth(1)).await;
        bench.write("a", contents(SIZE));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        resume(&mut session, &bench).await.unwrap_err();
        let done = resume(&mut session, &bench).await.unwrap();
        assert!(done.resumed_at.is_some(), "{done:?}");
        assert_eq!(std::fs::read(bench.local("a")).unwrap(), contents(SIZE));
    }
}

#[tokio::test]
async fn two_downloads_do_not_write_one_part() {
    let bench = bench(Personality::ProFtpd138).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &bench).await.unwrap_err();
    let part = bench.local(&part(&bench));
    let other = std::fs::File::open(part).unwrap();
    other.lock().unwrap();
    let error = resume(&mut session, &bench).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local, "{error}");
    other.unlock().unwrap();
    let done = resume(&mut session, &bench).await.unwrap();
    assert_eq!(done.resumed_at, Some(HELD as u64));
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_place_of_a_part_is_not_followed() {
    let bench = bench(Personality::ProFtpd138).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &bench).await.unwrap_err();
    let part = bench.local(&part(&bench));
    let elsewhere = bench.local("elsewhere");
    std::fs::rename(&part, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &part).unwrap();
    let error = resume(&mut session, &bench).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local, "{error}");
    assert_eq!(std::fs::read(&elsewhere).unwrap(), contents(SIZE)[..HELD]);
}

#[tokio::test]
async fn a_stream_begins_where_it_is_asked_to() {
    for personality in Personality::ALL {
        let bench = Bench::start(personality).await;
        bench.write("a", contents(SIZE));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let remote = path("a");
        let mut rest = session.download_from(&remote, 250_000).await.unwrap();
        let mut all = Vec::new();
        let mut chunk = vec![0; 10_000];
        loop {
            match rest.read(&mut chunk).await.unwrap() {
                0 => break,
                len => all.extend_from_slice(&chunk[..len]),
            }
        }
        let done = rest.finish().await.unwrap();
        assert_eq!((done.resumed_at, done.bytes), (Some(250_000), 50_000));
        assert_eq!(all, contents(SIZE)[250_000..], "{}", personality.name());
        let beyond = session.download_from(&remote, SIZE as u64 + 1).await;
        assert_eq!(beyond.unwrap_err().kind(), ErrorKind::Usage);
    }
}

#[tokio::test]
async fn a_file_that_changes_while_the_rest_comes_is_fetched_anew() {
    let bench = bench(Personality::ProFtpd138).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    resume(&mut session, &bench).await.unwrap_err();
    let gate = Gate::new();
    let at = Point::Transfer {
        command: "RETR",
        after: 100_000,
    };
    let hold = Fault::At(at, Action::Hold(gate.clone()));
    bench.server.arm(hold.nth(1));
    let (outcome, ()) = tokio::join!(resume(&mut session, &bench), async {
        gate.reached().await;
        bench.touch("a", 1_500_000_001);
        gate.open();
    });
    assert_eq!(outcome.unwrap().resumed_at, None);
    assert_eq!(std::fs::read(bench.local("a")).unwrap(), contents(SIZE));
}
