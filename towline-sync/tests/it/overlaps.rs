//! Mirrors whose sides are one directory, or of which one is inside the other. The server serves
//! the local directory.

use std::fs;
use std::path::Path;

use towline::RemotePath;
use towline_sync::{Carrier, Error, LocalTree, MaxDelete, Method, Mirror, RemoteTree, Rules};
use towline_testkit::{DigestCommand, Fault, Personality, Server};

use crate::support::{Bench, path, touch, tree, write};

/// Checks that a mirror refuses to plan, to run and to explain, in the same words.
async fn assert_refused<C: Carrier>(mirror: Mirror<C>, words: &str) {
    let run = mirror.run().await.map(|report| format!("{report:?}"));
    let plan = mirror.plan().await.map(|plan| format!("{plan:?}"));
    let explained = mirror.explain(&path("a")).await;
    let explained = explained.map(|explained| explained.to_string());
    for refused in [run, plan, explained] {
        let what = format!("{refused:?}");
        assert!(
            matches!(&refused, Err(Error::Usage(text)) if text.contains(words)),
            "{what}, not: {words}"
        );
    }
}

/// Checks that a mirror is refused in both directions, of the directory `local`, which is `top` on
/// the server.
async fn assert_same(bench: &Bench, local: &Path, rules: &Rules) {
    let words = "the source and the destination are the same directory";
    let down = bench.down_with(bench.remote(), LocalTree::new(local));
    assert_refused(down.rules(rules.clone()), words).await;
    let up = bench.up_with(LocalTree::new(local), bench.remote());
    assert_refused(up.rules(rules.clone()), words).await;
}

fn deleting() -> Rules {
    Rules::default().delete(MaxDelete::Percent(100))
}

#[tokio::test]
async fn a_directory_is_not_moved_onto_itself() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    let before = tree(&bench.there(""));
    assert_same(&bench, &bench.there(""), &Rules::default().moves(true)).await;
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
        let rules = rules.method(Method::Hash);
        assert_same(&bench, &bench.there(""), &rules).await;
    }
    assert_eq!(tree(&bench.there("")), before);
}

/// Even if nothing would be copied or deleted, whatever leads there, and if nothing can be listed.
#[tokio::test]
async fn a_directory_that_is_both_sides_is_refused_without_need() {
    for personality in [Personality::ProFtpd138, Personality::VsFtpd] {
        let bench = Bench::with(Server::builder(personality)).await;
        write(&bench.there("a"), "a", 1_700_000_000);
        write(&bench.there("sub/b"), "b", 1_700_000_000);
        let before = tree(&bench.there(""));
        let link = bench.here("link");
        std::os::unix::fs::symlink(bench.there(""), &link).unwrap();
        let compares = Rules::default().only_compares(true);
        for rules in [Rules::default(), deleting()] {
            for local in [&bench.there(""), &bench.there("sub/.."), &link] {
                assert_same(&bench, local, &rules).await;
            }
        }
        let checked = bench.down_with(bench.remote(), LocalTree::new(&link));
        let checked = checked.rules(compares).plan().await;
        assert!(matches!(checked, Err(Error::Usage(_))), "{checked:?}");
        let blind = Rules::default().lists_destination(false);
        let up = bench.up_with(LocalTree::new(&link), bench.remote());
        assert_refused(up.rules(blind), "are the same directory").await;
        assert_eq!(tree(&bench.there("")), before);
    }
}

/// Both have the same names, and the times of the two directories differ.
#[tokio::test]
async fn a_mirror_that_is_up_to_date_writes_nothing_to_ask() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.here("a"), "a", 1_700_000_000);
    touch(&bench.there(""), 1_700_000_007);
    touch(&bench.here(""), 1_600_000_000);
    let time = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let before = (time(&bench.here("")), time(&bench.there("")));
    assert_eq!(bench.up().run().await.unwrap().unchanged, 1);
    assert_eq!(bench.down().run().await.unwrap().unchanged, 1);
    assert!(bench.up().plan().await.unwrap().is_empty());
    assert_eq!((time(&bench.here("")), time(&bench.there(""))), before);
}

#[tokio::test]
async fn a_destination_inside_the_source_is_refused_and_nothing_is_copied() {
    for inner in ["x", "x/y", "x/new", "new", "new/er/est", "x/new/er"] {
        let bench = Bench::start().await;
        write(&bench.there("a"), "a", 1_700_000_000);
        write(&bench.there("b/c"), "c", 1_700_000_000);
        fs::create_dir(bench.there("x")).unwrap();
        if inner == "x/y" {
            fs::create_dir(bench.there("x/y")).unwrap();
        }
        let before = tree(&bench.there(""));
        let words = format!("the destination is inside the source, at {inner}");
        for rules in [Rules::default(), deleting(), Rules::default().moves(true)] {
            let local = LocalTree::new(bench.there(inner));
            let down = bench.down_with(bench.remote(), local).rules(rules.clone());
            assert_refused(down, &words).await;
            let remote = RemotePath::new(format!("top/{inner}")).unwrap();
            let remote = RemoteTree::new(bench.pool(2), remote);
            let up = bench.up_with(LocalTree::new(bench.there("")), remote);
            assert_refused(up.rules(rules), &words).await;
            assert_eq!(tree(&bench.there("")), before, "{inner}");
        }
    }
}

/// What a plan asks with is gone afterwards, and so is nothing else.
#[tokio::test]
async fn a_plan_creates_no_destination() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.here("a"), "a", 1_700_000_000);
    let local = LocalTree::new(bench.here("new/er"));
    let down = bench.down_with(bench.remote(), local);
    assert_eq!(down.plan().await.unwrap().counts.copies, 1);
    let remote = RemotePath::new("top/new/er").unwrap();
    let remote = RemoteTree::new(bench.pool(2), remote);
    let up = bench.up_with(bench.local(), remote);
    assert_eq!(up.plan().await.unwrap().counts.copies, 1);
    assert_eq!(tree(&bench.here("")).len(), 1);
    assert_eq!(tree(&bench.there("")).len(), 1);
}

#[tokio::test]
async fn a_source_inside_the_destination_is_not_deleted() {
    let bench = Bench::start().await;
    for name in ["new/a", "new/sub/b", "old", "other/c"] {
        write(&bench.there(name), name, 1_700_000_000);
    }
    let before = tree(&bench.there(""));
    let words = "the source is inside the destination, at new";
    for rules in [Rules::default(), deleting(), Rules::default().moves(true)] {
        let local = LocalTree::new(bench.there("new"));
        let up = bench.up_with(local, bench.remote()).rules(rules.clone());
        assert_refused(up, words).await;
        let remote = RemoteTree::new(bench.pool(2), RemotePath::new("top/new").unwrap());
        let local = LocalTree::new(bench.there(""));
        assert_refused(bench.down_with(remote, local).rules(rules), words).await;
        assert_eq!(tree(&bench.there("")), before);
    }
}

/// The names of the two sides need not be the same: one of them may be a mount.
#[tokio::test]
async fn a_destination_inside_the_source_is_found_under_another_name() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.there("x/z"), "z", 1_700_000_000);
    let link = bench.here("mount");
    std::os::unix::fs::symlink(bench.there("x"), &link).unwrap();
    let down = bench.down_with(bench.remote(), LocalTree::new(&link));
    assert_refused(down, "the destination is inside the source, at x").await;
    assert_eq!(tree(&bench.there("x")).len(), 1);
}
