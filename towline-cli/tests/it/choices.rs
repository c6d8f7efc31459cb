//! `get` and `put` of some files only.

use std::fs;

use crate::support::{Harness, names};

fn touch(path: &std::path::Path, second: u64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(second);
    fs::File::options()
        .append(true)
        .open(path)
        .unwrap()
        .set_modified(time)
        .unwrap();
}

fn plant(write: impl Fn(&str)) {
    for name in [
        "tree/a.csv",
        "tree/b.tmp",
        "tree/only/c.tmp",
        "tree/sub/deep/d.csv",
    ] {
        write(name);
    }
}

#[tokio::test]
async fn filters_choose_what_a_tree_brings_and_leave_no_empty_directories() {
    let h = Harness::start().await;
    plant(|name| h.write_remote(name, name));
    h.succeed(&["get", "-r", "--include", "*.csv", &h.url("tree"), "in"])
        .await;
    assert_eq!(names(&h.local("in")), ["a.csv", "sub"]);
    assert_eq!(names(&h.local("in/sub/deep")), ["d.csv"]);
    plant(|name| h.write_local(name, name));
    h.succeed(&[
        "put",
        "-r",
        "--exclude",
        "*.tmp",
        "--exclude",
        "sub/",
        "tree",
        &h.url("up"),
    ])
    .await;
    assert_eq!(h.remote_names("up"), ["a.csv"]);
    h.succeed(&["get", "--max-size", "1", &h.url("tree/a.csv"), "small"])
        .await;
    assert!(!h.local("small").exists());
    let run = h
        .run(&["get", "-r", "--include=", &h.url("tree"), "in"])
        .await;
    assert_eq!(run.code, 2);
}

#[tokio::test]
async fn a_dry_run_names_what_would_be_moved_and_changes_nothing() {
    let h = Harness::start().await;
    plant(|name| h.write_remote(name, name));
    let printed = h
        .succeed(&[
            "get",
            "-r",
            "--dry-run",
            "--exclude",
            "*.tmp",
            &h.url("tree"),
            "in/",
        ])
        .await;
    assert_eq!(
        printed,
        "tree/a.csv -> in/tree/a.csv\ntree/sub/deep/d.csv -> in/tree/sub/deep/d.csv\n"
    );
    assert!(h.local_names().is_empty());
    h.write_local("x/y", "y");
    let printed = h
        .succeed(&["put", "-r", "--dry-run", "x", &h.url("new")])
        .await;
    assert_eq!(printed, "x/y -> new/y\n");
    assert!(!h.remote("new").exists());
    let run = h
        .run(&[
            "get",
            "--dry-run",
            &h.url("x/nothing"),
            &h.url("tree"),
            "./",
        ])
        .await;
    assert_eq!((run.code, run.stdout.as_str()), (6, ""), "{run:?}");
}

#[tokio::test]
async fn update_skips_files_that_are_newer_at_the_target() {
    let h = Harness::start().await;
    for (name, second) in [("tree/old", 100), ("tree/new", 300)] {
        h.write_remote(name, "there");
        touch(&h.remote(name), second);
        h.write_local(&name.replace("tree", "in"), "here");
        touch(&h.local(&name.replace("tree", "in")), 200);
    }
    let here = |name: &str| fs::read_to_string(h.local(name)).unwrap();
    h.succeed(&["get", "--update", &h.url("tree/old"), "in/old"])
        .await;
    assert_eq!(here("in/old"), "here");
    h.succeed(&["get", "--update", &h.url("tree/new"), "in/new"])
        .await;
    assert_eq!(here("in/new"), "there");
    touch(&h.local("in/old"), 50);
    h.succeed(&["put", "--update", "in/old", &h.url("tree/old")])
        .await;
    assert_eq!(fs::read_to_string(h.remote("tree/old")).unwrap(), "there");
}

#[tokio::test]
async fn ages_and_sizes_choose_in_both_directions() {
    let day = std::time::Duration::from_secs(86_400);
    for upload in [false, true] {
        for (option, value, expected) in [
            ("--min-size", "1k", &["large", "old"][..]),
            ("--max-size", "1k", &["small"]),
            ("--min-age", "7d", &["old"]),
            ("--max-age", "7d", &["large", "small"]),
        ] {
            let h = Harness::start().await;
            for (name, size, age) in [("small", 1, 1), ("large", 2000, 1), ("old", 2000, 40)] {
                let path = match upload {
                    true => {
                        h.write_local(&format!("tree/{name}"), vec![0; size]);
                        h.local(&format!("tree/{name}"))
                    }
                    false => {
                        h.write_remote(&format!("tree/{name}"), vec![0; size]);
                        h.remote(&format!("tree/{name}"))
                    }
                };
                let file = fs::File::options().append(true).open(path).unwrap();
                let time = std::time::SystemTime::now() - day * age;
                file.set_modified(time).unwrap();
            }
            let (tree, new) = (h.url("tree"), h.url("new"));
            let target = match upload {
                true => {
                    h.succeed(&["put", "-r", option, value, "tree", &new]).await;
                    h.remote("new")
                }
                false => {
                    fs::create_dir(h.local("new")).unwrap();
                    h.succeed(&["get", "-r", option, value, &tree, "new"]).await;
                    h.local("new/tree")
                }
            };
            assert_eq!(names(&target), expected, "{option}, upload {upload}");
        }
    }
}

#[tokio::test]
async fn a_dry_run_with_json_prints_json_lines() {
    let h = Harness::start().await;
    h.write_remote("tree/a", "12");
    h.write_local("up/b", "123");
    let (url, new) = (h.url("tree"), h.url("new"));
    for words in [["get", "-r", &url, "in"], ["put", "-r", "up", &new]] {
        let run = h
            .run(&[&words[..], &["--dry-run", "--json"]].concat())
            .await;
        assert_eq!(run.code, 0, "{run:?}");
        let plans = run.events_of("plan");
        assert_eq!(plans.len(), 1, "{run:?}");
        assert_eq!(plans[0]["action"], "copy");
        assert_eq!(run.events_of("summary").len(), 1);
        let chosen = ["--dry-run", "--json", "--json-events", "plan,summary"];
        let run = h.run(&[&words[..], &chosen].concat()).await;
        assert_eq!(run.events().len(), 2, "{run:?}");
    }
    let run = h.run(&["mirror", "--dry-run", "--json", &url, "in"]).await;
    assert_eq!(run.events_of("summary")[0]["unchanged"], 0, "{run:?}");
}

#[tokio::test]
async fn values_that_choose_nothing_or_everything_are_usage_errors() {
    let h = Harness::start().await;
    h.write_remote("tree/a", "12");
    let url = h.url("tree");
    let mirror = ["mirror", &url, "in"];
    for (words, text) in [
        (&["--exclude", "{}"][..], "is empty"),
        (&["--exclude", "{,}"], "is empty"),
        (&["--include", " "], "is empty"),
        (&["--max-errors", "0"], "1 or more"),
        (&["--max-entries", "0"], "1 or more"),
        (&["--max-errors", "abc"], "1 or more"),
        (&["--delete", "--max-delete", "-1"], "a number of files"),
        (&["--min-size", "2k", "--max-size", "1k"], "is above"),
        (&["--min-age", "2h", "--max-age", "1h"], "is above"),
        (&["--explain", ""], "--explain"),
    ] {
        let run = h.run(&[&mirror[..], words].concat()).await;
        assert_eq!(run.code, 2, "{words:?}: {run:?}");
        assert!(run.stderr.contains(text), "{words:?}: {run:?}");
    }
    assert!(!h.local("in").exists());
}
