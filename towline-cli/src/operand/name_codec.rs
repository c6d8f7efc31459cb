//! Converts names between bytes on a server, text and local files.

use std::ffi::{OsStr, OsString};

use percent_encoding::percent_decode;
use towline::{Charset, NameError};
use towline_proto::name::{escape, local_name};

/// The character set of the names on a server. By default, names are UTF-8; names that are not
/// valid UTF-8 are bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameCodec(Option<Charset>);

impl NameCodec {
    pub(crate) fn new(charset: Option<Charset>) -> Self {
        Self(charset.filter(|&charset| charset != Charset::UTF8))
    }

    /// Decodes a name or path. Returns `None` if it is not valid text.
    pub(crate) fn text(self, raw: &[u8]) -> Option<String> {
        match self.0 {
            Some(charset) => charset.decode(raw),
            None => String::from_utf8(raw.to_vec()).ok(),
        }
    }

    /// Decodes a name or path, with U+FFFD for invalid bytes.
    pub(crate) fn lossy(self, raw: &[u8]) -> String {
        self.text(raw)
            .unwrap_or_else(|| String::from_utf8_lossy(raw).into_owned())
    }

    /// Decodes a name or path and escapes it for a terminal.
    pub(crate) fn shown(self, raw: &[u8]) -> String {
        match self.text(raw) {
            Some(text) => escape(text.as_bytes()),
            None => escape(raw),
        }
    }

    /// Converts a name on the server to the name of a local file.
    ///
    /// # Errors
    /// If the name is not allowed for a local file.
    pub(crate) fn local(self, raw: &[u8]) -> Result<OsString, NameError> {
        match self.0.and_then(|charset| charset.decode(raw)) {
            Some(text) => local_name(text.as_bytes()),
            None => local_name(raw),
        }
    }

    /// Converts the name of a local file to a name on the server.
    ///
    /// # Errors
    /// A message, if the character set cannot represent the name.
    pub(crate) fn remote(self, local: &OsStr) -> Result<Vec<u8>, String> {
        self.bytes(local.as_encoded_bytes())
    }

    /// Converts a percent-encoded path to bytes on the server. Percent-encoded bytes are not
    /// converted.
    ///
    /// # Errors
    /// A message, if the character set cannot represent the path.
    pub(crate) fn decoded(self, encoded: &[u8]) -> Result<Vec<u8>, String> {
        let mut decoded = Vec::with_capacity(encoded.len());
        let mut rest = encoded;
        while !rest.is_empty() {
            let literal = rest.iter().position(|&b| b == b'%').unwrap_or(rest.len());
            let (text, after) = rest.split_at(literal);
            decoded.extend(self.bytes(text)?);
            let (escaped, after) = after.split_at(3.min(after.len()));
            decoded.extend(percent_decode(escaped));
            rest = after;
        }
        Ok(decoded)
    }

    fn bytes(self, text: &[u8]) -> Result<Vec<u8>, String> {
        match (self.0, std::str::from_utf8(text)) {
            (Some(charset), Ok(text)) => charset.encode(text).map_err(|error| error.to_string()),
            _ => Ok(text.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LATIN1: &str = "latin1";

    fn codec(label: &str) -> NameCodec {
        NameCodec::new(Charset::for_label(label))
    }

    #[test]
    fn text_is_read_in_the_character_set() {
        assert_eq!(codec(LATIN1).shown(b"caf\xe9"), "caf\u{e9}");
        assert_eq!(codec("utf-8").shown("caf\u{e9}".as_bytes()), "caf\u{e9}");
        assert_eq!(NameCodec::default().text(b"caf\xe9"), None);
        assert_eq!(NameCodec::default().lossy(b"caf\xe9"), "caf\u{fffd}");
        assert_eq!(codec(LATIN1).shown(b"\x1b[2J"), "\\x1b[2J");
        assert_eq!(codec(LATIN1).local(b"caf\xe9").unwrap(), "caf\u{e9}");
        assert!(codec(LATIN1).local(b"..").is_err());
    }

    #[test]
    fn paths_are_written_in_it_and_percent_encoded_bytes_are_kept() {
        let decoded = |path: &str| codec(LATIN1).decoded(path.as_bytes());
        assert_eq!(decoded("caf\u{e9}/%E9%25"), Ok(b"caf\xe9/\xe9%".to_vec()));
        assert!(decoded("\u{65e5}").is_err());
        let plain = NameCodec::default().decoded("caf\u{e9}%E9".as_bytes());
        assert_eq!(plain, Ok(b"caf\xc3\xa9\xe9".to_vec()));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(text in "[^%\\p{Cc}]{0,12}", n in 0..3usize) {
            let codec = codec([LATIN1, "shift_jis", "utf-8"][n]);
            if let Ok(raw) = codec.decoded(text.as_bytes()) {
                prop_assert_eq!(codec.text(&raw), Some(text));
            }
        }
    }
}
