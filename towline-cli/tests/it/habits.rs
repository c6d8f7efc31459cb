//! What people expect of any command line: options in any place, help, suggestions and colours.

use crate::support::{Harness, PASSWORD, Run};

/// The binary with these arguments alone and the password.
async fn plain(h: &Harness, arguments: &[&str]) -> Run {
    let mut command = h.bare(arguments);
    command.env("TOWLINE_PASSWORD", PASSWORD);
    Run::of(command).await
}

fn ca(h: &Harness) -> String {
    h.home().join("ca.pem").to_str().unwrap().to_owned()
}

#[tokio::test]
async fn options_come_before_or_after_the_command() {
    let h = Harness::start().await;
    h.write_remote("a", "x");
    let (url, ca) = (h.url(""), ca(&h));
    let joined = format!("--ca-file={ca}");
    for arguments in [
        &["ls", &url, "--ca-file", &ca][..],
        &["ls", "--ca-file", &ca, &url],
        &["--ca-file", &ca, "ls", &url],
        &[&joined, "--retries", "0", "ls", &url],
        &[
            "--session-reuse",
            "require",
            "--ca-file",
            &ca,
            "ls",
            "-l",
            &url,
        ],
        &["-q", "--no-progress", "--ca-file", &ca, "ls", &url],
        &["--sequential", "--ca-file", &ca, "ls", &url],
    ] {
        let run = plain(&h, arguments).await;
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(run.stdout.contains('a'), "{arguments:?}: {run:?}");
    }
    let run = plain(&h, &["--json", "--ca-file", &ca, "ls", &url]).await;
    assert_eq!(run.events_of("entry").len(), 1, "{run:?}");
    // An option that the command does not take is a mistake in front of it, too.
    let run = plain(&h, &["--resume", "--ca-file", &ca, "ls", &url]).await;
    assert_eq!(run.code, 2, "{run:?}");
    let run = plain(&h, &["--ca-file", &ca]).await;
    assert_eq!(run.code, 2, "{run:?}");
}

#[tokio::test]
async fn a_setting_of_the_command_line_may_come_before_config_show() {
    let h = Harness::start().await;
    let show = async |arguments: &[&str]| plain(&h, arguments).await.stdout;
    let after = show(&["config", "show", "--retries", "7"]).await;
    assert!(after.contains("command line"), "{after}");
    assert_eq!(show(&["--retries", "7", "config", "show"]).await, after);
}

#[tokio::test]
async fn help_is_a_command_an_option_and_short_or_whole() {
    let h = Harness::start().await;
    let text = async |arguments: &[&str]| {
        let run = plain(&h, arguments).await;
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        run.stdout
    };
    for command in [&[][..], &["get"], &["config", "show"], &["ls"]] {
        let whole = text(&[command, &["--help"]].concat()).await;
        assert_eq!(
            text(&[&["help"], command].concat()).await,
            whole,
            "{command:?}"
        );
        let short = text(&[command, &["-h"]].concat()).await;
        assert!(short.lines().count() <= 40, "{command:?}: {short}");
        assert!(short.len() < whole.len(), "{command:?}");
        assert!(short.contains("'--help'"), "{command:?}");
    }
    let get = text(&["get", "--help"]).await;
    for group in ["Connection:", "Trust:", "Login:", "Transfer:", "Output:"] {
        assert!(get.contains(&format!("\n{group}\n")), "{group}");
    }
    let unknown = plain(&h, &["help", "cofnig"]).await;
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("\"config\""), "{unknown:?}");
}

#[tokio::test]
async fn a_word_that_is_no_command_is_answered_with_sense_or_not_at_all() {
    let h = Harness::start().await;
    let answer = async |arguments: &[&str]| {
        let run = plain(&h, arguments).await;
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        run.stderr
    };
    for (word, command) in [
        ("cp", "towline get"),
        ("copy", "towline put"),
        ("del", "towline rm"),
        ("delete", "towline rm"),
        ("dir", "towline ls"),
        ("sync", "towline mirror"),
        ("mirorr", "'mirror'"),
        ("chekc", "'check'"),
    ] {
        let text = answer(&[word, "a"]).await;
        assert!(text.contains(command), "{word}: {text}");
    }
    for word in ["xyzzy", "demand", "complete-nonsense", "cabbage", "manners"] {
        let text = answer(&[word, "a"]).await;
        assert!(!text.contains("tip:"), "{word}: {text}");
    }
    let text = answer(&["get", "--resmue", "a"]).await;
    assert!(text.contains("'--resume'"), "{text}");
    let text = answer(&["get", "--polite", "a"]).await;
    assert!(!text.contains("tip:"), "{text}");
}

