//! A TLS `ClientHello` for any version, and the answer to it (RFC 5246 section 7.4.1, RFC 8446
//! section 4.1). No handshake follows. It shows which versions a server accepts, also those that
//! Towline does not support.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

/// A version of TLS, as written in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u16);

impl Version {
    pub(super) const TLS10: Self = Self(0x0301);
    pub(super) const TLS11: Self = Self(0x0302);
    pub(super) const TLS12: Self = Self(0x0303);
    pub(super) const TLS13: Self = Self(0x0304);
    pub(super) const ALL: [Self; 4] = [Self::TLS10, Self::TLS11, Self::TLS12, Self::TLS13];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TLS10 => "1.0",
            Self::TLS11 => "1.1",
            Self::TLS12 => "1.2",
            Self::TLS13 => "1.3",
            _ => "unknown",
        }
    }
}

/// The first answer to a `ClientHello`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The server accepts this version.
    Hello {
        version: Version,
        suite: u16,
        /// It wants another key share (HelloRetryRequest).
        retry: bool,
    },
    /// A fatal alert, by its number.
    Alert(u8),
    /// The connection was closed.
    Closed,
    /// Something that is not TLS.
    NotTls,
    /// Nothing in time.
    Silent,
}

const HELLO_RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

const TLS13_SUITES: [u16; 3] = [0x1302, 0x1301, 0x1303];

/// Cipher suites that servers of the last twenty years support, and the signal of RFC 5746.
const OLD_SUITES: [u16; 20] = [
    0xc02c, 0xc030, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc024, 0xc028, 0xc00a, 0xc014, 0xc009, 0xc013,
    0x009d, 0x009c, 0x0035, 0x002f, 0x0039, 0x0033, 0x000a, 0x00ff,
];

const SIGNATURES: [u16; 11] = [
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
];

/// X25519, P-256, P-384.
const GROUPS: [u16; 3] = [0x001d, 0x0017, 0x0018];

/// The record of a `ClientHello` that offers `version` alone. `host` is a name, not an address.
pub(super) fn client_hello(version: Version, host: Option<&str>) -> Vec<u8> {
    let is_13 = version == Version::TLS13;
    let mut body = Vec::new();
    body.extend(version.min_tls12().to_be_bytes());
    body.extend(noise());
    let session = if is_13 { noise().to_vec() } else { Vec::new() };
    body.extend(short(&session));
    body.extend(long(&words(if is_13 {
        &TLS13_SUITES
    } else {
        &OLD_SUITES
    })));
    body.extend(short(&[0]));
    let mut extensions = Vec::new();
    let mut extension = |number: u16, data: &[u8]| {
        extensions.extend(number.to_be_bytes());
        extensions.extend(long(data));
    };
    if let Some(host) = host {
        let name = [&[0], long(host.as_bytes()).as_slice()].concat();
        extension(0, &long(&name));
    }
    extension(10, &long(&words(&GROUPS)));
    extension(11, &short(&[0]));
    extension(13, &long(&words(&SIGNATURES)));
    if is_13 {
        extension(43, &short(&version.0.to_be_bytes()));
        extension(45, &short(&[1]));
        // Any 32 bytes are a public key. Nothing is ever derived from it.
        let share = [&GROUPS[0].to_be_bytes()[..], &long(&noise())].concat();
        extension(51, &long(&share));
    } else {
        extension(23, &[]);
    }
    body.extend(long(&extensions));
    let length = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
    let message = [&[1], &length[1..], &body].concat();
    [&[0x16, 3, 1][..], &long(&message)].concat()
}

impl Version {
    /// The version in the old field, which TLS 1.3 leaves at 1.2.
    fn min_tls12(self) -> u16 {
        self.0.min(Self::TLS12.0)
    }
}

/// Reads the answer from what has arrived so far. Returns `None` if more is needed.
pub(super) fn answer(bytes: &[u8]) -> Option<Answer> {
    let (header, rest) = bytes.split_at_checked(5)?;
    let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
    match header {
        [0x15, 3, ..] => rest.get(1).map(|&alert| Answer::Alert(alert)),
        [0x16, 3, ..] => {
            let message = rest.get(..length)?;
            Some(hello(message).unwrap_or(Answer::NotTls))
        }
        _ => Some(Answer::NotTls),
    }
}

/// Reads a `ServerHello`.
fn hello(message: &[u8]) -> Option<Answer> {
    let (&kind, body) = message.split_first()?;
    if kind != 2 {
        return None;
    }
    let body = body.get(3..)?;
    let (version, rest) = body.split_first_chunk::<2>()?;
    let (random, rest) = rest.split_first_chunk::<32>()?;
    let (&session, rest) = rest.split_first()?;
    let rest = rest.get(usize::from(session)..)?;
    let (suite, rest) = rest.split_first_chunk::<2>()?;
    let mut extensions = rest.get(3..).unwrap_or_default();
    let mut version = Version(u16::from_be_bytes(*version));
    while let Some((head, rest)) = extensions.split_first_chunk::<4>() {
        let number = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let (data, rest) = rest.split_at_checked(length)?;
        if let (43, Ok(chosen)) = (number, <[u8; 2]>::try_from(data)) {
            version = Version(u16::from_be_bytes(chosen));
        }
        extensions = rest;
    }
    Some(Answer::Hello {
        version,
        suite: u16::from_be_bytes(*suite),
        retry: *random == HELLO_RETRY,
    })
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// A vector with a length of one byte.
fn short(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap_or_default();
    [&[length], bytes].concat()
}

/// A vector with a length of two bytes.
fn long(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or_default();
    [&length.to_be_bytes(), bytes].concat()
}

/// Bytes that differ each time. They protect nothing.
fn noise() -> [u8; 32] {
    let mut noise = [0; 32];
    for (place, chunk) in noise.chunks_mut(8).enumerate() {
        chunk.copy_from_slice(&RandomState::new().hash_one(place).to_be_bytes());
    }
    noise
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_hello_names_its_version() {
        let mut message = vec![2, 0, 0, 0, 3, 3];
        message.extend(HELLO_RETRY);
        message.extend([0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4]);
        let mut record = vec![0x16, 3, 3, 0, u8::try_from(message.len()).unwrap()];
        record.extend(&message);
        let hello = Answer::Hello {
            version: Version::TLS13,
            suite: 0x1301,
            retry: true,
        };
        assert_eq!(answer(&record), Some(hello));
        assert_eq!(answer(&record[..20]), None);
        assert_eq!(answer(&[0x15, 3, 3, 0, 2, 2, 70]), Some(Answer::Alert(70)));
        assert_eq!(answer(b"500 what?"), Some(Answer::NotTls));
        record.truncate(30);
        record[4] = 25;
        assert_eq!(answer(&record), Some(Answer::NotTls));
    }

    #[test]
    fn lengths_agree() {
        for version in Version::ALL {
            let record = client_hello(version, Some("files.example"));
            let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
            assert_eq!(record.len(), 5 + length);
            let message = u32::from_be_bytes([0, record[6], record[7], record[8]]);
            assert_eq!(usize::try_from(message).unwrap(), length - 4);
        }
    }
}
