//! Percent-encoding (RFC 3986).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode};

use crate::error::Error;

/// Encodes all but the unreserved characters of RFC 3986.
pub(super) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(super) const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// Checks a part of a URL. `part` is its name for messages.
///
/// # Errors
/// [`Error::Usage`] if a `%` is not followed by two hexadecimal digits, or if the part contains a line
/// break or NUL.
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
