//! Mirrors in both directions against servers of the test kit.

use std::fs;

use towline_sync::{Error, Filter, MaxDelete, Plan, ProblemKind, Reason, Report, Rules, Step};
use towline_testkit::{Fault, ListingFault, Personality, Server};

use crate::support::{Bench, Notebook, path, touch, tree, write};

fn plant(write: impl Fn(&str, &str, i64)) {
    write("a.txt", "hello", 1_700_000_000);
    write("empty", "", 1_600_000_000);
    write("sub/Gr\u{fc}\u{df}e aus K\u{f6}ln.txt", "hi", 1_700_000_060);
    write("sub/deep/er/x", "x", 1_700_000_001);
}

fn copied(report: &Report) -> (u64, u64) {
    (report.copied, report.failed)
}

#[tokio::test]
async fn a_tree_comes_down_and_a_second_run_plans_nothing() {
    for personality in Personality::ALL {
        let bench = Bench::with(Server::builder(personality)).await;
        plant(|path, contents, second| write(&bench.there(path), contents, second));
        let report = bench.down().run().await.unwrap();
        assert_eq!(copied(&report), (4, 0), "{personality:?}");
        assert_eq!(
            tree(&bench.here("")),
            tree(&bench.there("")),
            "{personality:?}"
        );
        let again = bench.down().plan().await.unwrap();
        assert!(again.is_empty(), "{personality:?}: {again:?}");
        assert_eq!(again.counts.unchanged, 4);
    }
}

#[tokio::test]
async fn a_tree_goes_up_and_a_second_run_plans_nothing() {
    for personality in Personality::ALL {
        let bench = Bench::with(Server::builder(personality)).await;
        plant(|path, contents, second| write(&bench.here(path), contents, second));
        let report = bench.up().run().await.unwrap();
        assert_eq!(copied(&report), (4, 0), "{personality:?}");
        assert_eq!(
            tree(&bench.there("")),
            tree(&bench.here("")),
            "{personality:?}"
        );
        let again = bench.up().plan().await.unwrap();
        assert!(again.is_empty(), "{personality:?}: {again:?}");
    }
}

/// No `MFMT`: copies have the time at which they were made. No `MLSD`: listings are coarse. No
/// `MDTM`: nothing tells the zone of the server's clock.
#[tokio::test]
async fn a_second_run_plans_nothing_whatever_the_server_can_do() {
    for lacking in [
        &["MFMT"][..],
        &["MFMT", "MLSD", "MLST"],
        &["MFMT", "MLSD", "MLST", "MDTM"],
    ] {
        for offset in [0, 5, -9] {
            let start = || {
                let builder = Server::builder(Personality::ProFtpd138).listing_offset(offset);
                lacking
                    .iter()
                    .fold(builder, |builder, verb| builder.without(verb))
            };
            let bench = Bench::with(start()).await;
            plant(|path, contents, second| write(&bench.here(path), contents, second));
            assert_eq!(copied(&bench.up().run().await.unwrap()), (4, 0));
            let again = bench.up().plan().await.unwrap();
            assert!(again.is_empty(), "up {lacking:?} {offset}: {again:?}");
            assert_eq!(tree(&bench.there("")), tree(&bench.here("")));

            let bench = Bench::with(start()).await;
            plant(|path, contents, second| write(&bench.there(path), contents, second));
            assert_eq!(copied(&bench.down().run().await.unwrap()), (4, 0));
            let again = bench.down().plan().await.unwrap();
            assert!(again.is_empty(), "down {lacking:?} {offset}: {again:?}");
        }
    }
}

