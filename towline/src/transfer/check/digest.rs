//! Digests of files: ours, computed as the bytes pass, and the server's.

use std::fmt;
use std::time::Duration;

use md5::Md5;
use sha1::Sha1;
use sha2::digest::DynDigest;
use sha2::{Sha256, Sha512};
use towline_proto::command::{Argument, Command};
use towline_proto::digest::{Digest, DigestAlgorithm, parse_digest, parse_hash};
use towline_proto::features::{Feature, Features};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::session::Session;

/// The bytes per second at which the slowest server computes digests. It sends nothing until it is
/// done.
const SLOWEST: u64 = 5 * 1024 * 1024;

/// How to ask a server for a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// `HASH`, after `OPTS HASH` unless the server uses this algorithm by default.
    Hash {
        algorithm: DigestAlgorithm,
        selected: bool,
    },
    /// `XSHA256` and its relatives.
    OwnCommand(DigestAlgorithm),
    /// `MD5`.
    Md5,
    /// `SITE MD5` and its relatives.
    Site(DigestAlgorithm),
}

impl Method {
    /// Returns the strongest method that the server offers; of equals, the standard one.
    pub(crate) fn strongest(features: &Features) -> Option<Self> {
        DigestAlgorithm::ALL.into_iter().find_map(|algorithm| {
            let mut hash = features.hash_algorithms().iter();
            if let Some(hash) = hash.find(|hash| hash.algorithm == algorithm) {
                let selected = hash.selected;
                return Some(Self::Hash {
                    algorithm,
                    selected,
                });
            }
            if features.has(Feature::x_digest(algorithm)) {
                return Some(Self::OwnCommand(algorithm));
            }
            if algorithm == DigestAlgorithm::Md5 && features.has(Feature::Md5) {
                return Some(Self::Md5);
            }
            let mut site = features.site_digests().iter();
            let site = site.find(|site| site.algorithm == algorithm);
            site.map(|site| Self::Site(site.algorithm))
        })
    }

    fn algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Hash { algorithm, .. } | Self::OwnCommand(algorithm) | Self::Site(algorithm) => {
                algorithm
            }
            Self::Md5 => DigestAlgorithm::Md5,
        }
    }
}

/// Computes the digest of the bytes that pass, to compare it with the server's.
pub(crate) struct Hasher {
    method: Method,
    state: State,
}

enum State {
    Crc32(crc32fast::Hasher),
    Other(Box<dyn DynDigest + Send + Sync>),
}

