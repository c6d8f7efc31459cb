//! Passwords: the sources, their order, and that none is ever shown.

use std::fs;

use tokio::process::Command;
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Harness, PASSWORD, Run};

/// A command without a source of the password.
fn bare(h: &Harness, arguments: &[&str]) -> Command {
    let mut command = h.bare(arguments);
    command.arg("--ca-file").arg(h.home().join("ca.pem"));
    command
}

#[cfg(unix)]
fn protect(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn every_source_works_and_options_beat_the_environment() {
    let h = Harness::start().await;
    let url = h.url("");
    fs::write(h.home().join("password"), format!("{PASSWORD}\n")).unwrap();
    protect(&h.home().join("password"), 0o600);
    let file = h.home().join("password").display().to_string();
    let command = format!("cat {file}");

    let by_file = Run::of(bare(&h, &["ls", "--password-file", &file, &url])).await;
    assert_eq!((by_file.code, by_file.stderr.as_str()), (0, ""));
    let mut by_command = bare(&h, &["ls", "--password-command", &command, &url]);
    by_command.env("TOWLINE_PASSWORD", "wrong");
    let by_command = Run::of(by_command).await;
    assert_eq!((by_command.code, by_command.stderr.as_str()), (0, ""));

    let nothing = Run::of(bare(&h, &["ls", &url])).await;
    assert_eq!(nothing.code, 2, "{nothing:?}");
    assert!(nothing.stderr.contains("TOWLINE_PASSWORD"), "{nothing:?}");

    let netrc = h.home().join(".netrc");
    let line = format!("machine 127.0.0.1 login demo password {PASSWORD}\n");
    fs::write(&netrc, line).unwrap();
    protect(&netrc, 0o600);
    let without_user = url.replace("demo@", "");
    for url in [&url, &without_user] {
        let by_netrc = Run::of(bare(&h, &["ls", url])).await;
        assert_eq!((by_netrc.code, by_netrc.stderr.as_str()), (0, ""));
    }
    let mut environment = bare(&h, &["ls", &url]);
    environment.env("TOWLINE_PASSWORD", "wrong");
    assert_eq!(Run::of(environment).await.code, 5);
}

/// A site `demo` with further lines.
fn configure_site(h: &Harness, lines: &str) {
    let ca_file = h.home().join("ca.pem").display().to_string();
    h.configure(&format!(
        "[defaults]\npassword-command = \"echo wrong\"\n\
         [site.demo]\nHOST\nPORT\nuser = \"demo\"\nca-file = \"{ca_file}\"\n{lines}\n"
    ));
}

#[cfg(unix)]
#[tokio::test]
async fn a_sites_own_source_beats_the_environment_which_beats_the_defaults() {
    let h = Harness::start().await;
    configure_site(&h, &format!("password-command = \"echo {PASSWORD}\""));
    for variable in ["TOWLINE_PASSWORD", "TOWLINE_PASSWORD_DEMO"] {
        let mut command = h.bare(&["ls", "demo:"]);
        command.env(variable, "wrong");
        let run = Run::of(command).await;
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{variable}");
    }
    configure_site(&h, "");
    let mut command = h.bare(&["ls", "demo:"]);
    command.env("TOWLINE_PASSWORD", PASSWORD);
    assert_eq!(Run::of(command).await.code, 0);
    assert_eq!(Run::of(h.bare(&["ls", "demo:"])).await.code, 5);
}

#[tokio::test]
async fn a_site_has_a_variable_of_its_own() {
    let h = Harness::start().await;
    configure_site(&h, "");
    let mut command = h.bare(&["ls", "demo:"]);
    command.env("TOWLINE_PASSWORD", "wrong");
    command.env("TOWLINE_PASSWORD_DEMO", PASSWORD);
    let run = Run::of(command).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    // It is nobody else's.
    let mut url = bare(&h, &["ls", &h.url("")]);
    url.env("TOWLINE_PASSWORD_DEMO", PASSWORD);
    assert_eq!(Run::of(url).await.code, 5);

    configure_site(&h, "[site.Demo]\nHOST\n");
    let mut command = h.bare(&["ls", "demo:"]);
    command.env("TOWLINE_PASSWORD_DEMO", PASSWORD);
    let run = Run::of(command).await;
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("[site.Demo]"), "{run:?}");
}

