//! Ctrl-C, SIGTERM and SIGHUP, at any time.
#![cfg(unix)]

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Harness, signal};

/// Sends the signal and waits. The command must end within two seconds, with some margin for a busy
/// machine.
async fn interrupt(mut child: Child, name: &str) -> (i32, String) {
    signal(&child, name).await;
    let began = Instant::now();
    let mut stderr = child.stderr.take().unwrap();
    let status = timeout(Duration::from_secs(20), child.wait()).await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
    let mut text = String::new();
    stderr.read_to_string(&mut text).await.unwrap();
    (status.unwrap().unwrap().code().unwrap(), text)
}

async fn held(point: Point) -> (Harness, Gate) {
    let gate = Gate::new();
    let fault = Fault::At(point, Action::Hold(gate.clone()));
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
    (h, gate)
}

#[tokio::test]
async fn an_upload_is_aborted_in_order_and_leaves_nothing_at_the_server() {
    for name in ["INT", "TERM"] {
        let h = Harness::start().await;
        h.write_remote("a", "old");
        let mut command = h.command(&["put", "-v", "-", &h.url("a")]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&[7; 300_000]).await.unwrap();
        let mut lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.starts_with("Status: Data connection") {
                break;
            }
        }
        // Standard input is still open: the upload cannot have ended.
        let (code, _) = interrupt(child, name).await;
        assert_eq!(code, 130, "{name}");
        assert_eq!(h.remote_names(""), ["a"], "{name}");
        assert_eq!(std::fs::read(h.remote("a")).unwrap(), b"old");
    }
}

#[tokio::test]
async fn a_download_keeps_its_part_and_says_how_to_continue() {
    let point = Point::Transfer {
        command: "RETR",
        after: 100_000,
    };
    let (h, gate) = held(point).await;
    h.write_remote("a", vec![1; 1_000_000]);
    h.write_local("a", "old");
    let child = h.command(&["get", &h.url("a")]).spawn().unwrap();
    gate.reached().await;
    let (code, stderr) = interrupt(child, "INT").await;
    assert_eq!(code, 130);
    let names = h.local_names();
    let [part, whole] = names.as_slice() else {
        panic!("{names:?}");
    };
    assert!(part.starts_with(".a.") && part.ends_with(".part"), "{part}");
    let words = "error: interrupted: a: cancelled; the partial file remains at ";
    assert!(
        stderr.starts_with(words) && stderr.contains(part),
        "{stderr}"
    );
    assert!(stderr.contains("--resume"), "{stderr}");
    assert_eq!(whole, "a");
    assert_eq!(std::fs::read(h.local("a")).unwrap(), b"old");
    gate.open();
    let again = h.run(&["get", "--resume", "--json", &h.url("a")]).await;
    assert_eq!(again.code, 0, "{again:?}");
    let resumed_at = &again.events_of("transfer")[0]["resumed_at"];
    assert!(resumed_at.as_u64().is_some_and(|at| at > 0), "{again:?}");
    assert_eq!(std::fs::read(h.local("a")).unwrap(), vec![1; 1_000_000]);
    assert_eq!(h.local_names(), ["a"]);
}

#[tokio::test]
async fn a_server_that_does_not_answer_does_not_delay_the_end() {
    for point in [
        Point::Greeting,
        Point::ControlTls,
        Point::Command("PASS"),
        Point::Command("MLSD"),
    ] {
        let (h, gate) = held(point.clone()).await;
        let child = h.command(&["ls", &h.url("")]).spawn().unwrap();
        gate.reached().await;
        let (code, _) = interrupt(child, "INT").await;
        assert_eq!(code, 130, "{point:?}");
    }
    let (h, gate) = held(Point::FinalReply("STOR")).await;
    h.write_local("a", "x");
    let child = h.command(&["put", "a", &h.url("a")]).spawn().unwrap();
    gate.reached().await;
    let (code, _) = interrupt(child, "INT").await;
    assert_eq!(code, 130);
    assert!(!h.remote("a").exists());
}

