//! What other mirroring programs have done to people's files, and this one does not.

use std::fs;
use std::time::Duration;

use towline_sync::{Filter, MaxDelete, Rules};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{Bench, Notebook, tree, write};

fn deleting() -> Rules {
    Rules::default().delete(MaxDelete::Percent(100))
}

/// It removed the parent directory.
#[test]
fn an_empty_exclude_is_refused() {
    assert!(Filter::default().exclude("").is_err());
    assert!(Filter::default().lines("- \n").is_err());
}

#[tokio::test]
async fn resuming_never_joins_new_and_old_contents() {
    let bench = Bench::start().await;
    let old = "o".repeat(200_000);
    let new = "n".repeat(300_000);
    write(&bench.there("a"), &old, 1_700_000_000);
    let options = towline::DownloadOptions::default().resume(true);
    let mirror = || {
        let cancel = towline::Cancel::new();
        let (remote, local) = (bench.remote(), bench.local());
        let carrier = towline_sync::DownloadCarrier::new(remote, local, options.clone(), &cancel);
        towline_sync::Mirror::new(carrier, "there", "here")
            .state_directory(bench.state())
            .resumes(true)
    };
    let point = Point::Transfer {
        command: "RETR",
        after: 100_000,
    };
    bench.server.arm(Fault::At(point, Action::Close));
    assert_eq!(mirror().run().await.unwrap().failed, 1);
    bench.server.disarm();
    write(&bench.there("a"), &new, 1_700_000_500);
    assert_eq!(mirror().run().await.unwrap().copied, 1);
    assert_eq!(fs::read_to_string(bench.here("a")).unwrap(), new);
    // The part of the old version does not stay.
    assert_eq!(tree(&bench.here("")).len(), 1);
}

#[tokio::test]
async fn a_second_run_deletes_nothing_that_the_first_has_copied() {
    let bench = Bench::start().await;
    for name in ["a", "sub/a", "sub/b"] {
        write(&bench.there(name), name, 1_700_000_000);
    }
    for _ in 0..3 {
        bench.down().rules(deleting()).run().await.unwrap();
        assert_eq!(tree(&bench.here("")), tree(&bench.there("")));
    }
}

/// A loop of runs hung at the end.
#[tokio::test]
async fn runs_that_follow_each_other_all_end() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    let mirror = bench.down();
    for copied in [1, 0, 0] {
        let run = tokio::time::timeout(Duration::from_secs(60), mirror.run()).await;
        assert_eq!(run.expect("it ends").unwrap().copied, copied);
    }
}

#[tokio::test]
async fn the_old_file_stays_until_the_new_one_is_complete() {
    for upload in [false, true] {
        let bench = Bench::start().await;
        let (source, target) = match upload {
            true => (bench.here("a"), bench.there("a")),
            false => (bench.there("a"), bench.here("a")),
        };
        write(&source, &"new".repeat(100_000), 1_700_000_500);
        write(&target, "old", 1_700_000_000);
        let command = if upload { "STOR" } else { "RETR" };
        let full = Action::Reply("552 The disk is full.".to_owned());
        bench
            .server
            .arm(Fault::At(Point::FinalReply(command), full));
        let report = match upload {
            true => bench.up().run().await.unwrap(),
            false => bench.down().run().await.unwrap(),
        };
        assert_eq!((report.copied, report.failed), (0, 1));
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
    }
}

#[tokio::test]
async fn a_move_never_removes_directories_of_the_source() {
    let bench = Bench::start().await;
    write(&bench.there("taken/a"), "a", 1_700_000_000);
    write(&bench.there("skipped/b.tmp"), "b", 1_700_000_000);
    let filter = Filter::default().exclude("*.tmp").unwrap();
    let rules = Rules::default().filter(filter).moves(true);
    assert_eq!(bench.down().rules(rules).run().await.unwrap().removed, 1);
    assert!(bench.there("taken").exists() && bench.there("skipped/b.tmp").exists());
    let report = bench.server.report();
    let mut commands = report.control.iter().flat_map(|control| &control.commands);
    assert!(!commands.any(|line| line.starts_with("RMD")));
}

