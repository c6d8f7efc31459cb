//! Clocks that are wrong, that jump, or that are not known.

use towline_sync::{
    ClockFace, Filter, MemoryCarrier, MemoryFile, MemoryTree, Mirror, Precision, Reason, Rules,
    Stamp,
};
use towline_testkit::{Personality, Server};

use crate::support::{Bench, path, touch, write};

const HOUR: i64 = 3600;

fn mirror(source: &MemoryTree, destination: &MemoryTree) -> Mirror<MemoryCarrier> {
    let carrier = MemoryCarrier::new(source.clone(), destination.clone(), 5);
    Mirror::new(carrier, "a", "b")
}

fn plant(tree: &MemoryTree, count: i64, shift: i64) {
    for n in 0..count {
        tree.write(&format!("{n}"), b"same", 1_700_000_000 + n * 1000 + shift);
    }
}

#[tokio::test]
async fn an_hour_that_many_files_share_is_a_clock_and_not_a_change() {
    let (source, destination) = (MemoryTree::new(), MemoryTree::new());
    plant(&source, 8, 0);
    plant(&destination, 8, -HOUR);
    let plan = mirror(&source, &destination).plan().await.unwrap();
    assert!(plan.is_empty());
    assert_eq!(plan.comparison.shifts, [HOUR]);
}

