//! How a program learns what goes on: one small trait.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use crate::connection_id::ConnectionId;
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::verdict::{DataConnection, ProtocolVersion};

/// Hears of every step. Called on the task that does the work, so it should return quickly.
pub trait Observer: fmt::Debug + Send + Sync {
    /// One thing has happened on the control connection `connection`, or on a data connection that
    /// belongs to it.
    fn event(&self, connection: ConnectionId, event: &Event<'_>);
}

/// What an [`Observer`] hears of.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The host name is being looked up.
    Resolving {
        /// The name.
        host: &'a str,
    },
    /// A control connection is being opened.
    Connecting {
        /// To there.
        address: SocketAddr,
    },
    /// It is open; the server's greeting comes next.
    AwaitingWelcome,
    /// The TLS handshake of the control connection begins.
    InitializingTls,
    /// The server's certificate has been accepted.
    VerifyingCertificate,
    /// The control connection is inside TLS.
    TlsEstablished {
        /// The negotiated version.
        protocol: ProtocolVersion,
        /// The cipher suite by its IANA name.
        cipher: &'a str,
    },
    /// **A warning.** The control connection goes on in clear text, as its user allowed: password,
    /// commands and, but after `CCC`, files can be read and changed on the way.
    ClearText {
        /// Why.
        reason: &'a str,
    },
    /// A server was met for the first time; its certificate is the one that counts from now on.
    TrustedOnFirstUse {
        /// The server's host.
        host: &'a str,
        /// The port of the control connection.
        port: u16,
        /// Its certificate.
        fingerprint: Fingerprint,
        /// Who issued that, as far as it says.
        issuer: Option<&'a str>,
    },
    /// The server has accepted user and password.
    LoggedIn,
    /// A listing begins.
    RetrievingListing {
        /// Of this directory.
        path: &'a RemotePath,
    },
    /// A listing is complete.
    ListingSuccessful {
        /// Of this directory.
        path: &'a RemotePath,
    },
    /// A command goes out.
    Command {
        /// Its line, secrets masked, control characters escaped.
        line: &'a str,
    },
    /// A reply has come in.
    Reply {
        /// The whole reply.
        reply: &'a Reply,
    },
    /// A data connection's handshake is done: the verdict.
    DataConnection(&'a DataConnection),
    /// A transfer begins.
    TransferStarted {
        /// The remote path.
        path: &'a RemotePath,
        /// The size in bytes, where known.
        total: Option<u64>,
        /// The byte that it begins at: what comes before is there already.
        offset: u64,
        /// Whether the file goes to the server.
        upload: bool,
    },
    /// A transfer has moved on.
    Progress {
        /// The remote path.
        path: &'a RemotePath,
        /// Bytes so far.
        bytes: u64,
        /// The size in bytes, where known.
        total: Option<u64>,
    },
    /// A data connection was refused because session reuse is required; what is tried next.
    Recovering {
        /// Why, with the server's words.
        reason: &'a str,
        /// What is tried.
        step: &'a str,
    },
    /// An operation failed for a reason that may pass, and is tried again after a wait.
    WaitingToRetry {
        /// How long the wait is.
        wait: Duration,
        /// Which attempt comes next; the first try was 1.
        attempt: u32,
        /// Why.
        error: &'a Error,
    },
    /// Something that a person may want to know, but that is no error.
    Note {
        /// In words.
        text: &'a str,
    },
}

/// Tells the observer, if there is one, of one control connection.
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

    /// Reports something that is no error.
    pub(crate) fn note(&self, text: &str) {
        self.event(&Event::Note { text });
    }
}
