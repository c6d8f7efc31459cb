//! The lines of `--json`: one object per line, with its kind in `event`.
//!
//! Paths and names are text, with U+FFFD for bytes that are invalid in the server's character set. If
//! the name of an entry is not UTF-8, `name_base64` has the exact bytes. Control characters and
//! characters that reorder text are written as `\u` escapes, so that a line is safe on a terminal and
//! exact for a parser.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;
use serde::Serialize;
use towline::{DataConnection, Entry, Remains, RemotePath};

use crate::explain::ByCode;
use crate::explain::finding::{Directive, Finding, Severity};
use crate::operand::name_codec::NameCodec;
use crate::output::entry;
use crate::output::explanation;
use crate::words::Words;

/// One line on standard output.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// The verdict on a data connection.
    DataConnection {
        path: &'a str,
        resumed: bool,
        protocol: &'a str,
        cipher: &'a str,
        ticket_source: &'a str,
        same_certificate: bool,
    },
    /// An entry of a listing, or the result of `stat`.
    Entry {
        /// `null` if the name cannot be part of a path.
        path: Option<String>,
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name_base64: Option<String>,
        #[serde(rename = "type")]
        kind: &'static str,
        size: Option<u64>,
        /// ISO 8601: UTC with a `Z`, or else by the server's own clock.
        modified: Option<String>,
        permissions: Option<&'a str>,
        owner: Option<&'a str>,
        group: Option<&'a str>,
        link_target: Option<String>,
    },
    /// A file that was transferred.
    Transfer {
        path: String,
        local: String,
        direction: &'static str,
        bytes: u64,
        seconds: f64,
        /// `verified`, or `complete` if the server reports no size.
        result: &'static str,
        /// The offset at which the transfer resumed, if it did.
        resumed_at: Option<u64>,
        /// The algorithm of the checksums, if they were compared.
        digest: Option<&'static str>,
    },
    /// The reply to a command of `raw`.
    Reply {
        /// With secrets masked.
        command: String,
        reply_code: u16,
        reply_text: String,
    },
    /// An operation failed for a reason that may pass, and is tried again.
    Retry {
        /// The number of the next attempt; the first was 1.
        attempt: u32,
        /// In seconds.
        wait: f64,
        kind: &'static str,
        detail: Option<&'static str>,
        path: Option<&'a str>,
        message: String,
    },
    /// A data connection was refused because session reuse is required. Another step is tried.
    Recovery { reason: &'a str, step: &'a str },
    /// Something that a mirror will do, or would.
    Plan {
        action: &'static str,
        path: String,
        reason: &'static str,
        size: Option<u64>,
        modified: Option<String>,
    },
    /// Why a mirror would do something with a file, or not.
    Explanation {
        path: String,
        /// `null` if nothing would be done.
        action: Option<&'static str>,
        facts: Vec<Fact>,
        text: String,
    },
    /// A certificate that a server shows.
    Certificate {
        port: u16,
        /// 0 for the server's own, then its issuers.
        place: u64,
        /// `null` if it cannot be read.
        subject: Option<String>,
        issuer: Option<String>,
        names: Vec<String>,
        valid_from: Option<String>,
        valid_until: Option<String>,
        fingerprint: String,
        pin: Option<String>,
        /// Whether the server is trusted with the settings.
        trusted: bool,
        /// Why not.
        refusal: Option<String>,
    },
    /// A known server.
    KnownServer {
        host: &'a str,
        port: u16,
        /// `null` if it is only known that the server supports TLS.
        fingerprint: Option<String>,
        issuer: Option<&'a str>,
        added: String,
    },
    /// A step of an examination.
    Step {
        /// Does not change.
        step: &'static str,
        /// `good`, `warning`, `failed` or `skipped`.
        verdict: &'static str,
        evidence: Vec<String>,
        /// The exit code for a step that failed.
        exit_code: Option<u8>,
    },
    /// Something that is wrong or worth knowing, with its explanation.
    Finding {
        /// The step of `doctor`.
        step: Option<&'static str>,
        /// Does not change. `null` if only the code of a reply is known.
        id: Option<&'static str>,
        severity: &'static str,
        side: &'static str,
        title: &'a str,
        /// What shows it.
        evidence: Option<String>,
        meaning: &'a str,
        cause: &'a str,
        cure: &'a str,
        hint: Option<String>,
        directives: Vec<Setting>,
    },
    /// Something to know although nothing failed.
    Warning { message: &'a str },
    /// A setting of a site, or of URLs.
    Setting {
        site: Option<&'a str>,
        key: &'a str,
        /// `null` for a secret.
        value: Option<String>,
        source: String,
    },
    /// The end of a command.
    Summary {
        command: &'static str,
        succeeded: u64,
        failed: u64,
        skipped: u64,
        bytes: u64,
        /// The number of lines of listings that were not understood.
        unknown_lines: u64,
        seconds: f64,
        exit_code: u8,
    },
    /// A failure.
    Error {
        kind: &'static str,
        detail: Option<&'static str>,
        path: Option<String>,
        reply_code: Option<u16>,
        reply_text: Option<String>,
        remains: Vec<Remaining>,
        message: String,
        /// The identifier of the explanation.
        finding: Option<&'static str>,
        meaning: Option<&'static str>,
        hint: Option<String>,
    },
    /// An upload that waits in a spool of the gateway.
    GatewaySpooled {
        route: &'a str,
        upload: i64,
        path: String,
        bytes: u64,
        received: String,
        state: &'static str,
        attempts: u32,
        reason: Option<&'a str>,
    },
    /// What the gateway reports, under its own names.
    #[serde(untagged)]
    Gateway(&'a towline_gateway::Event<'a>),
}

