//! A data connection's bytes, always inside TLS.

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

/// A data connection after its handshake.
#[derive(Debug)]
pub(crate) struct DataStream {
    stream: TlsStream<BufReader<TcpStream>>,
    tap: Arc<TicketTap>,
    store: Arc<DataStore>,
    addresses: (SocketAddr, SocketAddr),
    /// The other side's direction has ended.
    ended: Option<End>,
}

/// How the server ended its direction of a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a `close_notify`: nothing was cut off.
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
        let this = Self {
            tap: Arc::clone(store.tap()),
            stream,
            store,
            addresses,
            ended: None,
        };
        Ok((this, verdict))
    }

    /// The tickets that came in on this connection.
    pub(super) fn store(&self) -> &DataStore {
        &self.store
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
        let Self { stream, tap, .. } = self;
        // Asked twice because the first borrow may not outlive the bookkeeping in between.
        let end = match ready!(tap.enter(|| Pin::new(&mut *stream).poll_fill_buf(cx))) {
            Ok([]) => Some(End::Clean),
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Some(End::Cut),
            Err(error) => return Poll::Ready(Err(error)),
        };
        if end.is_some() {
            self.ended = end;
            return Poll::Ready(Ok(&[]));
        }
        Pin::new(&mut self.stream).poll_fill_buf(cx)
    }

    /// Marks `len` of the bytes from [`Self::poll_fill`] as used.
    pub(crate) fn consume(&mut self, len: usize) {
        Pin::new(&mut self.stream).consume(len);
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
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    /// Ends our direction: `close_notify`, then the TCP half-close. The server's direction stays open.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
