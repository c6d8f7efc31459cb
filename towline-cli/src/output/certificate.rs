//! What a certificate says, as text.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use towline::probe::Certificate;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
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
}

impl Described {
    /// Describes a certificate. Returns `None` if it cannot be read.
    pub(crate) fn of(certificate: &Certificate) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate.der()).ok()?;
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
        let validity = parsed.validity();
        let time = |time: &ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        Some(Self {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            names: names.unwrap_or_default(),
            valid_from: time(&validity.not_before),
            valid_until: time(&validity.not_after),
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
