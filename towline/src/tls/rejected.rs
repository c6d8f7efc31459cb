//! Rejected certificates, described in words that a user can act on.

use std::fmt;
use std::io;
use std::net::IpAddr;

use jiff::Timestamp;
use rustls::CertificateError;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::der_parser::Oid;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::issuers::{Issuers, Timeliness, is_authority, is_marked, most_below};
use crate::error::ErrorDetail;
use crate::fingerprint::{Fingerprint, Pin};
use crate::trust::KnownServer;

/// The shortest RSA key, in bits, whose signatures are verified.
const LEAST_RSA_BITS: usize = 2048;

/// A rejected certificate, and why it was rejected.
#[derive(Clone, Debug)]
pub(crate) struct Rejected {
    detail: ErrorDetail,
    fingerprint: Fingerprint,
    /// The pin of its key, if it can be read. Boxed, because errors should be small.
    pin: Option<Box<Pin>>,
    /// The reason in words.
    text: String,
}

impl Rejected {
    /// Rejected with `error` by the check of chain, name and validity.
    pub(super) fn by_chain(
        leaf: &CertificateDer<'_>,
        issuers: Issuers<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
        error: &rustls::Error,
    ) -> Self {
        let Ok((_, parsed)) = X509Certificate::from_der(leaf) else {
            return Self::unreadable(leaf);
        };
        let (detail, text) = match error {
            rustls::Error::InvalidCertificate(error) => {
                by_error(&parsed, issuers, name, now, error)
            }
            _ => not_acceptable(),
        };
        Self::new(leaf, detail, &text)
    }

    /// The server's proof that it holds the key failed with `error`. `None` if the proof is at
    /// fault rather than the certificate.
    pub(super) fn by_signature(leaf: &CertificateDer<'_>, error: &rustls::Error) -> Option<Self> {
        let rustls::Error::InvalidCertificate(error) = error else {
            return None;
        };
        let Ok((_, parsed)) = X509Certificate::from_der(leaf) else {
            return Some(Self::unreadable(leaf));
        };
        let (detail, text) = match error {
            CertificateError::BadSignature => short_key(&parsed)?,
            _ => old_version(&parsed).or_else(|| short_key(&parsed))?,
        };
        Some(Self::new(leaf, detail, &text))
    }

    /// Rejected because its key is not one of the pinned keys. If no pin would help, says so.
    pub(super) fn by_pin(leaf: &CertificateDer<'_>) -> Self {
        let fault = X509Certificate::from_der(leaf).ok();
        let fault = fault.and_then(|(_, leaf)| old_version(&leaf).or_else(|| short_key(&leaf)));
        if let Some((detail, text)) = fault {
            return Self::new(leaf, detail, &text);
        }
        match Pin::of(leaf) {
            Some(pin) => {
                let detail = ErrorDetail::PinMismatch { pin };
                Self::new(leaf, detail, &format!("its key is {pin}"))
            }
            None => Self::unreadable(leaf),
        }
    }

    /// Rejected because the server presented a different certificate before.
    pub(super) fn as_changed(
        leaf: &CertificateDer<'_>,
        known: &KnownServer,
        before: Fingerprint,
    ) -> Self {
        let issuer = |issuer: Option<String>| issuer.unwrap_or_else(|| "not recorded".to_owned());
        let text = format!(
            "since {:.0} it was {before} (issuer: {}), now it is {} (issuer: {})",
            known.added,
            issuer(known.issuer.clone()),
            Fingerprint::of(leaf),
            issuer(self::issuer(leaf)),
        );
        Self::new(leaf, ErrorDetail::CertificateChanged { before }, &text)
    }

    /// Rejected by the caller's own check, with its `reason`.
    pub(super) fn by_check(leaf: &CertificateDer<'_>, reason: &str) -> Self {
        Self::new(leaf, ErrorDetail::RefusedByCheck, reason)
    }

    fn unreadable(leaf: &CertificateDer<'_>) -> Self {
        Self::new(
            leaf,
            ErrorDetail::CertificateUnreadable,
            "it cannot be read",
        )
    }

