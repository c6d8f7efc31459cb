//! Status lines and explanations in Chinese and Japanese.

use std::fs;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;
use unicode_width::UnicodeWidthStr as _;

use crate::support::{Harness, Run};

/// What users of other programs saw, and the finding that explains it.
const SEEN: &[(&str, &str)] = &[
    (
        "522 SSL connection failed; session reuse required: see require_ssl_reuse option in vsftpd.conf man page",
        "session-reuse-required",
    ),
    (
        "450 TLS session of data connection has not resumed or the session does not match the control connection",
        "session-reuse-required",
    ),
    (
        "425 Unable to build data connection: Operation not permitted",
        "session-reuse-required",
    ),
    (
        "425 Use PORT, PASV or EPSV first.",
        "data-connection-dropped",
    ),
    (
        "522 Data connections must be encrypted.",
        "data-must-be-encrypted",
    ),
    ("500 Illegal PORT command.", "active-refused"),
    ("500 AUTH not understood", "auth-refused"),
    ("534 Policy requires SSL.", "tls-required"),
    (
        "ECONNREFUSED - サーバによって接続が拒否されました",
        "connection-refused",
    ),
    (
        "サーバは non-ASCII の文字に対応していません.",
        "utf8-refused",
    ),
    (
        "javax.net.ssl.SSLHandshakeException: Remote host closed connection during handshake",
        "closed-during-handshake",
    ),
    (
        "ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:2396)",
        "tls-unexpected-eof",
    ),
    (
        "System.Net.WebException: The underlying connection was closed: An unexpected error occurred on a receive.",
        "connection-closed-dotnet",
    ),
    (
        "javax.net.ssl.SSLException: Unrecognized SSL message, plaintext connection?",
        "clear-text-answered",
    ),
    (
        "java.io.IOException: Invalid SSL Session",
        "java-session-cache-closed",
    ),
];

/// A title in each language.
const TITLES: [(&str, &str); 2] = [
    ("zh", "服务器要求复用 TLS 会话 (session-reuse-required)"),
    (
        "ja",
        "サーバーは TLS セッションの再利用を要求しています (session-reuse-required)",
    ),
];

async fn explain(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_towline"));
    command.arg("explain").args(arguments).stdin(Stdio::null());
    Run::of(command).await
}

/// Whether the text has Chinese characters or kana.
fn is_east_asian(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'))
}

#[tokio::test]
async fn the_errors_of_the_seeds_are_explained_in_chinese_and_japanese() {
    for (language, _) in TITLES {
        for (text, id) in SEEN {
            let run = explain(&["--lang", language, text]).await;
            assert_eq!(run.code, 0, "{run:?}");
            let title = run.stdout.split("\n\n").next().unwrap();
            assert!(title.contains(&format!("({id})")), "{title}");
            // Below each heading, and in the title.
            for line in run
                .stdout
                .split("\n\n")
                .filter(|part| !part.contains(".conf)"))
            {
                assert!(is_east_asian(line), "{language} {id}: {line}");
            }
            for line in run.stdout.lines() {
                let is_one_word = line.split_whitespace().count() == 1;
                assert!(line.width() <= 80 || is_one_word, "{language} {id}: {line}");
            }
        }
    }
}

#[tokio::test]
async fn the_language_comes_from_the_option_the_file_or_the_environment() {
    let h = Harness::start().await;
    let text = SEEN[0].0;
    let title = |language: &str| TITLES.iter().find(|(name, _)| *name == language).unwrap().1;
    let config = h.local("config.toml");
    fs::write(&config, "[defaults]\nlang = \"ja\"\n").unwrap();
    let config = config.to_str().unwrap();
    let english = "The server requires TLS session reuse (session-reuse-required)";
    for (arguments, environment, expected) in [
        (vec!["--lang", "zh"], vec![], title("zh")),
        (vec!["--lang", "zh_CN"], vec![], title("zh")),
        (vec!["--lang", "ja-JP"], vec![], title("ja")),
        (vec![], vec![("LANG", "zh_CN.UTF-8")], title("zh")),
        (
            vec![],
            vec![("LANG", "zh_CN.UTF-8"), ("LC_MESSAGES", "ja_JP.UTF-8")],
            title("ja"),
        ),
        (
            vec![],
            vec![("LC_MESSAGES", "ja_JP.UTF-8"), ("LC_ALL", "C.UTF-8")],
            english,
        ),
        (vec![], vec![("LANG", "de_DE.UTF-8")], english),
        (vec![], vec![], english),
        (
            vec!["--config", config],
            vec![("LC_ALL", "zh_CN.UTF-8")],
            title("ja"),
        ),
        (vec!["--config", config, "--lang", "en"], vec![], english),
    ] {
        let mut command = h.bare(&["explain", text]);
        command.args(&arguments).envs(environment.clone());
        let run = Run::of(command).await;
        assert_eq!(
            run.stdout.lines().next(),
            Some(expected),
            "{arguments:?} {environment:?}"
        );
    }
}

