//! The order in which a move puts a file on the disk, as `strace` shows it.

use std::fs;
use std::process::{Command, Stdio};

use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::desk::PROGRAM;

/// What is done to a file, in the order of the trace.
fn position(trace: &[&str], what: &str, matches: impl Fn(&str) -> bool) -> usize {
    let found = trace.iter().position(|line| matches(line));
    found.unwrap_or_else(|| panic!("no {what} in {trace:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_synced_and_then_named_and_then_in_the_journal_before_its_source_is_removed() {
    let server = Server::builder(Personality::ProFtpd138);
    let server = server.user("demo", "secret").start().await.unwrap();
    fs::create_dir(server.root().join("out")).unwrap();
    fs::write(server.root().join("out/a.csv"), "contents").unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ca.pem"), server.ca_pem()).unwrap();
    let gate = Gate::new();
    let hold = Action::Hold(gate.clone());
    server.arm(Fault::At(Point::Command("DELE"), hold));
    let calls = "trace=fsync,fdatasync,rename,renameat,renameat2";
    let mut child = Command::new("strace")
        .args(["-f", "-y", "-e", calls, "-o", "trace"])
        .arg(&*PROGRAM)
        .args(["mirror", "--move", "--ca-file", "ca.pem"])
        .arg(format!("ftpes://demo@{}/out", server.address()))
        .arg("in")
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .env("TOWLINE_PASSWORD", "secret")
        .stdin(Stdio::null())
        .spawn()
        .expect("strace, a program of every distribution, is needed");
    gate.reached().await;
    // The source is still there, so all of this came before its removal.
    assert!(server.root().join("out/a.csv").exists());
    let trace = fs::read_to_string(folder.path().join("trace")).unwrap();
    gate.open();
    assert!(child.wait().unwrap().success());
    assert!(!server.root().join("out/a.csv").exists());
    let lines: Vec<_> = trace.lines().collect();
    let is_sync = |line: &str| line.contains("fsync(") || line.contains("fdatasync(");
    let synced = position(&lines, "sync of the part", |line| {
        is_sync(line) && line.contains("a.csv") && line.contains(".part")
    });
    let named = position(&lines, "rename to the name", |line| {
        line.contains("rename") && line.contains("in/a.csv\"")
    });
    let rest = &lines[named..];
    let directory = position(rest, "sync of the directory", |line| {
        is_sync(line) && line.contains("/in>")
    });
    let noted = position(&rest[directory..], "sync of the journal", |line| {
        is_sync(line) && line.contains(".db")
    });
    assert!(synced < named && noted > 0, "{lines:#?}");
}