/// A setting of a server program.
#[derive(Debug, Serialize)]
pub(crate) struct Setting {
    software: &'static str,
    setting: &'static str,
}

/// Something that a failed transfer left behind.
#[derive(Debug, Serialize)]
pub(crate) struct Remaining {
    what: &'static str,
    /// `null` for the target itself.
    at: Option<String>,
}

impl From<&Remains> for Remaining {
    fn from(remains: &Remains) -> Self {
        Self {
            what: remains.name(),
            at: remains.place(),
        }
    }
}

/// One fact or reason of an explanation.
#[derive(Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) about: &'static str,
    pub(crate) what: String,
}

impl<'a> Event<'a> {
    pub(crate) fn finding(
        finding: &'static Finding,
        severity: Severity,
        step: Option<&'static str>,
        evidence: Option<String>,
    ) -> Self {
        let setting = |directive: &Directive| Setting {
            software: directive.software.name(),
            setting: directive.setting,
        };
        Self::Finding {
            step,
            id: Some(finding.id),
            severity: severity.name(),
            side: finding.side.id(),
            title: finding.title,
            evidence,
            meaning: finding.meaning,
            cause: finding.cause,
            cure: finding.cure,
            hint: explanation::plain_hint(finding, Words::english()),
            directives: finding.directives.iter().map(setting).collect(),
        }
    }

    /// A failure of which nothing more is known.
    pub(crate) fn failure(kind: &'static str, message: String) -> Self {
        Self::Error {
            kind,
            detail: None,
            path: None,
            reply_code: None,
            reply_text: None,
            remains: Vec::new(),
            message,
            finding: None,
            meaning: None,
            hint: None,
        }
    }

    /// A reply of which only the code is known.
    pub(crate) fn code(found: &'a ByCode) -> Self {
        Self::Finding {
            step: None,
            id: None,
            severity: "error",
            side: "server",
            title: found.meaning,
            evidence: Some(found.line.clone()),
            meaning: found.meaning,
            cause: "",
            cure: "",
            hint: None,
            directives: Vec::new(),
        }
    }

