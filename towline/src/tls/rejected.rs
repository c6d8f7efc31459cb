//! A certificate that was refused, in words that a person can do something with.

use std::fmt;
use std::io;
use std::net::IpAddr;

use rustls::CertificateError;
use rustls_pki_types::{CertificateDer, ServerName};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::fingerprint::{Fingerprint, Pin};
use crate::trust::KnownServer;

/// A certificate that was refused, and why.
#[derive(Clone, Debug)]
pub(crate) struct Rejected {
    reason: Rejection,
    fingerprint: Fingerprint,
    detail: String,
}

/// The kinds of refusal that a person can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    WrongName,
    Expired,
    NotYetValid,
    UnknownIssuer,
    WrongKey,
    Changed,
    Other,
}

impl Rejected {
    /// Refused with `error` by a check of chain, name and time.
    pub(super) fn by_chain(
        leaf: &CertificateDer<'_>,
        name: &ServerName<'_>,
        error: &rustls::Error,
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
        Self::new(leaf, reason, &detail)
    }

    /// Refused because its key is none of those that were pinned.
    pub(super) fn by_pin(leaf: &CertificateDer<'_>) -> Self {
        let detail = match Pin::of(leaf) {
            Some(pin) => format!("its key is {pin}"),
            None => "it cannot be read".to_owned(),
        };
        Self::new(leaf, Rejection::WrongKey, &detail)
    }

    /// Refused because the server has shown another one before.
    pub(super) fn as_changed(
        leaf: &CertificateDer<'_>,
        known: &KnownServer,
        before: Fingerprint,
    ) -> Self {
        let issuer = |issuer: Option<String>| issuer.unwrap_or_else(|| "not recorded".to_owned());
        let detail = format!(
            "since {:.0} it was {before} (issuer: {}), now it is {} (issuer: {})",
            known.added,
            issuer(known.issuer.clone()),
            Fingerprint::of(leaf),
            issuer(self::issuer(leaf)),
        );
        Self::new(leaf, Rejection::Changed, &detail)
    }

    /// Refused for any other reason.
    pub(super) fn because(leaf: &CertificateDer<'_>, detail: &str) -> Self {
        Self::new(leaf, Rejection::Other, detail)
    }

    fn new(leaf: &CertificateDer<'_>, reason: Rejection, detail: &str) -> Self {
        Self {
            reason,
            fingerprint: Fingerprint::of(leaf),
            detail: towline_proto::name::escape(detail.as_bytes()),
        }
    }

    pub(crate) fn reason(&self) -> Rejection {
        self.reason
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        match self.reason {
            Rejection::Changed => Ok(()),
            _ => write!(f, " (certificate {})", self.fingerprint),
        }
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

/// Who issued a certificate, as far as it can be read.
pub(super) fn issuer(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.issuer().to_string())
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
