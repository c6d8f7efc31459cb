//! `towline mirror` and `towline check`.

use std::fs;
use std::path::Path;

use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Harness, names};

fn touch(path: &Path, second: u64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(second);
    fs::File::options()
        .append(true)
        .open(path)
        .unwrap()
        .set_modified(time)
        .unwrap();
}

/// A server with a small tree, whose files have times.
async fn planted() -> Harness {
    let h = Harness::start().await;
    for (name, contents) in [
        ("out/a.csv", "a"),
        ("out/sub/b.csv", "bb"),
        ("out/c.tmp", "ccc"),
    ] {
        h.write_remote(name, contents);
        touch(&h.remote(name), 1_700_000_000);
    }
    h
}

#[tokio::test]
async fn a_mirror_comes_down_and_the_second_run_does_nothing() {
    let h = planted().await;
    h.succeed(&["mirror", &h.url("out"), "in"]).await;
    assert_eq!(fs::read_to_string(h.local("in/sub/b.csv")).unwrap(), "bb");
    let run = h.run(&["mirror", "--json", &h.url("out"), "in"]).await;
    assert_eq!(run.code, 0);
    assert_eq!(run.events_of("transfer").len(), 0);
    assert_eq!(run.events_of("summary")[0]["failed"], 0);
}

#[tokio::test]
async fn a_mirror_goes_up_and_the_second_run_does_nothing() {
    let h = Harness::start().await;
    h.write_local("site/index.html", "hello");
    h.write_local("site/img/x", "x");
    h.succeed(&["mirror", "site", &h.url("www")]).await;
    assert_eq!(fs::read_to_string(h.remote("www/img/x")).unwrap(), "x");
    let run = h.run(&["mirror", "--json", "site", &h.url("www")]).await;
    assert_eq!((run.code, run.events_of("transfer").len()), (0, 0));
}

#[tokio::test]
async fn a_dry_run_prints_each_action_with_its_reason_and_changes_nothing() {
    let h = planted().await;
    h.write_local("in/old", "old");
    let words = [
        "mirror",
        "--dry-run",
        "--delete",
        "--exclude",
        "*.tmp",
        &h.url("out"),
        "in",
    ];
    let printed = h.succeed(&words).await;
    let expected = "copy a.csv (the destination does not have it)\n\
                    create sub/ (the destination does not have it)\n\
                    copy sub/b.csv (the destination does not have it)\n\
                    delete old (the source does not have it)\n\
                    2 to copy (3 bytes), 1 to delete, 0 unchanged, 1 left out by filters\n";
    assert_eq!(printed, expected);
    assert_eq!(names(&h.local("in")), ["old"]);
    let words = ["mirror", "--dry-run", "--json", &h.url("out"), "in"];
    let run = h.run(&words).await;
    let plans = run.events_of("plan");
    assert_eq!(plans[0]["action"], "copy");
    assert_eq!(plans[0]["reason"], "missing");
    assert_eq!(plans[0]["modified"], "2023-11-14T22:13:20Z");
}

#[tokio::test]
async fn a_saved_plan_is_carried_out_except_for_what_has_changed() {
    let h = planted().await;
    h.succeed(&["mirror", "--plan-out", "plan.json", &h.url("out"), "in"])
        .await;
    h.write_remote("out/a.csv", "changed");
    let run = h
        .run(&["mirror", "--plan", "plan.json", &h.url("out"), "in"])
        .await;
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr
            .contains("a.csv: the source has changed since the plan"),
        "{run:?}"
    );
    assert_eq!(names(&h.local("in")), ["c.tmp", "sub"]);
    h.write_local("bad.json", "{}");
    let run = h
        .run(&["mirror", "--plan", "bad.json", &h.url("out"), "in"])
        .await;
    assert_eq!(run.code, 2, "{run:?}");
}

#[tokio::test]
async fn check_names_what_differs_and_moves_nothing() {
    let h = planted().await;
    h.succeed(&["mirror", &h.url("out"), "in"]).await;
    let check = ["check", &h.url("out"), "in"];
    assert_eq!(h.succeed(&check).await, "");
    h.write_local("in/a.csv", "x");
    h.write_local("in/extra", "x");
    fs::remove_file(h.local("in/sub/b.csv")).unwrap();
    let run = h.run(&check).await;
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (1, "a.csv\nsub/b.csv\nextra\n"),
        "{run:?}"
    );
    let run = h.run(&["check", "--json", &h.url("out"), "in"]).await;
    let actions: Vec<_> = run
        .events_of("plan")
        .iter()
        .map(|plan| plan["action"].clone())
        .collect();
    assert_eq!(actions, ["replace", "copy", "delete"]);
    assert_eq!(fs::read_to_string(h.local("in/a.csv")).unwrap(), "x");
}

#[tokio::test]
async fn explain_says_why_in_one_paragraph_and_as_json() {
    let h = planted().await;
    let explain = |path| {
        [
            "mirror".to_owned(),
            "--explain".to_owned(),
            path,
            h.url("out"),
            "in".to_owned(),
        ]
    };
    let words = explain("a.csv".to_owned());
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let text = h.succeed(&words).await;
    assert_eq!(text.matches('\n').count(), 1);
    assert!(
        text.contains("It is copied, because the destination does not have it."),
        "{text}"
    );
    let url = h.url("out");
    let words = [
        "mirror",
        "--json",
        "--exclude",
        "*.csv",
        "--explain",
        "a.csv",
        &url,
        "in",
    ];
    let run = h.run(&words).await;
    let event = &run.events_of("explanation")[0];
    assert_eq!(event["action"], serde_json::Value::Null);
    assert_eq!(event["reason"], "filtered");
    assert_eq!(event["facts"][0]["about"], "filter");
    assert!(!h.local("in").exists());
}

