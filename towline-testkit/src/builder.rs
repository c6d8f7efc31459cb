//! How to set up a server.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::certificate::Identity;
use crate::fault::{ArmedFault, Faults};
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

/// Settings of a server that is not started yet.
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
    /// Settings of a server that plays `personality`.
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

    /// When TLS starts. The default is [`TlsMode::Explicit`].
    pub fn tls(mut self, mode: TlsMode) -> Self {
        self.settings.mode = mode;
        self
    }

    /// What `AUTH` does. The default is [`AuthSupport::Tls`]. The extensions
    /// that `FEAT` lists go with it.
    pub fn auth(mut self, auth: AuthSupport) -> Self {
        self.settings.auth = auth;
        self
    }

    /// Whether clients may log in and transfer in clear: without `AUTH`, and
    /// behind it with `PROT C`. By default every personality refuses the
    /// first, and most refuse the second.
    pub fn clear(mut self, clear: bool) -> Self {
        self.settings.clear = clear;
        self
    }

    /// A command that the server does not know, whatever its personality:
    /// `MFMT`, say. `FEAT` does not list it either.
    pub fn without(mut self, verb: &'static str) -> Self {
        self.settings.know(verb, false);
        self
    }

    /// Whether the server claims to know UTF-8. Where it does not, `FEAT` has
    /// no `UTF8` and `OPTS UTF8` is refused. Names are bytes in any case.
    pub fn utf8(mut self, utf8: bool) -> Self {
        self.settings.know("UTF8", utf8);
        self
    }

    /// Whether `MLSD` and `MLST` are known where the personality knows them.
    pub fn mlsd(mut self, mlsd: bool) -> Self {
        self.settings.know("MLSD", mlsd);
        self.settings.know("MLST", mlsd);
        self
    }

    /// What `LIST` sends, byte for byte, whatever it is asked for.
    pub fn listing(mut self, listing: impl Into<Vec<u8>>) -> Self {
        self.settings.listing = Some(listing.into());
        self
    }

    /// How many hours the times of `LIST` are ahead of those of `MDTM` and
    /// `MLSD`, which are UTC: the server's time zone.
    pub fn listing_offset(mut self, hours: i32) -> Self {
        self.settings.listing_offset = hours;
        self
    }

    /// What `SYST` answers behind its code, such as `Windows_NT`.
    pub fn syst(mut self, system: impl Into<String>) -> Self {
        self.settings.system = Some(system.into());
        self
    }

    /// The commands that answer the digest of a file, none by default. `FEAT`
    /// lists them.
    pub fn digests(mut self, commands: impl IntoIterator<Item = DigestCommand>) -> Self {
        self.settings.digests = commands.into_iter().collect();
        self
    }

    /// Whether `SITE UTIME time path` sets a time, as with ProFTPD's
    /// `mod_site_misc`. `FEAT` lists it then. On Pure-FTPd it always does, and
    /// is never listed.
    pub fn site_utime(mut self, site_utime: bool) -> Self {
        self.settings.site_utime = site_utime;
        self
    }

    /// The TLS versions spoken. The default is both.
    pub fn versions(mut self, versions: Versions) -> Self {
        self.versions = versions;
        self
    }

    /// A user who may log in. Without any there is `demo` with the password
    /// `secret`.
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.users.push((name.into(), password.into()));
        self
    }

    /// Asks for this account behind a good password (`332`, RFC 959 section
    /// 4.1.1); the log-in is complete when `ACCT` has said it.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.settings.account = Some(account.into());
        self
    }

    /// A name that `HOST` (RFC 7151) may say before the log-in, and puts
    /// `HOST` among the features. Any other is answered `504`. May be called
    /// many times.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.settings.hosts.push(name.into());
        self
    }

    /// Whether `PASV` and `EPSV` are refused unless `PRET` has told which
    /// transfer is to come, as drftpd does.
    pub fn requires_pret(mut self, requires: bool) -> Self {
        self.settings.requires_pret = requires;
        self
    }

    /// The certificate shown.
    pub fn certificate(mut self, kind: CertificateKind) -> Self {
        self.certificate = kind;
        self
    }

    /// Shows this certificate, in PEM, with a key that is not its own: an
    /// impostor. A client that checks the signature in the handshake finds
    /// out.
    pub fn shows_certificate_without_key(mut self, pem: impl Into<String>) -> Self {
        self.impostor = Some(pem.into());
        self
    }

    /// Asks clients for a certificate from this authority, given in PEM, on
    /// control and on data connections. See
    /// [`ClientIdentity`](crate::ClientIdentity).
    pub fn client_certificates(mut self, auth: ClientAuth, ca_pem: impl Into<String>) -> Self {
        self.clients = Some((auth, ca_pem.into()));
        self
    }

    /// Whether data connections must resume a session, whatever the
    /// personality does. Where the personality has no check of its own, any
    /// session of the same control connection is good.
    pub fn require_reuse(mut self, require: bool) -> Self {
        self.require_reuse = Some(require);
        self
    }

    /// How many TLS 1.3 tickets the control connection gets behind its
    /// handshake. Without effect where the personality withholds them.
    pub fn control_tickets(mut self, tickets: usize) -> Self {
        self.tickets.control_tickets = Some(tickets);
        self
    }

    /// How many TLS 1.3 tickets each data connection gets.
    pub fn data_tickets(mut self, tickets: usize) -> Self {
        self.tickets.data_tickets = Some(tickets);
        self
    }

    /// How long a session can be resumed.
    pub fn ticket_lifetime(mut self, lifetime: Duration) -> Self {
        self.tickets.lifetime = Some(lifetime);
        self
    }

    /// Listens on `::1` too, see [`Server::address_v6`].
    pub fn ipv6(mut self, ipv6: bool) -> Self {
        self.ipv6 = ipv6;
        self
    }

    /// The port to listen on; 0, the default, is any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How many control connections may stand at a time. One more is told so
    /// as the personality does it, and closed: ProFTPD answers `530` to
    /// `PASS`, the others say `421` in place of the greeting.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.connections = Some(connections);
        self
    }

    /// What a client beyond [`max_connections`](Self::max_connections) is told
    /// instead. A `421` stands in place of the greeting, anything else in
    /// place of the answer to `PASS`.
    pub fn limit_reply(mut self, reply: impl Into<String>) -> Self {
        self.limit_reply = Some(reply.into());
        self
    }

    /// How long the server waits for a client in any one step, half a minute
    /// by default.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.deadline = timeout;
        self
    }

    /// Something that the server does wrong. May be called many times.
    pub fn fault(mut self, fault: impl Into<ArmedFault>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// Starts the server on `127.0.0.1`, in the tokio runtime of the caller.
    ///
    /// # Errors
    ///
    /// Where there is no port, no temporary directory or no randomness.
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
            settings,
            reuse: match self.require_reuse {
                None => traits.reuse,
                Some(false) => None,
                Some(true) => Some(traits.reuse.unwrap_or(Reuse::Bound)),
            },
            tls,
            tree: Tree::new()?,
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
