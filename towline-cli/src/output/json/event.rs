//! What a line of `--json` says.

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Serialize;
use towline::{DataConnection, Entry, Remains, RemotePath};

use crate::args::json::EventName;
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
    /// A transient failure is retried.
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
        /// A stable code.
        reason: &'static str,
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
        /// The line that shows the finding.
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
        /// Files that a mirror found up to date.
        #[serde(skip_serializing_if = "Option::is_none")]
        unchanged: Option<u64>,
        /// Files that a mirror has removed on one of its sides.
        #[serde(skip_serializing_if = "Option::is_none")]
        removed: Option<u64>,
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
        /// `null` if no route leads to its spool any more.
        route: Option<&'a str>,
        /// The directory, if no route leads there any more.
        #[serde(skip_serializing_if = "Option::is_none")]
        spool: Option<Cow<'a, str>>,
        upload: i64,
        path: String,
        bytes: u64,
        received: String,
        state: &'static str,
        attempts: u32,
        reason: Option<&'a str>,
    },
    /// Uploads in a spool of the gateway are delivered now.
    GatewayRetry { route: &'a str, count: usize },
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

    /// A failure that has only a kind and a message.
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

    /// A reply whose words are not known, only its code.
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
        let name = match self {
            Self::DataConnection { .. } => EventName::DataConnection,
            Self::Entry { .. } => EventName::Entry,
            Self::Transfer { .. } => EventName::Transfer,
            Self::Retry { .. } => EventName::Retry,
            Self::Recovery { .. } => EventName::Recovery,
            Self::Reply { .. } => EventName::Reply,
            Self::Plan { .. } => EventName::Plan,
            Self::Explanation { .. } => EventName::Explanation,
            Self::Step { .. } => EventName::Step,
            Self::Finding { .. } => EventName::Finding,
            Self::Warning { .. } => EventName::Warning,
            Self::Error { .. } => EventName::Error,
            Self::Setting { .. } => EventName::Setting,
            Self::Certificate { .. } => EventName::Certificate,
            Self::KnownServer { .. } => EventName::KnownServer,
            Self::Summary { .. } => EventName::Summary,
            Self::GatewaySpooled { .. } => EventName::GatewaySpooled,
            Self::GatewayRetry { .. } => EventName::GatewayRetry,
            Self::Gateway(event) => return event.name(),
        };
        name.as_str()
    }

    /// Whether the event has a field `host` of its own.
    pub(super) fn names_a_host(&self) -> bool {
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

/// A remote path as text.
pub(crate) fn path(path: &RemotePath) -> String {
    String::from_utf8_lossy(path.as_bytes()).into_owned()
}
