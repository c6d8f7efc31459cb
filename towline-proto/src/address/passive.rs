//! Addresses in replies: PASV (RFC 959, section 4.1.2) and EPSV (RFC 2428, section 3).

use std::net::{Ipv4Addr, SocketAddrV4};

use thiserror::Error;

use super::active::port_argument;
use crate::number::number;
use crate::reply::{Reply, ReplyClass, ReplyCode};

/// The reason why a reply yields no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The server refused.
    #[error("the server refused passive mode")]
    Refused,
    /// The text contains no address.
    #[error("the reply holds no address")]
    Missing,
    /// A number is out of range.
    #[error("the address in the reply is out of range")]
    OutOfRange,
    /// The port is 0.
    #[error("the port in the reply is 0")]
    PortZero,
}

/// Returns the reply to PASV of a server that listens at `address`.
#[must_use]
pub fn pasv_reply(address: SocketAddrV4) -> Reply {
    let text = format!("Entering Passive Mode ({}).", port_argument(address));
    Reply::new(ReplyCode::ENTERING_PASSIVE, text)
}

/// Returns the reply to EPSV of a server that listens at `port`.
#[must_use]
pub fn epsv_reply(port: u16) -> Reply {
    let text = format!("Entering Extended Passive Mode (|||{port}|)");
    Reply::new(ReplyCode::ENTERING_EXTENDED_PASSIVE, text)
}

/// Returns the port in a reply to EPSV: `(<d><d><d>port<d>)` with any delimiter `<d>`.
///
/// Two irregular forms are accepted because servers send them: `(||port|)`, and fields that
/// should be empty but are not. Such fields are ignored: the host is always that of the
/// control connection.
///
/// # Errors
///
/// [`AddressError`] if the reply is a refusal or contains no usable port.
pub fn parse_epsv(reply: &Reply) -> Result<u16, AddressError> {
    for line in completed(reply)? {
        let mut rest = line.as_slice();
        while let Some(open) = memchr::memchr(b'(', rest) {
            rest = &rest[open + 1..];
            if let Some(digits) = extended_port(rest) {
                let number = number(digits).and_then(|number| u16::try_from(number).ok());
                return port(number.ok_or(AddressError::OutOfRange)?);
            }
        }
    }
    Err(AddressError::Missing)
}

/// Returns the address in a reply to PASV: six numbers with commas, anywhere in the text. Blanks
/// may stand around the commas.
///
/// The host in the reply is only the server's claim. A client must not connect to a host
/// other than that of the control connection.
///
/// # Errors
///
/// [`AddressError`] if the reply is a refusal or contains no usable address.
pub fn parse_pasv(reply: &Reply) -> Result<SocketAddrV4, AddressError> {
    let lines = completed(reply)?;
    // Without blanks first, because a comma and a blank may separate the address from a number of
    // the sentence.
    let compact = lines
        .iter()
        .flat_map(|line| line.split(|byte| !byte.is_ascii_digit() && *byte != b','))
        .find_map(six_numbers);
    let spaced = || {
        lines
            .iter()
            .flat_map(|line| line.split(|byte| !byte.is_ascii_digit() && !b", \t".contains(byte)))
            .find_map(six_spaced_numbers)
    };
    match compact.or_else(spaced) {
        Some(numbers) => pasv_address(numbers),
        None => Err(AddressError::Missing),
    }
}

fn completed(reply: &Reply) -> Result<&[Vec<u8>], AddressError> {
    if reply.class() == ReplyClass::Completion {
        Ok(reply.lines())
    } else {
        Err(AddressError::Refused)
    }
}

/// Returns the digits in `<d><d><d>digits<d>)...`.
fn extended_port(text: &[u8]) -> Option<&[u8]> {
    let text = &text[..memchr::memchr(b')', text)?];
    let (&delimiter, text) = text.split_first()?;
    if !delimiter.is_ascii_graphic() || delimiter.is_ascii_digit() {
        return None;
    }
    let text = text.strip_suffix(&[delimiter])?;
    let mut fields = text.rsplit(|byte| *byte == delimiter);
    let digits = fields.next()?;
    let is_port = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    (is_port && (1..=2).contains(&fields.count())).then_some(digits)
}

/// Returns the six numbers in a run of digits and commas. Commas around the run belong to
/// the sentence.
fn six_numbers(run: &[u8]) -> Option<[&[u8]; 6]> {
    let start = run.iter().position(|byte| *byte != b',')?;
    let end = run.iter().rposition(|byte| *byte != b',')?;
    let mut fields = run[start..=end].split(|byte| *byte == b',');
    let mut numbers = [b"".as_slice(); 6];
    for number in &mut numbers {
        *number = fields.next().filter(|digits| !digits.is_empty())?;
    }
    fields.next().is_none().then_some(numbers)
}

