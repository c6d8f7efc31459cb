//! Whether a server's certificate is good, by whatever its user trusts.

use std::sync::{Arc, Mutex};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::failure::TlsError;
use super::platform::Platform;
use super::rejected::Rejected;
use crate::error::ErrorDetail;
use crate::fingerprint::{Fingerprint, Pin};
use crate::lock::lock;
use crate::trust::{Certificates, CheckCertificate, KnownServer, PresentedCertificate, Trust};

/// Verifies certificates, and always the proof that the server holds their key.
#[derive(Debug)]
pub(super) struct Verifier {
    judge: Judge,
    host: String,
    provider: Arc<CryptoProvider>,
}

/// Who decides whether a certificate is good.
#[derive(Debug)]
enum Judge {
    Platform(Platform),
    Anchors(Anchors),
    Pins(Vec<Pin>),
    /// What is known of the server, as [`Verifier::set_known`] was last told.
    FirstUse(Mutex<Option<KnownServer>>),
    Custom(Arc<dyn CheckCertificate>),
}

/// Certificates that a user trusts.
#[derive(Debug)]
struct Anchors {
    /// Verifies a chain up to one of them. `None` if none can be a root.
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// Certificates trusted as they are, whatever they say about themselves: `openssl req -x509`
    /// marks a server's own certificate as a CA, which a chain may not end with.
    listed: Vec<CertificateDer<'static>>,
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
                let text = "a list of pins without any";
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

    /// Says what is known of the server from here on, for trust on first use. The file is read by
    /// the caller, since a handshake may not wait for the disk.
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
        let by_chain = |error: rustls::Error| Rejected::by_chain(leaf, intermediates, name, &error);
        match &self.judge {
            Judge::Platform(platform) => platform
                .verify(leaf, intermediates, name, ocsp, now)
                .map_err(by_chain),
            Judge::Anchors(anchors) => anchors
                .verify(leaf, intermediates, name, now)
                .map_err(by_chain),
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

impl Anchors {
    fn new(certificates: &Certificates, provider: &Arc<CryptoProvider>) -> Self {
        let listed = certificates.ders().to_vec();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(listed.iter().cloned());
        let chain =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider)).build();
        let chain = chain.ok();
        Self { chain, listed }
    }

    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        if self.listed.iter().any(|listed| listed == leaf) {
            check_validity(leaf, now)?;
            return match verify_server_name(&ParsedCertificate::try_from(leaf)?, name) {
                Err(_) if is_common_name(leaf, name) => Ok(()),
                verdict => verdict,
            };
        }
        let Some(chain) = &self.chain else {
            return Err(CertificateError::UnknownIssuer.into());
        };
        match chain.verify_server_cert(leaf, intermediates, name, &[], now) {
            // Found only after the chain has been found good.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if is_common_name(leaf, name) && !self.constrains_names(intermediates) => Ok(()),
            verdict => verdict.map(drop),
        }
    }

    /// Whether an authority that may have issued the server's certificate is allowed some names only
    /// (RFC 5280 section 4.2.1.10). That is checked for alternative names and not for common ones,
    /// with which it could go beyond.
    fn constrains_names(&self, intermediates: &[CertificateDer<'_>]) -> bool {
        let mut authorities = self.listed.iter().chain(intermediates);
        authorities.any(|authority| {
            let parsed = X509Certificate::from_der(authority);
            !parsed.is_ok_and(|(_, parsed)| matches!(parsed.name_constraints(), Ok(None)))
        })
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

/// A proof of the key fails with `error` also where the certificate is one that cannot be used.
fn blame_certificate(leaf: &CertificateDer<'_>, error: rustls::Error) -> rustls::Error {
    Rejected::by_signature(leaf, &error).map_or(error, refused)
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

/// Whether a certificate without any alternative name has `name` as its one common name, letter by
/// letter, without wildcards (RFC 2818 section 3.1, which RFC 9525 ends for public authorities).
fn is_common_name(leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    let Ok((_, leaf)) = X509Certificate::from_der(leaf) else {
        return false;
    };
    if !matches!(leaf.subject_alternative_name(), Ok(None)) {
        return false;
    }
    let mut names = leaf.subject().iter_common_name();
    let common_name = names.next().and_then(|name| name.as_str().ok());
    let is_only = names.next().is_none();
    is_only && common_name.is_some_and(|common| common.eq_ignore_ascii_case(&name.to_str()))
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, GeneralSubtree, IsCa, Issuer, KeyPair,
        NameConstraints,
    };

    use super::*;

    /// An authority, and between it and a certificate for the common name `server.test` another one
    /// that may name only what is below `allowed`.
    fn is_accepted(allowed: Option<&str>) -> bool {
        let authority = |name: &str| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params
        };
        let key = || KeyPair::generate().expect("a key");
        let (root_key, key_between) = (key(), key());
        let root = authority("root");
        let listed = root.self_signed(&root_key).expect("a certificate");
        let root = Issuer::new(root, root_key);
        let mut between = authority("between");
        between.name_constraints = allowed.map(|name| NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName(name.to_owned())],
            excluded_subtrees: Vec::new(),
        });
        let intermediate = between.signed_by(&key_between, &root).expect("signed");
        let between = Issuer::new(between, key_between);
        let mut leaf = CertificateParams::default();
        leaf.distinguished_name
            .push(DnType::CommonName, "server.test");
        let leaf = leaf.signed_by(&key(), &between).expect("signed");

        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let listed = Certificates::from_der([listed.der().to_vec()]).expect("a certificate");
        let anchors = Anchors::new(&listed, &provider);
        let name = ServerName::try_from("server.test").expect("a name");
        let intermediates = [intermediate.der().clone()];
        let verdict = anchors.verify(leaf.der(), &intermediates, &name, UnixTime::now());
        verdict.is_ok()
    }

    #[test]
    fn a_common_name_does_not_evade_constraints_on_names() {
        assert!(is_accepted(None));
        assert!(!is_accepted(Some("elsewhere.test")));
    }
}
