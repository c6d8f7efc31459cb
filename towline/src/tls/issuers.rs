//! The certificates that may have issued a server's certificate, and which of them is at fault.

use rustls_pki_types::{CertificateDer, UnixTime};
use x509_parser::prelude::{FromDer, X509Certificate};

/// More issuers than any chain has.
const LONGEST_CHAIN: usize = 8;

/// Whether a certificate is within its validity period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timeliness {
    NotYet,
    Met,
    Over,
}

impl Timeliness {
    pub(super) fn of(certificate: &X509Certificate<'_>, now: UnixTime) -> Self {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let validity = certificate.validity();
        if now < validity.not_before.timestamp() {
            Self::NotYet
        } else if now > validity.not_after.timestamp() {
            Self::Over
        } else {
            Self::Met
        }
    }

    pub(super) fn is_met(self) -> bool {
        self == Self::Met
    }
}

/// Whether a certificate may issue others: it is marked as an authority, and its key may sign
/// certificates.
pub(super) fn is_authority(certificate: &X509Certificate<'_>) -> bool {
    is_marked(certificate) && may_sign(certificate)
}

/// Whether a certificate is marked as an authority (`CA:TRUE`, RFC 5280 section 4.2.1.9).
pub(super) fn is_marked(certificate: &X509Certificate<'_>) -> bool {
    matches!(
        certificate.basic_constraints(),
        Ok(Some(constraints)) if constraints.value.ca
    )
}

/// Whether the key of a certificate may sign certificates (RFC 5280 section 4.2.1.3).
fn may_sign(certificate: &X509Certificate<'_>) -> bool {
    match certificate.key_usage() {
        Ok(Some(usage)) => usage.value.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// Returns how many authorities may be between this one and the certificate of a server, if that is
/// limited (RFC 5280 section 4.2.1.9).
pub(super) fn most_below(authority: &X509Certificate<'_>) -> Option<u32> {
    let constraints = authority.basic_constraints().ok().flatten()?;
    constraints.value.path_len_constraint
}

/// The certificates that may have issued a server's certificate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Issuers<'a> {
    /// The certificates that the server sent with its own.
    pub(super) shown: &'a [CertificateDer<'a>],
    /// The certificates that the user trusts.
    pub(super) listed: &'a [CertificateDer<'a>],
}

impl<'a> Issuers<'a> {
    /// Follows the names of issuers from `leaf` upwards, and returns the first fault that `fault`
    /// finds in one, given the number of authorities below it. A fault of an issuer counts only if
    /// every certificate of that name has one.
    pub(super) fn first_fault<R>(
        &self,
        leaf: &X509Certificate<'_>,
        fault: impl Fn(&X509Certificate<'a>, u32) -> Option<R>,
    ) -> Option<R> {
        let mut name = leaf.issuer().as_raw().to_vec();
        let mut below = 0;
        for _ in 0..LONGEST_CHAIN {
            let mut next = None;
            let mut found = None;
            for (issuer, is_listed) in self.named(&name) {
                match fault(&issuer, below) {
                    Some(fault) => found = found.or(Some(fault)),
                    // A chain ends with a certificate that the user trusts.
                    None if is_listed => return None,
                    None => next = Some(issuer.issuer().as_raw().to_vec()),
                }
            }
            match next {
                Some(next) if next != name => {
                    name = next;
                    below += 1;
                }
                Some(_) => return None,
                None => return found,
            }
        }
        None
    }

    /// Returns the certificates with this subject, and whether the user trusts them.
    fn named(&self, subject: &[u8]) -> impl Iterator<Item = (X509Certificate<'a>, bool)> {
        let listed = self.listed.iter().map(|listed| (listed, true));
        let shown = self.shown.iter().map(|shown| (shown, false));
        listed.chain(shown).filter_map(move |(der, is_listed)| {
            let (_, parsed) = X509Certificate::from_der(der).ok()?;
            (parsed.subject().as_raw() == subject).then_some((parsed, is_listed))
        })
    }
}
