//! Transfers that own their session, as tokio readers and writers, and byte ranges of files.

use std::num::NonZeroU32;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use towline::{Client, ErrorKind, Outcome, Pool, UploadOptions};
use towline_testkit::Personality;

use crate::support::{BOTH, Bench, contents, path, until};

const SIZE: usize = 300_000;

#[tokio::test]
async fn a_transfer_that_owns_its_session_moves_to_another_task() {
    for version in BOTH {
        let bench = Bench::start(Personality::VsFtpd).await;
        bench.write("a", contents(SIZE));
        let session = bench.connect(version).await;
        let mut download = session.into_download(&path("a")).await.unwrap();
        let task = tokio::spawn(async move {
            let mut read = Vec::new();
            download.read_to_end(&mut read).await.unwrap();
            (read, download.finish().await.unwrap())
        });
        let (read, done) = task.await.unwrap();
        assert!(read == contents(SIZE));
        assert_eq!(done.outcome, Outcome::Verified);

        let session = bench.connect(version).await;
        let options = UploadOptions::default();
        let mut upload = session.into_upload(&path("b"), &options).await.unwrap();
        let task = tokio::spawn(async move {
            upload.write_all(&contents(SIZE)).await.unwrap();
            upload.shutdown().await.unwrap();
            upload.finish().await.unwrap()
        });
        assert_eq!(task.await.unwrap().bytes, SIZE as u64);
        assert_eq!(bench.names(), ["a", "b"]);
        assert!(bench.read("b").unwrap() == contents(SIZE));
    }
}

#[tokio::test]
async fn a_pooled_session_is_back_when_its_transfer_has_ended() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "some bytes");
    let client = Client::new(bench.open_config()).unwrap();
    let pool = Pool::new(client, NonZeroU32::MIN);
    for _ in 0..2 {
        let session = pool.session().await.unwrap();
        let mut download = session.into_download(&path("a")).await.unwrap();
        let mut read = String::new();
        download.read_to_string(&mut read).await.unwrap();
        download.finish().await.unwrap();
        assert_eq!(read, "some bytes");
        let session = pool.session().await.unwrap();
        let options = UploadOptions::default();
        let mut upload = session.into_upload(&path("b"), &options).await.unwrap();
        upload.write_all(b"more").await.unwrap();
        upload.finish().await.unwrap();
    }
    assert_eq!(bench.logins(), 1);

    // One dropped half way costs its control connection, but no place in the pool.
    let session = pool.session().await.unwrap();
    drop(session.into_download(&path("a")).await.unwrap());
    let mut session = pool.session().await.unwrap();
    assert_eq!(session.size(&path("a")).await.unwrap(), Some(10));
    assert_eq!(bench.logins(), 2);
}

#[tokio::test]
async fn a_part_of_a_file_ends_in_order() {
    for version in BOTH {
        for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
            let bench = Bench::start(personality).await;
            let all = contents(SIZE);
            bench.write("a", &all);
            let mut session = bench.connect(version).await;
            for (start, end) in [(0, 10), (100_000, 100_001), (SIZE - 5, SIZE), (7, SIZE + 9)] {
                let what = format!("{personality:?} {version} {start}..{end}");
                let range = start as u64..end as u64;
                let mut part = session.download_range(&path("a"), range).await.unwrap();
                let mut read = Vec::new();
                part.read_to_end(&mut read).await.unwrap();
                assert!(read == all[start..end.min(SIZE)], "{what}");
                let done = part.finish().await.unwrap();
                assert_eq!(done.bytes, read.len() as u64, "{what}");
                assert_eq!(session.size(&path("a")).await.unwrap(), Some(SIZE as u64));
            }
            assert_eq!(bench.logins(), 1, "{personality:?} {version}");
        }
    }
}

#[tokio::test]
async fn an_empty_range_and_one_behind_the_end_are_the_callers_fault() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "12345");
    let mut session = bench.connect(BOTH[1]).await;
    for range in [3..3, 6..9] {
        let error = session.download_range(&path("a"), range).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    }
}

#[tokio::test]
async fn a_range_that_is_finished_early_is_the_callers_fault() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", contents(SIZE));
    let mut session = bench.connect(BOTH[1]).await;
    let mut part = session
        .download_range(&path("a"), 0..100_000)
        .await
        .unwrap();
    part.read_exact(&mut [0; 10]).await.unwrap();
    let error = part.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert_eq!(session.size(&path("a")).await.unwrap(), Some(SIZE as u64));
    assert_eq!(bench.logins(), 1);
}

/// A caller may flush and then wait for something else.
#[tokio::test]
async fn what_is_flushed_arrives_before_more_is_written() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut session = bench.connect(BOTH[1]).await;
    let options = UploadOptions::default();
    let mut upload = session.upload(&path("a"), &options).await.unwrap();
    let stored_as = upload.stored_as().to_string();
    upload.write_all(&contents(SIZE)).await.unwrap();
    AsyncWriteExt::flush(&mut upload).await.unwrap();
    until(|| {
        bench
            .read(&stored_as)
            .is_some_and(|stored| stored.len() == SIZE)
    })
    .await;
    upload.finish().await.unwrap();
}

#[tokio::test]
async fn bytes_go_out_and_come_in_by_one_call() {
    let bench = Bench::start(Personality::FileZilla1).await;
    let mut session = bench.connect(BOTH[1]).await;
    let options = UploadOptions::default();
    for bytes in [&b""[..], b"a few bytes"] {
        session
            .upload_bytes(bytes, &path("a"), &options)
            .await
            .unwrap();
        let limit = bytes.len();
        assert_eq!(
            session.download_bytes(&path("a"), limit).await.unwrap(),
            bytes
        );
    }
    let error = session.download_bytes(&path("a"), 10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert_eq!(bench.count("RETR"), 3);
    assert_eq!(session.size(&path("a")).await.unwrap(), Some(11));
    assert_eq!(bench.logins(), 1);
}
