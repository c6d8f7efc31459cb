//! The line that ends a command which moves files, and what Ctrl-C leaves on a terminal.
#![cfg(unix)]

use std::fs::File;
use std::num::NonZero;
use std::time::{Duration, UNIX_EPOCH};

use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::emulator::{Terminal, in_session, solid};
use crate::support::{Harness, Run};

/// Runs it on a terminal, and without one with `-v`. Both say the same: the last lines.
async fn closings(h: &Harness, words: &[&str], prepare: impl Fn()) -> [String; 2] {
    prepare();
    let (_, rows, _) = Terminal::run(h.command(words)).end().await;
    prepare();
    let verbose = Run::of(h.command(&[words, &["-v"]].concat())).await;
    let last = verbose.stderr.lines().last().unwrap_or_default();
    [solid(&rows), last.replace(' ', "")]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_moves_files_ends_with_what_it_did() {
    let h = Harness::start().await;
    for name in ["tree/a", "tree/sub/b"] {
        h.write_remote(name, "12345");
        h.write_local(&format!("mine/{name}"), "12345");
    }
    std::fs::create_dir(h.remote("empty")).unwrap();
    std::fs::create_dir(h.local("hollow")).unwrap();
    let (file, tree, empty) = (h.url("tree/a"), h.url("tree"), h.url("empty"));
    let (up, none) = (h.url("up"), h.url("none"));
    let one = "1file,5Bin";
    let two = "2files,10Bin";
    let cases: &[(&[&str], &str, &str)] = &[
        (&["get", &file], one, ",verified"),
        (&["put", "mine/tree/a", &up], one, ",verified"),
        (&["cat", &file], one, ",verified"),
        (&["cat", &file, &file], two, ",verified;0skipped,0failed"),
        (&["get", "-r", &tree], two, ",verified;0skipped,0failed"),
        (
            &["get", "-r", &empty],
            "get:nothingmoved;",
            "0skipped,0failed",
        ),
        (
            &["put", "-r", "mine/tree", &up],
            two,
            ",verified;0skipped,0failed",
        ),
        (
            &["put", "-r", "hollow", &up],
            "put:nothingmoved;",
            "0skipped,0failed",
        ),
        (
            &["get", &file, &none, "."],
            one,
            ",verified;0skipped,1failed",
        ),
        (&["cat", &file, &none], one, ",verified;0skipped,1failed"),
        (
            &["get", "-r", &tree, &none, "."],
            two,
            ",verified;0skipped,1failed",
        ),
        (
            &["put", "-r", "mine/tree", "none", &up],
            two,
            ",verified;0skipped,1failed",
        ),
        (
            &["mirror", &tree, "copy"],
            two,
            ",verified;0unchanged,0skipped,0removed,0failed",
        ),
        (
            &["mirror", "--delete", "--max-delete", "9", &tree, "stale"],
            two,
            ",verified;0unchanged,0skipped,1removed,0failed",
        ),
        (
            &["mirror", "mine/tree", &up],
            two,
            ",verified;0unchanged,0skipped,0removed,0failed",
        ),
    ];
    for (words, beginning, end) in cases {
        let prepare = || {
            for name in ["copy", "stale", "tree", "a"] {
                let _ = std::fs::remove_dir_all(h.local(name));
                let _ = std::fs::remove_file(h.local(name));
            }
            let _ = std::fs::remove_dir_all(h.remote("up"));
            std::fs::create_dir(h.remote("up")).unwrap();
            h.write_local("stale/old", "o");
            let _ = std::fs::remove_dir_all(h.home().join(".local/state/towline/mirrors"));
        };
        for text in closings(&h, words, prepare).await {
            assert!(text.contains(beginning), "{words:?}: {text}");
            assert!(text.ends_with(end), "{words:?}: {text}");
        }
    }
}

/// What a terminal shows of a file is not mixed with the closing line.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_last_line_end_does_not_run_into_the_closing_line() {
    let h = Harness::start().await;
    h.write_remote("a", "no end");
    let (_, rows, _) = Terminal::run(h.command(&["cat", &h.url("a")])).end().await;
    assert_eq!(rows[0], "no end", "{rows:#?}");
    assert!(rows[1].starts_with("1 file, 6 B in "), "{rows:#?}");
}

