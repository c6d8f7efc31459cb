//! The configuration of a client: server, login, TLS and timeouts.

mod data_mode;
mod login_command;
mod pipelining;
mod reserved;
mod retry;
mod session_reuse;
mod tls_mode;

use std::fmt;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use towline_proto::charset::Charset;
use towline_proto::secret::{Mask, Secret};
use zeroize::Zeroizing;

pub use self::data_mode::{Active, DataMode};
pub use self::login_command::{LoginCommand, LoginCommandError};
pub use self::pipelining::Pipelining;
#[cfg(feature = "test-internals")]
pub use self::pipelining::PipeliningSteps;
pub use self::reserved::ReservedFor;
pub use self::retry::Retry;
pub use self::session_reuse::SessionReuse;
pub use self::tls_mode::TlsMode;
use crate::connection_id::ConnectionId;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::net::{Destination, Proxy};
use crate::observer::{Observer, Reporter};
use crate::tls::{ClientCertificate, TlsOptions, TlsVersion};
use crate::trust::{KnownServers, Trust};

/// How to reach one server, log in there, and verify its certificate.
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
    pub(crate) brief_listings: bool,
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
    pub(crate) part_key_file: Option<PathBuf>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    #[cfg(feature = "test-internals")]
    pub(crate) sabotage: crate::sabotage::Sabotage,
}

