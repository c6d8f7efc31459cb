//! `towline explain` with texts as other programs print them: whole traces, in logs, wrapped,
//! quoted.

use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::support::Run;

/// Texts, each below `== ` and the finding that explains it best.
const TEXTS: &str = include_str!("../pasted.txt");

/// Session reuse is required, in texts with odd characters.
const ODD: &[&str] = &[
    ">> 450 TLS session of data connection has not\r\n>> resumed or the session does not match the control\r\n>> connection\r\n",
    "\u{1b}[31mERROR\u{1b}[0m 522 SSL connection failed; \u{1b}[1msession reuse\u{1b}[0m required",
    "Server said: `425 Unable to build data connection: Operation not permitted\u{a0}`",
    "425\u{a0}Unable to build data connection:\u{a0}Operation not permitted",
    "\u{feff}522 SSL connection failed; session reuse required",
    "522 SSL connection failed; session reuse required\u{0}",
];

/// Runs `towline explain --json` with the text on its standard input.
async fn explain(text: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_towline"));
    command.args(["explain", "--json"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).await.unwrap();
    drop(stdin);
    Run::from(child.wait_with_output().await.unwrap())
}

#[tokio::test]
async fn what_other_programs_print_is_recognised() {
    let mut wrong = Vec::new();
    let texts = TEXTS.split("== ").skip(1);
    let texts = texts.filter_map(|text| text.split_once('\n'));
    let odd = ODD.iter().map(|text| ("session-reuse-required", *text));
    for (id, text) in texts.chain(odd) {
        let run = explain(text).await;
        let events = run.events();
        let found = events.first().map(|event| &event["id"]);
        if found.and_then(|id| id.as_str()) != Some(id) {
            wrong.push(format!("{id}, not {found:?}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a mail program, a terminal or a logger does to a line.
#[tokio::test]
async fn a_text_is_recognised_however_it_is_wrapped_and_decorated() {
    let reply = "450 TLS session of data connection has not resumed or the session does not match the \
                 control connection";
    let words: Vec<_> = reply.split(' ').collect();
    for (first, further, end) in [
        ("", "", ""),
        ("", "    ", ""),
        ("> ", "> ", ""),
        (">>", ">>", ""),
        ("| ", "| ", " |"),
        ("\"", "    + \"", " \""),
        ("# ", "# ", ""),
        ("// ", "// ", ""),
        ("[main] ERROR a.b.C - ", "[main] ERROR a.b.C - ", ""),
        (
            "2024-03-01 02:00:01,123 WARN ",
            "2024-03-01 02:00:01,127 WARN ",
            "",
        ),
        (
            "Mar  1 02:00:01 h job[7]: ",
            "Mar  1 02:00:01 h job[7]: ",
            "",
        ),
        ("\u{1b}[31m", "\u{1b}[31m", "\u{1b}[0m"),
    ] {
        for width in (1..words.len()).step_by(4) {
            for line_end in ["\n", "\r\n", "\n\n"] {
                let mut text = String::new();
                for (number, line) in words.chunks(width).enumerate() {
                    text.push_str(if number == 0 { first } else { further });
                    text.push_str(&line.join(" "));
                    text.push_str(end);
                    text.push_str(line_end);
                }
                let run = explain(&text).await;
                assert_eq!(run.code, 0, "{text}");
                assert_eq!(run.events()[0]["id"], "session-reuse-required", "{text}");
            }
        }
    }
}
