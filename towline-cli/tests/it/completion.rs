//! Completion: what the shell's script gets for an unfinished command line.

use std::time::{Duration, Instant};

use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Harness, PASSWORD, Run};

/// The candidates for the last of these words.
async fn candidates(h: &Harness, words: &[&str]) -> Vec<String> {
    let mut command = h.bare(&[&["--", "towline"], words].concat());
    command
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_IFS", "\n")
        .env("TOWLINE_PASSWORD", PASSWORD);
    let run = Run::of(command).await;
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, ""),
        "{words:?}: {run:?}"
    );
    run.stdout.lines().map(str::to_owned).collect()
}

async fn vendor(h: &Harness) {
    h.configure(
        "[site.vendor]\nHOST\nPORT\nuser = \"demo\"\npath = \"/out\"\nca-file = \"../../ca.pem\"\n\
         [site.venice]\nhost = \"h\"\n",
    );
    for name in [
        "out/report.csv",
        "out/reports/a",
        "out/a b.csv",
        "out/caf\u{e9}",
        "top",
    ] {
        h.write_remote(name, "x");
    }
}

#[tokio::test]
async fn commands_options_and_sites_are_completed() {
    let h = Harness::start().await;
    vendor(&h).await;
    assert_eq!(candidates(&h, &["mirr"]).await, ["mirror"]);
    assert_eq!(
        candidates(&h, &["get", "--session-r"]).await,
        ["--session-reuse"]
    );
    assert_eq!(candidates(&h, &["ls", "--tls", "imp"]).await, ["implicit"]);
    assert_eq!(candidates(&h, &["ls", "ve"]).await, ["vendor:", "venice:"]);
    assert_eq!(
        candidates(&h, &["config", "show", "vend"]).await,
        ["vendor"]
    );
    assert_eq!(candidates(&h, &["raw", "vend"]).await, ["vendor"]);
    h.write_local("venus.txt", "");
    let mixed = candidates(&h, &["put", "ven"]).await;
    assert!(mixed.contains(&"venus.txt".to_owned()), "{mixed:?}");
    assert!(mixed.contains(&"vendor:".to_owned()), "{mixed:?}");
}

#[tokio::test]
async fn paths_on_a_server_are_completed() {
    let h = Harness::start().await;
    vendor(&h).await;
    let rep = candidates(&h, &["get", "vendor:rep"]).await;
    assert_eq!(rep, ["vendor:report.csv", "vendor:reports/"]);
    assert_eq!(
        candidates(&h, &["ls", "vendor:reports/"]).await,
        ["vendor:reports/a"]
    );
    assert_eq!(candidates(&h, &["ls", "vendor:/to"]).await, ["vendor:/top"]);
    assert_eq!(
        candidates(&h, &["ls", "vendor:a"]).await,
        ["vendor:a%20b.csv"]
    );
    assert_eq!(
        candidates(&h, &["ls", "vendor:caf"]).await,
        ["vendor:caf\u{e9}"]
    );
    let ca = h.home().join("ca.pem");
    let url = h.url("out/rep");
    let words = ["--ca-file", ca.to_str().unwrap(), "cat", &url];
    assert_eq!(
        candidates(&h, &words).await,
        [h.url("out/report.csv"), h.url("out/reports/")]
    );
    assert_eq!(candidates(&h, &["ls", "nosuchsite:a"]).await, [""; 0]);
    assert_eq!(candidates(&h, &["ls", "vendor:none/"]).await, [""; 0]);
}

#[tokio::test]
async fn a_server_that_hangs_costs_two_seconds_and_an_unknown_one_is_not_trusted() {
    let gate = Gate::new();
    let hold = Fault::At(Point::Greeting, Action::Hold(gate.clone()));
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(hold)).await;
    vendor(&h).await;
    let begun = Instant::now();
    assert_eq!(candidates(&h, &["ls", "vendor:rep"]).await, [""; 0]);
    assert!(begun.elapsed() < Duration::from_secs(10));
    gate.open();
    let h = Harness::start().await;
    vendor(&h).await;
    let url = h.url("out/rep");
    assert_eq!(
        candidates(&h, &["ls", "--trust-on-first-use", &url]).await,
        [""; 0]
    );
    assert!(!h.home().join(".config/towline/known_servers").exists());
}

#[tokio::test]
async fn bash_joins_the_words_that_it_splits_at_colons() {
    let h = Harness::start().await;
    vendor(&h).await;
    let script = Run::of(h.bare(&["completions", "bash"])).await;
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_towline"))
        .parent()
        .unwrap();
    let complete = async |line: &str, words: &str, last: &str| {
        let text = format!(
            "{}\nCOMP_LINE='{line}'; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _towline towline '{last}' ''; printf '%s|' \"${{COMPREPLY[@]}}\"",
            script.stdout
        );
        let mut command = tokio::process::Command::new("bash");
        command
            .args(["--norc", "-c", &text])
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("HOME", h.home())
            .env("TOWLINE_PASSWORD", PASSWORD)
            .env_remove("TOWLINE_CONFIG")
            .env_remove("XDG_CONFIG_HOME")
            .current_dir(h.local(""));
        let run = Run::of(command).await;
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
        run.stdout
    };
    let rep = complete("towline ls vendor:rep", "towline ls vendor : rep", "rep").await;
    assert_eq!(rep, "report.csv|reports/|");
    let all = complete("towline ls vendor:", "towline ls vendor :", "").await;
    assert!(all.contains("report.csv|"), "{all}");
    assert_eq!(
        complete("towline ls vend", "towline ls vend", "vend").await,
        "vendor:|"
    );
    assert_eq!(
        complete("towline mirr", "towline mirr", "mirr").await,
        "mirror |"
    );
    let value = complete("towline ls --tls=impl", "towline ls --tls = impl", "impl").await;
    assert_eq!(value, "implicit |");
}
