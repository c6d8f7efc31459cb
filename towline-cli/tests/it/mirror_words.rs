//! What `towline mirror` and `towline check` say of what they did, and of what they did not.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::support::{Harness, Run, names};

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn check_names_everything_that_differs_even_if_something_cannot_be_copied() {
    let h = Harness::start().await;
    h.write_local("in/no\tname", "for it there");
    h.write_local("in/way", "a file here");
    h.write_local("in/same", "x");
    h.write_remote("out/way/only", "a directory there");
    h.write_remote("out/only", "x");
    h.write_remote("out/same", "x");
    let words = ["check", "--compare", "size", "in", &h.url("out")];
    let run = h.run(&words).await;
    assert_eq!(run.code, 1, "{run:?}");
    let mut lines: Vec<_> = run.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["only", "way", "way/only"], "{run:?}");
    assert!(run.stderr.contains("3 files differ"), "{run:?}");
    assert!(!run.stderr.contains("deleted"), "{run:?}");
}

#[tokio::test]
async fn the_summary_counts_what_was_unchanged_newer_and_removed() {
    let h = Harness::start().await;
    for name in ["same", "newer", "gone"] {
        h.write_remote(&format!("out/{name}"), name);
    }
    h.succeed(&["mirror", &h.url("out"), "in"]).await;
    fs::remove_file(h.remote("out/gone")).unwrap();
    h.write_local("in/newer", "changed here");
    let later = SystemTime::now() + Duration::from_secs(3600);
    let newer = fs::File::options().append(true).open(h.local("in/newer"));
    newer.unwrap().set_modified(later).unwrap();
    let url = h.url("out");
    let words = ["mirror", "--json", "--update", "--delete", &url, "in"];
    let run = h.run(&words).await;
    assert_eq!(run.code, 0, "{run:?}");
    let summary = &run.events_of("summary")[0];
    let counts = ["unchanged", "skipped", "removed"].map(|name| summary[name].as_u64());
    assert_eq!(counts, [Some(1), Some(1), Some(1)], "{summary}");
}

#[tokio::test]
async fn a_dry_run_of_a_move_says_that_sources_go() {
    let h = Harness::start().await;
    h.write_remote("out/a", "a");
    h.write_remote("out/a.done", "");
    h.write_remote("out/b", "b");
    let url = h.url("out");
    let marker = ["--marker", "{name}.done"];
    let words = [&["mirror", "--dry-run", "--move", &url, "in"][..], &marker].concat();
    let expected = "create the destination (the destination does not have it)\n\
                    copy a (the destination does not have it)\n\
                    1 to copy (1 bytes), 0 to delete, 0 unchanged, 1 sources to remove, \
                    1 without a marker, 1 markers\n";
    assert_eq!(h.succeed(&words).await, expected);
    h.succeed(&["mirror", "--plan-out", "plan", "--move", &url, "in"])
        .await;
    let run = h.run(&["mirror", "--plan", "plan", &url, "in"]).await;
    assert_eq!(run.code, 2, "{run:?}");
    let text = "the plan removes sources after copying, and this run does not";
    assert!(run.stderr.contains(text), "{run:?}");
    let words = ["mirror", "--plan", "plan", "--move", &url, "in"];
    h.succeed(&words).await;
    assert!(h.remote_names("out").is_empty());
}

/// The parts in `in` that are not empty.
fn parts(h: &Harness) -> Vec<String> {
    let entries = fs::read_dir(h.local("in")).into_iter().flatten();
    let entries = entries.map(Result::unwrap);
    let begun = entries.filter(|entry| entry.metadata().is_ok_and(|found| found.len() > 0));
    let names = begun.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".part")).collect()
}

#[tokio::test]
async fn an_interrupted_mirror_names_every_part_that_remains() {
    let h = Harness::start().await;
    for n in 0..8 {
        h.write_remote(&format!("out/{n}"), vec![1; 8_000_000]);
    }
    let url = h.url("out");
    let words = ["mirror", "--json", "--limit-rate", "1M", &url, "in"];
    let child = h.command(&words).spawn().unwrap();
    let begun = async {
        while parts(&h).len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, begun).await.unwrap();
    crate::support::signal(&child, "INT").await;
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(130));
    let stderr = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8(output.stdout).unwrap();
    let remains: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["event"] == "error")
        .filter_map(|line| Some(line["remains"][0]["at"].as_str()?.to_owned()))
        .collect();
    let parts = parts(&h);
    assert!(!parts.is_empty());
    for part in parts {
        assert!(stderr.contains(&part), "{part}: {stderr}");
        assert!(remains.iter().any(|at| at.ends_with(&part)), "{remains:?}");
    }
}

#[tokio::test]
async fn a_file_larger_than_a_whole_run_is_named() {
    let h = Harness::start().await;
    h.write_remote("out/a", "far too large");
    h.write_remote("out/b", "small");
    let words = ["mirror", "--max-transfer", "8", &h.url("out"), "in"];
    let run = h.run(&words).await;
    assert_eq!(run.code, 1, "{run:?}");
    let text =
        "a: not copied, because it has 13 bytes, more than --max-transfer allows for a whole run";
    assert!(run.stderr.contains(text), "{run:?}");
    assert_eq!(names(&h.local("in")), ["b"]);
}

#[tokio::test]
async fn a_journal_that_cannot_be_kept_has_a_way_around_it() {
    let h = Harness::start().await;
    h.write_remote("out/a", "a");
    h.write_local("file", "not a directory");
    let url = h.url("out");
    let state = h.local("file");
    let go = async |words: &[&str]| {
        let mut command = h.command(words);
        command.env("XDG_STATE_HOME", &state);
        Run::of(command).await
    };
    let run = go(&["mirror", &url, "in"]).await;
    assert_eq!(run.code, 9, "{run:?}");
    assert!(run.stderr.contains("use --no-journal"), "{run:?}");
    let run = go(&["mirror", "--no-journal", &url, "in"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("cannot be used"), "{run:?}");
    assert!(h.local("in/a").exists());
}
