//! The well-known servers that this one can play: a table of what each does.
//!
//! Texts, orders and tickets were observed on the real servers on loopback;
//! what FileZilla Server says to `PORT`, `EPRT` and `CLNT` is from its source.

use std::time::Duration;

mod filezilla;
mod proftpd;
mod pureftpd;
mod pyftpdlib;
mod vsftpd;

/// A server to play.
///
/// | personality | demands session reuse | TLS 1.3 tickets |
/// | --- | --- | --- |
/// | [`VsFtpd`](Self::VsFtpd) | any session resumed | 2 on control, 1 on each resumed data connection |
/// | [`ProFtpd138`](Self::ProFtpd138) | a session of this control connection | 2 on control, 1 on resumed data connections but not on uploads |
/// | [`ProFtpd1310`](Self::ProFtpd1310) | a session of this control connection | 2 on control, none on resumed data connections |
/// | [`FileZilla1`](Self::FileZilla1) | a session of this control connection | 1 on control in front of each reply to `PASV`, `EPSV`, `PORT` and `EPRT` |
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

    /// Name and version of the server played.
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

    /// Whether it refuses data connections that did not resume a session.
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

/// What a server does.
#[derive(Debug)]
pub(crate) struct Traits {
    pub(crate) tls: TlsTraits,
    /// The check of data connections, if there is one.
    pub(crate) reuse: Option<Reuse>,
    /// How a data connection that fails the check is refused.
    pub(crate) refusal: Refusal,
    /// TLS on a data connection starts at accept, not behind the 150.
    pub(crate) tls_at_accept: bool,
    /// What happens to a control connection whose data handshake failed.
    pub(crate) handshake_failure: HandshakeFailure,
    /// The final reply to an upload that ended without `close_notify`; empty:
    /// there is none.
    pub(crate) upload_without_close_notify: &'static str,
    /// The final reply to an upload whose connection was reset.
    pub(crate) upload_reset: &'static str,
    /// How a data connection is closed behind a transfer.
    pub(crate) closing: Closing,
    /// The control connection ends with `close_notify` behind `QUIT`.
    pub(crate) quits_with_close_notify: bool,
    /// A download whose client left with FIN but without `close_notify` costs
    /// the control connection; one that was reset does not.
    pub(crate) abrupt_end_is_fatal: bool,
    /// A data connection closed without `close_notify` spoils the TLS 1.2
    /// session that it had resumed by its id.
    pub(crate) abrupt_end_spoils_session: bool,
    /// Commands that need no log-in, beside those of the log-in itself.
    pub(crate) before_login: &'static [&'static str],
    /// What becomes of a command that arrives during a transfer.
    pub(crate) meanwhile: Meanwhile,
    /// A download whose client closes its own direction before all data is
    /// sent ends in a reset, and what is not at the client by then is lost.
    /// Played as the last byte of files longer than this.
    pub(crate) early_close_limit: Option<u64>,
    /// Whether the client must authenticate with `PBSZ` before `PROT`.
    pub(crate) pbsz_first: bool,
    /// `LIST` takes options such as `-a` and `-l`.
    pub(crate) list_options: bool,
    /// `LIST` of nothing is refused before the 150.
    pub(crate) list_checks_first: bool,
    /// `NLST` of nothing is refused before the 150.
    pub(crate) nlst_checks_first: bool,
    /// In active mode the server connects when `PORT` comes, not when a
    /// transfer does.
    pub(crate) connects_at_port: bool,
    /// `RETR` and `STOR` look for a data port before they look at the file.
    pub(crate) port_before_file: bool,
    pub(crate) mlsd: bool,
    pub(crate) reading: Reading,
    /// `RANG` names a part of the file for the next `RETR`; `HASH` pays no
    /// attention to it.
    pub(crate) ranges: bool,
    /// `AUTH SSL` is taken like `AUTH TLS`.
    pub(crate) auth_ssl: bool,
    /// `MDTM time path` sets a time.
    pub(crate) mdtm_sets: bool,
    /// `SIZE` answers in ASCII mode too.
    pub(crate) size_in_ascii: bool,
    /// Times of `MDTM` and `MLSD` with milliseconds.
    pub(crate) milliseconds: bool,
    /// `REST` beyond the end sends nothing instead of being refused.
    pub(crate) rest_beyond_end: bool,
    /// `STOR` behind `REST` leaves what the file has beyond its own last byte,
    /// and is refused beyond the end where `RETR` is. Otherwise it cuts the
    /// file where it starts, and starts at the end at the latest.
    pub(crate) restart_keeps_tail: bool,
    pub(crate) append_after_rest: AppendAfterRest,
    /// `REST` is forgotten at the next command, even if that is `EPSV`.
    pub(crate) rest_needs_transfer_next: bool,
    /// `CWD` without an argument goes to the root.
    pub(crate) cwd_without_argument: bool,
    pub(crate) listing: ListingStyle,
    pub(crate) phrases: Phrases,
}

