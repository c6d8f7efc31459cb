//! What `delete` does, and above all what it does not.

use std::fs;

use towline_sync::{
    DeleteWhen, Incompleteness, MaxDelete, MemoryCarrier, MemoryTree, Mirror, ProblemKind, Rules,
};
use towline_testkit::{Action, Fault, ListingFault, Personality, Point, Server};

use crate::support::{Bench, Notebook, deleting, names, path, tree, write};
#[tokio::test]
async fn what_the_source_does_not_have_is_deleted_last() {
    let bench = Bench::start().await;
    write(&bench.there("new"), "n", 5);
    write(&bench.here("old/deep/a"), "a", 5);
    write(&bench.here("old/b"), "b", 5);
    let notebook = Notebook::new();
    let mirror = bench.down().rules(deleting()).watch(notebook.clone());
    let report = mirror.run().await.unwrap();
    assert_eq!((report.copied, report.deleted, report.failed), (1, 2, 0));
    assert_eq!(names(&bench), ["new"]);
    let lines = notebook.lines();
    let at = |words: &str| {
        lines
            .iter()
            .position(|line| line.starts_with(words))
            .unwrap()
    };
    assert!(at("copied: new") < at("done: delete old/b"), "{lines:?}");
}

/// ftp-srv 4.6 lists a link as the directory that it leads to.
#[cfg(unix)]
#[tokio::test]
async fn nothing_behind_a_link_is_deleted() {
    let bench = Bench::with(Server::builder(Personality::ProFtpd138)).await;
    write(&bench.here("new"), "n", 5);
    write(&bench.server.root().join("kept/file"), "k", 5);
    fs::create_dir_all(bench.there("")).unwrap();
    std::os::unix::fs::symlink(bench.server.root().join("kept"), bench.there("link")).unwrap();
    let rules = Rules::default().delete(MaxDelete::Percent(100));
    let report = bench.up().rules(rules).run().await.unwrap();
    assert_eq!((report.copied, report.deleted), (1, 0), "{report:?}");
    assert!(bench.server.root().join("kept/file").exists());
    assert!(bench.there("link").exists());
}

