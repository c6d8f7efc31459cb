//! The certificates that the operating system trusts, where this build can ask for them.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::failure::TlsError;
#[cfg(feature = "platform-verifier")]
use crate::error::ErrorDetail;

/// Verifies chains as the operating system does.
#[cfg(feature = "platform-verifier")]
#[derive(Debug)]
pub(super) struct Platform(rustls_platform_verifier::Verifier);

#[cfg(feature = "platform-verifier")]
impl Platform {
    pub(super) fn new(provider: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(provider));
        verifier.map(Self).map_err(|error| {
            let text = format!("the platform's certificate store: {error}");
            TlsError::setup(ErrorDetail::TrustUnusable, text)
        })
    }

    pub(super) fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        use rustls::client::danger::ServerCertVerifier as _;

        let verified = self
            .0
            .verify_server_cert(leaf, intermediates, name, ocsp, now);
        verified.map(drop)
    }
}

/// Trusts nobody. [`Config::check`](crate::config::Config::check) fails for a client that would ask
/// it.
#[cfg(not(feature = "platform-verifier"))]
#[derive(Debug)]
pub(super) struct Platform;

#[cfg(not(feature = "platform-verifier"))]
impl Platform {
    pub(super) fn new(_: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        Ok(Self)
    }

    pub(super) fn verify(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<(), rustls::Error> {
        Err(rustls::CertificateError::UnknownIssuer.into())
    }
}