#[tokio::test]
async fn a_change_of_contents_is_found_by_time_if_the_size_is_the_same() {
    for lacking in [&[][..], &["MLSD", "MLST"], &["MLSD", "MLST", "MDTM"]] {
        let builder = Server::builder(Personality::ProFtpd138);
        let builder = lacking
            .iter()
            .fold(builder, |builder, verb| builder.without(verb));
        let bench = Bench::with(builder).await;
        let now = jiff::Timestamp::now().as_second();
        write(&bench.there("a"), "old", now - 7200);
        write(&bench.there("b"), "old", now - 7200);
        bench.down().run().await.unwrap();
        write(&bench.there("a"), "new", now - 300);
        let plan = bench.down().plan().await.unwrap();
        let planned: Vec<_> = plan
            .all()
            .map(|action| (action.step, action.reason))
            .collect();
        assert_eq!(planned, [(Step::Replace, Reason::Time)], "{lacking:?}");
        bench.down().run().await.unwrap();
        assert_eq!(fs::read_to_string(bench.here("a")).unwrap(), "new");
    }
}

#[tokio::test]
async fn it_says_which_comparison_is_in_effect_and_why() {
    let builder = Server::builder(Personality::ProFtpd138).without("MFMT");
    let bench = Bench::with(builder).await;
    write(&bench.here("a"), "a", 5);
    let notebook = Notebook::new();
    bench.up().watch(notebook.clone()).run().await.unwrap();
    let lines = notebook.lines();
    assert!(lines[0].starts_with("comparison: "), "{lines:?}");
    assert!(
        lines[0].ends_with("does not keep the times of the files"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_plan_changes_nothing_and_can_be_carried_out_later() {
    let bench = Bench::start().await;
    plant(|path, contents, second| write(&bench.there(path), contents, second));
    write(&bench.here("extra"), "x", 5);
    let rules = || Rules::default().delete(MaxDelete::Default);
    let plan = bench.down().rules(rules()).plan().await.unwrap();
    assert_eq!(tree(&bench.here("")).len(), 1);
    let file = bench.here("../plan.json");
    plan.save(&file).unwrap();

    // What has changed since is refused.
    write(&bench.there("a.txt"), "hello, world", 1_700_000_900);
    write(&bench.here("extra"), "y!", 900);
    let notebook = Notebook::new();
    let mirror = bench.down().rules(rules()).watch(notebook.clone());
    let report = mirror.run_plan(Plan::load(&file).unwrap()).await.unwrap();
    assert_eq!((report.copied, report.deleted), (3, 0));
    assert!(!bench.here("a.txt").exists());
    assert_eq!(fs::read_to_string(bench.here("extra")).unwrap(), "y!");
    assert!(
        notebook.has("has changed since the plan was made"),
        "{:?}",
        notebook.lines()
    );

    // It is not for another mirror, and not a plan of another kind.
    let other = bench.up().run_plan(Plan::load(&file).unwrap()).await;
    assert!(matches!(other, Err(Error::Plan { .. })));
    let text = fs::read_to_string(&file)
        .unwrap()
        .replace("\"format\":2", "\"format\":3");
    fs::write(&file, text).unwrap();
    assert!(matches!(Plan::load(&file), Err(Error::Plan { .. })));
}

#[tokio::test]
async fn filters_apply_to_both_sides() {
    let bench = Bench::start().await;
    for name in ["a.csv", "b.tmp", "private/c.csv", "sub/d.csv", "sub/e.zip"] {
        write(&bench.there(name), name, 1_700_000_000);
    }
    for name in ["old.csv", "old.zip", "private/x.csv"] {
        write(&bench.here(name), name, 1_700_000_000);
    }
    let filter = Filter::default()
        .exclude("private/")
        .unwrap()
        .include("*.csv")
        .unwrap();
    let rules = Rules::default().filter(filter).delete(MaxDelete::Default);
    bench.down().rules(rules).run().await.unwrap();
    let names: Vec<_> = tree(&bench.here(""))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let expected = [
        "a.csv",
        "old.zip",
        "private",
        "private/x.csv",
        "sub",
        "sub/d.csv",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn two_runs_of_one_mirror_exclude_each_other() {
    let bench = Bench::start().await;
    plant(|path, contents, second| write(&bench.there(path), contents, second));
    let gate = towline_testkit::Gate::new();
    let hold = towline_testkit::Action::Hold(gate.clone());
    let point = towline_testkit::Point::Command("MLSD");
    bench.server.arm(Fault::At(point, hold).nth(1));
    let (first, second) = (bench.down(), bench.down());
    let first = tokio::spawn(async move { first.run().await });
    gate.reached().await;
    assert!(matches!(second.run().await, Err(Error::Running)));
    let waiting = bench.down().wait(true);
    let waiting = tokio::spawn(async move { waiting.run().await });
    gate.open();
    assert_eq!(copied(&first.await.unwrap().unwrap()), (4, 0));
    let second = waiting.await.unwrap().unwrap();
    assert_eq!((second.copied, second.unchanged), (0, 4));
}

#[tokio::test]
async fn a_file_and_a_directory_of_one_name_are_in_each_others_way() {
    let bench = Bench::start().await;
    write(&bench.there("a/b"), "b", 1_700_000_000);
    write(&bench.there("c"), "c", 1_700_000_000);
    write(&bench.here("a"), "file", 1_700_000_000);
    write(&bench.here("c/d"), "directory", 1_700_000_000);
    let plan = bench.down().plan().await.unwrap();
    assert!(plan.is_empty());
    let problems: Vec<_> = plan
        .problems
        .iter()
        .map(|problem| (problem.kind, problem.path.clone()))
        .collect();
    let in_the_way = ProblemKind::InTheWay;
    assert_eq!(problems, [(in_the_way, path("a")), (in_the_way, path("c"))]);
    let rules = || Rules::default().delete(MaxDelete::Default);
    let report = bench.down().rules(rules()).run().await.unwrap();
    assert_eq!((report.copied, report.deleted, report.failed), (2, 2, 0));
    assert_eq!(tree(&bench.here("")), tree(&bench.there("")));
    assert!(bench.down().rules(rules()).plan().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_link_here_leads_nothing_astray() {
    let bench = Bench::start().await;
    write(&bench.there("sub/a"), "a", 1_700_000_000);
    let elsewhere = bench.state();
    fs::create_dir_all(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, bench.here("sub")).unwrap();
    let plan = bench.down().plan().await.unwrap();
    assert_eq!(plan.problems[0].kind, ProblemKind::InTheWay);
    bench.down().run().await.unwrap();
    assert!(!elsewhere.join("a").exists());
}

#[tokio::test]
async fn a_server_that_may_not_be_listed_is_filled_by_the_journal() {
    let bench = Bench::start().await;
    for verb in ["MLSD", "LIST", "MLST", "NLST"] {
        let refuse = towline_testkit::Action::Reply("550 Permission denied.".to_owned());
        bench
            .server
            .arm(Fault::At(towline_testkit::Point::Command(verb), refuse));
    }
    write(&bench.here("a"), "a", 1_700_000_000);
    let up = || {
        let mirror = bench.up_with(bench.local(), bench.unlisted());
        mirror.rules(Rules::default().lists_destination(false))
    };
    assert_eq!(copied(&up().run().await.unwrap()), (1, 0));
    assert!(up().plan().await.unwrap().is_empty());
    write(&bench.here("a"), "b", 1_700_000_001);
    assert_eq!(copied(&up().run().await.unwrap()), (1, 0));
    assert_eq!(fs::read_to_string(bench.there("a")).unwrap(), "b");
}

#[tokio::test]
async fn update_leaves_newer_files_and_immutable_ones_are_a_problem() {
    let bench = Bench::start().await;
    for (name, there, here) in [("newer", 100, 200), ("older", 200, 100)] {
        write(&bench.there(name), "there", there);
        write(&bench.here(name), "here!", here);
    }
    let update = bench.down().rules(Rules::default().update(true));
    let plan = update.plan().await.unwrap();
    assert_eq!(plan.counts.newer, 1);
    assert_eq!(plan.actions.len(), 1);
    assert_eq!(plan.actions[0].path, path("older"));
    let immutable = bench.down().rules(Rules::default().immutable(true));
    let plan = immutable.plan().await.unwrap();
    assert!(plan.is_empty());
    assert!(
        plan.problems
            .iter()
            .all(|problem| problem.kind == ProblemKind::Immutable)
    );
    assert_eq!(plan.problems.len(), 2);
}

#[tokio::test]
async fn a_backup_keeps_what_is_overwritten_and_deleted() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "new", 200);
    write(&bench.here("a"), "old", 100);
    write(&bench.here("sub/b"), "gone", 100);
    let local = bench.local().backup(bench.here("../backup"));
    let rules = Rules::default().delete(MaxDelete::Default);
    let mirror = bench
        .down_with(bench.remote(), local)
        .rules(rules)
        .keep_backup(true);
    let report = mirror.run().await.unwrap();
    assert_eq!((report.copied, report.deleted, report.failed), (1, 1, 0));
    let kept = tree(&bench.here("../backup"));
    let expected = [("a", Some("old")), ("sub", None), ("sub/b", Some("gone"))];
    let expected = expected.map(|(name, text)| (name.to_owned(), text.map(str::to_owned)));
    assert_eq!(kept, expected);

    let bench = Bench::start().await;
    write(&bench.here("a"), "new", 200);
    write(&bench.there("a"), "old", 100);
    write(&bench.there("sub/b"), "gone", 100);
    let remote = bench
        .remote()
        .backup(towline::RemotePath::new("backup").unwrap());
    let rules = Rules::default().delete(MaxDelete::Default);
    let mirror = bench
        .up_with(bench.local(), remote)
        .rules(rules)
        .keep_backup(true);
    let report = mirror.run().await.unwrap();
    assert_eq!((report.copied, report.deleted, report.failed), (1, 1, 0));
    assert_eq!(tree(&bench.there("../backup")), expected);
    assert_eq!(fs::read_to_string(bench.there("a")).unwrap(), "new");
}

#[tokio::test]
async fn a_file_that_still_changes_waits_for_the_next_run() {
    let bench = Bench::start().await;
    write(&bench.there("done"), "done", 1_700_000_000);
    write(&bench.there("growing"), "1", 1_700_000_000);
    let gate = towline_testkit::Gate::new();
    let hold = towline_testkit::Action::Hold(gate.clone());
    let point = towline_testkit::Point::Command("MLSD");
    // The first listing is the scan, the second is the second look.
    bench.server.arm(Fault::At(point, hold).nth(2));
    let notebook = Notebook::new();
    let stable = bench.down().stable_for(std::time::Duration::from_millis(1));
    let mirror = stable.watch(notebook.clone());
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    write(&bench.there("growing"), "12", 1_700_000_000);
    gate.open();
    let report = run.await.unwrap().unwrap();
    assert_eq!(copied(&report), (1, 0));
    assert!(notebook.has("kept: growing: it is not copied, because it still changes"));
    assert_eq!(copied(&bench.down().run().await.unwrap()), (1, 0));
}

#[tokio::test]
async fn a_marker_lets_its_file_through() {
    let bench = Bench::start().await;
    for name in ["a", "a.done", "b", "c.done"] {
        write(&bench.there(name), name, 1_700_000_000);
    }
    let marker = towline_sync::Marker::new("{name}.done").unwrap();
    let rules = Rules::default().marker(marker).moves(true);
    let report = bench.down().rules(rules).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (1, 1));
    assert_eq!(tree(&bench.here("")).len(), 1);
    let left: Vec<_> = tree(&bench.there(""))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    // The marker goes with its file, so that it cannot vouch for the next one.
    assert_eq!(left, ["b", "c.done"]);
    for wrong in ["done", "{name}", "{name}{name}", "a/{name}"] {
        assert!(towline_sync::Marker::new(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn what_has_changed_since_the_plan_is_not_left_out_by_a_limit() {
    let bench = Bench::start().await;
    for name in ["a", "b", "c"] {
        write(&bench.there(name), "12345", 1_700_000_000);
    }
    let plan = bench.down().plan().await.unwrap();
    write(&bench.there("a"), "changed", 1_700_000_500);
    let report = bench.down().max_transfer(5).run_plan(plan).await.unwrap();
    assert_eq!(report.ended, Some(towline_sync::Ended::MaxTransfer));
    assert_eq!((report.copied, report.left_out), (1, 1));
}

#[tokio::test]
async fn a_limit_of_bytes_or_errors_ends_the_run_in_order() {
    let bench = Bench::start().await;
    for name in ["a", "b", "c"] {
        write(&bench.there(name), "12345", 1_700_000_000);
    }
    let report = bench.down().max_transfer(11).run().await.unwrap();
    assert_eq!(
        (report.copied, report.ended),
        (2, Some(towline_sync::Ended::MaxTransfer))
    );
    assert_eq!(copied(&bench.down().run().await.unwrap()), (1, 0));

    let refuse = towline_testkit::Action::Reply("550 No.".to_owned());
    let point = towline_testkit::Point::Command("RETR");
    bench.server.arm(Fault::At(point, refuse));
    for name in ["a", "b", "c"] {
        touch(&bench.there(name), 1_700_000_500);
    }
    let report = bench.down().max_errors(1).run().await.unwrap();
    assert_eq!(report.ended, Some(towline_sync::Ended::MaxErrors));
    assert_eq!(tree(&bench.here("")).len(), 3);
}

#[tokio::test]
async fn it_explains_what_happens_to_a_file_and_why() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.there("b.tmp"), "b", 1_700_000_000);
    let filter = Filter::default().exclude("*.tmp").unwrap();
    let mirror = || bench.down().rules(Rules::default().filter(filter.clone()));
    let text = |path| {
        let mirror = mirror();
        async move { mirror.explain(&path).await.unwrap() }
    };
    let before = text(path("a")).await;
    assert_eq!((before.step, before.reason), (Some(Step::Copy), "missing"));
    let words = before.to_string();
    assert!(
        words.contains("The source has 1 byte of 2023-11-14T22:13:20Z."),
        "{words}"
    );
    assert!(
        words.ends_with("It is copied, because the destination does not have it."),
        "{words}"
    );
    mirror().run().await.unwrap();
    let after = text(path("a")).await;
    assert_eq!((after.step, after.reason), (None, "unchanged_since_copy"));
    let after = after.to_string();
    assert!(
        after.contains("The journal has a verified copy of 1 byte"),
        "{after}"
    );
    assert!(after.contains("It is not copied, because"), "{after}");
    let filtered = text(path("b.tmp")).await;
    assert_eq!(filtered.reason, "filtered");
    assert_eq!(text(path("none")).await.reason, "nowhere");
    write(&bench.here("old"), "o", 5);
    assert_eq!(text(path("old")).await.reason, "not_deleting");
    assert_eq!(
        filtered.to_string(),
        "b.tmp: The pattern *.tmp excludes it. It is left alone on both sides."
    );
}

#[tokio::test]
async fn a_tree_without_end_is_an_error_and_nothing_is_moved() {
    let fault = Fault::Listing(ListingFault::EndlessTree);
    let bench = Bench::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
    let limited = bench.down().max_entries(50).run().await;
    assert!(
        matches!(limited, Err(Error::TooLarge { limit: 50 })),
        "{limited:?}"
    );
    assert!(tree(&bench.here("")).is_empty());
}

#[tokio::test]
async fn what_is_not_copied_is_told_one_by_one() {
    let bench = Bench::start().await;
    write(&bench.here("a"), "a", 1_700_000_000);
    write(&bench.here("a.txt.deadbeef.part"), "half", 1_700_000_000);
    std::os::unix::fs::symlink("a", bench.here("link")).unwrap();
    for is_plan in [true, false] {
        let notebook = Notebook::new();
        let mirror = bench.up().watch(notebook.clone());
        match is_plan {
            true => drop(mirror.plan().await.unwrap()),
            false => assert_eq!(copied(&mirror.run().await.unwrap()), (1, 0)),
        }
        let line = "kept: link: skipped, because it is neither a file nor a directory (link)";
        assert!(notebook.has(line), "{line}: {:?}", notebook.lines());
    }
}
