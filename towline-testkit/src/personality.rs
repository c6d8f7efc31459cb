//! The well-known servers that this server can imitate, as a table of behavior.
//!
//! Texts, orders and tickets were observed on the real servers on loopback.
//! FileZilla Server's replies to `PORT`, `EPRT` and `CLNT` are from its source.

mod filezilla;
mod phrases;
mod proftpd;
mod pureftpd;
mod pyftpdlib;
mod traits;
mod vsftpd;

pub(crate) use self::phrases::Phrases;
pub(crate) use self::traits::{
    AppendAfterRest, Closing, ControlTickets, Fact, HandshakeFailure, ListingStyle, Meanwhile,
    Reading, Refusal, Reuse, TlsTraits, Traits,
};

/// A server to imitate.
///
/// | personality | requires session reuse | TLS 1.3 tickets |
/// | --- | --- | --- |
/// | [`VsFtpd`](Self::VsFtpd) | any resumed session | 2 on control, 1 on each resumed data connection |
/// | [`ProFtpd138`](Self::ProFtpd138) | a session of this control connection | 2 on control, 1 on resumed data connections but not on uploads |
/// | [`ProFtpd1310`](Self::ProFtpd1310) | a session of this control connection | 2 on control, none on resumed data connections |
/// | [`FileZilla1`](Self::FileZilla1) | a session of this control connection | 1 on control before each reply to `PASV`, `EPSV`, `PORT` and `EPRT` |
/// | [`PureFtpd`](Self::PureFtpd) | no | none |
/// | [`PyFtpdlib`](Self::PyFtpdlib) | no | 2 on control, 1 on each resumed data connection |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Personality {
    /// vsftpd 3.0.3 with `require_ssl_reuse=YES`.
    VsFtpd,
    /// ProFTPD 1.3.8 with `mod_tls` at its defaults.
    ProFtpd138,
    /// ProFTPD 1.3.10, which sends no ticket on any resumed data connection.
    ProFtpd1310,
    /// FileZilla Server 1.9.
    FileZilla1,
    /// Pure-FTPd 1.0.50 with `--tls=2`.
    PureFtpd,
    /// pyftpdlib 2.2 with its TLS handler.
    PyFtpdlib,
}

impl Personality {
    /// All personalities.
    pub const ALL: [Self; 6] = [
        Self::VsFtpd,
        Self::ProFtpd138,
        Self::ProFtpd1310,
        Self::FileZilla1,
        Self::PureFtpd,
        Self::PyFtpdlib,
    ];

    /// Returns the name and version of the imitated server.
    pub fn name(self) -> &'static str {
        match self {
            Self::VsFtpd => "vsftpd 3.0.3",
            Self::ProFtpd138 => "ProFTPD 1.3.8",
            Self::ProFtpd1310 => "ProFTPD 1.3.10",
            Self::FileZilla1 => "FileZilla Server 1.9.4",
            Self::PureFtpd => "Pure-FTPd 1.0.50",
            Self::PyFtpdlib => "pyftpdlib 2.2.0",
        }
    }

    /// Returns whether it refuses data connections that did not resume a session.
    pub fn requires_reuse(self) -> bool {
        self.traits().reuse.is_some()
    }

    pub(crate) fn traits(self) -> &'static Traits {
        match self {
            Self::VsFtpd => &vsftpd::TRAITS,
            Self::ProFtpd138 => &proftpd::TRAITS_138,
            Self::ProFtpd1310 => &proftpd::TRAITS_1310,
            Self::FileZilla1 => &filezilla::TRAITS,
            Self::PureFtpd => &pureftpd::TRAITS,
            Self::PyFtpdlib => &pyftpdlib::TRAITS,
        }
    }
}
