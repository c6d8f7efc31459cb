//! A data connection: inside TLS, unless the control connection is in clear text too.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::HandshakeKind;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connection::Connection;
use super::tether::{Offer, Tether};
use super::version::Negotiated;
use super::wire::{Collected, End, Tls, Wire, failed};
use crate::verdict::DataConnection;

/// A data connection, after its handshake where there is one.
#[derive(Debug)]
pub(crate) struct DataStream {
    /// Away while it is [lent](Self::lend), perhaps with the wire.
    tcp: Option<TcpStream>,
    /// Away while it is [lent](Self::lend).
    wire: Option<Wire>,
    addresses: (SocketAddr, SocketAddr),
}

impl DataStream {
    /// Handshakes over `tcp`, offering what `offer` holds. Gives the verdict for `path`.
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

    /// A connection without TLS, as the user wanted it for this server.
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

    /// Hands the tickets that came in on this connection over to `tether`. Only for a connection that
    /// resumed its session and ended well.
    pub(crate) fn hand_tickets_to(&self, tether: &Tether) {
        if let Some(tls) = self.tls() {
            tether.adopt(&tls.store);
        }
    }

    /// Both ends of the TCP connection: ours, then the server's.
    pub(crate) fn addresses(&self) -> (SocketAddr, SocketAddr) {
        self.addresses
    }

    /// The bytes that have arrived; waits for the first. Empty at the end: see [`Self::end`].
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

    /// Waits for more to add to the bytes that have arrived, so that many are there at once. Stops at
    /// `most` more, give or take a record.
    pub(crate) fn poll_collect(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
    ) -> Poll<io::Result<Collected>> {
        self.poll(cx, |wire, tcp| wire.collect(tcp, most))
    }

    /// The bytes that have arrived, in pieces.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.wire.iter().flat_map(Wire::pieces)
    }

    /// Marks all bytes that have arrived as used.
    pub(crate) fn clear_pieces(&mut self) {
        if let Some(wire) = &mut self.wire {
            wire.clear();
        }
    }

    /// How the server's direction ended, once it has and everything has been taken.
    pub(crate) fn end(&self) -> Option<End> {
        self.wire.as_ref()?.end()
    }

    /// Reads and throws away what the server sends until the end of its direction. Tickets among it
    /// are kept. Unread bytes at close would make the kernel send a reset, which destroys what the
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

    /// Sends everything, and our `close_notify` behind it. Reading goes on, and TCP knows of no end.
    pub(crate) fn poll_close_notify(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |wire, tcp| wire.close(tcp))
    }

    /// Ends our direction: `close_notify`, then the TCP half-close. The server's direction stays open.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_close_notify(cx))?;
        let Some(tcp) = &mut self.tcp else {
            return Poll::Ready(Err(away()));
        };
        match ready!(Pin::new(tcp).poll_shutdown(cx)) {
            // The server was faster.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            closed => Poll::Ready(closed),
        }
    }

    /// Lends the connection to a thread that may block; `with_socket`, so that it can go on by itself.
    /// Until it is [given back](Self::give_back) there is no end, and whoever waits fails.
    pub(crate) fn lend(&mut self, with_socket: bool) -> io::Result<Lent> {
        let wire = self.wire.take().ok_or_else(away)?;
        let tcp = match with_socket {
            true => Some(self.tcp.take().ok_or_else(away)?.into_std()?),
            false => None,
        };
        Ok(Lent { tcp, wire })
    }

    /// Ends what [`Self::lend`] began.
    pub(crate) fn give_back(&mut self, lent: Lent) -> io::Result<()> {
        self.wire = Some(lent.wire);
        if let Some(tcp) = lent.tcp {
            self.tcp = Some(TcpStream::from_std(tcp)?);
        }
        Ok(())
    }

    /// Does `work`, which is done over again once the socket is ready for what it was not ready for.
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
    io::Error::other("the data connection is in other hands")
}

/// A socket for one poll: where it would block, the task is woken once it no longer would.
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

/// A data connection in the hands of a thread that may block. Its socket, if it is there, still does
/// not: what would have to wait fails with [`io::ErrorKind::WouldBlock`].
#[derive(Debug)]
pub(crate) struct Lent {
    tcp: Option<std::net::TcpStream>,
    wire: Wire,
}

impl Lent {
    /// Whether it can go on by itself.
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

    /// Has the next call that receives fail with `error`.
    pub(crate) fn fail(&mut self, error: io::Error) {
        self.wire.fail(error);
    }
}
