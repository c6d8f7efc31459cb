//! `--log-file`.

use std::fs;

use crate::support::{Harness, PASSWORD};

#[tokio::test]
async fn it_has_the_whole_dialogue_with_times_and_without_secrets() {
    let h = Harness::start().await;
    h.write_remote("a", "1");
    let log = h.local("log");
    for _ in 0..2 {
        let run = h
            .run(&["ls", "--log-file", log.to_str().unwrap(), &h.url("")])
            .await;
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    }
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains(PASSWORD), "{text}");
    for words in [
        "Status: Logged in",
        "Command: PASS ***",
        "Response: 230 ",
        "Status: Data connection resumed",
    ] {
        assert_eq!(text.matches(words).count(), 2, "{words}: {text}");
    }
    for line in text.lines() {
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.ends_with('Z') && time.contains('T'), "{line}");
        assert!(!rest.is_empty());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn it_is_for_its_owner_alone_and_has_errors_too() {
    use std::os::unix::fs::PermissionsExt as _;
    let h = Harness::start().await;
    let run = h
        .run(&["get", "-q", "--log-file", "log", &h.url("nothing")])
        .await;
    assert_eq!(run.code, 6, "{run:?}");
    let text = fs::read_to_string(h.local("log")).unwrap();
    assert!(text.contains(" error: nothing: "), "{text}");
    assert!(text.contains(" hint: "), "{text}");
    let mode = fs::metadata(h.local("log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_ends_it_before_it_begins() {
    let h = Harness::start().await;
    let run = h
        .run(&["ls", "--log-file", "no/such/log", &h.url("")])
        .await;
    assert_eq!(run.code, 9, "{run:?}");
    assert!(run.stderr.contains("no/such/log"), "{run:?}");
}
