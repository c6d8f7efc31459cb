//! Hints and explanations that must be true where they are given.

use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{Harness, Run};

/// A server with a file, and a fault.
async fn with(fault: Fault) -> Harness {
    let h = Harness::with(Server::builder(Personality::VsFtpd).fault(fault)).await;
    h.write_remote("a", "hello");
    h
}

async fn failing(h: &Harness, arguments: &[&str]) -> Run {
    let options = ["--timeout", "2", "--retries", "0"];
    let run = h.run(&[arguments, &options].concat()).await;
    assert_ne!(run.code, 0, "{run:?}");
    run
}

fn reply(command: &'static str, text: &str) -> Fault {
    Fault::At(Point::Command(command), Action::Reply(text.to_owned()))
}

#[tokio::test]
async fn a_server_that_falls_silent_after_the_login_is_not_sent_to_another_port() {
    let h = with(Fault::At(Point::Command("EPSV"), Action::Silence)).await;
    let run = failing(&h, &["get", &h.url("a"), "."]).await;
    assert!(run.stderr.contains("--timeout allows more time"), "{run:?}");
    assert!(!run.stderr.contains("990"), "{run:?}");
}

#[tokio::test]
async fn a_data_port_that_refuses_is_not_that_of_another_tls_mode() {
    let h = with(Fault::PassivePortClosed).await;
    let run = failing(&h, &["ls", &h.url("")]).await;
    assert!(run.stderr.contains("--active"), "{run:?}");
    assert!(!run.stderr.contains("990"), "{run:?}");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    let h = Harness::start().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let run = failing(&h, &["ls", "--proxy", &proxy, &h.url("")]).await;
    assert!(run.stderr.contains("check --proxy"), "{run:?}");
    assert!(!run.stderr.contains("990"), "{run:?}");
}

#[tokio::test]
async fn a_greeting_that_refuses_says_nothing_of_the_login() {
    for text in ["554 closed", "530 Sorry, go away"] {
        let greeting = Fault::At(Point::Greeting, Action::Reply(text.to_owned()));
        let h = with(greeting).await;
        let run = failing(&h, &["ls", "--json", &h.url("")]).await;
        let error = &run.events_of("error")[0];
        assert_eq!(error["finding"], "connection-rejected", "{text}: {run:?}");
        assert!(error["hint"].is_string(), "{text}: {run:?}");
    }
}

#[tokio::test]
async fn a_refusal_after_the_login_does_not_blame_the_password() {
    let h = with(reply("RETR", "530 Not logged in")).await;
    let run = failing(&h, &["get", "--json", &h.url("a"), "."]).await;
    let error = &run.events_of("error")[0];
    assert_eq!(error["finding"], "permission-denied-by-server", "{run:?}");
}

#[tokio::test]
async fn mkdir_of_what_exists_does_not_blame_the_parent() {
    let h = with(reply("MKD", "550 File not found")).await;
    std::fs::create_dir(h.remote("sub")).unwrap();
    let run = failing(&h, &["mkdir", &h.url("sub")]).await;
    assert!(run.stderr.contains("sub: exists already"), "{run:?}");
    assert!(!run.stderr.contains("parent"), "{run:?}");
    let run = failing(&h, &["mkdir", &h.url("no/sub")]).await;
    assert!(run.stderr.contains("parent"), "{run:?}");
}

