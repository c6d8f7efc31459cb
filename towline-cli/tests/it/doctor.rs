//! `towline doctor` against servers that work and servers that do not.

use std::time::Duration;

use serde_json::Value;
use towline_testkit::{
    Action, AuthSupport, Builder, Fault, ListingFault, Personality, Point, Server, TlsMode,
};

use crate::support::{Harness, PASSWORD, Run};

async fn start(builder: Builder) -> Harness {
    let harness = Harness::with(builder.idle_timeout(Duration::from_secs(5))).await;
    harness.write_remote("sub/f", b"hello");
    harness.write_remote("g", b"hello");
    harness
}

async fn doctor(harness: &Harness, more: &[&str]) -> Run {
    let url = harness.url("");
    let mut arguments = vec!["doctor", "--timeout", "3", &url];
    arguments.extend(more);
    harness.run(&arguments).await
}

fn ids(run: &Run) -> Vec<String> {
    let id = |event: &Value| event["id"].as_str().unwrap_or_default().to_owned();
    run.events_of("finding").iter().map(id).collect()
}

fn verdict(run: &Run, step: &str) -> String {
    let steps = run.events_of("step");
    let found = steps.iter().find(|event| event["step"] == step);
    let found = found.unwrap_or_else(|| panic!("{step}: {run:?}"));
    found["verdict"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn servers_that_work_get_a_clean_bill() {
    for personality in Personality::ALL {
        let harness = start(Server::builder(personality)).await;
        let run = doctor(&harness, &["--json"]).await;
        assert_eq!(run.code, 0, "{personality:?}: {run:?}");
        let ids = ids(&run);
        let demanded = if personality.requires_reuse() {
            "session-reuse-demanded"
        } else {
            "session-reuse-full-handshake"
        };
        assert!(
            ids.iter().any(|id| id == demanded),
            "{personality:?}: {ids:?}"
        );
        for event in run.events_of("finding") {
            assert_ne!(event["severity"], "error", "{personality:?}: {event}");
        }
        for step in [
            "tls",
            "certificate",
            "login",
            "data-port",
            "data",
            "listing",
        ] {
            assert_eq!(
                verdict(&run, step),
                "good",
                "{personality:?} {step}: {run:?}"
            );
        }
    }
}

/// The evidence of a step, in one line.
fn evidence(run: &Run, step: &str) -> String {
    let steps = run.events_of("step");
    let found = steps.iter().find(|event| event["step"] == step).unwrap();
    found["evidence"].to_string()
}

#[tokio::test]
async fn a_ticket_is_used_twice_on_purpose() {
    let once = |tickets| {
        Server::builder(Personality::ProFtpd138)
            .require_reuse(false)
            .control_tickets(tickets)
            .data_tickets(0)
            .fault(Fault::TicketsServeOnce)
    };
    for (builder, expected, line) in [
        (
            Server::builder(Personality::ProFtpd138),
            "good",
            "one ticket serves for two data connections",
        ),
        (
            Server::builder(Personality::FileZilla1),
            "good",
            "a new ticket for each data connection",
        ),
        (once(3), "good", "has sent 3 tickets"),
        (once(1), "warning", "a ticket serves once"),
    ] {
        let harness = start(builder).await;
        let run = doctor(&harness, &["--json"]).await;
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(verdict(&run, "used-ticket"), expected, "{run:?}");
        let evidence = evidence(&run, "used-ticket");
        assert!(evidence.contains(line), "{evidence}");
        let is_found = ids(&run).iter().any(|id| id == "ticket-serves-once");
        assert_eq!(is_found, expected == "warning", "{run:?}");
        let report = harness.server.report();
        let commands = report.control.iter().flat_map(|control| &control.commands);
        let logins = commands.filter(|line| line.starts_with("PASS")).count();
        assert!(logins <= 5, "as announced: {logins}");
    }
}

#[tokio::test]
async fn the_report_on_a_terminal_fits_80_columns_and_ends_with_a_site() {
    let harness = start(Server::builder(Personality::VsFtpd)).await;
    let run = doctor(&harness, &[]).await;
    assert_eq!(run.code, 0, "{run:?}");
    for line in run.stdout.lines() {
        let long_word = line.split_whitespace().any(|word| word.len() > 50);
        assert!(line.chars().count() <= 80 || long_word, "{line}");
    }
    assert!(run.stdout.contains("logs in at most 5 times"), "{run:?}");
    let (_, block) = run.stdout.split_once("For config.toml\n").unwrap();
    let config = harness.local("site.toml");
    let block: Vec<_> = block.lines().map(str::trim).collect();
    std::fs::write(&config, block.join("\n")).unwrap();
    let config = config.to_str().unwrap();
    let check = Run::of(harness.bare(&["config", "check", "--config", config])).await;
    assert_eq!(check.code, 0, "{block:?}: {check:?}");
    assert!(block.contains(&"session-reuse = \"require\""), "{block:?}");
    let ca_file = format!("ca-file = {:?}", harness.home().join("ca.pem"));
    assert!(block.contains(&ca_file.as_str()), "{block:?}");
}

#[tokio::test]
async fn logins_are_as_few_as_announced_and_nothing_is_uploaded() {
    let harness = start(Server::builder(Personality::ProFtpd138)).await;
    let before = harness.remote_names("");
    let run = doctor(&harness, &["--json"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    let report = harness.server.report();
    let with_data = report
        .control
        .iter()
        .filter(|control| !control.data.is_empty());
    assert!(with_data.count() <= 5);
    let data = report.control.iter().flat_map(|control| &control.data);
    for connection in data {
        assert!(
            ["MLSD", "LIST"].contains(&connection.command.as_str()),
            "{connection:?}"
        );
    }
    assert_eq!(harness.remote_names(""), before);
}

#[tokio::test]
async fn what_the_write_test_creates_is_removed() {
    let harness = start(Server::builder(Personality::ProFtpd138)).await;
    let before = (harness.remote_names(""), harness.remote_names("sub"));
    let run = doctor(&harness, &["--json", "--write", "sub"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(verdict(&run, "write"), "good", "{run:?}");
    assert_eq!(
        (harness.remote_names(""), harness.remote_names("sub")),
        before
    );

    let refusal = Action::Reply("550 RNFR is not allowed here.".to_owned());
    let fault = Fault::At(Point::Command("RNFR"), refusal);
    let harness = start(Server::builder(Personality::ProFtpd138).fault(fault)).await;
    let run = doctor(&harness, &["--json", "--write", "sub"]).await;
    assert_eq!(run.code, 6, "{run:?}");
    assert_eq!(verdict(&run, "write"), "failed", "{run:?}");
    assert!(
        ids(&run).contains(&"write-test-failed".to_owned()),
        "{run:?}"
    );
    assert_eq!(harness.remote_names("sub"), ["f"]);
}

#[tokio::test]
async fn the_administrator_of_iis_gets_the_settings_of_iis() {
    let greeting = Action::Reply("220 Microsoft FTP Service".to_owned());
    let builder = Server::builder(Personality::ProFtpd138)
        .auth(AuthSupport::Refused(534))
        .fault(Fault::At(Point::Greeting, greeting));
    let harness = start(builder).await;
    let run = doctor(&harness, &[]).await;
    assert_eq!(run.code, 4, "{run:?}");
    let (_, page) = run
        .stdout
        .split_once("For the server's administrator\n")
        .unwrap();
    let (settings, _) = page.split_once("For config.toml").unwrap();
    assert!(
        settings.contains("IIS:") && settings.contains("FTP SSL Settings"),
        "{settings}"
    );
    assert!(
        !settings.contains("ProFTPD") && !settings.contains("vsftpd"),
        "{settings}"
    );
}

/// The server issues sessions, does not resume them, and refuses data connections that did not
/// resume.
#[tokio::test]
async fn a_server_that_declines_its_own_sessions_is_at_fault_not_the_client() {
    let builder = Server::builder(Personality::ProFtpd138).fault(Fault::RefuseSessions);
    let harness = start(builder).await;
    let run = doctor(&harness, &["--json"]).await;
    assert_eq!(run.code, 7, "{run:?}");
    let findings = run.events_of("finding");
    let severity = |id: &str| {
        let found = findings.iter().find(|finding| finding["id"] == id);
        found.map(|finding| (finding["severity"].clone(), finding["side"].clone()))
    };
    let error = ("error".into(), "server".into());
    assert_eq!(severity("offered-session-refused"), Some(error), "{run:?}");
    let note = ("note".into(), "client".into());
    assert_eq!(severity("session-reuse-required"), Some(note), "{run:?}");
    let page = doctor(&harness, &[]).await;
    assert!(page.stdout.contains("NoSessionReuseRequired"), "{page:?}");
}

#[tokio::test]
async fn tickets_are_counted_where_they_come() {
    for (tickets, expected) in [
        (2, "tickets: 2 with the login, "),
        (
            1,
            "tickets: 1 with the login, 0 with 4 data connections; a used one works again",
        ),
    ] {
        let builder = Server::builder(Personality::ProFtpd138).control_tickets(tickets);
        let builder = match tickets {
            1 => builder.data_tickets(0),
            _ => builder,
        };
        let harness = start(builder).await;
        let run = doctor(&harness, &["--json"]).await;
        assert_eq!(run.code, 0, "{run:?}");
        let steps = run.events_of("step");
        let step = steps
            .iter()
            .find(|step| step["step"] == "session-reuse")
            .unwrap();
        let mut lines = step["evidence"].as_array().unwrap().iter();
        let is_expected = |line: &Value| line.as_str().is_some_and(|it| it.starts_with(expected));
        assert!(lines.any(is_expected), "{expected}: {step}");
    }
}

#[tokio::test]
async fn a_refused_login_is_tried_once() {
    let harness = start(Server::builder(Personality::VsFtpd)).await;
    let url = harness.url("");
    let mut command = harness.command(&["doctor", "--json", &url]);
    command.env("TOWLINE_PASSWORD", "wrong");
    let run = Run::of(command).await;
    assert_eq!(run.code, 5, "{run:?}");
    assert_eq!(verdict(&run, "login"), "failed");
    assert_eq!(verdict(&run, "without-reuse"), "skipped");
    assert!(ids(&run).contains(&"login-refused".to_owned()), "{run:?}");
    assert!(!run.stdout.contains("wrong\""), "{run:?}");
}

#[tokio::test]
async fn no_password_goes_to_a_server_that_is_not_trusted_or_has_no_tls() {
    let harness = start(Server::builder(Personality::ProFtpd138)).await;
    let url = harness.url("");
    let mut command = harness.bare(&["doctor", "--json", &url]);
    command.env("TOWLINE_PASSWORD", PASSWORD);
    let run = Run::of(command).await;
    assert_eq!(run.code, 4, "{run:?}");
    assert_eq!(verdict(&run, "certificate"), "failed");
    assert_eq!(verdict(&run, "login"), "skipped");
    assert!(
        ids(&run).contains(&"certificate-unknown-issuer".to_owned()),
        "{run:?}"
    );

    let builder = Server::builder(Personality::ProFtpd138).clear(true);
    let harness = start(builder.auth(AuthSupport::Refused(500))).await;
    let run = doctor(&harness, &["--json", "--tls", "off"]).await;
    assert_eq!(run.code, 4, "{run:?}");
    assert_eq!(verdict(&run, "login"), "skipped");
    assert!(ids(&run).contains(&"auth-refused".to_owned()), "{run:?}");
}

#[tokio::test]
async fn without_a_password_the_rest_is_examined() {
    let harness = start(Server::builder(Personality::ProFtpd138)).await;
    let url = harness.url("");
    let mut command = harness.bare(&["doctor", "--json", &url, "--ca-file"]);
    command.arg(harness.home().join("ca.pem"));
    let run = Run::of(command).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(verdict(&run, "certificate"), "good");
    assert_eq!(verdict(&run, "login"), "skipped");
}

#[tokio::test]
async fn each_fault_is_named() {
    let at = |point, action| Fault::At(point, action);
    let say = |text: &str| Action::Reply(text.to_owned());
    let proftpd = || Server::builder(Personality::ProFtpd138);
    let cases: [(Builder, &str, i32); 9] = [
        (proftpd().auth(AuthSupport::Refused(500)), "auth-refused", 4),
        (proftpd().tls(TlsMode::Implicit), "implicit-tls-expected", 4),
        (
            proftpd().fault(Fault::RefuseData),
            "session-reuse-required",
            7,
        ),
        (
            Server::builder(Personality::VsFtpd).fault(Fault::RefuseData),
            "session-reuse-required",
            7,
        ),
        (
            proftpd().fault(Fault::OtherDataCertificate),
            "certificate-differs-on-data",
            4,
        ),
        (
            proftpd().fault(Fault::NoCloseNotify),
            "close-notify-missing-from-server",
            0,
        ),
        (
            proftpd().fault(Fault::Listing(ListingFault::IgnoresPath)),
            "listing-of-another-path",
            0,
        ),
        (
            proftpd().fault(Fault::PasvAddress([10, 1, 2, 3].into())),
            "passive-address-private",
            0,
        ),
        (
            proftpd().fault(at(Point::Command("PROT"), say("536 no"))),
            "protection-refused",
            4,
        ),
    ];
    for (builder, id, code) in cases {
        let harness = start(builder).await;
        let run = doctor(&harness, &["--json"]).await;
        assert_eq!(run.code, code, "{id}: {run:?}");
        assert!(ids(&run).iter().any(|found| found == id), "{id}: {run:?}");
    }
}

/// Towline enters an empty directory on every server, to tell it from a missing one.
#[tokio::test]
async fn an_empty_subdirectory_does_not_show_whether_the_server_ignores_paths() {
    for (files, line) in [
        (
            &["full/f"][..],
            "full: the server lists the path that it is asked for",
        ),
        (&[], "no subdirectory with entries to compare"),
    ] {
        let harness = Harness::start().await;
        std::fs::create_dir(harness.remote("empty")).unwrap();
        for file in files {
            harness.write_remote(file, b"hello");
        }
        let run = doctor(&harness, &["--json"]).await;
        let ids = ids(&run);
        assert!(
            !ids.contains(&"listing-of-another-path".to_owned()),
            "{ids:?}"
        );
        assert!(run.stdout.contains(line), "{run:?}");
    }
}

#[tokio::test]
async fn the_page_is_self_contained_and_has_no_secret() {
    let harness = start(Server::builder(Personality::ProFtpd138)).await;
    let run = doctor(&harness, &["--report", "page.html"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    let page = std::fs::read_to_string(harness.local("page.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(page.trim_end().ends_with("</html>"));
    assert!(!page.contains(PASSWORD));
    assert!(page.contains("PASS ***"), "{page}");
    assert!(page.contains("session-reuse-demanded"));
    // Each connection has a number of its own.
    for number in 1..=5 {
        assert!(page.contains(&format!("<td>{number}</td>")), "{number}");
    }
    assert!(!page.contains("<td>6</td>"));
    for outside in ["<script", "http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[tokio::test]
async fn the_limits_on_connections_and_idle_time_are_found() {
    for (most, setting) in [(1, Some("connections = 1")), (3, None)] {
        let builder = Server::builder(Personality::ProFtpd138).max_connections(most);
        let builder = builder.limit_reply("421 Too many connections.");
        let harness = Harness::with(builder.idle_timeout(Duration::from_secs(2))).await;
        let run = doctor(&harness, &["--slow"]).await;
        assert_eq!(run.code, 0, "{run:?}");
        let words: Vec<_> = run.stdout.split_whitespace().collect();
        let text = words.join(" ");
        let accepted = match most {
            1 => "limits 1 connection at a time is accepted, no more: ",
            _ => "limits 3 connections at the same time are accepted, no more: ",
        };
        assert!(text.contains(accepted), "{}", run.stdout);
        let (_, seconds) = text.split_once("an idle session ended after ").unwrap();
        let (seconds, _) = seconds.split_once(" seconds: ").unwrap();
        assert!(
            (2..=30).contains(&seconds.parse().unwrap()),
            "{}",
            run.stdout
        );
        assert!(text.contains("logs in at most 13 times"), "{}", run.stdout);
        for id in ["(connection-limit)", "(idle-limit)"] {
            assert!(text.contains(id), "{}", run.stdout);
        }
        let block = text.split_once("For config.toml").unwrap().1;
        match setting {
            Some(setting) => assert!(block.contains(setting), "{block}"),
            None => assert!(!block.contains("connections"), "{block}"),
        }
        assert!(logins(&harness) <= 13);
    }
}

/// The passwords that the server got.
fn logins(harness: &Harness) -> usize {
    let report = harness.server.report();
    let commands = report.control.iter().flat_map(|control| &control.commands);
    commands.filter(|line| line.starts_with("PASS")).count()
}

#[tokio::test]
async fn a_page_that_cannot_be_written_is_told_before_anything_else() {
    let harness = start(Server::builder(Personality::ProFtpd138)).await;
    let run = doctor(&harness, &["--report", "missing/page.html"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (9, ""), "{run:?}");
    assert!(harness.server.report().control.is_empty());

    harness.write_local("page.html", "old");
    let mut command = harness.command(&["doctor", "--report", "page.html", "ftpes://h.invalid/"]);
    command.args(["--timeout", "3"]);
    let run = Run::of(command).await;
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stdout.contains("the host has no address"), "{run:?}");
    let page = std::fs::read_to_string(harness.local("page.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
}
