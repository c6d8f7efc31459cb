//! Transfers that the caller stops.

use std::path::Path;
use std::time::{Duration, Instant};

use towline::{
    Cancel, DownloadOptions, Error, ErrorKind, Session, TlsVersion, Transferred, UploadOptions,
};
use towline_testkit::{Action, Fault, Gate, Personality, Point};

use crate::support::{BOTH, Bench, contents, list, path, quick_retry, session, until};

const SIZE: usize = 4_000_000;
const TWO_SECONDS: Duration = Duration::from_secs(2);

fn at(command: &'static str, action: Action) -> towline_testkit::ArmedFault {
    let after = 500_000;
    Fault::At(Point::Transfer { command, after }, action).nth(1)
}

/// Cancels once a transfer is under way, and waits for its end.
async fn cancelled(
    cancel: &Cancel,
    bench: &Bench,
    verb: &str,
    transfer: impl Future<Output = Result<Transferred, Error>>,
) -> Error {
    let under_way = async {
        until(|| bench.count(verb) > 0).await;
        cancel.cancel();
        Instant::now()
    };
    let (outcome, began) = tokio::join!(transfer, under_way);
    assert!(began.elapsed() < TWO_SECONDS, "{:?}", began.elapsed());
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    error
}

async fn upload(
    session: &mut Session,
    bench: &Bench,
    local: &Path,
    options: UploadOptions,
) -> Error {
    let cancel = Cancel::new();
    let options = options.cancel(&cancel);
    let target = path("a");
    let transfer = session.upload_file(local, &target, &options);
    cancelled(&cancel, bench, "STOR", transfer).await
}

async fn download(session: &mut Session, bench: &Bench, options: DownloadOptions) -> Error {
    let cancel = Cancel::new();
    let options = options.cancel(&cancel);
    let (source, local) = (path("a"), bench.local("a"));
    let transfer = session.download_file(&source, &local, &options);
    cancelled(&cancel, bench, "RETR", transfer).await
}

#[tokio::test]
async fn an_upload_ends_in_order_and_leaves_nothing() {
    for personality in Personality::ALL {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            bench.write("a", "old");
            let local = bench.write_local("a", &contents(SIZE), 1_500_000_000);
            let rate = std::num::NonZeroU64::new(1_000_000).unwrap();
            let config = bench.config(version).limit_rate(rate);
            let mut session = session(config).await.unwrap();
            upload(&mut session, &bench, &local, UploadOptions::default()).await;
            assert_eq!(bench.names(), ["a"], "{}", personality.name());
            assert_eq!(bench.read("a").unwrap(), b"old");
            assert_eq!(list(&mut session).await.unwrap(), ["a"]);
            assert_eq!(bench.logins(), 1, "{}", personality.name());
        }
    }
}

#[tokio::test]
async fn an_upload_that_can_go_on_leaves_its_part() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let local = bench.write_local("a", &contents(SIZE), 1_500_000_000);
    let rate = std::num::NonZeroU64::new(1_000_000).unwrap();
    let mut slow = session(bench.open_config().limit_rate(rate)).await.unwrap();
    let options = UploadOptions::default().resume(true);
    let error = upload(&mut slow, &bench, &local, options.clone()).await;
    let names = bench.names();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(error.to_string().contains(&names[0]), "{error}");
    let held = bench.read(&names[0]).unwrap().len() as u64;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let done = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(
        done.unwrap().resumed_at,
        Some(held).filter(|held| *held > 0)
    );
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

#[tokio::test]
async fn a_download_ends_in_order_and_leaves_nothing() {
    for personality in Personality::ALL {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            bench.write("a", contents(SIZE));
            let rate = std::num::NonZeroU64::new(1_000_000).unwrap();
            let config = bench.config(version).limit_rate(rate);
            let mut session = session(config).await.unwrap();
            download(&mut session, &bench, DownloadOptions::default()).await;
            assert_eq!(bench.local_names(), [""; 0]);
            assert_eq!(list(&mut session).await.unwrap(), ["a"]);
            assert_eq!(bench.logins(), 1, "{}", personality.name());
        }
    }
}

