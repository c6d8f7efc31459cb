//! What the server of one control connection showed of itself, whether that was accepted or not.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::verify::Verifier;

/// Has a [`Verifier`] decide, and keeps the first chain that it decided on: that of the control
/// connection.
#[derive(Debug)]
pub(super) struct Witness {
    verifier: Arc<Verifier>,
    presented: OnceLock<Presented>,
}

/// The certificates that a server showed, and the verdict on them.
#[derive(Clone, Debug)]
pub(crate) struct Presented {
    /// The server's own certificate, then those that it sent along (DER).
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) is_accepted: bool,
}

impl Witness {
    pub(super) fn new(verifier: Arc<Verifier>) -> Self {
        Self {
            verifier,
            presented: OnceLock::new(),
        }
    }

    /// `None` if no certificate has come.
    pub(super) fn presented(&self) -> Option<&Presented> {
        self.presented.get()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self
            .verifier
            .verify_server_cert(leaf, intermediates, name, ocsp, now);
        self.presented.get_or_init(|| {
            let chain = std::iter::once(leaf).chain(intermediates);
            Presented {
                chain: chain.map(|certificate| certificate.to_vec()).collect(),
                is_accepted: verdict.is_ok(),
            }
        });
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls12_signature(message, leaf, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls13_signature(message, leaf, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
