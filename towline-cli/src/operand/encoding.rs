//! Percent-encoding (RFC 3986).

use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode, utf8_percent_encode,
};

use crate::error::Error;

/// Encodes all but the unreserved characters of RFC 3986.
pub(super) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(super) const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// Encodes a name for an operand. Letters beyond ASCII stay readable.
pub(crate) fn encode_name(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(text) => text
            .chars()
            .map(|c| match c.is_ascii() || c.is_control() {
                true => utf8_percent_encode(c.encode_utf8(&mut [0; 4]), COMPONENT).to_string(),
                false => c.to_string(),
            })
            .collect(),
        Err(_) => percent_encode(name, COMPONENT).to_string(),
    }
}

/// Checks a part of a URL. `part` is its name for messages.
///
/// # Errors
/// [`Error::Usage`] if a `%` is not followed by two hexadecimal digits, or if the part contains a
/// line break or NUL.
pub(super) fn check_encoding(encoded: &[u8], part: &str) -> Result<(), Error> {
    let is_hex = |at: usize| encoded.get(at).is_some_and(u8::is_ascii_hexdigit);
    let complete = |at: usize| encoded[at] != b'%' || (is_hex(at + 1) && is_hex(at + 2));
    if !(0..encoded.len()).all(complete) {
        return Err(Error::usage(format!(
            "a % in the {part} of a URL must be followed by two hexadecimal digits; write % \
             itself as %25"
        )));
    }
    if percent_decode(encoded).any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(Error::usage(format!(
            "the {part} of a URL must not contain a line break or NUL"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_little_as_possible() {
        assert_eq!(encode_name(b"a b*.csv"), "a%20b%2A.csv");
        assert_eq!(encode_name("caf\u{e9}".as_bytes()), "caf\u{e9}");
        assert_eq!(encode_name(b"x\xff"), "x%FF");
        assert_eq!(encode_name(b"\x1b["), "%1B%5B");
    }
}
