//! A data connection, inside TLS unless the control connection is in clear text.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::HandshakeKind;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connection::Connection;
use super::quick_ack::acknowledge;
use super::tether::{Offer, Tether};
use super::version::Negotiated;
use super::wire::{Collected, End, Tls, Wire, failed};
use crate::verdict::DataConnection;

/// A data connection, after its handshake if it uses TLS.
#[derive(Debug)]
pub(crate) struct DataStream {
    /// `None` while it is [lent](Self::lend) together with the wire.
    tcp: Option<TcpStream>,
    /// `None` while it is [lent](Self::lend).
    wire: Option<Wire>,
    addresses: (SocketAddr, SocketAddr),
}

impl DataStream {
    /// Performs the handshake over `tcp` with `offer`. Returns the verdict for `path`.
    pub(crate) async fn secure(
        tcp: TcpStream,
        tether: &Tether,
        offer: Offer,
        path: String,
    ) -> io::Result<(Self, DataConnection)> {
        let config = offer.config(tether);
        let store = offer.into_store();
        let tap = Arc::clone(store.tap());
        let connection = Connection::new(config, tether.name(), tap).map_err(failed)?;
        let mut this = Self::new(
            tcp,
            Some(Tls {
                connection: Box::new(connection),
                store: Arc::clone(&store),
            }),
        )?;
        poll_fn(|cx| this.poll(cx, |wire, tcp| wire.handshake(tcp))).await?;
        if let Some(tcp) = &this.tcp {
            // TLS 1.3 tickets often come first, and a small file only once they are acknowledged.
            acknowledge(tcp);
        }

        let tls = this.tls().ok_or(io::ErrorKind::NotConnected)?;
        let state = tls.connection.state();
        let Negotiated { protocol, cipher } = Negotiated::of(state);
        let verdict = DataConnection {
            path,
            resumed: state.handshake_kind() == Some(HandshakeKind::Resumed),
            protocol,
            cipher,
            ticket_source: store.source(),
            ticket_age: store.age(),
            same_certificate: tether.is_same_certificate(state),
        };
        Ok((this, verdict))
    }

    /// Creates a connection without TLS, as the configuration allows for this server.
    pub(crate) fn clear(tcp: TcpStream, path: String) -> io::Result<(Self, DataConnection)> {
        Ok((Self::new(tcp, None)?, DataConnection::in_clear_text(path)))
    }

    fn new(tcp: TcpStream, tls: Option<Tls>) -> io::Result<Self> {
        Ok(Self {
            addresses: (tcp.local_addr()?, tcp.peer_addr()?),
            tcp: Some(tcp),
            wire: Some(Wire::new(tls)),
        })
    }

    fn tls(&self) -> Option<&Tls> {
        self.wire.as_ref()?.tls()
    }

    /// Passes the tickets received on this connection to `tether`. Only for a connection that
    /// resumed the session and ended successfully.
    pub(crate) fn hand_tickets_to(&self, tether: &Tether) {
        if let Some(tls) = self.tls() {
            tether.adopt(&tls.store);
        }
    }

    /// Returns both addresses of the TCP connection: the local one, then the server's.
    pub(crate) fn addresses(&self) -> (SocketAddr, SocketAddr) {
        self.addresses
    }