#[tokio::test]
async fn the_password_in_the_environment_goes_to_one_host() {
    let h = Harness::start().await;
    let first = h.url("missing");
    let second = first.replace("127.0.0.1", "localhost");
    let run = h.run(&["rm", &first, &second, &first]).await;
    assert_ne!(run.code, 0, "{run:?}");
    let warning = "TOWLINE_PASSWORD is for 127.0.0.1 and is not sent to localhost";
    assert!(run.stderr.contains(warning), "{run:?}");
    let report = h.server.report();
    assert_eq!(report.control.len(), 2, "both by the address: {run:?}");
}

#[tokio::test]
async fn the_password_in_the_environment_goes_to_one_port() {
    let (h, other) = (Harness::start().await, Harness::start().await);
    let run = h
        .run(&["rm", &h.url("missing"), &other.url("missing")])
        .await;
    assert_ne!(run.code, 0, "{run:?}");
    let [first, second] = [&h, &other].map(|harness| harness.server.address());
    let warning = format!("TOWLINE_PASSWORD is for {first} and is not sent to {second}");
    assert!(run.stderr.contains(&warning), "{run:?}");
}

#[tokio::test]
async fn a_password_that_the_server_echoes_is_masked() {
    let account = "account-4711";
    let echo = |verb, reply: String| Fault::At(Point::Command(verb), Action::Reply(reply));
    for (verb, reply) in [
        ("PASS", format!("530 Login incorrect: PASS {PASSWORD}")),
        ("PASS", format!("230-Welcome\n {PASSWORD}\n230 done")),
        ("PASS", format!("{PASSWORD} is not what a reply looks like")),
        (
            "ACCT",
            format!("530 No account {account}, password {PASSWORD}"),
        ),
        ("TYPE", format!("500 '{PASSWORD}'?")),
        ("MLSD", format!("550 x{PASSWORD}x")),
        ("QUIT", format!("221 Bye, {PASSWORD}")),
    ] {
        let mut builder = Server::builder(Personality::ProFtpd138).fault(echo(verb, reply.clone()));
        if verb == "ACCT" {
            builder = builder.fault(echo("PASS", "332 Account?".to_owned()));
        }
        let h = Harness::with(builder).await;
        let log = h.home().join("log").display().to_string();
        let url = h.url("");
        let mut command = h.command(&["ls", "-vv", "--json", "--log-file", &log, &url]);
        command.env("TOWLINE_ACCOUNT", account);
        let run = Run::of(command).await;
        let log = fs::read_to_string(&log).unwrap();
        for text in [&run.stdout, &run.stderr, &log] {
            assert!(
                !text.contains(PASSWORD) && !text.contains(account),
                "{reply}: {text}"
            );
        }
        assert!(log.contains("***"), "{reply}: {log}");
        assert!(run.stderr.contains("***"), "{reply}: {run:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_configuration_that_others_can_change_is_warned_about() {
    let h = Harness::start().await;
    configure_site(&h, &format!("password-command = \"echo {PASSWORD}\""));
    let config = h.home().join(".config/towline/config.toml");
    protect(&config, 0o646);
    let run = Run::of(h.bare(&["ls", "demo:"])).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains("config.toml and run commands as you"),
        "{run:?}"
    );
    protect(&config, 0o644);
    let known = h.home().join(".config/towline/known_servers");
    protect(&known, 0o606);
    let run = Run::of(h.bare(&["ls", "demo:"])).await;
    assert!(
        run.stderr.contains("known_servers and make you trust"),
        "{run:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn files_with_passwords_that_others_can_read_are_warned_about() {
    let h = Harness::start().await;
    let netrc = h.home().join(".netrc");
    let line = format!("machine 127.0.0.1 login demo password {PASSWORD}\n");
    fs::write(&netrc, line).unwrap();
    protect(&netrc, 0o644);
    let run = Run::of(bare(&h, &["ls", &h.url("")])).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("accessible to other users"), "{run:?}");
    assert!(run.stderr.contains(".netrc"), "{run:?}");
    assert!(!run.stderr.contains(PASSWORD), "{run:?}");
}

#[tokio::test]
async fn one_of_two_password_options_is_enough() {
    let h = Harness::start().await;
    let both = ["--password-file", "f", "--password-command", "c"];
    let run = Run::of(bare(&h, &[&["ls"], &both[..], &[&h.url("")]].concat())).await;
    assert_eq!(run.code, 2, "{run:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_password_command_inherits_no_secret() {
    let h = Harness::start().await;
    for variable in [
        "TOWLINE_PASSWORD",
        "TOWLINE_ACCOUNT",
        "TOWLINE_PROXY_PASSWORD",
        "TOWLINE_CLIENT_KEY_PASSWORD",
    ] {
        let print = format!("echo \"${variable}\"");
        let mut command = h.command(&["ls", "--password-command", &print, &h.url("")]);
        command.env(variable, PASSWORD);
        let run = Run::of(command).await;
        assert_eq!(run.code, 2, "{variable}: {run:?}");
        assert!(
            run.stderr.contains("no password in the first line"),
            "{run:?}"
        );
    }
}

#[tokio::test]
async fn no_output_of_any_kind_holds_the_password() {
    let h = Harness::start().await;
    h.write_remote("a", "x");
    h.write_local("b", "x");
    let [a, b, missing] = [h.url("a"), h.url("b"), h.url("missing")];
    for arguments in [
        &["ls", "-vv", "--json", &h.url("")][..],
        &["get", "-vv", "--json", &a],
        &["put", "-vv", "--json", "b", &b],
        &["stat", "-vv", "--json", &missing],
        &["get", "-vv", "--json", &missing],
        &["ls", "-vv", "--session-reuse", "off", &h.url("")],
    ] {
        let run = h.run(arguments).await;
        assert!(!run.stdout.contains(PASSWORD), "{arguments:?}");
        assert!(!run.stderr.contains(PASSWORD), "{arguments:?}");
    }
    let mut wrong = h.command(&["ls", "-vv", "--json", &h.url("")]);
    wrong.env("TOWLINE_PASSWORD", "not-this-one");
    let run = Run::of(wrong).await;
    assert_eq!(run.code, 5);
    assert!(!run.stdout.contains("not-this-one"), "{run:?}");
    assert!(!run.stderr.contains("not-this-one"), "{run:?}");
}

#[tokio::test]
async fn a_password_in_a_url_is_refused_and_not_repeated() {
    let h = Harness::start().await;
    let secret = format!("ftpes://demo:hunter2@{}/a", h.server.address());
    let secret = secret.as_str();
    let plain = h.url("a");
    h.write_local("x", "");
    for arguments in [
        &["ls", secret][..],
        &["ls", "--json", secret],
        &["ls", "-vv", secret],
        &["get", secret, "."],
        &["get", &plain, secret],
        &["get", secret, "a", "b"],
        &["put", "x", secret],
        &["put", secret, &plain],
        &["cat", secret],
        &["cat", "--json", secret],
        &["stat", secret, secret],
        &["rm", "-r", &plain, secret],
        &["mv", secret, "b"],
        &["mv", &plain, "b", secret],
        &["mkdir", "-p", secret],
        &["rmdir", secret],
        &["ls", "--tls", secret, &plain],
        &[secret],
        &["demo", secret],
        &["config", "show", secret],
        &["config", "show", "demo:hunter2@h"],
        &["trust", "remove", secret],
        &["ls", "sftp://demo:hunter2@h/a"],
        &["ls", "ftpes://demo:hunter2@h:port/a"],
        &["ls", "demo:hunter2@h/a"],
    ] {
        let run = h.run(arguments).await;
        assert_eq!(run.code, 2, "{arguments:?} {run:?}");
        assert!(!run.stdout.contains("hunter2"), "{arguments:?} {run:?}");
        assert!(!run.stderr.contains("hunter2"), "{arguments:?} {run:?}");
    }
    assert!(h.server.report().control.is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nobody_sees_the_password_in_the_process_list() {
    let gate = Gate::new();
    let hold = Fault::At(Point::Command("PBSZ"), Action::Hold(gate.clone()));
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(hold)).await;
    let child = h.command(&["ls", &h.url("")]).spawn().unwrap();
    // The login is over, so the password has been used.
    gate.reached().await;
    let path = format!("/proc/{}/cmdline", child.id().unwrap());
    let command_line = fs::read(path).unwrap();
    let command_line = String::from_utf8_lossy(&command_line);
    assert!(command_line.contains("ftpes://demo@"), "{command_line}");
    assert!(!command_line.contains(PASSWORD), "{command_line}");
    gate.open();
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
}
