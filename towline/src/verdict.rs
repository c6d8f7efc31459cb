//! What was found out about one data connection.

use std::fmt;
use std::time::Duration;

/// The verdict on one data connection, reached after its TLS handshake and before any file data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DataConnection {
    /// The remote path that it serves, as printable text.
    pub path: String,
    /// Whether the server resumed a TLS session of this control connection.
    pub resumed: bool,
    /// The negotiated protocol. [`ProtocolVersion::ClearText`] only where the control connection has
    /// no TLS either, as its user allowed.
    pub protocol: ProtocolVersion,
    /// The negotiated cipher suite by its IANA name.
    pub cipher: String,
    /// Where the ticket or session that was offered came from.
    pub ticket_source: TicketSource,
    /// How long before the handshake the server had sent that ticket or session.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::serialize::some_seconds")
    )]
    pub ticket_age: Option<Duration>,
    /// Whether the server's certificate is, byte for byte, the control connection's.
    pub same_certificate: bool,
}

impl DataConnection {
    pub(crate) fn in_clear_text(path: String) -> Self {
        Self {
            path,
            resumed: false,
            protocol: ProtocolVersion::ClearText,
            cipher: "none".to_owned(),
            ticket_source: TicketSource::None,
            ticket_age: None,
            same_certificate: false,
        }
    }
}

/// What protects a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProtocolVersion {
    /// Nothing: no TLS.
    ClearText,
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl ProtocolVersion {
    /// The name used in logs and JSON: `none`, `TLSv1.2` or `TLSv1.3`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClearText => "none",
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a ticket (TLS 1.3) or session (TLS 1.2) came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TicketSource {
    /// The server sent it on the control connection.
    Control,
    /// A further copy of a ticket that the server sent on the control connection.
    ControlCopy,
    /// The server sent it on an earlier, resumed data connection of this control connection.
    Data,
    /// Nothing was offered.
    #[default]
    None,
}

impl TicketSource {
    /// The name used in logs and JSON: `control`, `control-copy`, `data` or `none`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::ControlCopy => "control-copy",
            Self::Data => "data",
            Self::None => "none",
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for ProtocolVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for TicketSource {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
