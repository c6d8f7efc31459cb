//! Output on a terminal with 80 columns.
#![cfg(unix)]

use std::num::NonZero;
use std::time::Instant;

use tokio::process::Command;
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::emulator::{DEADLINE, Terminal, solid};
use crate::support::{Harness, signal};

async fn held(after: u64, nth: usize) -> (Harness, Gate) {
    let gate = Gate::new();
    let point = Point::Transfer {
        command: "RETR",
        after,
    };
    let fault = Fault::At(point, Action::Hold(gate.clone())).nth(nth);
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
    (h, gate)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_has_one_line_that_is_redrawn_and_goes_away() {
    let (h, gate) = held(600_000, 1).await;
    let name = "a-long-name-".repeat(12);
    h.write_remote(&name, vec![1; 1_000_000]);
    let mut terminal = Terminal::run(h.command(&["get", &h.url(&name)]));
    gate.reached().await;
    let rows = terminal.until(
        "a line of progress",
        |rows| matches!(rows, [row] if row.contains("KiB/976.56 KiB") && row.ends_with(" left")),
    );
    assert!(rows[0].starts_with("a-long-name-"), "{rows:?}");
    gate.open();
    let (code, rows, _) = terminal.end().await;
    assert_eq!(code, Some(0));
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].starts_with("1 file, 977 KiB in "), "{rows:?}");
    assert!(rows[0].ends_with("/s, verified"), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_files_have_a_line_for_all_of_them() {
    let (h, gate) = held(600_000, 2).await;
    for name in ["tree/a", "tree/b"] {
        h.write_remote(name, vec![1; 1_000_000]);
    }
    let mut terminal = Terminal::run(h.command(&["get", "-r", &h.url("tree"), "."]));
    gate.reached().await;
    terminal.until("a line for the file and one for all", |rows| {
        let [file, all] = rows else { return false };
        let file = file.starts_with("tree/b ") && file.contains("KiB/976.56 KiB");
        file && all.starts_with("1/2 files ") && all.contains("MiB/1.91 MiB") && all.contains('%')
    });
    gate.open();
    let (code, rows, _) = terminal.end().await;
    assert_eq!(code, Some(0));
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].starts_with("get: 2 files, 1.9 MiB in "), "{rows:?}");
    assert!(
        rows[0].ends_with(", verified; 0 skipped, 0 failed"),
        "{rows:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_shown_escaped_and_steer_nothing() {
    let hostile = b"\x1b[2J\x1b]0;title\x07\x9bmx\xc2\x9b31m".to_vec();
    let fault = Fault::ListingNames(vec![hostile]);
    let h = Harness::with(Server::builder(Personality::VsFtpd).fault(fault)).await;
    h.write_remote("first", "x");
    for arguments in [&["ls"][..], &["ls", "-l"], &["get", "-r", "-vv"]] {
        let url = h.url("");
        let terminal = Terminal::run(h.command(&[arguments, &[&url]].concat()));
        let (_, rows, raw) = terminal.end().await;
        let screen = rows.join("\n");
        assert!(screen.contains("first"), "{screen}");
        assert!(screen.contains("\\x1b[2J"), "{screen}");
        for sequence in [&b"\x1b[2J"[..], b"\x1b]0;", b"\xc2\x9b"] {
            let found = raw.windows(sequence.len()).any(|part| part == sequence);
            assert!(!found, "{arguments:?}: {screen}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn directories_are_coloured_unless_that_is_not_wanted() {
    let h = Harness::start().await;
    h.write_remote("sub/a", "x");
    let colour = async |command: Command| {
        let mut terminal = Terminal::run(command);
        terminal.until("the listing", |rows| rows == ["sub/"]);
        let cell = terminal.emulator.screen().cell(0, 0).cloned().unwrap();
        terminal.end().await;
        cell.fgcolor()
    };
    let coloured = colour(h.command(&["ls", &h.url("")])).await;
    assert_ne!(coloured, vt100::Color::Default);
    let mut command = h.command(&["ls", &h.url("")]);
    command.env("CLICOLOR", "0");
    assert_eq!(colour(command).await, vt100::Color::Default);

    let piped = h.succeed(&["ls", &h.url("")]).await;
    assert_eq!(piped, "sub/\n");
    let mut command = h.command(&["ls", &h.url("")]);
    command.env("CLICOLOR_FORCE", "1");
    let forced = crate::support::Run::of(command).await.stdout;
    assert!(forced.contains("\x1b["), "{forced:?}");
    let mut command = h.command(&["ls", &h.url("")]);
    command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert_eq!(crate::support::Run::of(command).await.stdout, piped);
}

#[tokio::test]
async fn a_prompt_that_is_ended_leaves_the_terminal_usable() {
    let h = Harness::start().await;
    for name in ["INT", "TERM", "HUP"] {
        // A prompt uses the controlling terminal, so the program must lead a session.
        let mut command = Command::new("setsid");
        command
            .args(["--ctty", env!("CARGO_BIN_EXE_towline"), "ls", &h.url("")])
            .env("HOME", h.home())
            .env_remove("TOWLINE_PASSWORD")
            .kill_on_drop(true);
        let mut terminal = Terminal::run(command);
        terminal.until("the prompt", |rows| {
            rows.iter().any(|row| row.starts_with("Password for demo"))
        });
        let deadline = Instant::now() + DEADLINE;
        while terminal.is_usable() {
            assert!(
                Instant::now() < deadline,
                "{name}: the prompt hides nothing"
            );
            tokio::task::yield_now().await;
        }
        signal(&terminal.child, name).await;
        let status = tokio::time::timeout(DEADLINE, terminal.child.wait()).await;
        assert_eq!(status.unwrap().unwrap().code(), Some(130), "{name}");
        assert!(terminal.is_usable(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_counts_neither_for_the_rate_nor_for_the_time_left() {
    let h = Harness::start().await;
    h.write_remote("a", vec![1; 9_000_000]);
    h.server.arm(Fault::CutDownload(8_000_000));
    let cut = ["get", "--resume", "--retries", "0", &h.url("a")];
    assert_eq!(h.run(&cut).await.code, 8);
    h.server.disarm();
    let gate = Gate::new();
    let point = Point::Transfer {
        command: "RETR",
        // The tail that is compared, plus one byte.
        after: 64 * 1024 + 1,
    };
    h.server.arm(Fault::At(point, Action::Hold(gate.clone())));
    let mut terminal = Terminal::run(h.command(&["get", "--resume", &h.url("a")]));
    gate.reached().await;
    terminal.until(
        "a line of progress with a rate",
        |rows| matches!(rows, [row] if row.trim_end().ends_with(" 7.63 MiB/8.58 MiB 0 B/s")),
    );
    let shown = String::from_utf8_lossy(&terminal.raw);
    assert!(!shown.contains(" left"), "{shown}");
    gate.open();
    assert_eq!(terminal.end().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_tried_again_is_still_one_file() {
    let (h, gate) = held(300_000, 2).await;
    h.write_remote("a", vec![1; 1_000_000]);
    h.server.arm(Fault::CutDownload(600_000).nth(1));
    let mut terminal = Terminal::run(h.command(&["get", &h.url("a")]));
    gate.reached().await;
    // It resumes before the tail that is compared.
    let held_at = "814.91 KiB/976.56 KiB";
    let rows = terminal.until("the second attempt", |rows| {
        rows.iter().any(|row| row.contains(held_at))
    });
    assert_eq!(rows.len(), 1, "{rows:?}");
    gate.open();
    assert_eq!(terminal.end().await.0, Some(0));
}

const LEN: usize = 1_000_000;

/// Several files at a time. One of them is resumed; its first part does not count.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_connections_has_a_line_and_all_together_one() {
    let h = Harness::start().await;
    for n in 0..6 {
        h.write_remote(&format!("tree/{n}"), vec![n; LEN]);
    }
    // One file has been partly downloaded.
    std::fs::create_dir(h.local("tree")).unwrap();
    h.server.arm(Fault::CutDownload(500_000));
    let get = [
        "get",
        "--resume",
        "--retries",
        "0",
        &h.url("tree/3"),
        "tree/",
    ];
    assert_eq!(h.run(&get).await.code, 8);
    h.server.disarm();

    let (begun, ended) = (Gate::new(), Gate::new());
    let point = Point::Transfer {
        command: "RETR",
        after: 300_000,
    };
    h.server.arm(Fault::At(point, Action::Hold(begun.clone())));
    let point = Point::FinalReply("RETR");
    h.server.arm(Fault::At(point, Action::Hold(ended.clone())));
    let url = h.url("tree");
    let arguments = ["get", "-r", "--resume", "--connections", "6", &url, "."];
    let mut terminal = Terminal::run(h.command(&arguments));
    begun.reached_times(6).await;
    let rows = terminal.until("a line for each file and one for all", |rows| {
        rows.len() == 7
            && rows
                .iter()
                .filter(|row| row.contains("292.97 KiB/"))
                .count()
                == 5
    });
    let (all, files) = rows.split_last().unwrap();
    for n in 0..6 {
        let name = format!("tree/{n} ");
        let lines = files.iter().filter(|row| row.starts_with(&name)).count();
        assert_eq!(lines, 1, "{rows:#?}");
    }
    assert!(all.starts_with("0/6 files "), "{rows:#?}");
    begun.open();
    ended.reached_times(6).await;
    // Five files of 1,000,000 bytes, and half of one.
    terminal.until("the sum", |rows| {
        rows.iter()
            .any(|row| row.contains(" 100% 5.25 MiB/5.25 MiB"))
    });
    ended.open();
    let (code, rows, raw) = terminal.end().await;
    assert_eq!(code, Some(0));
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].starts_with("get: 6 files, 5.2 MiB in "), "{rows:?}");
    let raw = String::from_utf8_lossy(&raw).into_owned();
    let totals = raw.split("/5.25 MiB").filter_map(|before| {
        let amount = before.rsplit_once("% ")?.1;
        let (number, unit) = amount.split_once(' ')?;
        let scale = match unit {
            "B" => 1.0,
            "KiB" => 1024.0,
            "MiB" => 1_048_576.0,
            _ => return None,
        };
        Some(number.parse::<f64>().ok()? * scale)
    });
    let totals: Vec<_> = totals.collect();
    assert!(!totals.is_empty(), "{raw:?}");
    let most = 5.255 * 1_048_576.0;
    assert!(totals.iter().all(|total| *total <= most), "{totals:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_removes_the_lines_and_says_what_happened() {
    let (h, gate) = held(600_000, 3).await;
    for name in ["tree/a", "tree/b", "tree/c", "tree/d"] {
        h.write_remote(name, vec![1; 1_000_000]);
    }
    let arguments = ["get", "-r", "--connections", "1", &h.url("tree"), "."];
    let mut terminal = Terminal::run(h.command(&arguments));
    gate.reached().await;
    terminal.until("the third file", |rows| {
        rows.iter().any(|row| row.starts_with("2/4 files "))
    });
    signal(&terminal.child, "INT").await;
    let (code, rows, _) = terminal.end().await;
    assert_eq!(code, Some(130));
    assert!(!rows.iter().any(|row| row.contains('[')), "{rows:#?}");
    assert!(rows[0].starts_with("error: interrupted"), "{rows:#?}");
    let last = solid(&rows);
    assert!(last.contains("get:2files,1.9MiBin"), "{rows:#?}");
    assert!(last.ends_with("interrupted,2notmoved"), "{rows:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_shows_its_totals_and_closes_with_all_numbers() {
    let (h, gate) = held(600_000, 2).await;
    for name in ["tree/a", "tree/b"] {
        h.write_remote(name, vec![1; 1_000_000]);
    }
    let url = h.url("tree");
    let arguments = ["mirror", "--connections", "1", &url, "copy"];
    let mut terminal = Terminal::run(h.command(&arguments));
    gate.reached().await;
    terminal.until("the totals", |rows| {
        rows.iter()
            .any(|row| row.starts_with("1/2 files ") && row.contains("MiB/1.91 MiB"))
    });
    gate.open();
    let (code, rows, _) = terminal.end().await;
    assert_eq!(code, Some(0), "{rows:#?}");
    let closing = solid(&rows);
    assert!(closing.contains("mirror:2files,1.9MiBin"), "{rows:#?}");
    let end = ",verified;0unchanged,0skipped,0removed,0failed";
    assert!(closing.ends_with(end), "{rows:#?}");
    let terminal = Terminal::run(h.command(&arguments));
    let (_, rows, _) = terminal.end().await;
    let expected = "mirror:nothingmoved;2unchanged,0skipped,0removed,0failed";
    assert!(solid(&rows).ends_with(expected), "{rows:#?}");
}

#[tokio::test]
async fn without_a_terminal_only_stats_are_printed() {
    let (h, gate) = held(600_000, 1).await;
    h.write_remote("a", vec![1; 1_000_000]);
    let url = h.url("a");
    let mut command = h.command(&["get", "--stats", "1s", &url]);
    let mut child = command.spawn().unwrap();
    gate.reached().await;
    let mut lines = tokio::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(" KiB of 977 KiB (") {
        line.clear();
        let read = tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut line);
        let read = tokio::time::timeout(DEADLINE, read).await;
        assert_ne!(read.unwrap().unwrap(), 0, "no line of progress");
    }
    assert!(line.starts_with("0/1 files, "), "{line}");
    gate.open();
    assert!(child.wait().await.unwrap().success());
    let silent = h.run(&["get", &url, "b"]).await;
    assert_eq!((silent.code, silent.stderr.as_str()), (0, ""));
    let wrong = h.run(&["get", "--stats", "0s", &url]).await;
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("such as 30s"), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_fit_80_and_120_columns() {
    for columns in [80, 120] {
        let (h, gate) = held(600_000, 2).await;
        let name = "quarterly-report-".repeat(9);
        for n in 0..2 {
            h.write_remote(&format!("tree/{n}-{name}"), vec![1; 1_000_000]);
        }
        let url = h.url("tree");
        let command = h.command(&["get", "-r", "--connections", "1", &url, "."]);
        let mut terminal = Terminal::run_in(command, NonZero::new(columns).unwrap());
        gate.reached().await;
        let rows = terminal.until("two lines", |rows| {
            rows.len() == 2
                && rows[0].contains("KiB/976.56 KiB")
                && rows[1].starts_with("1/2 files")
        });
        assert!(rows[0].starts_with("tree/"), "{rows:#?}");
        assert!(
            rows[0].chars().count() > usize::from(columns) - 30,
            "{rows:#?}"
        );
        gate.open();
        let (code, rows, _) = terminal.end().await;
        assert_eq!((code, rows.len()), (Some(0), 1), "{rows:#?}");
    }
}
