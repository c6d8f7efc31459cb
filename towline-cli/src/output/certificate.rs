//! What a certificate says, as text.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use towline::probe::Certificate;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;

/// A certificate as text. Texts are not escaped.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// Host names and addresses that it is for.
    pub(crate) names: Vec<String>,
    pub(crate) valid_from: Option<Timestamp>,
    pub(crate) valid_until: Option<Timestamp>,
    /// The kind and the length of the key.
    pub(crate) key: String,
    /// The algorithm of the issuer's signature.
    pub(crate) signature: String,
    pub(crate) fingerprint: String,
    pub(crate) pin: Option<String>,
}

impl Described {
    /// Describes a certificate. Returns `None` if it cannot be read.
    pub(crate) fn of(certificate: &Certificate) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate.der()).ok()?;
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
        let validity = parsed.validity();
        let time = |time: &ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        let algorithm = parsed.signature_algorithm.algorithm.to_id_string();
        Some(Self {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            names: names.unwrap_or_default(),
            valid_from: time(&validity.not_before),
            valid_until: time(&validity.not_after),
            key: key(&parsed),
            signature: signature(&algorithm).map_or(algorithm, str::to_owned),
            fingerprint: certificate.fingerprint().to_string(),
            pin: certificate.pin().map(|pin| pin.to_string()),
        })
    }
}

/// A name that a server can have.
fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
            Ok(address) => Some(Ipv4Addr::from(address).to_string()),
            Err(_) => {
                let address = <[u8; 16]>::try_from(*bytes).ok()?;
                Some(Ipv6Addr::from(address).to_string())
            }
        },
        _ => None,
    }
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
