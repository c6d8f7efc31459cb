//! Ports for data connections: the server's, the client's, and some that never connect.

use std::any::Any;
use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// The number of connections that may wait to be accepted.
const BACKLOG: u32 = 16;

/// Listens on a free port of the address that the client connected to. `window`
/// is the size of the receive buffer in bytes.
pub(crate) async fn listen(local: SocketAddr, window: Option<u32>) -> io::Result<TcpListener> {
    let socket = bind(local)?;
    if let Some(window) = window {
        socket.set_recv_buffer_size(window)?;
    }
    socket.listen(BACKLOG)
}

/// A port to which no connection succeeds.
pub(crate) struct DeadEnd {
    pub(crate) address: SocketAddr,
    /// The socket that keeps the port in this state.
    _held: Box<dyn Any + Send + Sync>,
}

impl DeadEnd {
    /// Returns a port on which no program listens or can listen.
    pub(crate) fn closed(local: SocketAddr) -> io::Result<Self> {
        let socket = bind(local)?;
        Ok(Self {
            address: socket.local_addr()?,
            _held: Box::new(socket),
        })
    }

    /// Returns a port whose backlog has room for one connection and is full, so
    /// the system does not answer any other connection.
    pub(crate) async fn blocked(local: SocketAddr) -> io::Result<Self> {
        let listener = bind(local)?.listen(0)?;
        let address = listener.local_addr()?;
        let stream = TcpStream::connect(address).await?;
        Ok(Self {
            address,
            _held: Box::new((listener, stream)),
        })
    }
}

fn bind(local: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match local {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.bind(SocketAddr::new(local.ip(), 0))?;
    Ok(socket)
}

/// Connects from `source`, if both addresses are of the same family.
pub(crate) async fn connect(source: IpAddr, address: SocketAddr) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if source.is_ipv4() == address.is_ipv4() {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Accepts the first connection from the client's own address.
pub(crate) async fn accept(listener: &TcpListener, client: IpAddr) -> io::Result<TcpStream> {
    loop {
        let (stream, peer) = listener.accept().await?;
        if peer.ip() == client {
            stream.set_nodelay(true)?;
            return Ok(stream);
        }
    }
}