#[tokio::test]
async fn filters_are_used_in_the_order_of_the_command_line() {
    let h = planted().await;
    h.write_local("rules", "# nothing temporary\n- *.tmp\n");
    let url = h.url("out");
    h.succeed(&[
        "mirror",
        "--filter-from",
        "rules",
        "--include",
        "*",
        &url,
        "a",
    ])
    .await;
    assert_eq!(names(&h.local("a")), ["a.csv", "sub"]);
    h.succeed(&[
        "mirror",
        "--include",
        "*",
        "--filter-from",
        "rules",
        &url,
        "b",
    ])
    .await;
    assert_eq!(names(&h.local("b")), ["a.csv", "c.tmp", "sub"]);
    h.succeed(&["mirror", "--min-size", "2", "--max-size", "2B", &url, "c"])
        .await;
    assert_eq!(names(&h.local("c")), ["sub"]);
}

/// An empty pattern once made a program delete the parent directory.
#[tokio::test]
async fn wrong_usage_is_refused_before_anything_is_sent() {
    let h = planted().await;
    let url = h.url("out");
    for words in [
        &["mirror", "--exclude=", "--delete", &url, "in"][..],
        &["mirror", "--exclude", "[", &url, "in"],
        &["mirror", "--max-delete", "5", &url, "in"],
        &["mirror", "--move", "--delete", &url, "in"],
        &["mirror", "--delete", "--max-delete", "200%", &url, "in"],
        &["mirror", "--min-age", "5 years", &url, "in"],
        &["mirror", "--marker", "done", &url, "in"],
        &["mirror", "--no-listing", &url, "in"],
        &["mirror", "--compare", "colour", &url, "in"],
        &["mirror", "--plan", "a", "--dry-run", &url, "in"],
        &["mirror", "--explain", "../a", &url, "in"],
        &["mirror", "here", "there"],
        &["mirror", &url, &url],
        &["check", &url],
    ] {
        let run = h.run(words).await;
        assert_eq!(run.code, 2, "{words:?}: {run:?}");
    }
    assert!(h.local_names().is_empty());
}

#[tokio::test]
async fn delete_is_limited_and_says_so() {
    let h = planted().await;
    for n in 0..12 {
        h.write_local(&format!("in/old{n}"), "x");
    }
    let url = h.url("out");
    let run = h.run(&["mirror", "--delete", &url, "in"]).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr
            .contains("12 files would be, and at most 10 may be"),
        "{run:?}"
    );
    assert_eq!(names(&h.local("in")).len(), 15);
    h.succeed(&[
        "mirror",
        "--delete",
        "--max-delete",
        "12",
        "--backup-dir",
        "old",
        &url,
        "in",
    ])
    .await;
    assert_eq!(names(&h.local("in")), ["a.csv", "c.tmp", "sub"]);
    assert_eq!(names(&h.local("old")).len(), 12);
}

#[tokio::test]
async fn a_move_leaves_the_source_empty() {
    let h = planted().await;
    h.succeed(&["mirror", "--move", &h.url("out"), "in"]).await;
    assert_eq!(h.remote_names("out"), ["sub"]);
    assert_eq!(names(&h.local("in")), ["a.csv", "c.tmp", "sub"]);
}

#[tokio::test]
async fn a_second_run_of_the_same_mirror_leaves_with_a_message() {
    let h = planted().await;
    let gate = Gate::new();
    h.server
        .arm(Fault::At(Point::Command("MLSD"), Action::Hold(gate.clone())).nth(1));
    let url = h.url("out");
    let mut first = h.command(&["mirror", &url, "in"]).spawn().unwrap();
    gate.reached().await;
    let second = h.run(&["mirror", &url, "./in/"]).await;
    assert_eq!(second.code, 1, "{second:?}");
    assert!(
        second.stderr.contains("another run of this mirror"),
        "{second:?}"
    );
    gate.open();
    assert!(first.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_server_without_times_is_told_about() {
    let builder = Server::builder(Personality::ProFtpd138).without("MFMT");
    let h = Harness::with(builder).await;
    h.write_local("site/a", "a");
    let run = h.run(&["mirror", "site", &h.url("www")]).await;
    assert_eq!(run.code, 0);
    assert!(
        run.stderr.contains("does not keep the times of the files"),
        "{run:?}"
    );
}

#[tokio::test]
async fn some_failures_are_exit_code_1_and_the_rest_goes_on() {
    let h = planted().await;
    fs::create_dir_all(h.local("in/a.csv")).unwrap();
    let run = h.run(&["mirror", &h.url("out"), "in"]).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr
            .contains("a.csv: the destination has something else"),
        "{run:?}"
    );
    assert_eq!(names(&h.local("in")), ["a.csv", "c.tmp", "sub"]);
    let refuse = Action::Reply("550 No.".to_owned());
    h.server.arm(Fault::At(Point::Command("RETR"), refuse));
    let run = h.run(&["mirror", "--delete", &h.url("out"), "other"]).await;
    assert_eq!(run.code, 6, "all fail alike: {run:?}");
}
