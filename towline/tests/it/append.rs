//! Appending to a remote file.

use towline::{ErrorKind, Outcome, TlsVersion, UploadOptions};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{BOTH, Bench, answer, contents, path, quick_retry, session};

const SECOND: i64 = 1_500_000_000;

fn options() -> UploadOptions {
    UploadOptions::default().append(true)
}

#[tokio::test]
async fn bytes_are_added_to_what_is_there() {
    for personality in Personality::ALL {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            bench.write("a", "old ");
            let local = bench.write_local("a", b"new", SECOND);
            let mut session = bench.connect(version).await;
            let done = session.upload_file(&local, &path("a"), &options()).await;
            let done = done.unwrap();
            assert_eq!(done.outcome, Outcome::Verified, "{}", personality.name());
            assert_eq!((done.bytes, done.resumed_at), (3, Some(4)));
            assert_eq!(bench.read("a").unwrap(), b"old new");
            assert_ne!(bench.modified("a"), SECOND, "it is not that file");

            let input = &b" and newer"[..];
            let done = session.upload_from(input, &path("a"), &options()).await;
            assert_eq!(done.unwrap().bytes, 10);
            assert_eq!(bench.read("a").unwrap(), b"old new and newer");
        }
    }
}

/// As with aioftp 0.28.3, which does not have `SIZE`.
#[tokio::test]
async fn a_listing_shows_the_size_to_add_to() {
    let builder = Server::builder(Personality::VsFtpd).without("SIZE");
    let bench = Bench::build(builder).await;
    let local = bench.write_local("a", b"new ", SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    for _ in 0..2 {
        let done = session.upload_file(&local, &path("a"), &options()).await;
        assert_eq!(done.unwrap().outcome, Outcome::Verified);
    }
    let newer = &b"newer"[..];
    let done = session.upload_from(newer, &path("a"), &options()).await;
    assert_eq!(done.unwrap().outcome, Outcome::Verified);
    assert_eq!(bench.read("a").unwrap(), b"new new newer");
}

/// Otherwise the end of the file would be compared with the size of what was sent alone.
#[tokio::test]
async fn a_refused_size_does_not_mean_that_there_is_no_file() {
    let refused = answer("SIZE", "550 SIZE is not allowed in ASCII mode.");
    let bench = Bench::with_fault(Personality::ProFtpd138, refused).await;
    bench.write("a", "old ");
    let local = bench.write_local("a", b"new", SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let done = session.upload_file(&local, &path("a"), &options()).await;
    assert_eq!(done.unwrap().outcome, Outcome::Verified);
    assert_eq!(bench.read("a").unwrap(), b"old new");
}

#[tokio::test]
async fn a_file_that_does_not_exist_is_made() {
    let bench = Bench::start(Personality::PureFtpd).await;
    let local = bench.write_local("a", b"new", SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let done = session.upload_file(&local, &path("a"), &options()).await;
    assert_eq!(done.unwrap().outcome, Outcome::Verified);
    assert_eq!(bench.read("a").unwrap(), b"new");
}

#[tokio::test]
async fn a_wrong_sum_of_sizes_is_an_error() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::LoseUpload(1)).await;
    bench.write("a", "old ");
    let local = bench.write_local("a", b"new", SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.upload_file(&local, &path("a"), &options()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(
        error.to_string().contains("may now end with a part"),
        "{error}"
    );
    assert!(bench.read("a").is_some(), "the target is never removed");
}

#[tokio::test]
async fn another_attempt_adds_only_what_is_missing() {
    let at = Point::Transfer {
        command: "APPE",
        after: 100_000,
    };
    let bench = Bench::with_fault(
        Personality::ProFtpd138,
        Fault::At(at, Action::Reply("426 Broken.".to_owned())).nth(1),
    )
    .await;
    bench.write("a", "old ");
    let local = bench.write_local("a", &contents(300_000), SECOND);
    let config = bench.config(TlsVersion::Tls13).retry(quick_retry());
    let mut session = session(config).await.unwrap();
    let done = session.upload_file(&local, &path("a"), &options()).await;
    let done = done.unwrap();
    assert_eq!((done.bytes, done.resumed_at), (300_000, Some(4)));
    assert_eq!(bench.count("APPE"), 2);
    let expected = [&b"old "[..], &contents(300_000)].concat();
    assert!(bench.read("a").unwrap() == expected);
}

#[tokio::test]
async fn without_a_size_nothing_is_added_twice() {
    let at = Point::Transfer {
        command: "APPE",
        after: 100_000,
    };
    let broken = Fault::At(at, Action::Reply("426 Broken.".to_owned()));
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(broken.nth(1))
        .fault(answer("SIZE", "502 SIZE not implemented."));
    let bench = Bench::build(builder).await;
    bench.write("a", "old ");
    let local = bench.write_local("a", &contents(300_000), SECOND);
    let config = bench.config(TlsVersion::Tls13).retry(quick_retry());
    let mut session = session(config).await.unwrap();
    let error = session.upload_file(&local, &path("a"), &options()).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Incomplete);
    assert_eq!(bench.count("APPE"), 1);
}

#[tokio::test]
async fn what_the_server_has_lost_is_all_that_is_added_again() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::LoseUpload(1).nth(1)).await;
    bench.write("a", "old ");
    let local = bench.write_local("a", b"new", SECOND);
    let config = bench.config(TlsVersion::Tls13).retry(quick_retry());
    let mut session = session(config).await.unwrap();
    let done = session.upload_file(&local, &path("a"), &options()).await;
    assert_eq!(bench.read("a").unwrap(), b"old new");
    assert_eq!(done.unwrap().bytes, 3);
}

/// The size alone would count the other client's bytes as ours and leave out as many of ours.
#[tokio::test]
async fn what_others_add_meanwhile_is_not_taken_for_a_part() {
    let gate = Gate::new();
    let held = Fault::At(Point::FinalReply("APPE"), Action::Hold(gate.clone()));
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(Fault::LoseUpload(100_000).nth(1))
        .fault(held.nth(1));
    let bench = Bench::build(builder).await;
    bench.write("a", "old ");
    let local = bench.write_local("a", &contents(300_000), SECOND);
    let config = bench.config(TlsVersion::Tls13).retry(quick_retry());
    let mut session = session(config).await.unwrap();
    let (remote, options) = (path("a"), options());
    let (done, ()) = tokio::join!(session.upload_file(&local, &remote, &options), async {
        gate.reached().await;
        let theirs = [bench.read("a").unwrap(), b"theirs".to_vec()].concat();
        bench.write("a", theirs);
        gate.open();
    });
    let error = done.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(
        error.to_string().contains("may now end with a part"),
        "{error}"
    );
    assert_eq!(bench.count("APPE"), 1);
}

#[tokio::test]
async fn appending_goes_with_neither_resuming_nor_verifying() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let local = bench.write_local("a", b"new", SECOND);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    for options in [options().resume(true), options().verify(true)] {
        let error = session.upload_file(&local, &path("a"), &options).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Usage);
    }
    assert_eq!(bench.names(), [""; 0]);
}
