//! Prints the events of sessions: status messages, dialogue, JSON lines and progress.
//!
//! The messages follow those of FileZilla, which people know.

use std::num::NonZeroU32;
use std::sync::Arc;

use towline::{
    ConnectionId, DataConnection, Direction, Event, Observer, ProtocolVersion, RecoveryStep, Reply,
    TicketSource,
};

use crate::operand::address;
use crate::output::error_report;
use crate::output::json;
use crate::output::printer::Printer;
use crate::output::waits::Waits;
use crate::words::{self, Message, Value, Words};

/// Passes the events of sessions to the printer.
#[derive(Debug)]
pub(crate) struct Reporter {
    printer: Arc<Printer>,
    host: String,
    /// Whether there may be several connections, so that lines need their numbers.
    has_several: bool,
    waits: Arc<Waits>,
}

impl Reporter {
    pub(crate) fn new(printer: Arc<Printer>, host: &str, connections: NonZeroU32) -> Self {
        let has_several = connections.get() > 1;
        let waits = Waits::new(Arc::clone(&printer), has_several);
        Self {
            waits,
            printer,
            host: host.to_owned(),
            has_several,
        }
    }
}

impl Observer for Reporter {
    fn event(&self, connection: ConnectionId, event: &Event<'_>) {
        self.waits.follow(connection, event);
        // Lines of the first connection have no number.
        let connection = match connection.get() {
            connection @ 2.. if self.has_several => Some(connection),
            _ => None,
        };
        let printer = &Lines {
            printer: &self.printer,
            connection,
        };
        match event {
            Event::Resolving { host } => {
                printer.say(words::RESOLVING, &[("host", (*host).into())]);
            }
            Event::Connecting { address } => {
                let address = address.to_string();
                printer.say(words::CONNECTING, &[("address", address.into())]);
            }
            Event::AwaitingWelcome => printer.say(words::AWAITING_WELCOME, &[]),
            Event::GreetingLate { after } => {
                let seconds = after.as_secs_f64().round().to_string();
                let values = [("seconds", seconds.into())];
                printer.printer.warn(words::GREETING_LATE, &values);
            }
            Event::InitializingTls => printer.say(words::INITIALIZING_TLS, &[]),
            Event::VerifyingCertificate => printer.say(words::VERIFYING_CERTIFICATE, &[]),
            Event::TlsEstablished { protocol, cipher } => {
                let values = [
                    ("protocol", protocol.to_string().into()),
                    ("cipher", cipher.to_string().into()),
                ];
                printer.say(words::TLS_ESTABLISHED, &values);
            }
            Event::LoggedIn => printer.say(words::LOGGED_IN, &[]),
            Event::RetrievingListing { path } if path.is_login_directory() => {
                printer.say(words::RETRIEVING_LISTING, &[]);
            }
            Event::RetrievingListing { path } => {
                let path = path.to_string();
                printer.say(words::RETRIEVING_LISTING_OF, &[("path", path.into())]);
            }
            Event::ListingSuccessful { path } if path.is_login_directory() => {
                printer.say(words::LISTING_SUCCESSFUL, &[]);
            }
            Event::ListingSuccessful { path } => {
                let path = path.to_string();
                printer.say(words::LISTING_OF_SUCCESSFUL, &[("path", path.into())]);
            }
            Event::Command { line, .. } => printer.dialogue(words::PREFIX_COMMAND, line),
            Event::Reply { reply } => dialogue(printer, reply),
            Event::StrayReply { reply, before } => {
                let reply = reply.to_string();
                let values = [("reply", reply.into()), ("command", (*before).into())];
                printer.say(words::STRAY_REPLY, &values);
            }
            Event::DataConnection(verdict) => {
                printer.status(&describe(verdict, self.printer.words()));
                let event = json::Event::data_connection(verdict);
                self.printer.event_from(&self.host, &event);
            }
            Event::TransferStarted {
                path,
                total,
                offset,
                direction,
            } => {
                let way = match direction {
                    Direction::Upload => words::STARTING_UPLOAD,
                    Direction::Download => words::STARTING_DOWNLOAD,
                };
                printer.say(way, &[("path", path.to_string().into())]);
                printer.printer.progress().start(path, *total, *offset);
            }
            Event::Progress { path, bytes, .. } => printer.printer.progress().advance(path, *bytes),
            Event::Recovering { error, step } => {
                let reason = error.to_string();
                printer.say(words::DATA_REFUSED, &[("reason", (&*reason).into())]);
                let words = printer.printer.words();
                let own = words.say(recovery_step(*step), &[]);
                printer.say(words::TRYING_AGAIN, &[("step", own.into())]);
                let event = json::Event::Recovery {
                    reason: &reason,
                    step: step.name(),
                };
                self.printer.event_from(&self.host, &event);
            }
            Event::Downgrading { refused_by_server } => {
                let text = match refused_by_server {
                    true => words::DOWNGRADING,
                    false => words::DOWNGRADING_BY_OWN_CHOICE,
                };
                printer.printer.warn(text, &[]);
            }
            Event::ClearText { reason } => {
                let values = [("reason", reason.to_string().into())];
                printer.printer.alarm(words::CLEAR_TEXT, &values);
            }
            Event::TrustedOnFirstUse {
                host,
                port,
                fingerprint,
                issuer,
            } => {
                let server = address::address(host, *port);
                let mut values = vec![
                    ("server", server.into()),
                    ("fingerprint", fingerprint.to_string().into()),
                ];
                let message = match issuer {
                    None => words::TRUSTED_ON_FIRST_USE,
                    Some(issuer) => {
                        values.push(("issuer", issuer.to_string().into()));
                        words::TRUSTED_ON_FIRST_USE_ISSUED
                    }
                };
                printer.printer.warn(message, &values);
            }
            Event::WaitingToRetry {
                wait,
                attempt,
                error,
            } => {
                printer.status(&error_report::of_session(error));
                let values = [
                    ("attempt", attempt.to_string().into()),
                    ("seconds", format!("{:.1}", wait.as_secs_f64()).into()),
                ];
                printer.say(words::WAITING_TO_RETRY, &values);
                let event = error_report::retry(error, *attempt, *wait);
                self.printer.event_from(&self.host, &event);
            }
            Event::Warning { text } => printer.printer.warning(text),
            Event::Note { text } => printer.status(text),
            _ => {}
        }
    }
}

