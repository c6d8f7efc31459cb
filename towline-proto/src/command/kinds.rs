//! The commands, one variant each.

use std::net::{SocketAddr, SocketAddrV4};

use jiff::Timestamp;

use super::argument::{Argument, SecretArgument};
use crate::digest::DigestAlgorithm;
use crate::path::RemotePath;

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
    TypeImage,
    TypeAscii,
    // RFC 959, service
    Retr(RemotePath),
    Stor(RemotePath),
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
    /// `LIST -a`, hidden files too, for servers known to take it.
    ListAll(Option<RemotePath>),
    Nlst(Option<RemotePath>),
    Site(Argument),
    Syst,
    Stat(Option<RemotePath>),
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
    /// The facts that MLSx replies shall hold, as `type;size;modify;`.
    OptsMlst(Argument),
    // RFC 2428
    Eprt(SocketAddr),
    Epsv,
    EpsvAll,
    // RFC 3659
    Mdtm(RemotePath),
    Size(RemotePath),
    Mlst(Option<RemotePath>),
    Mlsd(Option<RemotePath>),
    // RFC 7151
    Host(Argument),
    // Widely implemented, in no RFC
    Clnt(Argument),
    Mfmt(Timestamp, RemotePath),
    /// `SITE UTIME YYYYMMDDhhmmss path`, the form that both ProFTPD's
    /// mod_site_misc and Pure-FTPd take; the time is in UTC.
    SiteUtime(Timestamp, RemotePath),
    /// The command that the next data connection is for, ahead of PASV (drftpd).
    Pret(Box<Self>),
    /// A digest of a file by the algorithm selected (draft-bryan-ftp-hash).
    Hash(RemotePath),
    /// Selects the algorithm of HASH.
    OptsHash(DigestAlgorithm),
    /// The first and the last byte of the next transfer or HASH (draft-bryan-ftp-range);
    /// `RANG 1 0` takes the range back. ProFTPD 1.3.8 wants `TYPE I` for it, and gives
    /// HASH of the whole file all the same: only the range in the reply can be believed.
    Rang(u64, u64),
    /// A digest of a file, each algorithm by a command of its own: XSHA512, XSHA256,
    /// XSHA1, XMD5, XCRC. A path with a space goes between double quotes: without them
    /// ProFTPD 1.3.8 takes what is behind the space for a range.
    XDigest(DigestAlgorithm, RemotePath),
    /// An MD5 digest of a file (draft-twine-ftpmd5).
    Md5(RemotePath),
    /// A whole line, as the user wrote it.
    Raw(Argument),
}
