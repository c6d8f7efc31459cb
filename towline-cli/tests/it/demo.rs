//! The demonstration succeeds and leaves nothing behind.
#![cfg(unix)]

use std::fs;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::support::{Harness, Run, names};

/// The demonstration with its own temporary directory, which shows leftovers.
fn demo(temporary: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_towline"));
    command
        .arg("demo")
        .args(arguments)
        .env("TMPDIR", temporary)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[tokio::test]
async fn the_tour_shows_both_versions_and_a_refusal() {
    let temporary = tempfile::tempdir().unwrap();
    let run = Run::of(demo(temporary.path(), &[])).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    for text in [
        "TLS 1.3, one control connection:",
        "TLS 1.2, one control connection:",
        "13 of 13 data connections resumed",
        "no difference",
        "425 Unable to build data connection",
        "exit code 7",
    ] {
        assert!(run.stdout.contains(text), "{text} is not in {}", run.stdout);
    }
    assert!(!run.stdout.contains("  full  "), "{}", run.stdout);
    assert!(names(temporary.path()).is_empty());
}

#[tokio::test]
async fn the_server_stays_until_it_is_told_to_end() {
    let h = Harness::start().await;
    for signal in ["INT", "TERM"] {
        let temporary = tempfile::tempdir().unwrap();
        let mut child = demo(temporary.path(), &["--serve"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut commands = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.starts_with(env!("CARGO_BIN_EXE_towline")) {
                commands.push(line);
            } else if line.starts_with("Ctrl-C") {
                break;
            }
        }
        assert_eq!(commands.len(), 5);
        let mut codes = Vec::new();
        for line in commands {
            let mut command = Command::new("sh");
            command.args(["-c", &line]).current_dir(h.local(""));
            let output = command.output().await.unwrap();
            codes.push(output.status.code());
        }
        assert_eq!(codes, [Some(0), Some(0), Some(0), Some(7), Some(0)]);
        assert!(h.local("out/report.csv").exists());
        fs::remove_dir_all(h.local("out")).unwrap();

        let id = child.id().unwrap().to_string();
        let kill = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(kill.await.unwrap().success());
        assert_eq!(child.wait().await.unwrap().code(), Some(0), "{signal}");
        assert!(names(temporary.path()).is_empty(), "{signal}");
    }
}
