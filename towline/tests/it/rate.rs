//! The rate limit on a client's transfers.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use towline::{Client, DownloadOptions, UploadOptions};
use towline_testkit::Personality;

use crate::many::{BOTH_WAYS, assert_all_done, numbered, pool, run};
use crate::support::{BOTH, Bench, contents, path};

const RATE: NonZeroU64 = NonZeroU64::new(1_000_000).unwrap();
/// What may be sent at once: a tenth of a second's worth, and one chunk.
const AT_ONCE: Duration = Duration::from_millis(250);

#[tokio::test]
async fn both_directions_keep_to_the_limit() {
    for version in BOTH {
        let bench = Bench::start(Personality::VsFtpd).await;
        let local = bench.write_local("a", &contents(500_000), 1_500_000_000);
        let client = Client::new(bench.config(version).limit_rate(RATE)).unwrap();
        let mut session = client.connect().await.unwrap();
        let began = Instant::now();
        let remote = path("a");
        let options = UploadOptions::default();
        let up = session.upload_file(&local, &remote, &options);
        up.await.unwrap();
        let uploaded = began.elapsed();
        let options = DownloadOptions::default();
        let down = session.download_file(&remote, &local, &options);
        down.await.unwrap();
        let downloaded = began.elapsed() - uploaded;
        for elapsed in [uploaded, downloaded] {
            assert!(
                elapsed >= Duration::from_millis(500) - AT_ONCE,
                "{elapsed:?}"
            );
        }
        assert_eq!(std::fs::read(&local).unwrap(), contents(500_000));
    }
}

#[tokio::test]
async fn the_sessions_of_a_client_share_the_limit() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", contents(300_000));
    let client = Client::new(bench.open_config().limit_rate(RATE)).unwrap();
    let began = Instant::now();
    let fetch = async || {
        let mut session = client.connect().await.unwrap();
        let mut sink = tokio::io::sink();
        let options = DownloadOptions::default();
        let remote = path("a");
        let fetched = session.download_to(&remote, &mut sink, &options);
        fetched.await.unwrap().bytes
    };
    let (first, second) = tokio::join!(fetch(), fetch());
    assert_eq!(first + second, 600_000);
    let elapsed = began.elapsed();
    assert!(
        elapsed >= Duration::from_millis(600) - AT_ONCE,
        "{elapsed:?}"
    );
}

/// Pipelined small files, and one large file on each connection.
#[tokio::test]
async fn many_connections_together_keep_to_the_limit() {
    for direction in BOTH_WAYS {
        for (files, len) in [(80, 10_000), (8, 100_000), (8, 300_000)] {
            let bench = Bench::start(Personality::ProFtpd138).await;
            let rate = NonZeroU64::new((files * len) as u64).unwrap();
            let pool = pool(bench.open_config().limit_rate(rate), 8);
            let job = |n| direction.job(&bench, &numbered("file", n), &contents(len));
            let jobs = (0..files).map(job).collect();
            let began = Instant::now();
            assert_all_done(&run(&pool, jobs).await, "");
            let elapsed = began.elapsed();
            let what = format!("{direction:?} {files} {elapsed:?}");
            assert!(elapsed >= Duration::from_secs(1) - AT_ONCE, "{what}");
        }
    }
}
