//! Options of transfers.

use std::fs;
use std::time::{Duration, Instant};

use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::Harness;

#[tokio::test]
async fn a_download_is_taken_up_where_it_stopped() {
    let h = Harness::start().await;
    let contents: Vec<u8> = (0..300_000u32).map(|n| (n % 251) as u8).collect();
    h.write_remote("a", &contents);
    h.server.arm(Fault::CutDownload(200_000));
    let cut = h
        .run(&["get", "--resume", "--retries", "0", &h.url("a")])
        .await;
    assert_eq!(cut.code, 8, "{cut:?}");
    assert_eq!(h.local_names().len(), 1, "the part is kept");
    assert!(!h.local("a").exists());
    h.server.disarm();
    let whole = h.run(&["get", "--resume", "--json", &h.url("a")]).await;
    assert_eq!(whole.code, 0, "{whole:?}");
    let transfer = &whole.events_of("transfer")[0];
    assert_eq!(transfer["resumed_at"], 200_000, "{whole:?}");
    assert_eq!(transfer["bytes"], 100_000, "{whole:?}");
    assert_eq!(fs::read(h.local("a")).unwrap(), contents);
    assert_eq!(h.local_names(), ["a"]);
}

/// A name of that form could otherwise be taken up as the beginning of another file.
#[tokio::test]
async fn a_name_of_a_partial_file_is_not_fetched_from_a_server() {
    let h = Harness::start().await;
    h.write_remote("tree/.a.0123abcd.part", "evil");
    h.write_remote("tree/a", "good");
    let run = h.run(&["get", "-r", &h.url("tree"), "."]).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("partial file"), "{run:?}");
    assert_eq!(crate::support::names(&h.local("tree")), ["a"]);
    // Under another name, it is a file like any other.
    let url = h.url("tree/.a.0123abcd.part");
    h.succeed(&["get", &url, "part-of-another"]).await;
}

/// Every command that copies a tree names such a file, and copies the rest.
#[tokio::test]
async fn a_tree_reports_the_names_of_partial_files() {
    let h = Harness::start().await;
    for name in ["x.deadbeef.part", ".y.0a1b2c3d.part", "a"] {
        h.write_remote(&format!("far/{name}"), "a");
        h.write_local(&format!("near/{name}"), "a");
    }
    let (far, new) = (h.url("far"), h.url("new"));
    for (arguments, target) in [
        (["get", "-r", &far, "got"], Ok("got")),
        (
            ["mirror", "--no-progress", &far, "mirrored"],
            Ok("mirrored"),
        ),
        (["mirror", "--no-progress", "near", &new], Err("new")),
        (["put", "-r", "near", &h.url("put")], Err("put")),
    ] {
        let run = h.run(&arguments).await;
        assert_eq!(run.code, 1, "{run:?}");
        for name in ["x.deadbeef.part", ".y.0a1b2c3d.part"] {
            let reason = "the name is one that Towline gives partial files";
            let named = run.stderr.lines().any(|line| {
                line.starts_with("error: ") && line.contains(name) && line.ends_with(reason)
            });
            assert!(named, "{name}: {run:?}");
        }
        let names = match target {
            Ok(local) => crate::support::names(&h.local(local)),
            Err(remote) => h.remote_names(remote),
        };
        assert_eq!(names, ["a"], "{arguments:?}");
        let excluding = [&arguments[..], &["--exclude", "*.part"]].concat();
        let run = h.run(&excluding).await;
        assert_eq!(run.code, 0, "{run:?}");
        assert!(!run.stderr.contains("partial"), "{run:?}");
    }
    let check = h.run(&["check", &far, "mirrored"]).await;
    assert_ne!(check.code, 0, "{check:?}");
    assert!(check.stderr.contains("x.deadbeef.part"), "{check:?}");
}

#[tokio::test]
async fn a_file_larger_than_max_filesize_fails_and_the_rest_arrives() {
    let h = Harness::start().await;
    h.write_remote("tree/large", vec![1; 3000]);
    h.write_remote("tree/small", vec![1; 1000]);
    let limited = ["get", "-r", "--max-filesize", "2k", &h.url("tree"), "."];
    let run = h.run(&limited).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("--max-filesize"), "{run:?}");
    assert_eq!(crate::support::names(&h.local("tree")), ["small"]);
    let one = ["get", "--max-filesize", "2k", &h.url("tree/large")];
    assert_eq!(h.run(&one).await.code, 8);
    assert_eq!(
        h.run(&["get", "--max-filesize", "0", &h.url("a")])
            .await
            .code,
        2
    );
}

#[tokio::test]
async fn cat_has_the_limits_of_get() {
    let h = Harness::start().await;
    h.write_remote("large", vec![b'x'; 3000]);
    let run = h
        .run(&["cat", "--max-filesize", "2k", &h.url("large")])
        .await;
    assert_eq!((run.code, run.stdout.as_str()), (8, ""), "{run:?}");
    assert!(run.stderr.contains("--max-filesize"), "{run:?}");
    let limited = ["cat", "--max-filesize", "3k", &h.url("large")];
    assert_eq!(h.succeed(&limited).await.len(), 3000);
    let builder = Server::builder(Personality::ProFtpd138).without("SIZE");
    let h = Harness::with(builder.mlsd(false).listing("")).await;
    h.write_remote("a", "1");
    assert_eq!(h.succeed(&["cat", &h.url("a")]).await, "1");
    let run = h.run(&["cat", "--require-verified", &h.url("a")]).await;
    assert_eq!(run.code, 8, "{run:?}");
}

