//! Every event as it is written and documented.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::line::{line, reorders_text};
use super::*;
use crate::args::json::EventName;

fn error(message: &str) -> Event<'_> {
    Event::Error {
        kind: "refused",
        detail: None,
        path: None,
        reply_code: Some(550),
        reply_text: Some(message.to_owned()),
        remains: Vec::new(),
        message: message.to_owned(),
        finding: None,
        meaning: None,
        hint: None,
    }
}

#[test]
fn a_line_is_one_object_told_by_its_event() {
    let line = line(&error("no"), Some("h"));
    assert!(line.ends_with("}\n"));
    assert_eq!(line.matches('\n').count(), 1);
    let mut value: Value = serde_json::from_str(&line).unwrap();
    let time = value.as_object_mut().unwrap().remove("time").unwrap();
    let time: Timestamp = time.as_str().unwrap().parse().unwrap();
    assert!(Timestamp::now().duration_since(time).as_secs() < 60);
    assert_eq!(
        value,
        json!({
            "host": "h",
            "event": "error", "kind": "refused", "detail": null, "path": null, "reply_code": 550,
            "reply_text": "no", "remains": [], "message": "no", "finding": null,
            "meaning": null, "hint": null
        })
    );
}

#[test]
fn hostile_text_is_escaped_and_exact() {
    let hostile = "\u{1b}[2J \u{9b}m \u{202e}gpj \u{7f} \u{2028} \" \\ \u{e9}";
    let line = line(&error(hostile), Some(hostile));
    let plain = line.trim_end();
    assert!(!plain.chars().any(|c| c.is_control() || reorders_text(c)));
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&value["message"], &value["host"]),
        (&hostile.into(), &hostile.into())
    );
}

/// One event of each kind, with all fields.
fn all() -> Vec<Event<'static>> {
    let text = String::new;
    vec![
        Event::DataConnection {
            path: "",
            resumed: true,
            protocol: "",
            cipher: "",
            ticket_source: "",
            same_certificate: true,
        },
        Event::Entry {
            path: None,
            name: text(),
            name_base64: Some(text()),
            kind: "",
            size: None,
            modified: None,
            permissions: None,
            owner: None,
            group: None,
            link_target: None,
        },
        Event::Transfer {
            path: text(),
            local: text(),
            direction: "",
            bytes: 0,
            seconds: 0.0,
            result: "",
            resumed_at: None,
            digest: None,
        },
        Event::Retry {
            attempt: 0,
            wait: 0.0,
            kind: "",
            detail: None,
            path: None,
            message: text(),
        },
        Event::Recovery {
            reason: "",
            step: "",
        },
        Event::Reply {
            command: text(),
            reply_code: 0,
            reply_text: text(),
        },
        Event::Plan {
            action: "",
            path: text(),
            reason: "",
            size: None,
            modified: None,
        },
        Event::Explanation {
            path: text(),
            action: None,
            reason: "",
            facts: Vec::new(),
            text: text(),
        },
        Event::Step {
            step: "",
            verdict: "",
            evidence: Vec::new(),
            exit_code: None,
        },
        Event::Finding {
            step: None,
            id: None,
            severity: "",
            side: "",
            title: "",
            evidence: None,
            meaning: "",
            cause: "",
            cure: "",
            hint: None,
            directives: Vec::new(),
        },
        Event::Warning { message: "" },
        error(""),
        Event::Summary {
            command: "",
            succeeded: 0,
            failed: 0,
            skipped: 0,
            unchanged: None,
            removed: None,
            bytes: 0,
            unknown_lines: 0,
            seconds: 0.0,
            exit_code: 0,
        },
        Event::Setting {
            site: None,
            key: "",
            value: None,
            source: text(),
        },
        Event::Certificate {
            port: 0,
            place: 0,
            subject: None,
            issuer: None,
            names: Vec::new(),
            valid_from: None,
            valid_until: None,
            fingerprint: text(),
            pin: None,
            trusted: true,
            refusal: None,
        },
        Event::KnownServer {
            host: "",
            port: 0,
            fingerprint: None,
            issuer: None,
            added: text(),
        },
    ]
}

#[test]
fn the_documentation_shows_every_event_with_every_field() {
    let document = include_str!("../../../../docs/json.md");
    let examples = document.lines().filter(|line| line.starts_with('{'));
    let fields = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let fields: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        (value["event"].as_str().unwrap().to_owned(), fields)
    };
    let documented: Vec<_> = examples.map(fields).collect();
    let sent: Vec<_> = all()
        .iter()
        .map(|event| fields(&line(event, None)))
        .collect();
    assert_eq!(documented, sent);
    for (event, _) in documented {
        assert!(document.contains(&format!("\n## {event}\n")), "{event}");
    }
}

/// The events of the gateway's commands that `docs/gateway.md` describes.
fn of_gateway() -> Vec<Event<'static>> {
    vec![
        Event::GatewaySpooled {
            route: None,
            spool: None,
            upload: 0,
            path: String::new(),
            bytes: 0,
            received: String::new(),
            state: "",
            attempts: 0,
            reason: None,
        },
        Event::GatewayRetry {
            route: "",
            count: 0,
        },
    ]
}

#[test]
fn every_event_can_be_chosen_by_its_name() {
    let events: Vec<_> = all().into_iter().chain(of_gateway()).collect();
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    for name in EventName::ALL {
        assert!(names.contains(name), "{name}");
    }
    for event in events {
        let value: Value = serde_json::from_str(&line(&event, None)).unwrap();
        assert_eq!(value["event"], event.name());
    }
}

#[test]
fn the_page_on_the_gateway_shows_only_events_that_exist() {
    let document = include_str!("../../../../docs/gateway.md");
    let events = document.lines().filter_map(|line| {
        let value: Value = serde_json::from_str(line.strip_prefix('{').map(|_| line)?).unwrap();
        Some(value["event"].as_str().unwrap().to_owned())
    });
    let events: Vec<String> = events.collect();
    let names = towline_gateway::Event::NAMES.iter();
    let names = names.filter(|name| name.starts_with("gateway_"));
    for name in names.chain(&["gateway_spooled", "gateway_retry"]) {
        assert!(events.iter().any(|event| event == name), "{name}");
    }
    let known = [EventName::ALL, towline_gateway::Event::NAMES].concat();
    for event in events {
        assert!(known.contains(&event.as_str()), "{event}");
    }
}
