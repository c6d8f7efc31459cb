//! Mirrors whose sides are one directory, or of which one is inside the other. The server serves
//! the local directory.

use std::fs;

use towline::RemotePath;
use towline_sync::{Error, LocalTree, MaxDelete, Method, RemoteTree, Report, Rules};
use towline_testkit::{DigestCommand, Fault, Personality, Server};

use crate::support::{Bench, tree, write};

/// Runs a mirror in both directions, from or to `local` below the directory that is `top` on the
/// server.
async fn both(
    bench: &Bench,
    local: &str,
    remote: &str,
    rules: &Rules,
) -> [Result<Report, Error>; 2] {
    let here = || LocalTree::new(bench.there(local));
    let there = || RemoteTree::new(bench.pool(2), RemotePath::new(remote).unwrap());
    let down = bench.down_with(there(), here()).rules(rules.clone());
    let up = bench.up_with(here(), there()).rules(rules.clone());
    [down.run().await, up.run().await]
}

fn is_refused(run: &Result<Report, Error>) -> bool {
    matches!(run, Err(Error::Usage(_)))
}

fn deleting() -> Rules {
    Rules::default().delete(MaxDelete::Percent(100))
}

#[tokio::test]
async fn a_directory_is_not_moved_onto_itself() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    let before = tree(&bench.there(""));
    for run in both(&bench, "", "top", &Rules::default().moves(true)).await {
        assert!(is_refused(&run), "{run:?}");
    }
    assert_eq!(tree(&bench.there("")), before);
}

/// The server's digests are wrong, so that every file seems to differ.
#[tokio::test]
async fn a_directory_is_not_mirrored_onto_itself() {
    let builder = Server::builder(Personality::ProFtpd138).digests(DigestCommand::ALL);
    let bench = Bench::with(builder.fault(Fault::WrongDigest)).await;
    write(&bench.there("a"), "a", 1_700_000_000);
    let before = tree(&bench.there(""));
    for rules in [Rules::default(), deleting()] {
        for run in both(&bench, "", "top", &rules.method(Method::Hash)).await {
            assert!(is_refused(&run), "{run:?}");
        }
    }
    assert_eq!(tree(&bench.there("")), before);
}

/// What needs nothing need not be refused.
#[tokio::test]
async fn a_directory_is_up_to_date_with_itself() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    for run in both(&bench, "", "top", &deleting()).await {
        let report = run.unwrap();
        assert_eq!((report.unchanged, report.copied), (1, 0));
    }
}

#[tokio::test]
async fn a_destination_inside_the_source_is_refused_and_nothing_is_copied() {
    for contents in ["", "x", "x/y"] {
        let bench = Bench::start().await;
        write(&bench.there("a"), "a", 1_700_000_000);
        write(&bench.there("b/c"), "c", 1_700_000_000);
        fs::create_dir(bench.there("x")).unwrap();
        let before = tree(&bench.there(""));
        let inner = if contents.is_empty() { "x" } else { contents };
        for rules in [Rules::default(), deleting(), Rules::default().moves(true)] {
            let local = LocalTree::new(bench.there(inner));
            let down = bench.down_with(bench.remote(), local).rules(rules.clone());
            let run = down.run().await;
            assert!(is_refused(&run), "{inner}: {run:?}");
            let remote = RemotePath::new(format!("top/{inner}")).unwrap();
            let remote = RemoteTree::new(bench.pool(2), remote);
            let up = bench.up_with(LocalTree::new(bench.there("")), remote);
            let run = up.rules(rules).run().await;
            assert!(is_refused(&run), "{inner}: {run:?}");
            assert_eq!(tree(&bench.there("")), before, "{inner}");
        }
    }
}

#[tokio::test]
async fn a_source_inside_the_destination_is_not_deleted() {
    let bench = Bench::start().await;
    for name in ["new/a", "new/sub/b", "old", "other/c"] {
        write(&bench.there(name), name, 1_700_000_000);
    }
    let before = tree(&bench.there(""));
    let local = LocalTree::new(bench.there("new"));
    let run = bench
        .up_with(local, bench.remote())
        .rules(deleting())
        .run()
        .await;
    assert!(is_refused(&run), "{run:?}");
    let remote = RemoteTree::new(bench.pool(2), RemotePath::new("top/new").unwrap());
    let local = LocalTree::new(bench.there(""));
    let run = bench.down_with(remote, local).rules(deleting()).run().await;
    assert!(is_refused(&run), "{run:?}");
    assert_eq!(tree(&bench.there("")), before);
}

/// The names of the two sides need not be the same: one of them may be a mount.
#[tokio::test]
async fn a_destination_inside_the_source_is_found_under_another_name() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.there("x/z"), "z", 1_700_000_000);
    let link = bench.here("mount");
    std::os::unix::fs::symlink(bench.there("x"), &link).unwrap();
    let run = bench
        .down_with(bench.remote(), LocalTree::new(&link))
        .run()
        .await;
    assert!(is_refused(&run), "{run:?}");
    assert_eq!(tree(&bench.there("x")).len(), 1);
}
