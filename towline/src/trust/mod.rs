//! Whom a client trusts, as its user says it: certificate files, pins, first use, or a check of
//! one's own.

mod certificates;
mod known_servers;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

pub use self::certificates::Certificates;
pub use self::known_servers::{KnownServer, KnownServers};
use crate::fingerprint::{Fingerprint, Pin};

/// Which server certificates are accepted.
///
/// Whatever is chosen, the server has to prove with its handshake signature that it holds the
/// certificate's key, on the control connection and on every data connection.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Trust {
    /// Those that the operating system trusts. Without the Cargo feature `platform-verifier`,
    /// [`Client::new`](crate::Client::new) refuses it.
    #[default]
    Platform,
    /// Those issued by a certificate in this PEM file, or contained in it byte for byte. In both
    /// cases the name and the period of validity have to be right. A certificate that has no
    /// alternative names at all may carry the host in its common name, as old private authorities
    /// make them, unless one of these certificates is limited to some names.
    CaFile(PathBuf),
    /// Those issued by one of these certificates, or equal to one, as with [`Self::CaFile`].
    Certificates(Certificates),
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