#[tokio::test]
async fn every_short_option_has_a_long_one_that_does_the_same() {
    let h = Harness::start().await;
    h.write_remote("tree/sub/a", "x");
    let url = h.url("tree");
    let ls = async |options: &[&str]| h.succeed(&[&["ls"], options, &[&url]].concat()).await;
    assert_eq!(ls(&["-lR"]).await, ls(&["--long", "--recursive"]).await);
    h.succeed(&["get", "--recursive", &url]).await;
    assert_eq!(std::fs::read(h.local("tree/sub/a")).unwrap(), b"x");
    h.succeed(&["put", "--recursive", "tree", &h.url("copy")])
        .await;
    h.succeed(&["mkdir", "--parents", &h.url("copy/x/y")]).await;
    assert_eq!(h.remote_names("copy"), ["sub", "x"]);
    h.succeed(&["rm", "--recursive", &h.url("copy")]).await;
    assert_eq!(h.remote_names(""), ["tree"]);
}

#[tokio::test]
async fn colour_is_as_the_user_wants_it() {
    let h = Harness::start().await;
    h.write_remote("sub/a", "x");
    let url = h.url("");
    let listed = async |options: &[&str], name: Option<&str>| {
        let mut command = h.command(&[&["ls"], options, &[&url]].concat());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        if let Some(name) = name {
            command.env(name, "1");
        }
        Run::of(command).await.stdout.contains("\x1b[")
    };
    assert!(!listed(&[], None).await);
    assert!(!listed(&["--color", "auto"], None).await);
    assert!(listed(&["--color", "auto"], Some("CLICOLOR_FORCE")).await);
    assert!(listed(&["--color", "always"], None).await);
    assert!(listed(&["--color=always"], Some("NO_COLOR")).await);
    assert!(!listed(&["--color", "never"], Some("CLICOLOR_FORCE")).await);
    // Messages about the command line follow it, too.
    let refused = plain(&h, &["--color=always", "nonsense"]).await;
    assert!(refused.stderr.contains("\x1b["), "{refused:?}");
    let wrong = plain(&h, &["ls", "--color", "sometimes", &url]).await;
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("always"), "{wrong:?}");
}

#[tokio::test]
async fn ls_sorts_by_time_or_size_in_either_direction_and_rounds_sizes() {
    let h = Harness::start().await;
    for (name, size, age) in [("big", 3 << 20, 300), ("mid", 1536, 100), ("tiny", 7, 200)] {
        h.write_remote(name, vec![b'x'; size]);
        let file = std::fs::File::options()
            .write(true)
            .open(h.remote(name))
            .unwrap();
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
        file.set_modified(then).unwrap();
    }
    let names = async |option: &str| {
        let listed = h.succeed(&["ls", option, &h.url("")]).await;
        listed.lines().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("-r").await, "tiny mid big");
    assert_eq!(names("-t").await, "mid tiny big");
    assert_eq!(names("-tr").await, "big tiny mid");
    assert_eq!(names("-S").await, "big mid tiny");
    assert_eq!(names("-Sr").await, "tiny mid big");
    assert_eq!(names("--by-size").await, "big mid tiny");
    for options in [&["-lh"][..], &["-l", "-h"], &["--long", "--human-readable"]] {
        let listed = h.succeed(&[&["ls"], options, &[&h.url("")]].concat()).await;
        assert!(listed.contains(" 3.0M "), "{listed}");
        assert!(listed.contains(" 1.5K "), "{listed}");
        assert!(listed.contains(" 7 "), "{listed}");
    }
    let help = plain(&h, &["ls", "-h"]).await;
    assert!(help.stdout.contains("Usage: towline ls"), "{help:?}");
}

#[tokio::test]
async fn a_server_with_minute_times_is_sorted_by_them() {
    use towline_testkit::{Personality, Server};
    let h = Harness::with(Server::builder(Personality::VsFtpd)).await;
    for (name, age) in [("a", 7200), ("b", 600), ("c", 90_000)] {
        h.write_remote(name, "x");
        let file = std::fs::File::options()
            .write(true)
            .open(h.remote(name))
            .unwrap();
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
        file.set_modified(then).unwrap();
    }
    assert_eq!(h.succeed(&["ls", "-t", &h.url("")]).await, "b\na\nc\n");
    assert_eq!(h.succeed(&["ls", "-rt", &h.url("")]).await, "c\na\nb\n");
}

#[tokio::test]
async fn ls_takes_several_operands_and_names_each() {
    let h = Harness::start().await;
    for path in ["one/a", "two/b", "two/sub/c", "file"] {
        h.write_remote(path, "x");
    }
    std::fs::create_dir(h.remote("empty")).unwrap();
    let (one, two, file) = (h.url("one"), h.url("two"), h.url("file"));
    let listed = h.succeed(&["ls", &one, &two]).await;
    assert_eq!(listed, format!("{one}:\na\n\n{two}:\nb\nsub/\n"));
    let listed = h.succeed(&["ls", "-R", &file, &h.url("empty"), &two]).await;
    let empty = h.url("empty");
    assert_eq!(
        listed,
        format!("file\n\n{empty}:\n\n{two}:\nb\nsub/\nsub/c\n")
    );
    let run = h.run(&["ls", &one, &h.url("nothing"), &two]).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.stdout, format!("{one}:\na\n\n{two}:\nb\nsub/\n"));
    let run = h.run(&["ls", "--json", &one, &two]).await;
    assert_eq!(run.events_of("entry").len(), 3, "{run:?}");
    assert_eq!(run.events_of("summary")[0]["succeeded"], 2);
}