#[tokio::test]
async fn status_lines_are_in_the_language_of_the_user() {
    let h = Harness::start().await;
    h.write_remote("a", "text");
    let url = h.url("a");
    for (language, status, command, response, verified) in [
        ("zh", "状态: ", "命令: ", "响应: ", "状态: 正在验证证书..."),
        (
            "ja",
            "状態: ",
            "コマンド: ",
            "レスポンス: ",
            "状態: 証明書を検証しています...",
        ),
    ] {
        let run = h.run(&["get", "-vv", "--lang", language, &url]).await;
        assert_eq!(run.code, 0, "{run:?}");
        let lines: Vec<_> = run.stderr.lines().collect();
        assert!(lines.contains(&verified), "{run:?}");
        for prefix in [status, command, response] {
            assert!(lines.iter().any(|line| line.starts_with(prefix)), "{run:?}");
        }
        let resumed = lines.iter().find(|line| line.contains("(TLSv1."));
        assert!(is_east_asian(resumed.unwrap()), "{run:?}");
        fs::remove_file(h.local("a")).unwrap();
    }
}

#[tokio::test]
async fn an_error_and_its_hint_are_in_the_language_of_the_user() {
    let h = Harness::start().await;
    let run = h
        .run(&["ls", "--lang", "zh", "--session-reuse", "off", &h.url("")])
        .await;
    assert_eq!(run.code, 7, "{run:?}");
    for prefix in ["错误: ", "含义: ", "提示: "] {
        let line = run.stderr.lines().find(|line| line.starts_with(prefix));
        assert!(line.is_some(), "{prefix}: {run:?}");
    }
    assert!(run.stderr.contains("请去掉 --session-reuse off"), "{run:?}");
}

#[tokio::test]
async fn the_verdicts_of_doctor_are_in_the_language_of_the_user_and_in_line() {
    for (language, good, failed, skipped, log) in [
        ("zh", "正常", "失败", "跳过", "服务器日志"),
        ("ja", "正常", "失敗", "省略", "サーバーのログ"),
    ] {
        let fault = towline_testkit::NamedFault::find("reuse-refused-425").unwrap();
        let h = Harness::with(fault.server()).await;
        let run = h.run(&["doctor", "--lang", language, &h.url("")]).await;
        assert_eq!(run.code, 7, "{run:?}");
        let fault = towline_testkit::NamedFault::find("reuse-refused-450").unwrap();
        let early = Harness::with(fault.server()).await;
        let page = early
            .run(&["doctor", "--lang", language, &early.url("")])
            .await;
        assert!(
            page.stdout.lines().all(|line| line.width() <= 80),
            "{page:?}"
        );
        assert!(page.stdout.contains(log), "{page:?}");
        for (verdict, step) in [(good, "login"), (failed, "data"), (skipped, "other steps")] {
            let line = format!("{verdict}     {step:<15}");
            assert!(
                run.stdout.lines().any(|it| it.starts_with(&line)),
                "{line}: {run:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_tried_after_a_refusal_is_in_the_language_of_the_user() {
    for (language, prefix, words) in [
        ("zh", "状态: 再次尝试: ", "请去掉"),
        ("ja", "状態: 再試行します: ", "外してください"),
    ] {
        let fault = towline_testkit::NamedFault::find("reuse-refused-425").unwrap();
        let h = Harness::with(fault.server()).await;
        let run = h.run(&["ls", "-v", "--lang", language, &h.url("")]).await;
        assert_eq!(run.code, 7, "{run:?}");
        let mut steps = run
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix(prefix));
        assert!(
            steps.clone().count() > 0 && steps.all(is_east_asian),
            "{run:?}"
        );
        // The connection resumed, so no option is to blame.
        assert!(
            !run.stderr.contains(words) && run.stderr.contains("towline doctor"),
            "{run:?}"
        );
    }
}

/// The lines without times.
fn timeless(run: &Run) -> Vec<Value> {
    let mut events = run.events();
    for event in &mut events {
        let event = event.as_object_mut().unwrap();
        event.remove("time");
        event.remove("seconds");
    }
    events
}

#[tokio::test]
async fn json_and_exit_codes_are_the_same_in_every_language() {
    let h = Harness::start().await;
    let missing = h.url("missing");
    for arguments in [
        vec!["ls", "--json", &missing],
        vec!["ls", "--json", "--session-reuse", "off", &missing],
        vec!["explain", "--json", SEEN[0].0],
        vec!["explain", "--json", "the weather is fine"],
    ] {
        let mut results = Vec::new();
        for language in ["en", "zh", "ja"] {
            let mut command = match arguments[0] {
                "explain" => h.bare(&arguments),
                _ => h.command(&arguments),
            };
            command.args(["--lang", language]);
            let run = Run::of(command).await;
            results.push((run.code, timeless(&run)));
        }
        assert!(!results[0].1.is_empty(), "{arguments:?}");
        assert_eq!(results[0], results[1], "{arguments:?}");
        assert_eq!(results[0], results[2], "{arguments:?}");
    }
}
