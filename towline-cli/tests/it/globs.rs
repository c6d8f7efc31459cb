//! Patterns in the last part of a remote path.

use towline_testkit::{Fault, Personality, Server};

use crate::support::Harness;

async fn with_files() -> Harness {
    let h = Harness::start().await;
    for name in ["a.csv", "b.csv", "c.txt", ".d.csv", "[1].csv", "sub/e.csv"] {
        h.write_remote(&format!("out/{name}"), name);
    }
    h
}

#[tokio::test]
async fn get_fetches_what_matches() {
    let h = with_files().await;
    h.succeed(&["get", &h.url("out/?.csv"), "."]).await;
    assert_eq!(h.local_names(), ["a.csv", "b.csv"]);
    let into_a_file = h.run(&["get", &h.url("out/*.csv"), "new"]).await;
    assert_eq!(into_a_file.code, 2, "{into_a_file:?}");
    h.succeed(&["get", &h.url("out/%5B1%5D*"), "new/"]).await;
    assert_eq!(crate::support::names(&h.local("new")), ["[1].csv"]);
}

#[tokio::test]
async fn ls_cat_and_rm_take_patterns_too() {
    let h = with_files().await;
    assert_eq!(h.succeed(&["ls", &h.url("out/s*")]).await, "sub/\n");
    let below = h.succeed(&["ls", "-R", &h.url("out/s*")]).await;
    assert_eq!(below, "sub/\nsub/e.csv\n");
    assert_eq!(
        h.succeed(&["cat", &h.url("out/[ab].*")]).await,
        "a.csvb.csv"
    );
    h.succeed(&["rm", &h.url("out/*.csv")]).await;
    assert_eq!(h.remote_names("out"), [".d.csv", "c.txt", "sub"]);
}

#[tokio::test]
async fn nothing_that_matches_is_an_error() {
    let h = with_files().await;
    for command in ["get", "ls", "cat", "rm"] {
        let run = h.run(&[command, &h.url("out/*.pdf")]).await;
        assert_eq!(run.code, 6, "{command}: {run:?}");
        let words = "out: nothing matches \"*.pdf\"";
        assert!(run.stderr.contains(words), "{run:?}");
    }
}

#[tokio::test]
async fn commands_for_one_name_take_no_pattern() {
    let h = with_files().await;
    h.write_local("a", "1");
    let url = h.url("out/*");
    for arguments in [
        &["stat", &url][..],
        &["mkdir", &url],
        &["rmdir", &url],
        &["mv", &url, "b"],
        &["mv", &h.url("out/a.csv"), "b*"],
        &["put", "a", &url],
        &["get", &h.url("o*/a.csv")],
    ] {
        let run = h.run(arguments).await;
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert!(run.stderr.contains("%2A"), "{run:?}");
    }
}

#[tokio::test]
async fn a_listing_that_is_not_understood_makes_rm_refuse_and_get_fail() {
    let line = b"?? a line from nowhere".to_vec();
    let fault = Fault::ListingLines(vec![line]);
    let h = Harness::with(Server::builder(Personality::VsFtpd).fault(fault)).await;
    h.write_remote("a.csv", "1");
    let run = h.run(&["rm", &h.url("*.csv")]).await;
    assert_eq!(run.code, 8, "{run:?}");
    assert!(h.remote("a.csv").exists());
    let run = h.run(&["get", &h.url("*.csv")]).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(h.local_names(), ["a.csv"]);
}

/// A server that lists names twice, as files and as directories.
async fn with_duplicates() -> Harness {
    let line =
        |kind, size, name| format!("{kind}r--r--r-- 1 o g {size} Nov 20 2025 {name}").into_bytes();
    let lines = vec![
        line("-", 9, "a.csv"),
        line("d", 0, "b.csv"),
        line("-", 1, "c.csv"),
    ];
    let builder = Server::builder(Personality::VsFtpd).mlsd(false);
    let h = Harness::with(builder.fault(Fault::ListingLines(lines))).await;
    for name in ["a.csv", "b.csv"] {
        h.write_remote(name, "1");
    }
    h
}

#[tokio::test]
async fn a_name_that_comes_twice_is_used_once_and_reported() {
    let h = with_duplicates().await;
    let run = h.run(&["get", &h.url("[ab].csv"), "."]).await;
    assert_eq!(run.code, 1, "{run:?}");
    for name in ["a.csv", "b.csv"] {
        let words = format!("{name}: skipped, because another entry has this name");
        assert_eq!(run.stderr.matches(&words).count(), 1, "{run:?}");
    }
    assert!(h.local_names().contains(&"a.csv".to_owned()), "{run:?}");
    let run = h.run(&["cat", &h.url("a*.csv")]).await;
    assert_eq!((run.code, run.stdout.as_str()), (1, "1"), "{run:?}");
    let run = h.run(&["rm", &h.url("a*.csv")]).await;
    assert_eq!(run.code, 1, "{run:?}");
    let words = "a.csv: skipped, because another entry has this name";
    assert!(run.stderr.contains(words), "{run:?}");
    assert!(!h.remote("a.csv").exists());
}
