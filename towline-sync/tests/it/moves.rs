//! Moves: a source goes only once its copy is known to be complete.

use std::fs;

use towline_sync::{Journal, Marker, Rules, State};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Bench, Notebook, journal_file, moving, set, touch, tree, write};

#[tokio::test]
async fn files_are_moved_in_both_directions() {
    for personality in Personality::ALL {
        let bench = Bench::with(Server::builder(personality)).await;
        write(&bench.there("sub/a"), "a", 1_700_000_000);
        write(&bench.there("b"), "b", 1_700_000_000);
        let report = bench.down().rules(moving()).run().await.unwrap();
        assert_eq!(
            (report.copied, report.removed, report.failed),
            (2, 2, 0),
            "{personality:?}"
        );
        assert_eq!(
            tree(&bench.there("")),
            [("sub".to_owned(), None)],
            "{personality:?}"
        );
        assert_eq!(fs::read_to_string(bench.here("sub/a")).unwrap(), "a");
        let report = bench.up().rules(moving()).run().await.unwrap();
        assert_eq!(
            (report.copied, report.removed, report.failed),
            (2, 2, 0),
            "{personality:?}"
        );
        assert_eq!(fs::read_to_string(bench.there("sub/a")).unwrap(), "a");
        assert!(!bench.here("b").exists());
    }
}

#[tokio::test]
async fn the_same_name_is_taken_again_the_next_night() {
    let bench = Bench::start().await;
    for _ in 0..3 {
        // Even if it has the same size and time.
        write(&bench.there("report.csv"), "a", 1_700_000_000);
        let report = bench.down().rules(moving()).run().await.unwrap();
        assert_eq!((report.copied, report.removed), (1, 1));
        fs::remove_file(bench.here("report.csv")).unwrap();
    }
}

#[tokio::test]
async fn a_source_that_changed_while_it_was_copied_is_kept() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "first", 1_700_000_000);
    let gate = Gate::new();
    // The first one asks whether both sides are one directory, the next is the second look.
    let point = Point::Command("MLST");
    bench
        .server
        .arm(Fault::At(point, Action::Hold(gate.clone())).nth(2));
    let notebook = Notebook::new();
    let mirror = bench.down().rules(moving()).watch(notebook.clone());
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    write(&bench.there("a"), "second", 1_700_000_100);
    gate.open();
    let report = run.await.unwrap().unwrap();
    assert_eq!(
        (report.copied, report.removed, report.kept),
        (1, 0, 1),
        "{:?}",
        notebook.lines()
    );
    assert_eq!(fs::read_to_string(bench.there("a")).unwrap(), "second");
    bench.server.disarm();
    let report = bench.down().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (1, 1));
    assert_eq!(fs::read_to_string(bench.here("a")).unwrap(), "second");
}

/// The run ends between the journal and the removal of the source.
#[tokio::test]
async fn what_was_copied_and_not_yet_removed_is_not_copied_again() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    let refuse = Action::Reply("550 Not now.".to_owned());
    bench.server.arm(Fault::At(Point::Command("DELE"), refuse));
    let report = bench.down().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed, report.failed), (1, 0, 1));
    bench.server.disarm();
    // Whoever waits for the file has taken it.
    fs::remove_file(bench.here("a")).unwrap();
    let report = bench.down().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed, report.failed), (0, 1, 0));
    assert!(!bench.there("a").exists() && !bench.here("a").exists());
}

/// A copy that an earlier run made without moving proves nothing if it is gone.
#[tokio::test]
async fn a_copy_that_was_lost_is_made_again_before_its_source_goes() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    bench.down().run().await.unwrap();
    fs::remove_file(bench.here("a")).unwrap();
    let report = bench.down().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (1, 1));
    assert!(bench.here("a").exists() && !bench.there("a").exists());
}