    fn new(leaf: &CertificateDer<'_>, detail: ErrorDetail, text: &str) -> Self {
        Self {
            detail,
            fingerprint: Fingerprint::of(leaf),
            pin: Pin::of(leaf).map(Box::new),
            text: towline_proto::name::escape(text.as_bytes()),
        }
    }

    pub(crate) fn detail(&self) -> &ErrorDetail {
        &self.detail
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    pub(crate) fn pin(&self) -> Option<Pin> {
        self.pin.as_deref().copied()
    }

    /// Returns a summary that follows "the server's certificate".
    pub(crate) fn headline(&self) -> &'static str {
        match self.detail {
            ErrorDetail::WrongName { .. } | ErrorDetail::AddressAsHostName => "has the wrong name",
            ErrorDetail::Expired { .. } => "has expired",
            ErrorDetail::NotYetValid { .. } => "is not valid yet",
            ErrorDetail::UnknownIssuer { .. } => "comes from an unknown issuer",
            ErrorDetail::IssuerNotAuthority { .. } | ErrorDetail::ChainTooLong { .. } => {
                "comes from an issuer that may not issue it"
            }
            ErrorDetail::IssuerOutOfDate { .. } => "comes from an issuer that is not valid now",
            ErrorDetail::PinMismatch { .. } => "has none of the pinned keys",
            ErrorDetail::CertificateChanged { .. } => "is not the one that it showed before",
            _ => "is not acceptable",
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match self.detail {
            ErrorDetail::CertificateChanged { .. } => Ok(()),
            _ => write!(f, " (certificate {})", self.fingerprint),
        }
    }
}

impl std::error::Error for Rejected {}

/// A reason, with its text.
type Reason = (ErrorDetail, String);

fn by_error(
    leaf: &X509Certificate<'_>,
    issuers: Issuers<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
    error: &CertificateError,
) -> Reason {
    // Whatever else is wrong, nothing makes such a key acceptable.
    if let Some(reason) = short_key(leaf) {
        return reason;
    }
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            wrong_name(leaf, name)
        }
        // The error does not say which certificate of the chain it is about.
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. }
            if Timeliness::of(leaf, now).is_met() =>
        {
            issuers
                .first_fault(leaf, |issuer, _| out_of_date(issuer, now))
                .unwrap_or_else(not_acceptable)
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            let end = leaf.validity().not_after;
            match Timestamp::from_second(end.timestamp()) {
                Ok(at) => (ErrorDetail::Expired { at }, format!("it expired on {end}")),
                Err(_) => not_acceptable(),
            }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let begin = leaf.validity().not_before;
            let text = format!("it is not valid before {begin}");
            match Timestamp::from_second(begin.timestamp()) {
                Ok(from) => (ErrorDetail::NotYetValid { from }, text),
                Err(_) => not_acceptable(),
            }
        }
        CertificateError::UnknownIssuer => issuers
            .first_fault(leaf, |issuer, below| issuer_fault(issuer, below, now))
            .unwrap_or_else(|| unknown_issuer(leaf)),
        // An issuer of the same name is trusted, but has another key.
        CertificateError::BadSignature => issuers
            .first_fault(leaf, |issuer, below| issuer_fault(issuer, below, now))
            .unwrap_or_else(|| unknown_issuer(leaf)),
        CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id,
            ..
        }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id,
            ..
        } => unsupported_signature(leaf, signature_algorithm_id),
        CertificateError::Revoked => (ErrorDetail::Revoked, "it was revoked".to_owned()),
        CertificateError::BadEncoding => {
            let text = "it cannot be read".to_owned();
            (ErrorDetail::CertificateUnreadable, text)
        }
        _ => {
            if let Some(reason) = old_version(leaf) {
                reason
            } else if violates_name_constraints(error) {
                name_not_permitted(leaf, issuers)
            } else if let Some(reason) = issuers.first_fault(leaf, too_many_below) {
                reason
            } else if leaf.issuer() == leaf.subject() {
                // A self-signed certificate that is marked as a CA is rejected for that before its
                // issuer is checked.
                unknown_issuer(leaf)
            } else if matches!(
                error,
                CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. }
            ) {
                let text = "it is not meant for servers".to_owned();
                (ErrorDetail::WrongPurpose, text)
            } else if is_authority(leaf) {
                let text = "it is the certificate of an authority, not of a server".to_owned();
                (ErrorDetail::WrongPurpose, text)
            } else {
                not_acceptable()
            }
        }
    }
}

