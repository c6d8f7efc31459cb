//! What a server's certificates say.

use jiff::Timestamp;
use towline::probe::{Certificate, Secured, Verification};
use x509_parser::prelude::{FromDer as _, GeneralName, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::step::Step;

/// Certificates that expire within this many days are warned of.
const EARLY: i64 = 30;

const DAY: i64 = 24 * 60 * 60;

/// A certificate as text.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) names: Vec<String>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) key: String,
    pub(crate) signature: String,
    pub(crate) fingerprint: String,
    pub(crate) pin: Option<String>,
}

/// Describes a certificate. Returns `None` if it cannot be read.
pub(super) fn describe(certificate: &Certificate) -> Option<Described> {
    let (_, parsed) = X509Certificate::from_der(certificate.der()).ok()?;
    let validity = parsed.validity();
    let time = |time: &x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
    let algorithm = parsed.signature_algorithm.algorithm.to_id_string();
    Some(Described {
        subject: parsed.subject().to_string(),
        issuer: parsed.issuer().to_string(),
        names: names(&parsed),
        from: time(&validity.not_before),
        until: time(&validity.not_after),
        key: key(&parsed),
        signature: signature(&algorithm).map_or(algorithm, str::to_owned),
        fingerprint: certificate.fingerprint().to_string(),
        pin: certificate.pin().map(|pin| pin.to_string()),
    })
}

/// The step about the certificate in `secured`, with the reason why it was refused.
pub(super) fn step(secured: &Secured, refusal: Option<(&towline::Error, Step)>) -> Step {
    let Some(own) = secured.chain.first() else {
        return Step::skipped("certificate", "no certificate arrived");
    };
    let mut step = match (secured.verification, refusal) {
        (_, Some((_, step))) => step,
        (Verification::Accepted, None) => Step::good("certificate", "trusted"),
        _ => Step::skipped("certificate", "not verified"),
    };
    let Some(described) = describe(own) else {
        return step.and("it cannot be read");
    };
    step = step.and(format!("subject {}", described.subject));
    if !described.names.is_empty() {
        step = step.and(format!("names {}", described.names.join(", ")));
    }
    step = step.and(format!(
        "issuer {}; {} in the chain",
        described.issuer,
        match secured.chain.len() {
            1 => "1 certificate".to_owned(),
            count => format!("{count} certificates"),
        }
    ));
    step = step.and(format!(
        "{}, signed with {}",
        described.key, described.signature
    ));
    if let (Some(from), Some(until)) = (described.from, described.until) {
        let days = (until.as_second() - Timestamp::now().as_second()) / DAY;
        let line = format!("valid from {} to {} ({days} days)", date(from), date(until));
        step = match days {
            0..EARLY => step
                .and(line.clone())
                .shows("certificate-expires-soon", line),
            _ => step.and(line),
        };
    }
    if let Some(pin) = described.pin {
        step = step.and(format!("pin {pin}"));
    }
    step
}

/// The day of a time, in UTC.
pub(crate) fn date(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for extension in certificate.extensions() {
        if let ParsedExtension::SubjectAlternativeName(all) = extension.parsed_extension() {
            names.extend(all.general_names.iter().filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
                GeneralName::IPAddress(bytes) => {
                    let bytes = <[u8; 16]>::try_from(*bytes).ok()?;
                    Some(std::net::Ipv6Addr::from(bytes).to_string())
                }
                _ => None,
            }));
        }
    }
    names
}

fn key(certificate: &X509Certificate<'_>) -> String {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA key of {} bits", key.key_size()),
        Ok(PublicKey::EC(point)) => format!("EC key of {} bits", point.key_size()),
        _ => "key of another kind".to_owned(),
    }
}

fn signature(algorithm: &str) -> Option<&'static str> {
    Some(match algorithm {
        "1.2.840.113549.1.1.4" => "MD5 and RSA",
        "1.2.840.113549.1.1.5" => "SHA-1 and RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA-256 and RSA",
        "1.2.840.113549.1.1.12" => "SHA-384 and RSA",
        "1.2.840.113549.1.1.13" => "SHA-512 and RSA",
        "1.2.840.10045.4.3.2" => "SHA-256 and ECDSA",
        "1.2.840.10045.4.3.3" => "SHA-384 and ECDSA",
        "1.2.840.10045.4.3.4" => "SHA-512 and ECDSA",
        "1.3.101.112" => "Ed25519",
        _ => return None,
    })
}
