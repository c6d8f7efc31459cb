//! TCP connections.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::Error;
use crate::observer::Event;

/// Idle time before the first keep-alive probe; home routers forget a connection after minutes.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Connects to `host`, trying its addresses in the order in which the system gives them.
pub(crate) async fn connect_host(
    host: &str,
    port: u16,
    limit: Duration,
    observe: impl Fn(&Event<'_>),
) -> Result<TcpStream, Error> {
    observe(&Event::Resolving { host });
    let lookup = timeout(limit, tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<_> = lookup
        .map_err(|_| Error::timeout(format!("looking up {host} took too long")))?
        .map_err(|error| Error::network(format!("cannot look up {host}"), error))?
        .collect();
    let mut last = None;
    for address in addresses {
        observe(&Event::Connecting { address });
        match connect(address, limit).await {
            Ok(tcp) => return Ok(tcp),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| {
        let none = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        Error::network(format!("cannot look up {host}"), none)
    }))
}

/// Connects to `address` within `limit`.
pub(crate) async fn connect(address: SocketAddr, limit: Duration) -> Result<TcpStream, Error> {
    let tcp = timeout(limit, TcpStream::connect(address))
        .await
        .map_err(|_| Error::timeout(format!("connecting to {address} took too long")))?
        .map_err(|error| Error::network(format!("cannot connect to {address}"), error))?;
    prepare(&tcp).map_err(|error| Error::network("cannot set up the socket", error))?;
    Ok(tcp)
}

fn prepare(tcp: &TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    SockRef::from(tcp).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))
}
