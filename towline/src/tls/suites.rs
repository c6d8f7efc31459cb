//! The cipher suites, with decrypters that are wrapped by two modules of this folder.
//!
//! The cryptography does not change: a wrapper delegates to the provider's own decrypter. In TLS
//! 1.3 [`replicate`] wraps it first; in both versions [`in_place`] wraps it then.

use std::sync::LazyLock;

use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{
    AeadKey, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter, Tls12AeadAlgorithm,
    Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{
    CipherSuiteCommon, ConnectionTrafficSecrets, SupportedCipherSuite, Tls12CipherSuite,
    Tls13CipherSuite,
};

use super::{in_place, replicate};

/// Returns the provider with all of its suites wrapped. They behave as before unless a connection
/// is driven inside [`TicketTap::enter`](replicate::TicketTap::enter) or [`in_place::locating`].
pub(super) fn provider() -> CryptoProvider {
    // rustls requires `'static` suites. They are created once per process.
    static SUITES: LazyLock<Vec<SupportedCipherSuite>> = LazyLock::new(|| {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.cipher_suites.into_iter().map(wrapped).collect()
    });
    CryptoProvider {
        cipher_suites: SUITES.clone(),
        ..rustls::crypto::aws_lc_rs::default_provider()
    }
}

fn wrapped(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    match suite {
        SupportedCipherSuite::Tls12(inner) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&inner.common),
                prf_provider: inner.prf_provider,
                kx: inner.kx,
                sign: inner.sign,
                aead_alg: Box::leak(Box::new(Aead12(inner.aead_alg))),
            })))
        }
        SupportedCipherSuite::Tls13(inner) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&inner.common),
                hkdf_provider: inner.hkdf_provider,
                aead_alg: Box::leak(Box::new(Aead13(inner.aead_alg))),
                quic: None,
            })))
        }
    }
}

fn common(inner: &CipherSuiteCommon) -> CipherSuiteCommon {
    CipherSuiteCommon {
        suite: inner.suite,
        hash_provider: inner.hash_provider,
        confidentiality_limit: inner.confidentiality_limit,
    }
}

struct Aead12(&'static dyn Tls12AeadAlgorithm);

impl Tls12AeadAlgorithm for Aead12 {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        self.0.encrypter(key, iv, extra)
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        in_place::wrapped(self.0.decrypter(key, iv))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        self.0.key_block_shape()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv, explicit)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

struct Aead13(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Aead13 {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.0.encrypter(key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        in_place::wrapped(replicate::wrapped(self.0.decrypter(key, iv)))
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}
