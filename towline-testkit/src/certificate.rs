//! Certificates made on the spot.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::StartError;

/// What kind of certificate a server shows.
///
/// All but [`WrongName`](Self::WrongName) are for the DNS name `localhost`
/// and the addresses `127.0.0.1` and `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum CertificateKind {
    /// Issued by a certificate authority made for this server.
    #[default]
    Issued,
    /// Signed by itself and marked as an authority (`CA:TRUE`), as
    /// `openssl req -x509` makes it and as many vendors ship it.
    SelfSigned,
    /// Issued like [`Issued`](Self::Issued), but no longer valid.
    Expired,
    /// Issued like [`Issued`](Self::Issued), but for `elsewhere.invalid`.
    WrongName,
}

/// A server's certificate, its key and what a client must trust.
pub(crate) struct Identity {
    /// The certificate to trust, in PEM: the authority's, or the server's own
    /// where it is signed by itself.
    pub(crate) ca_pem: String,
    /// The server's certificate in PEM.
    pub(crate) certificate_pem: String,
    /// What a `rustls` server presents.
    pub(crate) resolver: Arc<SingleCertAndKey>,
    /// Another certificate from the same authority, with another key.
    pub(crate) other: Arc<SingleCertAndKey>,
}

impl Identity {
    pub(crate) fn new(
        kind: CertificateKind,
        provider: &CryptoProvider,
    ) -> Result<Self, StartError> {
        let authority = CertifiedIssuer::self_signed(authority_params(), KeyPair::generate()?)?;
        let (other, other_key) = leaf(CertificateKind::Issued, &authority)?;
        let (certificate, key) = leaf(kind, &authority)?;
        Ok(Self {
            ca_pem: match kind {
                CertificateKind::SelfSigned => certificate.pem(),
                _ => authority.pem(),
            },
            certificate_pem: certificate.pem(),
            resolver: resolver(&certificate, &key, provider)?,
            other: resolver(&other, &other_key, provider)?,
        })
    }
}

fn authority_params() -> CertificateParams {
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
    params
        .subject_alt_names
        .push(SanType::DnsName(name.try_into()?));
    if kind != CertificateKind::WrongName {
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

fn resolver(
    certificate: &rcgen::Certificate,
    key: &KeyPair,
    provider: &CryptoProvider,
) -> Result<Arc<SingleCertAndKey>, StartError> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let certified = CertifiedKey::from_der(vec![certificate.der().clone()], key, provider)?;
    Ok(Arc::new(SingleCertAndKey::from(certified)))
}
