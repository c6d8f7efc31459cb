//! The connection is cut at every command, the disk refuses, files change during the run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;
use towline::Cancel;
use towline_sync::{
    Cargo, Carried, Carrier, Ended, Error, MaxDelete, MemoryCarrier, MemoryTree, Mirror, Rules,
    TreePath,
};
use towline_testkit::{Action, Fault, Gate, Point};

use crate::support::{Bench, tree, write};

/// Only a run that does not end takes this long.
const PATIENCE: Duration = Duration::from_secs(20);

fn deleting() -> Rules {
    Rules::default().delete(MaxDelete::Percent(100))
}

fn plant(write: impl Fn(&str, &str)) {
    for name in ["a", "b", "sub/c", "sub/d", "e"] {
        write(name, &name.repeat(100));
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_at_any_command_costs_nothing_but_a_run() {
    for upload in [false, true] {
        for moment in 1..40 {
            let bench = Bench::start().await;
            plant(|name, contents| {
                let path = if upload {
                    bench.here(name)
                } else {
                    bench.there(name)
                };
                write(&path, contents, 1_700_000_000);
            });
            let extra = if upload {
                bench.there("extra")
            } else {
                bench.here("extra")
            };
            write(&extra, "extra", 1_700_000_000);
            // From some command on, the server is gone.
            let close = Fault::At(Point::Command("*"), Action::Close);
            bench.server.arm(close.from_nth(moment));
            // It may not even begin.
            let _ = match upload {
                true => bench.up().rules(deleting()).run().await,
                false => bench.down().rules(deleting()).run().await,
            };
            bench.server.disarm();
            let report = match upload {
                true => bench.up().rules(deleting()).run().await,
                false => bench.down().rules(deleting()).run().await,
            };
            assert_eq!(report.unwrap().failed, 0, "{upload} {moment}");
            let (here, there) = (tree(&bench.here("")), tree(&bench.there("")));
            assert_eq!(here, there, "{upload} {moment}");
        }
    }
}

#[tokio::test]
async fn a_move_over_a_connection_that_is_lost_has_each_file_somewhere() {
    for moment in 1..40 {
        let bench = Bench::start().await;
        plant(|name, contents| write(&bench.there(name), contents, 1_700_000_000));
        let before = tree(&bench.there(""));
        let close = Fault::At(Point::Command("*"), Action::Close);
        bench.server.arm(close.from_nth(moment));
        let moving = || bench.down().rules(Rules::default().moves(true));
        let _ = moving().run().await;
        bench.server.disarm();
        let mut both = tree(&bench.there(""));
        both.extend(tree(&bench.here("")));
        both.sort();
        both.dedup();
        assert_eq!(both, before, "{moment}");
        assert_eq!(moving().run().await.unwrap().failed, 0);
        assert_eq!(tree(&bench.here("")), before, "{moment}");
    }
}

#[tokio::test]
async fn a_directory_here_that_may_not_be_written_fails_alone() {
    if fs::read("/proc/self/environ").is_ok() && is_root() {
        // Root may write everywhere; a file in the way does the same.
        let bench = Bench::start().await;
        plant(|name, contents| write(&bench.there(name), contents, 1_700_000_000));
        write(&bench.here("sub"), "in the way", 5);
        let report = bench.down().run().await.unwrap();
        assert_eq!((report.copied, report.failed), (3, 0));
        return;
    }
    let bench = Bench::start().await;
    plant(|name, contents| write(&bench.there(name), contents, 1_700_000_000));
    fs::create_dir(bench.here("sub")).unwrap();
    fs::set_permissions(bench.here("sub"), fs::Permissions::from_mode(0o555)).unwrap();
    let report = bench.down().run().await.unwrap();
    assert_eq!((report.copied, report.failed), (3, 2));
    fs::set_permissions(bench.here("sub"), fs::Permissions::from_mode(0o755)).unwrap();
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[tokio::test]
async fn a_file_that_vanishes_during_the_run_fails_alone() {
    let bench = Bench::start().await;
    plant(|name, contents| write(&bench.there(name), contents, 1_700_000_000));
    let gate = Gate::new();
    bench
        .server
        .arm(Fault::At(Point::Command("RETR"), Action::Hold(gate.clone())).nth(1));
    let mirror = bench.down();
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    for name in ["a", "b", "e"] {
        fs::remove_file(bench.there(name)).unwrap();
    }
    fs::create_dir(bench.there("a")).unwrap();
    gate.open();
    let report = run.await.unwrap().unwrap();
    assert!((2..=3).contains(&report.failed), "{report:?}");
    assert!(bench.here("sub/c").exists() && bench.here("sub/d").exists());
}

#[tokio::test]
async fn a_file_that_appears_here_during_the_run_is_not_overwritten() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "theirs", 1_700_000_000);
    let gate = Gate::new();
    bench
        .server
        .arm(Fault::At(Point::Command("RETR"), Action::Hold(gate.clone())).nth(1));
    let mirror = bench.down();
    let run = tokio::spawn(async move { mirror.run().await });
    gate.reached().await;
    write(&bench.here("a"), "mine", 1_700_000_000);
    gate.open();
    assert_eq!(run.await.unwrap().unwrap().failed, 1);
    assert_eq!(fs::read_to_string(bench.here("a")).unwrap(), "mine");
}

#[tokio::test]
async fn a_file_that_grows_or_becomes_a_directory_during_the_run_is_right_after_the_next() {
    for upload in [false, true] {
        for becomes_directory in [false, true] {
            let bench = Bench::start().await;
            let at = |name: &str| match upload {
                true => bench.here(name),
                false => bench.there(name),
            };
            plant(|name, contents| write(&at(name), contents, 1_700_000_000));
            let gate = Gate::new();
            let command = if upload { "STOR" } else { "RETR" };
            let hold = Action::Hold(gate.clone());
            bench
                .server
                .arm(Fault::At(Point::Command(command), hold).nth(1));
            let run = match upload {
                true => {
                    let mirror = bench.up().rules(deleting());
                    tokio::spawn(async move { mirror.run().await })
                }
                false => {
                    let mirror = bench.down().rules(deleting());
                    tokio::spawn(async move { mirror.run().await })
                }
            };
            gate.reached().await;
            for name in ["a", "b", "e"] {
                fs::remove_file(at(name)).unwrap();
                match becomes_directory {
                    true => write(&at(&format!("{name}/inside")), "inside", 1_700_000_000),
                    false => write(&at(name), &name.repeat(5000), 1_700_000_900),
                }
            }
            gate.open();
            // It may fail for some of them.
            run.await.unwrap().unwrap();
            let report = match upload {
                true => bench.up().rules(deleting()).run().await.unwrap(),
                false => bench.down().rules(deleting()).run().await.unwrap(),
            };
            let what = format!("upload {upload}, directory {becomes_directory}");
            assert_eq!(report.failed, 0, "{what}");
            assert_eq!(tree(&bench.here("")), tree(&bench.there("")), "{what}");
        }
    }
}

/// Copies the first file. After it, the disk is full.
struct FullAfterOne(MemoryCarrier);

impl Carrier for FullAfterOne {
    type Source = MemoryTree;
    type Destination = MemoryTree;

    fn source(&self) -> &Arc<MemoryTree> {
        self.0.source()
    }

    fn destination(&self) -> &Arc<MemoryTree> {
        self.0.destination()
    }

    async fn carry(
        &self,
        mut files: UnboundedReceiver<Cargo>,
        done: UnboundedSender<Carried>,
        stop: &Cancel,
    ) {
        let (first, rest) = mpsc::unbounded_channel();
        if let Some(cargo) = files.recv().await {
            first.send(cargo).unwrap();
        }
        drop(first);
        self.0.carry(rest, done.clone(), stop).await;
        while let Some(cargo) = files.recv().await {
            // The run reads each result before the next.
            let outcome = match stop.is_cancelled() {
                true => Err(Error::Cancelled),
                false => Err(Error::Local {
                    path: cargo.path.to_string().into(),
                    source: std::io::ErrorKind::StorageFull.into(),
                }),
            };
            let path = cargo.path;
            done.send(Carried { path, outcome }).unwrap();
            let _ = timeout(PATIENCE, stop.cancelled()).await;
        }
    }

    async fn same_contents(&self, path: &TreePath) -> Result<Option<bool>, Error> {
        self.0.same_contents(path).await
    }

    fn cancel(&self) -> &Cancel {
        self.0.cancel()
    }
}

#[tokio::test]
async fn a_full_disk_ends_the_run() {
    let (source, destination) = (MemoryTree::new(), MemoryTree::new());
    for n in 0..9 {
        source.write(&format!("f{n}"), b"1", 1_700_000_000);
    }
    let carrier = FullAfterOne(MemoryCarrier::new(source, destination, 1_800_000_000));
    let report = Mirror::new(carrier, "a", "b").run().await.unwrap();
    assert_eq!((report.copied, report.failed, report.left_out), (1, 1, 7));
    assert_eq!(report.ended, Some(Ended::DiskFull));
}
