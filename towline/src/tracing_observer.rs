//! An observer that turns events into spans and events of the `tracing` crate.

use std::collections::HashMap;
use std::sync::Mutex;

use tracing::{Span, debug, field, info, info_span, trace, warn};

use crate::connection_id::ConnectionId;
use crate::lock::lock;
use crate::observer::{Event, Observer};

/// Passes every [`Event`] on to the `tracing` crate. Needs the Cargo feature `tracing`.
///
/// ```
/// use std::sync::Arc;
///
/// use towline::{Config, TracingObserver};
///
/// let config = Config::new("ftp.example.com").observer(Arc::new(TracingObserver::default()));
/// # let _ = config;
/// ```
///
/// # Spans
///
/// Each control connection is a span `control_connection` (target `towline::connection`, level
/// `INFO`) with these fields: `connection`, its number; `host`, the name that was looked up, which
/// is that of the proxy if one is used; `protocol` and `cipher`, once TLS is established. The span
/// begins with the lookup, inside the span that is current at that time. It lasts until another
/// connection takes the number or the observer is dropped.
///
/// # Events
///
/// Each event belongs to the span of its connection. Secrets are masked, as in [`Event::Command`].
///
/// | target | level | event | fields |
/// | --- | --- | --- | --- |
/// | `towline::connection` | `DEBUG` | the steps of connecting | `address` |
/// | `towline::connection` | `INFO` | TLS established, logged in | `protocol`, `cipher` |
/// | `towline::connection` | `INFO` | a note | `text` |
/// | `towline::connection` | `WARN` | clear text | `reason` |
/// | `towline::connection` | `WARN` | trusted on first use | `host`, `port`, `fingerprint`, `issuer` |
/// | `towline::connection` | `WARN` | waiting to retry | `error`, `attempt`, `wait_ms` |
/// | `towline::dialogue` | `DEBUG` | a command | `line` |
/// | `towline::dialogue` | `DEBUG` | a reply | `code`, `text` |
/// | `towline::data` | `INFO` | a data connection | `path`, `resumed`, `protocol`, `cipher`, `ticket_source`, `ticket_age_ms`, `same_certificate` |
/// | `towline::data` | `WARN` | recovering | `reason`, `step` |
/// | `towline::data` | `WARN` | downgrading to TLS 1.2 | |
/// | `towline::transfer` | `DEBUG` | a listing starts or is complete | `path` |
/// | `towline::transfer` | `INFO` | a transfer starts | `path`, `upload`, `offset`, `total` |
/// | `towline::transfer` | `TRACE` | progress | `path`, `bytes`, `total` |
#[derive(Debug, Default)]
pub struct TracingObserver {
    connections: Mutex<HashMap<ConnectionId, Span>>,
}

impl TracingObserver {
    /// The span of `connection`. A lookup creates a new one.
    fn span(&self, connection: ConnectionId, event: &Event<'_>) -> Span {
        let mut connections = lock(&self.connections);
        if let Event::Resolving { host } = event {
            connections.insert(connection, control_connection(connection, host));
        }
        connections
            .entry(connection)
            .or_insert_with(|| control_connection(connection, ""))
            .clone()
    }
}

fn control_connection(connection: ConnectionId, host: &str) -> Span {
    info_span!(
        target: "towline::connection",
        "control_connection",
        connection = connection.get(),
        host,
        protocol = field::Empty,
        cipher = field::Empty,
    )
}

macro_rules! connection {
    ($level:ident, $span:ident, $($rest:tt)+) => {
        $level!(target: "towline::connection", parent: &$span, $($rest)+)
    };
}

macro_rules! dialogue {
    ($level:ident, $span:ident, $($rest:tt)+) => {
        $level!(target: "towline::dialogue", parent: &$span, $($rest)+)
    };
}

macro_rules! data {
    ($level:ident, $span:ident, $($rest:tt)+) => {
        $level!(target: "towline::data", parent: &$span, $($rest)+)
    };
}

macro_rules! transfer {
    ($level:ident, $span:ident, $($rest:tt)+) => {
        $level!(target: "towline::transfer", parent: &$span, $($rest)+)
    };
}

impl Observer for TracingObserver {
    fn event(&self, connection: ConnectionId, event: &Event<'_>) {
        let span = self.span(connection, event);
        match event {
            Event::Resolving { .. } => connection!(debug, span, "resolving"),
            Event::Connecting { address } => connection!(debug, span, %address, "connecting"),
            Event::Disconnected => connection!(debug, span, "disconnected"),
            Event::AwaitingWelcome => connection!(debug, span, "awaiting the greeting"),
            Event::GreetingLate { after } => {
                let after_ms = after.as_millis();
                connection!(warn, span, after_ms, "the greeting is late");
            }
            Event::InitializingTls => connection!(debug, span, "initializing TLS"),
            Event::VerifyingCertificate => connection!(debug, span, "verifying the certificate"),
            Event::TlsEstablished { protocol, cipher } => {
                let protocol = protocol.as_str();
                span.record("protocol", protocol);
                span.record("cipher", cipher);
                connection!(info, span, protocol, cipher, "TLS established");
            }
            Event::ClearText { reason } => connection!(warn, span, %reason, "clear text"),
            Event::TrustedOnFirstUse {
                host,
                port,
                fingerprint,
                issuer,
            } => {
                connection!(warn, span, host, port, %fingerprint, issuer, "trusted on first use");
            }
            Event::LoggedIn => connection!(info, span, "logged in"),
            Event::WaitingToRetry {
                wait,
                attempt,
                error,
            } => {
                let wait_ms = wait.as_millis();
                connection!(warn, span, %error, attempt, wait_ms, "waiting to retry");
            }
            Event::Warning { text } => connection!(warn, span, text, "warning"),
            Event::Note { text } => connection!(info, span, text, "note"),
            Event::Command { line, .. } => dialogue!(debug, span, line, "command"),
            Event::Reply { reply } => {
                let (code, text) = (reply.code().as_u16(), reply.text());
                dialogue!(debug, span, code, text = &*text, "reply");
            }
            Event::StrayReply { reply, before } => {
                let (code, text) = (reply.code().as_u16(), reply.text());
                dialogue!(
                    warn,
                    span,
                    code,
                    text = &*text,
                    before,
                    "stray reply ignored"
                );
            }
            Event::DataConnection(verdict) => data!(
                info,
                span,
                path = verdict.path,
                resumed = verdict.resumed,
                protocol = verdict.protocol.as_str(),
                cipher = verdict.cipher,
                ticket_source = verdict.ticket_source.as_str(),
                ticket_age_ms = verdict.ticket_age.map(|age| age.as_millis()),
                same_certificate = verdict.same_certificate,
                "data connection"
            ),
            Event::Downgrading { refused_by_server } => {
                data!(warn, span, refused_by_server, "downgrading to TLS 1.2");
            }
            Event::Recovering { error, step } => {
                data!(warn, span, %error, step = step.name(), "recovering");
            }
            Event::RetrievingListing { path } => transfer!(debug, span, %path, "listing"),
            Event::ListingSuccessful { path } => transfer!(debug, span, %path, "listing complete"),
            Event::TransferStarted {
                path,
                total,
                offset,
                direction,
            } => {
                let direction = direction.name();
                transfer!(info, span, %path, direction, offset, total, "transfer started");
            }
            Event::Progress { path, bytes, total } => {
                transfer!(trace, span, %path, bytes, total, "progress");
            }
        }
    }
}