#[tokio::test]
async fn cat_says_nothing_of_a_final_name() {
    let h = with(Fault::CutDownload(3)).await;
    let run = failing(&h, &["cat", &h.url("a")]).await;
    assert!(!run.stderr.contains("final name"), "{run:?}");
    let run = failing(&h, &["get", &h.url("a"), "."]).await;
    assert!(run.stderr.contains("final name"), "{run:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_circle_of_links_says_nothing_of_a_final_name() {
    let h = Harness::start().await;
    h.write_remote("tree/a", "a");
    std::os::unix::fs::symlink(".", h.remote("tree/loop")).unwrap();
    for arguments in [&["get", "-r"][..], &["ls", "-R"]] {
        let url = h.url("tree");
        let run = failing(&h, &[arguments, &["--json", &url]].concat()).await;
        let error = &run.events_of("error")[0];
        assert_eq!(error["finding"], "link-loop", "{run:?}");
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.contains("Remove the link"), "{hint}");
        assert!(!run.stderr.contains("final name"), "{run:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_refused_here_can_be_had_under_another() {
    let h = Harness::start().await;
    let name = "out/a.txt.deadbeef.part";
    h.write_remote(name, "hello");
    let run = failing(&h, &["get", "-r", "--json", &h.url("out"), "in"]).await;
    let error = &run.events_of("error")[0];
    assert_eq!(error["kind"], "name", "{run:?}");
    assert_eq!(error["finding"], "name-not-usable-here", "{run:?}");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("other.txt"), "{hint}");
    h.succeed(&["get", &h.url(name), "other.txt"]).await;
    assert_eq!(std::fs::read(h.local("other.txt")).unwrap(), b"hello");
}

#[tokio::test]
async fn what_is_no_client_certificate_needs_no_passphrase() {
    let h = Harness::start().await;
    h.write_local("text.pem", "hello\n");
    h.write_local("key.der", b"\x30\x82\x04\xa4\x02\x01\x00\x30\x0d");
    for (file, words) in [
        ("text.pem", "neither PEM nor PKCS#12"),
        ("key.der", "a key in DER"),
    ] {
        let run = failing(&h, &["ls", "--client-cert", file, &h.url("")]).await;
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(words), "{run:?}");
    }
}

#[tokio::test]
async fn what_is_not_attempted_comes_after_the_failure() {
    let h = with(Fault::At(Point::Command("RETR"), Action::Close)).await;
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    for name in names {
        h.write_remote(name, "hello");
    }
    let urls = names.map(|name| h.url(name));
    let mut arguments = vec!["get", "--connections", "1"];
    arguments.extend(urls.iter().map(String::as_str));
    arguments.push(".");
    let run = failing(&h, &arguments).await;
    let errors = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "));
    let words = "not attempted after the failure above";
    let before = errors.take_while(|line| !line.contains(words)).count();
    // The server is given up after three lost connections. One more file may be under way.
    assert!((3..=4).contains(&before), "{run:?}");
    assert!(run.stderr.contains(words), "{run:?}");
}

/// A transient refusal is no matter of permissions, and a listing is no file.
#[tokio::test]
async fn a_refusal_for_now_is_explained_by_the_servers_words() {
    for (command, words, finding) in [
        ("LIST", "450 File busy", "refused-for-now"),
        ("DELE", "450 Not now", "refused-for-now"),
        (
            "STOR",
            "450 Being used by another process",
            "refused-for-now",
        ),
        (
            "STOR",
            "426 Transfer aborted: quota exceeded",
            "server-disk-full",
        ),
        ("LIST", "426 Transfer aborted", "transfer-broken-off"),
        (
            "DELE",
            "550 Permission denied",
            "permission-denied-by-server",
        ),
    ] {
        let h = with(reply(command, words)).await;
        h.write_local("b", "hello");
        let (a, b) = (h.url("a"), h.url("b"));
        let top = h.url("");
        let arguments = match command {
            "LIST" => vec!["ls", "--json", &top],
            "DELE" => vec!["rm", "--json", &a],
            _ => vec!["put", "--json", "b", &b],
        };
        let run = failing(&h, &arguments).await;
        let error = &run.events_of("error")[0];
        assert_eq!(error["finding"], finding, "{words}: {run:?}");
        let meaning = error["meaning"].as_str().unwrap();
        assert!(!meaning.contains("The file is not complete"), "{run:?}");
    }
}

#[tokio::test]
async fn a_command_that_raw_does_not_send_is_explained_as_one() {
    let h = Harness::start().await;
    for command in ["AUTH TLS", "RETR a", "CWD sub", "TYPE A"] {
        let run = failing(&h, &["raw", "--json", &h.url(""), command]).await;
        let error = &run.events_of("error")[0];
        assert_eq!(error["detail"], "reserved_command", "{command}: {run:?}");
        assert_eq!(error["finding"], "reserved-command", "{command}: {run:?}");
    }
}

