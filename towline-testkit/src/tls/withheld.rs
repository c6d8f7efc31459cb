//! TLS 1.3 tickets that are sent when the server decides, not when `rustls`
//! does. FileZilla Server sends none after the handshake of the control
//! connection, and one before each reply that announces a data port.
//!
//! `rustls` lets an application supply its cipher suites. Each TLS 1.3 suite
//! of a provider is wrapped in a suite whose encrypter
//!
//! - keeps the `NewSessionTicket` messages (RFC 8446 section 4.6.1) that it
//!   receives and encrypts an empty record of application data instead;
//! - encrypts the next ticket that it kept if the application writes only the
//!   [`token`], a random number that no other party knows;
//! - encrypts another record if the application writes a [`forgery`]: the token
//!   and the record's content type.
//!
//! Each input record yields one output record, so sequence numbers do not
//! change. Tickets are sent in turn, starting again with the first after the
//! last. A key update creates a new encrypter, which has no tickets.

use std::collections::VecDeque;
use std::sync::{LazyLock, OnceLock};

use rustls::crypto::cipher::{
    AeadKey, Iv, MessageDecrypter, MessageEncrypter, OutboundChunks, OutboundOpaqueMessage,
    OutboundPlainMessage, Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::crypto::{CryptoProvider, SecureRandom, aws_lc_rs};
use rustls::{
    CipherSuiteCommon, ConnectionTrafficSecrets, ContentType, Error, SupportedCipherSuite,
    Tls13CipherSuite,
};
use subtle::ConstantTimeEq;

const TOKEN_LENGTH: usize = 32;
const NEW_SESSION_TICKET: u8 = 4;
/// A warning, and its description.
const USER_CANCELED: [u8; 2] = [1, 90];

static TOKEN: OnceLock<[u8; TOKEN_LENGTH]> = OnceLock::new();

/// Suites must be `'static`, so they are wrapped only once.
static SUITES: LazyLock<Vec<SupportedCipherSuite>> = LazyLock::new(|| {
    let suites = aws_lc_rs::DEFAULT_CIPHER_SUITES.iter();
    suites.copied().map(wrap).collect()
});

/// Returns the token to write on a connection to send a ticket in its place.
pub(crate) fn token(random: &dyn SecureRandom) -> Result<&'static [u8], Error> {
    if TOKEN.get().is_none() {
        let mut token = [0; TOKEN_LENGTH];
        random.fill(&mut token)?;
        let _ = TOKEN.set(token); // another thread may have been faster
    }
    TOKEN
        .get()
        .map(<[u8; TOKEN_LENGTH]>::as_slice)
        .ok_or(Error::FailedToGetRandomBytes)
}

/// Returns what to write on a connection to send a record of this type in its
/// place: an alert, or application data of no bytes.
pub(crate) fn forgery(random: &dyn SecureRandom, typ: ContentType) -> Result<Vec<u8>, Error> {
    Ok([token(random)?, &[typ.into()]].concat())
}

/// Returns the provider with suites that withhold tickets.
pub(crate) fn provider(base: CryptoProvider) -> CryptoProvider {
    CryptoProvider {
        cipher_suites: SUITES.clone(),
        ..base
    }
}

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
        Box::new(Encrypter {
            inner: self.0.encrypter(key, iv),
            tickets: VecDeque::new(),
        })
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.0.decrypter(key, iv)
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

struct Encrypter {
    inner: Box<dyn MessageEncrypter>,
    tickets: VecDeque<Vec<u8>>,
}

impl Encrypter {
    /// Returns what to encrypt instead of a record; `None` means the record
    /// itself.
    fn exchange(&mut self, message: &OutboundPlainMessage<'_>) -> Option<(ContentType, Vec<u8>)> {
        match message.typ {
            ContentType::Handshake => {
                let messages = message.payload.to_vec();
                if messages.first() != Some(&NEW_SESSION_TICKET) {
                    return None;
                }
                self.tickets.extend(split(&messages));
                Some((ContentType::ApplicationData, Vec::new()))
            }
            ContentType::ApplicationData if message.payload.len() == TOKEN_LENGTH => {
                let token = TOKEN.get()?;
                if !bool::from(message.payload.to_vec().ct_eq(token)) {
                    return None;
                }
                match self.tickets.pop_front() {
                    Some(ticket) => {
                        self.tickets.push_back(ticket.clone());
                        Some((ContentType::Handshake, ticket))
                    }
                    None => Some((ContentType::ApplicationData, Vec::new())),
                }
            }
            ContentType::ApplicationData if message.payload.len() == TOKEN_LENGTH + 1 => {
                let forgery = message.payload.to_vec();
                let (token, typ) = forgery.split_at(TOKEN_LENGTH);
                if !bool::from(token.ct_eq(TOKEN.get()?)) {
                    return None;
                }
                let payload = match typ.first().copied().map(ContentType::from)? {
                    ContentType::Alert => USER_CANCELED.to_vec(),
                    _ => Vec::new(),
                };
                Some((typ.first().copied()?.into(), payload))
            }
            _ => None,
        }
    }
}

