//! The features that a server announces: the reply to FEAT (RFC 2389, section 3).

use crate::digest::DigestAlgorithm;
use crate::reply::{Reply, ReplyCode};

/// A feature that a server may announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Feature {
    /// `AUTH TLS` (RFC 4217).
    AuthTls,
    /// `AUTH SSL`, an old name for `AUTH TLS`.
    AuthSsl,
    /// `CCC` (RFC 2228): the control connection can return to clear text.
    Ccc,
    /// `CLNT`: the client may send its name.
    Clnt,
    /// `EPRT` (RFC 2428).
    Eprt,
    /// `EPSV` (RFC 2428).
    Epsv,
    /// `HASH`: digests of files (draft-bryan-ftp-hash).
    Hash,
    /// `HOST` (RFC 7151).
    Host,
    /// `MD5` (draft-twine-ftpmd5): MD5 digests of files.
    Md5,
    /// `MDTM` (RFC 3659): the modification time of a file.
    Mdtm,
    /// `MFMT`: sets the modification time of a file.
    Mfmt,
    /// `MLST` (RFC 3659), which also announces `MLSD`.
    Mlst,
    /// `PBSZ` (RFC 2228).
    Pbsz,
    /// `PRET`: a distributed server needs to know the transfer command before `PASV`.
    Pret,
    /// `PROT` (RFC 2228).
    Prot,
    /// `RANG STREAM`: a byte range for a transfer or HASH (draft-bryan-ftp-range).
    RangStream,
    /// `REST STREAM` (RFC 3659): transfers can be resumed.
    RestStream,
    /// `SITE UTIME`: sets the modification time of a file.
    SiteUtime,
    /// `SIZE` (RFC 3659).
    Size,
    /// `TVFS` (RFC 3659): paths have the form of Unix paths.
    Tvfs,
    /// `UTF8` (RFC 2640): names are UTF-8.
    Utf8,
    /// `XCRC`: CRC-32 checksums of files.
    XCrc,
    /// `XMD5`: MD5 digests of files.
    XMd5,
    /// `XSHA1`: SHA-1 digests of files.
    XSha1,
    /// `XSHA256`: SHA-256 digests of files.
    XSha256,
    /// `XSHA512`: SHA-512 digests of files.
    XSha512,
}

impl Feature {
    /// Returns the feature of the command that computes digests with `algorithm` only.
    /// [`Command::XDigest`](crate::command::Command::XDigest) sends that command.
    #[must_use]
    pub fn x_digest(algorithm: DigestAlgorithm) -> Self {
        match algorithm {
            DigestAlgorithm::Sha512 => Self::XSha512,
            DigestAlgorithm::Sha256 => Self::XSha256,
            DigestAlgorithm::Sha1 => Self::XSha1,
            DigestAlgorithm::Md5 => Self::XMd5,
            DigestAlgorithm::Crc32 => Self::XCrc,
        }
    }
}

/// The features of a server. By default, nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    set: u32,
    facts: Vec<MlstFact>,
    hash_algorithms: Vec<HashAlgorithm>,
    site_digests: Vec<SiteDigest>,
    lines: Vec<Vec<u8>>,
}

/// A fact that the server can include in MLSx replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MlstFact {
    /// The fact's name in lower case, for example `modify`.
    pub name: String,
    /// Whether the server sends the fact unless `OPTS MLST` says otherwise.
    pub enabled: bool,
}

/// An algorithm that HASH supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashAlgorithm {
    /// The algorithm.
    pub algorithm: DigestAlgorithm,
    /// Whether HASH uses it unless `OPTS HASH` says otherwise.
    pub selected: bool,
}

/// A digest that a command below SITE computes, such as `SITE MD5` (libunftp).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteDigest {
    /// The algorithm.
    pub algorithm: DigestAlgorithm,
    /// The word behind SITE, as the server writes it.
    pub word: String,
}

impl Features {
    /// Parses the reply to FEAT. Returns empty features for any code but 211.
    #[must_use]
    pub fn parse(reply: &Reply) -> Self {
        let mut features = Self::default();
        if reply.code() == ReplyCode::SYSTEM_STATUS {
            for line in reply.inner_lines() {
                features.add(line.trim_ascii());
            }
        }
        features
    }

