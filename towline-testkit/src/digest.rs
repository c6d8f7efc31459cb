//! Digests of files, and the commands that request them.

use std::io;
use std::path::Path;

use sha2::digest::{Digest, DynDigest};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

const CHUNK: usize = 64 * 1024;

/// A command that returns the digest of a file.
///
/// The replies follow ProFTPD's `mod_digest`. As there, `RANG` has no effect:
/// a digest always covers the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestCommand {
    /// `HASH`, with `OPTS HASH` to select the algorithm (draft-bryan-ftp-hash). The initial
    /// algorithm is SHA-1.
    Hash,
    /// `XSHA512`.
    XSha512,
    /// `XSHA256`.
    XSha256,
    /// `XSHA1`.
    XSha1,
    /// `XMD5`.
    XMd5,
    /// `XCRC`, a CRC-32.
    XCrc,
    /// `MD5` (draft-twine-ftpmd5).
    Md5,
    /// `SITE MD5`, as libunftp has it.
    SiteMd5,
}

impl DigestCommand {
    /// All digest commands.
    pub const ALL: [Self; 8] = [
        Self::Hash,
        Self::XSha512,
        Self::XSha256,
        Self::XSha1,
        Self::XMd5,
        Self::XCrc,
        Self::Md5,
        Self::SiteMd5,
    ];

    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Hash => "HASH",
            Self::XSha512 => "XSHA512",
            Self::XSha256 => "XSHA256",
            Self::XSha1 => "XSHA1",
            Self::XMd5 => "XMD5",
            Self::XCrc => "XCRC",
            Self::Md5 => "MD5",
            Self::SiteMd5 => "SITE MD5",
        }
    }

    /// Returns the algorithm, if the command has a fixed one.
    pub(crate) fn algorithm(self) -> Option<Algorithm> {
        match self {
            Self::Hash => None,
            Self::XSha512 => Some(Algorithm::Sha512),
            Self::XSha256 => Some(Algorithm::Sha256),
            Self::XSha1 => Some(Algorithm::Sha1),
            Self::XMd5 | Self::Md5 | Self::SiteMd5 => Some(Algorithm::Md5),
            Self::XCrc => Some(Algorithm::Crc32),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Algorithm {
    Crc32,
    Md5,
    #[default]
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
    ];

    /// Returns the name in `FEAT` and in `OPTS HASH`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// Computes the digest of a file.
    pub(crate) async fn digest(self, path: &Path) -> io::Result<Vec<u8>> {
        let mut file = File::open(path).await?;
        let mut hasher = Hasher::new(self);
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk).await? {
                0 => return Ok(hasher.finish()),
                count => hasher.update(&chunk[..count]),
            }
        }
    }
}

enum Hasher {
    Crc32(crc32fast::Hasher),
    Cryptographic(Box<dyn DynDigest + Send>),
}

impl Hasher {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
            Algorithm::Md5 => Self::Cryptographic(Box::new(md5::Md5::new())),
            Algorithm::Sha1 => Self::Cryptographic(Box::new(sha1::Sha1::new())),
            Algorithm::Sha256 => Self::Cryptographic(Box::new(sha2::Sha256::new())),
            Algorithm::Sha512 => Self::Cryptographic(Box::new(sha2::Sha512::new())),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(bytes),
            Self::Cryptographic(hasher) => hasher.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc32(hasher) => hasher.finalize().to_be_bytes().to_vec(),
            Self::Cryptographic(hasher) => hasher.finalize().into_vec(),
        }
    }
}

/// Returns lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_abc_are_those_of_the_standards() {
        for (algorithm, digest) in [
            (Algorithm::Crc32, "352441c2"),
            (Algorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                Algorithm::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            assert_eq!(hex(&hasher.finish()), digest, "{algorithm:?}");
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
        }
        assert_eq!(Algorithm::named("sha-512"), Some(Algorithm::Sha512));
        assert_eq!(Algorithm::named("SHA512"), None);
    }
}
