//! Percent-encoding, as RFC 3986 has it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode};

use crate::error::Error;

/// Everything but RFC 3986's unreserved characters is encoded.
pub(super) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(super) const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// Checks one part of a URL, called `part` in the message.
///
/// # Errors
/// [`Error::Usage`] where a `%` is not followed by two digits, or stands for a line break or NUL.
pub(super) fn check_encoding(encoded: &[u8], part: &str) -> Result<(), Error> {
    let is_hex = |at: usize| encoded.get(at).is_some_and(u8::is_ascii_hexdigit);
    let complete = |at: usize| encoded[at] != b'%' || (is_hex(at + 1) && is_hex(at + 2));
    if !(0..encoded.len()).all(complete) {
        return Err(Error::usage(format!(
            "a % in the {part} of a URL needs two hexadecimal digits after it (a % itself is \
             written %25)"
        )));
    }
    if percent_decode(encoded).any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(Error::usage(format!(
            "the {part} of a URL cannot hold a line break or NUL"
        )));
    }
    Ok(())
}
