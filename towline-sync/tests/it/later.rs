//! What a later run takes over from earlier ones: their journal, and a saved plan.

use std::fs;

use towline_sync::{Error, Filter, Journal, Marker, Plan, Rules, State};
use towline_testkit::{Action, Fault, Point};

use crate::support::{Bench, journal_file, moving, set, tree, write};

/// What the journal has: paths and states.
fn noted(bench: &Bench) -> Vec<(String, State)> {
    let (journal, _) = Journal::open(&journal_file(bench)).unwrap();
    let records = journal.records().map(Result::unwrap);
    records
        .map(|record| (record.path.to_string(), record.state))
        .collect()
}

#[tokio::test]
async fn a_filter_makes_the_journal_forget_nothing() {
    let bench = Bench::start().await;
    for name in ["a.csv", "b.txt", "sub/c.csv", "sub/d.txt"] {
        write(&bench.there(name), name, 1_700_000_000);
    }
    bench.down().run().await.unwrap();
    let all = noted(&bench);
    assert_eq!(all.len(), 4);
    // A consumer has taken one of them, so that neither side shows it.
    for pattern in ["- *.csv", "- sub/", "+ b.*"] {
        let filter = Filter::default().lines(pattern).unwrap();
        let rules = Rules::default().filter(filter);
        bench.down().rules(rules).run().await.unwrap();
        assert_eq!(noted(&bench), all, "{pattern}");
    }
    fs::remove_file(bench.there("a.csv")).unwrap();
    fs::remove_file(bench.here("a.csv")).unwrap();
    bench.down().run().await.unwrap();
    assert_eq!(noted(&bench), all[1..], "what is gone is forgotten");
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_is_not_followed_makes_the_journal_forget_nothing() {
    let bench = Bench::start().await;
    write(&bench.here("real/a"), "a", 1_700_000_000);
    std::os::unix::fs::symlink("real", bench.here("link")).unwrap();
    let following = || bench.up_with(bench.local().follow_links(true), bench.remote());
    following().run().await.unwrap();
    let all = noted(&bench);
    assert_eq!(all.len(), 2);
    fs::remove_dir_all(bench.there("link")).unwrap();
    bench.up().run().await.unwrap();
    assert_eq!(noted(&bench), all);
}

/// The copy got its name, the run was killed, and the next one ended before it removed the source.
#[tokio::test]
async fn a_move_that_ended_twice_is_finished_and_its_file_is_not_taken_twice() {
    let bench = Bench::start().await;
    write(&bench.here("a"), "a", 1_700_000_000);
    bench.up().run().await.unwrap();
    set(&bench, State::Claimed);
    write(&bench.here("b"), "b", 1_700_000_000);
    let refuse = Action::Reply("550 Not now.".to_owned());
    bench.server.arm(Fault::At(Point::Command("STOR"), refuse));
    let ended = bench.up().rules(moving()).max_errors(1);
    let report = ended.run().await.unwrap();
    assert_eq!((report.copied, report.removed, report.failed), (0, 0, 1));
    bench.server.disarm();
    // Whoever waits for the file takes it.
    fs::remove_file(bench.there("a")).unwrap();
    let report = bench.up().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (1, 2));
    let names: Vec<_> = tree(&bench.there(""));
    assert_eq!(names, [("b".to_owned(), Some("b".to_owned()))]);
    assert!(tree(&bench.here("")).is_empty());
}

/// The copies came from another program, and a run without a move found them equal.
#[tokio::test]
async fn what_an_earlier_run_found_equal_is_copied_once_more_before_its_source_goes() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "theirs", 1_700_000_000);
    write(&bench.here("a"), "others", 1_700_000_000);
    assert_eq!(bench.down().run().await.unwrap().copied, 0);
    let report = bench.down().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (1, 1));
    assert_eq!(fs::read_to_string(bench.here("a")).unwrap(), "theirs");
}