/// Prints the lines of a connection.
struct Lines<'a> {
    printer: &'a Printer,
    /// The number of the connection, if lines need it.
    connection: Option<u32>,
}

impl Lines<'_> {
    fn say(&self, message: Message, values: &[(&str, Value<'_>)]) {
        self.status(&self.printer.words().say(message, values));
    }

    fn status(&self, text: &str) {
        match self.connection {
            Some(connection) => self.printer.status(&format!("[{connection}] {text}")),
            None => self.printer.status(text),
        }
    }

    fn dialogue(&self, direction: Message, text: &str) {
        let direction = &format!("{} ", self.printer.words().say(direction, &[]));
        match self.connection {
            Some(connection) => {
                let text = format!("[{connection}] {text}");
                self.printer.dialogue(direction, &text);
            }
            None => self.printer.dialogue(direction, text),
        }
    }
}

/// Describes the verdict on a data connection.
fn describe(verdict: &DataConnection, words: &Words) -> String {
    if verdict.protocol == ProtocolVersion::ClearText {
        return words.say(words::DATA_IN_CLEAR_TEXT, &[]);
    }
    let session = match (verdict.resumed, verdict.ticket_source) {
        (true, TicketSource::Control | TicketSource::ControlCopy) => "control",
        (true, TicketSource::Data) => "data",
        (true, _) => "resumed",
        (false, TicketSource::None) => "none",
        (false, _) => "refused",
    };
    let certificate = match verdict.same_certificate {
        true => "same",
        false => "other",
    };
    let values = [
        ("session", session.into()),
        ("certificate", certificate.into()),
        ("protocol", verdict.protocol.to_string().into()),
        ("cipher", verdict.cipher.to_string().into()),
    ];
    words.say(words::DATA_CONNECTION, &values)
}

fn recovery_step(step: RecoveryStep) -> Message {
    match step {
        RecoveryStep::AnotherTicket => words::ANOTHER_TICKET,
        RecoveryStep::NewControlConnection => words::NEW_CONNECTION,
        RecoveryStep::NewControlConnectionTls12 => words::NEW_CONNECTION_TLS12,
    }
}

fn dialogue(printer: &Lines<'_>, reply: &Reply) {
    for line in reply.text().split('\n') {
        printer.dialogue(words::PREFIX_RESPONSE, &format!("{} {line}", reply.code()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn every_step_of_a_recovery_is_said_in_every_language() {
        let said = |language, step| Words::of(language).say(recovery_step(step), &[]);
        for (step, en, zh, ja) in [
            (
                RecoveryStep::AnotherTicket,
                "offering another ticket",
                "改用另一张会话票据",
                "別のチケットを使います",
            ),
            (
                RecoveryStep::NewControlConnection,
                "opening a new control connection",
                "打开新的控制连接",
                "新しい制御接続を開きます",
            ),
            (
                RecoveryStep::NewControlConnectionTls12,
                "opening a new control connection with TLS 1.2",
                "用 TLS 1.2 打开新的控制连接",
                "TLS 1.2 で新しい制御接続を開きます",
            ),
        ] {
            assert_eq!(said(Language::En, step), en);
            assert_eq!(said(Language::Zh, step), zh);
            assert_eq!(said(Language::Ja, step), ja);
        }
    }
}
