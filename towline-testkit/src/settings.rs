//! What a server is told to do, whatever its personality.

use std::time::Duration;

/// When TLS starts on the control connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum TlsMode {
    /// With `AUTH TLS` (RFC 4217).
    #[default]
    Explicit,
    /// At once, as on port 990.
    Implicit,
}

/// What a server answers to `AUTH` (RFC 4217 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum AuthSupport {
    /// `AUTH TLS` starts TLS, and `AUTH SSL` where the personality takes it.
    #[default]
    Tls,
    /// `AUTH SSL` starts TLS; `AUTH TLS` is answered with this code.
    SslOnly(u16),
    /// Whatever is asked for is answered with this code. Behind a `421` the
    /// server closes the control connection.
    Refused(u16),
}

/// What all sessions of a server go by, beside its personality.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) mode: TlsMode,
    pub(crate) auth: AuthSupport,
    /// Log-in and data may go in clear.
    pub(crate) clear: bool,
    /// Names and passwords.
    pub(crate) users: Vec<(String, String)>,
    /// The server waits no longer than this in any one step.
    pub(crate) deadline: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: TlsMode::default(),
            auth: AuthSupport::default(),
            clear: false,
            users: Vec::new(),
            deadline: Duration::from_secs(30),
        }
    }
}
