//! Hashes by which a person recognises a certificate or its public key.

use std::error::Error as StdError;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The SHA-256 hash of a public key (its `SubjectPublicKeyInfo`), written `sha256//BASE64` as
/// curl does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pin([u8; 32]);

impl Pin {
    /// The pin of a certificate (DER); `None` if it cannot be read.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
        Some(Self(Sha256::digest(certificate.public_key().raw).into()))
    }
}

impl FromStr for Pin {
    type Err = ParsePinError;

    fn from_str(text: &str) -> Result<Self, ParsePinError> {
        let hash = text
            .strip_prefix("sha256//")
            .and_then(|hash| STANDARD.decode(hash).ok())
            .and_then(|hash| hash.try_into().ok());
        hash.map(Self).ok_or_else(|| ParsePinError {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256//{}", STANDARD.encode(self.0))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Pin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The SHA-256 hash of a certificate, written `SHA256:0A:1B:...` as
/// `openssl x509 -fingerprint -sha256` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a certificate (DER).
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    /// Reads 64 hexadecimal digits, with or without colons and the prefix, in any case.
    fn from_str(text: &str) -> Result<Self, ParseFingerprintError> {
        let digits = match text.get(..7) {
            Some(prefix) if prefix.eq_ignore_ascii_case("sha256:") => &text[7..],
            _ => text,
        };
        let digits: String = digits.chars().filter(|letter| *letter != ':').collect();
        let mut hash = [0; 32];
        let is_hex = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        for (index, byte) in hash.iter_mut().enumerate().filter(|_| is_hex) {
            let pair = &digits[2 * index..2 * index + 2];
            *byte = u8::from_str_radix(pair, 16).unwrap_or_default();
        }
        is_hex
            .then_some(Self(hash))
            .ok_or_else(|| ParseFingerprintError {
                text: text.to_owned(),
            })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SHA256")?;
        self.0.iter().try_for_each(|byte| write!(f, ":{byte:02X}"))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text is not a [`Pin`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsePinError {
    text: String,
}

impl fmt::Display for ParsePinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        write!(
            f,
            "{text:?} is not a pin: write sha256// and 44 characters of base64"
        )
    }
}

impl StdError for ParsePinError {}

/// A text is not a [`Fingerprint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseFingerprintError {
    text: String,
}

impl fmt::Display for ParseFingerprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        write!(
            f,
            "{text:?} is not a SHA-256 fingerprint: write 64 hexadecimal digits"
        )
    }
}

impl StdError for ParseFingerprintError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let fingerprint = Fingerprint::of(b"a certificate");
        let text = fingerprint.to_string();
        assert_eq!(text.len(), "SHA256".len() + 32 * 3);
        for text in [
            text.clone(),
            text.to_lowercase(),
            text[7..].to_owned(),
            text[7..].replace(':', ""),
        ] {
            assert_eq!(text.parse::<Fingerprint>().unwrap(), fingerprint, "{text}");
        }
        let pin = Pin([7; 32]);
        assert_eq!(pin.to_string().parse::<Pin>().unwrap(), pin);
    }

    #[test]
    fn refuses_what_is_no_hash() {
        let text = Fingerprint::of(b"").to_string();
        for wrong in ["", "SHA256:", "SHA256:0A", &text[..text.len() - 1], "é:"] {
            assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
        }
        for wrong in ["", "sha256//", "sha256//AAAA", "AAAA", "sha1//AAAA"] {
            assert!(wrong.parse::<Pin>().is_err(), "{wrong}");
        }
    }

    /// As `openssl x509 -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256` does.
    #[test]
    fn pins_the_public_key() {
        let key = rcgen::KeyPair::generate().unwrap();
        let one = rcgen::CertificateParams::new(["a.test".to_owned()]).unwrap();
        let two = rcgen::CertificateParams::new(["b.test".to_owned()]).unwrap();
        let (one, two) = (
            one.self_signed(&key).unwrap(),
            two.self_signed(&key).unwrap(),
        );
        assert_ne!(Fingerprint::of(one.der()), Fingerprint::of(two.der()));
        assert_eq!(Pin::of(one.der()), Pin::of(two.der()));
        let expected = Sha256::digest(rcgen::PublicKeyData::subject_public_key_info(&key));
        assert_eq!(Pin::of(one.der()), Some(Pin(expected.into())));
        assert_eq!(Pin::of(b"nothing"), None);
    }
}
