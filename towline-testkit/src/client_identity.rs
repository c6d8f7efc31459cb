//! Client certificates.

use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use pkcs8::der::pem::LineEnding;
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rcgen::{
    CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::aws_lc_rs;

use crate::StartError;
use crate::certificate::{authority_params, fingerprint};

/// The number of rounds that `openssl` uses by default to encrypt a key.
const ROUNDS: u32 = 2048;

/// A client's certificate and key, issued by an authority of its own.
///
/// ```
/// use towline_testkit::{ClientAuth, ClientIdentity, Personality, Server, StartError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StartError> {
/// let identity = ClientIdentity::new("demo")?;
/// let server = Server::builder(Personality::ProFtpd138)
///     .client_certificates(ClientAuth::Required, identity.ca_pem())
///     .start()
///     .await?;
/// // ... a client shows `identity.certificate_pem()` ...
/// for control in server.report().control {
///     assert_eq!(control.client_certificate, Some(identity.fingerprint()));
/// }
/// # server.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub struct ClientIdentity {
    ca_pem: String,
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl ClientIdentity {
    /// Creates an identity with this common name.
    ///
    /// # Errors
    ///
    /// [`StartError`] if there are no random numbers.
    pub fn new(common_name: &str) -> Result<Self, StartError> {
        let authority = CertifiedIssuer::self_signed(authority_params(), KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        Ok(Self {
            ca_pem: authority.pem(),
            certificate: params.signed_by(&key, &authority)?,
            key,
        })
    }

    /// Returns the authority's certificate in PEM, for the server to trust.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Returns the certificate in PEM.
    pub fn certificate_pem(&self) -> String {
        self.certificate.pem()
    }

    /// Returns the key in PEM, as PKCS#8 (RFC 5958).
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Returns the key in PEM, as encrypted PKCS#8: AES-256 in CBC mode with a
    /// key from PBKDF2 with HMAC-SHA-256, as `openssl pkcs8` writes it.
    ///
    /// # Errors
    ///
    /// [`StartError`] if there are no random numbers.
    pub fn encrypted_key_pem(&self, passphrase: &str) -> Result<String, StartError> {
        let mut salt = [0; 16];
        let mut iv = [0; 16];
        let random = aws_lc_rs::default_provider().secure_random;
        for bytes in [&mut salt, &mut iv] {
            let filled = random.fill(bytes);
            filled.map_err(|_| rustls::Error::FailedToGetRandomBytes)?;
        }
        let key = self.key.serialize_der();
        let encrypted = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, iv)
            .map_err(pkcs8::Error::from)
            .and_then(|how| {
                PrivateKeyInfoRef::try_from(key.as_slice())?.encrypt_with_params(how, passphrase)
            });
        let label = <EncryptedPrivateKeyInfoRef<'_> as pkcs8::der::pem::PemLabel>::PEM_LABEL;
        let pem = encrypted.and_then(|key| Ok(key.to_pem(label, LineEnding::LF)?));
        Ok(pem.map_err(StartError::encoding)?.to_string())
    }

    /// Returns the key and the certificate as a PKCS#12 file (RFC 7292),
    /// encrypted with AES-256.
    ///
    /// # Errors
    ///
    /// [`StartError`] if there are no random numbers.
    pub fn pkcs12(&self, passphrase: &str) -> Result<Vec<u8>, StartError> {
        let write = || {
            let key = PrivateKey::from_der(&self.key.serialize_der())?;
            let certificate = Certificate::from_der(self.certificate.der())?;
            let chain = PrivateKeyChain::new("client", key, [certificate]);
            let mut store = KeyStore::new();
            store.add_entry("client", KeyStoreEntry::PrivateKeyChain(chain));
            store.writer(passphrase).write()
        };
        write().map_err(StartError::encoding)
    }

    /// Returns the SHA-256 digest of the certificate in lower-case hexadecimal,
    /// as a report shows it.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.certificate.der())
    }
}

impl std::fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientIdentity")
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use p12_keystore::Pkcs12ImportPolicy;

    use super::*;

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_only() {
        let identity = ClientIdentity::new("demo").unwrap();
        let pem = identity.encrypted_key_pem("open sesame").unwrap();
        assert!(
            pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
            "{pem}"
        );
        let (_, document) = pkcs8::SecretDocument::from_pem(&pem).unwrap();
        let encrypted = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).unwrap();
        let key = encrypted.decrypt("open sesame").unwrap();
        assert_eq!(key.as_bytes(), identity.key.serialize_der());
        assert!(encrypted.decrypt("open barley").is_err());
    }

    #[test]
    fn a_pkcs12_file_holds_key_and_certificate() {
        let identity = ClientIdentity::new("demo").unwrap();
        let file = identity.pkcs12("open sesame").unwrap();
        let open =
            |passphrase| KeyStore::from_pkcs12(&file, passphrase, Pkcs12ImportPolicy::Strict);
        let store = open("open sesame").unwrap();
        let (_, chain) = store.private_key_chain().unwrap();
        assert_eq!(chain.key().as_der(), identity.key.serialize_der());
        assert_eq!(
            fingerprint(chain.certs()[0].as_der()),
            identity.fingerprint()
        );
        assert!(open("open barley").is_err());
    }
}
