//! Looking up host names.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use dns_lookup::{AddrInfoHints, LookupError, LookupErrorKind, SockType, getaddrinfo};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::error::{Error, ErrorDetail};
use crate::observer::Event;

/// Returns the addresses of `host` in the order in which they are tried: IPv6 and IPv4 alternate
/// (RFC 8305 section 4), beginning with the system's first choice. Never empty.
pub(super) async fn look_up(
    host: &str,
    port: u16,
    limit: Duration,
    observe: impl Fn(&Event<'_>),
) -> Result<Vec<SocketAddr>, Error> {
    observe(&Event::Resolving { host });
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let name = host.to_owned();
    let lookup = timeout(limit, spawn_blocking(move || ask(&name, port))).await;
    let lookup = lookup.map_err(|_| {
        let what = format!("looking up {host} took too long");
        Error::timeout(ErrorDetail::LookupTimedOut, what)
    })?;
    let failed = |detail, error: io::Error| {
        Error::network(format!("cannot look up {host}"), error).with_detail(detail)
    };
    let lookup = lookup.map_err(|error| failed(ErrorDetail::LookupFailed, error.into()))?;
    let addresses = lookup.map_err(|error| failed(reason(error.kind()), error.into()))?;
    if addresses.is_empty() {
        let none = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        return Err(failed(ErrorDetail::NameNotFound, none));
    }
    Ok(interleave(addresses))
}

/// Asks the system. Blocks.
fn ask(host: &str, port: u16) -> Result<Vec<SocketAddr>, LookupError> {
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    let found = getaddrinfo(Some(host), None, Some(hints))?;
    // Entries of other address families cannot be read, and are not needed.
    let addresses = found.flatten().map(|found| {
        let mut address = found.sockaddr;
        address.set_port(port);
        address
    });
    Ok(addresses.collect())
}

/// Tells a name that does not exist from a lookup that failed.
fn reason(kind: LookupErrorKind) -> ErrorDetail {
    match kind {
        LookupErrorKind::NoName | LookupErrorKind::NoData => ErrorDetail::NameNotFound,
        _ => ErrorDetail::LookupFailed,
    }
}

/// Alternates the address families, beginning with the system's first choice.
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_first_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == is_first_v6);
    let (mut preferred, mut other) = (preferred.into_iter(), other.into_iter());
    let mut turns = Vec::new();
    loop {
        let turn = [preferred.next(), other.next()];
        if turn == [None, None] {
            return turns;
        }
        turns.extend(turn.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_families_in_turn() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let [a, b, c] = ["[::1]:1", "[::2]:1", "[::3]:1"].map(address);
        let [x, y] = ["10.0.0.1:1", "10.0.0.2:1"].map(address);
        assert_eq!(interleave(vec![a, b, c, x, y]), [a, x, b, y, c]);
        assert_eq!(interleave(vec![x, a, y]), [x, a, y]);
        assert_eq!(interleave(Vec::new()), []);
    }

    #[test]
    fn a_name_that_does_not_exist_is_told_from_a_failed_lookup() {
        assert_eq!(reason(LookupErrorKind::NoName), ErrorDetail::NameNotFound);
        for kind in [LookupErrorKind::Again, LookupErrorKind::Fail] {
            assert_eq!(reason(kind), ErrorDetail::LookupFailed);
        }
    }

    #[tokio::test]
    async fn names_and_addresses_are_found_with_their_port() {
        let limit = Duration::from_secs(30);
        for host in ["localhost", "127.0.0.1", "::1"] {
            let found = look_up(host, 4711, limit, |_| {}).await.unwrap();
            let is_right =
                |address: &SocketAddr| address.ip().is_loopback() && address.port() == 4711;
            assert!(!found.is_empty() && found.iter().all(is_right), "{found:?}");
        }
    }
}
