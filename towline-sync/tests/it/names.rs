//! Names that one of the sides cannot have.

use std::fs;

use towline::Charset;
use towline_sync::{
    Filter, LocalTree, MaxDelete, MemoryCarrier, MemoryTree, Mirror, Plan, ProblemKind, Rules,
    Tree as _, TreePath,
};
use towline_testkit::{Personality, Server};

use crate::support::{Bench, Notebook, path, tree, write};

#[tokio::test]
async fn names_that_cannot_be_here_are_told_one_by_one_and_the_rest_goes_on() {
    let bench = Bench::start().await;
    for name in ["fine", "bell\u{7}", "escape\u{1b}[2J", "sub\u{1}/inside"] {
        write(&bench.there(name), name, 1_700_000_000);
    }
    let plan = bench.down().plan().await.unwrap();
    let problems: Vec<_> = plan
        .problems
        .iter()
        .map(|problem| (&problem.path, problem.kind))
        .collect();
    let name = ProblemKind::Name;
    let (a, b, c) = (path("bell\u{7}"), path("escape\u{1b}[2J"), path("sub\u{1}"));
    assert_eq!(problems, [(&a, name), (&b, name), (&c, name)]);
    let report = bench.down().run().await.unwrap();
    assert_eq!((report.copied, report.failed), (1, 0));
    assert_eq!(tree(&bench.here("")).len(), 1);
}

#[test]
fn a_name_that_is_too_long_is_refused() {
    let tree = LocalTree::new("/nowhere");
    assert!(tree.admits(&[b'x'; 255]).is_ok());
    assert!(tree.admits(&[b'x'; 256]).is_err());
}

#[tokio::test]
async fn names_that_are_not_text_are_copied_byte_by_byte() {
    use std::os::unix::ffi::OsStrExt as _;

    let bench = Bench::with(Server::builder(Personality::VsFtpd)).await;
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9 \xff");
    fs::write(bench.there("").join(name), "x").unwrap();
    bench.down().run().await.unwrap();
    assert_eq!(fs::read_to_string(bench.here("").join(name)).unwrap(), "x");
    assert!(bench.down().plan().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_character_set_is_used_on_the_server() {
    use std::os::unix::ffi::OsStrExt as _;

    let bench = Bench::with(Server::builder(Personality::VsFtpd)).await;
    let latin1 = Charset::for_label("latin1").unwrap();
    write(&bench.here("caf\u{e9}"), "x", 1_700_000_000);
    write(&bench.here("\u{5e33}"), "not in Latin 1", 1_700_000_000);
    let up = || bench.up_with(bench.local(), bench.remote().charset(latin1));
    let plan = up().plan().await.unwrap();
    assert_eq!(plan.problems[0].kind, ProblemKind::Name);
    up().run().await.unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    assert!(bench.there("").join(name).exists());
    assert!(up().plan().await.unwrap().is_empty());
}

/// A destination that takes `A` for `a`.
#[tokio::test]
async fn names_that_differ_only_in_case_are_looked_at_first() {
    let (source, destination) = (MemoryTree::new(), MemoryTree::new());
    source.write("Readme", b"one", 5);
    source.write("readme", b"two", 5);
    source.write("other", b"three", 5);
    let notebook = Notebook::new();
    let carrier = MemoryCarrier::new(source, destination.clone(), 5);
    let rules = Rules::default();
    let mirror = Mirror::new(carrier, "a", "b").rules(rules).watch(notebook);
    let report = mirror.run().await.unwrap();
    // This one tells them apart.
    assert_eq!((report.copied, report.failed), (3, 0));
    assert_eq!(destination.files().len(), 3);
}

#[tokio::test]
async fn a_name_that_comes_twice_in_a_listing_is_neither_copied_nor_deleted() {
    let line = "-rw-r--r--   1 o  g   1 Jan  5 10:00 twice\r\n";
    let listing = format!("{line}{line}-rw-r--r--   1 o  g   1 Jan  5 10:00 once\r\n");
    let builder = Server::builder(Personality::VsFtpd)
        .mlsd(false)
        .listing(listing);
    let bench = Bench::with(builder).await;
    write(&bench.there("once"), "1", 5);
    write(&bench.here("twice"), "mine", 5);
    let delete = Rules::default().delete(MaxDelete::Default);
    bench.down().rules(delete).run().await.unwrap();
    assert_eq!(fs::read_to_string(bench.here("twice")).unwrap(), "mine");
    assert!(bench.here("once").exists());
}

#[test]
fn the_root_is_no_name() {
    assert_eq!(TreePath::root().to_string(), ".");
    assert!(TreePath::new(b"../x").is_err());
}

#[tokio::test]
async fn control_characters_are_reported_and_nothing_is_sent() {
    let bench = Bench::start().await;
    for name in ["tab\tname", "bell\u{7}/inside", "plain"] {
        write(&bench.here(name), "x", 1_700_000_000);
    }
    for copied in [1, 0] {
        let plan = bench.up().plan().await.unwrap();
        let names: Vec<_> = plan
            .problems
            .iter()
            .map(|problem| (problem.kind, problem.path.to_string()))
            .collect();
        let expected = ["bell\\x07", "tab\\x09name"].map(str::to_owned);
        assert_eq!(names, expected.map(|name| (ProblemKind::Name, name)));
        let report = bench.up().run().await.unwrap();
        assert_eq!((report.copied, report.failed), (copied, 0));
    }
    assert_eq!(tree(&bench.there("")).len(), 1);
}

#[tokio::test]
async fn a_name_here_that_no_path_can_have_matters_only_to_deletions() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.here("two\nlines"), "x", 1_700_000_000);
    let plan = bench.down().plan().await.unwrap();
    assert_eq!((plan.counts.copies, plan.problems.len()), (1, 0));
    let rules = Rules::default().delete(MaxDelete::Default);
    let plan = bench.down().rules(rules).plan().await.unwrap();
    assert_eq!(plan.problems[0].kind, ProblemKind::DestinationIncomplete);
}

