//! The settings of a test server.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::armed_fault::{ArmedFault, Faults};
use crate::certificate::Identity;
use crate::name_reading::NameReading;
use crate::personality::Reuse;
use crate::report::Ledger;
use crate::server::Listening;
use crate::session::Shared;
use crate::settings::Settings;
use crate::tls::{Tls, TlsOverrides, provider};
use crate::tree::Tree;
use crate::{
    AuthSupport, CertificateKind, ClientAuth, DigestCommand, Personality, Server, StartError,
    TlsMode, Versions,
};

/// The settings of a server that has not started yet.
#[derive(Debug, Clone)]
pub struct Builder {
    personality: Personality,
    settings: Settings,
    versions: Versions,
    certificate: CertificateKind,
    impostor: Option<String>,
    clients: Option<(ClientAuth, String)>,
    require_reuse: Option<bool>,
    tickets: TlsOverrides,
    ipv6: bool,
    port: u16,
    connections: Option<usize>,
    limit_reply: Option<String>,
    faults: Vec<ArmedFault>,
}

impl Server {
    /// Returns the settings of a server that imitates `personality`.
    pub fn builder(personality: Personality) -> Builder {
        Builder::new(personality)
    }
}

impl Builder {
    fn new(personality: Personality) -> Self {
        Self {
            personality,
            settings: Settings::default(),
            versions: Versions::default(),
            certificate: CertificateKind::default(),
            impostor: None,
            clients: None,
            require_reuse: None,
            tickets: TlsOverrides::default(),
            ipv6: false,
            port: 0,
            connections: None,
            limit_reply: None,
            faults: Vec::new(),
        }
    }

    /// Sets when TLS starts. The default is [`TlsMode::Explicit`].
    pub fn tls(mut self, mode: TlsMode) -> Self {
        self.settings.mode = mode;
        self
    }

    /// Sets what `AUTH` does. The default is [`AuthSupport::Tls`]. `FEAT` lists
    /// the matching extensions.
    pub fn auth(mut self, auth: AuthSupport) -> Self {
        self.settings.auth = auth;
        self
    }

    /// Sets whether clients may log in and transfer in clear text: without
    /// `AUTH`, and after `AUTH` with `PROT C`. By default every personality
    /// refuses the first, and most refuse the second.
    pub fn clear(mut self, clear: bool) -> Self {
        self.settings.clear = clear;
        self
    }

    /// Removes a command, for example `MFMT`, whatever the personality. `FEAT`
    /// does not list it either.
    pub fn without(mut self, verb: &'static str) -> Self {
        self.settings.know(verb, false);
        self
    }

    /// Sets whether the server announces UTF-8. If it does not, `FEAT` has no
    /// `UTF8`, and `OPTS UTF8` is refused. Names are bytes in either case.
    pub fn utf8(mut self, utf8: bool) -> Self {
        self.settings.know("UTF8", utf8);
        self
    }

    /// Sets whether the server has `MLSD` and `MLST`, if the personality has them.
    pub fn mlsd(mut self, mlsd: bool) -> Self {
        self.settings.know("MLSD", mlsd);
        self.settings.know("MLST", mlsd);
        self
    }

    /// Sets how the server reads names, in every command. By default they are what
    /// they are.
    pub fn reads_names(mut self, reading: NameReading) -> Self {
        self.settings.reading = reading;
        self
    }

    /// Sets what `LIST` sends, byte for byte, for every path.
    pub fn listing(mut self, listing: impl Into<Vec<u8>>) -> Self {
        self.settings.listing = Some(listing.into());
        self
    }

    /// Sets the server's time zone: by how many hours the times of `LIST` are
    /// ahead of the times of `MDTM` and `MLSD`, which are UTC.
    pub fn listing_offset(mut self, hours: i32) -> Self {
        self.settings.listing_offset = hours;
        self
    }

    /// Sets the text of the reply to `SYST`, such as `Windows_NT`.
    pub fn syst(mut self, system: impl Into<String>) -> Self {
        self.settings.system = Some(system.into());
        self
    }

    /// Sets the commands that return the digest of a file. By default there are
    /// none. `FEAT` lists them.
    pub fn digests(mut self, commands: impl IntoIterator<Item = DigestCommand>) -> Self {
        self.settings.digests = commands.into_iter().collect();
        self
    }

    /// Sets whether `SITE UTIME time path` sets a time, as with ProFTPD's
    /// `mod_site_misc`. If so, `FEAT` lists it. On Pure-FTPd the command always
    /// works and is never listed.
    pub fn site_utime(mut self, site_utime: bool) -> Self {
        self.settings.site_utime = site_utime;
        self
    }

    /// Sets the TLS versions. The default is both.
    pub fn versions(mut self, versions: Versions) -> Self {
        self.versions = versions;
        self
    }