/// Returns the six numbers in a run of digits, commas and blanks. Other numbers before the first
/// and after the last belong to the sentence if a blank, but no comma, separates them.
fn six_spaced_numbers(run: &[u8]) -> Option<[&[u8]; 6]> {
    let mut fields = run.trim_ascii().split(|byte| *byte == b',');
    let mut numbers = [b"".as_slice(); 6];
    for (at, number) in numbers.iter_mut().enumerate() {
        let words = fields.next()?.split(u8::is_ascii_whitespace);
        let mut words = words.filter(|word| !word.is_empty());
        *number = match at {
            0 => words.next_back(),
            5 => words.next(),
            _ => words.next().filter(|_| words.next().is_none()),
        }?;
    }
    let is_end = |field: &[u8]| field.trim_ascii().is_empty();
    (fields.next().is_none_or(is_end) && fields.next().is_none()).then_some(numbers)
}

fn pasv_address(numbers: [&[u8]; 6]) -> Result<SocketAddrV4, AddressError> {
    let mut octets = [0; 6];
    for (octet, digits) in octets.iter_mut().zip(numbers) {
        *octet = number(digits)
            .and_then(|number| u8::try_from(number).ok())
            .ok_or(AddressError::OutOfRange)?;
    }
    let [a, b, c, d, high, low] = octets;
    let port = port(u16::from_be_bytes([high, low]))?;
    Ok(SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port))
}

fn port(port: u16) -> Result<u16, AddressError> {
    if port == 0 {
        Err(AddressError::PortZero)
    } else {
        Ok(port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epsv(text: &str) -> Result<u16, AddressError> {
        parse_epsv(&Reply::new(ReplyCode::ENTERING_EXTENDED_PASSIVE, text))
    }

    fn pasv(text: &str) -> Result<SocketAddrV4, AddressError> {
        parse_pasv(&Reply::new(ReplyCode::ENTERING_PASSIVE, text))
    }

    #[test]
    fn reads_the_port_of_epsv() {
        for (text, port) in [
            ("Entering Extended Passive Mode (|||6446|)", 6446),
            ("Entering Extended Passive Mode (|||65535|).", 65535),
            ("ok (!!!1!)", 1),
            ("Extended Passive (mode) (||6446|)", 6446),
            ("(|1|10.0.0.1|6446|)", 6446),
            ("first\nEntering (|||7|)", 7),
        ] {
            assert_eq!(epsv(text), Ok(port), "{text}");
        }
    }

    #[test]
    fn refuses_a_malformed_epsv() {
        for text in [
            "",
            "()",
            "(",
            "(|||6446",
            "(|||6446)",
            "(|||64x6|)",
            "(6446)",
            "(||||)",
            "(|||-1|)",
            "(   6446 )",
            "(|6446|)",
            "(111644611)",
            "(|||||6446|)",
        ] {
            assert_eq!(epsv(text), Err(AddressError::Missing), "{text}");
        }
        assert_eq!(epsv("(|||0|)"), Err(AddressError::PortZero));
        assert_eq!(epsv("(|||65536|)"), Err(AddressError::OutOfRange));
        assert_eq!(
            epsv("(|||99999999999999999999|)"),
            Err(AddressError::OutOfRange)
        );
        let refused = Reply::new(ReplyCode::NO_DATA_CONNECTION, "(|||6446|)");
        assert_eq!(parse_epsv(&refused), Err(AddressError::Refused));
    }

    #[test]
    fn reads_the_address_of_pasv() {
        for text in [
            "Entering Passive Mode (127,0,0,1,195,149).",
            "Entering Passive Mode. 127,0,0,1,195,149",
            "=127,0,0,1,195,149",
            "IPv4 at 10, with 1,2: 127,000,0,01,195,149",
            "Connect to,127,0,0,1,195,149, please",
            "Entering Passive Mode (127, 0, 0, 1, 195, 149)",
            "Entering Passive Mode ( 127 ,0 ,0 ,1 ,195 ,149 ).",
            "Passive mode 2 127, 0,\t0, 1, 195, 149 5 s",
            "On port 21, 127,0,0,1,195,149",
            "go to 127, 0, 0, 1, 195, 149, please",
        ] {
            assert_eq!(
                pasv(text),
                Ok("127.0.0.1:50069".parse().expect("v4")),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_a_malformed_pasv() {
        for text in [
            "",
            "127,0,0,1,195",
            "127.0.0.1:5",
            "1,2,3,,4,5,6",
            "1,2,3,4,5,6,7",
            "a,b,c,d,e,f",
            "1,2,3,4,5,",
            "1, 2, 3, 4, 5",
            "1, 2, 3, 4, 5, ",
            "1, 2, 3, , 4, 5, 6",
            "1, 2, 3, 4, 5, 6, 7",
            "1, 2, 3 4, 5, 6, 7",
            "1 2 3 4 5 6",
        ] {
            assert_eq!(pasv(text), Err(AddressError::Missing), "{text}");
        }
        for text in ["256,0,0,1,1,1", "1,2,3,4,5,256", "999999999999,0,0,1,1,1"] {
            assert_eq!(pasv(text), Err(AddressError::OutOfRange), "{text}");
        }
        assert_eq!(pasv("127,0,0,1,0,0"), Err(AddressError::PortZero));
        let refused = Reply::new(ReplyCode::NOT_IMPLEMENTED, "127,0,0,1,195,149");
        assert_eq!(parse_pasv(&refused), Err(AddressError::Refused));
    }
}
