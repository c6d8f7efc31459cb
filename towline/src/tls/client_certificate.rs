//! The certificate by which a client proves who it is.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
use crate::error::{Error, ErrorKind};

const PEM: &[u8] = b"-----BEGIN ";
const ENCRYPTED_PKCS8: &str = "ENCRYPTED PRIVATE KEY";
/// The older way of OpenSSL, `Proc-Type: 4,ENCRYPTED`, with a key made by MD5.
const ENCRYPTED_PEM: &[u8] = b"4,ENCRYPTED";

/// A certificate and its private key, shown to servers that ask for one.
#[derive(Clone)]
pub struct ClientCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
}

impl ClientCertificate {
    /// Reads a certificate and its key.
    ///
    /// `certificate` is PEM, the client's own certificate first, then those that issued it; or
    /// PKCS#12 (`.p12`, `.pfx`), which has the key in it. `key` is PEM, if it is not in the same
    /// file: PKCS#8, encrypted or not, PKCS#1, or SEC1.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if a file cannot be read or decrypted, or holds something else.
    pub fn load(
        certificate: &Path,
        key: Option<&Path>,
        passphrase: Option<&Secret>,
    ) -> Result<Self, Error> {
        let passphrase = passphrase.map(Secret::reveal);
        let bytes = read(certificate)?;
        if !is_pem(&bytes) {
            return from_pkcs12(&bytes, passphrase).map_err(|what| unusable(certificate, &what));
        }
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
            .collect::<Result<_, _>>()
            .map_err(|error| unusable(certificate, &error.to_string()))?;
        if chain.is_empty() {
            return Err(unusable(certificate, "there is no certificate in it"));
        }
        let (path, bytes) = match key {
            Some(path) => (path, read(path)?),
            None => (certificate, bytes),
        };
        let key = read_key(&bytes, passphrase).map_err(|what| unusable(path, &what))?;
        Ok(Self {
            chain,
            key: Arc::new(key),
        })
    }

    /// Whether a passphrase is needed to read the key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if a file cannot be read.
    pub fn is_encrypted(certificate: &Path, key: Option<&Path>) -> Result<bool, Error> {
        let bytes = read(certificate)?;
        if !is_pem(&bytes) {
            return Ok(from_pkcs12(&bytes, None).is_err());
        }
        let bytes = key.map(read).transpose()?.unwrap_or(bytes);
        Ok(holds(&bytes, ENCRYPTED_PKCS8.as_bytes()) || holds(&bytes, ENCRYPTED_PEM))
    }

    pub(super) fn certified(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain = self.chain.clone();
        CertifiedKey::from_der(chain, self.key.clone_key(), provider)
            .map_err(|error| TlsError::Setup(format!("the client certificate: {error}")))
    }
}

/// What is shown to a server that asks for a certificate, and whether it has asked. One per control
/// connection.
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

    /// Whether the server has asked for a certificate and got none.
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

/// Without the key.
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
    Error::new(ErrorKind::Usage, what)
}

fn is_pem(bytes: &[u8]) -> bool {
    holds(bytes, PEM)
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

fn read_key(pem: &[u8], passphrase: Option<&str>) -> Result<PrivateKeyDer<'static>, String> {
    if holds(pem, ENCRYPTED_PEM) {
        return Err(
            "the key is encrypted in OpenSSL's old way; `openssl pkcs8 -topk8` makes it PKCS#8"
                .to_owned(),
        );
    }
    if !holds(pem, ENCRYPTED_PKCS8.as_bytes()) {
        return PrivateKeyDer::from_pem_slice(pem).map_err(|_| "there is no key in it".to_owned());
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
        .decrypt(passphrase)
        .map_err(|_| "its key cannot be decrypted with this passphrase")?;
    Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into())
}

fn from_pkcs12(bytes: &[u8], passphrase: Option<&str>) -> Result<ClientCertificate, String> {
    let passphrase = passphrase.unwrap_or_default();
    let store = KeyStore::from_pkcs12(bytes, passphrase, Pkcs12ImportPolicy::Relaxed);
    let store = store
        .map_err(|error| format!("neither PEM nor PKCS#12 that this passphrase opens ({error})"))?;
    let (_, chain) = store
        .private_key_chain()
        .ok_or("there is no key in this PKCS#12 file")?;
    let key = PrivatePkcs8KeyDer::from(chain.key().as_der().to_vec());
    let certificates = chain.certs().iter();
    Ok(ClientCertificate {
        chain: certificates
            .map(|certificate| certificate.as_der().to_vec().into())
            .collect(),
        key: Arc::new(key.into()),
    })
}
