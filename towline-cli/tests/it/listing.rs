//! Directories that are large, or come in another order.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::Harness;

const ENTRIES: u64 = 5000;

/// More than a block is sent ahead of it, and less than all.
const HELD_AT: u64 = 200_000;

/// What a person or a program has got before the server goes on.
const SHOWN: usize = 1000;

/// Only something that hangs takes so long.
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
