//! A running server.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use crate::armed_fault::ArmedFault;
use crate::certificate::Identity;
use crate::phrase::{Values, encode};
use crate::session::{Shared, Welcome, serve};
use crate::tls::provider;
use crate::{CertificateKind, Personality, Report, StartError};

/// A running FTPS server. [`shutdown`](Self::shutdown) or dropping it ends the
/// server, closes its connections and removes its files.
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
    pub(crate) fn run(
        personality: Personality,
        identity: Identity,
        shared: Arc<Shared>,
        listening: Listening,
    ) -> Result<Self, StartError> {
        let address = listening.listener.local_addr()?;
        let listener_v6 = listening.listener_v6.as_ref();
        let address_v6 = listener_v6.map(TcpListener::local_addr).transpose()?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(shared.clone(), listening, stopped));
        Ok(Self {
            personality,
            address,
            address_v6,
            identity,
            shared,
            stop: Some(stop),
            task,
        })
    }

    /// Returns the personality that the server imitates.
    pub fn personality(&self) -> Personality {
        self.personality
    }

    /// Returns the address of the server: `127.0.0.1` and a port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address on `::1`, if [`Builder::ipv6`](crate::Builder::ipv6) was set.
    pub fn address_v6(&self) -> Option<SocketAddr> {
        self.address_v6
    }

    /// Returns the certificate that a client must trust, in PEM: the
    /// authority's, or the server's own with [`CertificateKind::SelfSigned`].
    pub fn ca_pem(&self) -> &str {
        &self.identity.ca_pem
    }

    /// Returns the server's certificate in PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.identity.certificate_pem
    }

    /// Returns the directory with the server's files, which clients see as `/`.
    /// Tests read and write it directly. It is removed when the server ends.
    pub fn root(&self) -> &Path {
        self.shared.tree.root()
    }

    /// Returns what the server has seen so far. A transfer is recorded before
    /// its final reply is sent.
    pub fn report(&self) -> Report {
        self.shared.ledger.snapshot()
    }

    /// Adds a fault while the server runs. Its occasions are counted from now
    /// on.
    pub fn arm(&self, fault: impl Into<ArmedFault>) {
        self.shared.faults.arm(fault.into());
    }

    /// Removes all faults.
    pub fn disarm(&self) {
        self.shared.faults.disarm();
    }

    /// Switches to a new certificate from a new authority and forgets all TLS
    /// sessions, like a server restarted with another certificate. Open
    /// connections continue.
    ///
    /// # Errors
    ///
    /// [`StartError`] if there are no random numbers.
    pub fn renew_certificate(&mut self, kind: CertificateKind) -> Result<(), StartError> {
        self.identity = Identity::new(kind, &provider(false))?;
        self.shared.tls.show(&self.identity);
        Ok(())
    }

    /// Forgets all issued TLS sessions, like a server that restarts or changes
    /// its ticket keys. Open connections continue.
    pub fn forget_sessions(&self) {
        self.shared.tls.forget_sessions();
    }

    /// Ends all connections and tasks, waits for them, and removes the files.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        // The task ends by itself. It can fail only with a panic, which the
        // runtime has reported.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        // The last task that uses the directory removes it. That may happen
        // later, so remove as much as possible now.
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

/// The listeners, and the maximum number of simultaneous clients.
pub(crate) struct Listening {
    pub(crate) listener: TcpListener,
    pub(crate) listener_v6: Option<TcpListener>,
    pub(crate) limit: usize,
}

/// Accepts clients until the server stops, then ends all of them.
async fn run(shared: Arc<Shared>, listening: Listening, mut stopped: oneshot::Receiver<()>) {
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => break,
            Some(_) = sessions.join_next(), if !sessions.is_empty() => continue,
            accepted = listening.listener.accept() => accepted,
            accepted = accept_v6(listening.listener_v6.as_ref()) => accepted,
        };
        // A client that disconnects before it is accepted is not an error.
        let Ok((stream, peer)) = accepted else {
            continue;
        };
        let reply = &shared.settings.limit_reply;
        let welcome = match sessions.len() < listening.limit {
            true => Welcome::Room,
            false => Welcome::Full,
        };
        if welcome == Welcome::Full && reply.starts_with("421") {
            sessions.spawn(turn_away(stream, encode(reply, &Values::none())));
        } else {
            sessions.spawn(serve(shared.clone(), stream, peer, welcome));
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

async fn turn_away(mut stream: TcpStream, reply: Vec<u8>) {
    // The client may have disconnected, which does not matter.
    let _ = stream.write_all(&reply).await;
}
