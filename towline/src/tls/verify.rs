//! Whom we trust: the platform's store, or the certificates in a file.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::TlsError;
use crate::config::Trust;

/// Verifies certificates, and always the proof that the server holds their key.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Verifies a chain up to a trusted root. `None` if nothing in the file can be a root.
    chain: Option<Arc<dyn ServerCertVerifier>>,
    /// Certificates trusted as they are, whatever they say about themselves: `openssl req -x509`
    /// marks a server's own certificate as a CA, which a chain may not end with.
    listed: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(super) fn new(trust: &Trust, provider: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let (chain, listed): (Option<Arc<dyn ServerCertVerifier>>, _) = match trust {
            Trust::Platform => {
                let platform = rustls_platform_verifier::Verifier::new(Arc::clone(provider))
                    .map_err(|error| {
                        TlsError::Setup(format!("the platform's certificate store: {error}"))
                    })?;
                (Some(Arc::new(platform)), Vec::new())
            }
            Trust::CaFile(path) => {
                let listed = read_certificates(path)?;
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(listed.iter().cloned());
                let chain =
                    WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider))
                        .build();
                (chain.ok().map(|chain| chain as _), listed)
            }
        };
        Ok(Self {
            chain,
            listed,
            provider: Arc::clone(provider),
        })
    }

    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.listed.iter().any(|listed| listed == leaf) {
            check_validity(leaf, now)?;
            verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        match &self.chain {
            Some(chain) => chain.verify_server_cert(leaf, intermediates, name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
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
        self.verify(leaf, intermediates, name, ocsp, now)
            .map_err(|error| {
                let rejected = Rejected::new(leaf, name, &error, &self.provider);
                CertificateError::Other(OtherError(Arc::new(rejected))).into()
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, leaf, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, leaf, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// A certificate that was refused, and why.
#[derive(Clone, Debug)]
pub(crate) struct Rejected {
    reason: Rejection,
    /// `SHA256:` and the certificate's hash, as `openssl x509 -fingerprint` writes it.
    fingerprint: String,
    detail: String,
}

/// The kinds of refusal that a person can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    WrongName,
    Expired,
    NotYetValid,
    UnknownIssuer,
    Other,
}

impl Rejected {
    fn new(
        leaf: &CertificateDer<'_>,
        name: &ServerName<'_>,
        error: &rustls::Error,
        provider: &CryptoProvider,
    ) -> Self {
        let reason = match error {
            rustls::Error::InvalidCertificate(error) => match error {
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => Rejection::WrongName,
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    Rejection::Expired
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    Rejection::NotYetValid
                }
                // A bad signature: an issuer of the same name is trusted, but with another key.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    Rejection::UnknownIssuer
                }
                _ => Rejection::Other,
            },
            _ => Rejection::Other,
        };
        let parsed = X509Certificate::from_der(leaf)
            .ok()
            .map(|(_, parsed)| parsed);
        // One that signed itself and calls itself a CA is refused as such before its issuer counts.
        let signed_itself = |leaf: &X509Certificate<'_>| leaf.issuer() == leaf.subject();
        let reason = match reason {
            Rejection::Other if parsed.as_ref().is_some_and(signed_itself) => {
                Rejection::UnknownIssuer
            }
            reason => reason,
        };
        let detail = match (reason, &parsed) {
            (Rejection::WrongName, Some(leaf)) => {
                format!("it is not for {}, but for {}", name.to_str(), names(leaf))
            }
            (Rejection::Expired, Some(leaf)) => {
                format!("it expired on {}", leaf.validity().not_after)
            }
            (Rejection::NotYetValid, Some(leaf)) => {
                format!("it is not valid before {}", leaf.validity().not_before)
            }
            (Rejection::UnknownIssuer, Some(leaf)) => {
                format!("its issuer is not trusted: {}", leaf.issuer())
            }
            _ => error.to_string(),
        };
        Self {
            reason,
            fingerprint: fingerprint(leaf, provider),
            detail: towline_proto::name::escape(detail.as_bytes()),
        }
    }

    pub(crate) fn reason(&self) -> Rejection {
        self.reason
    }

    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            detail,
            fingerprint,
            ..
        } = self;
        write!(f, "{detail} (certificate {fingerprint})")
    }
}

impl std::error::Error for Rejected {}

/// The refusal inside an error that came out of a handshake.
pub(super) fn rejected(error: &io::Error) -> Option<Rejected> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref::<Rejected>().cloned()
        }
        _ => None,
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let at = path.display();
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| TlsError::Setup(format!("cannot read certificates from {at}: {error}")))?;
    if certificates.is_empty() {
        return Err(TlsError::Setup(format!("there is no certificate in {at}")));
    }
    Ok(certificates)
}

fn check_validity(leaf: &CertificateDer<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let (_, leaf) = X509Certificate::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < leaf.validity().not_before.timestamp() {
        Err(CertificateError::NotValidYet)
    } else if now > leaf.validity().not_after.timestamp() {
        Err(CertificateError::Expired)
    } else {
        Ok(())
    }
}

/// The names that a certificate is for, in words.
fn names(certificate: &X509Certificate<'_>) -> String {
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let names: Vec<String> = alternatives
        .into_iter()
        .flat_map(|extension| &extension.value.general_names)
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from))
                .map(|ip| ip.to_string())
                .ok(),
            _ => None,
        })
        .take(20)
        .collect();
    if names.is_empty() {
        format!("no name at all (subject {})", certificate.subject())
    } else {
        names.join(", ")
    }
}

fn fingerprint(certificate: &CertificateDer<'_>, provider: &CryptoProvider) -> String {
    use rustls::crypto::hash::HashAlgorithm;
    let sha256 = provider.cipher_suites.iter().find_map(|suite| {
        let hash = suite.tls13()?.common.hash_provider;
        (hash.algorithm() == HashAlgorithm::SHA256).then_some(hash)
    });
    let Some(sha256) = sha256 else {
        return "without a fingerprint".to_owned();
    };
    let hash = sha256.hash(certificate);
    let hex: Vec<String> = hash.as_ref().iter().map(|b| format!("{b:02X}")).collect();
    format!("SHA256:{}", hex.join(":"))
}
