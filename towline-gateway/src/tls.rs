//! TLS in front. Each client has sessions of its own, so a data connection that resumes proves that
//! it belongs to the control connection.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::{self, Ticketer};
use rustls::server::ServerSessionMemoryCache;
use rustls::{HandshakeKind, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::identity::Identity;
use crate::pipe::within;

/// The sessions of one client that are kept for TLS 1.2.
const SESSIONS: usize = 64;

/// How TLS is offered to clients.
#[derive(Clone, Debug)]
pub(crate) struct FrontTls {
    base: ServerConfig,
}

/// TLS for the connections of one client.
#[derive(Clone, Debug)]
pub(crate) struct ClientTls {
    config: Arc<ServerConfig>,
    /// The same sessions, and no new tickets.
    silent: Arc<ServerConfig>,
}

impl FrontTls {
    /// # Errors
    ///
    /// If the key does not belong to the certificate, or is of an unknown kind.
    pub(crate) fn new(identity: &Identity) -> Result<Self, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let base = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(identity.chain.clone(), identity.key.clone_key())?;
        Ok(Self { base })
    }

    /// Returns TLS for a new client, who can resume no session of another one.
    pub(crate) fn for_client(&self) -> io::Result<ClientTls> {
        let mut config = self.base.clone();
        config.ticketer = Ticketer::new().map_err(io::Error::other)?;
        // For clients that resume by session identifier.
        config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
        let mut silent = config.clone();
        silent.send_tls13_tickets = 0;
        Ok(ClientTls {
            config: Arc::new(config),
            silent: Arc::new(silent),
        })
    }
}

impl ClientTls {
    /// Returns TLS that sends nothing after the handshake. A client that only writes reads no
    /// tickets, and its system resets the connection if it is closed while some are unread. What
    /// has not arrived by then is lost.
    pub(crate) fn silent(self) -> Self {
        Self {
            config: Arc::clone(&self.silent),
            silent: self.silent,
        }
    }

    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
        limit: Duration,
    ) -> io::Result<TlsStream<TcpStream>> {
        let accept = TlsAcceptor::from(Arc::clone(&self.config)).accept(stream);
        within(limit, accept).await
    }
}

/// Whether the connection has resumed a session.
pub(crate) fn has_resumed(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
}

/// Ends TLS on a control connection, which continues in clear text (`CCC`). A client may leave out
/// its `close_notify` and send clear text at once.
pub(crate) async fn end(stream: TlsStream<TcpStream>, limit: Duration) -> io::Result<TcpStream> {
    let (mut stream, mut tls) = stream.into_inner();
    let end = async {
        tls.send_close_notify();
        let mut notice = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut notice)?;
        }
        stream.write_all(&notice).await?;
        while begins_with_record(&stream).await? {
            let record = read_record(&mut stream).await?;
            tls.read_tls(&mut record.as_slice())?;
            let state = tls.process_new_packets().map_err(io::Error::other)?;
            if state.peer_has_closed() {
                break;
            }
        }
        Ok(())
    };
    within(limit, end).await?;
    Ok(stream)
}

/// Whether a TLS record comes next. No command begins like one.
async fn begins_with_record(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    let count = stream.peek(&mut first).await?;
    Ok(count > 0 && (20..=23).contains(&first[0]))
}

/// Reads one record and nothing beyond it (RFC 8446 section 5.1).
async fn read_record(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut record = vec![0; 5];
    stream.read_exact(&mut record).await?;
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(5 + length, 0);
    stream.read_exact(&mut record[5..]).await?;
    Ok(record)
}