/// The first RNTO is refused, in a pipeline and alone, the third moves the old file aside, and the
/// fourth is held for longer than the program waits otherwise.
#[tokio::test]
async fn an_old_file_that_is_moved_aside_is_not_left_without_its_name() {
    let gate = Gate::new();
    let hold = Fault::At(Point::Command("RNTO"), Action::Hold(gate.clone())).nth(4);
    let server = Server::builder(Personality::ProFtpd138).fault(Fault::RefuseReplace);
    let h = Harness::with(server.fault(hold)).await;
    h.write_remote("a", "old");
    h.write_local("a", "new");
    let mut child = h.command(&["put", "a", &h.url("a")]).spawn().unwrap();
    gate.reached().await;
    assert!(!h.remote("a").exists());
    signal(&child, "INT").await;
    let waited = timeout(Duration::from_millis(2500), child.wait()).await;
    assert!(waited.is_err(), "{waited:?}");
    gate.open();
    // Nothing was left to do.
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
    assert_eq!(std::fs::read(h.remote("a")).unwrap(), b"new");
    assert_eq!(h.remote_names(""), ["a"]);
}

/// The server answers nothing any more, so that nothing can be removed.
#[tokio::test]
async fn what_an_upload_must_leave_is_named() {
    for words in [
        &["put", "tree/a", "URL/"][..],
        &["put", "-r", "tree", "URL/"],
        &["put", "-r", "--no-temp", "tree", "URL/"],
        &["mirror", "tree", "URL/"],
        &["mirror", "--no-temp", "tree", "URL/"],
    ] {
        let (h, gate) = held(Point::FinalReply("STOR")).await;
        for name in ["a", "b", "c"] {
            h.write_local(&format!("tree/{name}"), "x");
        }
        let url = h.url("");
        let words: Vec<_> = words
            .iter()
            .map(|word| if *word == "URL/" { &*url } else { *word })
            .collect();
        let child = h.command(&words).spawn().unwrap();
        gate.reached().await;
        for verb in ["DELE", "ABOR", "NOOP", "USER"] {
            let silence = Action::Hold(Gate::new());
            h.server.arm(Fault::At(Point::Command(verb), silence));
        }
        let (code, stderr) = interrupt(child, "INT").await;
        assert_eq!(code, 130, "{words:?}: {stderr}");
        let mut left = vec![h.remote("")];
        let mut names = Vec::new();
        while let Some(directory) = left.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let entry = entry.unwrap();
                match entry.file_type().unwrap().is_dir() {
                    true => left.push(entry.path()),
                    false => names.push(entry.file_name().into_string().unwrap()),
                }
            }
        }
        assert!(!names.is_empty(), "{words:?}");
        let said = |name: &String| match name.ends_with(".part") {
            true => stderr.contains(name.as_str()),
            false => stderr.contains("may now be empty or partial"),
        };
        assert!(names.iter().all(said), "{words:?}: {names:?}: {stderr}");
    }
}

#[tokio::test]
async fn a_second_request_ends_it_at_once() {
    let (h, gate) = held(Point::FinalReply("STOR")).await;
    h.write_local("a", "x");
    let mut child = h.command(&["put", "a", &h.url("a")]).spawn().unwrap();
    gate.reached().await;
    signal(&child, "INT").await;
    // Two requests in quick succession may count as one.
    let ended = async {
        loop {
            if let Ok(status) = timeout(Duration::from_millis(50), child.wait()).await {
                break status.unwrap();
            }
            signal(&child, "INT").await;
        }
    };
    let began = Instant::now();
    assert_eq!(ended.await.code(), Some(130));
    assert!(began.elapsed() < Duration::from_millis(1300));
}