#[tokio::test]
async fn a_source_of_the_same_size_that_changed_is_copied() {
    let bench = Bench::start().await;
    write(&bench.here("a"), "one", 1_700_000_000);
    bench.up().run().await.unwrap();
    write(&bench.here("a"), "two", 1_700_000_001);
    assert_eq!(bench.up().run().await.unwrap().copied, 1);
    assert_eq!(fs::read_to_string(bench.there("a")).unwrap(), "two");
}

#[tokio::test]
async fn without_times_it_says_that_sizes_and_the_journal_decide() {
    let builder = Server::builder(Personality::ProFtpd138);
    let verbs = ["MFMT", "MLSD", "MLST", "MDTM"];
    let builder = verbs
        .into_iter()
        .fold(builder, towline_testkit::Builder::without);
    let bench = Bench::with(builder).await;
    let now = jiff::Timestamp::now().as_second();
    write(&bench.there("a"), "a", now - 7200);
    let notebook = Notebook::new();
    bench.down().watch(notebook.clone()).run().await.unwrap();
    let first = notebook.lines().remove(0);
    assert!(
        first.contains("by size, and with what the journal records"),
        "{first}"
    );
    assert!(first.contains("on its own clock"), "{first}");
}

#[tokio::test]
async fn a_passing_error_needs_no_attention() {
    let bench = Bench::start().await;
    for name in ["a", "b", "c"] {
        write(&bench.there(name), name, 1_700_000_000);
    }
    write(&bench.here("old"), "old", 1_700_000_000);
    let refuse = Action::Reply("450 Busy.".to_owned());
    bench.server.arm(Fault::At(Point::Command("RETR"), refuse));
    assert!(bench.down().rules(deleting()).run().await.unwrap().failed > 0);
    assert!(bench.here("old").exists());
    bench.server.disarm();
    let report = bench.down().rules(deleting()).run().await.unwrap();
    assert_eq!((report.copied, report.deleted, report.failed), (3, 1, 0));
}

#[tokio::test]
async fn a_directory_that_can_only_be_written_to_is_filled() {
    let bench = Bench::start().await;
    for verb in ["MLSD", "LIST", "MLST"] {
        let refuse = Action::Reply("550 No.".to_owned());
        bench.server.arm(Fault::At(Point::Command(verb), refuse));
    }
    write(&bench.here("a"), "a", 1_700_000_000);
    let rules = Rules::default().lists_destination(false);
    let up = bench.up_with(bench.local(), bench.unlisted());
    assert_eq!(up.rules(rules).run().await.unwrap().copied, 1);
}

#[tokio::test]
async fn digests_find_a_change_that_neither_size_nor_time_shows() {
    for upload in [false, true] {
        let builder = Server::builder(Personality::ProFtpd138);
        let bench = Bench::with(builder.digests(towline_testkit::DigestCommand::ALL)).await;
        let (source, target) = match upload {
            true => (bench.here("a"), bench.there("a")),
            false => (bench.there("a"), bench.here("a")),
        };
        write(&source, "one", 1_700_000_000);
        write(&target, "two", 1_700_000_000);
        let rules = || Rules::default().method(towline_sync::Method::Hash);
        let notebook = Notebook::new();
        let run = async || match upload {
            true => {
                bench
                    .up()
                    .rules(rules())
                    .watch(notebook.clone())
                    .run()
                    .await
            }
            false => {
                bench
                    .down()
                    .rules(rules())
                    .watch(notebook.clone())
                    .run()
                    .await
            }
        };
        assert_eq!(run().await.unwrap().copied, 1, "{:?}", notebook.lines());
        assert!(notebook.has("files are compared by size and digest"));
        assert_eq!(fs::read_to_string(&target).unwrap(), "one");
        // An equal digest is enough, whatever the time.
        write(&target, "one", 1_600_000_000);
        assert_eq!(run().await.unwrap().copied, 0);
    }
}

#[tokio::test]
async fn without_digests_it_says_so_and_compares_sizes_and_times() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "one", 1_700_000_000);
    write(&bench.here("a"), "two", 1_600_000_000);
    let rules = || Rules::default().method(towline_sync::Method::Hash);
    let notebook = Notebook::new();
    let mirror = bench.down().rules(rules()).watch(notebook.clone());
    assert_eq!(mirror.run().await.unwrap().copied, 1);
    assert!(notebook.has("by size and time: the server offers no digests"));
    assert!(bench.down().rules(rules()).plan().await.unwrap().is_empty());
}
