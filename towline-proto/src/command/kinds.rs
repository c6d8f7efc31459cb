//! The commands, with one variant each, and the values that they carry.

use std::fmt;
use std::net::{SocketAddr, SocketAddrV4};

use jiff::Timestamp;

use super::argument::{Argument, SecretArgument};
use super::shown::shown;
use crate::address::NetworkProtocol;
use crate::digest::DigestAlgorithm;
use crate::name::Escaped;
use crate::path::RemotePath;
use crate::reply::ReplyCode;

/// A command, in the order of the RFCs.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the variants are the RFCs' own words")]
pub enum Command {
    // RFC 959, access control
    User(Argument),
    Pass(SecretArgument),
    Acct(SecretArgument),
    Cwd(RemotePath),
    Cdup,
    Rein,
    Quit,
    // RFC 959, transfer parameters
    Port(SocketAddrV4),
    Pasv,
    /// `TYPE I`; `TYPE L 8` means the same.
    TypeImage,
    /// `TYPE A`; `TYPE A N` means the same.
    TypeAscii,
    StruFile,
    ModeStream,
    // RFC 959, service
    Retr(RemotePath),
    Stor(RemotePath),
    /// The server chooses the name. RFC 959 defines no argument; some clients suggest a name.
    Stou(Option<RemotePath>),
    Appe(RemotePath),
    Allo(u64),
    Rest(u64),
    Rnfr(RemotePath),
    Rnto(RemotePath),
    Abor,
    Dele(RemotePath),
    Rmd(RemotePath),
    Mkd(RemotePath),
    Pwd,
    List(Option<RemotePath>),
    /// `LIST -a`, which includes hidden files, for servers known to accept it.
    ListAll(Option<RemotePath>),
    /// LIST with any other flags.
    ListWith(ListFlags, Option<RemotePath>),
    Nlst(Option<RemotePath>),
    /// NLST with flags.
    NlstWith(ListFlags, Option<RemotePath>),
    Site(Argument),
    Syst,
    Stat(Option<RemotePath>),
    /// STAT with flags.
    StatWith(ListFlags, Option<RemotePath>),
    Help(Option<Argument>),
    Noop,
    // RFC 2228 and 4217
    AuthTls,
    AuthSsl,
    Pbsz0,
    ProtP,
    ProtC,
    Ccc,
    // RFC 2389
    Feat,
    OptsUtf8On,
    OptsUtf8Off,
    /// The facts to include in MLSx replies, as `type;size;modify;`.
    OptsMlst(Argument),
    /// OPTS for any other command: the name of the command and its options.
    Opts(Argument),
    // RFC 2428
    Eprt(SocketAddr),
    Epsv,
    EpsvAll,
    /// EPSV with a network protocol.
    EpsvProtocol(NetworkProtocol),
    // RFC 2640
    Lang(Option<Argument>),
    // RFC 3659
    /// Some old clients set a time with `MDTM time path`. The path then begins with the time.
    Mdtm(RemotePath),
    Size(RemotePath),
    Mlst(Option<RemotePath>),
    Mlsd(Option<RemotePath>),
    // RFC 7151
    Host(Argument),
    // Widely implemented, but in no RFC
    Clnt(Argument),
    Mfmt(Timestamp, RemotePath),
    /// `SITE UTIME YYYYMMDDhhmmss path`, the form that both ProFTPD's mod_site_misc and
    /// Pure-FTPd accept. The time is in UTC.
    SiteUtime(Timestamp, RemotePath),
    /// Announces the command that will use the next data connection, before PASV (drftpd).
    Pret(Box<Self>),
    /// The digest of a file with the selected algorithm (draft-bryan-ftp-hash).
    Hash(RemotePath),
    /// Selects the algorithm of HASH.
    OptsHash(DigestAlgorithm),
    /// Queries the algorithm of HASH.
    OptsHashQuery,
    /// The first and the last byte of the next transfer or HASH (draft-bryan-ftp-range).
    /// `RANG 1 0` clears the range. ProFTPD 1.3.8 requires `TYPE I` for it, and still returns the
    /// HASH of the whole file: only the range in the reply can be trusted.
    Rang(u64, u64),
    /// The digest of a file, with one command for each algorithm: XSHA512, XSHA256, XSHA1, XMD5,
    /// XCRC. A path with a space is sent in double quotes: without them ProFTPD 1.3.8 reads the
    /// part after the space as a range.
    XDigest(DigestAlgorithm, RemotePath),
    /// The MD5 digest of a file (draft-twine-ftpmd5).
    Md5(RemotePath),
    /// A command without a variant of its own.
    Other(UnknownCommand),
    /// A whole line as the user wrote it.
    Raw(Argument),
}

/// Flags before the path in LIST, NLST or STAT, such as `-la` or `-a -R`: words that begin
/// with a hyphen, with one space between them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ListFlags(Argument);

impl ListFlags {
    /// Returns the flags at the start of `argument`, and their length.
    pub(super) fn at_start_of(argument: &[u8]) -> Option<(Self, usize)> {
        let mut end = 0;
        while argument
            .get(end..)
            .is_some_and(|rest| rest.starts_with(b"-"))
        {
            let word = &argument[end..];
            end += memchr::memchr(b' ', word).unwrap_or(word.len()) + 1;
        }
        let end = end.checked_sub(1)?;
        let flags = Argument::new(&argument[..end]).ok()?;
        Some((Self(flags), end))
    }

    /// Returns the flags with their hyphens.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns whether one of the flags is this letter.
    #[must_use]
    pub fn contains(&self, letter: u8) -> bool {
        letter != b'-' && letter != b' ' && self.as_bytes().contains(&letter)
    }
}

impl fmt::Debug for ListFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A command that [`Command`] has no variant for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownCommand {
    verb: String,
    argument: Option<Argument>,
}

impl UnknownCommand {
    /// `verb` must consist of capital letters and digits.
    pub(super) fn new(verb: String, argument: Option<Argument>) -> Self {
        Self { verb, argument }
    }

    /// Returns the verb, in capital letters.
    #[must_use]
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// Returns the part after the verb and one space.
    #[must_use]
    pub fn argument(&self) -> Option<&Argument> {
        self.argument.as_ref()
    }

    /// Returns the line without CRLF.
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = self.verb.clone().into_bytes();
        if let Some(argument) = &self.argument {
            line.push(b' ');
            line.extend_from_slice(argument.as_bytes());
        }
        line
    }

    /// Returns the reply code with which a server refuses the command: 502 if an RFC defines it,
    /// otherwise 500.
    #[must_use]
    pub fn refusal(&self) -> ReplyCode {
        match self.verb.as_str() {
            // RFC 959; RFC 1639; RFC 2228
            "SMNT" | "LPRT" | "LPSV" | "ADAT" | "CONF" | "ENC" | "MIC" => {
                ReplyCode::NOT_IMPLEMENTED
            }
            _ => ReplyCode::UNRECOGNISED,
        }
    }
}

impl fmt::Debug for UnknownCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&shown(&self.line())).fmt(f)
    }
}
