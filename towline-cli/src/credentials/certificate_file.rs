//! Recognises files that are not client certificates, before the user is asked for a passphrase.

use std::fs;
use std::path::Path;

use crate::error::{Error, escape_path};

/// Checks that a file is PEM, a certificate, or PKCS#12, as far as its beginning shows.
///
/// # Errors
/// [`Error::Usage`] if it is none of these. A file that cannot be read passes: the library says
/// why.
pub(crate) fn check_format(path: &Path) -> Result<(), Error> {
    let Ok(bytes) = fs::read(path) else {
        return Ok(());
    };
    let what = match Format::of(&bytes) {
        Format::Usable => return Ok(()),
        Format::Key => {
            "it is a key in DER; give the certificate, and the key in PEM with --client-key \
             (`openssl pkey -inform der` converts it)"
        }
        Format::Other => "it is neither PEM nor PKCS#12",
    };
    let path = escape_path(path);
    Err(Error::usage(format!(
        "the client certificate in {path}: {what}"
    )))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// PEM, PKCS#12, or a certificate in DER.
    Usable,
    /// A key in DER.
    Key,
    Other,
}

impl Format {
    fn of(bytes: &[u8]) -> Self {
        const PEM: &[u8] = b"-----BEGIN";
        if bytes.windows(PEM.len()).any(|window| window == PEM) {
            return Self::Usable;
        }
        match contents_of_sequence(bytes) {
            // PFX begins with version 3 (RFC 7292), and a certificate with another sequence.
            Some([0x02, 0x01, 0x03, ..] | [0x30, ..]) => Self::Usable,
            // PKCS#8 and PKCS#1 begin with version 0 or 1, and SEC1 with version 1.
            Some([0x02, 0x01, 0x00 | 0x01, ..]) => Self::Key,
            _ => Self::Other,
        }
    }
}

/// What a DER or BER sequence contains, from its first byte on.
fn contents_of_sequence(bytes: &[u8]) -> Option<&[u8]> {
    let [0x30, length, rest @ ..] = bytes else {
        return None;
    };
    match length {
        // The indefinite length of BER, which PKCS#12 may have.
        0..=0x80 => Some(rest),
        _ => rest.get(usize::from(length & 0x7f)..),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_told_by_its_beginning() {
        for (bytes, format) in [
            (&b"Bag\n-----BEGIN CERTIFICATE-----"[..], Format::Usable),
            (b"\x30\x82\x09\xee\x02\x01\x03\x30", Format::Usable),
            (b"\x30\x80\x02\x01\x03\x30", Format::Usable),
            (b"\x30\x82\x03\x1f\x30\x82", Format::Usable),
            (b"\x30\x82\x04\xa4\x02\x01\x00\x30", Format::Key),
            (b"\x30\x77\x02\x01\x01\x04\x20", Format::Key),
            (b"hello\n", Format::Other),
            (b"", Format::Other),
            (b"\x30\x84", Format::Other),
        ] {
            assert_eq!(Format::of(bytes), format, "{bytes:?}");
        }
    }
}
