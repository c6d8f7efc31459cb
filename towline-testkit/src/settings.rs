//! What a server is told to do, whatever its personality.

use std::time::Duration;

use crate::DigestCommand;

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

/// Whether a client has to show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientAuth {
    /// It may.
    Offered,
    /// The handshake fails without.
    Required,
}

/// What all sessions of a server go by, beside its personality.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) mode: TlsMode,
    pub(crate) auth: AuthSupport,
    /// Log-in and data may go in clear.
    pub(crate) clear: bool,
    /// Commands and extensions that the server does not know.
    pub(crate) unknown: Vec<&'static str>,
    pub(crate) digests: Vec<DigestCommand>,
    /// `SITE UTIME` is known, whatever the personality.
    pub(crate) site_utime: bool,
    /// Names and passwords.
    pub(crate) users: Vec<(String, String)>,
    /// What `ACCT` has to say before a log-in is complete.
    pub(crate) account: Option<String>,
    /// The names that `HOST` may say.
    pub(crate) hosts: Vec<String>,
    /// What one client too many is told.
    pub(crate) limit_reply: String,
    /// What `LIST` sends, whatever it is asked for.
    pub(crate) listing: Option<Vec<u8>>,
    /// Hours that the times of `LIST` are ahead of UTC.
    pub(crate) listing_offset: i32,
    /// What `SYST` says behind its code.
    pub(crate) system: Option<String>,
    /// Passive mode wants `PRET` in front.
    pub(crate) requires_pret: bool,
    /// The server waits no longer than this in any one step.
    pub(crate) deadline: Duration,
}

impl Settings {
    /// Has the server know an extension of its personality, or not.
    pub(crate) fn know(&mut self, name: &'static str, known: bool) {
        self.unknown.retain(|unknown| *unknown != name);
        if !known {
            self.unknown.push(name);
        }
    }

    /// Whether the server is told not to know a command or an extension.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        self.unknown
            .iter()
            .any(|unknown| name.eq_ignore_ascii_case(unknown))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: TlsMode::default(),
            auth: AuthSupport::default(),
            clear: false,
            unknown: Vec::new(),
            digests: Vec::new(),
            site_utime: false,
            users: Vec::new(),
            account: None,
            hosts: Vec::new(),
            limit_reply: String::new(),
            listing: None,
            listing_offset: 0,
            system: None,
            requires_pret: false,
            deadline: Duration::from_secs(30),
        }
    }
}
