//! One suite that every tree passes.

use std::sync::Arc;

use towline_sync::{Filter, Snapshot};
use towline_sync::{
    LocalTree, MemoryFile, MemoryTree, Node, NodeKind, RemoteTree, Stamp, Tree, scan,
};
use towline_testkit::{Personality, Server};

use crate::support::{Bench, path, tree, write};

/// Writes a file into the tree from behind, changed at the second.
type Plant<'a> = &'a dyn Fn(&str, &str, i64);

async fn snapshot<T: Tree>(tree: &Arc<T>) -> Snapshot {
    let connections = std::num::NonZeroU32::new(2).unwrap();
    scan(tree, &Filter::default(), connections).await.unwrap()
}

async fn shown<T: Tree>(tree: &Arc<T>) -> Vec<(String, NodeKind, Option<u64>)> {
    let snapshot = snapshot(tree).await;
    assert_eq!(snapshot.incompleteness().count(), 0);
    let shown = |node: &Node| (node.path.to_string(), node.kind, node.version.size);
    snapshot.nodes().iter().map(shown).collect()
}

async fn passes<T: Tree>(tree: T, plant: Plant<'_>) {
    let tree = Arc::new(tree);
    plant("b.txt", "hello", 1_700_000_000);
    plant("a/c/d", "", 1_600_000_000);
    plant("a!", "x", 1_600_000_001);

    // Entries come in tree order, with kinds and sizes.
    let (file, directory) = (NodeKind::File, NodeKind::Directory);
    let expected = [
        ("a", directory, None),
        ("a/c", directory, None),
        ("a/c/d", file, Some(0)),
        ("a!", file, Some(1)),
        ("b.txt", file, Some(5)),
    ];
    let expected = expected.map(|(path, kind, size)| (path.to_owned(), kind, size));
    assert_eq!(shown(&tree).await, expected);

    // A look is exact.
    let found = tree.look(&path("b.txt")).await.unwrap().unwrap();
    assert_eq!((found.kind, found.version.size), (file, Some(5)));
    let modified = found.version.modified.unwrap();
    assert!(
        modified.agrees(&Stamp::second(1_700_000_000), 0),
        "{modified}"
    );
    assert_eq!(
        tree.look(&path("a")).await.unwrap().unwrap().kind,
        directory
    );
    assert_eq!(tree.look(&path("a/nothing")).await.unwrap(), None);

    // What does not exist cannot be listed.
    assert!(
        tree.list(&path("nothing"))
            .await
            .unwrap_err()
            .is_not_found()
    );

    // Directories are created once or twice, and removed only when they are empty.
    for _ in 0..2 {
        tree.create_dir(&path("new")).await.unwrap();
    }
    assert!(
        tree.create_dir(&path("b.txt")).await.is_err(),
        "a file is no directory"
    );
    assert!(
        tree.remove_dir(&path("a")).await.is_err(),
        "it is not empty"
    );
    tree.remove_dir(&path("new")).await.unwrap();
    assert_eq!(tree.look(&path("new")).await.unwrap(), None);

    // Files are removed, and directories are not files.
    assert!(tree.remove_file(&path("a")).await.is_err());
    tree.remove_file(&path("a/c/d")).await.unwrap();
    assert!(tree.remove_file(&path("a/c/d")).await.is_err());
    assert_eq!(tree.look(&path("a/c/d")).await.unwrap(), None);

    // A backup does not lose the file.
    let kept = tree.keep(&path("b.txt")).await.unwrap();
    tree.put_back(&path("b.txt"), &kept).await.unwrap();
    let back = tree.look(&path("b.txt")).await.unwrap().unwrap();
    assert_eq!(back.version.size, Some(5));

    // Names that lead elsewhere are refused.
    for name in [&b".."[..], b"", b"a/b", b"a\nb"] {
        assert!(tree.admits(name).is_err(), "{name:?}");
    }
    assert!(tree.admits("Gr\u{fc}\u{df}e".as_bytes()).is_ok());
}

#[tokio::test]
async fn a_tree_in_memory_passes() {
    let tree = MemoryTree::new();
    let plant = |path: &str, contents: &str, second| tree.write(path, contents.as_bytes(), second);
    passes(tree.clone(), &plant).await;
}

#[tokio::test]
async fn a_local_tree_passes() {
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path().join("top");
    std::fs::create_dir(&top).unwrap();
    let tree = LocalTree::new(&top).backup(directory.path().join("old"));
    passes(tree, &|path, contents, second| {
        write(&top.join(path), contents, second)
    })
    .await;
}

#[tokio::test]
async fn a_remote_tree_passes_on_every_server() {
    for personality in Personality::ALL {
        let bench = Bench::with(Server::builder(personality)).await;
        let tree = bench
            .remote()
            .backup(towline::RemotePath::new("old").unwrap());
        passes(tree, &|path, contents, second| {
            write(&bench.there(path), contents, second)
        })
        .await;
    }
}

