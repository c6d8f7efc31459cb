//! The texts of replies.

/// The texts of a server's replies. Lines of a reply are separated by `\n`.
/// `{path}` is the absolute path, `{quoted}` the same in quotes, `{name}` the
/// argument as received, `{error}` the system's text for the error. An empty
/// phrase means that the command is unknown.
#[derive(Debug)]
pub(crate) struct Phrases {
    pub(crate) greeting: &'static str,
    /// To a client beyond the limit, which is `{limit}`: a `421` instead of the
    /// greeting, or a `530` instead of the answer to `PASS`.
    pub(crate) limit: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) argument_missing: &'static str,
    pub(crate) login_first: &'static str,
    /// To `USER` in clear text.
    pub(crate) tls_first: &'static str,
    /// To commands that need a login, in clear text.
    pub(crate) clear_first: &'static str,
    pub(crate) auth: &'static str,
    pub(crate) auth_unknown: &'static str,
    pub(crate) auth_again: &'static str,
    pub(crate) user: &'static str,
    pub(crate) user_first: &'static str,
    /// To `USER` after the login; empty: a new login begins.
    pub(crate) user_again: &'static str,
    pub(crate) login: &'static str,
    /// To `ACCT`, if no account is set.
    pub(crate) acct: &'static str,
    /// To `PRET`, which has no effect.
    pub(crate) pret: &'static str,
    /// To `HOST` in clear text, if no host is set.
    pub(crate) host: &'static str,
    pub(crate) clnt: &'static str,
    pub(crate) ccc: &'static str,
    /// To `REIN`; a success reply resets the session.
    pub(crate) rein: &'static str,
    pub(crate) login_failed: &'static str,
    pub(crate) features: &'static str,
    pub(crate) system: &'static str,
    pub(crate) pbsz: &'static str,
    pub(crate) pbsz_first: &'static str,
    pub(crate) prot_without_tls: &'static str,
    pub(crate) prot_private: &'static str,
    pub(crate) prot_clear: &'static str,
    /// The same if the settings allow it.
    pub(crate) prot_clear_allowed: &'static str,
    pub(crate) prot_other: &'static str,
    /// The refusal of a clear-text data connection; empty: it is allowed.
    pub(crate) clear_data: &'static str,
    pub(crate) opts_utf8: &'static str,
    /// If it contains `{facts}`, or `{names}` for the same without semicolons,
    /// the selection takes effect; otherwise it is ignored.
    pub(crate) opts_mlst: &'static str,
    pub(crate) opts_other: &'static str,
    pub(crate) type_image: &'static str,
    pub(crate) type_ascii: &'static str,
    pub(crate) type_other: &'static str,
    pub(crate) pwd: &'static str,
    pub(crate) cwd: &'static str,
    pub(crate) cwd_failed: &'static str,
    /// To `CWD` to a file; empty: as to a missing directory.
    pub(crate) cwd_file: &'static str,
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
    /// `{port}`. `{client}` is an acceptable host.
    pub(crate) port_foreign: &'static str,
    /// To `PORT` after `EPSV ALL`.
    pub(crate) port_refused: &'static str,
    pub(crate) eprt_invalid: &'static str,
    /// To `EPRT` after `EPSV ALL`; empty: it is allowed.
    pub(crate) eprt_refused: &'static str,
    /// For an address of another family than the control connection's, whose
    /// number is `{family}`. Empty: it is allowed.
    pub(crate) eprt_family: &'static str,
    /// For an address family other than IPv4 and IPv6.
    pub(crate) eprt_protocol: &'static str,
    /// The server cannot connect to the client's `{port}`.
    pub(crate) connect_failed: &'static str,
    pub(crate) no_data: &'static str,
    pub(crate) accept_failed: &'static str,
    /// The preliminary reply if the data connection is already open, or if the
    /// server opens it; empty: the usual reply.
    pub(crate) start_when_open: &'static str,
    /// Replaces every `..._start` in active mode; empty: the usual reply.
    pub(crate) start_active: &'static str,
    pub(crate) list_start: &'static str,
    pub(crate) mlsd_start: &'static str,
    pub(crate) list_done: &'static str,
    pub(crate) nlst_done: &'static str,
    /// The reply to `LIST` of a missing path, instead of `list_done`.
    pub(crate) list_missing: &'static str,
    pub(crate) nlst_missing: &'static str,
    pub(crate) mlsd_missing: &'static str,
    pub(crate) mlsd_not_directory: &'static str,
    pub(crate) mlst: &'static str,
    pub(crate) mlst_missing: &'static str,
    pub(crate) retr_start: &'static str,
    /// Replaces `retr_start` for more than 4,096 bytes, with `{kbytes}`
    /// kilobytes; empty: the usual reply.
    pub(crate) retr_start_large: &'static str,
    pub(crate) retr_done: &'static str,
    pub(crate) retr_missing: &'static str,
    /// See [`opens_directories`](super::Traits::opens_directories).
    pub(crate) retr_directory: &'static str,
    pub(crate) stor_start: &'static str,
    pub(crate) stor_done: &'static str,
    /// Replaces `retr_done` and `stor_done` if the file is empty; empty: the usual reply.
    pub(crate) done_when_empty: &'static str,
    /// Replaces `retr_done` if a download begins at the end of a file; empty:
    /// the usual reply.
    pub(crate) nothing_left: &'static str,
    pub(crate) stor_failed: &'static str,
    pub(crate) stor_directory: &'static str,
    /// For a transfer that the client ended early; empty: no reply.
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
    /// To `RNFR` of a directory; empty: as of a file.
    pub(crate) rnfr_directory: &'static str,
    pub(crate) rnto: &'static str,
    pub(crate) rnto_failed: &'static str,
    pub(crate) rnto_first: &'static str,
    pub(crate) dele: &'static str,
    pub(crate) dele_failed: &'static str,
    pub(crate) dele_directory: &'static str,
    pub(crate) mkd: &'static str,
    pub(crate) mkd_failed: &'static str,
    /// To `MKD` of a name that exists; empty: as after any failure.
    pub(crate) mkd_exists: &'static str,
    pub(crate) rmd: &'static str,
    pub(crate) rmd_failed: &'static str,
    /// To `RMD` of a missing path or a file; empty: as after any failure.
    pub(crate) rmd_no_directory: &'static str,
    pub(crate) noop: &'static str,
    pub(crate) help: &'static str,
    pub(crate) mode: &'static str,
    /// To a mode other than `S`; empty: every mode is accepted.
    pub(crate) mode_other: &'static str,
    pub(crate) structure: &'static str,
    pub(crate) allo: &'static str,
    pub(crate) stat: &'static str,
    /// `{lines}` are the lines of the listing.
    pub(crate) stat_path: &'static str,
    pub(crate) stat_directory: &'static str,
    /// To `STAT` of a missing path; empty: a listing without lines.
    pub(crate) stat_missing: &'static str,
    pub(crate) site: &'static str,
    pub(crate) abor_idle: &'static str,
    /// The replies, in order, when `ABOR` ends a transfer.
    pub(crate) aborted: &'static [&'static str],
    pub(crate) quit: &'static str,
    pub(crate) timeout: &'static str,
}
