//! The numbers of network protocols (RFC 2428, section 2).

use crate::number::number;

/// The network protocol of an address in EPRT and EPSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkProtocol {
    /// IPv4, protocol 1.
    V4,
    /// IPv6, protocol 2.
    V6,
}

impl NetworkProtocol {
    /// Returns the protocol's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V4 => 1,
            Self::V6 => 2,
        }
    }

    /// Parses the protocol in a field.
    pub(crate) fn parse(field: &[u8]) -> Result<Self, PortError> {
        match number(field) {
            Some(1) => Ok(Self::V4),
            Some(2) => Ok(Self::V6),
            Some(_) => Err(PortError::UnknownProtocol),
            None => Err(PortError::Malformed),
        }
    }
}

/// The reason why a client's argument is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// The argument does not have the form of an address.
    #[error("the argument is not an address")]
    Malformed,
    /// The port is 0.
    #[error("the port is 0")]
    PortZero,
    /// The network protocol is neither IPv4 nor IPv6.
    #[error("the network protocol is neither IPv4 nor IPv6")]
    UnknownProtocol,
}