#[tokio::test]
async fn a_backup_directory_inside_the_tree_is_no_part_of_it() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 5);
    write(&bench.there("old/a"), "older", 5);
    let tree = bench
        .remote()
        .backup(towline::RemotePath::new("top/old").unwrap());
    let tree: Arc<RemoteTree> = Arc::new(tree);
    assert_eq!(shown(&tree).await.len(), 1);
    tree.keep(&path("a")).await.unwrap();
    assert_eq!(
        std::fs::read_to_string(bench.there("old/a")).unwrap(),
        "older"
    );
    assert_eq!(
        std::fs::read_to_string(bench.there("old/a.~1~")).unwrap(),
        "a"
    );

    write(&bench.here("a"), "a", 5);
    write(&bench.here("old/a"), "older", 5);
    let tree = Arc::new(bench.local().backup(bench.here("old")));
    assert_eq!(shown(&tree).await.len(), 1);
    tree.keep(&path("a")).await.unwrap();
    assert_eq!(
        std::fs::read_to_string(bench.here("old/a.~1~")).unwrap(),
        "a"
    );
}

#[tokio::test]
async fn links_are_entries_and_never_followed() {
    let bench = Bench::start().await;
    write(&bench.here("real/a"), "a", 5);
    std::os::unix::fs::symlink(bench.here("real"), bench.here("link")).unwrap();
    let tree = Arc::new(bench.local());
    let kinds: Vec<_> = shown(&tree)
        .await
        .into_iter()
        .map(|(path, kind, _)| (path, kind))
        .collect();
    let expected = [
        ("link", NodeKind::Link),
        ("real", NodeKind::Directory),
        ("real/a", NodeKind::File),
    ];
    assert_eq!(kinds, expected.map(|(path, kind)| (path.to_owned(), kind)));
    assert!(tree.list(&path("link")).await.is_err());
    assert!(
        tree.create_dir(&path("link")).await.is_err(),
        "it could lead anywhere"
    );
}

#[test]
fn a_memory_tree_is_shared_by_its_clones() {
    let tree = MemoryTree::new();
    let file = MemoryFile {
        contents: b"x".to_vec(),
        modified: None,
    };
    tree.clone().put(&path("a/b"), file.clone());
    assert_eq!(tree.read("a/b"), Some(file));
    assert_eq!(tree.directories(), [path("a")]);
    tree.remove(&path("a"));
    assert!(tree.files().is_empty());
}

#[tokio::test]
async fn links_are_followed_where_that_is_wanted() {
    use std::os::unix::fs::symlink;
    for upload in [false, true] {
        let bench = Bench::start().await;
        let (source, target) = match upload {
            true => (bench.here(""), bench.there("")),
            false => (bench.there(""), bench.here("")),
        };
        write(&source.join("real/a"), "a", 1_700_000_000);
        let outside = source.join("../outside");
        write(&outside.join("b"), "b", 1_700_000_000);
        symlink("real/a", source.join("file")).unwrap();
        symlink("../outside", source.join("directory")).unwrap();
        symlink("nowhere", source.join("dangling")).unwrap();
        symlink("..", source.join("real/circle")).unwrap();
        let plan = match upload {
            true => {
                let mirror = bench.up_with(bench.local().follow_links(true), bench.remote());
                mirror.run().await.unwrap();
                mirror.plan().await.unwrap()
            }
            false => {
                let mirror = bench.down_with(bench.remote().follow_links(true), bench.local());
                mirror.run().await.unwrap();
                mirror.plan().await.unwrap()
            }
        };
        let names = tree(&target)
            .into_iter()
            .filter(|(_, contents)| contents.is_some());
        let names: Vec<_> = names.map(|(name, _)| name).collect();
        assert_eq!(names, ["directory/b", "file", "real/a"], "upload {upload}");
        let problems: Vec<_> = plan
            .problems
            .iter()
            .map(|problem| format!("{}: {}", problem.path, problem.what))
            .collect();
        assert_eq!(problems.len(), 1, "upload {upload}: {problems:?}");
        assert!(problems[0].contains("real/circle"), "{problems:?}");
        assert!(
            problems[0].contains("leads back to the directory"),
            "{problems:?}"
        );
        assert!(plan.is_empty(), "upload {upload}: {plan:?}");
    }
}

/// Many servers follow links by themselves, and show a circle as directories without end.
#[tokio::test]
async fn a_circle_that_a_server_shows_as_directories_is_reported() {
    let bench = Bench::with(Server::builder(Personality::FileZilla1)).await;
    write(&bench.there("sub/a"), "a", 1_700_000_000);
    std::os::unix::fs::symlink("..", bench.there("sub/up")).unwrap();
    let tree = Arc::new(bench.remote());
    let snapshot = snapshot(&tree).await;
    let files = snapshot.nodes().iter().filter(|node| node.is_file());
    assert!(files.count() <= 1, "{:?}", snapshot.nodes());
}