impl MessageEncrypter for Encrypter {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        sequence: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let Some((typ, payload)) = self.exchange(&message) else {
            return self.inner.encrypt(message, sequence);
        };
        let message = OutboundPlainMessage {
            typ,
            version: message.version,
            payload: OutboundChunks::Single(&payload),
        };
        self.inner.encrypt(message, sequence)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.inner.encrypted_payload_len(payload_len)
    }
}

/// Splits handshake messages that share a record. Each begins with one byte of
/// type and three bytes of length.
fn split(mut messages: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(&[_, high, middle, low]) = messages.first_chunk::<4>() {
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        let Some((message, rest)) = messages.split_at_checked(4 + length) else {
            break;
        };
        found.push(message.to_vec());
        messages = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns its input instead of encrypting it.
    struct Transparent;

    impl MessageEncrypter for Transparent {
        fn encrypt(
            &mut self,
            message: OutboundPlainMessage<'_>,
            _: u64,
        ) -> Result<OutboundOpaqueMessage, Error> {
            let payload = message.payload.to_vec();
            Ok(OutboundOpaqueMessage::new(
                message.typ,
                message.version,
                payload.as_slice().into(),
            ))
        }

        fn encrypted_payload_len(&self, payload_len: usize) -> usize {
            payload_len
        }
    }

    fn encrypter() -> Encrypter {
        Encrypter {
            inner: Box::new(Transparent),
            tickets: VecDeque::new(),
        }
    }

    fn pass(encrypter: &mut Encrypter, typ: ContentType, payload: &[u8]) -> (ContentType, Vec<u8>) {
        let message = OutboundPlainMessage {
            typ,
            version: rustls::ProtocolVersion::TLSv1_2,
            payload: OutboundChunks::Single(payload),
        };
        let out = encrypter.encrypt(message, 0).unwrap();
        (out.typ, out.payload.as_ref().to_vec())
    }

    fn secret() -> &'static [u8] {
        token(aws_lc_rs::default_provider().secure_random).unwrap()
    }

    const TICKETS: [u8; 11] = [4, 0, 0, 2, 7, 8, 4, 0, 0, 1, 9];

    #[test]
    fn tickets_are_kept_and_given_out_in_turn() {
        let mut encrypter = encrypter();
        let kept = pass(&mut encrypter, ContentType::Handshake, &TICKETS);
        assert_eq!(kept, (ContentType::ApplicationData, Vec::new()));
        let mut next = || pass(&mut encrypter, ContentType::ApplicationData, secret());
        assert_eq!(next(), (ContentType::Handshake, TICKETS[..6].to_vec()));
        assert_eq!(next(), (ContentType::Handshake, TICKETS[6..].to_vec()));
        assert_eq!(next(), (ContentType::Handshake, TICKETS[..6].to_vec()));
    }

    #[test]
    fn other_records_are_left_alone() {
        let mut encrypter = encrypter();
        pass(&mut encrypter, ContentType::Handshake, &TICKETS);
        for (typ, payload) in [
            (ContentType::Handshake, [20, 0, 0, 0].as_slice()),
            (ContentType::ApplicationData, b"200 Fine\r\n"),
            (ContentType::ApplicationData, &[0; TOKEN_LENGTH]),
            (ContentType::Alert, secret()),
        ] {
            assert_eq!(pass(&mut encrypter, typ, payload), (typ, payload.to_vec()));
        }
    }

    #[test]
    fn without_a_ticket_the_token_becomes_an_empty_record() {
        let sent = pass(&mut encrypter(), ContentType::ApplicationData, secret());
        assert_eq!(sent, (ContentType::ApplicationData, Vec::new()));
    }

    #[test]
    fn a_message_cut_short_is_not_kept() {
        assert_eq!(split(&[4, 0, 0, 2, 7]), Vec::<Vec<u8>>::new());
    }
}
