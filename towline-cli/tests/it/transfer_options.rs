//! Options of transfers.

use std::fs;
use std::time::{Duration, Instant};

use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::Harness;

#[tokio::test]
async fn a_download_is_taken_up_where_it_stopped() {
    let h = Harness::start().await;
    let contents: Vec<u8> = (0..300_000u32).map(|n| (n % 251) as u8).collect();
    h.write_remote("a", &contents);
    h.server.arm(Fault::CutDownload(200_000));
    let cut = h
        .run(&["get", "--resume", "--retries", "0", &h.url("a")])
        .await;
    assert_eq!(cut.code, 8, "{cut:?}");
    assert_eq!(h.local_names().len(), 1, "the part is kept");
    assert!(!h.local("a").exists());
    h.server.disarm();
    let whole = h.run(&["get", "--resume", "--json", &h.url("a")]).await;
    assert_eq!(whole.code, 0, "{whole:?}");
    let transfer = &whole.events_of("transfer")[0];
    assert_eq!(transfer["resumed_at"], 200_000, "{whole:?}");
    assert_eq!(transfer["bytes"], 100_000, "{whole:?}");
    assert_eq!(fs::read(h.local("a")).unwrap(), contents);
    assert_eq!(h.local_names(), ["a"]);
}

#[tokio::test]
async fn append_adds_to_the_end() {
    let h = Harness::start().await;
    h.write_remote("log", "one\n");
    h.write_local("more", "two\n");
    h.succeed(&["put", "--append", "more", &h.url("log")]).await;
    let run = h
        .run_with_input(&["put", "--append", "-", &h.url("log")], b"three\n")
        .await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(fs::read(h.remote("log")).unwrap(), b"one\ntwo\nthree\n");
    for option in ["--resume", "--verify", "--no-clobber", "-r"] {
        let run = h
            .run(&["put", "--append", option, "more", &h.url("log")])
            .await;
        assert_eq!(run.code, 2, "{option}: {run:?}");
    }
}

#[tokio::test]
async fn verify_fails_before_anything_moves_where_there_is_no_digest() {
    let h = Harness::with(Server::builder(Personality::VsFtpd)).await;
    h.write_remote("a", "1");
    let run = h.run(&["get", "--verify", &h.url("a")]).await;
    assert_ne!(run.code, 0, "{run:?}");
    assert!(h.local_names().is_empty());
}

#[tokio::test]
async fn the_time_of_the_original_is_kept_unless_that_is_not_wanted() {
    let h = Harness::start().await;
    h.write_remote("a", "1");
    let then = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = fs::File::options().write(true).open(h.remote("a")).unwrap();
    file.set_modified(then).unwrap();
    let modified = |path| fs::metadata(path).unwrap().modified().unwrap();
    h.succeed(&["get", &h.url("a"), "kept"]).await;
    assert_eq!(modified(h.local("kept")), then);
    h.succeed(&["get", "--no-preserve-time", &h.url("a"), "new"])
        .await;
    assert_ne!(modified(h.local("new")), then);
}

#[tokio::test]
async fn a_rate_is_not_exceeded() {
    let h = Harness::start().await;
    h.write_remote("a", vec![7; 600_000]);
    let began = Instant::now();
    h.succeed(&["get", "--limit-rate", "300k", &h.url("a")])
        .await;
    assert!(began.elapsed() > Duration::from_millis(700));
    let run = h.run(&["get", "--limit-rate", "fast", &h.url("a")]).await;
    assert_eq!(run.code, 2, "{run:?}");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_as_often_as_was_said() {
    let fault = || Fault::At(Point::Command("RETR"), Action::Close).nth(1);
    for (retries, code) in [("0", 3), ("1", 0)] {
        let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault())).await;
        h.write_remote("a", "1");
        let run = h
            .run(&["get", "-v", "--retries", retries, &h.url("a")])
            .await;
        assert_eq!(run.code, code, "{run:?}");
        assert_eq!(
            run.stderr.contains("Status: Waiting to retry..."),
            retries == "1",
            "{run:?}"
        );
    }
}
