//! What a client is told: the server, the login, TLS, and how long to wait.

use std::fmt;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use towline_proto::secret::Secret;

use crate::observer::Observer;
use crate::retry::Retry;

/// How to reach one server, and whom and what to trust there.
///
/// ```
/// use towline::{Config, Secret, TlsMode, Trust};
///
/// let config = Config::new("ftp.example.com")
///     .user("reports")
///     .password(Secret::new("from a safe place"))
///     .tls_mode(TlsMode::Explicit)
///     .trust(Trust::CaFile("vendor-ca.pem".into()));
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) tls_mode: TlsMode,
    pub(crate) tls_min: TlsVersion,
    pub(crate) tls_max: TlsVersion,
    pub(crate) trust: Trust,
    pub(crate) session_reuse: SessionReuse,
    pub(crate) timeout: Duration,
    pub(crate) listing_limit: u64,
    pub(crate) retry: Retry,
    pub(crate) rate_limit: Option<NonZeroU64>,
    pub(crate) keep_alive: Duration,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    #[cfg(feature = "test-internals")]
    pub(crate) sabotage: crate::sabotage::Sabotage,
}

impl Config {
    /// A configuration for `host`, a DNS name or an IP address, with these defaults: explicit TLS,
    /// port 21, TLS 1.2 or 1.3, the platform's trusted certificates, user `anonymous`,
    /// [`SessionReuse::Auto`], and 30 seconds without progress as the limit of every wait.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            user: "anonymous".to_owned(),
            password: Secret::new("anonymous@"),
            tls_mode: TlsMode::Explicit,
            tls_min: TlsVersion::Tls12,
            tls_max: TlsVersion::Tls13,
            trust: Trust::Platform,
            session_reuse: SessionReuse::Auto,
            timeout: Duration::from_secs(30),
            listing_limit: 256 * 1024 * 1024,
            retry: Retry::none(),
            rate_limit: None,
            keep_alive: Duration::from_secs(60),
            observer: None,
            #[cfg(feature = "test-internals")]
            sabotage: crate::sabotage::Sabotage::default(),
        }
    }

    /// The control connection's port. Default: 21 for explicit TLS, 990 for implicit.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Who logs in.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// The password, sent only inside TLS.
    #[must_use]
    pub fn password(mut self, password: Secret) -> Self {
        self.password = password;
        self
    }

    /// When TLS begins.
    #[must_use]
    pub fn tls_mode(mut self, mode: TlsMode) -> Self {
        self.tls_mode = mode;
        self
    }

    /// The TLS versions that may be spoken, from `min` to `max`.
    #[must_use]
    pub fn tls_versions(mut self, min: TlsVersion, max: TlsVersion) -> Self {
        self.tls_min = min;
        self.tls_max = max;
        self
    }

    /// Which server certificates are accepted.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// What becomes of a data connection that did not resume the control connection's session.
    #[must_use]
    pub fn session_reuse(mut self, policy: SessionReuse) -> Self {
        self.session_reuse = policy;
        self
    }

    /// The longest wait without any progress: for a connection, a handshake, a reply, or the next
    /// byte of a transfer. A transfer that moves may take as long as it likes.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The largest listing that [`Session::list`](crate::Session::list) collects, in bytes of memory,
    /// roughly. Default: 256 MiB, which is about a million entries. [`Session::list_each`](crate::Session::list_each) has no such limit.
    #[must_use]
    pub fn listing_limit(mut self, bytes: u64) -> Self {
        self.listing_limit = bytes;
        self
    }

    /// What is tried again when connecting, listing, asking, or moving a file fails for a reason that
    /// may pass. Default: nothing, [`Retry::none`].
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The most bytes a second that all transfers of this client together move. Listings are not
    /// limited. Default: no limit.
    #[must_use]
    pub fn limit_rate(mut self, bytes_per_second: NonZeroU64) -> Self {
        self.rate_limit = Some(bytes_per_second);
        self
    }

    /// How long the control connection may be idle before a `NOOP` keeps it alive, where local work
    /// goes on for long. Never during a transfer. Default: 60 seconds.
    #[must_use]
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval;
        self
    }

    /// Who hears of each step, each line of the dialogue, and each verdict.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Breaks the tether on purpose, for tests that prove that its checks can fail.
    #[cfg(feature = "test-internals")]
    #[doc(hidden)]
    #[must_use]
    pub fn sabotage(mut self, sabotage: crate::sabotage::Sabotage) -> Self {
        self.sabotage = sabotage;
        self
    }

    pub(crate) fn effective_port(&self) -> u16 {
        self.port.unwrap_or(match self.tls_mode {
            TlsMode::Explicit => 21,
            TlsMode::Implicit => 990,
        })
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("host", &self.host)
            .field("port", &self.effective_port())
            .field("user", &self.user)
            .field("tls_mode", &self.tls_mode)
            .field("trust", &self.trust)
            .field("session_reuse", &self.session_reuse)
            .finish_non_exhaustive()
    }
}

/// When TLS begins on the control connection. Data connections are always inside TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsMode {
    /// With `AUTH TLS`, before the login (RFC 4217 section 4). A server that refuses it is left.
    #[default]
    Explicit,
    /// At once, as on port 990.
    Implicit,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246), always with the extended master secret offered (RFC 7627).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        })
    }
}

/// Which server certificates are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// Those that the operating system trusts.
    #[default]
    Platform,
    /// Those issued by a certificate in this PEM file, or contained in it byte for byte. In both
    /// cases the name and the period of validity have to be right.
    CaFile(PathBuf),
}

/// What becomes of a data connection that did not resume the control connection's TLS session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionReuse {
    /// It carries nothing where the server demands reuse. Elsewhere it is accepted if its
    /// certificate equals the control connection's; an upload only after the server has shown on a
    /// listing or a download that it welcomes a full handshake.
    #[default]
    Auto,
    /// It never carries anything, on any server.
    Require,
    /// Resumption is not even offered. For diagnosis: strict servers will refuse.
    Off,
}
