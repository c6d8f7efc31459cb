//! The observer, through which a program follows all events.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use crate::connection_id::ConnectionId;
use crate::direction::Direction;
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::verdict::{DataConnection, ProtocolVersion};

/// Receives every event. It is called on the task that does the work, so it should return quickly.
pub trait Observer: fmt::Debug + Send + Sync {
    /// Receives one event of the control connection `connection`, or of one of its data
    /// connections.
    fn event(&self, connection: ConnectionId, event: &Event<'_>);
}

/// An event that an [`Observer`] receives.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The host name is being looked up.
    Resolving {
        /// The host name.
        host: &'a str,
    },
    /// A control connection is being opened.
    Connecting {
        /// The address.
        address: SocketAddr,
    },
    /// The control connection is open; the server's greeting comes next.
    AwaitingWelcome,
    /// The control connection has ended, or is given up: nothing on it is waited for any more.
    Disconnected,
    /// The server has not sent its greeting yet. The wait continues.
    GreetingLate {
        /// How long the client has waited.
        after: Duration,
    },
    /// The TLS handshake of the control connection is starting.
    InitializingTls,
    /// The server's certificate has been accepted.
    VerifyingCertificate,
    /// The control connection is protected by TLS.
    TlsEstablished {
        /// The negotiated version.
        protocol: ProtocolVersion,
        /// The cipher suite by its IANA name.
        cipher: &'a str,
    },
    /// **Warning.** The control connection continues in clear text, as the configuration allows.
    /// An on-path attacker can read and change the password and all commands and, except after
    /// `CCC`, the files.
    ClearText {
        /// The reason.
        reason: &'a ClearTextReason,
    },
    /// A server was trusted on first use. Only this certificate is accepted from now on.
    TrustedOnFirstUse {
        /// The host name or address of the server.
        host: &'a str,
        /// The port of the control connection.
        port: u16,
        /// The certificate's fingerprint.
        fingerprint: Fingerprint,
        /// The issuer that the certificate names, if any.
        issuer: Option<&'a str>,
    },
    /// The login succeeded.
    LoggedIn,
    /// A listing has started.
    RetrievingListing {
        /// The directory.
        path: &'a RemotePath,
    },
    /// A listing is complete.
    ListingSuccessful {
        /// The directory.
        path: &'a RemotePath,
    },
    /// A command is being sent.
    Command {
        /// The verb, in upper case. Empty for a command of [`Session::raw`](crate::Session::raw).
        verb: &'static str,
        /// The command line, with secrets masked and control characters escaped.
        line: &'a str,
    },
    /// A reply was received.
    Reply {
        /// The whole reply.
        reply: &'a Reply,
    },
    /// A reply that belongs to no command was ignored: a 226 although no transfer was running.
    StrayReply {
        /// The reply. It was reported as [`Self::Reply`] too.
        reply: &'a Reply,
        /// The command whose own reply came after it, in upper case.
        before: &'static str,
    },
    /// The handshake of a data connection is complete. Carries the verdict.
    DataConnection(&'a DataConnection),
    /// A transfer has started.
    TransferStarted {
        /// The remote path.
        path: &'a RemotePath,
        /// The size of the file in bytes, if known.
        total: Option<u64>,
        /// The offset in bytes at which it starts. The bytes before it are already there.
        offset: u64,
        /// The direction.
        direction: Direction,
    },
    /// A transfer has made progress.
    Progress {
        /// The remote path.
        path: &'a RemotePath,
        /// The bytes so far.
        bytes: u64,
        /// The size of the file in bytes, if known.
        total: Option<u64>,
    },
    /// A data connection was refused because session reuse is required. Another step is tried.
    Recovering {
        /// The refusal, with the server's reply.
        error: &'a Error,
        /// The step that is tried.
        step: RecoveryStep,
    },
    /// **Warning.** No TLS 1.3 session was resumed, so a new control connection offers TLS 1.2 at
    /// most. Most likely the server resumes nothing newer, but an on-path attacker can cause this
    /// as well. [`Config::tls_versions`](crate::Config::tls_versions) can rule it out.
    Downgrading {
        /// The server refused a data connection, with a reply. Otherwise the client closed it, or
        /// did not open it: [`Config::session_reuse`](crate::Config::session_reuse), or what is
        /// known of the server, requires reuse.
        refused_by_server: bool,
    },
    /// An operation failed for a transient reason and will be retried.
    WaitingToRetry {
        /// The time until the retry.
        wait: Duration,
        /// The number of the next attempt; the first was 1.
        attempt: u32,
        /// The reason.
        error: &'a Error,
    },
    /// **Warning.** Something that the user should know even though nothing failed.
    Warning {
        /// The text.
        text: &'a str,
    },
    /// A note for the user that is not an error.
    Note {
        /// The text.
        text: &'a str,
    },
}

/// What is tried after a data connection was refused because session reuse is required. Each is
/// tried once for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecoveryStep {
    /// Another ticket, over the same control connection.
    AnotherTicket,
    /// A new control connection.
    NewControlConnection,
    /// A new control connection with TLS 1.2 at most.
    NewControlConnectionTls12,
}

impl RecoveryStep {
    /// Returns a name that does not change, such as `another_ticket`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AnotherTicket => "another_ticket",
            Self::NewControlConnection => "new_control_connection",
            Self::NewControlConnectionTls12 => "new_control_connection_tls12",
        }
    }
}

/// Why a control connection continues in clear text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "reason", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum ClearTextReason {
    /// [`TlsMode::Off`](crate::TlsMode::Off).
    SwitchedOff,
    /// [`TlsMode::IfAvailable`](crate::TlsMode::IfAvailable), and the server has no TLS.
    NotAvailable {
        /// The reply to `AUTH`.
        refusal: Reply,
    },
    /// `CCC` ended TLS after the login.
    EndedAfterLogin,
}

impl fmt::Display for ClearTextReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SwitchedOff => f.write_str("TLS is switched off"),
            Self::NotAvailable { refusal } => {
                write!(f, "the server does not support TLS: {refusal}")
            }
            Self::EndedAfterLogin => f.write_str("TLS was ended after the login"),
        }
    }
}

/// Reports the events of one control connection to the observer, if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Reporter {
    observer: Option<Arc<dyn Observer>>,
    connection: ConnectionId,
}

impl Reporter {
    pub(crate) fn new(observer: Option<Arc<dyn Observer>>, connection: ConnectionId) -> Self {
        Self {
            observer,
            connection,
        }
    }

    pub(crate) fn event(&self, event: &Event<'_>) {
        if let Some(observer) = &self.observer {
            observer.event(self.connection, event);
        }
    }

    /// Reports an [`Event::Note`].
    pub(crate) fn note(&self, text: &str) {
        self.event(&Event::Note { text });
    }
}
