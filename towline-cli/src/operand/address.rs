//! Host and port.

use std::net::Ipv6Addr;

use crate::error::Error;

/// Formats host and port as in a URL.
pub(crate) fn address(host: &str, port: u16) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// Whether an operand is a URL.
pub(crate) fn is_url(operand: &[u8]) -> bool {
    operand.windows(3).any(|part| part == b"://")
}

/// Parses `HOST[:PORT]`.
///
/// # Errors
/// [`Error::Usage`]. The message does not repeat the text.
pub(crate) fn parse_address(address: &[u8]) -> Result<(String, Option<u16>), Error> {
    let bad_host = || Error::usage("the host is not a valid name or address");
    let text = std::str::from_utf8(address).map_err(|_| bad_host())?;
    let (host, port) = if let Some(inside) = text.strip_prefix('[') {
        let (host, rest) = inside.split_once(']').ok_or_else(bad_host)?;
        host.parse::<Ipv6Addr>().map_err(|_| bad_host())?;
        let port = match rest {
            "" => None,
            _ => Some(rest.strip_prefix(':').ok_or_else(bad_host)?),
        };
        (host, port)
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let host = parse_host(host).ok_or_else(bad_host)?;
    // RFC 3986, section 3.2.3: an empty port means the default port.
    let port = match port {
        None | Some("") => None,
        Some(digits) => Some(
            digits
                .parse()
                .ok()
                .filter(|&port| port != 0 && digits.bytes().all(|b| b.is_ascii_digit()))
                .ok_or_else(|| Error::usage("the port must be a number from 1 to 65535"))?,
        ),
    };
    Ok((host, port))
}

/// Parses a host name, or an address without brackets. Returns it in lower case.
pub(crate) fn parse_host(host: &str) -> Option<String> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let is_name = !host.is_empty() && host.bytes().all(valid);
    let is_address = host.parse::<Ipv6Addr>().is_ok();
    (is_name || is_address).then(|| host.to_ascii_lowercase())
}
