//! The certificate with which a client authenticates.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "pkcs12")]
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use pkcs8::EncryptedPrivateKeyInfoOwned;
use pkcs8::der::{Decode as _, Document};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use towline_proto::secret::Secret;
use zeroize::Zeroizing;

use super::failure::TlsError;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::trust::pem;

const PEM: &[u8] = b"-----BEGIN ";
const ENCRYPTED_PKCS8: &str = "ENCRYPTED PRIVATE KEY";
/// OpenSSL's traditional format, `Proc-Type: 4,ENCRYPTED`, with a key derived by MD5.
const ENCRYPTED_PEM: &[u8] = b"4,ENCRYPTED";

/// A certificate and its private key, presented to servers that ask for one.
#[derive(Clone)]
pub struct ClientCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
}

impl ClientCertificate {
    /// Reads a certificate and its key from files.
    ///
    /// `certificate` is PEM, with the client's own certificate first and its issuers after it, or
    /// PKCS#12 (`.p12`, `.pfx`; needs the Cargo feature `pkcs12`), which includes the key. `key` is
    /// the PEM file of the key, if the key is not in `certificate`: PKCS#8, encrypted or not,
    /// PKCS#1, or SEC1.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if a file cannot be read or decrypted, or has another format.
    pub fn load(
        certificate: &Path,
        key: Option<&Path>,
        passphrase: Option<&Secret>,
    ) -> Result<Self, Error> {
        let bytes = read(certificate)?;
        if !is_pem(&bytes) {
            if pem::is_certificate(&bytes) {
                return Err(unusable(certificate, pem::IS_DER));
            }
            let identity = read_pkcs12(&bytes, passphrase);
            return identity.map_err(|what| unusable(certificate, &what));
        }
        let chain = pem::certificates(&bytes).map_err(|what| unusable(certificate, &what))?;
        let (path, bytes) = match key {
            Some(path) => (path, read(path)?),
            None => (certificate, bytes),
        };
        let key = read_key(&bytes, passphrase).map_err(|what| unusable(path, &what))?;
        Ok(Self::new(chain, key))
    }

    /// Reads a certificate and its key from PEM in memory, under the rules of [`Self::load`].
    /// Without `key`, the key is in `certificate`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if something is missing, damaged, or cannot be decrypted.
    pub fn from_pem(
        certificate: &[u8],
        key: Option<&[u8]>,
        passphrase: Option<&Secret>,
    ) -> Result<Self, Error> {
        let identity = pem::certificates(certificate).and_then(|chain| {
            let key = read_key(key.unwrap_or(certificate), passphrase)?;
            Ok(Self::new(chain, key))
        });
        identity.map_err(|what| unusable_bytes(&what))
    }

    /// Takes certificates in DER, with the client's own first and its issuers after it, and the key
    /// in DER: PKCS#8, PKCS#1, or SEC1, not encrypted.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if there is no certificate, or the key has another format.
    pub fn from_der<D: Into<Vec<u8>>>(
        chain: impl IntoIterator<Item = D>,
        key: Vec<u8>,
    ) -> Result<Self, Error> {
        let chain: Vec<_> = chain
            .into_iter()
            .map(|der| CertificateDer::from(der.into()))
            .collect();
        if chain.is_empty() {
            return Err(unusable_bytes("there is no certificate"));
        }
        let key = PrivateKeyDer::try_from(key).map_err(unusable_bytes)?;
        Ok(Self::new(chain, key))
    }

    /// Reads a certificate and its key from PKCS#12 in memory. Needs the Cargo feature `pkcs12`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if `bytes` is not PKCS#12, has no key, or cannot be decrypted.
    #[cfg(feature = "pkcs12")]
    pub fn from_pkcs12(bytes: &[u8], passphrase: Option<&Secret>) -> Result<Self, Error> {
        read_pkcs12(bytes, passphrase).map_err(|what| unusable_bytes(&what))
    }

    fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        let key = Arc::new(key);
        Self { chain, key }
    }

    /// Returns whether a passphrase is needed to read the key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if a file cannot be read.
    pub fn is_encrypted(certificate: &Path, key: Option<&Path>) -> Result<bool, Error> {
        let bytes = read(certificate)?;
        if pem::is_certificate(&bytes) {
            return Ok(false);
        }
        if !is_pem(&bytes) {
            return Ok(read_pkcs12(&bytes, None).is_err());
        }
        let bytes = key.map(read).transpose()?.unwrap_or(bytes);
        Ok(holds(&bytes, ENCRYPTED_PKCS8.as_bytes()) || holds(&bytes, ENCRYPTED_PEM))
    }

    pub(super) fn certified(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain = self.chain.clone();
        CertifiedKey::from_der(chain, self.key.clone_key(), provider).map_err(|error| {
            let text = match error {
                rustls::Error::InconsistentKeys(_) => {
                    "the client certificate: the key is that of another certificate"
                }
                _ => "the client certificate: its key cannot be used",
            };
            TlsError::setup(ErrorDetail::ClientCertificateUnusable, text)
        })
    }
}

