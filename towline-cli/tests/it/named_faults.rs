//! The faults of the testkit's catalogue: what the program makes of each.

use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use towline_testkit::{Action, Fault, NamedFault, Personality, Point, Server, TlsMode};

use crate::support::{Harness, PASSWORD, Run};

/// A fault, a command, its exit code, and the finding in its error if it fails.
type Case = (&'static str, &'static str, i32, &'static str);

/// Each fault with a command that meets it. A command that succeeds has recovered: what it moved is
/// compared.
const CASES: &[Case] = &[
    ("no-close-notify", "get", 0, ""),
    ("close-notify-mid-file", "get", 8, "wrong-size"),
    ("reset-mid-download", "get", 3, "transfer-broken-off"),
    ("reset-mid-upload", "put", 8, "transfer-broken-off"),
    ("final-reply-before-data-ends", "put", 0, ""),
    ("final-reply-late", "get", 0, ""),
    ("final-reply-lost", "get", 0, ""),
    ("final-reply-lost", "put", 0, ""),
    ("426-after-complete", "get", 8, "transfer-broken-off"),
    ("451-mid-transfer", "get", 8, "transfer-broken-off"),
    (
        "zero-byte-without-handshake",
        "get",
        3,
        "complete-without-data",
    ),
    ("421-mid-transfer", "get", 3, "session-ended"),
    ("421-when-idle", "ls", 0, ""),
    ("silent-greeting", "ls", 3, "reply-timed-out"),
    ("silent-mid-data", "get", 3, "data-stalled"),
    ("slow-bytes", "get", 0, ""),
    ("split-replies", "get", 0, ""),
    ("giant-reply", "ls", 3, "unreadable-reply"),
    ("endless-multiline", "ls", 3, "unreadable-reply"),
    ("binary-reply", "ls", 3, "unreadable-reply"),
    ("bad-code", "ls", 3, "unreadable-reply"),
    ("stray-226", "get", 0, ""),
    ("plaintext-oops", "ls", 3, "vsftpd-oops"),
    ("auth-tls-refused", "ls", 0, ""),
    ("auth-both-refused", "ls", 4, "auth-refused"),
    ("reply-smuggled-behind-234", "ls", 4, "smuggled-before-tls"),
    ("pbsz-refused", "get", 0, ""),
    ("prot-p-refused", "ls", 4, "protection-refused"),
    ("tls-on-plain-port", "ls", 4, "implicit-tls-expected"),
    ("plain-on-tls-port", "ls", 4, "clear-text-answered"),
    ("login-refused", "ls", 5, "login-refused"),
    ("account-wanted", "ls", 5, "account-wanted"),
    ("too-many-connections", "ls", 3, "too-many-connections"),
    ("utf8-refused", "get", 0, ""),
    ("pasv-third-host", "get", 0, ""),
    ("pasv-port-zero", "ls", 3, "unreadable-reply"),
    ("pasv-private-address", "get", 0, ""),
    ("epsv-malformed", "get", 0, ""),
    ("epsv-refused", "get", 0, ""),
    ("epsv-blocked", "get", 0, ""),
    (
        "certificate-swapped",
        "ls",
        4,
        "certificate-differs-on-data",
    ),
    ("reuse-refused-425", "ls", 7, "session-reuse-required"),
    ("reuse-refused-450", "ls", 7, "session-reuse-required"),
    (
        "reuse-refused-522-and-close",
        "ls",
        7,
        "session-reuse-required",
    ),
    ("ticket-expired", "get", 0, ""),
    ("no-tickets", "ls", 7, "nothing-to-resume"),
    ("ticket-storm", "get", 4, "tls-broken"),
    ("key-update", "get", 0, ""),
    ("early-command-aborts-transfer", "get", 0, ""),
    ("mlsd-advertised-but-500", "ls", 0, ""),
    ("listing-of-another-path", "ls", 0, ""),
    ("listing-truncated-with-success", "ls", 0, ""),
    ("listing-admits-truncation", "ls", 8, "listing-incomplete"),
    ("nul-in-listing", "ls", 0, ""),
    ("traversal-names", "ls", 0, ""),
    ("endless-listing", "put", 0, ""),
    ("endless-file", "get", 8, "wrong-size"),
    ("size-550", "get", 0, ""),
    ("size-wrong", "get", 8, "wrong-size"),
    ("rest-ignored", "get", 0, ""),
    ("rest-wraps-at-2-gib", "get", 0, ""),
    ("rename-over-refused", "put", 0, ""),
    ("rename-changes-name", "put", 6, "name-changed-by-server"),
    ("rename-forbidden", "put", 6, "rename-refused"),
    (
        "stor-refused-after-150",
        "put",
        6,
        "permission-denied-by-server",
    ),
    ("disk-full-452", "put", 8, "server-disk-full"),
    ("file-shrinks", "get", 0, ""),
];

async fn run(fault: &NamedFault, what: &str) -> (Harness, Run) {
    let harness = Harness::with(fault.server()).await;
    harness.write_remote("out/F", contents());
    harness.write_remote("in/F", b"what was there before");
    harness.write_local("up", contents());
    let scheme = match fault.client_mode() {
        TlsMode::Implicit => "ftps",
        _ => "ftpes",
    };
    let url = format!("{scheme}://demo@{}", harness.server.address());
    let (out, target) = (format!("{url}/out/F"), format!("{url}/in/F"));
    let list = format!("{url}/out");
    let options = ["--json", "--timeout", "3", "--retries", "1"];
    let operands: &[&str] = match what {
        "get" => &["get", &out, "got"],
        "put" => &["put", "up", &target],
        _ => &["ls", &list],
    };
    let run = harness.run(&[operands, &options].concat()).await;
    (harness, run)
}

fn contents() -> Vec<u8> {
    (0..6000u32).map(|n| (n % 251) as u8).collect()
}

#[tokio::test]
async fn each_fault_is_recognised_or_recovered_from() {
    let mut wrong = Vec::new();
    for (name, what, code, id) in CASES {
        let fault = NamedFault::find(name).unwrap();
        let (harness, run) = run(fault, what).await;
        let found = run
            .events_of("error")
            .first()
            .map(|error| error["finding"].clone());
        let found = found
            .and_then(|id| id.as_str().map(str::to_owned))
            .unwrap_or_default();
        if (run.code, found.as_str()) != (*code, *id) {
            wrong.push(format!("{name} {what}: {} {found}", run.code));
        }
        assert!(
            !run.stdout.contains(PASSWORD) && !run.stderr.contains(PASSWORD),
            "{name}"
        );
        // Neither a short file nor a half one takes a name.
        if let Ok(got) = std::fs::read(harness.local("got"))
            && (run.code != 0 || got != contents())
        {
            wrong.push(format!("{name} {what}: another file got its name"));
        }
        let target = std::fs::read(harness.remote("in/F")).unwrap_or_default();
        let expected = match run.code == 0 && *what == "put" {
            true => contents(),
            false => b"what was there before".to_vec(),
        };
        if target != expected {
            wrong.push(format!("{name} {what}: another file is at the server"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The mirror looks twice, and does nothing in between for longer than the server waits.
#[tokio::test]
async fn a_pause_that_ends_sessions_is_survived() {
    for name in ["421-when-idle", "ticket-expired"] {
        let fault = NamedFault::find(name).unwrap();
        let harness = Harness::with(fault.server()).await;
        harness.write_remote("out/F", contents());
        let source = harness.url("out");
        let run = harness
            .run(&["mirror", "--stable-for", "3s", &source, "got"])
            .await;
        assert_eq!(run.code, 0, "{name}: {run:?}");
        let got = std::fs::read(harness.local("got/F")).unwrap();
        assert_eq!(got, contents(), "{name}");
        let connections = harness.server.report().control.len();
        assert!(name != "421-when-idle" || connections >= 2, "{name}");
    }
}

/// Where something else would recover too, the test counts what that would cost.
#[tokio::test]
async fn a_reply_too_many_costs_no_connection() {
    let fault = NamedFault::find("stray-226").unwrap();
    let (harness, run) = run(fault, "get").await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(harness.server.report().control.len(), 1, "{run:?}");
}

#[tokio::test]
async fn a_session_that_ended_while_idle_is_opened_again_before_a_command_fails() {
    let fault = NamedFault::find("421-when-idle").unwrap();
    let harness = Harness::with(fault.server()).await;
    harness.write_remote("out/F", contents());
    let source = harness.url("out");
    let arguments = [
        "mirror",
        "--json",
        "-v",
        "--stable-for",
        "3s",
        &source,
        "got",
    ];
    let run = harness.run(&arguments).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.events_of("retry"),
        [] as [serde_json::Value; 0],
        "{run:?}"
    );
    let is_told = run.stderr.contains("421") && run.stderr.contains("a new connection is opened");
    assert!(is_told, "{run:?}");
}

#[tokio::test]
async fn a_file_that_shrinks_is_sent_once_and_its_size_requested_twice() {
    let fault = NamedFault::find("file-shrinks").unwrap();
    let (harness, run) = run(fault, "get").await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.events_of("retry"),
        [] as [serde_json::Value; 0],
        "{run:?}"
    );
    assert_eq!(
        run.events_of("transfer")[0]["result"],
        "verified",
        "{run:?}"
    );
    let report = harness.server.report();
    let commands = report.control.iter().flat_map(|control| &control.commands);
    let count = |verb: &str| {
        commands
            .clone()
            .filter(|line| line.starts_with(verb))
            .count()
    };
    assert_eq!((count("RETR"), count("SIZE")), (1, 2), "{report:?}");
}

/// Each command that gives a name looks at it.
#[tokio::test]
async fn the_name_that_a_server_gave_instead_is_named() {
    let fault = NamedFault::find("rename-changes-name").unwrap();
    for (what, instead) in [
        (vec!["put", "up", "in/NEW"], "in/new."),
        (vec!["put", "--no-temp", "up", "in/NEW"], "in/new"),
        (vec!["mv", "in/F", "in/NEW"], "in/new"),
    ] {
        let harness = Harness::with(fault.server()).await;
        harness.write_remote("in/F", contents());
        harness.write_local("up", contents());
        let url = |path: &str| match path.starts_with("in/") {
            true => harness.url(path),
            false => path.to_owned(),
        };
        let mut arguments: Vec<_> = what.iter().map(|word| url(word)).collect();
        arguments.push("--json".to_owned());
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let run = harness.run(&arguments).await;
        assert_eq!(run.code, 6, "{what:?}: {run:?}");
        let error = &run.events_of("error")[0];
        assert_eq!(error["detail"], "other_name_given", "{what:?}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(instead), "{what:?}: {message}");
    }
}

/// Small files are pipelined on this server, so that an `EPSV` arrives early.
#[tokio::test]
async fn transfers_that_an_early_command_ends_are_repeated() {
    let fault = NamedFault::find("early-command-aborts-transfer").unwrap();
    let harness = Harness::with(fault.server()).await;
    for n in 0..8 {
        harness.write_remote(&format!("out/{n}"), contents());
    }
    let run = harness
        .run(&["get", "-r", &harness.url("out"), "got"])
        .await;
    assert_eq!(run.code, 0, "{run:?}");
    for n in 0..8 {
        let got = std::fs::read(harness.local(&format!("got/{n}"))).unwrap();
        assert_eq!(got, contents(), "{n}");
    }
}

#[tokio::test]
async fn a_download_begins_anew_where_rest_is_ignored() {
    let fault = NamedFault::find("rest-ignored").unwrap();
    let harness = Harness::with(fault.server()).await;
    let whole = contents().repeat(100);
    harness.write_remote("F", &whole);
    let command = "RETR";
    let after = 300_000;
    let broken = Fault::At(Point::Transfer { command, after }, Action::Close);
    harness.server.arm(broken.nth(1));
    let url = harness.url("F");
    let run = harness
        .run(&["get", "--resume", "--retries", "0", &url, "got"])
        .await;
    assert_ne!(run.code, 0, "{run:?}");
    let run = harness.run(&["get", "--resume", &url, "got"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(std::fs::read(harness.local("got")).unwrap() == whole);
    let report = harness.server.report();
    let mut commands = report.control.iter().flat_map(|control| &control.commands);
    assert!(commands.any(|line| line.starts_with("REST ")), "{report:?}");
}

/// The entries that are shown where the listing itself is at fault.
#[tokio::test]
async fn listings_at_fault_are_read_another_way_or_doubted() {
    for (name, is_doubted) in [
        ("auth-tls-refused", false),
        ("mlsd-advertised-but-500", false),
        ("listing-of-another-path", false),
        ("listing-truncated-with-success", true),
    ] {
        let fault = NamedFault::find(name).unwrap();
        let (_harness, run) = run(fault, "ls").await;
        let entries = run.events_of("entry");
        let names: Vec<_> = entries.iter().map(|entry| &entry["name"]).collect();
        assert_eq!(names, ["F"], "{name}: {run:?}");
        assert_eq!(
            run.stderr.contains("cut short"),
            is_doubted,
            "{name}: {run:?}"
        );
    }
}

/// What such a name could do would be done by the download of a directory.
#[tokio::test]
async fn names_that_could_do_harm_are_neither_requested_nor_created() {
    for name in ["traversal-names", "nul-in-listing"] {
        let fault = NamedFault::find(name).unwrap();
        let harness = Harness::with(fault.server()).await;
        harness.write_remote("out/F", contents());
        let url = harness.url("out");
        let run = harness.run(&["get", "-r", "--json", &url, "got"]).await;
        assert_ne!(run.code, 0, "{name}: {run:?}");
        let errors = run.events_of("error");
        let is_told = errors.iter().any(|it| it["finding"] == "dangerous-name");
        assert!(is_told, "{name}: {run:?}");
        let got = std::fs::read(harness.local("got/F")).unwrap();
        assert_eq!(got, contents(), "{name}");
        assert_eq!(harness.local_names(), ["got"], "{name}");
        let report = harness.server.report();
        let mut commands = report.control.iter().flat_map(|control| &control.commands);
        let is_harmful = |line: &String| line.contains("..") || line.contains('\0');
        assert!(!commands.any(is_harmful), "{name}: {report:?}");
    }
}

#[tokio::test]
async fn an_endless_listing_is_shown_and_can_be_stopped() {
    let fault = NamedFault::find("endless-listing").unwrap();
    let harness = Harness::with(fault.server()).await;
    let url = harness.url("");
    let mut child = harness.command(&["ls", &url]).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut some = [0; 4096];
    stdout.read_exact(&mut some).await.unwrap();
    drop(stdout);
    let ended = timeout(Duration::from_secs(60), child.wait()).await;
    assert_eq!(ended.expect("it does not end").unwrap().code(), Some(0));
}

#[tokio::test]
async fn an_endless_listing_ends_at_the_limit() {
    let fault = NamedFault::find("endless-listing").unwrap();
    let harness = Harness::with(fault.server()).await;
    let url = harness.url("");
    let options = ["ls", "--json", "--max-entries", "2000", "--by-time", &url];
    let run = harness.run(&options).await;
    assert_eq!(run.code, 8, "{run:?}");
    let error = &run.events_of("error")[0];
    assert_eq!(error["finding"], "tree-too-large", "{error}");
    assert_eq!(run.events_of("entry"), [] as [serde_json::Value; 0]);
}

/// Where the server is silent, the program says what it waits for.
#[tokio::test]
async fn a_long_wait_is_said() {
    for (point, what, expected) in [
        (Point::Command("PWD"), "raw", "the reply to PWD"),
        (
            Point::FinalReply("RETR"),
            "cat",
            "no data has moved for 3 seconds (RETR)",
        ),
    ] {
        let builder = Server::builder(Personality::ProFtpd138);
        let harness = Harness::with(builder.fault(Fault::At(point, Action::Silence))).await;
        harness.write_remote("F", b"text");
        let (file, top) = (harness.url("F"), harness.url(""));
        let command: &[&str] = match what {
            "cat" => &["cat", &file],
            _ => &["raw", &top, "PWD"],
        };
        for is_verbose in [true, false] {
            let verbose: &[&str] = if is_verbose { &["-v"] } else { &[] };
            let options = &["--timeout", "5", "--retries", "0"];
            let run = harness.run(&[command, options, verbose].concat()).await;
            let is_said = run.stderr.contains("Still waiting") && run.stderr.contains(expected);
            assert_eq!(is_said, is_verbose, "{run:?}");
        }
    }
}

#[test]
fn every_fault_of_the_catalogue_has_a_case() {
    for fault in NamedFault::ALL {
        let name = fault.name();
        let has_case = CASES.iter().any(|(case, ..)| *case == name);
        assert!(has_case, "{name}");
    }
}
