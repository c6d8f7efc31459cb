//! Files that change or vanish while many are moved, full disks, and refused names.

use std::fs::{self, File};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use towline::{DownloadOptions, ErrorKind, Job, Retry, UploadOptions};
use towline_testkit::{Action, Fault, Gate, Personality, Point};

use crate::many::{
    BOTH_WAYS, Direction, Running, SECOND, assert_all_done, failures, for_each, numbered, outcome,
    pool, run,
};
use crate::support::{BOTH, Bench, Notebook, answer, contents, path, quick_retry};

/// What happens to the file under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Shrinks,
    Grows,
    /// Larger than a pipelined file may be.
    GrowsLarge,
    Vanishes,
}

const CHANGES: [Change; 4] = [
    Change::Shrinks,
    Change::Grows,
    Change::GrowsLarge,
    Change::Vanishes,
];

const LEN: usize = 100_000;

impl Change {
    /// The size after the change.
    fn len(self) -> Option<usize> {
        match self {
            Self::Shrinks => Some(60_000),
            Self::Grows => Some(140_000),
            Self::GrowsLarge => Some(400_000),
            Self::Vanishes => None,
        }
    }

    /// Changes the file in place, so that every open handle sees it.
    fn apply(self, file: &std::path::Path) {
        let Some(len) = self.len() else {
            return fs::remove_file(file).unwrap();
        };
        let contents = contents(len);
        let mut file = File::options().write(true).open(file).unwrap();
        file.write_all(&contents).unwrap();
        file.set_len(len as u64).unwrap();
    }
}

/// Ten files of 100,000 bytes, whose sizes are known from a listing.
fn listed(bench: &Bench, direction: Direction) -> Vec<Job> {
    let job = |n| direction.job(bench, &numbered("file", n), &contents(LEN));
    (0..10).map(job).map(|job| job.sized(LEN as u64)).collect()
}

#[tokio::test]
async fn what_changed_since_it_was_listed_is_moved_as_it_is_now() {
    let mut cases = Vec::new();
    for direction in BOTH_WAYS {
        for version in BOTH {
            for change in CHANGES {
                cases.push((direction, version, change));
            }
        }
    }
    for_each(cases, async |(direction, version, change)| {
        let what = format!("{direction:?} {version} {change:?}");
        let bench = Bench::start(Personality::VsFtpd).await;
        let jobs = listed(&bench, direction);
        change.apply(&match direction {
            Direction::Down => bench.server.root().join("file-004"),
            Direction::Up => bench.local("file-004"),
        });
        let pool = pool(bench.config(version).retry(quick_retry()), 1);
        let done = run(&pool, jobs).await;
        for n in 0..10 {
            let name = numbered("file", n);
            let arrived = direction.arrived(&bench, &name);
            let len = if n == 4 { change.len() } else { Some(LEN) };
            let Some(len) = len else {
                let kind = outcome(&done, &name).unwrap_err().kind();
                let expected = match direction {
                    Direction::Down => [ErrorKind::NotFound, ErrorKind::Refused],
                    Direction::Up => [ErrorKind::Local; 2],
                };
                assert!(expected.contains(&kind), "{what}: {kind:?}");
                assert_eq!(arrived, None, "{what}");
                continue;
            };
            outcome(&done, &name).unwrap();
            assert!(arrived.unwrap() == contents(len), "{what}: {name}");
        }
        let missing = usize::from(change == Change::Vanishes);
        assert_eq!(direction.names(&bench).len(), 10 - missing, "{what}");
    })
    .await;
}

