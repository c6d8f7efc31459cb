//! The certificates that a user trusts: authorities, and servers' own.

use std::sync::Arc;

use rustls::CertificateError;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::server::ParsedCertificate;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::chain::{Chain, is_about_name};
use super::issuers::{Timeliness, is_authority};
use crate::trust::Certificates;

/// The certificates that the user trusts.
#[derive(Debug)]
pub(super) struct Anchors {
    provider: Arc<CryptoProvider>,
    /// Every certificate is trusted when presented itself, whatever its extensions say. `openssl
    /// req -x509` marks a server's own certificate as a CA, which must not be the leaf of a chain.
    listed: Vec<CertificateDer<'static>>,
    /// Verifies a chain up to an authority. `None` if none is listed.
    chain: Option<Arc<Chain>>,
}

impl Anchors {
    pub(super) fn new(certificates: &Certificates, provider: &Arc<CryptoProvider>) -> Self {
        let mut anchors = Self {
            provider: Arc::clone(provider),
            listed: certificates.ders().to_vec(),
            chain: None,
        };
        anchors.chain = anchors.up_to(|_| true);
        anchors
    }

    /// Returns all certificates, authorities or not.
    pub(super) fn listed(&self) -> &[CertificateDer<'static>] {
        &self.listed
    }

    /// Returns a verifier for chains up to the authorities that `is_wanted`. The holder of any
    /// other certificate could issue certificates for every name.
    fn up_to(&self, is_wanted: impl Fn(&X509Certificate<'_>) -> bool) -> Option<Arc<Chain>> {
        let authorities = self.listed.iter().filter(|listed| {
            let parsed = X509Certificate::from_der(listed);
            parsed.is_ok_and(|(_, parsed)| is_authority(&parsed) && is_wanted(&parsed))
        });
        Chain::up_to(authorities, &self.provider).map(Arc::new)
    }

    /// Returns the verifier for chains at `now`. It does not check the validity of a root itself.
    fn chain(&self, now: UnixTime) -> Option<Arc<Chain>> {
        let is_timely = |listed: &X509Certificate<'_>| Timeliness::of(listed, now).is_met();
        let all_are_timely = self.listed.iter().all(|listed| {
            let parsed = X509Certificate::from_der(listed);
            parsed.is_ok_and(|(_, parsed)| is_timely(&parsed))
        });
        match all_are_timely {
            true => self.chain.clone(),
            false => self.up_to(is_timely),
        }
    }

    pub(super) fn verify(
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
        let Some(chain) = self.chain(now) else {
            return Err(CertificateError::UnknownIssuer.into());
        };
        match chain.verify(leaf, intermediates, name, now) {
            // This check runs only after the chain has been verified.
            Err(error)
                if is_about_name(&error)
                    && is_common_name(leaf, name)
                    && !self.constrains_names(intermediates) =>
            {
                Ok(())
            }
            verdict => verdict,
        }
    }

    /// Whether an authority that may have issued the server's certificate has name constraints (RFC
    /// 5280 section 4.2.1.10). They are checked for alternative names but not for common names, so
    /// a common name could evade them.
    fn constrains_names(&self, intermediates: &[CertificateDer<'_>]) -> bool {
        let mut authorities = self.listed.iter().chain(intermediates);
        authorities.any(|authority| {
            let parsed = X509Certificate::from_der(authority);
            !parsed.is_ok_and(|(_, parsed)| matches!(parsed.name_constraints(), Ok(None)))
        })
    }
}

fn check_validity(leaf: &CertificateDer<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let (_, leaf) = X509Certificate::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
    match Timeliness::of(&leaf, now) {
        Timeliness::Met => Ok(()),
        Timeliness::NotYet => Err(CertificateError::NotValidYet),
        Timeliness::Over => Err(CertificateError::Expired),
    }
}

/// Whether a certificate without alternative names has `name` as its only common name, compared
/// literally, without wildcards (RFC 2818 section 3.1, which RFC 9525 ends for public authorities).
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
mod tests;