#[tokio::test]
async fn require_verified_makes_complete_a_failure() {
    let builder = Server::builder(Personality::ProFtpd138).without("SIZE");
    let h = Harness::with(builder.mlsd(false).listing("")).await;
    h.write_remote("a", "1");
    h.succeed(&["get", &h.url("a"), "b"]).await;
    let run = h.run(&["get", "--require-verified", &h.url("a")]).await;
    assert_eq!(run.code, 8, "{run:?}");
    assert!(!h.local("a").exists());
}

#[tokio::test]
async fn an_upload_waits_for_a_trial_and_names_the_way_out() {
    let h = Harness::with(Server::builder(Personality::PyFtpdlib)).await;
    h.write_remote("a", "what stood there");
    h.write_local("a", "new");
    h.server.arm(Fault::RefuseSessions);
    for verb in ["LIST", "NLST", "MLSD", "MLST", "SIZE", "CWD"] {
        let refusal = Action::Reply("550 Not enough privileges.".to_owned());
        h.server.arm(Fault::At(Point::Command(verb), refusal));
    }
    let put = ["put", "--no-temp", "a", &h.url("a")];
    for put in [&put[..], &["put", "a", &h.url("b")]] {
        let run = h.run(put).await;
        assert_eq!(run.code, 7, "{run:?}");
        assert!(run.stderr.contains("--session-reuse off"), "{run:?}");
    }
    assert_eq!(fs::read(h.remote("a")).unwrap(), b"what stood there");
    let names = fs::read_dir(h.remote("")).unwrap().count();
    assert_eq!(names, 1, "no part is left");
    let off = [&put[..], &["--session-reuse", "off"]].concat();
    let run = h.run(&off).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(fs::read(h.remote("a")).unwrap(), b"new");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_stops_the_downloads_to_it() {
    let h = Harness::start().await;
    for n in 0..40 {
        h.write_remote(&format!("tree/{n:02}"), vec![1; 2_000_000]);
    }
    // A file system of its own, in a name space of its own.
    let script = "mount -t tmpfs -o size=3m tmpfs \"$PWD\" && cd \"$PWD\" && exec \"$@\"";
    let get = h.command(&["get", "-r", "--connections", "1", &h.url("tree"), "."]);
    let get = get.as_std();
    let mut command = tokio::process::Command::new("unshare");
    command
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            script,
            "sh",
        ])
        .arg(get.get_program())
        .args(get.get_args())
        .env("TOWLINE_PASSWORD", crate::support::PASSWORD)
        .env("HOME", h.home())
        .current_dir(h.local(""));
    let output = command.output().await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("because the disk is full"), "{stderr}");
    let errors = stderr.lines().filter(|line| line.starts_with("error"));
    assert!(errors.count() <= 3, "{stderr}");
    assert_ne!(output.status.code(), Some(0));
}

#[tokio::test]
async fn append_adds_to_the_end() {
    let h = Harness::start().await;
    h.write_remote("log", "one\n");
    h.write_local("more", "two\n");
    h.succeed(&["put", "--append", "more", &h.url("log")]).await;
    let run = h
        .run_with_input(&["put", "--append", "-", &h.url("log")], b"three\n")
        .await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(fs::read(h.remote("log")).unwrap(), b"one\ntwo\nthree\n");
    for option in ["--resume", "--verify", "--no-clobber", "-r"] {
        let run = h
            .run(&["put", "--append", option, "more", &h.url("log")])
            .await;
        assert_eq!(run.code, 2, "{option}: {run:?}");
    }
}

#[tokio::test]
async fn verify_fails_before_anything_moves_where_there_is_no_digest() {
    let h = Harness::with(Server::builder(Personality::VsFtpd)).await;
    h.write_remote("a", "1");
    let run = h.run(&["get", "--verify", &h.url("a")]).await;
    assert_ne!(run.code, 0, "{run:?}");
    assert!(h.local_names().is_empty());
}

#[tokio::test]
async fn the_time_of_the_original_is_kept_unless_that_is_not_wanted() {
    let h = Harness::start().await;
    h.write_remote("a", "1");
    let then = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = fs::File::options().write(true).open(h.remote("a")).unwrap();
    file.set_modified(then).unwrap();
    let modified = |path| fs::metadata(path).unwrap().modified().unwrap();
    h.succeed(&["get", &h.url("a"), "kept"]).await;
    assert_eq!(modified(h.local("kept")), then);
    h.succeed(&["get", "--no-preserve-time", &h.url("a"), "new"])
        .await;
    assert_ne!(modified(h.local("new")), then);
}

#[tokio::test]
async fn a_rate_is_not_exceeded() {
    let h = Harness::start().await;
    h.write_remote("a", vec![7; 600_000]);
    let began = Instant::now();
    h.succeed(&["get", "--limit-rate", "300k", &h.url("a")])
        .await;
    assert!(began.elapsed() > Duration::from_millis(700));
    let run = h.run(&["get", "--limit-rate", "fast", &h.url("a")]).await;
    assert_eq!(run.code, 2, "{run:?}");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_as_often_as_was_said() {
    let fault = || Fault::At(Point::Command("RETR"), Action::Close).nth(1);
    for (retries, code) in [("0", 3), ("1", 0)] {
        let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault())).await;
        h.write_remote("a", "1");
        let run = h
            .run(&["get", "-v", "--retries", retries, &h.url("a")])
            .await;
        assert_eq!(run.code, code, "{run:?}");
        assert_eq!(
            run.stderr.contains("Status: Waiting to retry..."),
            retries == "1",
            "{run:?}"
        );
    }
}
