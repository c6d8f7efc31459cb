//! Early client actions, and how a server reacts to them.

/// How the server treats a command that arrives during a transfer: after the
/// preliminary reply and before the final one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Early {
    /// The server closes the data connection at once and executes the command.
    /// The transfer never gets its final reply. pyftpdlib does this for `EPSV`
    /// and similar commands.
    Cut,
    /// The server never answers the command.
    Drop,
    /// The server executes the command at once: its reply comes before the
    /// transfer's final reply. A command that needs a data connection waits.
    Answer,
    /// The server sends this reply at once and does not execute the command.
    /// An example is `450 EPSV: data transfer in progress`.
    Refuse(String),
}

/// What happens to a download if the client sent `close_notify` before the
/// last byte was sent. The download loses that byte in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EarlyClose {
    /// The server resets the data connection and reports the transfer as
    /// complete. On ProFTPD, data that has not reached the client is lost.
    Reset,
    /// The server closes the data connection with `close_notify` and reports
    /// the transfer as complete.
    Shorten,
    /// The server closes the data connection with `close_notify` and reports
    /// the transfer as failed, with `426` or the personality's own reply.
    Fail,
}
