//! What servers do differently.

use std::time::Duration;

use super::phrases::Phrases;

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
