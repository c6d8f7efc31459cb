//! Verification of server certificates according to the user's trust settings.

use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::anchors::Anchors;
use super::failure::TlsError;
use super::issuers::Issuers;
use super::platform::Platform;
use super::rejected::Rejected;
use crate::error::ErrorDetail;
use crate::fingerprint::{Fingerprint, Pin};
use crate::lock::lock;
use crate::trust::{Certificates, CheckCertificate, KnownServer, PresentedCertificate, Trust};

/// Verifies certificates, and in every case the proof that the server holds the key.
#[derive(Debug)]
pub(super) struct Verifier {
    judge: Judge,
    host: String,
    provider: Arc<CryptoProvider>,
}

/// How a certificate is verified.
#[derive(Debug)]
enum Judge {
    Platform(Platform),
    Anchors(Anchors),
    Pins(Vec<Pin>),
    /// The known-servers entry of the server, as last set by [`Verifier::set_known`].
    FirstUse(Mutex<Option<KnownServer>>),
    Custom(Arc<dyn CheckCertificate>),
}

impl Verifier {
    pub(super) fn new(
        trust: &Trust,
        host: &str,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let judge = match trust {
            Trust::Platform => Judge::Platform(Platform::new(provider)?),
            Trust::CaFile(path) => {
                let certificates = Certificates::read(path)
                    .map_err(|text| TlsError::setup(ErrorDetail::TrustUnusable, text))?;
                Judge::Anchors(Anchors::new(&certificates, provider))
            }
            Trust::Certificates(certificates) => {
                Judge::Anchors(Anchors::new(certificates, provider))
            }
            Trust::Pins(pins) if pins.is_empty() => {
                let text = "the list of pins is empty";
                return Err(TlsError::setup(ErrorDetail::TrustUnusable, text));
            }
            Trust::Pins(pins) => Judge::Pins(pins.clone()),
            Trust::FirstUse(_) => Judge::FirstUse(Mutex::default()),
            Trust::Custom(check) => Judge::Custom(Arc::clone(check)),
        };
        Ok(Self {
            judge,
            host: host.to_owned(),
            provider: Arc::clone(provider),
        })
    }

    /// Sets the known-servers entry of the server, for trust on first use. The caller reads the
    /// file, because a handshake must not wait for the disk.
    pub(super) fn set_known(&self, server: Option<KnownServer>) {
        if let Judge::FirstUse(known) = &self.judge {
            *lock(known) = server;
        }
    }

    fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), Rejected> {
        let by_chain = |listed: &[CertificateDer<'_>], error: rustls::Error| {
            let issuers = Issuers {
                shown: intermediates,
                listed,
            };
            Rejected::by_chain(leaf, issuers, name, now, &error)
        };
        match &self.judge {
            Judge::Platform(platform) => platform
                .verify(leaf, intermediates, name, ocsp, now)
                .map_err(|error| by_chain(&[], error)),
            Judge::Anchors(anchors) => anchors
                .verify(leaf, intermediates, name, now)
                .map_err(|error| by_chain(anchors.listed(), error)),
            Judge::Pins(pins) => match Pin::of(leaf) {
                Some(pin) if pins.contains(&pin) => Ok(()),
                _ => Err(Rejected::by_pin(leaf)),
            },
            Judge::FirstUse(known) => match &*lock(known) {
                Some(KnownServer {
                    fingerprint: Some(before),
                    ..
                }) if *before == Fingerprint::of(leaf) => Ok(()),
                Some(
                    known @ KnownServer {
                        fingerprint: Some(before),
                        ..
                    },
                ) => Err(Rejected::as_changed(leaf, known, *before)),
                _ => Ok(()),
            },
            Judge::Custom(check) => {
                let presented = PresentedCertificate {
                    host: &self.host,
                    leaf,
                    intermediates: intermediates.iter().map(AsRef::as_ref).collect(),
                };
                let checked = check.check(&presented);
                checked.map_err(|reason| Rejected::by_check(leaf, &reason))
            }
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.judge(leaf, intermediates, name, ocsp, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(rejected) => Err(refused(rejected)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verified = verify_tls12_signature(message, leaf, signature, algorithms);
        verified.map_err(|error| blame_certificate(leaf, error))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verified = verify_tls13_signature(message, leaf, signature, algorithms);
        verified.map_err(|error| blame_certificate(leaf, error))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

fn refused(rejected: Rejected) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(rejected))).into()
}

/// A proof of the key also fails with `error` if the certificate itself cannot be used.
fn blame_certificate(leaf: &CertificateDer<'_>, error: rustls::Error) -> rustls::Error {
    Rejected::by_signature(leaf, &error).map_or(error, refused)
}