#[tokio::test]
async fn cat_and_stat_take_several_operands_and_go_on_after_a_failure() {
    let h = Harness::start().await;
    h.write_remote("a", "one\n");
    h.write_remote("b", "two\n");
    let (a, b, nothing) = (h.url("a"), h.url("b"), h.url("nothing"));
    assert_eq!(h.succeed(&["cat", &a, &b, &a]).await, "one\ntwo\none\n");
    let run = h.run(&["cat", &a, &nothing, &b]).await;
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (1, "one\ntwo\n"),
        "{run:?}"
    );
    assert!(run.stderr.contains("nothing"), "{run:?}");
    let shown = h.succeed(&["stat", &a, &b]).await;
    assert_eq!(shown.matches("name:").count(), 2, "{shown}");
    assert!(shown.contains("\n\nname:"), "{shown}");
    let run = h.run(&["stat", &nothing, &b]).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.starts_with("name:"), "{run:?}");
}

#[tokio::test]
async fn the_second_operand_of_mv_may_name_the_server_again() {
    let h = Harness::start().await;
    h.write_remote("a", "x");
    std::fs::create_dir(h.remote("done")).unwrap();
    h.succeed(&["mv", &h.url("a"), &h.url("b")]).await;
    assert_eq!(h.remote_names(""), ["b", "done"]);
    h.succeed(&["mv", &h.url("b"), &h.url("done/")]).await;
    assert_eq!(h.remote_names("done"), ["b"]);
    for other in [
        "ftpes://demo@elsewhere.example/b",
        "ftpes://other@127.0.0.1/b",
    ] {
        let run = h.run(&["mv", &h.url("done/b"), other]).await;
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("one server"), "{run:?}");
    }
    assert_eq!(h.remote_names("done"), ["b"]);
}

#[tokio::test]
async fn an_error_that_a_refusal_shows_has_its_reply() {
    let h = Harness::start().await;
    h.write_remote("sub/a", "x");
    for command in ["rm", "get"] {
        let run = h.run(&[command, "--json", &h.url("sub")]).await;
        assert_eq!(run.code, 6, "{run:?}");
        let error = &run.events_of("error")[0];
        assert!(
            error["message"].as_str().unwrap().contains("use -r"),
            "{error}"
        );
        assert_eq!(error["reply_code"], 550, "{error}");
        assert!(error["reply_text"].is_string(), "{error}");
    }
}

#[tokio::test]
async fn raw_sends_commands_and_prints_the_replies() {
    let h = Harness::start().await;
    h.configure("[site.vendor]\nHOST\nPORT\nuser = \"demo\"\npath = \"/in\"\n");
    h.write_remote("a", "x");
    let url = h.url("");
    for server in [url.as_str(), url.trim_end_matches('/'), "vendor", "vendor:"] {
        let replies = h.succeed(&["raw", server, "NOOP", "SYST"]).await;
        let codes: Vec<_> = replies.lines().map(|line| &line[..4]).collect();
        assert_eq!(codes, ["200 ", "215 "], "{server}: {replies}");
    }
    let run = h.run(&["raw", &url, "DELE nothing", "NOOP"]).await;
    assert_eq!(run.code, 6, "{run:?}");
    assert_eq!(run.stdout.lines().count(), 1, "{run:?}");
    let run = h.run(&["raw", "--json", &url, "RNFR nothing"]).await;
    let error = &run.events_of("error")[0];
    assert_eq!(error["reply_code"], 550, "{error}");
    assert!(error["reply_text"].is_string(), "{error}");
    assert_eq!(error["detail"], "command_refused", "{error}");
    assert_eq!(error["path"], serde_json::Value::Null, "{error}");
    assert!(!run.stderr.contains("login directory"), "{run:?}");
    let run = h.run(&["raw", "--json", &url, "NOOP"]).await;
    let reply = &run.events_of("reply")[0];
    assert_eq!(
        (&reply["command"], &reply["reply_code"]),
        (&"NOOP".into(), &200.into())
    );
    for arguments in [
        &["raw", &url][..],
        &["raw", &h.url("a"), "NOOP"],
        &["raw", "vendor:sub", "NOOP"],
        &["raw", "nosuchsite", "NOOP"],
        &["raw", &url, "PROT C"],
        &["raw", &url, "NOOP\r\nDELE a"],
    ] {
        let run = h.run(arguments).await;
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
    }
    assert_eq!(h.remote_names(""), ["a"]);
}
