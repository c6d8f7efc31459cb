//! The addresses in `PORT` (RFC 959 section 4.1.2) and `EPRT` (RFC 2428
//! section 2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why an argument of `EPRT` is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EprtError {
    Malformed,
    /// It names an address family other than IPv4 and IPv6.
    UnknownProtocol,
}

/// Reads `h1,h2,h3,h4,p1,p2`.
pub(crate) fn parse_port(argument: &str) -> Option<SocketAddr> {
    let mut numbers = argument.split(',').map(|number| number.parse::<u8>().ok());
    let mut next = || numbers.next().flatten();
    let host = Ipv4Addr::new(next()?, next()?, next()?, next()?);
    let port = u16::from_be_bytes([next()?, next()?]);
    match (numbers.next(), port) {
        (Some(_), _) | (None, 0) => None,
        (None, port) => Some((host, port).into()),
    }
}

/// Reads `|protocol|host|port|`; any other character may stand for `|`.
pub(crate) fn parse_eprt(argument: &str) -> Result<SocketAddr, EprtError> {
    let malformed = EprtError::Malformed;
    let delimiter = argument.chars().next().ok_or(malformed)?;
    let fields: Vec<&str> = argument.split(delimiter).collect();
    let ["", protocol, host, port, ""] = fields[..] else {
        return Err(malformed);
    };
    let host: IpAddr = match protocol {
        "1" => host.parse::<Ipv4Addr>().map_err(|_| malformed)?.into(),
        "2" => host.parse::<Ipv6Addr>().map_err(|_| malformed)?.into(),
        _ => return Err(EprtError::UnknownProtocol),
    };
    match port.parse() {
        Ok(port @ 1..) => Ok(SocketAddr::new(host, port)),
        Ok(0) | Err(_) => Err(malformed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read() {
        let v4 = SocketAddr::from(([127, 0, 0, 1], 5282));
        assert_eq!(parse_port("127,0,0,1,20,162"), Some(v4));
        assert_eq!(parse_eprt("|1|127.0.0.1|5282|"), Ok(v4));
        assert_eq!(parse_eprt("!1!127.0.0.1!5282!"), Ok(v4));
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, 5282));
        assert_eq!(parse_eprt("|2|::1|5282|"), Ok(v6));
    }

    #[test]
    fn what_is_no_address_is_told_apart() {
        for argument in [
            "",
            "127,0,0,1",
            "127,0,0,1,0,0",
            "1,2,3,4,5,256",
            "1,2,3,4,5,6,7",
        ] {
            assert_eq!(parse_port(argument), None, "{argument}");
        }
        for argument in [
            "",
            "|",
            "|1|::1|5|",
            "|2|127.0.0.1|5|",
            "|1|127.0.0.1|0|",
            "|1|127.0.0.1|5",
        ] {
            assert_eq!(
                parse_eprt(argument),
                Err(EprtError::Malformed),
                "{argument}"
            );
        }
        assert_eq!(parse_eprt("|3|x|5|"), Err(EprtError::UnknownProtocol));
    }

    proptest! {
        #[test]
        fn every_address_comes_back(host: [u8; 4], port in 1_u16..) {
            let address = SocketAddr::from((host, port));
            let [a, b, c, d] = host;
            let [high, low] = port.to_be_bytes();
            prop_assert_eq!(parse_port(&format!("{a},{b},{c},{d},{high},{low}")), Some(address));
            let eprt = format!("|1|{}|{port}|", address.ip());
            prop_assert_eq!(parse_eprt(&eprt), Ok(address));
        }

        #[test]
        fn nothing_is_too_strange(argument in ".{0,40}") {
            let _ = parse_port(&argument);
            let _ = parse_eprt(&argument);
        }
    }
}
