//! `towline doctor` against each real server: its steps, and what it finds.
//!
//! The expected results are in `tests/doctor/`, without what differs from run to run.
//! `TOWLINE_UPDATE_DOCTOR=1` updates them.

use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use filetime::FileTime;
use serde_json::Value;
use towline_interop::{RealServer, servers};

use crate::desk::{Desk, names};

/// The servers, the exit code, and the findings in the order of the steps.
const EXPECTED: &[(&str, i32, &[&str])] = &[
    (
        "vsftpd",
        0,
        &["tls-hello-retry", "no-checksum", "session-reuse-demanded"],
    ),
    ("proftpd", 0, &["no-checksum", "session-reuse-demanded"]),
    (
        "pure-ftpd",
        0,
        &[
            "tls-hello-retry",
            "nothing-to-resume",
            "no-checksum",
            "name-changed-by-server",
            "session-reuse-full-handshake",
        ],
    ),
    (
        "pyftpdlib",
        0,
        &["no-checksum", "session-reuse-full-handshake"],
    ),
    (
        "libunftp",
        0,
        &[
            "no-checksum",
            "session-reuse-full-handshake",
            "active-refused",
        ],
    ),
    (
        "ftp-srv",
        0,
        &[
            "features-missing",
            "offered-session-refused",
            "features-missing",
            "no-checksum",
            "session-reuse-full-handshake",
        ],
    ),
    (
        "aioftp",
        0,
        &[
            "features-missing",
            "utf8-refused",
            "features-missing",
            "utf8-refused",
            "no-checksum",
            "rename-does-not-replace",
            "name-changed-by-server",
            "session-reuse-full-handshake",
            "active-refused",
        ],
    ),
    ("inetutils", 4, &["clear-text", "auth-refused"]),
];

/// Steps whose evidence is about this computer and not about the server.
const OWN: [&str; 3] = ["ports", "address", "connect"];

/// Runs `doctor --json`, and returns the exit code and the lines.
fn doctor(desk: &Desk, more: &[&str]) -> (Option<i32>, Vec<Value>) {
    let arguments = [&["doctor", "--json", "real:"], more].concat();
    let output = desk.run(&arguments, "");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(serde_json::from_str);
    (output.status.code(), lines.map(Result::unwrap).collect())
}

fn ids(lines: &[Value]) -> Vec<&str> {
    let findings = lines.iter().filter(|line| line["event"] == "finding");
    findings.map(|line| line["id"].as_str().unwrap()).collect()
}

/// The steps and findings as text.
fn page(lines: &[Value], server: &RealServer) -> String {
    let mut page = String::new();
    for line in lines {
        let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
        match line["event"].as_str() {
            Some("step") => {
                let step = text("step");
                page.push_str(&format!("{} {step}\n", text("verdict")));
                // On a busy machine, these begin TLS too late for a hello that comes at once.
                if OWN.contains(&step.as_str())
                    || (step == "tls-versions" && ["ftp-srv", "libunftp"].contains(&&*server.name))
                {
                    continue;
                }
                let evidence = line["evidence"].as_array().unwrap().iter();
                let mut evidence: Vec<_> = evidence
                    .map(|seen| lasting(seen.as_str().unwrap()))
                    .collect();
                evidence.dedup();
                for seen in evidence {
                    page.push_str(&format!("    {seen}\n"));
                }
            }
            Some("finding") => {
                page.push_str(&format!("    -> {} {}\n", text("severity"), text("id")));
            }
            _ => {}
        }
    }
    page
}

/// A line without ports, sizes, times, process numbers, keys, and the order of tickets.
fn lasting(line: &str) -> String {
    if line.starts_with("resumed with ") {
        return "resumed with *".to_owned();
    }
    if line.starts_with("tickets: ") {
        return "tickets: *".to_owned();
    }
    if line.starts_with("pin ") {
        return "pin *".to_owned();
    }
    let is_welcome = line.contains("You are user number");
    let mut lasting = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        let end = digits.find(|c: char| !c.is_ascii_digit());
        let (digits, after) = digits.split_at(end.unwrap_or(digits.len()));
        let varies = digits.len() >= 4
            || is_welcome
            || before.ends_with("towline-doctor-")
            || after.starts_with(" bytes");
        lasting.push_str(before);
        lasting.push_str(if varies { "#" } else { digits });
        rest = after;
    }
    lasting + rest
}

/// A file with a known time, and a directory, for the account.
fn furnish(home: &Path) {
    fs::create_dir(home.join("below")).unwrap();
    fs::write(home.join("below/inner"), "x").unwrap();
    fs::write(home.join("a.txt"), "text").unwrap();
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_715_000_400);
    filetime::set_file_mtime(home.join("a.txt"), FileTime::from_system_time(noon)).unwrap();
}

/// Also with `--write`, which leaves nothing behind.
#[test]
fn every_server_is_examined_as_it_was_agreed_on() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doctor");
    let update = env::var_os("TOWLINE_UPDATE_DOCTOR").is_some();
    let mut wrong = Vec::new();
    for (name, code, expected) in EXPECTED {
        let server = servers::by_name(name);
        let account = server.account();
        let desk = Desk::new(&account, None);
        furnish(&account.home);
        let before = names(&account.home);
        let (ended, lines) = doctor(&desk, &["--timeout", "20", "--write", "/"]);
        assert_eq!(names(&account.home), before, "{name}");
        let page = page(&lines, server);
        if (ended, ids(&lines).as_slice()) != (Some(*code), *expected) {
            wrong.push(format!("{name}: {ended:?} {:?}", ids(&lines)));
        }
        let file = folder.join(format!("{name}.txt"));
        if update {
            fs::write(&file, &page).unwrap();
        }
        let agreed = fs::read_to_string(&file).unwrap_or_default();
        if page != agreed {
            let diff = similar::TextDiff::from_lines(&agreed, &page);
            wrong.push(format!("{name}:\n{}", diff.unified_diff()));
        }
        assert!(!page.contains(&server.password), "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