    /// Returns whether the server announced `feature`.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.set & bit(feature) != 0
    }

    /// Returns the facts of the `MLST` line, in the server's order.
    #[must_use]
    pub fn mlst_facts(&self) -> &[MlstFact] {
        &self.facts
    }

    /// Returns the supported algorithms of the `HASH` line, in the server's order. Unknown
    /// algorithms are left out.
    #[must_use]
    pub fn hash_algorithms(&self) -> &[HashAlgorithm] {
        &self.hash_algorithms
    }

    /// Returns the digests that the `SITE` lines announce, in the server's order.
    #[must_use]
    pub fn site_digests(&self) -> &[SiteDigest] {
        &self.site_digests
    }

    /// Returns every line of the reply, trimmed, including the lines that are not understood.
    #[must_use]
    pub fn lines(&self) -> &[Vec<u8>] {
        &self.lines
    }

    /// Returns whether nothing is known about the server.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn add(&mut self, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        self.lines.push(line.to_vec());
        let split = memchr::memchr(b' ', line).unwrap_or(line.len());
        let (word, parameters) = (
            line[..split].to_ascii_uppercase(),
            line[split..].trim_ascii(),
        );
        match word.as_slice() {
            b"AUTH" => {
                for mechanism in parameters.split(|byte| matches!(byte, b';' | b',' | b' ')) {
                    if mechanism.eq_ignore_ascii_case(b"TLS") {
                        self.set |= bit(Feature::AuthTls);
                    } else if mechanism.eq_ignore_ascii_case(b"SSL") {
                        self.set |= bit(Feature::AuthSsl);
                    }
                }
            }
            b"MLST" => {
                self.set |= bit(Feature::Mlst);
                self.facts = parameters
                    .split(|byte| *byte == b';')
                    .filter_map(mlst_fact)
                    .collect();
            }
            b"HASH" => {
                self.set |= bit(Feature::Hash);
                self.hash_algorithms = parameters
                    .split(|byte| *byte == b';')
                    .filter_map(hash_algorithm)
                    .collect();
            }
            b"RANG" if parameters.eq_ignore_ascii_case(b"STREAM") => {
                self.set |= bit(Feature::RangStream)
            }
            b"SITE" => {
                for command in parameters.split(|byte| matches!(byte, b';' | b',' | b' ')) {
                    if command.eq_ignore_ascii_case(b"UTIME") {
                        self.set |= bit(Feature::SiteUtime);
                    }
                    self.site_digests.extend(site_digest(command));
                }
            }
            b"REST" if parameters.eq_ignore_ascii_case(b"STREAM") => {
                self.set |= bit(Feature::RestStream)
            }
            word => self.set |= single_word(word).map_or(0, bit),
        }
    }
}

/// Returns the reply to FEAT of a server that announces these lines.
pub fn feat_reply<I>(lines: I) -> Reply
where
    I: IntoIterator<Item: AsRef<[u8]>>,
{
    Reply::list(ReplyCode::SYSTEM_STATUS, "Features:", lines, "End")
}

fn bit(feature: Feature) -> u32 {
    1 << feature as u32
}

fn mlst_fact(fact: &[u8]) -> Option<MlstFact> {
    let fact = fact.trim_ascii();
    let name = fact.strip_suffix(b"*").unwrap_or(fact);
    let text = std::str::from_utf8(name)
        .ok()
        .filter(|name| !name.is_empty())?;
    Some(MlstFact {
        name: text.to_ascii_lowercase(),
        enabled: name.len() < fact.len(),
    })
}

fn hash_algorithm(text: &[u8]) -> Option<HashAlgorithm> {
    let text = text.trim_ascii();
    let name = text.strip_suffix(b"*").unwrap_or(text);
    Some(HashAlgorithm {
        algorithm: DigestAlgorithm::from_name(name)?,
        selected: name.len() < text.len(),
    })
}

/// Reads the name of an algorithm, or of the command that uses it alone: `SHA256` or `XSHA256`.
fn site_digest(command: &[u8]) -> Option<SiteDigest> {
    let by_name = DigestAlgorithm::from_name(command);
    let algorithm = by_name.or_else(|| {
        let is_verb = |algorithm: &DigestAlgorithm| {
            command.eq_ignore_ascii_case(algorithm.x_verb().as_bytes())
        };
        DigestAlgorithm::ALL.into_iter().find(is_verb)
    })?;
    let word = std::str::from_utf8(command).ok()?.to_owned();
    Some(SiteDigest { algorithm, word })
}

