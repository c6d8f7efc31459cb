//! Servers without FEAT and SIZE.

use std::sync::Arc;

use towline::{DownloadOptions, Outcome, Remains, TlsVersion, UploadOptions};
use towline_testkit::{Action, Builder, Fault, Personality, Point, Server};

use crate::support::{Bench, Notebook, answer, contents, path, session};

const SIZE: usize = 300_000;
const HELD: usize = 200_000;

fn old_server() -> Builder {
    Server::builder(Personality::ProFtpd138)
        .without("FEAT")
        .without("SIZE")
        .without("MDTM")
        .mlsd(false)
}

#[tokio::test]
async fn a_download_resumes_by_the_size_in_the_listing() {
    let cut = Fault::At(
        Point::Transfer {
            command: "RETR",
            after: HELD as u64,
        },
        Action::Close,
    );
    let bench = Bench::build(old_server().fault(cut.nth(1))).await;
    bench.write("a", contents(SIZE));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = DownloadOptions::default().resume(true);
    let local = bench.local("a");
    let error = session.download_file(&path("a"), &local, &options).await;
    let error = error.unwrap_err();
    let at = bench.local(&bench.local_names()[0]);
    assert_eq!(error.remains(), [Remains::LocalPart { at }], "{error}");
    let done = session.download_file(&path("a"), &local, &options).await;
    let done = done.unwrap();
    assert!(done.resumed_at.is_some(), "{done:?}");
    assert_eq!(done.outcome, Outcome::Verified);
    assert_eq!(std::fs::read(&local).unwrap(), contents(SIZE));
}

#[tokio::test]
async fn an_upload_resumes_by_the_size_in_the_listing() {
    let bench = Bench::build(old_server()).await;
    let local = bench.write_local("a", &contents(SIZE), 1_500_000_000);
    bench.server.arm(Fault::LoseUpload(HELD as u64).nth(1));
    let gone = Fault::At(Point::FinalReply("STOR"), Action::Close);
    bench.server.arm(gone.nth(1));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = UploadOptions::default().resume(true);
    let error = session.upload_file(&local, &path("a"), &options).await;
    error.unwrap_err();
    let done = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(done.unwrap().resumed_at, Some(HELD as u64));
    assert_eq!(bench.read("a").unwrap(), contents(SIZE));
}

#[tokio::test]
async fn what_cannot_be_done_without_any_size_is_told() {
    let bench = Bench::build(old_server()).await;
    bench.server.arm(answer("LIST", "550 Permission denied."));
    bench.write("a", contents(SIZE));
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    let options = DownloadOptions::default().resume(true);
    let local = bench.local("a");
    let done = session.download_file(&path("a"), &local, &options).await;
    assert_eq!(done.unwrap().outcome, Outcome::Complete);
    assert!(notebook.has("warning: a: the server gives no size"));

    let options = UploadOptions::default().resume(true);
    let done = session.upload_file(&local, &path("b"), &options).await;
    assert_eq!(done.unwrap().outcome, Outcome::Complete);
    assert!(notebook.has("warning: b: the server does not show how much"));
}