/// The server has the file open, and half of it was sent.
#[tokio::test]
async fn what_changes_while_it_is_fetched_is_never_a_short_file() {
    let mut cases = Vec::new();
    for version in BOTH {
        for change in CHANGES {
            for is_listed in [false, true] {
                cases.push((version, change, is_listed));
            }
        }
    }
    for_each(cases, async |(version, change, is_listed)| {
        let what = format!("{version} {change:?} {is_listed}");
        let gate = Gate::new();
        let point = Point::Transfer {
            command: "RETR",
            after: 50_000,
        };
        let hold = Fault::At(point, Action::Hold(gate.clone())).nth(5);
        let bench = Bench::with_fault(Personality::VsFtpd, hold).await;
        let mut jobs = listed(&bench, Direction::Down);
        if !is_listed {
            let again = |job: Job| {
                let (remote, local) = (job.remote().clone(), job.local().to_owned());
                Job::download(remote, local, DownloadOptions::default())
            };
            jobs = jobs.into_iter().map(again).collect();
        }
        let pool = pool(bench.config(version).retry(quick_retry()), 1);
        let running = Running::start(&pool, jobs);
        gate.reached().await;
        change.apply(&bench.server.root().join("file-004"));
        gate.open();
        let done = running.end().await;
        assert_all_done(&done, &what);
        // The vanished file was still open, and arrived complete.
        let len = change.len().unwrap_or(LEN);
        let arrived = Direction::Down.arrived(&bench, "file-004").unwrap();
        assert!(arrived == contents(len), "{what}: {}", arrived.len());
        assert_eq!(bench.local_names().len(), 10, "{what}");
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_at_the_server_is_told_of_and_leaves_nothing() {
    for version in BOTH {
        // Once, and from then on.
        for full in [
            Fault::DiskFull(50_000).nth(5),
            Fault::DiskFull(50_000).from_nth(5),
        ] {
            let what = format!("{version} {full:?}");
            let bench = Bench::with_fault(Personality::ProFtpd138, full).await;
            let pool = pool(bench.config(version).retry(Retry::none()), 2);
            let done = run(&pool, listed(&bench, Direction::Up)).await;
            for done in &done {
                let name = done.job.remote().to_string();
                match &done.outcome {
                    Ok(_) => assert!(bench.read(&name).unwrap() == contents(LEN), "{what}"),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Incomplete, "{what}: {error}");
                        assert!(error.reply().is_some(), "{what}: {error}");
                        assert_eq!(bench.read(&name), None, "{what}");
                    }
                }
            }
            let whole = done.len() - failures(&done).len();
            assert_eq!(bench.names().len(), whole, "{what}: no part remains");
            assert!(whole >= 4, "{what}");
            bench.server.disarm();
            let more = Direction::Up.job(&bench, "more", b"more");
            assert_all_done(&run(&pool, vec![more]).await, &what);
        }
    }
}

#[tokio::test]
async fn a_local_file_that_cannot_be_written_stops_no_other() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut jobs = listed(&bench, Direction::Down);
    fs::create_dir(bench.local("file-003")).unwrap();
    let nowhere = bench.local("nowhere/file-007");
    let options = DownloadOptions::default();
    jobs[7] = Job::download(path("file-007"), nowhere, options).sized(LEN as u64);
    let pool = pool(bench.open_config(), 1);
    let done = run(&pool, jobs).await;
    assert_eq!(failures(&done), [ErrorKind::Local; 2]);
    for name in ["file-003", "file-007"] {
        outcome(&done, name).unwrap_err();
    }
    assert_eq!(bench.local_names().len(), 9);
    assert_eq!(bench.logins(), 1);
}

