//! Certificates, generated when a server starts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, PoisonError, RwLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};

use crate::StartError;
use crate::digest::hex;

/// The kind of certificate that a server shows.
///
/// All kinds except the last two are valid for the DNS name `localhost` and
/// the addresses `127.0.0.1` and `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum CertificateKind {
    /// Issued by a certificate authority created for this server.
    #[default]
    Issued,
    /// Self-signed and marked as an authority (`CA:TRUE`), as
    /// `openssl req -x509` creates it and many vendors ship it.
    SelfSigned,
    /// Issued like [`Issued`](Self::Issued), but expired.
    Expired,
    /// Issued like [`Issued`](Self::Issued), but for `elsewhere.invalid`.
    WrongName,
    /// Issued like [`Issued`](Self::Issued), but with the name `localhost` only
    /// as the subject's common name, as old authorities did.
    CommonNameOnly,
}

/// A server's certificate, its key, and the certificate that a client must
/// trust.
pub(crate) struct Identity {
    /// The certificate to trust, in PEM: the authority's, or the server's own
    /// if it is self-signed.
    pub(crate) ca_pem: String,
    /// The server's certificate in PEM.
    pub(crate) certificate_pem: String,
    pub(crate) shown: Arc<CertifiedKey>,
    /// Another certificate from the same authority, with another key.
    pub(crate) other: Arc<CertifiedKey>,
    /// The server's certificate, with a key that does not belong to it.
    pub(crate) without_key: Arc<CertifiedKey>,
}

impl Identity {
    pub(crate) fn new(
        kind: CertificateKind,
        provider: &CryptoProvider,
    ) -> Result<Self, StartError> {
        let authority = CertifiedIssuer::self_signed(authority_params(), KeyPair::generate()?)?;
        let (other, other_key) = leaf(CertificateKind::Issued, &authority)?;
        let (certificate, key) = leaf(kind, &authority)?;
        let stranger = other_key.serialize_der();
        Ok(Self {
            ca_pem: match kind {
                CertificateKind::SelfSigned => certificate.pem(),
                _ => authority.pem(),
            },
            certificate_pem: certificate.pem(),
            shown: certified(certificate.der(), key.serialize_der(), provider)?,
            other: certified(other.der(), stranger.clone(), provider)?,
            without_key: certified(certificate.der(), stranger, provider)?,
        })
    }

    /// Creates an identity from another server's certificate, in PEM, without
    /// its key.
    pub(crate) fn impostor(pem: &str, provider: &CryptoProvider) -> Result<Self, StartError> {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes());
        let certificate = certificate.map_err(StartError::encoding)?;
        let own = Self::new(CertificateKind::Issued, provider)?;
        let stranger = KeyPair::generate()?.serialize_der();
        let shown = certified(&certificate, stranger, provider)?;
        Ok(Self {
            ca_pem: pem.to_owned(),
            certificate_pem: pem.to_owned(),
            shown: shown.clone(),
            other: own.other,
            without_key: shown,
        })
    }
}

pub(crate) fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "testkit authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf(
    kind: CertificateKind,
    authority: &CertifiedIssuer<'_, KeyPair>,
) -> Result<(rcgen::Certificate, KeyPair), StartError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    let name = match kind {
        CertificateKind::WrongName => "elsewhere.invalid",
        _ => "localhost",
    };
    params.distinguished_name.push(DnType::CommonName, name);
    if kind != CertificateKind::CommonNameOnly {
        params
            .subject_alt_names
            .push(SanType::DnsName(name.try_into()?));
    }
    if !matches!(
        kind,
        CertificateKind::WrongName | CertificateKind::CommonNameOnly
    ) {
        for address in [
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::LOCALHOST),
        ] {
            params.subject_alt_names.push(SanType::IpAddress(address));
        }
    }
    if kind == CertificateKind::Expired {
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
    }
    let certificate = if kind == CertificateKind::SelfSigned {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.self_signed(&key)?
    } else {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.signed_by(&key, authority)?
    };
    Ok((certificate, key))
}

/// Combines a certificate and a key without checking that they match.
fn certified(
    certificate: &CertificateDer<'_>,
    key: Vec<u8>,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, StartError> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let key = provider.key_provider.load_private_key(key)?;
    let chain = vec![certificate.clone().into_owned()];
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

/// The certificate that handshakes show. It can change at any time.
#[derive(Debug)]
pub(crate) struct Showcase(RwLock<Arc<CertifiedKey>>);

impl Showcase {
    pub(crate) fn new(shown: Arc<CertifiedKey>) -> Arc<Self> {
        Arc::new(Self(RwLock::new(shown)))
    }

    pub(crate) fn show(&self, shown: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = shown;
    }
}

impl ResolvesServerCert for Showcase {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(shown.clone())
    }
}

/// Returns the SHA-256 digest of a certificate.
pub(crate) fn fingerprint(certificate: &[u8]) -> String {
    hex(&Sha256::digest(certificate))
}
