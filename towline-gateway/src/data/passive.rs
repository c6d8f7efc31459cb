//! Passive mode: the client connects to the gateway.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use socket2::{SockRef, Socket};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// The connections that may wait. One is enough; more leave room for strangers.
const BACKLOG: u32 = 8;

/// A port at which one client may open a data connection.
#[derive(Debug)]
pub(crate) struct Passive {
    listener: TcpListener,
    peer: IpAddr,
}

impl Passive {
    /// Listens for `peer` at the address `local`, on any of `ports`.
    pub(crate) fn listen(
        local: IpAddr,
        peer: IpAddr,
        ports: Option<&RangeInclusive<u16>>,
    ) -> io::Result<Self> {
        let listener = match ports {
            None => listen(local, 0)?,
            Some(ports) => listen_within(local, ports)?,
        };
        Ok(Self { listener, peer })
    }

    /// The address that the client connects to.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Listens no longer, and returns what has connected and waits. The system would reset it.
    pub(super) fn close(self) -> Vec<Socket> {
        let listener = SockRef::from(&self.listener);
        let next = || listener.accept().ok().map(|(waiting, _)| waiting);
        std::iter::from_fn(next).collect()
    }

    /// Waits for the client. Closes the connections of everybody else.
    pub(crate) async fn accept(&self) -> io::Result<TcpStream> {
        loop {
            let (stream, address) = self.listener.accept().await?;
            if address.ip().to_canonical() == self.peer {
                return Ok(stream);
            }
        }
    }
}

fn listen(local: IpAddr, port: u16) -> io::Result<TcpListener> {
    let socket = match local {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.bind(SocketAddr::new(local, port))?;
    socket.listen(BACKLOG)
}

/// Tries every port, from an unpredictable one.
fn listen_within(local: IpAddr, ports: &RangeInclusive<u16>) -> io::Result<TcpListener> {
    let (first, last) = (*ports.start(), *ports.end());
    let count = u32::from(last.saturating_sub(first)) + 1;
    let begin = rand::random_range(0..count);
    let mut last_error = io::ErrorKind::AddrInUse.into();
    for n in 0..count {
        // Stays within the range, so it fits.
        let port = first.wrapping_add(((begin + n) % count) as u16);
        match listen(local, port) {
            Ok(listener) => return Ok(listener),
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}
