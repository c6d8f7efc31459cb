//! Prints the events of sessions: status messages, dialogue, JSON lines and progress.
//!
//! The messages follow those of FileZilla, which people know.

use std::num::NonZeroU32;
use std::sync::Arc;

use towline::{
    ConnectionId, DataConnection, Event, Observer, ProtocolVersion, Reply, TicketSource,
};

use crate::operand::address;
use crate::output::error_report;
use crate::output::json;
use crate::output::printer::Printer;

/// Passes the events of sessions to the printer.
#[derive(Debug)]
pub(crate) struct Reporter {
    printer: Arc<Printer>,
    host: String,
    /// Whether there may be several connections, so that lines need their numbers.
    has_several: bool,
}

impl Reporter {
    pub(crate) fn new(printer: Arc<Printer>, host: &str, connections: NonZeroU32) -> Self {
        let has_several = connections.get() > 1;
        Self {
            printer,
            host: host.to_owned(),
            has_several,
        }
    }
}

impl Observer for Reporter {
    fn event(&self, connection: ConnectionId, event: &Event<'_>) {
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
                printer.status(&format!("Resolving address of {host}"));
            }
            Event::Connecting { address } => {
                printer.status(&format!("Connecting to {address}..."));
            }
            Event::AwaitingWelcome => {
                printer.status("Connection established, waiting for welcome message...");
            }
            Event::GreetingLate { after } => printer.printer.warning(&format!(
                "waiting for the greeting: the server has sent nothing for {} seconds",
                after.as_secs_f64().round()
            )),
            Event::InitializingTls => printer.status("Initializing TLS..."),
            Event::VerifyingCertificate => printer.status("Verifying certificate..."),
            Event::TlsEstablished { protocol, cipher } => {
                printer.status(&format!(
                    "TLS connection established ({protocol}, {cipher})"
                ));
            }
            Event::LoggedIn => printer.status("Logged in"),
            Event::RetrievingListing { path } => {
                let of = if path.is_login_directory() {
                    String::new()
                } else {
                    format!(" of \"{path}\"")
                };
                printer.status(&format!("Retrieving directory listing{of}..."));
            }
            Event::ListingSuccessful { path } if path.is_login_directory() => {
                printer.status("Directory listing successful");
            }
            Event::ListingSuccessful { path } => {
                printer.status(&format!("Directory listing of \"{path}\" successful"));
            }
            Event::Command { line } => printer.dialogue("Command: ", line),
            Event::Reply { reply } => dialogue(printer, reply),
            Event::DataConnection(verdict) => {
                printer.status(&describe(verdict));
                let event = json::Event::data_connection(verdict);
                self.printer.event_from(&self.host, &event);
            }
            Event::TransferStarted {
                path,
                total,
                offset,
                upload,
            } => {
                let way = if *upload { "upload" } else { "download" };
                printer.status(&format!("Starting {way} of {path}"));
                printer.printer.progress().start(path, *total, *offset);
            }
            Event::Progress { path, bytes, .. } => printer.printer.progress().advance(path, *bytes),
            Event::Recovering { reason, step } => {
                printer.status(&format!("Data connection refused: {reason}"));
                printer.status(&format!("Trying again: {step}"));
                let event = json::Event::Recovery { reason, step };
                self.printer.event_from(&self.host, &event);
            }
            Event::Downgrading => printer.printer.warning(
                "the server resumed no TLS 1.3 session, so TLS 1.2 is tried; an on-path attacker can \
                 cause this, and --tls-min 1.3 rules it out",
            ),
            Event::ClearText { reason } => printer.printer.alarm(&format!("clear text: {reason}")),
            Event::TrustedOnFirstUse {
                host,
                port,
                fingerprint,
                issuer,
            } => {
                let server = address::address(host, *port);
                let issuer =
                    issuer.map_or_else(String::new, |issuer| format!(", issued by {issuer}"));
                printer.printer.warning(&format!(
                    "trusting {server} on first use: {fingerprint}{issuer}"
                ));
            }
            Event::WaitingToRetry {
                wait,
                attempt,
                error,
            } => {
                let seconds = wait.as_secs_f64();
                printer.status(&error_report::of_session(error));
                printer.status(&format!(
                    "Waiting to retry... (attempt {attempt} in {seconds:.1} seconds)"
                ));
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
    fn status(&self, text: &str) {
        match self.connection {
            Some(connection) => self.printer.status(&format!("[{connection}] {text}")),
            None => self.printer.status(text),
        }
    }

    fn dialogue(&self, direction: &str, text: &str) {
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
fn describe(verdict: &DataConnection) -> String {
    if verdict.protocol == ProtocolVersion::ClearText {
        return "Data connection in clear text".to_owned();
    }
    let session = match (verdict.resumed, verdict.ticket_source) {
        (true, TicketSource::Control | TicketSource::ControlCopy) => {
            "resumed with a session from the control connection"
        }
        (true, TicketSource::Data) => "resumed with a session from an earlier data connection",
        (true, _) => "resumed",
        (false, TicketSource::None) => "not resumed, because no session was offered",
        (false, _) => "not resumed, although a session was offered",
    };
    let certificate = if verdict.same_certificate {
        "same certificate"
    } else {
        "another certificate"
    };
    format!(
        "Data connection {session} ({}, {}, {certificate})",
        verdict.protocol, verdict.cipher
    )
}

fn dialogue(printer: &Lines<'_>, reply: &Reply) {
    for line in reply.text().split('\n') {
        printer.dialogue("Response: ", &format!("{} {line}", reply.code()));
    }
}
