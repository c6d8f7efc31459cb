//! Active mode: the gateway connects to the client.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpSocket, TcpStream};

/// The last port that no client may have data sent to, since other services listen there (RFC 2577
/// section 3).
const LAST_RESERVED_PORT: u16 = 1023;

/// The address is not the client's own, or its port is that of another service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Forbidden;

/// Checks that `address` is that of the client at `peer`, so that the gateway attacks nobody else.
pub(crate) fn check_own(address: SocketAddr, peer: IpAddr) -> Result<SocketAddr, Forbidden> {
    let own = SocketAddr::new(address.ip().to_canonical(), address.port());
    match own.ip() == peer && own.port() > LAST_RESERVED_PORT {
        true => Ok(own),
        false => Err(Forbidden),
    }
}

/// Connects to the client, from the address that it has reached. Some clients accept no other.
pub(super) async fn connect(address: SocketAddr, local: IpAddr) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if local.is_ipv4() == address.is_ipv4() {
        socket.bind(SocketAddr::new(local, 0))?;
    }
    socket.connect(address).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn only_the_clients_own_address_and_no_port_of_a_service() {
        let peer = "127.0.0.1".parse().unwrap();
        let check = |address: &str| check_own(address.parse().unwrap(), peer);
        assert!(check("127.0.0.1:1024").is_ok());
        assert!(check("[::ffff:127.0.0.1]:1024").is_ok());
        for foreign in [
            "127.0.0.2:1024",
            "127.0.0.1:25",
            "127.0.0.1:1023",
            "[::1]:1024",
        ] {
            assert_eq!(check(foreign), Err(Forbidden), "{foreign}");
        }
    }
}
