//! Many files over several connections, with and without pipelining.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Harness, Run, names};

/// The options that decide how many files are transferred at a time, and how.
const WAYS: [&[&str]; 4] = [
    &["--connections", "8"],
    &["--connections", "8", "--sequential"],
    &["--connections", "1"],
    &["--sequential"],
];

const FILES: usize = 60;

fn contents(n: usize) -> Vec<u8> {
    (0..n * 97).map(|at| (at * n % 251) as u8).collect()
}

fn name(n: usize) -> String {
    match n % 3 {
        0 => format!("tree/{n:02}.csv"),
        1 => format!("tree/sub/{n:02}.csv"),
        _ => format!("tree/sub/deep/{n:02}.txt"),
    }
}

/// The bytes of each transfer by its path. Each file must have one `transfer` event.
fn transfers(run: &Run) -> BTreeMap<String, Value> {
    let mut transfers = BTreeMap::new();
    for event in run.events_of("transfer") {
        let path = event["path"].as_str().unwrap().to_owned();
        assert_eq!(event["result"], "verified", "{path}");
        let before = transfers.insert(path.clone(), event["bytes"].clone());
        assert_eq!(before, None, "{path} is told of twice");
    }
    transfers
}

fn assert_summary(run: &Run, succeeded: usize, bytes: usize, what: &str) {
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{what}");
    let summary = &run.events_of("summary")[0];
    assert_eq!(summary["succeeded"], succeeded, "{what}");
    assert_eq!(
        (&summary["failed"], &summary["skipped"]),
        (&0.into(), &0.into()),
        "{what}"
    );
    assert_eq!(summary["bytes"], bytes, "{what}");
}

#[tokio::test]
async fn trees_go_there_and_back_whichever_way_they_go() {
    for personality in [
        Personality::ProFtpd138,
        Personality::VsFtpd,
        Personality::PyFtpdlib,
    ] {
        for way in WAYS {
            let what = format!("{personality:?} {way:?}");
            let h = Harness::with(Server::builder(personality)).await;
            let bytes = (0..FILES).map(|n| contents(n).len()).sum();
            for n in 0..FILES {
                h.write_local(&name(n), contents(n));
            }
            let put = ["put", "-r", "--json", "tree", &h.url("")];
            let run = h.run(&[&put, way].concat()).await;
            assert_summary(&run, FILES, bytes, &what);
            let get = ["get", "-r", "--json", &h.url("tree"), "back"];
            let back = h.run(&[&get, way].concat()).await;
            assert_summary(&back, FILES, bytes, &what);
            for run in [run, back] {
                let transfers = transfers(&run);
                assert_eq!(transfers.len(), FILES, "{what}");
                for n in 0..FILES {
                    assert_eq!(transfers[&name(n)], contents(n).len(), "{what}");
                }
            }
            for n in 0..FILES {
                let there = fs::read(h.remote(&name(n))).unwrap();
                let back = h.local(&name(n).replacen("tree", "back", 1));
                assert_eq!(there, contents(n), "{what}");
                assert_eq!(fs::read(back).unwrap(), contents(n), "{what}");
            }
            for top in ["", "sub/", "sub/deep/"] {
                for end in [
                    h.remote(&format!("tree/{top}")),
                    h.local(&format!("back/{top}")),
                ] {
                    let names = names(&end);
                    assert!(
                        !names.iter().any(|name| name.ends_with(".part")),
                        "{names:?}"
                    );
                }
            }
            let report = h.server.report();
            let early = report
                .control
                .iter()
                .any(|control| !control.early.is_empty());
            let expected = !way.contains(&"--sequential") && personality != Personality::PyFtpdlib;
            assert_eq!(early, expected, "{what}: commands sent ahead");
        }
    }
}

#[tokio::test]
async fn patterns_and_several_operands_too() {
    for way in WAYS {
        let h = Harness::start().await;
        for n in 0..20 {
            h.write_remote(&format!("out/{n:02}.csv"), contents(n));
            h.write_remote(&format!("out/{n:02}.txt"), "");
            h.write_local(&format!("{n:02}.bin"), contents(n));
        }
        let (pattern, one, two) = (h.url("out/*.csv"), h.url("out/03.txt"), h.url("out/04.txt"));
        h.succeed(&[&["get", &pattern, &one, &two, "in/"], way].concat())
            .await;
        let mut expected: Vec<_> = (0..20).map(|n| format!("{n:02}.csv")).collect();
        expected.extend(["03.txt", "04.txt"].map(str::to_owned));
        expected.sort();
        assert_eq!(names(&h.local("in")), expected);
        assert_eq!(fs::read(h.local("in/17.csv")).unwrap(), contents(17));

        let sources: Vec<_> = (0..20).map(|n| format!("{n:02}.bin")).collect();
        let mut put = vec!["put"];
        put.extend(sources.iter().map(String::as_str));
        let target = h.url("new/");
        h.succeed(&["mkdir", &target]).await;
        put.push(&target);
        h.succeed(&[&put, way].concat()).await;
        assert_eq!(h.remote_names("new"), sources);
        assert_eq!(fs::read(h.remote("new/17.bin")).unwrap(), contents(17));
    }
}

/// Makes downloads wait for each other, so that each has its own connection.
fn wait_for_each_other(h: &Harness) -> Gate {
    let gate = Gate::new();
    h.server.arm(Fault::At(
        Point::Command("RETR"),
        Action::Hold(gate.clone()),
    ));
    gate
}

async fn connections_of(h: &Harness, arguments: &[&str], expected: usize) -> Run {
    let gate = wait_for_each_other(h);
    let (run, ()) = tokio::join!(h.run(arguments), async {
        gate.reached_times(expected).await;
        gate.open();
    });
    h.server.disarm();
    run
}