    /// Adds a user who may log in. If none is added, there is the user `demo`
    /// with the password `secret`.
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.users.push((name.into(), password.into()));
        self
    }

    /// Asks for this account after a correct password (`332`, RFC 959 section
    /// 4.1.1). The login is complete once the client has sent it with `ACCT`.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.settings.account = Some(account.into());
        self
    }

    /// Adds a name that `HOST` (RFC 7151) accepts before the login, and adds
    /// `HOST` to the features. The server answers any other name with `504`.
    /// May be called several times.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.settings.hosts.push(name.into());
        self
    }

    /// Sets whether the server refuses `PASV` and `EPSV` unless `PRET` has
    /// announced the transfer, as drftpd does.
    pub fn requires_pret(mut self, requires: bool) -> Self {
        self.settings.requires_pret = requires;
        self
    }

    /// Sets the kind of certificate that the server shows.
    pub fn certificate(mut self, kind: CertificateKind) -> Self {
        self.certificate = kind;
        self
    }

    /// Makes the server an impostor: it shows this certificate, in PEM, with a
    /// key that does not belong to it. A client that checks the signature in
    /// the handshake detects this.
    pub fn shows_certificate_without_key(mut self, pem: impl Into<String>) -> Self {
        self.impostor = Some(pem.into());
        self
    }

    /// Asks clients for a certificate from this authority (in PEM) on control
    /// and data connections. See [`ClientIdentity`](crate::ClientIdentity).
    pub fn client_certificates(mut self, auth: ClientAuth, ca_pem: impl Into<String>) -> Self {
        self.clients = Some((auth, ca_pem.into()));
        self
    }

    /// Sets whether data connections must resume a session, whatever the
    /// personality does. If the personality has no check of its own, any
    /// session of the same control connection is accepted.
    pub fn require_reuse(mut self, require: bool) -> Self {
        self.require_reuse = Some(require);
        self
    }

    /// Sets how many TLS 1.3 tickets the server sends on the control connection
    /// after its handshake. Has no effect if the personality withholds them.
    pub fn control_tickets(mut self, tickets: usize) -> Self {
        self.tickets.control_tickets = Some(tickets);
        self
    }

    /// Sets how many TLS 1.3 tickets the server sends on each data connection.
    pub fn data_tickets(mut self, tickets: usize) -> Self {
        self.tickets.data_tickets = Some(tickets);
        self
    }

    /// Sets how long a session can be resumed.
    pub fn ticket_lifetime(mut self, lifetime: Duration) -> Self {
        self.tickets.lifetime = Some(lifetime);
        self
    }

    /// Sets whether the server also listens on `::1`. See
    /// [`Server::address_v6`].
    pub fn ipv6(mut self, ipv6: bool) -> Self {
        self.ipv6 = ipv6;
        self
    }

    /// Sets the port to listen on. The default, 0, is any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the maximum number of simultaneous control connections. The server
    /// refuses and closes any further connection in the personality's way:
    /// ProFTPD answers `530` to `PASS`, the others send `421` instead of the
    /// greeting.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.connections = Some(connections);
        self
    }

    /// Sets the reply to a client beyond
    /// [`max_connections`](Self::max_connections). A `421` replaces the
    /// greeting; any other reply replaces the answer to `PASS`.
    pub fn limit_reply(mut self, reply: impl Into<String>) -> Self {
        self.limit_reply = Some(reply.into());
        self
    }

    /// Sets how long the server waits for a client in each step. The default is
    /// 30 seconds.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.deadline = timeout;
        self
    }

    /// Adds a fault. May be called several times.
    pub fn fault(mut self, fault: impl Into<ArmedFault>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// Starts the server on `127.0.0.1`, in the caller's tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the server cannot get a port, a temporary directory or
    /// random numbers.
    pub async fn start(self) -> Result<Server, StartError> {
        let traits = self.personality.traits();
        let provider = provider(traits.tls.p256_only);
        let identity = match &self.impostor {
            Some(pem) => Identity::impostor(pem, &provider)?,
            None => Identity::new(self.certificate, &provider)?,
        };
        let tls = Tls::new(
            traits.tls,
            self.tickets,
            self.versions,
            self.clients.as_ref(),
            &identity,
            provider,
        )?;
        let mut settings = self.settings;
        if settings.users.is_empty() {
            settings
                .users
                .push(("demo".to_owned(), "secret".to_owned()));
        }
        let limit = self.connections.unwrap_or(usize::MAX);
        settings.limit_reply = self.limit_reply.unwrap_or_else(|| {
            let phrase = traits.phrases.limit;
            phrase.replace("{limit}", &limit.to_string())
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let listener_v6 = match self.ipv6 {
            true => Some(TcpListener::bind((Ipv6Addr::LOCALHOST, self.port)).await?),
            false => None,
        };
        let shared = Arc::new(Shared {
            traits,
            reuse: match self.require_reuse {
                None => traits.reuse,
                Some(false) => None,
                Some(true) => Some(traits.reuse.unwrap_or(Reuse::Bound)),
            },
            tls,
            tree: Tree::new(settings.reading)?,
            settings,
            faults: Faults::new(self.faults),
            ledger: Ledger::default(),
        });
        let listening = Listening {
            listener,
            listener_v6,
            limit,
        };
        Server::run(self.personality, identity, shared, listening)
    }
}