/// The terminal shows `^C` at the cursor. Nothing of the lines of progress may stay because of
/// that.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_no_line_of_progress() {
    for columns in [80, 120] {
        let cases: [(&[&str], usize); 4] = [
            (&["get", "URL/tree/a", "."], 1),
            (&["get", "-r", "--connections", "6", "URL/tree", "."], 6),
            (&["mirror", "--connections", "1", "URL/tree", "copy"], 1),
            (&["get", "-r", "--connections", "1", "URL/tree", "."], 1),
        ];
        for (words, held) in cases {
            let gate = Gate::new();
            let point = Point::Transfer {
                command: "RETR",
                after: 600_000,
            };
            let fault = Fault::At(point, Action::Hold(gate.clone()));
            let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
            for name in ["a", "b", "c", "d", "e", "f"] {
                h.write_remote(&format!("tree/{name}"), vec![1; 1_000_000]);
            }
            let top = h.url("");
            let words: Vec<_> = words
                .iter()
                .map(|word| word.replace("URL/", &top))
                .collect();
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let command = in_session(&h.command(&words));
            let mut terminal = Terminal::run_in(command, NonZero::new(columns).unwrap());
            gate.reached_times(held).await;
            let many = words[0] == "mirror" || words.contains(&"-r");
            let lines = held + usize::from(many);
            terminal.until("the lines of progress", |rows| {
                rows.len() == lines
                    && rows
                        .iter()
                        .filter(|row| row.contains("585.94 KiB/976.56"))
                        .count()
                        == held
            });
            terminal.press(b"\x03");
            let (code, rows, raw) = terminal.end().await;
            let case = format!("{columns} {words:?}: {rows:#?}");
            assert_eq!(code, Some(130), "{case}");
            assert!(rows[0].starts_with("error: interrupted"), "{case}");
            for mark in ["KiB/", "^C", "[=", "[ ", "files  "] {
                assert!(!rows.iter().any(|row| row.contains(mark)), "{mark}: {case}");
            }
            let said = solid(&rows);
            assert!(
                said.contains("interrupted,") && said.ends_with("notmoved"),
                "{case}"
            );
            // The style that a new line would have before it has its own.
            let raw = String::from_utf8_lossy(&raw);
            assert!(
                !raw.contains('\u{2588}') && !raw.contains('\u{2591}'),
                "{raw}"
            );
        }
    }
}

/// The server keeps no times, so that a copy has that of its upload.
#[tokio::test]
async fn a_tree_that_is_there_whole_is_not_sent_again() {
    let h = Harness::with(Server::builder(Personality::VsFtpd)).await;
    for name in ["a", "sub/b", "sub/c"] {
        let contents = if name.ends_with('b') {
            vec![1; 300_000]
        } else {
            name[..1].into()
        };
        let local = format!("tree/{name}");
        h.write_local(&local, contents);
        let past = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let file = File::options().write(true).open(h.local(&local));
        file.unwrap().set_modified(past).unwrap();
    }
    let url = h.url("");
    let words = ["put", "-r", "--resume", "-v", "tree", &url];
    assert_eq!(h.run(&words).await.code, 0);
    let run = h.run(&words).await;
    let closing = "put: nothing moved; 3 complete already, 0 skipped, 0 failed";
    assert!(run.stderr.ends_with(&format!("{closing}\n")), "{run:?}");
    let said = run
        .stderr
        .matches("files that are there already are skipped if");
    assert_eq!(said.count(), 1, "{run:?}");
    let report = h.server.report();
    let stored = report.data().filter(|data| data.command == "STOR");
    assert_eq!(stored.count(), 3);
}
