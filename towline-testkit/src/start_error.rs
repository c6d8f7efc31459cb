//! The error when a server does not start.

use std::io;

/// The reason why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The server could not get a directory for its files, or a port.
    #[error("cannot start the test server: {0}")]
    Io(#[from] io::Error),
    /// A certificate could not be created.
    #[error("cannot create a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A certificate or a key could not be read or written.
    #[error("cannot read or write a certificate: {0}")]
    Encoding(Box<dyn std::error::Error + Send + Sync>),
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl StartError {
    pub(crate) fn encoding(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Encoding(error.into())
    }
}