    /// The name in the field `event`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::DataConnection { .. } => "data_connection",
            Self::Entry { .. } => "entry",
            Self::Transfer { .. } => "transfer",
            Self::Retry { .. } => "retry",
            Self::Recovery { .. } => "recovery",
            Self::Reply { .. } => "reply",
            Self::Plan { .. } => "plan",
            Self::Explanation { .. } => "explanation",
            Self::Step { .. } => "step",
            Self::Finding { .. } => "finding",
            Self::Warning { .. } => "warning",
            Self::Error { .. } => "error",
            Self::Setting { .. } => "setting",
            Self::Certificate { .. } => "certificate",
            Self::KnownServer { .. } => "known_server",
            Self::Summary { .. } => "summary",
            Self::GatewaySpooled { .. } => "gateway_spooled",
            Self::Gateway(event) => event.name(),
        }
    }

    /// Whether the event has a field `host` of its own.
    fn names_a_host(&self) -> bool {
        matches!(self, Self::KnownServer { .. })
    }

    pub(crate) fn data_connection(verdict: &'a DataConnection) -> Self {
        Self::DataConnection {
            path: &verdict.path,
            resumed: verdict.resumed,
            protocol: verdict.protocol.as_str(),
            cipher: &verdict.cipher,
            ticket_source: verdict.ticket_source.as_str(),
            same_certificate: verdict.same_certificate,
        }
    }

    pub(crate) fn entry(path: Option<&RemotePath>, entry: &'a Entry, codec: NameCodec) -> Self {
        Self::Entry {
            path: path.map(|path| codec.lossy(path.as_bytes())),
            name: codec.lossy(&entry.name),
            name_base64: std::str::from_utf8(&entry.name)
                .is_err()
                .then(|| BASE64_STANDARD.encode(&entry.name)),
            kind: entry::kind(entry.kind),
            size: entry.size,
            modified: entry.modified.as_ref().map(entry::iso_time),
            permissions: entry.permissions.as_deref(),
            owner: entry.owner.as_deref(),
            group: entry.group.as_deref(),
            link_target: entry
                .link_target
                .as_deref()
                .map(|target| codec.lossy(target)),
        }
    }
}

/// An event, and what every line says.
#[derive(Debug, Serialize)]
struct Line<'l> {
    #[serde(flatten)]
    event: &'l Event<'l>,
    /// RFC 3339, UTC.
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<Option<&'l str>>,
}

/// Formats a JSON line, with its line end. `host` is the server that it is about.
pub(crate) fn line(event: &Event<'_>, host: Option<&str>) -> String {
    let line = Line {
        event,
        time: format!("{:.3}", Timestamp::now()),
        host: (!event.names_a_host()).then_some(host),
    };
    let json = serde_json::to_string(&line).unwrap_or_else(|error| {
        // These types always serialize. Even so, no line may be lost silently.
        format!("{{\"event\":\"error\",\"kind\":\"internal\",\"message\":\"{error}\"}}")
    });
    let mut line = String::with_capacity(json.len() + 1);
    let mut rest = json.as_str();
    // Outside of strings, JSON is ASCII. serde_json escapes what is below U+0020. So what is found here
    // is inside a string.
    while let Some(c) = rest.chars().find(|&c| c.is_control() || reorders_text(c))
        && let Some((clean, behind)) = rest.split_once(c)
    {
        line.push_str(clean);
        line.push_str(&format!("\\u{:04x}", u32::from(c)));
        rest = behind;
    }
    line.push_str(rest);
    line.push('\n');
    line
}

/// A remote path as text.
pub(crate) fn path(path: &RemotePath) -> String {
    String::from_utf8_lossy(path.as_bytes()).into_owned()
}

/// Bidirectional marks, embeddings, overrides and isolates, and line and paragraph separators.
fn reorders_text(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::args::json::EVENTS;

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
        let document = include_str!("../../../docs/json.md");
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

    #[test]
    fn every_event_can_be_chosen_by_its_name() {
        let mut names: Vec<&str> = all().iter().map(Event::name).collect();
        let mut choices = EVENTS.to_vec();
        names.sort_unstable();
        choices.sort_unstable();
        assert_eq!(names, choices);
        for event in all() {
            let value: Value = serde_json::from_str(&line(&event, None)).unwrap();
            assert_eq!(value["event"], event.name());
        }
    }
}