fn single_word(word: &[u8]) -> Option<Feature> {
    Some(match word {
        b"CCC" => Feature::Ccc,
        b"CLNT" => Feature::Clnt,
        b"EPRT" => Feature::Eprt,
        b"EPSV" => Feature::Epsv,
        b"HOST" => Feature::Host,
        b"MD5" => Feature::Md5,
        b"MDTM" => Feature::Mdtm,
        b"MFMT" => Feature::Mfmt,
        b"MLSD" => Feature::Mlst,
        b"PBSZ" => Feature::Pbsz,
        b"PRET" => Feature::Pret,
        b"PROT" => Feature::Prot,
        b"SIZE" => Feature::Size,
        b"TVFS" => Feature::Tvfs,
        b"UTF8" => Feature::Utf8,
        b"XCRC" => Feature::XCrc,
        b"XMD5" => Feature::XMd5,
        b"XSHA1" => Feature::XSha1,
        b"XSHA256" => Feature::XSha256,
        b"XSHA512" => Feature::XSha512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Features {
        Features::parse(&Reply::new(ReplyCode::SYSTEM_STATUS, text))
    }

    #[test]
    fn reads_a_pure_ftpd_reply() {
        let features = parse(
            "Extensions supported:\n UTF8\n REST STREAM\n MLST type*;size*;UNIX.mode*;unique;\n MLSD\n AUTH TLS\n ESTA\nEnd.",
        );
        for feature in [
            Feature::Utf8,
            Feature::RestStream,
            Feature::Mlst,
            Feature::AuthTls,
        ] {
            assert!(features.has(feature), "{feature:?}");
        }
        for feature in [Feature::AuthSsl, Feature::Size, Feature::Hash] {
            assert!(!features.has(feature), "{feature:?}");
        }
        let facts: Vec<_> = features
            .mlst_facts()
            .iter()
            .map(|fact| (fact.name.as_str(), fact.enabled))
            .collect();
        assert_eq!(
            facts,
            [
                ("type", true),
                ("size", true),
                ("unix.mode", true),
                ("unique", false)
            ]
        );
        assert_eq!(features.lines().last(), Some(&b"ESTA".to_vec()));
    }

    #[test]
    fn reads_auth_lists_and_odd_case() {
        let features = parse("211\n auth TLS;TLS-C;SSL;TLS-P;\n  epsv \nsize\n REST\nEND");
        for feature in [
            Feature::AuthTls,
            Feature::AuthSsl,
            Feature::Epsv,
            Feature::Size,
        ] {
            assert!(features.has(feature), "{feature:?}");
        }
        assert!(!features.has(Feature::RestStream));
    }

    #[test]
    fn reads_what_there_is_of_digests() {
        let features = parse(
            "Features:\n HASH CRC32;MD5;SHA-1*; sha-256 ;SHA3-256;SHA-512;\n MD5\n RANG STREAM\n XCRC filename;start;end\n xsha512\n SITE CHMOD;UTIME\nEnd",
        );
        let algorithms: Vec<_> = features
            .hash_algorithms()
            .iter()
            .map(|hash| (hash.algorithm, hash.selected))
            .collect();
        assert_eq!(
            algorithms,
            [
                (DigestAlgorithm::Crc32, false),
                (DigestAlgorithm::Md5, false),
                (DigestAlgorithm::Sha1, true),
                (DigestAlgorithm::Sha256, false),
                (DigestAlgorithm::Sha512, false),
            ]
        );
        for feature in [
            Feature::Hash,
            Feature::Md5,
            Feature::RangStream,
            Feature::SiteUtime,
            Feature::x_digest(DigestAlgorithm::Crc32),
            Feature::x_digest(DigestAlgorithm::Sha512),
        ] {
            assert!(features.has(feature), "{feature:?}");
        }
        for algorithm in [
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha1,
            DigestAlgorithm::Md5,
        ] {
            assert!(!features.has(Feature::x_digest(algorithm)), "{algorithm}");
        }
        let plain = parse("Features:\n PRET\n HASH\n SITE HELP\nEnd");
        assert!(plain.has(Feature::Pret) && plain.has(Feature::Hash));
        assert!(!plain.has(Feature::SiteUtime) && plain.hash_algorithms().is_empty());
    }

    #[test]
    fn reads_digests_below_site() {
        let features = parse("Features:\n SITE MD5\n SITE CHMOD;sha-256,XCRC HELP\nEnd");
        let digests: Vec<_> = features
            .site_digests()
            .iter()
            .map(|digest| (digest.algorithm, digest.word.as_str()))
            .collect();
        let expected = [
            (DigestAlgorithm::Md5, "MD5"),
            (DigestAlgorithm::Sha256, "sha-256"),
            (DigestAlgorithm::Crc32, "XCRC"),
        ];
        assert_eq!(digests, expected);
        assert!(!features.has(Feature::Md5));
    }

    #[test]
    fn knows_nothing_without_a_list() {
        assert_eq!(parse("no features"), Features::default());
        assert_eq!(parse("UTF8\nMDTM"), Features::default());
        let refused = Reply::new(ReplyCode::UNRECOGNISED, "a\n UTF8\nb");
        assert_eq!(Features::parse(&refused), Features::default());
        assert!(Features::default().is_empty());
    }
}