/// A name with a tab was made here by another program.
#[tokio::test]
async fn what_has_an_odd_name_here_can_be_deleted() {
    let bench = Bench::start().await;
    write(&bench.there("a"), "a", 1_700_000_000);
    write(&bench.here("tab\tname"), "x", 1_700_000_000);
    let rules = Rules::default().delete(MaxDelete::Default);
    let report = bench.down().rules(rules).run().await.unwrap();
    assert_eq!((report.deleted, report.failed), (1, 0));
}

async fn planned(bench: &Bench, is_up: bool, rules: Rules) -> Plan {
    let plan = match is_up {
        true => bench.up().rules(rules).plan().await,
        false => bench.down().rules(rules).plan().await,
    };
    plan.unwrap()
}

/// A file of that name need not be one that Towline has left.
#[tokio::test]
async fn a_source_with_the_name_of_a_partial_file_is_a_problem_unless_excluded() {
    for is_up in [true, false] {
        let bench = Bench::start().await;
        for name in ["a", "x.deadbeef.part", ".y.0a1b2c3d.part", "gone"] {
            write(&bench.here(name), "a", 1_700_000_000);
            write(&bench.there(name), "a", 1_700_000_000);
        }
        let source = match is_up {
            true => bench.here("gone"),
            false => bench.there("gone"),
        };
        fs::remove_file(source).unwrap();
        let rules = || Rules::default().delete(MaxDelete::Files(5));
        let plan = planned(&bench, is_up, rules()).await;
        let problems = plan.problems.iter();
        let mut names: Vec<_> = problems.map(|problem| problem.path.to_string()).collect();
        names.sort();
        assert_eq!(names, [".y.0a1b2c3d.part", "x.deadbeef.part"], "{is_up}");
        assert_eq!(plan.counts.deletions, 1, "{is_up}");
        let filter = Filter::default().exclude("*.part").unwrap();
        let plan = planned(&bench, is_up, rules().filter(filter)).await;
        assert_eq!(plan.problems, [], "{is_up}");
        assert_eq!(plan.counts.filtered, 2, "{is_up}");
    }
}
