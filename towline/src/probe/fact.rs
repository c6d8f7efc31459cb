//! What the steps of connecting find out.

use std::net::SocketAddr;
use std::time::Duration;

use towline_proto::features::Features;
use towline_proto::reply::Reply;

use super::step::Step;
use crate::control::RefusedCommand;
use crate::data::PortAttempt;
use crate::fingerprint::{Fingerprint, Pin};
use crate::net::ConnectAttempt;
use crate::verdict::{DataConnection, ProtocolVersion};

/// What one step has found out.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fact {
    /// The addresses of the server, or of the proxy.
    Resolved(Resolved),
    /// What came of each address.
    Connected(Connected),
    /// What the server said first.
    Greeted(Greeted),
    /// How the control connection is protected.
    Secured(Secured),
    /// What the server can do and what it refused.
    LoggedIn(LoggedIn),
    /// How a data connection is agreed on.
    PortReached(PortReached),
    /// The verdict on the data connection, and what came of the listing.
    DataOpened(DataOpened),
}

impl Fact {
    /// The step that has found this out.
    #[must_use]
    pub fn step(&self) -> Step {
        match self {
            Self::Resolved(_) => Step::Resolve,
            Self::Connected(_) => Step::Connect,
            Self::Greeted(_) => Step::Greet,
            Self::Secured(_) => Step::Secure,
            Self::LoggedIn(_) => Step::LogIn,
            Self::PortReached(_) => Step::ReachPort,
            Self::DataOpened(_) => Step::OpenData,
        }
    }
}

/// The addresses that are tried.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Resolved {
    /// The name that was looked up: the server's, or the proxy's.
    pub host: String,
    /// Its addresses, in the order in which they are tried (RFC 8305 section 4).
    pub addresses: Vec<SocketAddr>,
    /// How long the lookup took.
    pub took: Duration,
}

/// What came of connecting.
#[derive(Debug)]
#[non_exhaustive]
pub struct Connected {
    /// The addresses that were tried, in order. The next one is tried when 250 ms are over or one has
    /// failed, until one answers.
    pub attempts: Vec<ConnectAttempt>,
    /// How long it took until there was a connection to the server, through the proxy if there is one.
    pub took: Duration,
}

/// The greeting.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Greeted {
    /// The server's words; 220 if it welcomes us (RFC 959 section 5.4). `None` if nothing came.
    pub reply: Option<Reply>,
    /// The name of the server software, as far as the greeting tells; `unknown` if it does not.
    pub server: &'static str,
    /// How long the wait for it was, from the connection on.
    pub took: Duration,
}

/// How the control connection is protected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Secured {
    /// The command by which the server agreed to TLS: `AUTH TLS` or `AUTH SSL`. `None` with implicit
    /// TLS, without TLS, and where the server refused.
    pub auth: Option<&'static str>,
    /// What protects the connection; `None` if the handshake failed.
    pub protocol: Option<ProtocolVersion>,
    /// The cipher suite by its IANA name; `None` without TLS.
    pub cipher: Option<String>,
    /// Why the connection goes on in clear text, if it does, as the configuration allows.
    pub clear_text: Option<String>,
    /// The certificates that the server sent, its own first, trusted or not.
    pub chain: Vec<Certificate>,
    /// Whether they are trusted.
    pub verification: Verification,
    /// Whether the server asked for a client certificate.
    pub asked_for_client_certificate: bool,
    /// How long the step took.
    pub took: Duration,
}

/// A certificate of a server's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
}

impl Certificate {
    pub(super) fn new(der: Vec<u8>) -> Self {
        Self { der }
    }

    /// The certificate itself (DER).
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate's hash.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }

    /// The public key's hash, for [`Trust::Pins`](crate::Trust::Pins). `None` if the certificate
    /// cannot be read.
    #[must_use]
    pub fn pin(&self) -> Option<Pin> {
        Pin::of(&self.der)
    }
}

/// Whether a server's certificate is trusted, as [`Config::trust`](crate::Config::trust) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verification {
    /// No certificate came: there is no TLS, or the handshake failed before.
    NotReached,
    /// It is trusted.
    Accepted,
    /// It is not. The error of the [`Failure`](super::Failure) says why.
    Refused,
}

/// What the login has found out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoggedIn {
    /// What the server announces (`FEAT`, RFC 2389). Known even where the login fails, if the server
    /// tells before.
    pub features: Features,
    /// The name of the server software, as far as greeting, features and system tell; `unknown` if
    /// they do not.
    pub server: &'static str,
    /// The server's reply to `SYST`, which is asked only where nothing else tells what it is.
    pub system: Option<Reply>,
    /// The commands around the login that the server refused without harm: `HOST`, `CLNT`, `OPTS`.
    pub refused: Vec<RefusedCommand>,
    /// The TLS 1.3 tickets that the server has sent so far.
    pub tickets: usize,
    /// How long the step took.
    pub took: Duration,
}

/// How a data connection is agreed on.
#[derive(Debug)]
#[non_exhaustive]
pub struct PortReached {
    /// The ways that were tried, in order. The last one is what counts.
    pub attempts: Vec<PortAttempt>,
    /// How long the step took.
    pub took: Duration,
}

/// The data connection of a listing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DataOpened {
    /// `MLSD`, or `LIST` where the server does not have that.
    pub command: &'static str,
    /// The verdict on the connection; `None` if its handshake did not come about.
    pub verdict: Option<DataConnection>,
    /// The bytes of the listing that have arrived.
    pub bytes: u64,
    /// Whether the server ended the data with a `close_notify`; always true without TLS. `None` if
    /// they did not end.
    pub ended_in_order: Option<bool>,
    /// The final reply, once it has come. 226 if the transfer came about.
    pub reply: Option<Reply>,
    /// How long the step took.
    pub took: Duration,
}