/// The copies were there before, from another program, with or without the times of their sources.
#[tokio::test]
async fn a_source_goes_only_after_a_copy_of_its_own() {
    let bench = Bench::start().await;
    for name in ["same", "other"] {
        write(&bench.there(name), name, 1_700_000_000);
        // As long and as old as the source, and yet another file.
        write(&bench.here(name), &name.to_uppercase(), 1_700_000_000);
    }
    touch(&bench.here("other"), 1_700_009_999);
    // A comparison by size proves nothing, then or later.
    let sizes = || Rules::default().method(towline_sync::Method::Size);
    bench.down().rules(sizes()).run().await.unwrap();
    let plan = bench
        .down()
        .rules(sizes().moves(true))
        .plan()
        .await
        .unwrap();
    assert_eq!((plan.actions.len(), plan.counts.unproved), (0, 2));
    let report = bench.down().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (2, 2));
    for name in ["same", "other"] {
        assert_eq!(fs::read_to_string(bench.here(name)).unwrap(), name);
    }
}

#[tokio::test]
async fn without_a_size_to_check_the_source_is_kept() {
    let builder = Server::builder(Personality::VsFtpd)
        .without("SIZE")
        .mlsd(false);
    let bench = Bench::with(builder).await;
    write(&bench.here("a"), "a", 1_700_000_000);
    let report = bench.up().rules(moving()).run().await.unwrap();
    assert_eq!(report.copied, 1);
    assert_eq!(bench.here("a").exists(), report.removed == 0);
    let (journal, _) = Journal::open(&journal_file(&bench)).unwrap();
    let verified = journal
        .records()
        .any(|record| record.unwrap().state == State::Verified);
    assert!(
        report.removed == 1 || !verified,
        "what is not verified is not called so"
    );
}

#[tokio::test]
async fn parts_of_a_run_that_was_killed_are_removed_and_those_of_others_are_not() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.there("b"), "b", 1_700_000_000);
    // A claim, as a run that was killed leaves it.
    bench.down().run().await.unwrap();
    let file = journal_file(&bench);
    let sql = "UPDATE file SET state = 1 WHERE key = CAST('a' AS BLOB)";
    rusqlite::Connection::open(file)
        .unwrap()
        .execute(sql, [])
        .unwrap();
    fs::remove_file(bench.here("a")).unwrap();
    write(&bench.here(".a.x1Y2z3.part"), "ours", 5);
    write(&bench.here(".other.x1Y2z3.part"), "another program's", 5);
    let report = bench.down().run().await.unwrap();
    assert_eq!((report.copied, report.failed), (1, 0));
    let names: Vec<_> = tree(&bench.here(""))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, [".other.x1Y2z3.part", "a", "b"]);
    assert!(bench.down().plan().await.unwrap().is_empty());
}

/// The run ends between the last rename and the journal.
#[tokio::test]
async fn a_copy_that_the_journal_does_not_have_yet_is_proved_or_made_again() {
    // Without MLSD, the listing is exact to the minute, but the server can be asked.
    for lacking in [&[][..], &["MLSD", "MLST"]] {
        let builder = Server::builder(Personality::ProFtpd138);
        let builder = lacking
            .iter()
            .fold(builder, |builder, verb| builder.without(verb));
        let bench = Bench::with(builder).await;
        let second = jiff::Timestamp::now().as_second() - 5000;
        write(&bench.there("a"), "a", second);
        bench.down().run().await.unwrap();
        claim(&bench);
        let report = bench.down().rules(moving()).run().await.unwrap();
        assert_eq!((report.copied, report.removed), (0, 1), "{lacking:?}");
    }
    // Uploads have the time at which they were made.
    let builder = Server::builder(Personality::ProFtpd138).without("MFMT");
    let bench = Bench::with(builder).await;
    write(&bench.here("a"), "a", 1_700_000_000);
    bench.up().run().await.unwrap();
    claim(&bench);
    let report = bench.up().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (1, 1));
    assert!(bench.there("a").exists() && !bench.here("a").exists());
}

