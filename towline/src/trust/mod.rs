//! What a client trusts: certificates, pins, trust on first use, or the caller's own check.

mod certificates;
mod known_servers;
pub(crate) mod pem;
mod private_file;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

pub use self::certificates::Certificates;
pub use self::known_servers::{KnownServer, KnownServers};
use crate::fingerprint::{Fingerprint, Pin};

/// Which server certificates are accepted.
///
/// In every case the server must prove with its handshake signature that it holds the certificate's
/// key, on the control connection and on every data connection.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Trust {
    /// Certificates that the operating system trusts. Without the Cargo feature
    /// `platform-verifier`, [`Client::new`](crate::Client::new) returns an error.
    #[default]
    Platform,
    /// Certificates issued by an authority in this PEM file, or contained in it byte for byte. In
    /// both cases the name and the validity period must match. An authority is a certificate that
    /// is marked as one (`CA:TRUE`) and is within its own validity period; every other certificate
    /// is trusted as itself alone. A certificate without any subject
    /// alternative names may carry the host in its common name, as old private authorities issue
    /// them, unless an authority that may have issued it has name constraints.
    CaFile(PathBuf),
    /// Certificates issued by one of these certificates, or equal to one, under the rules of
    /// [`Self::CaFile`].
    Certificates(Certificates),
    /// Certificates with one of these public keys. Issuer, name and validity are not checked. Give
    /// more than one pin for an announced change of keys.
    Pins(Vec<Pin>),
    /// Only the certificate that the server presented on first use. See [`KnownServers`].
    FirstUse(KnownServers),
    /// Certificates that the caller's own check accepts.
    Custom(Arc<dyn CheckCertificate>),
}

/// The caller's own certificate check, for [`Trust::Custom`].
///
/// ```
/// use towline::{CheckCertificate, Pin, PresentedCertificate};
///
/// /// Accepts one key, and names any other key that it sees.
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
    /// Decides whether the certificate is acceptable. The only other check is that the server holds
    /// the key.
    ///
    /// # Errors
    ///
    /// Fails if the certificate is not acceptable. The text says why, to follow "the server's
    /// certificate is not acceptable: ".
    fn check(&self, certificate: &PresentedCertificate<'_>) -> Result<(), String>;
}

/// The certificates that a server presented.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PresentedCertificate<'a> {
    /// The host to which the client connects.
    pub host: &'a str,
    /// The server's certificate (DER).
    pub leaf: &'a [u8],
    /// The further certificates that it sent, in its order (DER).
    pub intermediates: Vec<&'a [u8]>,
}

impl PresentedCertificate<'_> {
    /// Returns the fingerprint of the certificate.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.leaf)
    }

    /// Returns the pin of the public key; `None` if the certificate cannot be parsed.
    #[must_use]
    pub fn pin(&self) -> Option<Pin> {
        Pin::of(self.leaf)
    }
}
