//! Each option that `towline check` has of its own changes what it does.

use std::fs;
use std::time::{Duration, SystemTime};

use towline_testkit::{Action, Fault, Gate, Point};

use crate::support::{Harness, Run};

/// Options, with their values, that change the report on the trees of [`two_trees`].
const CHANGING: &[&[&str]] = &[
    &["--compare", "size"],
    &["--no-preserve-time"],
    &["--include", "small"],
    &["--exclude", "large"],
    &["--filter-from", "patterns"],
    &["--min-age", "1h"],
    &["--max-age", "1h"],
    &["--min-size", "1k"],
    &["--max-size", "1k"],
    &["--follow-links"],
    &["--max-entries", "2"],
];

const CONNECTIONS: &str = "--connections";

/// The sections of the help with options that every command on servers has.
const SHARED: [&str; 4] = ["Connection:", "Trust:", "Login:", "Output:"];

/// A local and a remote tree that differ in every way that an option of `check` concerns.
async fn two_trees() -> Harness {
    let h = Harness::start().await;
    h.write_local("patterns", "- large\n");
    h.write_local("in/large", vec![1; 3000]);
    h.write_local("in/small", "x");
    h.write_local("in/old", "x");
    let years_ago = SystemTime::now() - Duration::from_secs(100_000_000);
    set_time(&h, "in/old", years_ago);
    // The copy is newer than its source.
    h.write_local("in/touched", "x");
    set_time(&h, "in/touched", years_ago);
    h.write_remote("out/touched", "x");
    std::os::unix::fs::symlink("small", h.local("in/link")).unwrap();
    // So many that a second connection is worth its login.
    for n in 0..40 {
        h.write_local(&format!("in/{n}/same"), "x");
        h.write_remote(&format!("out/{n}/same"), "x");
    }
    h
}

fn set_time(h: &Harness, path: &str, time: SystemTime) {
    let file = fs::File::options().append(true).open(h.local(path));
    file.unwrap().set_modified(time).unwrap();
}

fn words<'a>(options: &[&'a str], url: &'a str) -> Vec<&'a str> {
    [&["check"], options, &["in", url]].concat()
}

#[tokio::test]
async fn every_option_in_the_help_changes_what_is_done() {
    let h = two_trees().await;
    let url = h.url("out");
    let report = async |options: &[&str]| {
        let run = h.run(&words(options, &url)).await;
        (run.code, run.stdout, run.stderr)
    };
    let plain = report(&[]).await;
    for options in CHANGING {
        assert_ne!(report(options).await, plain, "{options:?}");
    }

    let help = h.succeed(&["check", "--help"]).await;
    let mut section = "";
    let mut listed = Vec::new();
    for line in help.lines() {
        match line.trim_start() {
            option if option.starts_with("--") && !SHARED.contains(&section) => {
                listed.push(option.split([' ', '[', '=']).next().unwrap());
            }
            _ if !line.starts_with(' ') && !line.is_empty() => section = line,
            _ => {}
        }
    }
    listed.sort_unstable();
    let mut tried: Vec<_> = CHANGING.iter().map(|options| options[0]).collect();
    tried.push(CONNECTIONS);
    tried.sort_unstable();
    assert_eq!(listed, tried);
}

#[tokio::test]
async fn directories_are_listed_over_as_many_connections_as_are_allowed() {
    let h = two_trees().await;
    let url = h.url("out");
    h.run(&words(&[CONNECTIONS, "1"], &url)).await;
    assert_eq!(h.server.report().control.len(), 1);

    let h = two_trees().await;
    let gate = Gate::new();
    let hold = Fault::At(Point::Command("MLSD"), Action::Hold(gate.clone()));
    // The first one is for the directory above all others.
    h.server.arm(hold.from_nth(2));
    let url = h.url("out");
    let run = Run::of(h.command(&words(&[CONNECTIONS, "2"], &url)));
    let both_list = async {
        gate.reached_times(2).await;
        gate.open();
    };
    tokio::join!(run, both_list);
    assert_eq!(h.server.report().control.len(), 2);
}
