//! Large directories, unsorted ones, and listings that are incomplete.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::Harness;

const ENTRIES: u64 = 5000;

/// The server stops here, after more than a block and before the end.
const HELD_AT: u64 = 200_000;

/// The number of entries that must be printed before the server continues.
const SHOWN: usize = 1000;

/// Only a command that hangs takes this long.
const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_first_entries_are_shown_while_the_server_holds_the_rest_back() {
    for (personality, command) in [
        (Personality::ProFtpd138, "MLSD"),
        (Personality::VsFtpd, "LIST"),
    ] {
        for (path, options) in [
            ("", &[][..]),
            ("", &["-l"]),
            ("", &["--json"]),
            ("", &["-R"]),
            ("file-*", &["-l"]),
        ] {
            let gate = Gate::new();
            let point = Point::Transfer {
                command,
                after: HELD_AT,
            };
            let builder = Server::builder(personality)
                .fault(Fault::HugeListing(ENTRIES))
                .fault(Fault::At(point, Action::Hold(gate.clone())));
            let h = Harness::with(builder).await;
            let url = h.url(path);
            let arguments = [&["ls", url.as_str()], options].concat();
            let mut child = h.command(&arguments).spawn().unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let mut entries = Vec::new();
            while let Some(line) = timeout(DEADLINE, lines.next_line())
                .await
                .unwrap_or_else(|_| panic!("{personality:?} {path} {options:?}: {}", entries.len()))
                .unwrap()
            {
                if line.contains("file-") {
                    entries.push(line);
                }
                if entries.len() == SHOWN {
                    gate.open();
                }
            }
            assert!(child.wait().await.unwrap().success());
            assert_eq!(entries.len() as u64, ENTRIES);
            assert!(entries.is_sorted(), "{personality:?} {path} {options:?}");
        }
    }
}

#[tokio::test]
async fn a_directory_that_comes_in_another_order_is_sorted() {
    let mut names: Vec<_> = (0..ENTRIES)
        .map(|number| format!("file-{number:04}").into_bytes())
        .collect();
    names.reverse();
    let builder = Server::builder(Personality::ProFtpd138).fault(Fault::ListingNames(names));
    let h = Harness::with(builder).await;
    let listed = h.succeed(&["ls", &h.url("")]).await;
    assert_eq!(listed.lines().count() as u64, ENTRIES);
    assert!(listed.lines().is_sorted());
}

#[tokio::test]
async fn entries_that_the_server_leaves_out_are_missed_aloud() {
    let words = "226 Output truncated to 2 matches";
    let fault = || Fault::At(Point::FinalReply("MLSD"), Action::Reply(words.to_owned()));
    let h = Harness::with(Server::builder(Personality::PureFtpd)).await;
    for name in ["a", "b"] {
        h.write_remote(&format!("in/{name}"), name);
    }
    h.server.arm(fault());
    let run = h.run(&["ls", &h.url("in")]).await;
    assert_eq!((run.code, run.stdout.as_str()), (8, "a\nb\n"));
    assert!(run.stderr.contains(words), "{run:?}");
    let run = h.run(&["ls", &h.url("in/c*")]).await;
    assert_eq!(run.code, 8, "{run:?}");
    let run = h.run(&["get", "-r", &h.url("in"), "."]).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains(words), "{run:?}");
    assert_eq!(crate::support::names(&h.local("in")), ["a", "b"]);
    let run = h.run(&["rm", "-r", &h.url("in")]).await;
    assert_eq!(run.code, 8, "{run:?}");
    assert_eq!(h.remote_names("in"), ["a", "b"]);
}

/// vsftpd 3.0.3 lists a directory that it may not read like this.
#[tokio::test]
async fn a_directory_that_lists_itself_cannot_be_read() {
    let line = b"d---------    2 0        0            4096 Nov 26 17:55 closed\r\n";
    let h = Harness::with(Server::builder(Personality::VsFtpd).listing(line)).await;
    h.write_remote("closed/a", "x");
    for command in [&["ls"][..], &["ls", "-R"], &["rm", "-r"], &["get", "-r"]] {
        let mut arguments = command.to_vec();
        let url = h.url("closed");
        arguments.push(&url);
        if command[0] == "get" {
            arguments.push(".");
        }
        let run = h.run(&arguments).await;
        assert_eq!(run.code, 6, "{run:?}");
        assert!(run.stderr.contains("lists the directory itself"), "{run:?}");
        assert_eq!(h.local_names(), [""; 0], "{run:?}");
    }
    assert_eq!(h.remote_names("closed"), ["a"]);
    // Its entries can be looked up all the same.
    h.succeed(&["stat", &h.url("closed/a")]).await;
}
