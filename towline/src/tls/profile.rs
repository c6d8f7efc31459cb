//! What a client offers and whom it trusts in TLS.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::ServerName;

use super::client_certificate::{ClientCertificate, ClientProof};
use super::failure::TlsError;
use super::suites;
use super::tether::Tether;
use super::verify::Verifier;
use super::version::TlsVersion;
use super::witness::Witness;
use crate::error::ErrorDetail;
use crate::trust::{KnownServer, Trust};

/// What a [`Profile`] is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TlsOptions<'a> {
    /// The server's name or address, which its certificate has to be for.
    pub(crate) host: &'a str,
    pub(crate) trust: &'a Trust,
    pub(crate) client_certificate: Option<&'a ClientCertificate>,
    pub(crate) min: TlsVersion,
    pub(crate) max: TlsVersion,
}

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
    /// Fails if the options contradict each other or a file cannot be used.
    pub(crate) fn new(options: &TlsOptions<'_>) -> Result<Self, TlsError> {
        let TlsOptions { host, min, max, .. } = *options;
        if min > max {
            let text = format!("the least TLS version {min} is above the greatest, {max}");
            return Err(TlsError::setup(ErrorDetail::ContradictorySettings, text));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            let text = format!("{host:?} is not a host name or IP address");
            TlsError::setup(ErrorDetail::InvalidHost, text)
        })?;
        let provider = Arc::new(suites::provider());
        let verifier = Verifier::new(options.trust, host, &provider)?;
        let client = match options.client_certificate {
            Some(certificate) => Some(Arc::new(certificate.certified(&provider)?)),
            None => None,
        };
        Ok(Self {
            provider,
            verifier: Arc::new(verifier),
            client,
            name,
            min,
            max,
        })
    }

    /// Says what is known of the server before a handshake, for trust on first use.
    pub(crate) fn set_known(&self, server: Option<KnownServer>) {
        self.verifier.set_known(server);
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
        let witness = Arc::new(Witness::new(Arc::clone(&self.verifier)));
        let base = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&versions)
            .map_err(|error| {
                TlsError::setup(ErrorDetail::ContradictorySettings, error.to_string())
            })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Witness>::clone(&witness))
            .with_client_cert_resolver(Arc::<ClientProof>::clone(&proof));
        Ok(Tether::new(
            Arc::new(base),
            self.name.clone(),
            proof,
            witness,
        ))
    }
}
