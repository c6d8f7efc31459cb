//! What a client is told: the server, the login, TLS, and how long to wait.

mod login_command;
mod pipelining;
mod reserved;
mod retry;

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use towline_proto::charset::Charset;
use towline_proto::secret::Secret;

pub use self::login_command::{LoginCommand, LoginCommandError};
pub use self::pipelining::Pipelining;
#[cfg(feature = "test-internals")]
pub use self::pipelining::PipeliningSteps;
pub use self::reserved::ReservedFor;
pub use self::retry::Retry;
use crate::connection_id::ConnectionId;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::net::{Destination, Proxy};
use crate::observer::{Observer, Reporter};
use crate::tls::{ClientCertificate, TlsOptions, TlsVersion};
use crate::trust::{KnownServers, Trust};

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
    pub(crate) account: Option<Secret>,
    pub(crate) login_commands: Vec<LoginCommand>,
    pub(crate) charset: Option<Charset>,
    pub(crate) tls_mode: TlsMode,
    pub(crate) tls_min: TlsVersion,
    pub(crate) tls_max: TlsVersion,
    pub(crate) trust: Trust,
    pub(crate) known_servers: Option<KnownServers>,
    pub(crate) client_certificate: Option<ClientCertificate>,
    pub(crate) clear_control: bool,
    pub(crate) data_mode: DataMode,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) session_reuse: SessionReuse,
    pub(crate) timeout: Duration,
    pub(crate) listing_limit: u64,
    pub(crate) retry: Retry,
    pub(crate) rate_limit: Option<NonZeroU64>,
    pub(crate) keep_alive: Duration,
    pub(crate) pipelining: Pipelining,
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
            account: None,
            login_commands: Vec::new(),
            charset: None,
            tls_mode: TlsMode::Explicit,
            tls_min: TlsVersion::Tls12,
            tls_max: TlsVersion::Tls13,
            trust: Trust::Platform,
            known_servers: None,
            client_certificate: None,
            clear_control: false,
            data_mode: DataMode::Passive,
            proxy: None,
            session_reuse: SessionReuse::Auto,
            timeout: Duration::from_secs(30),
            listing_limit: 256 * 1024 * 1024,
            retry: Retry::none(),
            rate_limit: None,
            keep_alive: Duration::from_secs(60),
            pipelining: Pipelining::default(),
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

    /// The password. Sent only inside TLS, but for [`TlsMode::Off`] and [`TlsMode::IfAvailable`].
    #[must_use]
    pub fn password(mut self, password: Secret) -> Self {
        self.password = password;
        self
    }

    /// The account, sent only to a server that asks for one (332, RFC 959 section 4.1.1).
    #[must_use]
    pub fn account(mut self, account: Secret) -> Self {
        self.account = Some(account);
        self
    }

    /// Commands to send after each login, for instance `SITE UMASK 002`. A refusal ends the login.
    #[must_use]
    pub fn login_commands(mut self, commands: Vec<LoginCommand>) -> Self {
        self.login_commands = commands;
        self
    }

    /// The character set of a server that does not know UTF-8; user and password are sent in it.
    /// Paths are bytes to this library: see [`Charset::encode`].
    #[must_use]
    pub fn charset(mut self, charset: Charset) -> Self {
        self.charset = Some(charset);
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

    /// Where [`TlsMode::IfAvailable`] finds out whether a server is known to speak TLS, and
    /// remembers those that do.
    #[must_use]
    pub fn known_servers(mut self, servers: KnownServers) -> Self {
        self.known_servers = Some(servers);
        self
    }

    /// The certificate shown to a server that asks for one.
    #[must_use]
    pub fn client_certificate(mut self, certificate: ClientCertificate) -> Self {
        self.client_certificate = Some(certificate);
        self
    }

    /// **Dangerous.** Ends TLS on the control connection after the login (`CCC`, RFC 4217 section
    /// 12.3), for a firewall that has to read it: whoever is on the way can then read and change
    /// every command and reply. Data connections stay inside TLS.
    #[must_use]
    pub fn danger_clear_control(mut self, clear: bool) -> Self {
        self.clear_control = clear;
        self
    }

    /// Who opens data connections. Default: [`DataMode::Passive`].
    #[must_use]
    pub fn data_mode(mut self, mode: DataMode) -> Self {
        self.data_mode = mode;
        self
    }

    /// The proxy through which all connections go. Default: none.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
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
    ///
    /// ```
    /// use std::num::NonZeroU64;
    ///
    /// # let config = towline::Config::new("ftp.example.com");
    /// let config = match NonZeroU64::new(500_000) {
    ///     Some(rate) => config.limit_rate(rate),
    ///     None => config,
    /// };
    /// # let _ = config;
    /// ```
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

    /// Whether round trips are saved on servers that are known to bear it. Default: yes.
    #[must_use]
    pub fn pipelining(mut self, pipelining: Pipelining) -> Self {
        self.pipelining = pipelining;
        self
    }

    /// Who hears of each step, each line of the dialogue, and each verdict.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Chooses the steps of [`Pipelining`] one by one, for tests of each.
    #[cfg(feature = "test-internals")]
    #[doc(hidden)]
    #[must_use]
    pub fn pipelining_steps(mut self, steps: PipeliningSteps) -> Self {
        self.pipelining = Pipelining::Steps(steps);
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

    /// What tells the observer of the control connection `connection`.
    pub(crate) fn reporter(&self, connection: ConnectionId) -> Reporter {
        Reporter::new(self.observer.clone(), connection)
    }

    /// Where the server is.
    pub(crate) fn destination(&self) -> Destination<'_> {
        Destination {
            host: &self.host,
            port: self.effective_port(),
            proxy: self.proxy.as_ref(),
            limit: self.timeout,
        }
    }

    pub(crate) fn effective_port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.tls_mode.default_port())
    }

    /// What was said that has no meaning in clear text, so that this cannot be what is wanted.
    pub(crate) fn insists_on_tls(&self) -> Option<&'static str> {
        if !matches!(self.trust, Trust::Platform) || self.client_certificate.is_some() {
            Some("whom to trust or a client certificate is given")
        } else if self.session_reuse == SessionReuse::Require {
            Some("session reuse is required")
        } else {
            None
        }
    }

    /// Finds settings that contradict each other.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let contradiction = |what: &str| {
            let error = Error::new(ErrorKind::Usage, what);
            Err(error.with_detail(ErrorDetail::ContradictorySettings))
        };
        if self.tls_mode == TlsMode::Off
            && let Some(wish) = self.insists_on_tls()
        {
            return contradiction(&format!("TLS is off, but {wish}"));
        }
        let asks_platform = self.tls_mode != TlsMode::Off && matches!(self.trust, Trust::Platform);
        if cfg!(not(feature = "platform-verifier")) && asks_platform {
            return contradiction(
                "this build of towline cannot ask the operating system whom it trusts (Cargo feature \
                 platform-verifier); say whom to trust",
            );
        }
        if self.tls_mode == TlsMode::Off && self.clear_control {
            return contradiction("TLS is off, so it cannot be ended after the login");
        }
        if self.proxy.is_some() && matches!(self.data_mode, DataMode::Active(_)) {
            return contradiction("a server cannot open data connections through a proxy");
        }
        Ok(())
    }

    /// What TLS is set up with.
    pub(crate) fn tls_options(&self) -> TlsOptions<'_> {
        TlsOptions {
            host: &self.host,
            trust: &self.trust,
            client_certificate: self.client_certificate.as_ref(),
            min: self.tls_min,
            max: self.tls_max,
        }
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