fn not_acceptable() -> Reason {
    let text = "it, or a certificate that issued it, cannot be verified".to_owned();
    (ErrorDetail::CertificateNotAcceptable, text)
}

fn unknown_issuer(leaf: &X509Certificate<'_>) -> Reason {
    let issuer = leaf.issuer().to_string();
    let text = match leaf.issuer() == leaf.subject() {
        true => format!("it is self-signed: {issuer}"),
        false => issuer.clone(),
    };
    let issuer = towline_proto::name::escape(issuer.as_bytes());
    (ErrorDetail::UnknownIssuer { issuer }, text)
}

/// A certificate must name an address as an IP address (RFC 9525 section 6.5), but many old
/// certificates name it as a DNS name.
fn wrong_name(leaf: &X509Certificate<'_>, name: &ServerName<'_>) -> Reason {
    let name = name.to_str();
    let names = names(leaf);
    if names.iter().any(|other| *other == name) {
        let text = format!("it names the address as a host name (DNS:{name})");
        return (ErrorDetail::AddressAsHostName, text);
    }
    let are = match names.is_empty() {
        true => format!("no name at all (subject {})", leaf.subject()),
        false => names.join(", "),
    };
    let text = format!("it is not for {name}, but for {are}");
    (ErrorDetail::WrongName { names }, text)
}

/// Whether an authority in the chain may not issue certificates for one of the names (RFC 5280 section
/// 4.2.1.10).
fn violates_name_constraints(error: &CertificateError) -> bool {
    let CertificateError::Other(error) = error else {
        return false;
    };
    matches!(
        error.0.downcast_ref(),
        Some(webpki::Error::NameConstraintViolation)
    )
}

fn name_not_permitted(leaf: &X509Certificate<'_>, issuers: Issuers<'_>) -> Reason {
    let named = issuers.first_fault(leaf, |issuer, _| {
        let constraints = issuer.name_constraints().ok().flatten()?;
        let constraints = constraints.value;
        (constraints.permitted_subtrees.is_some() || constraints.excluded_subtrees.is_some())
            .then(|| issuer.subject().to_string())
    });
    let names = names(leaf).join(", ");
    let by = named.as_ref().map_or_else(
        || "an authority in its chain".to_owned(),
        |issuer| format!("its authority {issuer}"),
    );
    let text =
        format!("{by} may not issue certificates for these names (name constraints): {names}");
    let issuer = named.map(|name| towline_proto::name::escape(name.as_bytes()));
    (ErrorDetail::NameNotPermitted { issuer }, text)
}

/// Returns the length of an RSA key that is too short for its signatures to be verified.
fn short_rsa(certificate: &X509Certificate<'_>) -> Option<usize> {
    match certificate.public_key().parsed().ok()? {
        PublicKey::RSA(key) if key.key_size() < LEAST_RSA_BITS => Some(key.key_size()),
        _ => None,
    }
}

/// Returns a reason if the server's own RSA key is too short.
fn short_key(leaf: &X509Certificate<'_>) -> Option<Reason> {
    let bits = short_rsa(leaf)?;
    let text = format!("the server's key is too short (RSA, {bits} bits)");
    Some((ErrorDetail::KeyTooShort { bits }, text))
}

/// Returns a reason if nothing that `issuer` has signed is accepted.
fn issuer_fault(issuer: &X509Certificate<'_>, below: u32, now: UnixTime) -> Option<Reason> {
    if let Some(bits) = short_rsa(issuer) {
        let text = format!("the key of its issuer is too short (RSA, {bits} bits)");
        return Some((ErrorDetail::KeyTooShort { bits }, text));
    }
    if !is_authority(issuer) {
        let name = issuer.subject().to_string();
        let text = match is_marked(issuer) {
            true => format!("the key of its issuer is not for certificates (keyCertSign): {name}"),
            false => format!("its issuer is not marked as an authority (CA:TRUE): {name}"),
        };
        let issuer = towline_proto::name::escape(name.as_bytes());
        return Some((ErrorDetail::IssuerNotAuthority { issuer }, text));
    }
    too_many_below(issuer, below).or_else(|| out_of_date(issuer, now))
}

