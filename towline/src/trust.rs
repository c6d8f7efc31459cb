//! Whom a client trusts, as its user says it: certificate files, pins, first use, or a check of
//! one's own.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind};
use crate::known_servers::KnownServers;

/// Which server certificates are accepted.
///
/// Whatever is chosen, the server has to prove with its handshake signature that it holds the
/// certificate's key, on the control connection and on every data connection.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Trust {
    /// Those that the operating system trusts.
    #[default]
    Platform,
    /// Those issued by a certificate in this PEM file, or contained in it byte for byte. In both
    /// cases the name and the period of validity have to be right. A certificate that has no
    /// alternative names at all may carry the host in its common name, as old private authorities
    /// make them, unless one of these certificates is limited to some names.
    CaFile(PathBuf),
    /// Those with one of these public keys, whoever issued them, for whatever name and time. More
    /// than one for a change of keys that has been announced.
    Pins(Vec<Pin>),
    /// The one that the server showed when it was first met, and no other. See [`KnownServers`].
    FirstUse(KnownServers),
    /// Those that a check of one's own accepts.
    Custom(Arc<dyn CheckCertificate>),
}

/// A check of one's own, for [`Trust::Custom`].
///
/// ```
/// use towline::{CheckCertificate, Pin, PresentedCertificate};
///
/// /// Accepts one key, and says which other one it met.
/// #[derive(Debug)]
/// struct OneKey(Pin);
///
/// impl CheckCertificate for OneKey {
///     fn check(&self, certificate: &PresentedCertificate<'_>) -> Result<(), String> {
///         match certificate.pin() {
///             Some(pin) if pin == self.0 => Ok(()),
///             Some(pin) => Err(format!("{} has the key {pin}", certificate.host)),
///             None => Err("the certificate cannot be read".to_owned()),
///         }
///     }
/// }
/// ```
pub trait CheckCertificate: fmt::Debug + Send + Sync {
    /// Whether the certificate is good. Nothing else is checked but that the server holds its key.
    ///
    /// # Errors
    ///
    /// Why it is not, in words that follow "the server's certificate is not acceptable: ".
    fn check(&self, certificate: &PresentedCertificate<'_>) -> Result<(), String>;
}

/// What a server shows of itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PresentedCertificate<'a> {
    /// The host that the client wants to reach.
    pub host: &'a str,
    /// The server's certificate (DER).
    pub leaf: &'a [u8],
    /// What it sent along, in its order (DER).
    pub intermediates: Vec<&'a [u8]>,
}

impl PresentedCertificate<'_> {
    /// The certificate's hash.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.leaf)
    }

    /// The public key's hash; `None` if the certificate cannot be read.
    #[must_use]
    pub fn pin(&self) -> Option<Pin> {
        Pin::of(self.leaf)
    }
}

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
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let hash = text
            .strip_prefix("sha256//")
            .and_then(|hash| STANDARD.decode(hash).ok())
            .and_then(|hash| hash.try_into().ok());
        hash.map(Self).ok_or_else(|| {
            let what = format!("{text:?} is not a pin: it is sha256// and 44 letters of base64");
            Error::new(ErrorKind::Usage, what)
        })
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256//{}", STANDARD.encode(self.0))
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
    type Err = Error;

    /// Reads 64 hexadecimal digits, with or without colons and the prefix, in any case.
    fn from_str(text: &str) -> Result<Self, Error> {
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
        is_hex.then_some(Self(hash)).ok_or_else(|| {
            let what = format!("{text:?} is not a SHA-256 fingerprint: 64 hexadecimal digits");
            Error::new(ErrorKind::Usage, what)
        })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SHA256")?;
        self.0.iter().try_for_each(|byte| write!(f, ":{byte:02X}"))
    }
}

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
