//! Limits on what a server sends, and on what is believed of it.

use towline::{DownloadOptions, ErrorDetail, ErrorKind, Job, Outcome, TlsVersion, UploadOptions};
use towline_testkit::{Fault, Personality, Server};

use crate::many::{pool, run};
use crate::support::{Bench, answer, contents, path, quick_retry};

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn a_file_that_does_not_end_is_given_up_beyond_its_size() {
    for resume in [false, true] {
        let bench = Bench::with_fault(Personality::ProFtpd138, Fault::EndlessDownload).await;
        bench.write("a", "0123456789");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = DownloadOptions::default().resume(resume);
        let local = bench.local("a");
        let done = session.download_file(&path("a"), &local, &options).await;
        let error = done.unwrap_err();
        let detail = ErrorDetail::MoreThanAnnounced { expected: 10 };
        assert_eq!(error.detail(), Some(&detail), "{error}");
        assert_eq!(error.kind(), ErrorKind::Incomplete);
        assert_eq!(bench.local_names(), [""; 0], "such a part is of no use");
        let report = bench.server.report();
        let sent: u64 = report.data().map(|data| data.bytes).sum();
        assert!(sent < 64 * MIB, "{sent}");
    }
}

#[tokio::test]
async fn a_reader_of_a_file_that_does_not_end_is_told() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::EndlessDownload).await;
    bench.write("a", "0123456789");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let mut sink = tokio::io::sink();
    let options = DownloadOptions::default();
    let done = session.download_to(&path("a"), &mut sink, &options).await;
    let detail = ErrorDetail::MoreThanAnnounced { expected: 10 };
    assert_eq!(done.unwrap_err().detail(), Some(&detail));
}

/// One that grows by less than the margin, as a log does.
#[tokio::test]
async fn a_file_that_grows_meanwhile_still_arrives() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::WrongSize(-1000).nth(1)).await;
    bench.write("a", contents(100_000));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = bench.local("a");
    let options = DownloadOptions::default();
    let done = session.download_file(&path("a"), &local, &options).await;
    assert_eq!(done.unwrap().bytes, 100_000);
}

#[tokio::test]
async fn a_file_larger_than_allowed_is_not_transferred() {
    for without_size in [false, true] {
        let builder = Server::builder(Personality::ProFtpd138).mlsd(false);
        let builder = match without_size {
            true => builder.without("SIZE"),
            false => builder,
        };
        let bench = Bench::build(builder).await;
        bench.write("large", contents(3_000_000));
        bench.write("small", contents(1000));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = DownloadOptions::default().max_size(MIB);
        let local = bench.local("large");
        let done = session
            .download_file(&path("large"), &local, &options)
            .await;
        let error = done.unwrap_err();
        assert_eq!(error.detail(), Some(&ErrorDetail::FileTooLarge), "{error}");
        assert!(!error.is_transient());
        assert_eq!(bench.local_names(), [""; 0]);
        let local = bench.local("small");
        let done = session
            .download_file(&path("small"), &local, &options)
            .await;
        assert_eq!(done.unwrap().bytes, 1000);
        let retrieved = bench.count("RETR large");
        assert_eq!(retrieved, usize::from(without_size), "known beforehand");
    }
}

#[tokio::test]
async fn an_upload_larger_than_allowed_does_not_begin_or_ends() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = UploadOptions::default().max_size(1000);
    let local = bench.write_local("large", &contents(1001), 0);
    let done = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(done.unwrap_err().detail(), Some(&ErrorDetail::FileTooLarge));
    assert_eq!(bench.count("STOR"), 0);
    let stream = contents(1001);
    let done = session.upload_from(&stream[..], &path("a"), &options).await;
    assert_eq!(done.unwrap_err().detail(), Some(&ErrorDetail::FileTooLarge));
    assert_eq!(bench.names(), [""; 0]);
    let done = session
        .upload_from(&stream[1..], &path("a"), &options)
        .await;
    assert_eq!(done.unwrap().bytes, 1000);
}

#[tokio::test]
async fn a_large_file_among_small_ones_fails_alone() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let options = DownloadOptions::default().max_size(1000);
    let jobs = (1..=6).map(|n| {
        let name = format!("file-{n}");
        bench.write(&name, contents(n * 200));
        Job::download(path(&name), bench.local(&name), options.clone())
    });
    let config = bench.open_config().retry(quick_retry());
    let done = run(&pool(config, 1), jobs.collect()).await;
    let failed: Vec<_> = done.iter().filter(|done| done.outcome.is_err()).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].job.remote(), &path("file-6"));
    let error = failed[0].outcome.as_ref().unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::FileTooLarge));
}

#[tokio::test]
async fn a_size_that_is_none_is_an_error_and_not_a_server_without_sizes() {
    for reply in ["213 lots", "213", "213 1,234", "213 12 13x"] {
        let bench = Bench::start(Personality::ProFtpd138).await;
        bench.write("a", "old");
        bench.server.arm(answer("SIZE", reply));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let local = bench.local("a");
        let options = DownloadOptions::default();
        let done = session.download_file(&path("a"), &local, &options).await;
        if reply == "213 12 13x" {
            // The first word is a size, although a wrong one.
            assert_eq!(done.unwrap_err().kind(), ErrorKind::Incomplete);
            continue;
        }
        let error = done.unwrap_err();
        assert_eq!(
            error.detail(),
            Some(&ErrorDetail::UnreadableReply),
            "{reply}"
        );
        assert_eq!(bench.local_names(), [""; 0]);
        let options = UploadOptions::default();
        let done = session.upload_from(&b"new"[..], &path("b"), &options).await;
        let error = done.unwrap_err();
        assert_eq!(
            error.detail(),
            Some(&ErrorDetail::UnreadableReply),
            "{reply}"
        );
        // The entry is there, whatever its size.
        session.stat(&path("a")).await.unwrap();
    }
}

/// 32 bits overflow at 2 GiB.
#[tokio::test]
async fn a_size_below_zero_is_not_known() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "old");
    bench.server.arm(answer("SIZE", "213 -1294967296"));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = bench.local("a");
    let options = DownloadOptions::default();
    let done = session.download_file(&path("a"), &local, &options).await;
    assert_eq!(done.unwrap().outcome, Outcome::Complete);
}

#[tokio::test]
async fn who_needs_proof_gets_no_file_without_it() {
    let builder = Server::builder(Personality::ProFtpd138)
        .without("SIZE")
        .without("MLST");
    let bench = Bench::build(builder.listing("")).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = bench.local("a");
    let options = DownloadOptions::default();
    let done = session.download_file(&path("a"), &local, &options).await;
    assert_eq!(done.unwrap().outcome, Outcome::Complete);
    std::fs::remove_file(&local).unwrap();
    let options = options.require_verified(true);
    let done = session.download_file(&path("a"), &local, &options).await;
    let error = done.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::NotVerified), "{error}");
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert_eq!(bench.local_names(), [""; 0]);

    let options = UploadOptions::default().require_verified(true);
    let done = session.upload_from(&b"new"[..], &path("b"), &options).await;
    let error = done.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::NotVerified), "{error}");
    assert_eq!(bench.names(), ["a"]);
}
