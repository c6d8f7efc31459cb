//! The JSON lines.

use serde_json::{Value, json};

use crate::support::{Harness, Run};

#[tokio::test]
async fn a_download_tells_its_verdict_its_transfer_and_a_summary() {
    let h = Harness::start().await;
    h.write_remote("out/a", "12345");
    let run = h.run(&["get", "--json", &h.url("out/a"), "b"]).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let events = run.events();
    let kinds: Vec<&Value> = events.iter().map(|event| &event["event"]).collect();
    assert_eq!(kinds, ["data_connection", "transfer", "summary"]);
    let verdict = &events[0];
    assert_eq!(verdict["path"], "out/a");
    assert_eq!(verdict["resumed"], true);
    assert_eq!(verdict["protocol"], "TLSv1.3");
    assert!(verdict["cipher"].as_str().unwrap().starts_with("TLS"));
    assert_eq!(verdict["ticket_source"], "control");
    assert_eq!(verdict["same_certificate"], true);
    let transfer = &events[1];
    assert_eq!(transfer["path"], "out/a");
    assert_eq!(transfer["local"], "b");
    assert_eq!(transfer["direction"], "download");
    assert_eq!(transfer["bytes"], 5);
    assert_eq!(transfer["result"], "verified");
    assert_eq!(transfer["resumed_at"], Value::Null);
    assert!(transfer["seconds"].is_f64());
    let summary = &events[2];
    assert_eq!(summary["command"], "get");
    assert_eq!(summary["succeeded"], 1);
    assert_eq!(summary["failed"], 0);
    assert_eq!(summary["bytes"], 5);
    assert_eq!(summary["exit_code"], 0);
}

#[tokio::test]
async fn an_upload_names_its_direction() {
    let h = Harness::start().await;
    h.write_local("a", "12345");
    let run = h.run(&["put", "--json", "a", &h.url("b")]).await;
    let transfer = &run.events_of("transfer")[0];
    assert_eq!(transfer["direction"], "upload");
    assert_eq!(transfer["path"], "b");
    assert_eq!(transfer["local"], "a");
}

#[tokio::test]
async fn entries_have_path_name_type_size_and_time() {
    let h = Harness::start().await;
    h.write_remote("out/a", "12345");
    h.write_remote("out/sub/b", "");
    let run = h.run(&["ls", "-R", "--json", &h.url("out")]).await;
    let entries = run.events_of("entry");
    let paths: Vec<&Value> = entries.iter().map(|entry| &entry["path"]).collect();
    assert_eq!(paths, ["out/a", "out/sub", "out/sub/b"]);
    assert_eq!(entries[0]["name"], "a");
    assert_eq!(entries[0]["type"], "file");
    assert_eq!(entries[0]["size"], 5);
    let modified = entries[0]["modified"].as_str().unwrap();
    assert!(
        modified.ends_with('Z') && modified.contains('T'),
        "{modified}"
    );
    assert_eq!(entries[1]["type"], "directory");
    let stat = h.run(&["stat", "--json", &h.url("out/a")]).await;
    assert_eq!(stat.events_of("entry")[0]["size"], 5);
}

#[tokio::test]
async fn an_error_has_kind_path_reply_and_hint() {
    let h = Harness::start().await;
    let run = h.run(&["get", "--json", &h.url("nothing")]).await;
    assert_eq!(run.code, 6);
    let error = &run.events_of("error")[0];
    assert_eq!(error["kind"], "not_found", "{run:?}");
    assert_eq!(error["path"], "nothing");
    assert_eq!(error["reply_code"], 550);
    assert!(error["reply_text"].as_str().unwrap().contains("nothing"));
    assert!(error["hint"].as_str().unwrap().contains("login directory"));
    assert_eq!(run.events_of("summary")[0]["exit_code"], 6);
    assert!(run.stderr.contains("hint: "), "{run:?}");

    let refused = h
        .run(&["ls", "--json", "--session-reuse", "off", &h.url("")])
        .await;
    let error = &refused.events_of("error")[0];
    assert_eq!(error["kind"], "session_reuse_refused");
    assert_eq!(error["reply_code"], 425);
    let verdict = refused.events_of("data_connection");
    assert!(verdict.iter().all(|verdict| verdict["resumed"] == false));
}

#[tokio::test]
async fn usage_errors_are_events_too() {
    let h = Harness::start().await;
    let run = Run::of(h.bare(&["ls", "--json", "vendor:/out"])).await;
    assert_eq!(run.code, 2);
    let error = &run.events_of("error")[0];
    assert_eq!(error["kind"], "usage");
    assert_eq!(error["path"], Value::Null);
    assert_eq!(run.events_of("summary")[0]["exit_code"], 2);
}

#[tokio::test]
async fn commands_that_move_nothing_end_with_a_summary() {
    let h = Harness::start().await;
    for (arguments, command) in [
        (&["mkdir", "--json", &h.url("d")][..], "mkdir"),
        (&["mv", "--json", &h.url("d"), "e"], "mv"),
        (&["rmdir", "--json", &h.url("e")], "rmdir"),
    ] {
        let run = h.run(arguments).await;
        let mut summary = run.events_of("summary")[0].clone();
        assert!(summary["seconds"].take().is_f64());
        assert_eq!(
            summary,
            json!({
                "event": "summary", "command": command, "succeeded": 1, "failed": 0,
                "skipped": 0, "bytes": 0, "unknown_lines": 0, "seconds": null, "exit_code": 0
            })
        );
    }
}
