//! Digests of files, and the replies that contain them.
//!
//! | command | reply |
//! | --- | --- |
//! | `HASH` (draft-bryan-ftp-hash) | `213 SHA-256 0-49 6169... name`; FileZilla Server 0.9 omits range and name |
//! | `XCRC`, `XMD5`, `XSHA...` (in no RFC) | `250 6169...` or `213 6169...`, with a name or words around it |
//! | `MD5` (draft-twine-ftpmd5) | `251 "name" 6169...` |
//!
//! ProFTPD's mod_digest sends a line `Computing ... digest` first. Hexadecimal digits may be
//! in either case. A digest is rejected if its length does not match its algorithm.

use std::fmt;
use std::str::FromStr;

use crate::body::BodyError;
use crate::number::number;
use crate::reply::{Reply, ReplyClass};

/// A digest algorithm. A stronger algorithm compares as greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the algorithms' own names")]
pub enum DigestAlgorithm {
    Crc32,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl DigestAlgorithm {
    /// All algorithms, strongest first.
    pub const ALL: [Self; 5] = [
        Self::Sha512,
        Self::Sha256,
        Self::Sha1,
        Self::Md5,
        Self::Crc32,
    ];

    /// Returns the name as HASH writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha512 => "SHA-512",
            Self::Sha256 => "SHA-256",
            Self::Sha1 => "SHA-1",
            Self::Md5 => "MD5",
            Self::Crc32 => "CRC32",
        }
    }

    /// Returns the algorithm of this name, in any case and with or without hyphens.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<Self> {
        let without_hyphens = |name: &[u8]| {
            let kept = name.iter().filter(|byte| **byte != b'-');
            kept.map(u8::to_ascii_uppercase).collect::<Vec<_>>()
        };
        let name = without_hyphens(name);
        Self::ALL
            .into_iter()
            .find(|algorithm| without_hyphens(algorithm.name().as_bytes()) == name)
    }

    /// Returns the verb of the command that uses this algorithm only.
    #[must_use]
    pub const fn x_verb(self) -> &'static str {
        match self {
            Self::Sha512 => "XSHA512",
            Self::Sha256 => "XSHA256",
            Self::Sha1 => "XSHA1",
            Self::Md5 => "XMD5",
            Self::Crc32 => "XCRC",
        }
    }

    /// Returns the length of a digest in bytes.
    #[must_use]
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha512 => 64,
            Self::Sha256 => 32,
            Self::Sha1 => 20,
            Self::Md5 => 16,
            Self::Crc32 => 4,
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of a digest algorithm is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown digest algorithm")]
pub struct UnknownAlgorithm;

impl FromStr for DigestAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::from_name(name.as_bytes()).ok_or(UnknownAlgorithm)
    }
}

/// A digest of a file. It is displayed in lower-case hexadecimal, CRC-32 with the most
/// significant byte first.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    bytes: Vec<u8>,
}

impl Digest {
    /// Creates a digest from its bytes. Returns `None` if their number does not match the
    /// algorithm.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm, bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        (bytes.len() == algorithm.digest_len()).then_some(Self { algorithm, bytes })
    }

    /// Parses a digest in hexadecimal digits of either case.
    #[must_use]
    pub fn from_hex(algorithm: DigestAlgorithm, digits: &[u8]) -> Option<Self> {
        if digits.len() != 2 * algorithm.digest_len() {
            return None;
        }
        let value = |digit: u8| char::from(digit).to_digit(16);
        let bytes = digits.chunks_exact(2).map(|pair| {
            let byte = 16 * value(pair[0])? + value(pair[1])?;
            u8::try_from(byte).ok()
        });
        Self::new(algorithm, bytes.collect::<Option<Vec<_>>>()?)
    }

    /// Returns the algorithm.
    #[must_use]
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Returns the bytes of the digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({} {self})", self.algorithm)
    }
}

/// The contents of a reply to HASH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashReply {
    /// The digest, with the algorithm that the server names.
    pub digest: Digest,
    /// The first and the last byte that the digest covers, as the server writes them. ProFTPD
    /// 1.3.8 writes the length of the file instead of the last byte. `None` if the server
    /// sends no range.
    pub range: Option<(u64, u64)>,
}

/// Parses the reply to HASH.
///
/// # Errors
///
/// [`BodyError`] if the reply is a refusal or contains no digest of a known algorithm.
pub fn parse_hash(reply: &Reply) -> Result<HashReply, BodyError> {
    completed(reply)?
        .iter()
        .find_map(|line| hash_line(line))
        .ok_or(BodyError::Malformed("a digest"))
}

/// Parses the reply to XSHA512, XSHA256, XSHA1, XMD5, XCRC or MD5. The digest is the only
/// word in the reply that has the form of a digest by `algorithm`, in any position.
///
/// # Errors
///
/// [`BodyError`] if the reply is a refusal, if it contains no digest, or if it contains two
/// different ones (one of them is then the name of a file).
pub fn parse_digest(reply: &Reply, algorithm: DigestAlgorithm) -> Result<Digest, BodyError> {
    let mut found = completed(reply)?
        .iter()
        .flat_map(|line| words(line))
        .filter_map(|word| Digest::from_hex(algorithm, unquoted(word)));
    let malformed = BodyError::Malformed("one digest");
    match found.next() {
        Some(digest) if found.all(|other| other == digest) => Ok(digest),
        _ => Err(malformed),
    }
}