/// What a server does in TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TlsTraits {
    pub(crate) tickets: bool,
    pub(crate) session_ids: bool,
    /// Without TLS 1.3 there are session ids only.
    pub(crate) session_ids_only_without_13: bool,
    pub(crate) control_tickets: ControlTickets,
    /// TLS 1.3 tickets on a data connection after a full handshake.
    pub(crate) data_tickets: usize,
    /// TLS 1.3 tickets on a resumed data connection on which the server sends.
    pub(crate) download_tickets: usize,
    /// The same where the client sends.
    pub(crate) upload_tickets: usize,
    /// TLS resumes a session of another control connection.
    pub(crate) foreign_tickets: bool,
    pub(crate) foreign_session_ids: bool,
    pub(crate) lifetime: Duration,
    pub(crate) p256_only: bool,
    /// The control connection offers `x-filezilla-ftp` and `ftp`.
    pub(crate) filezilla_protocol: bool,
}

impl TlsTraits {
    pub(crate) fn application_protocols(&self) -> Vec<Vec<u8>> {
        if self.filezilla_protocol {
            vec![b"x-filezilla-ftp".to_vec(), b"ftp".to_vec()]
        } else {
            Vec::new()
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum ControlTickets {
    /// As many behind the handshake.
    AfterHandshake(usize),
    /// One in front of each reply to `PASV`, `EPSV`, `PORT` and `EPRT`.
    WithDataPort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// Any session.
    Any,
    /// A session of the same control connection.
    Bound,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    pub(crate) reply: &'static str,
    /// The data connection is closed with `close_notify`.
    pub(crate) close_notify: bool,
    /// The control connection is closed behind the reply.
    pub(crate) ends_control: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum HandshakeFailure {
    Reply(&'static str),
    /// Plain text in the middle of the TLS stream, then the end.
    Plaintext(&'static str),
    /// The end, without a word.
    Close,
}

/// What a server does between the last byte of a transfer and its final reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// `close_notify`, then it waits for the client's.
    Answered,
    /// `close_notify` and FIN, then it waits for one thing more from the
    /// client: behind a download `close_notify` will do, behind an upload that
    /// came already and FIN is missing.
    Lingering,
    /// `close_notify` and FIN; it waits for nothing.
    AtOnce,
}

/// What a line is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// For the bytes that it is.
    Bytes,
    /// Telnet commands are taken out of it.
    Telnet,
    /// What is not UTF-8 becomes U+FFFD.
    Utf8,
}

/// What `APPE` does behind `REST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppendAfterRest {
    /// It appends all the same.
    Appends,
    /// It writes where `STOR` would.
    Restarts,
    /// It is refused with this reply, and the offset stays.
    Refused(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// It waits its turn, `ABOR` too.
    Queue,
    /// `ABOR` aborts, other commands wait.
    Abort,
    /// It is answered at once, and `ABOR` aborts. What agrees on another data
    /// connection cuts this one: there is no final reply.
    Answer,
}

/// What a line of `LIST` and of `MLSD` looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListingStyle {
    pub(crate) links_width: usize,
    pub(crate) owner: &'static str,
    pub(crate) group: &'static str,
    pub(crate) owner_width: usize,
    pub(crate) size_width: usize,
    pub(crate) zero_padded_day: bool,
    /// `MLSD` has entries for the directory itself and its parent.
    pub(crate) mlsd_dots: bool,
    /// `NLST` has `.` and `..`.
    pub(crate) nlst_dots: bool,
    /// `STAT` of a directory has them.
    pub(crate) stat_dots: bool,
    /// The lines of `STAT` begin with a space.
    pub(crate) stat_indent: bool,
    /// The fact `perm` of files and of directories.
    pub(crate) perm: (&'static str, &'static str),
    /// Facts in the order of the line.
    pub(crate) facts: &'static [Fact],
    /// The name in `MLST` is the whole path.
    pub(crate) mlst_whole_path: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Type,
    /// Files only.
    Size,
    /// Files and directories.
    SizeOfAll,
    /// Files as `size`, directories as `sizd`.
    SizeOrSizd,
    Modify,
    Perm,
    /// The fact that FileZilla Server writes where it announced `perm`.
    Perms,
    Unique,
    UnixMode,
    UnixOwner,
    UnixGroup,
    UnixUid,
    UnixGid,
}

/// What a server says. Lines of a reply are separated by `\n`; `{path}` is
/// the absolute path, `{quoted}` the same between quotes, `{name}` the argument
/// as it came, `{error}` the system's word for what went wrong. An empty phrase:
/// the command is unknown.
#[derive(Debug)]
pub(crate) struct Phrases {
    pub(crate) greeting: &'static str,
    /// To one client too many, `{limit}` being how many there may be: a `421`
    /// in place of the greeting, a `530` in place of the answer to `PASS`.
    pub(crate) limit: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) argument_missing: &'static str,
    pub(crate) login_first: &'static str,
    /// To `USER` in clear.
    pub(crate) tls_first: &'static str,
    /// To what needs a log-in, in clear.
    pub(crate) clear_first: &'static str,
    pub(crate) auth: &'static str,
    pub(crate) auth_unknown: &'static str,
    pub(crate) auth_again: &'static str,
    pub(crate) user: &'static str,
    pub(crate) user_first: &'static str,
    pub(crate) login: &'static str,
    /// To `ACCT`, where no account is set.
    pub(crate) acct: &'static str,
    /// To `PRET`, which makes no difference.
    pub(crate) pret: &'static str,
    /// To `HOST` in clear, where no host is set.
    pub(crate) host: &'static str,
    pub(crate) clnt: &'static str,
    pub(crate) ccc: &'static str,
    /// To `REIN`; a reply of success begins anew.
    pub(crate) rein: &'static str,
    pub(crate) login_failed: &'static str,
    pub(crate) features: &'static str,
    pub(crate) system: &'static str,
    pub(crate) pbsz: &'static str,
    pub(crate) pbsz_first: &'static str,
    pub(crate) prot_without_tls: &'static str,
    pub(crate) prot_private: &'static str,
    pub(crate) prot_clear: &'static str,
    /// The same where the server is told to allow it.
    pub(crate) prot_clear_allowed: &'static str,
    pub(crate) prot_other: &'static str,
    /// The refusal of a clear data connection; empty: it is allowed.
    pub(crate) clear_data: &'static str,
    pub(crate) opts_utf8: &'static str,
    /// With `{facts}` the choice counts, without it is ignored.
    pub(crate) opts_mlst: &'static str,
    pub(crate) opts_other: &'static str,
    pub(crate) type_image: &'static str,
    pub(crate) type_ascii: &'static str,
    pub(crate) type_other: &'static str,
    pub(crate) pwd: &'static str,
    pub(crate) cwd: &'static str,
    pub(crate) cwd_failed: &'static str,
    pub(crate) epsv: &'static str,
    pub(crate) epsv_all: &'static str,
    /// To `EPSV` for another address family; empty: the number is ignored.
    pub(crate) epsv_protocol: &'static str,
    pub(crate) pasv: &'static str,
    pub(crate) pasv_refused: &'static str,
    /// To `PORT` and `EPRT`; `{passive}` is the command to prefer.
    pub(crate) port: &'static str,
    pub(crate) port_invalid: &'static str,
    /// For an address that the server does not connect to: `{host}` and
    /// `{port}`, where `{client}` would do.
    pub(crate) port_foreign: &'static str,
    /// To `PORT` behind `EPSV ALL`.
    pub(crate) port_refused: &'static str,
    pub(crate) eprt_invalid: &'static str,
    /// To `EPRT` behind `EPSV ALL`; empty: it is allowed.
    pub(crate) eprt_refused: &'static str,
    /// For an address of the family that the control connection is not of;
    /// `{family}` is the number of its own. Empty: it is allowed.
    pub(crate) eprt_family: &'static str,
    /// For an address family other than IPv4 and IPv6.
    pub(crate) eprt_protocol: &'static str,
    /// No connection to the client's `{port}`.
    pub(crate) connect_failed: &'static str,
    pub(crate) no_data: &'static str,
    pub(crate) accept_failed: &'static str,
    /// The preliminary reply where the data connection stands already, or is
    /// the server's to make; empty: the same as otherwise.
    pub(crate) start_when_open: &'static str,
    /// In place of every `..._start` in active mode; empty: the same.
    pub(crate) start_active: &'static str,
    pub(crate) list_start: &'static str,
    pub(crate) mlsd_start: &'static str,
    pub(crate) list_done: &'static str,
    pub(crate) nlst_done: &'static str,
    /// Reply to `LIST` of nothing, in place of `list_done`.
    pub(crate) list_missing: &'static str,
    pub(crate) nlst_missing: &'static str,
    pub(crate) mlsd_missing: &'static str,
    pub(crate) mlsd_not_directory: &'static str,
    pub(crate) mlst: &'static str,
    pub(crate) mlst_missing: &'static str,
    pub(crate) retr_start: &'static str,
    /// In its place where more than 4,096 bytes are to be sent, `{kbytes}`
    /// kilobytes; empty: there is no difference.
    pub(crate) retr_start_large: &'static str,
    pub(crate) retr_done: &'static str,
    pub(crate) retr_missing: &'static str,
    pub(crate) retr_directory: &'static str,
    pub(crate) stor_start: &'static str,
    pub(crate) stor_done: &'static str,
    /// In place of both where the file is empty; empty: the same.
    pub(crate) done_when_empty: &'static str,
    /// In place of that where a download begins at the end of a file; empty:
    /// the same.
    pub(crate) nothing_left: &'static str,
    pub(crate) stor_failed: &'static str,
    pub(crate) stor_directory: &'static str,
    /// A transfer that the client ended early; empty: there is no reply.
    pub(crate) transfer_failed: &'static str,
    pub(crate) disk_full: &'static str,
    pub(crate) rest: &'static str,
    pub(crate) rest_invalid: &'static str,
    pub(crate) rest_beyond: &'static str,
    pub(crate) size: &'static str,
    pub(crate) size_missing: &'static str,
    pub(crate) size_directory: &'static str,
    pub(crate) size_ascii: &'static str,
    pub(crate) mdtm: &'static str,
    pub(crate) mdtm_missing: &'static str,
    pub(crate) mdtm_directory: &'static str,
    pub(crate) mfmt: &'static str,
    pub(crate) mfmt_missing: &'static str,
    pub(crate) site_utime: &'static str,
    pub(crate) rnfr: &'static str,
    pub(crate) rnfr_missing: &'static str,
    pub(crate) rnto: &'static str,
    pub(crate) rnto_failed: &'static str,
    pub(crate) rnto_first: &'static str,
    pub(crate) dele: &'static str,
    pub(crate) dele_failed: &'static str,
    pub(crate) dele_directory: &'static str,
    pub(crate) mkd: &'static str,
    pub(crate) mkd_failed: &'static str,
    pub(crate) rmd: &'static str,
    pub(crate) rmd_failed: &'static str,
    pub(crate) noop: &'static str,
    pub(crate) help: &'static str,
    pub(crate) mode: &'static str,
    pub(crate) structure: &'static str,
    pub(crate) allo: &'static str,
    pub(crate) stat: &'static str,
    /// `{lines}` are those of the listing.
    pub(crate) stat_path: &'static str,
    pub(crate) stat_directory: &'static str,
    pub(crate) site: &'static str,
    pub(crate) abor_idle: &'static str,
    /// The replies, in order, when `ABOR` ends a transfer.
    pub(crate) aborted: &'static [&'static str],
    pub(crate) quit: &'static str,
    pub(crate) timeout: &'static str,
}
