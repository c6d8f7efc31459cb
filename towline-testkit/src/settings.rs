//! The settings of a server apart from its personality.

use std::time::Duration;

use crate::DigestCommand;
use crate::name_reading::NameReading;

/// When TLS starts on the control connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum TlsMode {
    /// With `AUTH TLS` (RFC 4217).
    #[default]
    Explicit,
    /// Immediately, as on port 990.
    Implicit,
}

/// How a server answers `AUTH` (RFC 4217 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum AuthSupport {
    /// `AUTH TLS` starts TLS. So does `AUTH SSL` if the personality accepts it.
    #[default]
    Tls,
    /// `AUTH SSL` starts TLS; `AUTH TLS` is answered with this code.
    SslOnly(u16),
    /// Every `AUTH` is answered with this code. After a `421` the server closes
    /// the control connection.
    Refused(u16),
}

/// Whether a client must show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientAuth {
    /// The client may show one.
    Offered,
    /// The handshake fails without one.
    Required,
}

/// The settings of all sessions of a server, apart from its personality.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) mode: TlsMode,
    pub(crate) auth: AuthSupport,
    /// Whether login and data may use clear text.
    pub(crate) clear: bool,
    /// Commands and extensions that the server does not know.
    pub(crate) unknown: Vec<&'static str>,
    pub(crate) digests: Vec<DigestCommand>,
    /// Whether `SITE UTIME` is supported, whatever the personality.
    pub(crate) site_utime: bool,
    /// Names and passwords.
    pub(crate) users: Vec<(String, String)>,
    /// The account that `ACCT` must send to complete a login.
    pub(crate) account: Option<String>,
    /// The names that `HOST` accepts.
    pub(crate) hosts: Vec<String>,
    /// The reply to a client beyond the limit.
    pub(crate) limit_reply: String,
    pub(crate) reading: NameReading,
    /// What `LIST` sends for every path.
    pub(crate) listing: Option<Vec<u8>>,
    /// How many hours the times of `LIST` are ahead of UTC.
    pub(crate) listing_offset: i32,
    /// The text of the reply to `SYST`.
    pub(crate) system: Option<String>,
    /// Whether passive mode requires `PRET` first.
    pub(crate) requires_pret: bool,
    /// The longest wait in any one step.
    pub(crate) deadline: Duration,
}

impl Settings {
    /// Enables or disables an extension of the personality.
    pub(crate) fn know(&mut self, name: &'static str, known: bool) {
        self.unknown.retain(|unknown| *unknown != name);
        if !known {
            self.unknown.push(name);
        }
    }

    /// Returns whether a command or an extension is disabled.
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
            reading: NameReading::default(),
            listing: None,
            listing_offset: 0,
            system: None,
            requires_pret: false,
            deadline: Duration::from_secs(30),
        }
    }
}
