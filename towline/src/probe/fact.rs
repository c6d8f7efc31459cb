//! What the steps of connecting find out.

use std::net::SocketAddr;
use std::time::Duration;

use towline_proto::features::Features;
use towline_proto::quirks::Software;
use towline_proto::reply::Reply;

use super::step::Step;
use crate::control::RefusedCommand;
use crate::data::PortAttempt;
use crate::fingerprint::{Fingerprint, Pin};
use crate::net::ConnectAttempt;
use crate::observer::ClearTextReason;
use crate::verdict::{DataConnection, ProtocolVersion};

/// The result of one step.
#[derive(Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "fact", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Fact {
    /// The addresses of the server, or of the proxy.
    Resolved(Resolved),
    /// The result for each address.
    Connected(Connected),
    /// The server's first reply.
    Greeted(Greeted),
    /// How the control connection is protected.
    Secured(Secured),
    /// What the server can do and what it refused.
    LoggedIn(LoggedIn),
    /// How the data connection was agreed on.
    PortReached(PortReached),
    /// The verdict on the data connection, and the result of the listing.
    DataOpened(DataOpened),
}

impl Fact {
    /// Returns the step that found this.
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

/// The addresses to try.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Resolved {
    /// The name that was looked up: the server's or the proxy's.
    pub host: String,
    /// The addresses, in the order of the attempts (RFC 8305 section 4).
    pub addresses: Vec<SocketAddr>,
    /// How long the lookup took.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub took: Duration,
}

/// The result of connecting.
#[derive(Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Connected {
    /// The addresses that were tried, in order. The next one is tried after 250 ms or once an
    /// attempt has failed, until one answers.
    pub attempts: Vec<ConnectAttempt>,
    /// How long it took to connect to the server, through the proxy if there is one.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub took: Duration,
}

/// The greeting.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Greeted {
    /// The server's reply; 220 if it accepts the connection (RFC 959 section 5.4). `None` if
    /// nothing arrived.
    pub reply: Option<Reply>,
    /// The server software, based on the greeting; [`Software::Unknown`] if it does not show. In
    /// explicit mode nothing is decided by it, because an on-path attacker can change the greeting.
    pub server: Software,
    /// How long the greeting took, from the connection on.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub took: Duration,
}

/// How the control connection is protected.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Secured {
    /// The command by which the server accepted TLS: `AUTH TLS` or `AUTH SSL`. `None` with implicit
    /// TLS, without TLS, and if the server refused.
    pub auth: Option<&'static str>,
    /// The protocol version; `None` without TLS, or if the handshake failed.
    pub protocol: Option<ProtocolVersion>,
    /// The IANA name of the cipher suite; `None` without TLS.
    pub cipher: Option<String>,
    /// Why the connection continues in clear text, if it does. The configuration must allow it.
    pub clear_text: Option<ClearTextReason>,
    /// The certificates that the server sent, its own first, whether trusted or not.
    pub chain: Vec<Certificate>,
    /// Whether the certificates are trusted.
    pub verification: Verification,
    /// Whether the server asked for a client certificate.
    pub asked_for_client_certificate: bool,
    /// How long the step took.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
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

    /// Returns the certificate itself (DER).
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the certificate's hash.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }

    /// Returns the public key's hash, for [`Trust::Pins`](crate::Trust::Pins). Returns `None` if
    /// the certificate cannot be read.
    #[must_use]
    pub fn pin(&self) -> Option<Pin> {
        Pin::of(&self.der)
    }
}

/// Whether a server's certificate is trusted under [`Config::trust`](crate::Config::trust).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Verification {
    /// No certificate arrived: there is no TLS, or the handshake failed before it.
    NotReached,
    /// The certificate is trusted.
    Accepted,
    /// The certificate is not trusted. The error of the [`Failure`](super::Failure) says why.
    Refused,
}

/// The result of the login.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LoggedIn {
    /// What the server announces (`FEAT`, RFC 2389). Known even if the login fails, provided that
    /// the server announces it before the login.
    #[cfg_attr(feature = "serde", serde(serialize_with = "feature_lines"))]
    pub features: Features,
    /// The server software, based on features, status and system, or else on the
    /// greeting; [`Software::Unknown`] if they do not show it.
    pub server: Software,
    /// The server's reply to `SYST`. The command is sent only if nothing else identifies the
    /// server.
    pub system: Option<Reply>,
    /// The commands before and after the login that the server refused without harm: `HOST`,
    /// `CLNT`, `PBSZ`, `OPTS`.
    pub refused: Vec<RefusedCommand>,
    /// The number of TLS 1.3 tickets that the server has sent so far.
    pub tickets: usize,
    /// How long the step took.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub took: Duration,
}

/// How the data connection was agreed on.
#[derive(Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PortReached {
    /// The attempts, in order. The last one counts.
    pub attempts: Vec<PortAttempt>,
    /// How long the step took.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub took: Duration,
}

/// The data connection of a listing.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DataOpened {
    /// `MLSD`, or `LIST` if the server does not support `MLSD`.
    pub command: &'static str,
    /// The verdict on the connection; `None` if its handshake failed.
    pub verdict: Option<DataConnection>,
    /// The number of listing bytes received.
    pub bytes: u64,
    /// Whether the server ended the data with a `close_notify`; always true without TLS. `None` if
    /// the data did not end.
    pub ended_in_order: Option<bool>,
    /// The final reply, if it has arrived. 226 if the transfer succeeded.
    pub reply: Option<Reply>,
    /// How long the step took.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub took: Duration,
}

/// As the lines that the server sends.
#[cfg(feature = "serde")]
fn feature_lines<S: serde::Serializer>(features: &Features, to: S) -> Result<S::Ok, S::Error> {
    crate::serialize::lines(features.lines(), to)
}

/// As `fingerprint` and `pin`.
#[cfg(feature = "serde")]
impl serde::Serialize for Certificate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut certificate = serializer.serialize_struct("Certificate", 2)?;
        certificate.serialize_field("fingerprint", &self.fingerprint())?;
        certificate.serialize_field("pin", &self.pin())?;
        certificate.end()
    }
}