/// aioftp 0.28 shows a link as the directory that it leads to, and only the number of the hard
/// links of the directory around it tells.
#[cfg(unix)]
#[tokio::test]
async fn nothing_behind_a_link_that_no_listing_shows_is_deleted() {
    for mlsd in [true, false] {
        for link in [None, Some("link"), Some("old/link")] {
            let builder = Server::builder(Personality::ProFtpd138).mlsd(mlsd);
            let unknown = builder.without("MFF").syst("UNIX Type: L8");
            let fault = Fault::Listing(ListingFault::HidesLinks);
            let bench = Bench::with(unknown.fault(fault)).await;
            let kept = bench.server.root().join("kept");
            write(&bench.here("new"), "n", 5);
            write(&kept.join("sub/file"), "k", 5);
            write(&bench.there("old/deep/file"), "o", 5);
            if let Some(link) = link {
                std::os::unix::fs::symlink(&kept, bench.there(link)).unwrap();
            }
            let rules = Rules::default().delete(MaxDelete::Percent(100));
            let report = bench.up().rules(rules).run().await.unwrap();
            let what = format!("MLSD {mlsd}, {link:?}: {report:?}");
            assert_eq!(report.copied, 1, "{what}");
            assert!(kept.join("sub/file").exists(), "{what}");
            match link {
                // What is beside the link may be one too.
                Some(link) => assert!(bench.there(link).exists() && report.deleted == 0, "{what}"),
                None => assert!(
                    !bench.there("old").exists() && report.deleted == 1,
                    "{what}"
                ),
            }
            let top = tree(&bench.there(""));
            assert!(
                top.iter().all(|(name, _)| !name.contains("probe")),
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn without_permission_nothing_is_deleted() {
    let bench = Bench::start().await;
    write(&bench.there("new"), "n", 5);
    write(&bench.here("old"), "o", 5);
    bench.down().run().await.unwrap();
    assert_eq!(names(&bench), ["new", "old"]);
}

#[tokio::test]
async fn too_many_deletions_are_none() {
    let bench = Bench::start().await;
    write(&bench.there("new"), "n", 5);
    for n in 0..11 {
        write(&bench.here(&format!("old{n}")), "o", 5);
    }
    let plan = bench.down().rules(deleting()).plan().await.unwrap();
    let too_many = plan.too_many_deletions.unwrap();
    assert_eq!((too_many.files, too_many.allowed), (11, 10));
    bench.down().rules(deleting()).run().await.unwrap();
    assert_eq!(names(&bench).len(), 12, "the new one comes nevertheless");
    let all = Rules::default().delete(MaxDelete::Percent(100));
    bench.down().rules(all).run().await.unwrap();
    assert_eq!(names(&bench), ["new"]);
}

/// As when a disk is not mounted.
#[tokio::test]
async fn a_source_without_files_deletes_nothing_by_default() {
    let bench = Bench::start().await;
    write(&bench.here("a"), "a", 5);
    let plan = bench.down().rules(deleting()).plan().await.unwrap();
    assert_eq!(plan.too_many_deletions.unwrap().allowed, 0);
    bench.down().rules(deleting()).run().await.unwrap();
    assert!(bench.here("a").exists());
    let really = Rules::default().delete(MaxDelete::Files(1));
    assert_eq!(bench.down().rules(really).run().await.unwrap().deleted, 1);
}

#[test]
fn the_limit_is_a_tenth_and_at_least_ten() {
    for (limit, files, allowed) in [
        (MaxDelete::Default, 0, 10),
        (MaxDelete::Default, 1000, 100),
        (MaxDelete::Percent(5), 1000, 50),
        (MaxDelete::Percent(100), u64::MAX, u64::MAX),
        (MaxDelete::Files(3), 1000, 3),
    ] {
        assert_eq!(limit.of(files), allowed, "{limit:?}");
    }
}

/// The server ends the listing early and says so, or not quite in order.
#[tokio::test]
async fn a_listing_that_was_cut_short_deletes_nothing() {
    let replies = [
        "226 Output truncated to 1 matches",
        "426 Failure writing network stream.",
    ];
    for reply in replies {
        let bench = Bench::start().await;
        write(&bench.there("a"), "a", 5);
        write(&bench.here("b"), "b", 5);
        let point = Point::FinalReply("MLSD");
        bench
            .server
            .arm(Fault::At(point, Action::Reply(reply.to_owned())));
        match bench.down().rules(deleting()).run().await {
            Ok(_) => {
                let plan = bench.down().rules(deleting()).plan().await.unwrap();
                assert_eq!(
                    plan.problems[0].kind,
                    ProblemKind::SourceIncomplete,
                    "{reply}"
                );
                assert!(plan.deletions.is_empty());
            }
            Err(error) => assert!(matches!(error, towline_sync::Error::Remote(_)), "{error}"),
        }
        assert!(bench.here("b").exists(), "{reply}");
    }
}

#[tokio::test]
async fn a_line_that_is_not_understood_deletes_nothing() {
    let listing = "-rw-r--r--   1 o  g   1 Jan  5 10:00 a\r\nwhat is this line\r\n";
    let builder = Server::builder(Personality::VsFtpd)
        .mlsd(false)
        .listing(listing);
    let bench = Bench::with(builder).await;
    write(&bench.there("a"), "a", 5);
    write(&bench.here("b"), "b", 5);
    bench.down().rules(deleting()).run().await.unwrap();
    assert!(bench.here("b").exists());
}

/// The first listing lacks what the second one shows.
#[tokio::test]
async fn a_second_look_contradicts_a_listing_that_lost_entries() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.there("b"), "b", 1_700_000_000);
    bench.down().run().await.unwrap();
    fs::rename(bench.there("a"), bench.there("../a")).unwrap();
    let gate = towline_testkit::Gate::new();
    let point = Point::Command("MLSD");
    bench
        .server
        .arm(Fault::At(point, Action::Hold(gate.clone())).nth(2));
    let notebook = Notebook::new();
    let mirror = bench.down().rules(deleting()).watch(notebook.clone());
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    fs::rename(bench.there("../a"), bench.there("a")).unwrap();
    gate.open();
    let report = run.await.unwrap().unwrap();
    assert_eq!(report.deleted, 0);
    assert!(bench.here("a").exists());
    assert!(
        notebook.has("Contradicted") || notebook.has("different names"),
        "{:?}",
        notebook.lines()
    );
}

#[tokio::test]
async fn a_source_that_is_gone_is_an_error_and_deletes_nothing() {
    for personality in Personality::ALL {
        let bench = Bench::with(Server::builder(personality)).await;
        write(&bench.here("a"), "a", 5);
        fs::remove_dir(bench.there("")).unwrap();
        let run = bench.down().rules(deleting()).run().await;
        assert!(run.is_err(), "{personality:?}");
        assert!(bench.here("a").exists(), "{personality:?}");
    }
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 5);
    fs::remove_dir(bench.here("")).unwrap();
    assert!(bench.up().rules(deleting()).run().await.is_err());
    assert!(bench.there("a").exists());
}

#[tokio::test]
async fn a_failed_copy_leaves_everything_in_its_place() {
    let bench = Bench::start().await;
    write(&bench.there("new"), "n", 5);
    write(&bench.here("old"), "o", 5);
    let refuse = Action::Reply("550 No.".to_owned());
    bench.server.arm(Fault::At(Point::Command("RETR"), refuse));
    let notebook = Notebook::new();
    let mirror = bench.down().rules(deleting()).watch(notebook.clone());
    let report = mirror.run().await.unwrap();
    assert_eq!((report.failed, report.deleted), (1, 0));
    assert_eq!(names(&bench), ["old"]);
    assert!(notebook.has("nothing is deleted, because not everything was copied"));
    let before = bench
        .down()
        .rules(deleting())
        .delete_when(DeleteWhen::Before);
    assert_eq!(before.run().await.unwrap().deleted, 1);
}

#[tokio::test]
async fn a_file_that_changed_since_the_plan_is_not_deleted() {
    let bench = Bench::start().await;
    write(&bench.there("new"), "n", 5);
    write(&bench.here("old"), "o", 5);
    let gate = towline_testkit::Gate::new();
    let point = Point::Command("RETR");
    bench
        .server
        .arm(Fault::At(point, Action::Hold(gate.clone())));
    let notebook = Notebook::new();
    let mirror = bench.down().rules(deleting()).watch(notebook.clone());
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    write(&bench.here("old"), "changed", 50);
    gate.open();
    let report = run.await.unwrap().unwrap();
    assert_eq!((report.deleted, report.kept), (0, 1));
    assert!(notebook.has("kept: old: it is not deleted, because it has changed"));
}

#[tokio::test]
async fn a_directory_with_more_in_it_than_is_listed_stays() {
    let bench = Bench::start().await;
    write(&bench.there("new"), "n", 5);
    write(&bench.here("old/keep.tmp"), "k", 5);
    write(&bench.here("old/a"), "a", 5);
    write(&bench.here("old/other.0123abcd.part"), "p", 5);
    let filter = towline_sync::Filter::default().exclude("*.tmp").unwrap();
    let report = bench
        .down()
        .rules(deleting().filter(filter))
        .run()
        .await
        .unwrap();
    assert_eq!(report.deleted, 1);
    assert_eq!(
        names(&bench),
        ["new", "old", "old/keep.tmp", "old/other.0123abcd.part"]
    );
}

#[tokio::test]
async fn ages_and_sizes_protect_the_destination_too() {
    let (source, destination) = (MemoryTree::new(), MemoryTree::new());
    source.write("a", b"a", 5);
    destination.write("large", b"0123456789", 5);
    destination.write("small", b"0", 5);
    let carrier = MemoryCarrier::new(source, destination.clone(), 5);
    let filter = towline_sync::Filter::default().max_size(5);
    Mirror::new(carrier, "a", "b")
        .rules(deleting().filter(filter))
        .run()
        .await
        .unwrap();
    assert!(destination.read("large").is_some() && destination.read("small").is_none());
}

#[tokio::test]
async fn while_files_are_copied_each_directory_is_cleared_once_it_is_complete() {
    let bench = Bench::start().await;
    for name in ["a/1", "b/1"] {
        write(&bench.there(name), name, 1_700_000_000);
    }
    for name in ["a/old", "a/gone/deep", "b/old", "idle/old"] {
        write(&bench.here(name), name, 5);
    }
    let refuse = Action::Reply("550 No.".to_owned());
    bench
        .server
        .arm(Fault::At(Point::Command("RETR"), refuse).from_nth(2));
    let during = || {
        bench
            .down()
            .rules(deleting())
            .delete_when(DeleteWhen::During)
    };
    let notebook = Notebook::new();
    let report = during().watch(notebook.clone()).run().await.unwrap();
    assert_eq!(
        (report.copied, report.failed),
        (1, 1),
        "{:?}",
        notebook.lines()
    );
    let (whole, broken) = match bench.here("a/1").exists() {
        true => ("a", "b"),
        false => ("b", "a"),
    };
    assert!(!bench.here(&format!("{whole}/old")).exists());
    assert!(bench.here(&format!("{broken}/old")).exists());
    assert!(
        !bench.here("idle").exists(),
        "nothing was to be copied there"
    );
    assert!(notebook.has("not everything is deleted"));
    bench.server.disarm();
    during().run().await.unwrap();
    assert_eq!(tree(&bench.here("")), tree(&bench.there("")));
}

#[tokio::test]
async fn a_directory_that_cannot_be_listed_costs_nothing_else() {
    let (source, destination) = (MemoryTree::new(), MemoryTree::new());
    for name in ["a", "closed/b", "ok/c"] {
        source.write(name, b"1", 1_700_000_000);
    }
    let what = "permission denied".to_owned();
    source.make_incomplete(&path("closed"), Incompleteness::Failed { what });
    // The destination has names of the source, or none: where it may be inside the source differs.
    for old in [None, Some("closed/old/deep"), Some("b")] {
        let destination = destination.clone();
        if let Some(old) = old {
            destination.write(old, b"o", 1_700_000_000);
        }
        let carrier = MemoryCarrier::new(source.clone(), destination.clone(), 1_800_000_000);
        let notebook = Notebook::new();
        let mirror = Mirror::new(carrier, "a", "b").rules(deleting());
        let report = mirror.watch(notebook.clone()).run().await.unwrap();
        assert_eq!((report.failed, report.deleted), (0, 0), "{old:?}");
        for name in ["a", "ok/c"] {
            assert!(destination.read(name).is_some(), "{old:?}: {name}");
        }
        if let Some(old) = old {
            assert!(destination.read(old).is_some(), "{old:?}");
        }
        let lines = notebook.lines().join("\n");
        assert_eq!(lines.matches("SourceIncomplete").count(), 1, "{lines}");
    }
}

/// ProFTPD 1.3.8 lists nothing of a directory with mode 0444, and says that no file in it exists.
#[tokio::test]
async fn a_directory_that_can_be_read_but_not_entered_deletes_nothing() {
    for when in [DeleteWhen::Before, DeleteWhen::During, DeleteWhen::After] {
        let bench = Bench::start().await;
        for name in ["a", "s/b", "s/c"] {
            write(&bench.there(name), "1", 1_700_000_000);
        }
        bench.down().run().await.unwrap();
        let there = tree(&bench.here(""));
        for name in ["s/b", "s/c"] {
            fs::remove_file(bench.there(name)).unwrap();
        }
        let closed = Fault::Listing(ListingFault::ClosesDirectory("s"));
        bench.server.arm(closed);
        let mirror = bench.down().rules(deleting()).delete_when(when);
        let report = mirror.run().await.unwrap();
        assert_eq!(report.deleted, 0, "{when:?}");
        assert_eq!(tree(&bench.here("")), there, "{when:?}");
        bench.server.disarm();
        let mirror = bench.down().rules(deleting()).delete_when(when);
        assert_eq!(mirror.run().await.unwrap().deleted, 2, "{when:?}");
    }
}

/// It is closed after the listings, while files are copied.
#[tokio::test]
async fn a_directory_that_is_closed_during_the_run_loses_nothing() {
    let bench = Bench::start().await;
    write(&bench.there("s/b"), "1", 1_700_000_000);
    write(&bench.here("s/old"), "1", 1_700_000_000);
    let gate = towline_testkit::Gate::new();
    let point = Point::Command("RETR");
    bench
        .server
        .arm(Fault::At(point, Action::Hold(gate.clone())).nth(1));
    let mirror = bench.down().rules(deleting());
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    let closed = Fault::Listing(ListingFault::ClosesDirectory("s"));
    bench.server.arm(closed);
    gate.open();
    let report = run.await.unwrap().unwrap();
    assert_eq!((report.deleted, report.failed), (0, 1));
    assert!(bench.here("s/old").exists());
}

/// A file that may be the old version of a new one waits for it, and the others are gone by then.
#[tokio::test]
async fn what_was_deleted_before_a_failure_is_not_denied() {
    for (when, deleted) in [(DeleteWhen::Before, 1), (DeleteWhen::During, 0)] {
        let bench = Bench::start().await;
        write(&bench.there("Report.csv"), "new", 1_700_000_000);
        write(&bench.here("report.csv"), "old", 5);
        write(&bench.here("old/gone"), "o", 5);
        let refuse = Action::Reply("550 No.".to_owned());
        bench.server.arm(Fault::At(Point::Command("RETR"), refuse));
        let notebook = Notebook::new();
        let mirror = bench.down().rules(deleting()).delete_when(when);
        let mirror = mirror.watch(notebook.clone());
        let report = mirror.run().await.unwrap();
        assert_eq!((report.failed, report.deleted), (1, deleted), "{when:?}");
        assert!(bench.here("report.csv").exists(), "{when:?}");
        let words = "not everything is deleted, because not everything was copied";
        let lines = notebook.lines();
        assert!(notebook.has(words), "{when:?}: {lines:#?}");
        assert!(!notebook.has("nothing is deleted"), "{when:?}: {lines:#?}");
    }
}
