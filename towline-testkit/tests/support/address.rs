//! Addresses in commands and replies.

use std::net::{IpAddr, SocketAddr};

/// Returns the argument of `PORT` or `EPRT` for an address.
pub(crate) fn active_argument(verb: &str, address: SocketAddr) -> String {
    match (verb, address.ip()) {
        ("PORT", IpAddr::V4(host)) => {
            let [a, b, c, d] = host.octets();
            let [high, low] = address.port().to_be_bytes();
            format!("{a},{b},{c},{d},{high},{low}")
        }
        (_, IpAddr::V4(host)) => format!("|1|{host}|{}|", address.port()),
        (_, IpAddr::V6(host)) => format!("|2|{host}|{}|", address.port()),
    }
}

pub(crate) fn parse_epsv(text: &str) -> u16 {
    text.split('|').nth(3).unwrap().parse().unwrap()
}

pub(crate) fn parse_pasv(text: &str) -> SocketAddr {
    let numbers = text.split(['(', ')']).nth(1).unwrap();
    let numbers: Vec<u8> = numbers
        .split(',')
        .map(|number| number.parse().unwrap())
        .collect();
    let host = IpAddr::from([numbers[0], numbers[1], numbers[2], numbers[3]]);
    SocketAddr::new(host, u16::from(numbers[4]) << 8 | u16::from(numbers[5]))
}