#[tokio::test]
async fn old_files_are_replaced_where_the_server_does_not_rename_over_them() {
    let mut cases = Vec::new();
    for version in BOTH {
        for personality in [
            Personality::VsFtpd,
            Personality::ProFtpd138,
            Personality::PureFtpd,
        ] {
            for old in [vec![4], (0..10).collect()] {
                cases.push((version, personality, old));
            }
        }
    }
    for_each(
        cases,
        async |(version, personality, old): (_, _, Vec<usize>)| {
            let what = format!("{version} {personality:?} {old:?}");
            let bench = Bench::with_fault(personality, Fault::RefuseReplace).await;
            for n in &old {
                bench.write(&numbered("file", *n), "old");
            }
            let notebook = Arc::new(Notebook::default());
            let pool = pool(bench.config(version).observer(notebook.clone()), 1);
            let done = run(&pool, Direction::Up.jobs(&bench, "file", 10)).await;
            assert_all_done(&done, &what);
            Direction::Up.assert_arrived(&bench, "file", 10, &what);
            assert_eq!(bench.logins(), 1, "{what}");
            let surprise = "pipelined commands failed";
            assert!(
                !notebook.has(surprise),
                "{what}: {:#?}",
                notebook.all("note:")
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_directory_in_the_way_is_told_of_and_stops_no_other() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        // In the middle of the pipeline, and its last file.
        for n in [4, 9] {
            let bench = Bench::start(personality).await;
            let name = numbered("file", n);
            let inside = bench.server.root().join(&name).join("inside");
            fs::create_dir(inside.parent().unwrap()).unwrap();
            fs::write(&inside, "kept").unwrap();
            let pool = pool(bench.open_config(), 1);
            let done = run(&pool, Direction::Up.jobs(&bench, "file", 10)).await;
            assert_eq!(failures(&done), [ErrorKind::RenameRefused]);
            let error = outcome(&done, &name).unwrap_err().to_string();
            assert!(
                error.contains("there is a directory of that name"),
                "{error}"
            );
            assert_eq!(fs::read(&inside).unwrap(), b"kept");
            // The whole file, under the name in the error.
            let names = bench.names();
            assert_eq!(names.len(), 11);
            let kept = names.iter().find(|name| name.ends_with(".part")).unwrap();
            assert!(error.contains(kept), "{error}");
            assert_eq!(bench.read(kept).unwrap(), contents(100 * n));
            assert_eq!(bench.logins(), 1);
        }
    }
}

#[tokio::test]
async fn a_server_that_sets_no_times_is_noted_once_for_all_files() {
    for (personality, refuses) in [
        (Personality::VsFtpd, false),
        (Personality::ProFtpd138, true),
    ] {
        let bench = Bench::start(personality).await;
        if refuses {
            bench.server.arm(answer("MFMT", "550 Not today."));
        }
        let notebook = Arc::new(Notebook::default());
        let pool = pool(bench.open_config().observer(notebook.clone()), 1);
        let done = run(&pool, Direction::Up.jobs(&bench, "file", 10)).await;
        assert_all_done(&done, "");
        Direction::Up.assert_arrived(&bench, "file", 10, "");
        let mut notes = notebook.all("note:");
        notes.retain(|note| note.contains("modification times"));
        assert_eq!(notes.len(), 1, "{personality:?}: {notes:?}");
    }
}

#[tokio::test]
async fn times_are_kept_at_both_ends() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let pool = pool(bench.open_config(), 1);
    let mut jobs = Direction::Up.jobs(&bench, "up", 5);
    jobs.extend(Direction::Down.jobs(&bench, "down", 5));
    assert_all_done(&run(&pool, jobs).await, "");
    for n in 0..5 {
        assert_eq!(bench.modified(&numbered("up", n)), SECOND);
        let local = fs::metadata(bench.local(&numbered("down", n))).unwrap();
        let time = filetime::FileTime::from_last_modification_time(&local);
        assert_eq!(time.unix_seconds(), SECOND);
    }
}

/// 250,000 bytes in three seconds, most of which wait in the client's send queue.
#[tokio::test]
async fn an_upload_that_drains_slowly_does_not_stand_still() {
    for version in BOTH {
        let pace = Fault::Pace {
            command: "STOR",
            bytes_per_second: 80_000,
        };
        let bench = Bench::with_fault(Personality::ProFtpd138, pace.nth(3)).await;
        let config = bench.config(version).timeout(Duration::from_millis(1500));
        let pool = pool(config.retry(Retry::none()), 1);
        let job = |n| Direction::Up.job(&bench, &numbered("file", n), &contents(250_000));
        let done = run(&pool, (0..5).map(job).collect()).await;
        assert_all_done(&done, "");
        let (stor, logins) = (bench.count("STOR"), bench.logins());
        assert_eq!((stor, logins), (5, 1), "{version}: nothing was done twice");
    }
}

#[tokio::test]
async fn a_transfer_that_stands_still_is_noticed() {
    for (direction, kind) in [
        (Direction::Down, ErrorKind::Timeout),
        // All bytes were sent; the server later says how many have arrived.
        (Direction::Up, ErrorKind::Incomplete),
    ] {
        let point = Point::Transfer {
            command: direction.verb(),
            after: 50_000,
        };
        let silence = Fault::At(point, Action::Silence);
        let bench = Bench::with_fault(Personality::ProFtpd138, silence.from_nth(3)).await;
        let config = bench.open_config().timeout(Duration::from_secs(1));
        let pool = pool(config.retry(Retry::none()), 1);
        let mut jobs = listed(&bench, direction);
        jobs.truncate(4);
        let done = run(&pool, jobs).await;
        assert_eq!(failures(&done), [kind; 2], "{direction:?}");
        assert_eq!(direction.names(&bench).len(), 2, "{direction:?}");
    }
}

#[tokio::test]
async fn uploads_that_may_not_replace_leave_what_is_there() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("file-004", "theirs");
    let job = |n| {
        let name = numbered("file", n);
        let local = bench.write_local(&name, &contents(100 * n), SECOND);
        let options = UploadOptions::default().overwrite(false);
        Job::upload(local, path(&name), options).sized(100 * n as u64)
    };
    let jobs = (0..10).map(job).collect();
    let pool = pool(bench.open_config(), 2);
    let done = run(&pool, jobs).await;
    assert_eq!(failures(&done), [ErrorKind::AlreadyExists]);
    assert_eq!(bench.read("file-004").unwrap(), b"theirs");
}
