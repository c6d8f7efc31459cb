//! The supported TLS versions.

use std::fmt;

use crate::verdict::ProtocolVersion;

/// A TLS version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246). The extended master secret is always offered (RFC 7627).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        })
    }
}

/// The negotiated protocol, and the negotiated cipher suite by its IANA name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Negotiated {
    pub(crate) protocol: ProtocolVersion,
    pub(crate) cipher: String,
}

impl Negotiated {
    pub(super) fn of(connection: &rustls::CommonState) -> Self {
        // The profile offers only 1.2 and 1.3, and rustls supports no other version.
        let protocol = match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => ProtocolVersion::Tls13,
            _ => ProtocolVersion::Tls12,
        };
        let suite = connection.negotiated_cipher_suite();
        let suite = suite.and_then(|suite| suite.suite().as_str());
        // rustls writes `TLS13_` instead of IANA's `TLS_`.
        let cipher = suite.unwrap_or("unknown").replacen("TLS13_", "TLS_", 1);
        Self { protocol, cipher }
    }
}