/// `timeout` of coreutils signals the process, and then its process group.
#[tokio::test]
async fn two_signals_at_once_are_one_request() {
    let point = Point::Transfer {
        command: "RETR",
        after: 100_000,
    };
    let (h, gate) = held(point).await;
    h.write_remote("a", vec![1; 1_000_000]);
    let mut child = h.command(&["get", &h.url("a")]).spawn().unwrap();
    gate.reached().await;
    let id = child.id().unwrap();
    let both = format!("kill -s INT {id}; kill -s TERM {id}");
    let mut shell = Command::new("sh");
    assert!(shell.args(["-c", &both]).status().await.unwrap().success());
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    assert!(!h.local("a").exists());
}

#[tokio::test]
async fn an_interrupted_walk_does_not_go_on() {
    let point = Point::Transfer {
        command: "RETR",
        after: 1,
    };
    let (h, gate) = held(point).await;
    h.write_remote("tree/a", "12");
    h.write_remote("tree/b", "34");
    let mut command = h.command(&["get", "-r", "--json", &h.url("tree"), "."]);
    let mut child = command.spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    gate.reached().await;
    let (code, _) = interrupt(child, "INT").await;
    assert_eq!(code, 130);
    let mut text = String::new();
    stdout.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("\"kind\":\"interrupted\""), "{text}");
    assert!(text.contains("\"exit_code\":130"), "{text}");
    assert!(crate::support::names(&h.local("tree")).is_empty());
}

#[tokio::test]
async fn many_files_are_one_interruption() {
    let (h, gate) = held(Point::Command("RETR")).await;
    for n in 0..40 {
        h.write_remote(&format!("tree/{n}"), "12");
    }
    let get = ["get", "-r", "--connections", "4", &h.url("tree"), "."];
    let child = h.command(&get).spawn().unwrap();
    gate.reached_times(4).await;
    let (code, stderr) = interrupt(child, "INT").await;
    assert_eq!(code, 130);
    let errors = stderr.lines().filter(|line| line.starts_with("error"));
    assert_eq!(errors.count(), 1, "{stderr}");
}

#[tokio::test]
async fn a_reader_who_does_not_read_does_not_delay_the_end() {
    // The second listing is printed while it arrives.
    for (entries, last_words) in [(900, "listing successful"), (120_000, "same certificate)")] {
        let h = Harness::start().await;
        h.server.arm(Fault::HugeListing(entries));
        let mut command = h.command(&["ls", "--json", "-v", &h.url("")]);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.ends_with(last_words) {
                break;
            }
        }
        let (code, _) = interrupt(child, "INT").await;
        assert_eq!(code, 130);
    }
}

/// Starts a download through a program that replaces itself with it, and hangs up during the
/// transfer.
#[cfg(target_os = "linux")]
async fn hang_up_on(wrapper: &[&str]) -> (Option<i32>, Vec<String>) {
    let point = Point::Transfer {
        command: "RETR",
        after: 1,
    };
    let (h, gate) = held(point).await;
    h.write_remote("a", "12");
    let get = h.command(&["get", &h.url("a")]);
    let get = get.as_std();
    let mut command = Command::new(wrapper[0]);
    command
        .args(&wrapper[1..])
        .arg(get.get_program())
        .args(get.get_args())
        .env("TOWLINE_PASSWORD", crate::support::PASSWORD)
        .env("HOME", h.home())
        .env_remove("XDG_STATE_HOME")
        .current_dir(h.local(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    gate.reached().await;
    signal(&child, "HUP").await;
    let watched = timeout(Duration::from_secs(3), child.wait()).await;
    gate.open();
    let status = match watched {
        Ok(status) => status,
        Err(_) => child.wait().await,
    };
    (status.unwrap().code(), h.local_names())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_terminal_that_goes_away_ends_it_in_order() {
    let wrapper = ["env", "--default-signal=HUP"];
    let (code, names) = hang_up_on(&wrapper).await;
    assert_eq!(code, Some(130));
    assert!(
        names.iter().all(|name| name.ends_with(".part")),
        "{names:?}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nohup_outlives_the_terminal() {
    let whole = (Some(0), vec!["a".to_owned()]);
    assert_eq!(hang_up_on(&["nohup"]).await, whole);
}
