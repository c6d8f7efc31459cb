//! Who or what is at fault.

/// Who or what is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller: a configuration or an argument that cannot work.
    Usage,
    /// The network: no connection, or one that broke.
    Network,
    /// The server or the network: no progress within the configured time.
    Timeout,
    /// The server: it cannot serve now (421), or has too many connections (421, or 530 in those
    /// words).
    Unavailable,
    /// TLS could not be agreed on.
    Tls,
    /// The server's certificate is not acceptable.
    Certificate,
    /// The server, or the proxy before it, refused user or password.
    LoginRefused,
    /// The server has no such file or directory, as far as its words tell.
    NotFound,
    /// The remote target exists and was to be left alone. A local one is [`Self::Local`].
    AlreadyExists,
    /// The server refused the operation.
    Refused,
    /// The server does not let an upload, which is whole, have its final name.
    RenameRefused,
    /// The server demands that data connections resume the control connection's TLS session, or
    /// the policy does, and every recovery has failed.
    SessionReuseRefused,
    /// The transfer ended early, or the result has the wrong size.
    Incomplete,
    /// A local file or disk.
    Local,
    /// Nobody: the caller wanted it to end.
    Cancelled,
    /// The server sent something that is not FTP.
    Protocol,
}

impl ErrorKind {
    /// The name used in logs and JSON, in snake case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Tls => "tls",
            Self::Certificate => "certificate",
            Self::LoginRefused => "login_refused",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::Refused => "refused",
            Self::RenameRefused => "rename_refused",
            Self::SessionReuseRefused => "session_reuse_refused",
            Self::Incomplete => "incomplete",
            Self::Local => "local",
            Self::Cancelled => "cancelled",
            Self::Protocol => "protocol",
        }
    }
}