/// The run ends between the last rename and the journal, and somebody takes the copy at once.
#[tokio::test]
async fn a_copy_that_was_taken_before_the_journal_has_it_is_not_made_again() {
    let bench = Bench::start().await;
    write(&bench.there("sub/a"), "a", 1_700_000_000);
    bench.down().run().await.unwrap();
    fetched(&bench);
    fs::remove_file(bench.here("sub/a")).unwrap();
    let report = bench.down().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (0, 1));
    assert!(!bench.there("sub/a").exists());
}

/// An upload ends between the journal and the removal of the source, and somebody takes the copy.
#[tokio::test]
async fn an_upload_that_was_taken_before_its_source_went_is_not_made_again() {
    let bench = Bench::start().await;
    write(&bench.here("sub/a"), "a", 1_700_000_000);
    bench.up().run().await.unwrap();
    set(&bench, State::Verified);
    fs::remove_file(bench.there("sub/a")).unwrap();
    let report = bench.up().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (0, 1));
    assert!(!bench.here("sub/a").exists() && !bench.there("sub/a").exists());
}

/// The run ends before the last rename.
#[tokio::test]
async fn a_copy_that_did_not_get_its_name_is_made_again() {
    let name = staged_name();
    for what in ["part", "no directory", "another version"] {
        let bench = Bench::start().await;
        write(&bench.there("sub/a"), "a", 1_700_000_000);
        bench.down().run().await.unwrap();
        fetched(&bench);
        fs::remove_file(bench.here("sub/a")).unwrap();
        match what {
            "part" => write(&bench.here(&format!("sub/{name}")), "a", 1_700_000_000),
            "no directory" => fs::remove_dir(bench.here("sub")).unwrap(),
            _ => write(&bench.there("sub/a"), "b", 1_700_000_900),
        }
        // A run that is killed after it has removed what was left changes nothing.
        let close = Fault::At(Point::Command("RETR"), Action::Close);
        bench.server.arm(close);
        let _ = bench.down().rules(moving()).run().await;
        assert!(bench.there("sub/a").exists(), "{what}");
        bench.server.disarm();
        let report = bench.down().rules(moving()).run().await.unwrap();
        assert_eq!((report.copied, report.removed), (1, 1), "{what}");
        assert_eq!(tree(&bench.here("sub")).len(), 1, "{what}");
    }
}

/// The name of a copy of `a` that does not have its name yet.
fn staged_name() -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest("a");
    let mark: String = digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(".a.{mark}.part")
}

#[tokio::test]
async fn a_copy_whose_name_is_taken_meanwhile_fails_and_its_source_stays() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "theirs", 1_700_000_000);
    let gate = Gate::new();
    let hold = Action::Hold(gate.clone());
    bench
        .server
        .arm(Fault::At(Point::Command("RETR"), hold).nth(1));
    let mirror = bench.down().rules(moving());
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    write(&bench.here("a"), "mine", 1_700_000_500);
    gate.open();
    let report = run.await.unwrap().unwrap();
    assert_eq!((report.copied, report.failed, report.removed), (0, 1, 0));
    assert_eq!(tree(&bench.here("")).len(), 1, "no part remains");
    fs::remove_file(bench.here("a")).unwrap();
    let report = bench.down().rules(moving()).run().await.unwrap();
    assert_eq!((report.copied, report.removed), (1, 1));
    assert_eq!(fs::read_to_string(bench.here("a")).unwrap(), "theirs");
}

/// Makes the journal as it is when a run that moves is killed while a copy gets its name.
fn fetched(bench: &Bench) {
    set(bench, State::Fetched);
}

/// Ctrl-C keeps a part, and the journal may be lost, or not kept.
#[tokio::test]
async fn no_stray_part_of_ours_is_older_than_the_run() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.here(".a.0123abcd.part"), "half", 1_700_000_000);
    write(&bench.here(".other.0123abcd.part"), "half", 1_700_000_000);
    write(&bench.here(".busy.0123abcd.part"), "half", 1_700_000_000);
    write(&bench.there("busy"), "b", 1_700_000_000);
    let busy = fs::File::open(bench.here(".busy.0123abcd.part")).unwrap();
    busy.lock().unwrap();
    assert_eq!(bench.down().journal(false).run().await.unwrap().copied, 2);
    let names: Vec<_> = tree(&bench.here(""))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let left = [".busy.0123abcd.part", ".other.0123abcd.part", "a", "busy"];
    assert_eq!(
        names, left,
        "what is in use, or of no file of the source, stays"
    );
}

