//! When TLS begins.

/// When TLS begins on the control connection. Data connections use TLS exactly if the control
/// connection does, or did until the login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsMode {
    /// With `AUTH TLS` before the login (RFC 4217 section 4), or `AUTH SSL` if the server supports
    /// only that. Connecting fails if the server refuses both.
    #[default]
    Explicit,
    /// Immediately (implicit TLS), as on port 990.
    Implicit,
    /// As [`Self::Explicit`], but the password and everything else are sent in clear text to a
    /// server that does not support `AUTH` (500, 502 or 504, twice). An on-path attacker can make a
    /// server look like that. Clear text is never used if [`Trust`](crate::Trust) or a client
    /// certificate was set, if [`SessionReuse::Require`](crate::SessionReuse::Require) was chosen,
    /// or if the server is known to support TLS.
    IfAvailable,
    /// Never. An on-path attacker can read the password, and read and change every file.
    Off,
}

impl TlsMode {
    /// Returns the default port of the control connection: 990 for implicit TLS, otherwise 21.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Implicit => 990,
            Self::Explicit | Self::IfAvailable | Self::Off => 21,
        }
    }
}