impl Config {
    /// Creates a configuration for `host`, a DNS name or an IP address. The defaults are explicit
    /// TLS, port 21, TLS 1.2 or 1.3, the platform's trusted certificates, user `anonymous`,
    /// [`SessionReuse::Auto`], and a timeout of 30 seconds without progress.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            user: "anonymous".to_owned(),
            password: Secret::new("anonymous@"),
            account: None,
            login_commands: Vec::new(),
            brief_listings: false,
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
            part_key_file: None,
            observer: None,
            #[cfg(feature = "test-internals")]
            sabotage: crate::sabotage::Sabotage::default(),
        }
    }

    /// Sets another host, a DNS name or an IP address, so that one configuration can be made for
    /// several servers.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Sets the port of the control connection. Default: 21 for explicit TLS, 990 for implicit.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Sets the user name. Default: `anonymous`.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// Sets the password. It is sent only inside TLS, except with [`TlsMode::Off`] and
    /// [`TlsMode::IfAvailable`].
    #[must_use]
    pub fn password(mut self, password: Secret) -> Self {
        self.password = password;
        self
    }

    /// Sets the account. It is sent only to a server that asks for one (332, RFC 959 section
    /// 4.1.1).
    #[must_use]
    pub fn account(mut self, account: Secret) -> Self {
        self.account = Some(account);
        self
    }

    /// Sets the commands to send after each login, for instance `SITE UMASK 002`. The login fails
    /// if the server refuses one.
    #[must_use]
    pub fn login_commands(mut self, commands: Vec<LoginCommand>) -> Self {
        self.login_commands = commands;
        self
    }

    /// Sets whether servers are asked to list only the facts that tell entries apart: their kinds,
    /// sizes, times, and what makes them unique (`OPTS MLST`, RFC 3659 section 7.9). Listings of
    /// large directories then take fewer round trips, but owners and permissions are missing. Only
    /// servers that were observed to support it are asked. Default: false.
    #[must_use]
    pub fn brief_listings(mut self, brief: bool) -> Self {
        self.brief_listings = brief;
        self
    }

    /// Sets the character set of a server that does not support UTF-8. It applies to the user name
    /// and the password. Paths are bytes in this library: see [`Charset::encode`].
    #[must_use]
    pub fn charset(mut self, charset: Charset) -> Self {
        self.charset = Some(charset);
        self
    }

    /// Sets when TLS begins. Default: [`TlsMode::Explicit`].
    #[must_use]
    pub fn tls_mode(mut self, mode: TlsMode) -> Self {
        self.tls_mode = mode;
        self
    }

    /// Sets the allowed TLS versions, from `min` to `max`. Default: TLS 1.2 to TLS 1.3.
    #[must_use]
    pub fn tls_versions(mut self, min: TlsVersion, max: TlsVersion) -> Self {
        self.tls_min = min;
        self.tls_max = max;
        self
    }

    /// Sets which server certificates are accepted. Default: [`Trust::Platform`].
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Sets the file in which every server that supports TLS is recorded, so that
    /// [`TlsMode::IfAvailable`] never talks to it in clear text, and whether its data connections
    /// have resumed TLS 1.3 sessions, so that TLS 1.2 is not tried. With [`Trust::FirstUse`], its
    /// own file serves for that.
    #[must_use]
    pub fn known_servers(mut self, servers: KnownServers) -> Self {
        self.known_servers = Some(servers);
        self
    }

    /// Sets the certificate to present to a server that asks for one.
    #[must_use]
    pub fn client_certificate(mut self, certificate: ClientCertificate) -> Self {
        self.client_certificate = Some(certificate);
        self
    }

    /// **Dangerous.** Ends TLS on the control connection after the login (`CCC`, RFC 4217 section
    /// 12.3), for a firewall that must read it. An on-path attacker can then read and change every
    /// command and reply. Data connections stay inside TLS.
    #[must_use]
    pub fn danger_clear_control(mut self, clear: bool) -> Self {
        self.clear_control = clear;
        self
    }

    /// Sets which side opens data connections. Default: [`DataMode::Passive`].
    #[must_use]
    pub fn data_mode(mut self, mode: DataMode) -> Self {
        self.data_mode = mode;
        self
    }

    /// Sets the proxy for all connections. Default: none.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Sets what happens to a data connection that did not resume the control connection's TLS
    /// session. Default: [`SessionReuse::Auto`].
    #[must_use]
    pub fn session_reuse(mut self, policy: SessionReuse) -> Self {
        self.session_reuse = policy;
        self
    }

    /// Sets the timeout: the longest wait without progress, for a connection, a handshake, a reply,
    /// or the next byte of a transfer. A transfer that makes progress may take any time. Default:
    /// 30 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the largest listing that [`Session::list`](crate::Session::list) collects, in
    /// approximate bytes of memory. Default: 256 MiB, about a million entries.
    /// [`Session::list_each`](crate::Session::list_each) has no such limit.
    #[must_use]
    pub fn listing_limit(mut self, bytes: u64) -> Self {
        self.listing_limit = bytes;
        self
    }

    /// Sets how connecting, listing, queries and transfers are retried after a transient failure.
    /// Default: no retry, [`Retry::none`].
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Limits the total rate of all transfers of this client, in bytes per second. Listings are not
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

    /// Sets how long the control connection may be idle during long local work before a `NOOP`
    /// keeps it alive. No `NOOP` is sent during a transfer. Default: 60 seconds.
    #[must_use]
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval;
        self
    }

    /// Sets whether commands are pipelined on servers known to support it. Default:
    /// [`Pipelining::Auto`].
    #[must_use]
    pub fn pipelining(mut self, pipelining: Pipelining) -> Self {
        self.pipelining = pipelining;
        self
    }

    /// Sets the file with the secret of this machine that marks partial files, so that a transfer
    /// resumes only from a part of its own. It is created when it is first needed. Default:
    /// `towline/part-key` in the user's directory for the state of programs.
    #[must_use]
    pub fn part_key_file(mut self, file: PathBuf) -> Self {
        self.part_key_file = Some(file);
        self
    }

    /// Sets the observer, which receives every step, each line of the dialogue, and each verdict.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Sets the steps of [`Pipelining`] one by one, for tests.
    #[cfg(feature = "test-internals")]
    #[doc(hidden)]
    #[must_use]
    pub fn pipelining_steps(mut self, steps: PipeliningSteps) -> Self {
        self.pipelining = Pipelining::Steps(steps);
        self
    }

    /// Breaks the tether on purpose, for tests which prove that its checks can fail.
    #[cfg(feature = "test-internals")]
    #[doc(hidden)]
    #[must_use]
    pub fn sabotage(mut self, sabotage: crate::sabotage::Sabotage) -> Self {
        self.sabotage = sabotage;
        self
    }

    /// Returns a reporter of the events of the control connection `connection`.
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

    /// Returns the secrets that the server receives, to mask them in what it sends.
    pub(crate) fn mask(&self) -> Mask {
        let mut mask = Mask::default();
        let mut add = |secret: &str| {
            mask.add(secret.as_bytes());
            let encoded = self.charset.map(|charset| charset.encode(secret));
            if let Some(Ok(encoded)) = encoded {
                mask.add(&Zeroizing::new(encoded));
            }
        };
        // Anybody may know the password of that user (RFC 1635).
        if !self.user.eq_ignore_ascii_case("anonymous") {
            add(self.password.reveal());
        }
        if let Some(account) = &self.account {
            add(account.reveal());
        }
        self.login_commands
            .iter()
            .filter_map(LoginCommand::secret)
            .for_each(add);
        mask
    }

    /// The file in which servers are remembered, if there is one.
    pub(crate) fn remembered(&self) -> Option<&KnownServers> {
        match &self.trust {
            Trust::FirstUse(servers) => Some(servers),
            _ => self.known_servers.as_ref(),
        }
    }

    /// Names a setting that is meaningless in clear text, so that the user must want TLS.
    pub(crate) fn insists_on_tls(&self) -> Option<&'static str> {
        if !matches!(self.trust, Trust::Platform) || self.client_certificate.is_some() {
            Some("trust settings or a client certificate are given")
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
                "this build of towline cannot use the operating system's trusted certificates \
                 (Cargo feature platform-verifier); set what to trust",
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

    /// Returns the part of the configuration that concerns TLS.
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