impl Hasher {
    pub(crate) fn new(method: Method) -> Self {
        let state = match method.algorithm() {
            DigestAlgorithm::Sha512 => State::Other(Box::new(Sha512::default())),
            DigestAlgorithm::Sha256 => State::Other(Box::new(Sha256::default())),
            DigestAlgorithm::Sha1 => State::Other(Box::new(Sha1::default())),
            DigestAlgorithm::Md5 => State::Other(Box::new(Md5::default())),
            DigestAlgorithm::Crc32 => State::Crc32(crc32fast::Hasher::new()),
        };
        Self { method, state }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc32(state) => state.update(bytes),
            State::Other(state) => state.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Option<Digest> {
        let bytes = match self.state {
            State::Crc32(state) => state.finalize().to_be_bytes().to_vec(),
            State::Other(state) => state.finalize().into_vec(),
        };
        Digest::new(self.method.algorithm(), bytes)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// The result of comparing digests.
#[derive(Debug)]
pub(crate) enum Comparison {
    Equal(DigestAlgorithm),
    Different(Error),
}

/// Returns a hasher for the strongest algorithm that the server offers.
///
/// # Errors
///
/// [`ErrorKind::Refused`] if the server offers none.
#[boxed]
pub(crate) async fn hasher(session: &mut Session, path: &RemotePath) -> Result<Hasher, Error> {
    session.ensure_usable().await?;
    Method::strongest(session.features())
        .map(Hasher::new)
        .ok_or_else(|| {
            let what = "the server offers no digest to verify with (HASH, XSHA256, XMD5, ...)";
            let error = Error::new(ErrorKind::Refused, what).with_path(path);
            error.with_detail(ErrorDetail::NoDigest)
        })
}

/// Compares what `hasher` has seen with the server's file at `path`, which is `size` bytes long.
#[boxed]
pub(crate) async fn compare(
    session: &mut Session,
    hasher: Hasher,
    path: &RemotePath,
    size: u64,
) -> Result<Comparison, Error> {
    let method = hasher.method;
    let algorithm = method.algorithm();
    let theirs = digest(session, method, path, size).await?;
    Ok(match hasher.finish() {
        Some(ours) if ours == theirs => Comparison::Equal(algorithm),
        Some(ours) => different(
            algorithm,
            format!("the contents differ: {algorithm} is {ours} here and {theirs} at the server"),
        ),
        None => different(
            algorithm,
            format!("no {algorithm} digest could be computed"),
        ),
    })
}

fn different(algorithm: DigestAlgorithm, what: String) -> Comparison {
    let error = Error::new(ErrorKind::Incomplete, what);
    Comparison::Different(error.with_detail(ErrorDetail::DigestsDiffer { algorithm }))
}

/// Returns the server's digest of the file at `path`, or of the range that `RANG` has set, which is
/// `size` bytes long.
#[boxed]
pub(crate) async fn digest(
    session: &mut Session,
    method: Method,
    path: &RemotePath,
    size: u64,
) -> Result<Digest, Error> {
    session.ensure_usable().await?;
    let unreadable = |reply: Reply| {
        let what = "the server's digest cannot be understood";
        let error = Error::protocol(ErrorDetail::UnreadableReply, what);
        error.with_reply(reply).with_path(path)
    };
    let limit = session.config().timeout;
    let limit = limit.saturating_add(Duration::from_secs(size / SLOWEST));
    let algorithm = method.algorithm();
    let command = match method {
        Method::Hash { selected, .. } => {
            if !selected {
                let select = Command::OptsHash(algorithm);
                session.expect(&select).await?;
            }
            Command::Hash(path.clone())
        }
        Method::OwnCommand(algorithm) => Command::XDigest(algorithm, path.clone()),
        Method::Md5 => Command::Md5(path.clone()),
        Method::Site(algorithm) => site_command(session.features(), algorithm, path)?,
    };
    let reply = session.command_within(&command, limit).await?;
    if reply.class() != ReplyClass::Completion {
        let error = Error::refused("the server gives no digest", reply);
        return Err(error.with_path(path));
    }
    let digest = match method {
        Method::Hash { .. } => parse_hash(&reply).map(|hash| hash.digest),
        _ => parse_digest(&reply, algorithm),
    };
    match digest {
        Ok(digest) if digest.algorithm() == algorithm => Ok(digest),
        _ => Err(unreadable(reply)),
    }
}

/// Returns the command below SITE, with the server's own word for the algorithm.
fn site_command(
    features: &Features,
    algorithm: DigestAlgorithm,
    path: &RemotePath,
) -> Result<Command, Error> {
    let mut announced = features.site_digests().iter();
    let word = announced.find(|site| site.algorithm == algorithm);
    let word = word.map_or_else(|| algorithm.name(), |site| &site.word);
    let line = [word.as_bytes(), b" ", path.as_bytes()].concat();
    let argument = Argument::new(line);
    argument.map(Command::Site).map_err(|error| {
        let error = Error::new(ErrorKind::Usage, error.to_string()).with_path(path);
        error.with_detail(ErrorDetail::NotAFileName)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use towline_proto::reply::ReplyCode;

    fn features(lines: &str) -> Features {
        let text = format!("Features:\n{lines}\nEnd");
        Features::parse(&Reply::new(ReplyCode::SYSTEM_STATUS, &text))
    }

    #[test]
    fn the_strongest_algorithm_is_asked_for() {
        use DigestAlgorithm::{Crc32, Md5, Sha1, Sha256, Sha512};
        let hash = |algorithm, selected| {
            Some(Method::Hash {
                algorithm,
                selected,
            })
        };
        for (lines, method) in [
            (" HASH SHA-1*;SHA-256;MD5", hash(Sha256, false)),
            (" HASH SHA-1;SHA-256*;MD5\n XSHA256", hash(Sha256, true)),
            (
                " HASH MD5*\n XSHA512\n XCRC",
                Some(Method::OwnCommand(Sha512)),
            ),
            (" XSHA1\n XMD5", Some(Method::OwnCommand(Sha1))),
            (" MD5\n XCRC", Some(Method::Md5)),
            (" MD5\n XMD5", Some(Method::OwnCommand(Md5))),
            (" XCRC", Some(Method::OwnCommand(Crc32))),
            (" SITE MD5\n XCRC", Some(Method::Site(Md5))),
            (" SITE MD5\n MD5", Some(Method::Md5)),
            (" SITE sha256\n XSHA1", Some(Method::Site(Sha256))),
            (" SIZE\n HASH", None),
        ] {
            assert_eq!(Method::strongest(&features(lines)), method, "{lines}");
        }
    }

    /// Digests of `abc` as given in FIPS 180-4, RFC 3174, RFC 1321 and ITU-T V.42.
    #[test]
    fn digests_are_those_of_the_standards() {
        for (algorithm, digest) in [
            (
                DigestAlgorithm::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            (
                DigestAlgorithm::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                DigestAlgorithm::Sha1,
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (DigestAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (DigestAlgorithm::Crc32, "352441c2"),
        ] {
            let mut hasher = Hasher::new(Method::OwnCommand(algorithm));
            hasher.update(b"a");
            hasher.update(b"bc");
            assert_eq!(hasher.finish().unwrap().to_string(), digest);
        }
    }
}
