//! The attempts to agree on a data connection, as facts.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use towline_proto::reply::Reply;

use crate::error::Error;

/// One attempt to agree on a data connection.
#[derive(Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PortAttempt {
    /// The command that asked the server to listen, or told it where the client listens.
    pub command: PortCommand,
    /// The server's reply.
    pub reply: Reply,
    /// The server's port, or the client's in active mode. `None` if the reply names none.
    pub port: Option<u16>,
    /// The announced address: from the server's reply to `PASV`, or the client's own in active
    /// mode.
    pub announced: Option<IpAddr>,
    /// The address in use: the one that the client connects to, whatever was announced, or listens
    /// on. `None` through a proxy, which finds the server by its name.
    pub used: Option<IpAddr>,
    /// How long the connection took to succeed or fail.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub took: Duration,
    /// The result.
    pub outcome: PortOutcome,
}

/// The result of a [`PortAttempt`].
#[derive(Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum PortOutcome {
    /// The server refused the command, or its reply names no usable port.
    Refused,
    /// The client connected to the port.
    Connected,
    /// The client could not connect to the port.
    Unreachable(Error),
    /// The port is agreed on. The connection follows with the transfer; always so in active mode.
    Agreed,
}

/// The command of a [`PortAttempt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "UPPERCASE")
)]
pub enum PortCommand {
    /// Asks the server to listen (RFC 2428 section 3).
    Epsv,
    /// Asks the server to listen, with IPv4 only (RFC 959 section 4.1.2).
    Pasv,
    /// Tells the server where the client listens (RFC 2428 section 2).
    Eprt,
    /// Tells the server where the client listens, with IPv4 only (RFC 959 section 4.1.2).
    Port,
}

impl PortCommand {
    /// Returns the verb, such as `EPSV`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Epsv => "EPSV",
            Self::Pasv => "PASV",
            Self::Eprt => "EPRT",
            Self::Port => "PORT",
        }
    }
}

impl fmt::Display for PortCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PortAttempt {
    pub(super) fn new(command: PortCommand, reply: Reply, used: Option<IpAddr>) -> Self {
        Self {
            command,
            reply,
            port: None,
            announced: None,
            used,
            took: Duration::ZERO,
            outcome: PortOutcome::Refused,
        }
    }
}