/// Makes the journal as it is when a run that moves is killed.
fn claim(bench: &Bench) {
    set(bench, State::Claimed);
}

/// A run that was killed while it asked whether both sides are one directory.
#[tokio::test]
async fn a_probe_that_was_left_is_removed_and_never_copied() {
    let bench = Bench::start().await;
    write(&bench.here("a"), "a", 1_700_000_000);
    let close = Action::Close;
    bench.server.arm(Fault::At(Point::Command("RMD"), close));
    assert!(bench.up().rules(moving()).run().await.is_err());
    bench.server.disarm();
    let left = tree(&bench.there(""));
    assert!(left[0].0.starts_with(".towline.probe"), "{left:?}");
    assert!(bench.down().plan().await.unwrap().is_empty());
    let report = bench.up().rules(moving()).run().await.unwrap();
    assert_eq!((report.removed, report.failed), (1, 0));
    assert_eq!(tree(&bench.there("")).len(), 1);
}

#[tokio::test]
async fn parts_are_never_copied() {
    let bench = Bench::start().await;
    write(&bench.there("a.0123abcd.part"), "half", 1_700_000_000);
    write(&bench.here(".b.x1Y2z3.part"), "half", 1_700_000_000);
    assert!(bench.down().plan().await.unwrap().is_empty());
    assert!(bench.up().plan().await.unwrap().is_empty());
}

/// `LIST` alone shows the minute, in which the file may change again.
#[tokio::test]
async fn a_file_of_this_minute_keeps_its_source_until_the_minute_is_over() {
    let builder = Server::builder(Personality::VsFtpd)
        .mlsd(false)
        .without("MDTM");
    let bench = Bench::with(builder).await;
    write(&bench.there("old"), "aaaa", 1_700_000_000);
    fs::write(bench.there("new"), "aaaa").unwrap();
    let gate = Gate::new();
    let point = Point::FinalReply("RETR");
    bench
        .server
        .arm(Fault::At(point, Action::Hold(gate.clone())).from_nth(1));
    let notebook = Notebook::new();
    let mirror = bench.down().rules(moving()).watch(notebook.clone());
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    fs::write(bench.there("new"), "bbbb").unwrap();
    gate.open();
    let report = run.await.unwrap().unwrap();
    assert_eq!((report.removed, report.failed), (1, 0), "{notebook:?}");
    assert!(!bench.there("old").exists());
    assert_eq!(fs::read_to_string(bench.there("new")).unwrap(), "bbbb");
    assert!(notebook.has("only to the minute"), "{notebook:?}");
    bench.server.disarm();
    touch(&bench.there("new"), 1_600_000_000);
    bench.down().rules(moving()).run().await.unwrap();
    assert!(!bench.there("new").exists());
    assert_eq!(fs::read_to_string(bench.here("new")).unwrap(), "bbbb");
}

#[tokio::test]
async fn a_marker_that_is_gone_already_is_no_failure() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.there("a.done"), "", 1_700_000_000);
    let gate = Gate::new();
    let point = Point::FinalReply("RETR");
    bench
        .server
        .arm(Fault::At(point, Action::Hold(gate.clone())).nth(1));
    let refused = Action::Reply("550 no".to_owned());
    bench
        .server
        .arm(Fault::At(Point::Command("DELE"), refused).nth(1));
    let marker = Marker::new("{name}.done").unwrap();
    let mirror = bench.down().rules(moving().marker(marker));
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    fs::remove_file(bench.there("a.done")).unwrap();
    gate.open();
    let report = run.await.unwrap().unwrap();
    assert_eq!((report.removed, report.failed), (1, 0));
    assert!(!bench.there("a").exists() && bench.here("a").exists());
}
