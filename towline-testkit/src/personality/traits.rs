//! Differences in server behavior.

use std::time::Duration;

use super::phrases::Phrases;

/// The behavior of a server.
#[derive(Debug)]
pub(crate) struct Traits {
    pub(crate) tls: TlsTraits,
    /// The check of data connections, if there is one.
    pub(crate) reuse: Option<Reuse>,
    /// How a data connection that fails the check is refused.
    pub(crate) refusal: Refusal,
    /// TLS on a data connection starts at accept, not after the 150.
    pub(crate) tls_at_accept: bool,
    /// What happens to a control connection whose data handshake failed.
    pub(crate) handshake_failure: HandshakeFailure,
    /// The final reply to an upload that ended without `close_notify`; empty:
    /// no reply.
    pub(crate) upload_without_close_notify: &'static str,
    /// The final reply to an upload whose connection was reset.
    pub(crate) upload_reset: &'static str,
    /// How a data connection is closed after a transfer.
    pub(crate) closing: Closing,
    /// The control connection ends with `close_notify` after `QUIT`.
    pub(crate) quits_with_close_notify: bool,
    /// If the client of a download sends FIN without `close_notify`, the server
    /// closes the control connection; after a reset it does not.
    pub(crate) abrupt_end_is_fatal: bool,
    /// A data connection closed without `close_notify` invalidates the TLS 1.2
    /// session that it resumed by session id.
    pub(crate) abrupt_end_spoils_session: bool,
    /// Commands that need no login, apart from the login commands.
    pub(crate) before_login: &'static [&'static str],
    /// How a command that arrives during a transfer is treated.
    pub(crate) meanwhile: Meanwhile,
    /// If the client closes its direction before all data is sent, the download
    /// ends in a reset, and data that has not reached the client is lost. The
    /// test server drops the last byte of files longer than this.
    pub(crate) early_close_limit: Option<u64>,
    /// Whether the client must authenticate with `PBSZ` before `PROT`.
    pub(crate) pbsz_first: bool,
    /// `LIST` accepts options such as `-a` and `-l`.
    pub(crate) list_options: bool,
    /// `LIST` of a missing path is refused before the 150.
    pub(crate) list_checks_first: bool,
    /// `NLST` of a missing path is refused before the 150.
    pub(crate) nlst_checks_first: bool,
    /// In active mode the server connects at `PORT`, not at the transfer
    /// command.
    pub(crate) connects_at_port: bool,
    /// `RETR` and `STOR` check for a data port before they check the file.
    pub(crate) port_before_file: bool,
    pub(crate) mlsd: bool,
    pub(crate) reading: Reading,
    /// `RANG` selects a byte range for the next `RETR`; `HASH` ignores it.
    pub(crate) ranges: bool,
    /// `AUTH SSL` means the same as `AUTH TLS`.
    pub(crate) auth_ssl: bool,
    /// `MDTM time path` sets a time.
    pub(crate) mdtm_sets: bool,
    /// `SIZE` also works in ASCII mode.
    pub(crate) size_in_ascii: bool,
    /// Times of `MDTM` and `MLSD` have milliseconds.
    pub(crate) milliseconds: bool,
    /// A download after `REST` beyond the end sends nothing and is not refused.
    pub(crate) rest_beyond_end: bool,
    /// `STOR` after `REST` keeps the bytes of the file after its own last byte,
    /// and is refused beyond the end if `RETR` is. Otherwise it truncates the
    /// file at its start offset, which is at most the end of the file.
    pub(crate) restart_keeps_tail: bool,
    /// `RETR` of a directory begins, and its final reply is the refusal.
    pub(crate) opens_directories: bool,
    pub(crate) append_after_rest: AppendAfterRest,
    /// `REST` is forgotten at the next command, even if that is `EPSV`.
    pub(crate) rest_needs_transfer_next: bool,
    /// A blank at either end of the argument of `STOR`, `MKD` and `RNTO` becomes
    /// `_`.
    pub(crate) replaces_blanks: bool,
    /// `CWD` without an argument goes to the root.
    pub(crate) cwd_without_argument: bool,
    pub(crate) listing: ListingStyle,
    pub(crate) phrases: Phrases,
}

/// The TLS behavior of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TlsTraits {
    pub(crate) tickets: bool,
    pub(crate) session_ids: bool,
    /// Without TLS 1.3 the server uses session ids only.
    pub(crate) session_ids_only_without_13: bool,
    pub(crate) control_tickets: ControlTickets,
    /// TLS 1.3 tickets on a data connection after a full handshake.
    pub(crate) data_tickets: usize,
    /// TLS 1.3 tickets on a resumed data connection on which the server sends.
    pub(crate) download_tickets: usize,
    /// The same if the client sends.
    pub(crate) upload_tickets: usize,
    /// The TLS layer accepts a session of another control connection.
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
    /// This many after the handshake.
    AfterHandshake(usize),
    /// One before each reply to `PASV`, `EPSV`, `PORT` and `EPRT`.
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
    /// The control connection is closed after the reply.
    pub(crate) ends_control: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum HandshakeFailure {
    Reply(&'static str),
    /// Clear text in the middle of the TLS stream, then the end.
    Plaintext(&'static str),
    /// The end, without a reply.
    Close,
}

/// What a server does between the last byte of a transfer and its final reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Sends `close_notify`, then waits for the client's.
    Answered,
    /// Sends `close_notify` and FIN, then waits for one more signal from the
    /// client: after a download `close_notify` is enough; after an upload, whose
    /// `close_notify` has already arrived, it waits for FIN.
    Lingering,
    /// Sends `close_notify` and FIN, and waits for nothing.
    AtOnce,
}

/// How a line is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As bytes.
    Bytes,
    /// Telnet commands are removed.
    Telnet,
    /// Invalid UTF-8 becomes U+FFFD.
    Utf8,
}

/// What `APPE` does after `REST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppendAfterRest {
    /// It still appends.
    Appends,
    /// It writes where `STOR` would.
    Restarts,
    /// It is refused with this reply, and the offset stays.
    Refused(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// The command waits its turn, even `ABOR`.
    Queue,
    /// `ABOR` aborts, other commands wait.
    Abort,
    /// The command is answered at once, and `ABOR` aborts. A command that
    /// negotiates another data connection cuts this one, without a final reply.
    Answer,
}

/// The form of the lines of `LIST` and `MLSD`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListingStyle {
    /// The modes of files and of directories.
    pub(crate) modes: (&'static str, &'static str),
    /// The number of links of directories.
    pub(crate) directory_links: u32,
    /// Directories have a size.
    pub(crate) directory_sizes: bool,
    /// `LIST` and `STAT` of a file show its whole path.
    pub(crate) whole_path_of_file: bool,
    /// `NLST` of a directory shows names behind that directory.
    pub(crate) nlst_with_directory: bool,
    /// The names of a directory are in order.
    pub(crate) is_sorted: bool,
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
    /// The values of the fact `perm` for files and for directories.
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
