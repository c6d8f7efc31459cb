//! What gives way to a file or a directory of the same name.

use std::fs;

use towline_sync::{DeleteWhen, ProblemKind};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Bench, Notebook, deleting, names, tree, write};

#[tokio::test]
async fn what_is_in_the_way_keeps_everything_that_would_be_deleted() {
    let bench = Bench::start().await;
    write(&bench.there("way"), "file", 1_700_000_000);
    write(&bench.there("new"), "n", 1_700_000_000);
    write(&bench.here("old"), "o", 5);
    write(&bench.here("way/keep.tmp"), "k", 5);
    let filter = towline_sync::Filter::default().exclude("*.tmp").unwrap();
    for when in [DeleteWhen::Before, DeleteWhen::During, DeleteWhen::After] {
        let rules = deleting().filter(filter.clone());
        let mirror = bench.down().rules(rules).delete_when(when);
        let plan = mirror.plan().await.unwrap();
        assert_eq!(plan.problems[0].kind, ProblemKind::InTheWay);
        assert_eq!(plan.withheld_deletions, Some(1));
        assert_eq!(mirror.run().await.unwrap().deleted, 0, "{when:?}");
        assert_eq!(names(&bench), ["new", "old", "way", "way/keep.tmp"]);
    }
}

#[tokio::test]
async fn a_directory_gives_way_to_a_file_once_everything_else_was_copied() {
    for upload in [false, true] {
        let bench = Bench::start().await;
        let (source, target) = match upload {
            true => (bench.here(""), bench.there("")),
            false => (bench.there(""), bench.here("")),
        };
        write(&source.join("way"), "file", 1_700_000_000);
        write(&source.join("other"), "other", 1_700_000_000);
        write(&target.join("way/deep/a"), "a", 5);
        write(&target.join("way/b"), "b", 5);
        let run = async |watch: std::sync::Arc<Notebook>| match upload {
            true => bench
                .up()
                .rules(deleting())
                .watch(watch)
                .run()
                .await
                .unwrap(),
            false => bench
                .down()
                .rules(deleting())
                .watch(watch)
                .run()
                .await
                .unwrap(),
        };
        // If the other file fails, the directory stays.
        let command = if upload { "STOR" } else { "RETR" };
        let refuse = Action::Reply("550 No.".to_owned());
        bench.server.arm(Fault::At(Point::Command(command), refuse));
        let report = run(Notebook::new()).await;
        assert_eq!((report.copied, report.failed, report.deleted), (0, 1, 0));
        assert!(target.join("way/deep/a").exists() && target.join("way/b").exists());
        bench.server.disarm();
        let notebook = Notebook::new();
        let report = run(std::sync::Arc::clone(&notebook)).await;
        assert_eq!((report.copied, report.failed, report.deleted), (2, 0, 2));
        assert_eq!(tree(&target), tree(&source));
        let lines = notebook.lines();
        let at = |words: &str| lines.iter().position(|line| line.contains(words)).unwrap();
        assert!(at("copied: other") < at("delete way/b"), "{lines:?}");
        assert!(at("delete way/b") < at("copied: way"), "{lines:?}");
        let report = run(Notebook::new()).await;
        assert_eq!((report.copied, report.deleted), (0, 0));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_gives_way_to_a_file_and_to_a_directory() {
    for is_saved in [false, true] {
        let bench = Bench::start().await;
        write(&bench.there("a"), "a", 1_700_000_000);
        write(&bench.there("b/c"), "c", 1_700_000_000);
        let outside = tempfile::tempdir().unwrap();
        write(&outside.path().join("d"), "d", 1_700_000_000);
        for name in ["a", "b"] {
            std::os::unix::fs::symlink(outside.path(), bench.here(name)).unwrap();
        }
        let mirror = || bench.down().rules(deleting());
        let report = match is_saved {
            true => mirror().run_plan(mirror().plan().await.unwrap()).await,
            false => mirror().run().await,
        };
        let report = report.unwrap();
        assert_eq!((report.copied, report.deleted, report.failed), (2, 2, 0));
        assert_eq!(tree(&bench.here("")), tree(&bench.there("")));
        assert_eq!(tree(outside.path()).len(), 1);
    }
}

#[tokio::test]
async fn nothing_gives_way_while_something_else_fails() {
    for when in [DeleteWhen::Before, DeleteWhen::During, DeleteWhen::After] {
        let bench = Bench::start().await;
        write(&bench.there("a/x/inside"), "i", 1_700_000_000);
        write(&bench.there("b/new"), "n", 1_700_000_000);
        write(&bench.here("a/x"), "a file", 5);
        let refuse = Action::Reply("550 No.".to_owned());
        bench.server.arm(Fault::At(Point::Command("RETR"), refuse));
        let mirror = bench.down().rules(deleting()).delete_when(when);
        let report = mirror.run().await.unwrap();
        assert_eq!((report.failed, report.deleted), (1, 0), "{when:?}");
        assert!(bench.here("a/x").is_file(), "{when:?}");
    }
}

#[tokio::test]
async fn a_directory_stays_whose_file_is_not_copied() {
    let bench = Bench::start().await;
    let plan = async || {
        let mirror = bench.down().rules(deleting());
        mirror.plan().await.unwrap()
    };
    write(&bench.there("d"), "file", 1_700_000_000);
    write(&bench.here("d/a"), "a", 5);
    write(&bench.here("d/b"), "b", 5);
    let planned = plan().await;
    assert_eq!(planned.counts.deletions, 2);
    write(&bench.there("d"), "another file", 1_700_000_500);
    let report = bench.down().rules(deleting()).run_plan(planned).await;
    assert_eq!(report.unwrap().deleted, 0);
    assert_eq!(names(&bench), ["d", "d/a", "d/b"]);
    // The same if it becomes a directory again.
    let planned = plan().await;
    fs::remove_file(bench.there("d")).unwrap();
    write(&bench.there("d/c"), "c", 1_700_000_000);
    let report = bench.down().rules(deleting()).run_plan(planned).await;
    assert_eq!(report.unwrap().deleted, 0);
    assert_eq!(names(&bench), ["d", "d/a", "d/b"]);
}

/// While another file is copied, something is put into the directory, or the source changes its
/// mind.
#[tokio::test]
async fn what_stays_in_the_way_says_truly_why() {
    type Meddle = fn(&Bench);
    let cases: [(Meddle, &str); 3] = [
        (
            |bench| write(&bench.here("way/new"), "n", 7),
            "way: it is in the way, and not deleted, because it is not empty",
        ),
        (
            |bench| write(&bench.here("way/a"), "longer", 7),
            "kept: way/a: it is not deleted, because it has changed",
        ),
        (
            |bench| fs::remove_file(bench.there("way")).unwrap(),
            "way: it is in the way, and not deleted, because no file of the source needs its place",
        ),
    ];
    for (meddle, words) in cases {
        let bench = Bench::start().await;
        write(&bench.there("way"), "file", 1_700_000_000);
        write(&bench.there("other"), "other", 1_700_000_000);
        write(&bench.here("way/a"), "a", 5);
        let gate = Gate::new();
        let hold = Action::Hold(gate.clone());
        bench.server.arm(Fault::At(Point::Command("RETR"), hold));
        let notebook = Notebook::new();
        let mirror = bench.down().rules(deleting());
        let mirror = mirror.watch(notebook.clone());
        let run = mirror.run();
        let meddles = async {
            gate.reached().await;
            meddle(&bench);
            gate.open();
        };
        let (report, ()) = tokio::join!(run, meddles);
        assert_eq!(report.unwrap().copied, 1, "{words}");
        let lines = notebook.lines();
        assert!(
            lines.iter().any(|line| line.contains(words)),
            "{words}: {lines:#?}"
        );
    }
}

#[tokio::test]
async fn what_gives_way_is_kept_in_the_backup_directory() {
    let bench = Bench::start().await;
    write(&bench.there("file"), "file", 1_700_000_000);
    write(&bench.there("directory/a"), "a", 1_700_000_000);
    write(&bench.here("file/b"), "b", 5);
    write(&bench.here("directory"), "was a file", 5);
    let kept = bench.here("../kept");
    let mirror = bench
        .down_with(bench.remote(), bench.local().backup(&kept))
        .keep_backup(true);
    let report = mirror.rules(deleting()).run().await.unwrap();
    assert_eq!((report.copied, report.failed), (2, 0));
    assert_eq!(tree(&bench.here("")), tree(&bench.there("")));
    let kept: Vec<_> = tree(&kept)
        .into_iter()
        .filter_map(|(name, contents)| Some((name, contents?)))
        .collect();
    let expected = [("directory", "was a file"), ("file/b", "b")];
    assert_eq!(
        kept,
        expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
}

#[tokio::test]
async fn more_than_may_be_deleted_stays_in_the_way() {
    let bench = Bench::start().await;
    write(&bench.there("way"), "file", 1_700_000_000);
    write(&bench.there("d/a"), "a", 1_700_000_000);
    write(&bench.here("d"), "file", 1_700_000_000);
    for n in 0..11 {
        write(&bench.here(&format!("way/old{n}")), "o", 5);
    }
    let plan = bench.down().rules(deleting()).plan().await.unwrap();
    let paths: Vec<_> = plan
        .problems
        .iter()
        .map(|problem| problem.path.to_string())
        .collect();
    assert_eq!(paths, ["d", "way"]);
    assert_eq!((plan.counts.copies, plan.is_empty()), (0, true), "{plan:?}");
    bench.down().rules(deleting()).run().await.unwrap();
    assert_eq!(tree(&bench.here("way")).len(), 11);
}

#[tokio::test]
async fn a_directory_stays_where_the_source_has_a_link() {
    let bench = Bench::start().await;
    write(&bench.here("new"), "n", 1_700_000_000);
    std::os::unix::fs::symlink("/etc", bench.here("data")).unwrap();
    write(&bench.there("data/a"), "a", 5);
    let report = bench.up().rules(deleting()).run().await.unwrap();
    assert_eq!((report.copied, report.deleted, report.failed), (1, 0, 0));
    assert!(bench.there("data/a").exists());
}

/// Without MLSD, what the server says of paths below a file is no answer.
#[tokio::test]
async fn a_directory_gives_way_to_a_file_with_all_that_is_in_it() {
    for mlsd in [true, false] {
        let bench = Bench::with(Server::builder(Personality::ProFtpd138).mlsd(mlsd)).await;
        write(&bench.there("a"), "1", 1_700_000_000);
        write(&bench.here("a/b/c"), "1", 1_700_000_000);
        let report = bench.down().rules(deleting()).run().await.unwrap();
        assert_eq!((report.failed, report.copied), (0, 1), "{mlsd}");
        assert_eq!(fs::read(bench.here("a")).unwrap(), b"1", "{mlsd}");
    }
}
