//! What a client does before it is its turn, and what a server makes of it.

/// What becomes of a command that comes while a transfer runs, that is behind
/// its preliminary reply and ahead of its final one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Early {
    /// The data connection is closed on the spot and the command obeyed; the
    /// transfer never has its final reply. pyftpdlib does so with `EPSV` and
    /// its like.
    Cut,
    /// The command is never answered.
    Drop,
    /// The command is obeyed at once: its reply comes ahead of the
    /// transfer's final one. What needs a data connection itself waits.
    Answer,
    /// The command is answered with this at once and not obeyed, such as
    /// `450 EPSV: data transfer in progress`.
    Refuse(String),
}

/// What becomes of a download whose client has sent `close_notify` before the
/// last byte was sent. It loses that byte, in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EarlyClose {
    /// The data connection is reset, and the transfer called complete.
    /// ProFTPD does so with what is not at the client yet.
    Reset,
    /// The data connection is closed with `close_notify`, and the transfer
    /// called complete.
    Shorten,
    /// The data connection is closed with `close_notify`, and the transfer
    /// called a failure: `426`, or whatever the personality says.
    Fail,
}