/// When TLS begins on the control connection. Data connections are inside TLS exactly if the control
/// connection is, or was until the login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsMode {
    /// With `AUTH TLS`, before the login (RFC 4217 section 4), or `AUTH SSL` where only that is
    /// known. A server that refuses both is left.
    #[default]
    Explicit,
    /// At once, as on port 990.
    Implicit,
    /// As [`Self::Explicit`], but a server that does not know `AUTH` (500, 502 or 504, twice) gets
    /// the password, and everything else, in clear text. Anyone on the way can make a server look
    /// like that. Never done where [`Trust`] was set, a client certificate is given or
    /// [`SessionReuse::Require`] asked for, nor with a server that is known to speak TLS.
    IfAvailable,
    /// Never. Anyone on the way can read the password and read and change every file.
    Off,
}

impl TlsMode {
    /// The port of the control connection where none is given: 990 for implicit TLS, else 21.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Implicit => 990,
            Self::Explicit | Self::IfAvailable | Self::Off => 21,
        }
    }
}

/// Who opens data connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataMode {
    /// We do (`EPSV`, else `PASV`), always to the control connection's host.
    #[default]
    Passive,
    /// The server does (`EPRT`, else `PORT`). A connection from another host is not accepted.
    Active(Active),
}

/// Where the server's data connections come in, in active mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Active {
    pub(crate) address: Option<IpAddr>,
    pub(crate) ports: Option<RangeInclusive<u16>>,
}

impl Active {
    /// The address that the server is told, where it is not our own: that of the router in front of
    /// us, which has to pass the connections on.
    #[must_use]
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// The ports to listen on, those that a firewall leaves open. Default: any free one.
    #[must_use]
    pub fn ports(mut self, ports: RangeInclusive<u16>) -> Self {
        self.ports = Some(ports);
        self
    }
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

#[cfg(all(test, not(feature = "platform-verifier")))]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_the_platforms_certificates_trusts_nobody_by_default() {
        for mode in [TlsMode::Explicit, TlsMode::Implicit, TlsMode::IfAvailable] {
            let config = Config::new("ftp.example.com").tls_mode(mode);
            let error = crate::Client::new(config).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{mode:?}");
        }
        let in_clear_text = Config::new("ftp.example.com").tls_mode(TlsMode::Off);
        assert!(crate::Client::new(in_clear_text).is_ok());
    }
}