/// Times from before and after the change to daylight saving.
#[tokio::test]
async fn half_of_the_files_an_hour_off_is_daylight_saving() {
    let (source, destination) = (MemoryTree::new(), MemoryTree::new());
    plant(&source, 8, 0);
    plant(&destination, 8, 0);
    plant(&destination, 4, HOUR);
    assert!(
        mirror(&source, &destination)
            .plan()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn one_file_that_changed_an_hour_later_is_a_change() {
    let (source, destination) = (MemoryTree::new(), MemoryTree::new());
    plant(&source, 8, 0);
    plant(&destination, 8, 0);
    plant(&source, 1, HOUR);
    let plan = mirror(&source, &destination).plan().await.unwrap();
    let planned: Vec<_> = plan
        .all()
        .map(|action| (&action.path, action.reason))
        .collect();
    assert_eq!(planned, [(&path("0"), Reason::Time)]);
}

#[tokio::test]
async fn a_listing_that_turns_from_minutes_to_days_changes_nothing() {
    let (source, destination) = (MemoryTree::new(), MemoryTree::new());
    let at = |precision, seconds| MemoryFile {
        contents: b"x".to_vec(),
        modified: Some(Stamp {
            precision,
            ..Stamp::second(seconds)
        }),
    };
    let noon = 1_700_049_600;
    source.put(&path("a"), at(Precision::Day, noon - noon % 86_400));
    destination.put(&path("a"), at(Precision::Second, noon));
    assert!(
        mirror(&source, &destination)
            .plan()
            .await
            .unwrap()
            .is_empty()
    );
}

/// The server's clock jumps by an hour between two runs, and it has nothing but that clock.
#[tokio::test]
async fn a_server_clock_that_jumps_moves_nothing_again() {
    let directory = tempfile::tempdir().unwrap();
    let (source, destination) = (MemoryTree::new(), MemoryTree::without_times());
    let plant = |shift: i64| {
        for n in 0..5 {
            let modified = Some(Stamp {
                clock: ClockFace::Server,
                precision: Precision::Minute,
                ..Stamp::second(1_700_000_040 + n * 6000 + shift)
            });
            let contents = b"x".to_vec();
            source.put(&path(&n.to_string()), MemoryFile { contents, modified });
        }
    };
    plant(0);
    let run = || mirror(&source, &destination).state_directory(directory.path());
    assert_eq!(run().run().await.unwrap().copied, 5);
    plant(HOUR);
    assert!(run().plan().await.unwrap().is_empty());
    // One of them has changed as well.
    let modified = Some(Stamp {
        clock: ClockFace::Server,
        precision: Precision::Minute,
        ..Stamp::second(1_700_900_040)
    });
    let contents = b"y".to_vec();
    source.put(&path("3"), MemoryFile { contents, modified });
    let plan = run().plan().await.unwrap();
    assert_eq!(
        plan.all().map(|action| &action.path).collect::<Vec<_>>(),
        [&path("3")]
    );
}

/// `LIST` is exact to the minute or the day. Where it seems to differ, `MDTM` is asked.
#[tokio::test]
async fn coarse_times_that_differ_are_asked_for_exactly() {
    // The offset in winter is not that in summer, which the listing does not say.
    let builder = Server::builder(Personality::ProFtpd138)
        .mlsd(false)
        .listing_offset(2);
    let bench = Bench::with(builder).await;
    let now = jiff::Timestamp::now().as_second();
    for (name, age) in [
        ("new", 5000),
        ("old", 300 * 86_400),
        ("older", 700 * 86_400),
    ] {
        write(&bench.there(name), name, now - age);
        write(&bench.here(name), name, now - age);
    }
    let plan = bench.down().journal(false).plan().await.unwrap();
    assert!(plan.is_empty(), "{plan:?}");
    touch(&bench.there("old"), now - 4000);
    let plan = bench.down().journal(false).plan().await.unwrap();
    assert_eq!(plan.actions.len(), 1);
}

/// The listing is exact to the minute, and shows the same one before and after.
#[tokio::test]
async fn a_change_of_the_same_size_within_the_minute_of_the_copy_is_found() {
    let builder = Server::builder(Personality::ProFtpd138).mlsd(false);
    let bench = Bench::with(builder).await;
    let now = jiff::Timestamp::now().as_second();
    let minute = now - now % 60 - 120;
    write(&bench.there("a"), "old", minute + 10);
    write(&bench.there("b"), "same", minute + 10);
    assert_eq!(bench.down().run().await.unwrap().copied, 2);
    write(&bench.there("a"), "new", minute + 40);
    assert_eq!(bench.down().run().await.unwrap().copied, 1);
    let copy = std::fs::read_to_string(bench.here("a")).unwrap();
    assert_eq!(copy, "new");
    assert!(bench.down().plan().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_change_of_the_same_size_within_a_minute_is_found_without_a_journal() {
    for (upload, keeps_times) in [(false, true), (true, true), (true, false)] {
        let builder = Server::builder(Personality::ProFtpd138).mlsd(false);
        let builder = match keeps_times {
            true => builder,
            false => builder.without("MFMT"),
        };
        let bench = Bench::with(builder).await;
        let now = jiff::Timestamp::now().as_second();
        let minute = now - now % 60;
        let (source, copy) = match upload {
            true => (bench.here("a"), bench.there("a")),
            false => (bench.there("a"), bench.here("a")),
        };
        let run = async || match upload {
            true => bench.up().journal(false).run().await.unwrap().copied,
            false => bench.down().journal(false).run().await.unwrap().copied,
        };
        write(&source, "old", minute + 10);
        assert_eq!(run().await, 1);
        if !keeps_times {
            // It shows when it was made.
            touch(&copy, minute + 20);
        }
        write(&source, "new", minute + 40);
        assert_eq!(run().await, 1, "upload {upload}, keeps times {keeps_times}");
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), "new");
    }
}

/// A copy that was made long after the minute of the source's time needs no question.
#[tokio::test]
async fn an_old_file_is_not_asked_about_again() {
    let builder = Server::builder(Personality::ProFtpd138).mlsd(false);
    let bench = Bench::with(builder).await;
    let then = jiff::Timestamp::now().as_second() - 50_000;
    for name in ["a", "b", "c", "d", "e"] {
        write(&bench.there(name), "old", then);
    }
    let down = || bench.down().journal(false);
    assert_eq!(down().run().await.unwrap().copied, 5);
    let asked = || {
        let report = bench.server.report();
        let commands = report.control.iter().flat_map(|control| &control.commands);
        commands.filter(|line| line.starts_with("MDTM")).count()
    };
    let before = asked();
    assert_eq!(down().run().await.unwrap().copied, 0);
    // One question shows the zone of the server's clock.
    assert!(asked() <= before + 1, "{} {before}", asked());
}

#[tokio::test]
async fn a_copy_that_was_changed_at_the_destination_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let (source, destination) = (MemoryTree::new(), MemoryTree::new());
    plant(&source, 2, 0);
    let run = || mirror(&source, &destination).state_directory(directory.path());
    run().run().await.unwrap();
    destination.write("1", b"mine", 1_700_555_555);
    let plan = run().plan().await.unwrap();
    assert_eq!(
        plan.all().map(|action| &action.path).collect::<Vec<_>>(),
        [&path("1")]
    );
}

/// A server's own clock may be in any zone, which is 14 hours off at most.
#[tokio::test]
async fn update_keeps_what_may_be_newer() {
    const NOW: i64 = 1_700_000_000;
    let listed = |seconds| MemoryFile {
        contents: b"on the server".to_vec(),
        modified: Some(Stamp {
            precision: Precision::Minute,
            clock: ClockFace::Server,
            ..Stamp::second(seconds)
        }),
    };
    for (there, copied) in [
        (NOW - 48 * HOUR, false),
        (NOW - HOUR, false),
        (NOW, false),
        (NOW + 13 * HOUR, false),
        (NOW + 48 * HOUR, true),
    ] {
        for is_source in [true, false] {
            let (server, here) = (MemoryTree::new(), MemoryTree::new());
            server.put(&path("a"), listed(there));
            here.write("a", b"here", NOW);
            let (source, destination) = match is_source {
                true => (server, here),
                false => (here, server),
            };
            let carrier = MemoryCarrier::new(source, destination, NOW);
            let rules = Rules::default().update(true);
            let plan = Mirror::new(carrier, "a", "b").rules(rules).plan().await;
            let counts = plan.unwrap().counts;
            let is_sure = (there - NOW).abs() > 14 * HOUR;
            let expected = match (is_sure, copied == is_source) {
                (true, true) => (1, 0, 0),
                (true, false) => (0, 1, 0),
                (false, _) => (0, 0, 1),
            };
            let found = (counts.copies, counts.newer, counts.maybe_newer);
            assert_eq!(found, expected, "{there} {is_source}");
        }
    }
}

#[tokio::test]
async fn an_age_on_a_clock_in_any_zone_is_known_well_enough_or_said_not_to_be() {
    let now = std::time::SystemTime::now();
    let now = Stamp::local(now).unwrap().seconds;
    let limit = std::time::Duration::from_secs(3600);
    for (hours, expected) in [(48, (1, 0)), (5, (0, 1)), (-20, (0, 0))] {
        let (source, destination) = (MemoryTree::new(), MemoryTree::new());
        let modified = Stamp {
            precision: Precision::Minute,
            clock: ClockFace::Server,
            ..Stamp::second(now - hours * 3600)
        };
        source.put(
            &path("a"),
            MemoryFile {
                contents: b"a".to_vec(),
                modified: Some(modified),
            },
        );
        let carrier = MemoryCarrier::new(source, destination, now);
        let rules = Rules::default().filter(Filter::default().min_age(limit));
        let plan = Mirror::new(carrier, "a", "b").rules(rules).plan().await;
        let counts = plan.unwrap().counts;
        assert_eq!((counts.copies, counts.unjudged), expected, "{hours}");
    }
}
