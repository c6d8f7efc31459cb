//! The addresses in PORT (RFC 959, section 4.1.2) and EPRT (RFC 2428, section 2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};

use super::protocol::{NetworkProtocol, PortError};
use crate::number::number;

/// Returns `h1,h2,h3,h4,p1,p2`, the form of an address in PORT and in the reply to PASV.
#[must_use]
pub fn port_argument(address: SocketAddrV4) -> String {
    let [h1, h2, h3, h4] = address.ip().octets();
    let [p1, p2] = address.port().to_be_bytes();
    format!("{h1},{h2},{h3},{h4},{p1},{p2}")
}

/// Returns `|protocol|address|port|`, the form of an address in EPRT.
#[must_use]
pub fn eprt_argument(address: SocketAddr) -> String {
    let protocol = match address {
        SocketAddr::V4(_) => NetworkProtocol::V4,
        SocketAddr::V6(_) => NetworkProtocol::V6,
    };
    let (ip, port) = (address.ip(), address.port());
    format!("|{}|{ip}|{port}|", protocol.number())
}

/// Parses the argument of PORT.
///
/// The host in the argument is only the client's claim. A server that connects to a host
/// other than the client can be abused to attack that host (RFC 2577, section 3).
///
/// # Errors
///
/// [`PortError`] if the argument is not six numbers up to 255, or the port is 0.
pub fn parse_port(argument: &[u8]) -> Result<SocketAddrV4, PortError> {
    let mut fields = argument.split(|byte| *byte == b',');
    let mut octets = [0; 6];
    for octet in &mut octets {
        let value = fields.next().and_then(number);
        *octet = value
            .and_then(|value| u8::try_from(value).ok())
            .ok_or(PortError::Malformed)?;
    }
    let [a, b, c, d, high, low] = octets;
    match (fields.next(), u16::from_be_bytes([high, low])) {
        (Some(_), _) => Err(PortError::Malformed),
        (None, 0) => Err(PortError::PortZero),
        (None, port) => Ok(SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port)),
    }
}

/// Parses the argument of EPRT: `<d>protocol<d>address<d>port<d>` with any printable
/// delimiter `<d>`.
///
/// The warning at [`parse_port`] about the host applies here too.
///
/// # Errors
///
/// [`PortError`] if the argument is not an address, if its protocol is neither IPv4 nor
/// IPv6, or if the port is 0.
pub fn parse_eprt(argument: &[u8]) -> Result<SocketAddr, PortError> {
    let malformed = PortError::Malformed;
    let delimiter = *argument.first().ok_or(malformed)?;
    if !delimiter.is_ascii_graphic() {
        return Err(malformed);
    }
    let fields: Vec<&[u8]> = argument.split(|byte| *byte == delimiter).collect();
    let [b"", protocol, host, port, b""] = fields[..] else {
        return Err(malformed);
    };
    let protocol = NetworkProtocol::parse(protocol)?;
    let host = std::str::from_utf8(host).map_err(|_| malformed)?;
    let host = match protocol {
        NetworkProtocol::V4 => host.parse::<Ipv4Addr>().map(IpAddr::V4),
        NetworkProtocol::V6 => host.parse::<Ipv6Addr>().map(IpAddr::V6),
    };
    let port = number(port).and_then(|port| u16::try_from(port).ok());
    match (host, port) {
        (Ok(_), Some(0)) => Err(PortError::PortZero),
        (Ok(host), Some(port)) => Ok(SocketAddr::new(host, port)),
        _ => Err(malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        let v4 = "127.0.0.1:5282".parse().expect("v4");
        assert_eq!(parse_port(b"127,0,0,1,20,162"), Ok(v4));
        assert_eq!(parse_port(b"127,000,0,01,20,162"), Ok(v4));
        for argument in ["|1|127.0.0.1|5282|", "!1!127.0.0.1!5282!"] {
            assert_eq!(parse_eprt(argument.as_bytes()), Ok(v4.into()), "{argument}");
        }
        let v6 = "[::1]:5282".parse().expect("v6");
        assert_eq!(parse_eprt(b"|2|::1|5282|"), Ok(v6));
        assert_eq!(parse_eprt(eprt_argument(v6).as_bytes()), Ok(v6));
    }

    #[test]
    fn tells_apart_what_is_no_address() {
        for argument in [
            "",
            "127,0,0,1",
            "127,0,0,1,20",
            "1,2,3,4,5,256",
            "1,2,3,4,5,+6",
            "1,2,3,4,5,6,7",
            " 1,2,3,4,5,6",
        ] {
            let parsed = parse_port(argument.as_bytes());
            assert_eq!(parsed, Err(PortError::Malformed), "{argument}");
        }
        assert_eq!(parse_port(b"127,0,0,1,0,0"), Err(PortError::PortZero));
        for argument in [
            "",
            "|",
            "|1|::1|5|",
            "|2|127.0.0.1|5|",
            "|1|127.0.0.1|65536|",
            "|1|127.0.0.1|5",
            "|1|127.0.0.1|+5|",
            "|x|127.0.0.1|5|",
            "|2|fe80::1%eth0|5|",
            ".1.127.0.0.1.5.",
            " 1 127.0.0.1 5 ",
        ] {
            let parsed = parse_eprt(argument.as_bytes());
            assert_eq!(parsed, Err(PortError::Malformed), "{argument}");
        }
        assert_eq!(parse_eprt(b"|1|127.0.0.1|0|"), Err(PortError::PortZero));
        assert_eq!(parse_eprt(b"|3|x|5|"), Err(PortError::UnknownProtocol));
    }
}