/// Returns a reason if `issuer` allows fewer authorities between itself and a server than the
/// number that are `below` it.
fn too_many_below(issuer: &X509Certificate<'_>, below: u32) -> Option<Reason> {
    let most = most_below(issuer).filter(|most| below > *most)?;
    let name = issuer.subject().to_string();
    let text = format!(
        "there are more authorities in its chain than one of them allows (pathlen:{most}): {name}"
    );
    let issuer = towline_proto::name::escape(name.as_bytes());
    Some((ErrorDetail::ChainTooLong { issuer }, text))
}

/// Returns a reason if `issuer` is outside its validity period.
fn out_of_date(issuer: &X509Certificate<'_>, now: UnixTime) -> Option<Reason> {
    let validity = issuer.validity();
    let name = issuer.subject();
    let text = match Timeliness::of(issuer, now) {
        Timeliness::Met => return None,
        Timeliness::Over => format!("its issuer expired on {}: {name}", validity.not_after),
        Timeliness::NotYet => {
            format!(
                "its issuer is not valid before {}: {name}",
                validity.not_before
            )
        }
    };
    let issuer = towline_proto::name::escape(name.to_string().as_bytes());
    Some((ErrorDetail::IssuerOutOfDate { issuer }, text))
}

/// Returns a reason if the X.509 version is too old (RFC 5280 section 4.1.2.1).
fn old_version(leaf: &X509Certificate<'_>) -> Option<Reason> {
    let version = leaf.version().0 + 1;
    (version != 3).then(|| {
        let text = format!("it is of X.509 version {version}, and 3 is needed");
        (ErrorDetail::UnsupportedCertificateVersion { version }, text)
    })
}

/// `id` is the encoded content of an `AlgorithmIdentifier`, of the certificate or of an issuer.
fn unsupported_signature(leaf: &X509Certificate<'_>, id: &[u8]) -> Reason {
    let algorithm = algorithm_name(id).unwrap_or_else(|| "an unknown algorithm".to_owned());
    let own = leaf.signature_algorithm.algorithm.to_id_string();
    let is_own = Oid::from_der(id).is_ok_and(|(_, oid)| oid.to_id_string() == own);
    let which = if is_own {
        "it"
    } else {
        "its issuer's certificate"
    };
    let text = format!("{which} is signed with {algorithm}, which is not accepted");
    (ErrorDetail::UnsupportedSignature { algorithm }, text)
}

fn algorithm_name(id: &[u8]) -> Option<String> {
    let (_, oid) = Oid::from_der(id).ok()?;
    let oid = oid.to_id_string();
    let name = match oid.as_str() {
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" | "1.3.14.3.2.29" => {
            "SHA-1"
        }
        "1.2.840.113549.1.1.4" => "MD5",
        "1.2.840.113549.1.1.2" => "MD2",
        "1.2.840.113549.1.1.14" => "SHA-224",
        _ => return Some(oid),
    };
    Some(name.to_owned())
}

/// Returns the rejection inside the error of a handshake, if there is one.
pub(super) fn rejected(error: &io::Error) -> Option<Rejected> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref::<Rejected>().cloned()
        }
        _ => None,
    }
}

/// Returns the issuer of a certificate, if it can be parsed.
pub(super) fn issuer(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.issuer().to_string())
}

/// Returns the names that a certificate is valid for, up to a limit.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let names = alternatives
        .into_iter()
        .flat_map(|extension| &extension.value.general_names);
    let names = names.filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(towline_proto::name::escape(name.as_bytes())),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(IpAddr::from)
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from))
            .map(|ip| ip.to_string())
            .ok(),
        _ => None,
    });
    names.take(20).collect()
}

#[cfg(test)]
mod tests;
