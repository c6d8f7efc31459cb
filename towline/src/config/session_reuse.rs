//! The policy for data connections that did not resume.

/// What happens to a data connection that did not resume the control connection's TLS session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionReuse {
    /// It is refused if the server requires session reuse. Otherwise it is accepted if its
    /// certificate equals that of the control connection. For an upload, the server must first have
    /// completed a listing or a download over a full handshake.
    #[default]
    Auto,
    /// It is always refused.
    Require,
    /// Resumption is not offered at all. For diagnosis: strict servers refuse such connections.
    Off,
}