#[tokio::test]
async fn a_download_that_can_go_on_leaves_its_part() {
    let gate = Gate::new();
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.server.arm(at("RETR", Action::Hold(gate.clone())));
    bench.write("a", contents(SIZE));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let cancel = Cancel::new();
    let options = DownloadOptions::default().resume(true);
    let cancelling = options.clone().cancel(&cancel);
    let (source, local) = (path("a"), bench.local("a"));
    let (error, ()) = tokio::join!(session.download_file(&source, &local, &cancelling), async {
        gate.reached().await;
        cancel.cancel();
        gate.open();
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Cancelled);
    let part = bench.local(&bench.local_names()[0]);
    let held = std::fs::metadata(part).unwrap().len();
    let done = session.download_file(&source, &local, &options).await;
    assert_eq!(
        done.unwrap().resumed_at,
        Some(held).filter(|held| *held > 0)
    );
    assert_eq!(std::fs::read(&local).unwrap(), contents(SIZE));
}

/// The server stops answering, with the client at different points.
#[tokio::test]
async fn a_frozen_server_costs_two_seconds_at_most() {
    for point in [
        Point::Command("STOR"),
        Point::DataTls("STOR"),
        Point::Transfer {
            command: "STOR",
            after: 500_000,
        },
    ] {
        let fault = Fault::At(point.clone(), Action::Silence);
        let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
        let local = bench.write_local("a", &contents(SIZE), 1_500_000_000);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = upload(&mut session, &bench, &local, UploadOptions::default()).await;
        let remains = error.to_string().contains("may remain at");
        assert!(remains || bench.names().is_empty(), "{point:?} {error}");
        bench.server.disarm();
        list(&mut session).await.unwrap();
    }
    for point in [
        Point::Command("RETR"),
        Point::DataTls("RETR"),
        Point::Transfer {
            command: "RETR",
            after: 500_000,
        },
        Point::FinalReply("RETR"),
    ] {
        let fault = Fault::At(point, Action::Silence);
        let bench = Bench::with_fault(Personality::VsFtpd, fault).await;
        bench.write("a", contents(600_000));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        download(&mut session, &bench, DownloadOptions::default()).await;
        assert_eq!(bench.local_names(), [""; 0]);
        bench.server.disarm();
        assert_eq!(list(&mut session).await.unwrap(), ["a"]);
    }
}

#[tokio::test]
async fn a_wait_for_another_attempt_ends() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench
        .server
        .arm(Fault::At(Point::Command("RETR"), Action::Close));
    bench.write("a", "x");
    let hour = Duration::from_secs(3600);
    let retry = towline::Retry {
        first_wait: hour,
        longest_wait: hour,
        budget: hour,
        ..quick_retry()
    };
    let mut session = session(bench.open_config().retry(retry)).await.unwrap();
    download(&mut session, &bench, DownloadOptions::default()).await;
}

#[tokio::test]
async fn streams_end_too() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", contents(SIZE));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    // This reader never returns anything.
    let (silent, _keep) = tokio::io::duplex(1);
    let cancel = Cancel::new();
    let options = UploadOptions::default().cancel(&cancel);
    let target = path("b");
    let transfer = session.upload_from(silent, &target, &options);
    cancelled(&cancel, &bench, "STOR", transfer).await;
    assert_eq!(bench.names(), ["a"]);
    // This writer never accepts more than its first byte.
    let (full, _keep) = tokio::io::duplex(1);
    let cancel = Cancel::new();
    let options = DownloadOptions::default().cancel(&cancel);
    let source = path("a");
    let transfer = session.download_to(&source, full, &options);
    cancelled(&cancel, &bench, "RETR", transfer).await;
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn what_was_cancelled_before_does_not_begin() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let cancel = Cancel::new();
    cancel.cancel();
    let options = DownloadOptions::default().cancel(&cancel);
    let local = bench.local("a");
    let error = session.download_file(&path("a"), &local, &options).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Cancelled);
    let options = UploadOptions::default().cancel(&cancel);
    let error = session.upload_from(&b"x"[..], &path("b"), &options).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!((bench.count("RETR"), bench.count("STOR")), (0, 0));
}
