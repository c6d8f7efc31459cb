//! TLS 1.3 cipher suites that let a client offer the same ticket more than once.
//!
//! `rustls` gives out each ticket once. Only a client that has a ticket twice can test whether a
//! server accepts it twice. The decrypter here therefore keeps the first ticket message that it
//! decrypts. A record that begins with [`MARK`] makes it return that message again. Only [`again`]
//! makes such a record: no ciphertext begins with these 32 bytes by chance.

use std::sync::Arc;

use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter,
    Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{
    CipherSuiteCommon, ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion,
    SupportedCipherSuite, Tls13CipherSuite,
};

const MARK: &[u8; 32] = b"the first ticket, one more time.";

/// Enough for any ticket message of these servers.
const ROOM: usize = 4096;

const NEW_SESSION_TICKET: u8 = 4;

/// Returns a record that makes a connection see its first ticket again. Feed it in at a record
/// boundary.
pub(crate) fn again() -> Vec<u8> {
    let length = u16::try_from(ROOM).unwrap().to_be_bytes();
    let mut record = vec![23, 3, 3, length[0], length[1]];
    record.extend_from_slice(MARK);
    record.resize(5 + ROOM, 0);
    record
}

/// Returns a provider with such suites. It puts X25519 before P-256.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    let base = aws_lc_rs::default_provider();
    let suites = base.cipher_suites.iter().copied();
    Arc::new(CryptoProvider {
        cipher_suites: suites.map(wrap).collect(),
        kx_groups: vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1],
        ..base
    })
}

/// Wraps a suite. Leaks memory, because a suite needs a static lifetime.
fn wrap(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    let SupportedCipherSuite::Tls13(suite) = suite else {
        return suite;
    };
    SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
        common: CipherSuiteCommon {
            suite: suite.common.suite,
            hash_provider: suite.common.hash_provider,
            confidentiality_limit: suite.common.confidentiality_limit,
        },
        hkdf_provider: suite.hkdf_provider,
        aead_alg: Box::leak(Box::new(Algorithm(suite.aead_alg))),
        quic: None,
    })))
}

struct Algorithm(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Algorithm {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.0.encrypter(key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Decrypter {
            inner: self.0.decrypter(key, iv),
            ticket: None,
            repeated: 0,
        })
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
}

struct Decrypter {
    inner: Box<dyn MessageDecrypter>,
    /// The first ticket message.
    ticket: Option<Vec<u8>>,
    /// The number of records that the server did not send.
    repeated: u64,
}

impl MessageDecrypter for Decrypter {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        sequence: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        if message.payload.starts_with(MARK) {
            self.repeated += 1;
            let ticket = self.ticket.as_deref().unwrap_or_default();
            message.typ = ContentType::Handshake;
            message.version = ProtocolVersion::TLSv1_3;
            message.payload[..ticket.len()].copy_from_slice(ticket);
            return Ok(message.into_plain_message_range(0..ticket.len()));
        }
        let plain = self.inner.decrypt(message, sequence - self.repeated)?;
        if plain.typ == ContentType::Handshake
            && let Some(&[NEW_SESSION_TICKET, high, middle, low]) = plain.payload.first_chunk()
        {
            let length = u32::from_be_bytes([0, high, middle, low]) as usize;
            let ticket = plain.payload.get(..4 + length).map(<[u8]>::to_vec);
            self.ticket = self.ticket.take().or(ticket);
        }
        Ok(plain)
    }
}
