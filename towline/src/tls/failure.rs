//! What goes wrong in TLS, as an error of the library.

use std::io;

use super::rejected::{Rejected, Rejection, rejected};
use crate::error::{Error, ErrorKind};

/// Whether TLS itself failed, rather than the connection below it.
fn is_tls_failure(error: &io::Error) -> bool {
    let source = error.get_ref();
    source.is_some_and(|source| source.is::<rustls::Error>())
}

/// Why there is no TLS, or no longer.
#[derive(Debug)]
pub(crate) enum TlsError {
    /// The configuration makes no sense or its files cannot be used.
    Setup(String),
    /// The server's certificate was refused.
    Certificate(Rejected),
    /// The server answered with something that is not TLS.
    NotTls(String),
    /// The handshake failed.
    Handshake(io::Error),
}

impl TlsError {
    pub(super) fn handshake(error: io::Error, plaintext: Option<&[u8]>) -> Self {
        if let Some(plaintext) = plaintext {
            return Self::NotTls(towline_proto::name::escape(plaintext.trim_ascii()));
        }
        Self::from(error)
    }
}

impl From<io::Error> for TlsError {
    fn from(error: io::Error) -> Self {
        match rejected(&error) {
            Some(rejected) => Self::Certificate(rejected),
            None => Self::Handshake(error),
        }
    }
}

impl TlsError {
    /// The error of the operation that `what` describes.
    pub(crate) fn explain(self, what: &str) -> Error {
        match self {
            Self::Setup(text) => Error::new(ErrorKind::Usage, text),
            Self::NotTls(text) => {
                let what = format!("{what}: the server answered in plain text: {text}");
                Error::new(ErrorKind::Tls, what)
            }
            Self::Certificate(rejected) => {
                let reason = match rejected.reason() {
                    Rejection::WrongName => "has the wrong name",
                    Rejection::Expired => "has expired",
                    Rejection::NotYetValid => "is not valid yet",
                    Rejection::UnknownIssuer => "comes from an unknown issuer",
                    Rejection::WrongKey => "has none of the pinned keys",
                    Rejection::Changed => "is not the one that it showed before",
                    Rejection::Other => "is not acceptable",
                };
                let what = format!("the server's certificate {reason}");
                Error::new(ErrorKind::Certificate, what)
                    .with_fingerprint(rejected.fingerprint())
                    .with_source(rejected)
            }
            Self::Handshake(source) => {
                let is_tls = is_tls_failure(&source);
                let kind = if is_tls || source.kind() == io::ErrorKind::UnexpectedEof {
                    ErrorKind::Tls
                } else {
                    ErrorKind::Network
                };
                Error::new(kind, what).with_source(source)
            }
        }
    }
}
