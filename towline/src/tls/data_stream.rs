//! A data connection's bytes: inside TLS, unless the control connection is in clear text too.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::HandshakeKind;
use tokio::io::{AsyncBufRead, AsyncWrite, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::protocol_name;
use super::replicate::TicketTap;
use super::store::DataStore;
use super::tether::{Offer, Tether};
use crate::verdict::DataConnection;

/// Ciphertext read from the socket in one call; rustls alone would ask for 4 KiB at a time.
const READ_BUFFER: usize = 128 * 1024;

/// A data connection, after its handshake where there is one.
#[derive(Debug)]
pub(crate) struct DataStream {
    wire: Wire,
    addresses: (SocketAddr, SocketAddr),
    /// The other side's direction has ended.
    ended: Option<End>,
}

#[derive(Debug)]
enum Wire {
    Tls {
        stream: Box<TlsStream<BufReader<TcpStream>>>,
        tap: Arc<TicketTap>,
        store: Arc<DataStore>,
    },
    Clear(BufReader<TcpStream>),
}

/// How the server ended its direction of a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a `close_notify`: nothing was cut off. In clear text, where nothing tells, always so.
    Clean,
    /// Without one: bytes may be missing.
    Cut,
}

impl DataStream {
    /// Handshakes over `tcp`, offering what `offer` holds. Gives the verdict for `path`.
    pub(crate) async fn secure(
        tcp: TcpStream,
        tether: &Tether,
        offer: Offer,
        path: String,
    ) -> io::Result<(Self, DataConnection)> {
        let addresses = (tcp.local_addr()?, tcp.peer_addr()?);
        let connector = TlsConnector::from(offer.config(tether));
        let tcp = BufReader::with_capacity(READ_BUFFER, tcp);
        let mut connect = pin!(connector.connect(tether.name(), tcp));
        let stream = poll_fn(|cx| offer.tap().enter(|| connect.as_mut().poll(cx))).await?;

        let connection = stream.get_ref().1;
        let (protocol, cipher) = protocol_name(connection);
        let store = offer.into_store();
        let verdict = DataConnection {
            path,
            resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
            protocol,
            cipher,
            ticket_source: store.source(),
            ticket_age: store.age(),
            same_certificate: tether.is_same_certificate(connection),
        };
        let wire = Wire::Tls {
            stream: Box::new(stream),
            tap: Arc::clone(store.tap()),
            store,
        };
        let this = Self {
            wire,
            addresses,
            ended: None,
        };
        Ok((this, verdict))
    }

    /// A connection without TLS, as the user wanted it for this server.
    pub(crate) fn clear(tcp: TcpStream, path: String) -> io::Result<(Self, DataConnection)> {
        let this = Self {
            addresses: (tcp.local_addr()?, tcp.peer_addr()?),
            wire: Wire::Clear(BufReader::with_capacity(READ_BUFFER, tcp)),
            ended: None,
        };
        Ok((this, DataConnection::in_clear_text(path)))
    }

    /// The tickets that came in on this connection.
    pub(super) fn store(&self) -> Option<&DataStore> {
        match &self.wire {
            Wire::Tls { store, .. } => Some(store),
            Wire::Clear(_) => None,
        }
    }

    /// Both ends of the TCP connection: ours, then the server's.
    pub(crate) fn addresses(&self) -> (SocketAddr, SocketAddr) {
        self.addresses
    }

    /// The bytes that have arrived; waits for the first. Empty at the end: see [`Self::end`].
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        if self.ended.is_some() {
            return Poll::Ready(Ok(&[]));
        }
        // Asked twice because the first borrow may not outlive the bookkeeping in between.
        let end = match ready!(self.wire.poll_fill_buf(cx)) {
            Ok([]) => Some(End::Clean),
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Some(End::Cut),
            Err(error) => return Poll::Ready(Err(error)),
        };
        if end.is_some() {
            self.ended = end;
            return Poll::Ready(Ok(&[]));
        }
        self.wire.poll_fill_buf(cx)
    }

    /// Marks `len` of the bytes from [`Self::poll_fill`] as used.
    pub(crate) fn consume(&mut self, len: usize) {
        match &mut self.wire {
            Wire::Tls { stream, .. } => Pin::new(stream).consume(len),
            Wire::Clear(tcp) => Pin::new(tcp).consume(len),
        }
    }

    /// How the server's direction ended, once it has.
    pub(crate) fn end(&self) -> Option<End> {
        self.ended
    }

    /// Reads and throws away what the server sends until the end of its direction. Tickets among it
    /// are kept. Unread bytes at close would make the kernel send a reset, which destroys what the
    /// server has not read yet.
    pub(crate) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<End>> {
        loop {
            let len = ready!(self.poll_fill(cx))?.len();
            if let Some(end) = self.ended {
                return Poll::Ready(Ok(end));
            }
            self.consume(len);
        }
    }

    /// Writes some of `bytes`.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Tls { stream, .. } => Pin::new(stream).poll_write(cx, bytes),
            Wire::Clear(tcp) => Pin::new(tcp).poll_write(cx, bytes),
        }
    }

    /// Sends our `close_notify`, and leaves TCP open in both directions.
    pub(crate) fn poll_close_notify(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Tls { stream, .. } => {
                stream.get_mut().1.send_close_notify();
                Pin::new(stream).poll_flush(cx)
            }
            Wire::Clear(_) => Poll::Ready(Ok(())),
        }
    }

    /// Ends our direction: `close_notify`, then the TCP half-close. The server's direction stays open.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Tls { stream, .. } => Pin::new(stream).poll_shutdown(cx),
            Wire::Clear(tcp) => Pin::new(tcp).poll_shutdown(cx),
        }
    }
}

impl Wire {
    fn poll_fill_buf(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        match self {
            Self::Tls { stream, tap, .. } => tap.enter(|| Pin::new(stream).poll_fill_buf(cx)),
            Self::Clear(tcp) => Pin::new(tcp).poll_fill_buf(cx),
        }
    }
}