/// The certificate to present to a server that asks for one, and whether the server has asked. One
/// per control connection.
#[derive(Debug)]
pub(super) struct ClientProof {
    shown: Option<Arc<CertifiedKey>>,
    was_asked: AtomicBool,
}

impl ClientProof {
    pub(super) fn new(shown: Option<Arc<CertifiedKey>>) -> Self {
        Self {
            shown,
            was_asked: AtomicBool::new(false),
        }
    }

    /// Whether the server has asked for a certificate.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }

    /// Whether the server has asked for a certificate and received none.
    pub(super) fn is_missing(&self) -> bool {
        self.shown.is_none() && self.was_asked()
    }
}

impl ResolvesClientCert for ClientProof {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.was_asked.store(true, Ordering::Relaxed);
        self.shown.clone()
    }

    fn has_certs(&self) -> bool {
        self.shown.is_some()
    }
}

/// Omits the key.
impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").finish_non_exhaustive()
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let bytes = fs::read(path).map_err(|error| unusable(path, &error.to_string()))?;
    Ok(Zeroizing::new(bytes))
}

fn unusable(path: &Path, what: &str) -> Error {
    let what = format!("the client certificate in {}: {what}", path.display());
    Error::new(ErrorKind::Usage, what).with_detail(ErrorDetail::ClientCertificateUnusable)
}

fn unusable_bytes(what: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("the client certificate: {what}"))
}

fn is_pem(bytes: &[u8]) -> bool {
    holds(bytes, PEM)
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

fn read_key(pem: &[u8], passphrase: Option<&Secret>) -> Result<PrivateKeyDer<'static>, String> {
    if holds(pem, ENCRYPTED_PEM) {
        return Err(
            "the key is encrypted in OpenSSL's old format; `openssl pkcs8 -topk8` converts it"
                .to_owned(),
        );
    }
    if !holds(pem, ENCRYPTED_PKCS8.as_bytes()) {
        return PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            match PrivateKeyDer::try_from(pem) {
                Ok(_) => {
                    "the key is in DER, not PEM; `openssl pkey -inform der` converts it".to_owned()
                }
                Err(_) => "there is no key in it".to_owned(),
            }
        });
    }
    let passphrase = passphrase.ok_or("its key is encrypted, and there is no passphrase")?;
    let text = std::str::from_utf8(pem).map_err(|_| "it is not text")?;
    let begin = text
        .find(&format!("-----BEGIN {ENCRYPTED_PKCS8}"))
        .unwrap_or_default();
    let (_, encrypted) = Document::from_pem(&text[begin..]).map_err(|error| error.to_string())?;
    let encrypted = EncryptedPrivateKeyInfoOwned::from_der(encrypted.as_bytes())
        .map_err(|error| error.to_string())?;
    let key = encrypted
        .decrypt(passphrase.reveal())
        .map_err(|_| "its key cannot be decrypted with this passphrase")?;
    Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into())
}

#[cfg(feature = "pkcs12")]
fn read_pkcs12(bytes: &[u8], passphrase: Option<&Secret>) -> Result<ClientCertificate, String> {
    let passphrase = passphrase.map(Secret::reveal).unwrap_or_default();
    let store = KeyStore::from_pkcs12(bytes, passphrase, Pkcs12ImportPolicy::Relaxed);
    let store = store
        .map_err(|error| format!("neither PEM nor PKCS#12 that this passphrase opens ({error})"))?;
    let (_, chain) = store
        .private_key_chain()
        .ok_or("there is no key in this PKCS#12 file")?;
    let key = PrivatePkcs8KeyDer::from(chain.key().as_der().to_vec());
    let certificates = chain.certs().iter();
    let certificates = certificates.map(|certificate| certificate.as_der().to_vec().into());
    Ok(ClientCertificate::new(certificates.collect(), key.into()))
}

#[cfg(not(feature = "pkcs12"))]
fn read_pkcs12(_: &[u8], _: Option<&Secret>) -> Result<ClientCertificate, String> {
    Err("not PEM; this build of towline reads no PKCS#12 (Cargo feature pkcs12)".to_owned())
}
