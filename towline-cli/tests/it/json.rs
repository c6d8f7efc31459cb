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
        assert!(summary["time"].take().is_string());
        assert_eq!(
            summary,
            json!({
                "event": "summary", "command": command, "succeeded": 1, "failed": 0,
                "skipped": 0, "bytes": 0, "unknown_lines": 0, "seconds": null, "exit_code": 0, "time": null, "host": "127.0.0.1"
            })
        );
    }
}

#[tokio::test]
async fn every_line_has_its_time_and_the_host_that_it_is_about() {
    let h = Harness::start().await;
    h.write_remote("a", "12345");
    let before = jiff::Timestamp::now();
    let run = h
        .run(&["get", "--json", &h.url("a"), &h.url("b"), "."])
        .await;
    let after = jiff::Timestamp::now();
    assert_eq!(run.events().len(), 4, "{run:?}");
    let mut last = before - jiff::Span::new().milliseconds(1);
    for event in run.events() {
        let text = event["time"].as_str().unwrap();
        assert!(text.ends_with('Z'), "{text}");
        let time: jiff::Timestamp = text.parse().unwrap();
        assert!(last <= time && time <= after, "{last} {time} {after}");
        last = time;
        assert_eq!(event["host"], "127.0.0.1", "{event}");
    }
    let local = Run::of(h.bare(&["config", "show", "--json"])).await;
    for event in local.events() {
        assert!(event["time"].is_string(), "{event}");
        assert_eq!(event["host"], Value::Null, "{event}");
    }
}

#[tokio::test]
async fn each_of_two_servers_is_named_and_a_summary_of_both_names_none() {
    let (h, other) = (Harness::start().await, Harness::start().await);
    h.write_remote("a", "1");
    other.write_remote("b", "2");
    let mut pems = std::fs::read_to_string(h.home().join("ca.pem")).unwrap();
    pems += &std::fs::read_to_string(other.home().join("ca.pem")).unwrap();
    std::fs::write(h.home().join("ca.pem"), pems).unwrap();
    let address = other.server.address();
    let second = format!("ftpes://demo@localhost:{}/b", address.port());
    h.write_local("password", crate::support::PASSWORD);
    let first = h.url("a");
    let arguments = [
        "stat",
        "--json",
        "--password-file",
        "password",
        &first,
        &second,
    ];
    let run = h.run(&arguments).await;
    assert_eq!(run.code, 0, "{run:?}");
    let hosts: Vec<_> = run
        .events_of("entry")
        .iter()
        .map(|event| event["host"].clone())
        .collect();
    assert_eq!(hosts, ["127.0.0.1", "localhost"]);
    assert_eq!(run.events_of("summary")[0]["host"], Value::Null, "{run:?}");
}

#[tokio::test]
async fn retries_and_recoveries_are_events() {
    use towline_testkit::{Fault, Personality, Server};
    let h = Harness::start().await;
    h.write_remote("a", vec![1; 100_000]);
    h.server.arm(Fault::CutDownload(50_000).nth(1));
    let run = h.run(&["get", "--json", &h.url("a")]).await;
    assert_eq!(run.code, 0, "{run:?}");
    let retry = &run.events_of("retry")[0];
    assert_eq!(
        (&retry["attempt"], &retry["path"]),
        (&2.into(), &"a".into()),
        "{run:?}"
    );
    assert!(
        retry["wait"].is_f64() && retry["kind"].is_string(),
        "{retry}"
    );
    assert_eq!(run.stderr, "");

    let builder = Server::builder(Personality::ProFtpd138);
    let h = Harness::with(builder.fault(Fault::RefuseSessions.nth(1))).await;
    h.write_remote("a", "x");
    let run = h.run(&["get", "--json", &h.url("a")]).await;
    assert_eq!(run.code, 0, "{run:?}");
    let recovery = &run.events_of("recovery")[0];
    assert!(
        !recovery["reason"].as_str().unwrap().is_empty(),
        "{recovery}"
    );
    assert_eq!(recovery["step"], "another_ticket", "{recovery}");
}

#[tokio::test]
async fn the_user_chooses_the_events() {
    let h = Harness::start().await;
    h.write_remote("a", "12345");
    let url = h.url("a");
    let kinds = async |arguments: &[&str]| {
        let run = h
            .run(&[&["get"], arguments, &[&url, &h.url("b"), "."]].concat())
            .await;
        let events = run.events();
        let kinds = events
            .iter()
            .map(|event| event["event"].as_str().unwrap().to_owned());
        kinds.collect::<Vec<_>>()
    };
    let chosen = ["error", "summary", "transfer"];
    let mut found = kinds(&["--json", "--json-events", "transfer,error,summary"]).await;
    found.sort();
    assert_eq!(found, chosen);
    let mut found = kinds(&["--json-events=transfer,error", "--json-events", "summary"]).await;
    found.sort();
    assert_eq!(found, chosen);
    assert_eq!(kinds(&["--json-events", "summary"]).await, ["summary"]);
    let listed = h.run(&["ls", "--json-events", "summary", &h.url("")]).await;
    assert_eq!(listed.events().len(), 1, "{listed:?}");
    let wrong = h.run(&["get", "--json-events", "transfers", &url]).await;
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("'transfer'"), "{wrong:?}");
    assert!(wrong.stderr.contains("data_connection"), "{wrong:?}");
}
