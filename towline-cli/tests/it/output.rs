//! What goes to standard output and standard error.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use towline_testkit::{Personality, Server};

use crate::support::{Harness, Run};

#[tokio::test]
async fn success_is_silent_when_piped() {
    let h = Harness::start().await;
    h.write_remote("big", vec![0; 3_000_000]);
    assert_eq!(h.succeed(&["get", &h.url("big")]).await, "");
    assert_eq!(h.succeed(&["put", "big", &h.url("copy")]).await, "");
    assert_eq!(h.succeed(&["rm", &h.url("copy"), &h.url("big")]).await, "");
}

#[tokio::test]
async fn status_lines_have_the_familiar_words_and_the_verdict() {
    let h = Harness::start().await;
    h.write_remote("out/a", "x");
    let run = h.run(&["ls", "-v", &h.url("out")]).await;
    assert_eq!(run.stdout, "a\n");
    let address = h.server.address();
    for line in [
        "Status: Resolving address of 127.0.0.1".to_owned(),
        format!("Status: Connecting to {address}..."),
        "Status: Connection established, waiting for welcome message...".to_owned(),
        "Status: Initializing TLS...".to_owned(),
        "Status: Verifying certificate...".to_owned(),
        "Status: Logged in".to_owned(),
        "Status: Retrieving directory listing of \"out\"...".to_owned(),
        "Status: Directory listing of \"out\" successful".to_owned(),
    ] {
        assert!(
            run.stderr.contains(&line),
            "{line} is not in {}",
            run.stderr
        );
    }
    assert!(
        run.stderr
            .contains("Status: TLS connection established (TLSv1.")
    );
    let verdict = "Status: Data connection resumed with a session from the control connection (";
    assert!(run.stderr.contains(verdict), "{}", run.stderr);
    assert!(run.stderr.contains("same certificate"));
    assert!(!run.stderr.contains("Command: "));
}

#[tokio::test]
async fn twice_verbose_shows_the_dialogue() {
    let h = Harness::start().await;
    let run = h.run(&["-vv", "ls", &h.url("")]).await;
    assert!(
        run.stderr.contains("Command: USER demo\n"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("Command: PASS ***\n"), "{}", run.stderr);
    assert!(run.stderr.contains("Response: 230 "), "{}", run.stderr);
}

#[tokio::test]
async fn quiet_leaves_errors_alone() {
    let h = Harness::start().await;
    h.write_local("tree/file", "x");
    #[cfg(unix)]
    std::os::unix::fs::symlink("file", h.local("tree/link")).unwrap();
    let run = h.run(&["put", "-q", "-r", "tree", &h.url("")]).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let run = h.run(&["get", "-q", &h.url("nothing")]).await;
    assert!(run.stderr.starts_with("error: "), "{run:?}");
}

#[tokio::test]
async fn a_reader_who_leaves_ends_the_command_quietly() {
    let h = Harness::start().await;
    h.write_remote("big", vec![b'x'; 20_000_000]);
    let mut command = h.command(&["cat", &h.url("big")]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[tokio::test]
async fn a_transfer_goes_on_when_nobody_reads_its_json() {
    let h = Harness::start().await;
    h.write_remote("tree/a", "1");
    h.write_remote("tree/b", "2");
    let mut command = h.command(&["get", "-r", "--json", &h.url("tree"), "."]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(h.local("tree/a").exists() && h.local("tree/b").exists());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_standard_output_is_an_error_of_the_local_disk() {
    let h = Harness::start().await;
    h.write_remote("a", "1");
    for arguments in [
        &["ls", &h.url("")][..],
        &["cat", &h.url("a")],
        &["get", "--json", &h.url("a")],
    ] {
        let full = File::options().write(true).open("/dev/full");
        let mut command = h.command(arguments);
        command.stdout(full.unwrap());
        let output = command.spawn().unwrap().wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(9), "{arguments:?} {output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("standard output"), "{stderr}");
    }
}

/// The first listing of a session reveals the offset of the server's clock.
#[tokio::test]
async fn a_long_listing_has_the_readers_time_at_once() {
    let builder = Server::builder(Personality::VsFtpd).listing_offset(5);
    let h = Harness::with(builder).await;
    h.write_remote("a", "1");
    let time = UNIX_EPOCH + Duration::from_secs(1_790_000_040);
    let file = File::options().write(true).open(h.server.root().join("a"));
    file.unwrap().set_modified(time).unwrap();
    let mut command = h.command(&["ls", "-l", &h.url("")]);
    command.env("TZ", "UTC");
    let run = Run::of(command).await;
    assert!(run.stdout.contains("  2026-09-21 14:14  a"), "{run:?}");
}
