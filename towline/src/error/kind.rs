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
    /// The caller: an invalid configuration or argument.
    Usage,
    /// The network: a connection could not be opened, or was lost.
    Network,
    /// The server or the network: no progress within the configured time.
    Timeout,
    /// The server: it is unavailable (421), or has too many connections (421, or 530 with a text
    /// that says so).
    Unavailable,
    /// TLS could not be negotiated, or failed.
    Tls,
    /// The server's certificate is not acceptable.
    Certificate,
    /// The server, or the proxy in front of it, refused the user or password.
    LoginRefused,
    /// The server has no such file or directory, according to the text of its reply.
    NotFound,
    /// The remote target exists and must not be replaced. For a local target, the kind is
    /// [`Self::Local`].
    AlreadyExists,
    /// The server refused the operation.
    Refused,
    /// The upload is complete, but the server refused to rename it to its final name.
    RenameRefused,
    /// The server or the policy requires data connections to resume the control connection's TLS
    /// session, and every recovery failed.
    SessionReuseRefused,
    /// The transfer ended early, or its result has the wrong size.
    Incomplete,
    /// A local file or disk.
    Local,
    /// No fault: the caller cancelled the operation.
    Cancelled,
    /// The server violated the FTP protocol.
    Protocol,
}

impl ErrorKind {
    /// Returns the name used in logs and JSON, in snake case.
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