#[tokio::test]
async fn what_is_in_the_way_at_the_server_is_no_matter_of_permissions() {
    let cases = [
        (
            "RMD",
            "rmdir",
            "550 Directory not empty",
            "directory-not-empty",
        ),
        (
            "RMD",
            "rmdir",
            "550 sub: Directory not empty",
            "directory-not-empty",
        ),
        (
            "RMD",
            "rmdir",
            "550 ENOTEMPTY: directory not empty, rmdir '/sub'",
            "directory-not-empty",
        ),
        (
            "RMD",
            "rmdir",
            "550 sub: Not a directory",
            "not-a-directory",
        ),
        (
            "RMD",
            "rmdir",
            "550 Remove directory operation failed.",
            "refused-without-reason",
        ),
        ("DELE", "rm", "550 a: Is a directory", "is-a-directory"),
        (
            "DELE",
            "rm",
            "550 EISDIR: illegal operation on a directory, unlink '/a'",
            "is-a-directory",
        ),
        (
            "DELE",
            "rm",
            "550 a: Operation not permitted",
            "permission-denied-by-server",
        ),
        ("MKD", "mkdir", "550 new: File exists", "target-exists"),
        (
            "MKD",
            "mkdir",
            "521 Directory already exists",
            "target-exists",
        ),
    ];
    for (verb, command, text, finding) in cases {
        let h = with(reply(verb, text)).await;
        std::fs::create_dir(h.remote("sub")).unwrap();
        let path = match command {
            "rmdir" => "sub",
            "rm" => "a",
            _ => "new",
        };
        let run = failing(&h, &[command, "--json", &h.url(path)]).await;
        let error = &run.events_of("error")[0];
        assert_eq!(error["finding"], finding, "{text}: {run:?}");
        let hint = error["hint"].as_str().unwrap_or_default();
        let of_trees = finding == "directory-not-empty" || finding == "is-a-directory";
        assert_eq!(hint.contains("rm -r"), of_trees, "{text}: {run:?}");
    }
}

/// Errors of which only the explanation knows a cure.
#[tokio::test]
async fn every_error_says_what_it_means_and_what_to_try() {
    let on = |command, action| Fault::At(Point::Command(command), action);
    for (fault, command) in [
        (reply("STOR", "553 Could not create file."), "put"),
        (reply("RETR", "450 File busy"), "get"),
        (reply("RETR", "451 Local error"), "get"),
        (reply("EPSV", "421 Timeout."), "get"),
        (reply("SYST", "999 what"), "ls"),
        (reply("MLSD", "500 OOPS: child died"), "ls"),
        (on("RETR", Action::Close), "get"),
        (on("RETR", Action::Silence), "get"),
        (Fault::CutDownload(3), "get"),
        (Fault::PassivePortClosed, "ls"),
    ] {
        let what = format!("{fault:?}");
        let h = with(fault).await;
        h.write_local("b", "hello");
        let (a, directory) = (h.url("a"), h.url(""));
        let arguments: &[&str] = match command {
            "get" => &["get", &a, "."],
            "put" => &["put", "b", &directory],
            _ => &["ls", &directory],
        };
        let options = ["--json", "--timeout", "2", "--retries", "0"];
        let run = h.run(&[arguments, &options].concat()).await;
        for error in run.events_of("error") {
            for part in ["finding", "meaning", "hint"] {
                assert!(error[part].is_string(), "{what}: {part}: {run:?}");
            }
        }
        let errors = run.events_of("error").len();
        assert!(run.code == 0 || errors > 0, "{what}: {run:?}");
    }
}

#[tokio::test]
async fn the_cure_is_printed_once_for_many_errors_alike() {
    let h = with(reply("DELE", "450 File busy")).await;
    h.write_remote("b", "hello");
    let run = failing(&h, &["rm", &h.url("a"), &h.url("b")]).await;
    assert_eq!(run.stderr.matches("error: ").count(), 2, "{run:?}");
    assert_eq!(run.stderr.matches("try again later").count(), 1, "{run:?}");
}
