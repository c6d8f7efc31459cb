//! The page of `towline doctor --report` in a real browser: Chromium without a window.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::Value;
use towline_interop::{browser, servers};

use crate::desk::Desk;

/// What the browser made of a page.
#[derive(Debug)]
struct Shown {
    /// The document as it stands after loading.
    document: String,
    /// What scripts, and the page's own rules, complained of.
    console: Vec<String>,
    /// What the page asked the network for.
    requests: BTreeSet<String>,
}

/// Shows a page. No host has an address in this browser.
fn show(page: &Path) -> Shown {
    let variable = |name| match env::var_os(name) {
        Some(value) => value,
        None => panic!("{name} is not set; run these tests with `cargo xtask test`"),
    };
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.json");
    let output = Command::new("timeout")
        .args(["--signal", "KILL", "60"])
        .arg(variable(browser::VARIABLE))
        // The tests run as root.
        .args(["--no-sandbox", "--disable-gpu", "--no-first-run"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
        ])
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg("--enable-logging=stderr")
        .arg(format!("--log-net-log={}", log.display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .env("LD_LIBRARY_PATH", variable(browser::LIBRARIES_VARIABLE))
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let messages = String::from_utf8_lossy(&output.stderr);
    let console = messages.lines().filter(|line| line.contains(":CONSOLE:"));
    let log: Value = serde_json::from_slice(&fs::read(&log).unwrap()).unwrap();
    let events = log["events"].as_array().unwrap().iter();
    let requests = events.filter_map(|event| event["params"]["url"].as_str());
    Shown {
        document: String::from_utf8(output.stdout).unwrap(),
        console: console.map(str::to_owned).collect(),
        requests: requests.map(str::to_owned).collect(),
    }
}

/// Without this, the next test would prove nothing.
#[test]
fn the_browser_tells_of_scripts_and_requests() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let image = "http://outside.example/x.png";
    let text = format!(
        "<!DOCTYPE html><title>x</title><script>nothing.here()</script><img src=\"{image}\">"
    );
    fs::write(&page, text).unwrap();
    let shown = show(&page);
    assert!(
        shown
            .console
            .iter()
            .any(|line| line.contains("nothing is not defined")),
        "{shown:?}"
    );
    assert!(shown.requests.contains(image), "{shown:?}");
}

#[test]
fn the_report_is_shown_and_needs_nothing_else() {
    for name in ["vsftpd", "aioftp", "inetutils"] {
        let server = servers::by_name(name);
        let account = server.account();
        let desk = Desk::new(&account, None);
        let output = desk.run(&["doctor", "--json", "--report", "page.html", "real:"], "");
        let text = String::from_utf8(output.stdout).unwrap();
        let shown = show(&desk.path().join("page.html"));
        assert_eq!(shown.console, [""; 0], "{name}");
        assert_eq!(shown.requests, BTreeSet::new(), "{name}");
        let document = &shown.document;
        for heading in ["Findings", "Steps", "Settings for towline", "Dialogue"] {
            assert!(
                document.contains(&format!("<h2>{heading}</h2>")),
                "{name}: {heading}"
            );
        }
        assert!(!document.contains(&server.password), "{name}");
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let field = match line["event"].as_str() {
                Some("step") => &line["step"],
                Some("finding") => &line["id"],
                _ => continue,
            };
            let field = field.as_str().unwrap();
            assert!(document.contains(&format!(">{field}<")), "{name}: {field}");
        }
    }
}
