//! The addresses in PORT (RFC 959, section 4.1.2) and EPRT (RFC 2428, section 2).

use std::net::{SocketAddr, SocketAddrV4};

/// `h1,h2,h3,h4,p1,p2` (RFC 959, section 4.1.2).
pub(crate) fn port_argument(address: SocketAddrV4) -> String {
    let [h1, h2, h3, h4] = address.ip().octets();
    let [p1, p2] = address.port().to_be_bytes();
    format!("{h1},{h2},{h3},{h4},{p1},{p2}")
}

/// `|protocol|address|port|` (RFC 2428, section 2).
pub(crate) fn eprt_argument(address: SocketAddr) -> String {
    let protocol = if address.is_ipv4() { 1 } else { 2 };
    format!("|{protocol}|{}|{}|", address.ip(), address.port())
}
