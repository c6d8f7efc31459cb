//! A running server and how to set one up.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use crate::certificate::Identity;
use crate::fault::{ArmedFault, Faults};
use crate::personality::Reuse;
use crate::report::Ledger;
use crate::session::{Shared, serve};
use crate::tls::{Tls, TlsOverrides, provider};
use crate::tree::Tree;
use crate::{CertificateKind, Personality, Report, Versions};

/// When TLS starts on the control connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum TlsMode {
    /// With `AUTH TLS` (RFC 4217).
    #[default]
    Explicit,
    /// At once, as on port 990.
    Implicit,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No directory for the files, or no port.
    #[error("cannot start the test server: {0}")]
    Io(#[from] io::Error),
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// Settings of a server that is not started yet.
#[derive(Debug, Clone)]
pub struct Builder {
    personality: Personality,
    mode: TlsMode,
    versions: Versions,
    users: Vec<(String, String)>,
    certificate: CertificateKind,
    require_reuse: Option<bool>,
    tickets: TlsOverrides,
    ipv6: bool,
    port: u16,
    connections: Option<usize>,
    idle_timeout: Duration,
    faults: Vec<ArmedFault>,
}

impl Builder {
    fn new(personality: Personality) -> Self {
        Self {
            personality,
            mode: TlsMode::default(),
            versions: Versions::default(),
            users: Vec::new(),
            certificate: CertificateKind::default(),
            require_reuse: None,
            tickets: TlsOverrides::default(),
            ipv6: false,
            port: 0,
            connections: None,
            idle_timeout: Duration::from_secs(30),
            faults: Vec::new(),
        }
    }

    /// When TLS starts. The default is [`TlsMode::Explicit`].
    pub fn tls(mut self, mode: TlsMode) -> Self {
        self.mode = mode;
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
        self.users.push((name.into(), password.into()));
        self
    }

    /// The certificate shown.
    pub fn certificate(mut self, kind: CertificateKind) -> Self {
        self.certificate = kind;
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

    /// How many control connections may stand at a time. One more is answered
    /// `421` and closed.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.connections = Some(connections);
        self
    }

    /// How long the server waits for a client in any one step, half a minute
    /// by default.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
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
        let identity = Identity::new(self.certificate, &provider)?;
        let tls = Tls::new(traits.tls, self.tickets, self.versions, &identity, provider)?;
        let mut users = self.users;
        if users.is_empty() {
            users.push(("demo".to_owned(), "secret".to_owned()));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let address = listener.local_addr()?;
        let listener_v6 = match self.ipv6 {
            true => Some(TcpListener::bind((Ipv6Addr::LOCALHOST, self.port)).await?),
            false => None,
        };
        let address_v6 = listener_v6
            .as_ref()
            .map(TcpListener::local_addr)
            .transpose()?;
        let shared = Arc::new(Shared {
            traits,
            mode: self.mode,
            reuse: match self.require_reuse {
                None => traits.reuse,
                Some(false) => None,
                Some(true) => Some(traits.reuse.unwrap_or(Reuse::Bound)),
            },
            users,
            deadline: self.idle_timeout,
            tls,
            tree: Tree::new()?,
            faults: Faults::new(self.faults),
            ledger: Ledger::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let limit = self.connections.unwrap_or(usize::MAX);
        let task = tokio::spawn(run(shared.clone(), listener, listener_v6, limit, stopped));
        Ok(Server {
            personality: self.personality,
            address,
            address_v6,
            identity,
            shared,
            stop: Some(stop),
            task,
        })
    }
}

/// A running FTPS server. It ends, with all its connections and files, at
/// [`shutdown`](Self::shutdown) or when it is dropped.
pub struct Server {
    personality: Personality,
    address: SocketAddr,
    address_v6: Option<SocketAddr>,
    identity: Identity,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Settings of a server that plays `personality`.
    pub fn builder(personality: Personality) -> Builder {
        Builder::new(personality)
    }

    /// The server played.
    pub fn personality(&self) -> Personality {
        self.personality
    }

    /// Where the server listens: `127.0.0.1` and a port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the server listens on `::1`, if [`Builder::ipv6`] was set.
    pub fn address_v6(&self) -> Option<SocketAddr> {
        self.address_v6
    }

    /// The certificate that a client has to trust, in PEM: the authority's,
    /// or the server's own with [`CertificateKind::SelfSigned`].
    pub fn ca_pem(&self) -> &str {
        &self.identity.ca_pem
    }

    /// The server's certificate in PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.identity.certificate_pem
    }

    /// The directory with the server's files, `/` to clients. Tests read and
    /// write it directly. It is removed when the server ends.
    pub fn root(&self) -> &Path {
        self.shared.tree.root()
    }

    /// What the server has seen so far. A transfer is in it before its final
    /// reply is sent.
    pub fn report(&self) -> Report {
        self.shared.ledger.snapshot()
    }

    /// Adds a fault while the server runs. Its occasions count from now on.
    pub fn arm(&self, fault: impl Into<ArmedFault>) {
        self.shared.faults.arm(fault.into());
    }

    /// Takes all faults away.
    pub fn disarm(&self) {
        self.shared.faults.disarm();
    }

    /// Forgets all TLS sessions handed out, as a server does that restarts or
    /// changes its ticket keys. Connections go on.
    pub fn forget_sessions(&self) {
        self.shared.tls.forget_sessions();
    }

    /// Ends all connections and tasks, waits for them, and removes the files.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        // The task ends by itself and cannot fail but by a panic, which the
        // runtime has reported.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        // The directory goes with the last task that uses it. That may be
        // after this, so what can go goes now.
        let _ = std::fs::remove_dir_all(self.shared.tree.root());
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("personality", &self.personality)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Accepts clients until told to stop; then ends all of them.
async fn run(
    shared: Arc<Shared>,
    listener: TcpListener,
    listener_v6: Option<TcpListener>,
    limit: usize,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => break,
            Some(_) = sessions.join_next(), if !sessions.is_empty() => continue,
            accepted = listener.accept() => accepted,
            accepted = accept_v6(listener_v6.as_ref()) => accepted,
        };
        // A client that is gone before it was accepted is no error of ours.
        let Ok((stream, peer)) = accepted else {
            continue;
        };
        if sessions.len() >= limit {
            sessions.spawn(turn_away(stream));
        } else {
            sessions.spawn(serve(shared.clone(), stream, peer));
        }
    }
    sessions.shutdown().await;
}

async fn accept_v6(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

async fn turn_away(mut stream: TcpStream) {
    use tokio::io::AsyncWriteExt;
    // The client may be gone; nothing is lost then.
    let _ = stream
        .write_all(b"421 Too many connections, please try again later.\r\n")
        .await;
}
