//! Chains of certificates up to authorities that the user trusts.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::issuers::{is_authority, most_below};

/// Verifies chains up to some authorities.
#[derive(Debug)]
pub(super) struct Chain {
    verifier: Arc<WebPkiServerVerifier>,
    /// Each authority, and how many others may be below it.
    anchors: Vec<(TrustAnchor<'static>, Option<u32>)>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Chain {
    /// Returns a verifier for chains up to the certificates among `authorities` that can be read.
    /// `None` if there is none.
    pub(super) fn up_to<'c>(
        authorities: impl Iterator<Item = &'c CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Option<Self> {
        let anchors = authorities.filter_map(|der| {
            let anchor = webpki::anchor_from_trusted_cert(der).ok()?.to_owned();
            let (_, parsed) = X509Certificate::from_der(der).ok()?;
            Some((anchor, most_below(&parsed)))
        });
        let anchors: Vec<_> = anchors.collect();
        let roots: RootCertStore = anchors.iter().map(|(anchor, _)| anchor.clone()).collect();
        let provider = Arc::clone(provider);
        let algorithms = provider.signature_verification_algorithms;
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider);
        Some(Self {
            verifier: verifier.build().ok()?,
            anchors,
            algorithms,
        })
    }

    /// Verifies that one of the authorities has issued `leaf`, by way of `intermediates`, for
    /// `name`. The name comes last: an error about it means that the rest is in order.
    pub(super) fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        let verified = self
            .verifier
            .verify_server_cert(leaf, intermediates, name, &[], now);
        let is_built = verified.as_ref().map_or_else(is_about_name, |_| true);
        if is_built && !intermediates.is_empty() && !self.may_be_issued(leaf, intermediates, now) {
            return Err(CertificateError::UnknownIssuer.into());
        }
        verified.map(drop)
    }

    /// Whether there is a chain whose authorities may all issue what is below them: the verifier
    /// checks neither the key usage of intermediate authorities nor the path length of the topmost
    /// one (RFC 5280 sections 4.2.1.3 and 4.2.1.9).
    fn may_be_issued(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        let Ok(leaf) = EndEntityCert::try_from(leaf) else {
            return false;
        };
        let anchors: Vec<_> = self
            .anchors
            .iter()
            .map(|(anchor, _)| anchor.clone())
            .collect();
        let check = |path: &VerifiedPath<'_>| match self.is_permitted(path) {
            true => Ok(()),
            false => Err(webpki::Error::PathLenConstraintViolated),
        };
        let (algorithms, usage) = (self.algorithms.all, KeyUsage::server_auth());
        leaf.verify_for_usage(
            algorithms,
            &anchors,
            intermediates,
            now,
            usage,
            None,
            Some(&check),
        )
        .is_ok()
    }

    fn is_permitted(&self, path: &VerifiedPath<'_>) -> bool {
        let mut below = 0;
        for authority in path.intermediate_certificates() {
            let der = authority.der();
            let Ok((_, parsed)) = X509Certificate::from_der(&der) else {
                return false;
            };
            if !is_authority(&parsed) {
                return false;
            }
            // Certificates that an authority issues to itself do not count.
            below += u32::from(parsed.subject() != parsed.issuer());
        }
        let mut topmost = self.anchors.iter();
        topmost
            .any(|(anchor, most)| anchor == path.anchor() && most.is_none_or(|most| below <= most))
    }
}

/// Whether the error is about the name alone.
pub(super) fn is_about_name(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
    )
}
