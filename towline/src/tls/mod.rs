//! TLS, and the tether that ties data connections to their control connection.
//!
//! rustls is named in this folder alone, so that a second backend can be added here and nowhere
//! else. What the rest of the library sees:
//!
//! - [`Profile`]: what a client offers and trusts; makes one [`Tether`] per control connection.
//! - [`ControlStream`] and [`DataStream`]: the two kinds of connection.
//! - [`Tether::offer`]: what the next data connection resumes with; the verdict comes with the
//!   [`DataStream`].

mod client_certificate;
mod connection;
mod control_stream;
mod data_stream;
mod in_place;
mod inbox;
mod record;
mod rejected;
mod replicate;
mod store;
mod suites;
mod tether;
mod verify;
mod wire;

#[cfg(feature = "test-internals")]
pub mod fuzzing;

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::ServerName;

pub use self::client_certificate::ClientCertificate;
use self::client_certificate::ClientProof;
pub(crate) use self::control_stream::ControlStream;
pub(crate) use self::data_stream::{DataStream, Lent};
pub(crate) use self::rejected::{Rejected, Rejection};
pub(crate) use self::tether::{Offer, Tether};
use self::verify::Verifier;
pub(crate) use self::wire::{Collected, End};
use crate::config::{Config, TlsVersion};

/// What a client offers and whom it trusts. Made once per client.
#[derive(Debug)]
pub(crate) struct Profile {
    provider: Arc<CryptoProvider>,
    verifier: Arc<Verifier>,
    client: Option<Arc<CertifiedKey>>,
    name: ServerName<'static>,
    min: TlsVersion,
    max: TlsVersion,
}

impl Profile {
    /// A profile for the server in `config`.
    pub(crate) fn new(config: &Config) -> Result<Self, TlsError> {
        let (host, min, max) = (&config.host, config.tls_min, config.tls_max);
        if min > max {
            let text = format!("the least TLS version {min} is above the greatest, {max}");
            return Err(TlsError::Setup(text));
        }
        let name = ServerName::try_from(host.clone())
            .map_err(|_| TlsError::Setup(format!("{host:?} is not a host name or IP address")))?;
        let provider = Arc::new(suites::provider());
        let port = config.effective_port();
        let verifier = Arc::new(Verifier::new(&config.trust, host, port, &provider)?);
        let client = match &config.client_certificate {
            Some(certificate) => Some(Arc::new(certificate.certified(&provider)?)),
            None => None,
        };
        Ok(Self {
            provider,
            verifier,
            client,
            name,
            min,
            max,
        })
    }

    /// Whether TLS 1.2 may be spoken.
    pub(crate) fn allows_tls12(&self) -> bool {
        self.min == TlsVersion::Tls12
    }

    /// A tether for a new control connection; with `only_tls12`, one that never offers TLS 1.3.
    pub(crate) fn tether(&self, only_tls12: bool) -> Result<Tether, TlsError> {
        let mut versions = Vec::new();
        if self.min <= TlsVersion::Tls12 {
            versions.push(&rustls::version::TLS12);
        }
        if self.max >= TlsVersion::Tls13 && !only_tls12 {
            versions.push(&rustls::version::TLS13);
        }
        let proof = Arc::new(ClientProof::new(self.client.clone()));
        let base = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&versions)
            .map_err(|error| TlsError::Setup(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Verifier>::clone(&self.verifier))
            .with_client_cert_resolver(Arc::<ClientProof>::clone(&proof));
        Ok(Tether::new(Arc::new(base), self.name.clone(), proof))
    }
}

/// The negotiated protocol and cipher suite.
fn protocol_name(connection: &rustls::CommonState) -> (&'static str, String) {
    let protocol = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "unknown",
    };
    let suite = connection.negotiated_cipher_suite();
    let suite = suite.and_then(|suite| suite.suite().as_str());
    // rustls writes `TLS13_` where IANA's names have `TLS_`.
    let cipher = suite.unwrap_or("unknown").replacen("TLS13_", "TLS_", 1);
    (protocol, cipher)
}

/// Whether TLS itself failed, rather than the connection below it.
pub(crate) fn is_tls_failure(error: &io::Error) -> bool {
    let source = error.get_ref();
    source.is_some_and(|source| source.is::<rustls::Error>())
}

/// Why TLS could not be set up.
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
    fn handshake(error: io::Error, plaintext: Option<&[u8]>) -> Self {
        if let Some(plaintext) = plaintext {
            return Self::NotTls(towline_proto::name::escape(plaintext.trim_ascii()));
        }
        Self::from(error)
    }
}

impl From<io::Error> for TlsError {
    fn from(error: io::Error) -> Self {
        match rejected::rejected(&error) {
            Some(rejected) => Self::Certificate(rejected),
            None => Self::Handshake(error),
        }
    }
}