/// Parses `SHA-256 0-49 6169... name`.
fn hash_line(line: &[u8]) -> Option<HashReply> {
    let mut words = words(line);
    let algorithm = DigestAlgorithm::from_name(words.next()?)?;
    let second = words.next()?;
    let range = range(second);
    let digits = match range {
        Some(_) => words.next()?,
        None => second,
    };
    Some(HashReply {
        digest: Digest::from_hex(algorithm, digits)?,
        range,
    })
}

/// Parses `0-49`.
fn range(word: &[u8]) -> Option<(u64, u64)> {
    let hyphen = memchr::memchr(b'-', word)?;
    Some((number(&word[..hyphen])?, number(&word[hyphen + 1..])?))
}

fn completed(reply: &Reply) -> Result<&[Vec<u8>], BodyError> {
    match reply.class() {
        ReplyClass::Completion => Ok(reply.lines()),
        _ => Err(BodyError::Refused),
    }
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

fn unquoted(word: &[u8]) -> &[u8] {
    let word = word.strip_suffix(b".").unwrap_or(word);
    word.strip_prefix(b"\"")
        .and_then(|word| word.strip_suffix(b"\""))
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::ReplyCode;

    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";
    const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    fn reply(code: u16, text: &str) -> Reply {
        Reply::new(ReplyCode::try_from(code).expect("a code"), text)
    }

    #[test]
    fn knows_the_algorithms_by_their_names() {
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
            let text = algorithm.name().replace('-', "").to_lowercase();
            assert_eq!(text.parse(), Ok(algorithm));
        }
        for name in ["", "SHA", "SHA-384", "SHA-2566", "MD 5"] {
            assert_eq!(
                name.parse::<DigestAlgorithm>(),
                Err(UnknownAlgorithm),
                "{name}"
            );
        }
        assert!(DigestAlgorithm::ALL.is_sorted_by(|stronger, weaker| stronger > weaker));
    }

    #[test]
    fn reads_the_replies_to_hash() {
        for (text, algorithm, range, digits) in [
            (
                format!("SHA-1 0-49 {SHA1} name"),
                "SHA-1",
                Some((0, 49)),
                SHA1,
            ),
            (
                format!("MD5 0-170500096 {MD5}"),
                "MD5",
                Some((0, 170_500_096)),
                MD5,
            ),
            (format!("sha-1 {SHA1}"), "SHA-1", None, SHA1),
            (
                format!(
                    "Computing SHA-1 digest\nSHA-1 0-5 {} a b",
                    SHA1.to_uppercase()
                ),
                "SHA-1",
                Some((0, 5)),
                SHA1,
            ),
        ] {
            let found = parse_hash(&reply(213, &text)).expect("a digest");
            assert_eq!(found.range, range, "{text}");
            assert_eq!(found.digest.to_string(), digits, "{text}");
            assert_eq!(found.digest.algorithm().name(), algorithm, "{text}");
        }
    }

    #[test]
    fn refuses_a_hash_that_is_none() {
        for text in [
            String::new(),
            SHA1.to_owned(),
            format!("SHA-256 0-49 {SHA1} name"),
            format!("SHA3-256 0-49 {SHA1}{MD5} name"),
            format!("SHA-1 0-49 {}g name", &SHA1[1..]),
            format!("SHA-1 -49 {SHA1} name"),
            "SHA-1 0-49".to_owned(),
        ] {
            let found = parse_hash(&reply(213, &text));
            assert_eq!(found, Err(BodyError::Malformed("a digest")), "{text}");
        }
        let refusal = reply(550, &format!("SHA-1 0-49 {SHA1} name"));
        assert_eq!(parse_hash(&refusal), Err(BodyError::Refused));
    }

    #[test]
    fn reads_a_digest_wherever_it_stands() {
        for (code, text) in [
            (250, MD5.to_owned()),
            (250, MD5.to_uppercase()),
            (250, format!("  {MD5} a name.bin")),
            (213, format!("\"a name\" {MD5}")),
            (250, format!("XMD5 successful: {MD5}.")),
            (250, format!("Computing MD5 digest\n{}", MD5.to_uppercase())),
            (251, format!("\"/a b\" {}", MD5.to_uppercase())),
            (251, format!("Computing MD5 digest\n/a b {MD5}")),
            (250, format!("{MD5} {MD5}")),
        ] {
            let found = parse_digest(&reply(code, &text), DigestAlgorithm::Md5);
            assert_eq!(
                found.map(|digest| digest.to_string()),
                Ok(MD5.to_owned()),
                "{text}"
            );
        }
        let sum = parse_digest(&reply(250, "00A1b2C3"), DigestAlgorithm::Crc32).expect("a sum");
        assert_eq!(sum.as_bytes(), [0x00, 0xa1, 0xb2, 0xc3]);
    }

    #[test]
    fn refuses_a_digest_in_doubt() {
        for text in [
            "",
            "A1B2C3",
            "00A1B2C3D4",
            "0x00A1B2C3",
            "deadbeef 00A1B2C3",
            "00A1B2C3.bin",
        ] {
            let found = parse_digest(&reply(250, text), DigestAlgorithm::Crc32);
            assert_eq!(found, Err(BodyError::Malformed("one digest")), "{text}");
        }
        let refusal = parse_digest(&reply(550, "00A1B2C3"), DigestAlgorithm::Crc32);
        assert_eq!(refusal, Err(BodyError::Refused));
    }
}