#[tokio::test]
async fn how_many_connections_there_are_is_said_on_the_command_line_or_for_a_site() {
    for (key, option, expected) in [
        ("", None, 4),
        ("connections = 3\n", None, 3),
        ("connections = 3\n", Some("6"), 6),
        ("", Some("8"), 8),
    ] {
        let h = Harness::start().await;
        for n in 0..40 {
            h.write_remote(&format!("tree/{n:02}"), contents(n));
        }
        h.configure(&format!(
            "[site.vendor]\nHOST\nPORT\nuser = \"demo\"\n{key}"
        ));
        let mut arguments = vec!["get", "-r", "vendor:tree", "."];
        if let Some(option) = option {
            arguments.extend(["--connections", option]);
        }
        let run = connections_of(&h, &arguments, expected).await;
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(names(&h.local("tree")).len(), 40);
        assert_eq!(
            h.server.report().control.len(),
            expected,
            "{key:?} {option:?}"
        );
    }
}

#[tokio::test]
async fn lines_of_further_connections_have_their_number() {
    let h = Harness::start().await;
    for n in 0..40 {
        h.write_remote(&format!("tree/{n:02}"), contents(n));
    }
    let url = h.url("tree");
    let get = ["get", "-r", "-vv", "--connections", "3", &url, "."];
    let run = connections_of(&h, &get, 3).await;
    assert_eq!(run.code, 0, "{run:?}");
    for numbered in [
        "Command: [2] RETR tree/",
        "Command: [3] RETR tree/",
        "Response: [2] 226 ",
    ] {
        assert!(run.stderr.contains(numbered), "{numbered}: {}", run.stderr);
    }
    assert!(run.stderr.contains("Command: RETR tree/"), "{}", run.stderr);
    for never in ["[1]", "[4]"] {
        assert!(!run.stderr.contains(never), "{}", run.stderr);
    }
    let get = ["get", "-r", "-vv", "--connections", "1", &url, "."];
    let run = h.run(&get).await;
    assert!(!run.stderr.contains("[2]"), "{}", run.stderr);
}

#[tokio::test]
async fn exit_codes_are_those_of_one_connection() {
    for way in WAYS {
        let h = Harness::start().await;
        for n in 0..20 {
            h.write_remote(&format!("tree/{n:02}"), contents(n));
        }
        // First one of many files fails, then all.
        fs::create_dir_all(h.local("some/tree/07")).unwrap();
        let url = h.url("tree");
        let some = [&["get", "-r", "--json", &url, "some"], way].concat();
        let run = h.run(&some).await;
        assert_eq!(run.code, 1, "{way:?}: {run:?}");
        let summary = &run.events_of("summary")[0];
        assert_eq!(
            (&summary["succeeded"], &summary["failed"]),
            (&19.into(), &1.into())
        );
        assert_eq!(run.events_of("error").len(), 1, "{run:?}");
        let gone: Vec<_> = (0..9).map(|n| h.url(&format!("gone/{n}"))).collect();
        let mut none = vec!["get", "--json"];
        none.extend(gone.iter().map(String::as_str));
        none.push(".");
        let run = h.run(&[&none[..], way].concat()).await;
        assert_eq!(run.code, 6, "{way:?}: {run:?}");
        assert_eq!(run.events_of("error").len(), 9, "{run:?}");
        let mut none = vec!["get", "--json"];
        let files: Vec<_> = (0..9).map(|n| h.url(&format!("tree/{n:02}"))).collect();
        none.extend(files.iter().map(String::as_str));
        for n in 0..9 {
            fs::create_dir_all(h.local(&format!("full/{n:02}"))).unwrap();
        }
        none.push("full");
        let run = h.run(&[&none[..], way].concat()).await;
        assert_eq!(run.code, 9, "{way:?}: {run:?}");
    }
}

/// Limits files to 32 KiB, for the program and its child processes.
#[cfg(unix)]
fn on_a_small_disk(command: tokio::process::Command) -> tokio::process::Command {
    let inner = command.as_std();
    let mut limited = tokio::process::Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(inner.get_current_dir().unwrap())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true);
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

#[cfg(unix)]
#[tokio::test]
async fn a_disk_that_fills_costs_the_files_that_do_not_fit() {
    for way in WAYS {
        let h = Harness::start().await;
        for n in 0..20 {
            let len = if n % 2 == 0 { 1000 } else { 100_000 };
            h.write_remote(&format!("some/{n:02}"), vec![7; len]);
        }
        for n in 0..10 {
            h.write_remote(&format!("none/{n:02}"), vec![7; 100_000]);
        }
        for (tree, code, fit) in [("some", 1, 10), ("none", 9, 0)] {
            let url = h.url(tree);
            let arguments = [&["get", "-r", "--json", &url, "."], way].concat();
            let run = Run::of(on_a_small_disk(h.command(&arguments))).await;
            assert_eq!(run.code, code, "{way:?}: {run:?}");
            let names = names(&h.local(tree));
            assert_eq!(names.len(), fit, "{way:?}: {names:?}");
            for name in names {
                let len = fs::read(h.local(&format!("{tree}/{name}"))).unwrap().len();
                assert_eq!(len, 1000, "{way:?}");
            }
            assert_eq!(run.events_of("error").len(), 10, "{way:?}: {run:?}");
            let whole = h.run(&arguments).await;
            assert_eq!(whole.code, 0, "{way:?}: {whole:?}");
        }
        let report = h.server.report();
        let users = report
            .control
            .iter()
            .filter(|control| control.user.is_some());
        let most = if way.contains(&"8") { 8 } else { 4 };
        assert!(
            users.count() <= 4 * most,
            "{way:?}: the connections stay usable"
        );
    }
}