    /// Returns bytes that have arrived, after waiting for the first. Empty at the end: see
    /// [`Self::end`].
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        ready!(self.poll(cx, |wire, tcp| wire.fill(tcp).map(drop)))?;
        Poll::Ready(Ok(self.pieces().next().unwrap_or_default()))
    }

    /// Marks `len` of the bytes from [`Self::poll_fill`] as used.
    pub(crate) fn consume(&mut self, len: usize) {
        if let Some(wire) = &mut self.wire {
            wire.consume(len);
        }
    }

    /// Waits for more bytes and adds them to those that have arrived, to collect many at once.
    /// Stops at about `most` more, to within one record.
    pub(crate) fn poll_collect(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
    ) -> Poll<io::Result<Collected>> {
        self.poll(cx, |wire, tcp| wire.collect(tcp, most))
    }

    /// Returns the bytes that have arrived, in segments.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.wire.iter().flat_map(Wire::pieces)
    }

    /// Marks all bytes that have arrived as used.
    pub(crate) fn clear_pieces(&mut self) {
        if let Some(wire) = &mut self.wire {
            wire.clear();
        }
    }

    /// Returns how the server's direction ended, once it has ended and all bytes are used.
    pub(crate) fn end(&self) -> Option<End> {
        self.wire.as_ref()?.end()
    }

    /// Reads and discards the server's data until the end of its direction, but keeps tickets. With
    /// bytes left unread at close, the kernel would send a reset, which destroys data that the
    /// server has not read yet.
    pub(crate) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<End>> {
        self.poll(cx, |wire, tcp| wire.drain(tcp))
    }

    /// Writes some of `bytes`.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll(cx, |wire, tcp| wire.send(tcp, bytes))
    }

    /// Sends what waits behind the last [write](Self::poll_write).
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |wire, tcp| wire.flush(tcp))
    }

    /// Sends everything, followed by the client's `close_notify`. Reading continues, and TCP is not
    /// half-closed.
    pub(crate) fn poll_close_notify(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |wire, tcp| wire.close(tcp))
    }

    /// Ends the client's direction: `close_notify`, then the TCP half-close. The server's direction
    /// stays open.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_close_notify(cx))?;
        let Some(tcp) = &mut self.tcp else {
            return Poll::Ready(Err(away()));
        };
        match ready!(Pin::new(tcp).poll_shutdown(cx)) {
            // The server has already closed the connection.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            closed => Poll::Ready(closed),
        }
    }

    /// Makes the system end the connection with a reset, unless it was [closed](Self::poll_close):
    /// even if this process is killed, the server does not take a part for the whole.
    pub(crate) fn reset_unless_closed(&self) -> io::Result<()> {
        match &self.tcp {
            Some(tcp) => tcp.set_zero_linger(),
            None => Err(away()),
        }
    }

    /// Takes [`Self::reset_unless_closed`] back: what was sent is whole, and arrives even if the
    /// connection is dropped.
    pub(crate) fn end_in_order(&self) {
        // If it fails, the connection ends with a reset once the server has confirmed all of it.
        let _ = self
            .tcp
            .as_ref()
            .map(|tcp| SockRef::from(tcp).set_linger(None));
    }

    /// Lends the connection to a thread that may block. With `with_socket`, the thread can continue
    /// on its own. Until the connection is [given back](Self::give_back), it has no end, and
    /// polling it fails.
    pub(crate) fn lend(&mut self, with_socket: bool) -> io::Result<Lent> {
        let wire = self.wire.take().ok_or_else(away)?;
        let tcp = match with_socket {
            true => Some(self.tcp.take().ok_or_else(away)?.into_std()?),
            false => None,
        };
        Ok(Lent { tcp, wire })
    }

    /// Takes the connection back after [`Self::lend`].
    pub(crate) fn give_back(&mut self, lent: Lent) -> io::Result<()> {
        self.wire = Some(lent.wire);
        if let Some(tcp) = lent.tcp {
            self.tcp = Some(TcpStream::from_std(tcp)?);
        }
        Ok(())
    }

    /// Runs `work`. If it would block, the task is woken when the socket is ready, and must poll
    /// again.
    fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        work: impl FnOnce(&mut Wire, &mut Polled<'_, '_>) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        let (Some(tcp), Some(wire)) = (&mut self.tcp, &mut self.wire) else {
            return Poll::Ready(Err(away()));
        };
        match work(wire, &mut Polled { tcp, cx }) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            done => Poll::Ready(done),
        }
    }
}

fn away() -> io::Error {
    io::Error::other("the data connection is lent to another thread")
}

/// A socket for one poll. If an operation would block, the task is woken once it can continue.
struct Polled<'a, 'cx> {
    tcp: &'a mut TcpStream,
    cx: &'a mut Context<'cx>,
}

fn or_block<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(done) => done,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl Read for Polled<'_, '_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut bytes = ReadBuf::new(bytes);
        or_block(Pin::new(&mut *self.tcp).poll_read(self.cx, &mut bytes))?;
        Ok(bytes.filled().len())
    }
}

impl Write for Polled<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        or_block(Pin::new(&mut *self.tcp).poll_write(self.cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A data connection lent to a thread that may block. Its socket, if present, is still
/// non-blocking: an operation that would wait fails with [`io::ErrorKind::WouldBlock`].
#[derive(Debug)]
pub(crate) struct Lent {
    tcp: Option<std::net::TcpStream>,
    wire: Wire,
}

impl Lent {
    /// Whether the thread can continue on its own.
    pub(crate) fn has_socket(&self) -> bool {
        self.tcp.is_some()
    }

    /// As [`DataStream::poll_collect`].
    pub(crate) fn collect(&mut self) -> io::Result<Collected> {
        let tcp = self.tcp.as_mut().ok_or(io::ErrorKind::WouldBlock)?;
        self.wire.collect(tcp, usize::MAX)
    }

    /// As [`DataStream::pieces`].
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.wire.pieces()
    }

    /// As [`DataStream::clear_pieces`].
    pub(crate) fn clear_pieces(&mut self) {
        self.wire.clear();
    }

    /// As [`DataStream::poll_write`].
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let tcp = self.tcp.as_mut().ok_or(io::ErrorKind::WouldBlock)?;
        self.wire.send(tcp, bytes)
    }

    /// Makes the next receiving call fail with `error`.
    pub(crate) fn fail(&mut self, error: io::Error) {
        self.wire.fail(error);
    }
}
