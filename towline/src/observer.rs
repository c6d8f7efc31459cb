//! How a program learns what goes on: one small trait.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use crate::error::Error;
use crate::trust::Fingerprint;
use crate::verdict::DataConnection;

/// Hears of every step. Called on the task that does the work, so it should return quickly.
pub trait Observer: fmt::Debug + Send + Sync {
    /// One thing has happened.
    fn event(&self, event: &Event<'_>);

    /// One thing has happened on a control connection, or on a data connection of it. `connection` is
    /// its number among those that one client has open, from 1; one that takes the place of another has the
    /// same. An observer that has no use for it need not have this method.
    fn event_on(&self, connection: u32, event: &Event<'_>) {
        let _ = connection;
        self.event(event);
    }
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
        /// `TLSv1.2` or `TLSv1.3`.
        protocol: &'a str,
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
    /// A data connection was refused for want of session reuse, and something is tried about it.
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