/// The run was killed after it had removed the source, and before the journal knew.
#[tokio::test]
async fn a_new_file_is_copied_although_it_looks_like_the_one_that_was_moved() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "old", 1_700_000_000);
    bench.down().run().await.unwrap();
    set(&bench, State::Verified);
    fs::remove_file(bench.there("a")).unwrap();
    bench.down().rules(moving()).run().await.unwrap();
    write(&bench.there("a"), "new", 1_700_000_000);
    let report = bench.down().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (1, 1));
    assert_eq!(fs::read_to_string(bench.here("a")).unwrap(), "new");
}

#[tokio::test]
async fn no_marker_outlives_its_file() {
    for refused in [1, 2] {
        let bench = Bench::start().await;
        write(&bench.there("a"), "a", 1_700_000_000);
        write(&bench.there("a.done"), "", 1_700_000_000);
        let refuse = Action::Reply("550 Not now.".to_owned());
        let fault = Fault::At(Point::Command("DELE"), refuse).nth(refused);
        bench.server.arm(fault);
        let rules = || moving().marker(Marker::new("{name}.done").unwrap());
        let report = bench.down().rules(rules()).run().await.unwrap();
        assert_eq!((report.copied, report.removed, report.failed), (1, 0, 1));
        assert!(bench.there("a").exists(), "the marker goes first");
        bench.server.disarm();
        let report = bench.down().rules(rules()).run().await.unwrap();
        assert_eq!((report.copied, report.removed, report.failed), (0, 1, 0));
        assert!(tree(&bench.there("")).is_empty(), "{refused}");
    }
}

#[tokio::test]
async fn a_plan_is_carried_out_only_by_a_run_of_its_kind() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    let file = bench.here("../plan");
    let marked = || Rules::default().marker(Marker::new("{name}.done").unwrap());
    for (planned, run) in [
        (Rules::default(), moving()),
        (moving(), Rules::default()),
        (Rules::default(), marked()),
        (marked(), Rules::default()),
    ] {
        let plan = bench.down().rules(planned).plan().await.unwrap();
        plan.save(&file).unwrap();
        let plan = Plan::load(&file).unwrap();
        let refused = bench.down().rules(run).run_plan(plan).await;
        assert!(matches!(refused, Err(Error::Plan { .. })), "{refused:?}");
    }
    let plan = bench.down().plan().await.unwrap();
    let refused = bench.down().keep_backup(true).run_plan(plan).await;
    assert!(matches!(refused, Err(Error::Plan { .. })), "{refused:?}");
    assert!(bench.there("a").exists() && !bench.here("a").exists());
    let plan = bench.down().rules(moving()).plan().await.unwrap();
    assert!(plan.moves());
    let report = bench.down().rules(moving()).run_plan(plan).await.unwrap();
    assert_eq!((report.copied, report.removed), (1, 1));
}

#[tokio::test]
async fn rules_that_only_compare_are_not_run() {
    let bench = Bench::start().await;
    write(&bench.there("a\tb"), "no name for it here", 1_700_000_000);
    write(&bench.here("only"), "x", 1_700_000_000);
    let comparing = || bench.down().rules(Rules::default().only_compares(true));
    let plan = comparing().plan().await.unwrap();
    assert_eq!(plan.deletions.len(), 1, "{plan:?}");
    for refused in [comparing().run().await, comparing().run_plan(plan).await] {
        assert!(matches!(refused, Err(Error::Usage(_))), "{refused:?}");
    }
    assert!(bench.here("only").exists());
}

#[tokio::test]
async fn a_file_larger_than_a_whole_run_fails_and_keeps_no_other_waiting() {
    let bench = Bench::start().await;
    for (name, contents) in [("a", "1234"), ("b", "far too large"), ("c", "1234")] {
        write(&bench.there(name), contents, 1_700_000_000);
    }
    let report = bench.down().max_transfer(10).run().await.unwrap();
    assert_eq!((report.copied, report.failed, report.ended), (2, 1, None));
    assert!(!bench.here("b").exists() && bench.here("c").exists());
}
