//! Local files that change while they are sent.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use towline::{ConnectionId, ErrorKind, Event, Observer, TlsVersion, UploadOptions};
use towline_testkit::Personality;

use crate::support::{Bench, contents, path, session};

/// More than a socket accepts at once.
const SIZE: usize = 12_000_000;

/// Changes a file's length once its beginning has been sent.
#[derive(Debug)]
struct Meddler {
    local: PathBuf,
    len: u64,
    done: AtomicBool,
}

impl Observer for Meddler {
    fn event(&self, _: ConnectionId, event: &Event<'_>) {
        if matches!(event, Event::Progress { .. }) && !self.done.swap(true, Ordering::Relaxed) {
            let file = std::fs::File::options().write(true).open(&self.local);
            file.unwrap().set_len(self.len).unwrap();
        }
    }
}

async fn send(bench: &Bench, len: u64, options: &UploadOptions) -> Result<u64, towline::Error> {
    let local = bench.write_local("local", &contents(SIZE), 1_500_000_000);
    let meddler = Meddler {
        local: local.clone(),
        len,
        done: AtomicBool::new(false),
    };
    let config = bench.config(TlsVersion::Tls13).observer(Arc::new(meddler));
    let mut session = session(config).await.unwrap();
    let sent = session.upload_file(&local, &path("remote"), options).await;
    sent.map(|transferred| transferred.bytes)
}

#[tokio::test]
async fn a_file_that_shrinks_is_an_error_and_nothing_appears() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let error = send(&bench, 200_000, &UploadOptions::default()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local, "{error}");
    let text = error.to_string();
    assert!(text.contains("local cannot be read"), "{text}");
    assert_eq!(bench.names(), [""; 0]);
}

#[tokio::test]
async fn so_it_is_where_it_is_appended() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("remote", "before");
    let options = UploadOptions::default().append(true);
    let error = send(&bench, 200_000, &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local, "{error}");
}

#[tokio::test]
async fn of_a_file_that_grows_what_was_there_is_sent() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let sent = send(&bench, 2 * SIZE as u64, &UploadOptions::default()).await;
    assert_eq!(sent.unwrap(), SIZE as u64);
    assert!(bench.read("remote").unwrap() == contents(SIZE));
}

/// Such files report a size of zero.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_the_kernel_makes_up_is_sent_to_its_end() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = std::path::Path::new("/proc/version");
    let options = UploadOptions::default();
    session
        .upload_file(local, &path("remote"), &options)
        .await
        .unwrap();
    assert_eq!(bench.read("remote"), std::fs::read(local).ok());
}
