//! Sources of complete copies that a run which ended early did not remove.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use towline_sync::{
    Error, Event, Marker, MemoryCarrier, MemoryFile, MemoryTree, Mirror, Precision, Rules, Stamp,
    Step, Watch,
};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Bench, journal_in, moving, path, tree, write};

/// Makes the journal as it is when a run that moves is killed before it has removed any source.
fn verified(state: &Path) -> rusqlite::Connection {
    let journal = rusqlite::Connection::open(journal_in(state)).unwrap();
    let sql = "UPDATE file SET state = 3, moves = 1";
    assert!(journal.execute(sql, []).unwrap() > 0);
    journal
}

/// The new file may have come after a run removed the old one, and was killed.
#[tokio::test]
async fn a_source_that_no_time_tells_from_a_new_file_is_copied_once_more() {
    let now = Stamp::second(jiff::Timestamp::now().as_second());
    let minute = Stamp {
        seconds: now.seconds.div_euclid(60) * 60,
        precision: Precision::Minute,
        ..now
    };
    for modified in [None, Some(minute)] {
        for is_taken in [true, false] {
            let state = tempfile::tempdir().unwrap();
            let (source, destination) = (MemoryTree::without_times(), MemoryTree::new());
            let put = |contents: &[u8]| {
                let contents = contents.to_vec();
                source.put(&path("a"), MemoryFile { contents, modified });
            };
            let mirror = || {
                let carrier = MemoryCarrier::new(source.clone(), destination.clone(), now.seconds);
                Mirror::new(carrier, "a", "b").state_directory(state.path())
            };
            put(b"old");
            mirror().run().await.unwrap();
            verified(state.path());
            if is_taken {
                destination.remove(&path("a"));
            }
            put(b"new");
            let report = mirror().rules(moving()).run().await.unwrap();
            let what = format!("{modified:?}, taken {is_taken}");
            // A later change in the same minute would show the same time, so that source stays.
            let removed = u64::from(modified.is_none());
            assert_eq!((report.copied, report.removed), (1, removed), "{what}");
            assert_eq!(destination.read("a").unwrap().contents, b"new", "{what}");
            assert_eq!(source.files().is_empty(), removed == 1, "{what}");
        }
    }
}

/// The listing is exact to the minute, and the server can be asked.
#[tokio::test]
async fn an_exact_time_shows_that_a_new_file_without_its_marker_was_copied() {
    let builder = Server::builder(Personality::ProFtpd138);
    let bench = Bench::with(builder.without("MLSD").without("MLST")).await;
    let now = jiff::Timestamp::now().as_second();
    write(&bench.there("a"), "a", now);
    write(&bench.there("a.done"), "", now);
    let rules = || moving().marker(Marker::new("{name}.done").unwrap());
    let refuse = Action::Reply("550 Not now.".to_owned());
    let fault = Fault::At(Point::Command("DELE"), refuse).nth(2);
    bench.server.arm(fault);
    let report = bench.down().rules(rules()).run().await.unwrap();
    assert_eq!((report.copied, report.removed, report.failed), (1, 0, 1));
    assert!(bench.there("a").exists() && !bench.there("a.done").exists());
    bench.server.disarm();
    fs::remove_file(bench.here("a")).unwrap();
    let report = bench.down().rules(rules()).run().await.unwrap();
    assert_eq!((report.copied, report.removed, report.failed), (0, 1, 0));
    assert!(tree(&bench.there("")).is_empty());
}

/// Opens a gate after so many removals.
struct OpensAfter {
    removals: usize,
    gate: Gate,
    seen: Mutex<usize>,
}

impl Watch for OpensAfter {
    fn event(&self, event: Event<'_>) {
        if matches!(event, Event::Done { action } if action.step == Step::RemoveSource) {
            let mut seen = self.seen.lock().unwrap();
            *seen += 1;
            if *seen == self.removals {
                self.gate.open();
            }
        }
    }
}

/// The disk of the journal is full while one source is being removed.
#[tokio::test]
async fn a_journal_that_cannot_be_written_leaves_no_source_between_its_marker_and_itself() {
    const FILES: usize = 60;
    let bench = Bench::start().await;
    let rules = || Rules::default().marker(Marker::new("{name}.done").unwrap());
    let names: Vec<_> = (0..FILES).map(|number| format!("f{number:02}")).collect();
    for name in &names {
        write(&bench.there(name), name, 1_700_000_000);
        write(&bench.there(&format!("{name}.done")), "", 1_700_000_000);
    }
    bench.down().rules(rules()).run().await.unwrap();
    let full = "CREATE TRIGGER full BEFORE DELETE ON file \
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    verified(&bench.state()).execute(full, []).unwrap();
    let gate = Gate::new();
    let hold = Action::Hold(gate.clone());
    bench
        .server
        .arm(Fault::At(Point::Command("DELE"), hold).nth(3));
    let watch = Arc::new(OpensAfter {
        // The journal forgets them together.
        removals: 50,
        gate,
        seen: Mutex::default(),
    });
    let mirror = bench.down().rules(rules().moves(true)).watch(watch.clone());
    let failed = mirror.run().await;
    assert!(matches!(failed, Err(Error::Journal { .. })), "{failed:?}");
    let left: Vec<_> = names
        .iter()
        .filter(|name| bench.there(name).exists())
        .collect();
    assert_eq!(
        FILES - left.len(),
        *watch.seen.lock().unwrap(),
        "each is reported"
    );
    assert_eq!(
        left.len(),
        FILES - 51,
        "none begins, and the one under way ends"
    );
    for name in left {
        assert!(bench.there(&format!("{name}.done")).exists(), "{name}");
    }
}
